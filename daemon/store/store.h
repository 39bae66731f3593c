/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The store: one SQLite database (WAL, synchronous=FULL, foreign keys on), one writer at a time,
 * readers beside it.
 *
 * All access goes through a transaction. Errors are sticky: after the first failed statement every
 * further call on the same transaction fails at once and store_commit() rolls back, so callers may
 * check only where it matters. Answers are not errors: where a function of a table family says
 * PR_EINVAL, PR_ENOENT, PR_EEXIST or PR_EBALANCE because it looked before it wrote, nothing was
 * changed, nothing is sticky, and the transaction goes on. (audit_append() is the exception: what
 * cannot be logged must not happen.) SQL stands in the file of its table family; store_statement()
 * caches prepared statements per connection.
 */
#ifndef DAEMON_STORE_STORE_H
#define DAEMON_STORE_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_tx;

/**
 * Opens the database, creating it (mode 0600 whatever the umask) and running missing schema steps.
 *
 * @param path  of the database file; its folder must exist. Open it once a process.
 * @return PR_OK; PR_EDB (also when the schema is newer than this program or the file is another
 * program's: refused, said in the log); PR_EACCESS, PR_ENOENT, PR_ENOSPC, PR_EIO, PR_EBUSY,
 * PR_ENOMEM
 */
int store_open(const char *path, struct store **ret_store);
/** Checkpoints and closes. No transaction may be open. NULL is allowed. */
void store_close(struct store *store);

/**
 * Begins to write (BEGIN IMMEDIATE); waits for the writer before. The thread that began ends it.
 *
 * @return PR_OK; PR_EBUSY when this thread is writing already, or another process did not let go
 * within 5 s; PR_EDB …
 */
int store_begin(struct store *store, struct store_tx **ret_tx);
/** Begins to read a snapshot; concurrent with a writer. Writing through it is PR_EACCESS. At most
 * four at a time, the next waits: a thread that reads begins no second reading. */
int store_begin_read(struct store *store, struct store_tx **ret_tx);
/** Commits (durable when it returns PR_OK) and frees; after a sticky error rolls back and returns
 * that error. */
int store_commit(struct store_tx *tx);
/** Rolls back and frees. NULL is allowed. */
void store_rollback(struct store_tx *tx);
/** The sticky error, or PR_OK. */
int store_tx_error(const struct store_tx *tx);
/** Makes `code` the sticky error unless there is one, and returns the sticky error. */
int store_tx_fail(struct store_tx *tx, int code);

/**
 * A prepared statement, reset and with its bindings cleared; owned by the connection and good until
 * the next call with the same text (so a callback of …_each() must not walk the same table). `sql`
 * must be a string literal (the pointer is the cache key).
 *
 * @return NULL after an error (sticky)
 */
sqlite3_stmt *store_statement(struct store_tx *tx, const char *sql);
/** Steps: 1 a row is there, 0 done, negative pr_error (sticky; a CHECK or trigger that refuses is
 * PR_EDB, the account's balance CHECK is PR_EBALANCE, a UNIQUE or PRIMARY KEY conflict is
 * PR_EEXIST, a full medium or disk quota is PR_ENOSPC). NULL statement: the sticky error. */
int store_step(struct store_tx *tx, sqlite3_stmt *statement);
/** Row id of the last insert of this transaction. */
int64_t store_last_id(const struct store_tx *tx);

/** Binding and reading that cannot be got wrong: a NULL statement is let pass, what fails is
 * sticky, NULL text binds NULL, values are copied; columns copy into a buffer, always terminated,
 * cut at a whole UTF-8 character, NULL as "". */
void store_bind_text(sqlite3_stmt *statement, int index, const char *text);
void store_bind_int(sqlite3_stmt *statement, int index, int64_t value);
void store_bind_null(sqlite3_stmt *statement, int index);
void store_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t size);
void store_column_text(sqlite3_stmt *statement, int column, char *buffer, size_t size);

/** Milliseconds since 1970 UTC now. */
int64_t store_now_ms(void);

/** Integrity for `doctor`: PRAGMA quick_check, foreign_key_check, and account sums against the
 * ledger. Reads the whole file; writers go on meanwhile.
 *  @return PR_OK; PR_EDB with *ret_problem (static; the details are in the log) set; another error
 * when it could not be looked at */
int store_check(struct store *store, const char **ret_problem);

#endif

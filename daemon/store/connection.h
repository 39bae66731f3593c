/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * One SQLite connection as the store uses it: its settings, its cache of prepared statements, the
 * meaning of SQLite's errors. For the files of daemon/store that are not about tables: store.c,
 * migrate.c, check.c.
 */
#ifndef DAEMON_STORE_CONNECTION_H
#define DAEMON_STORE_CONNECTION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct store;
struct connection;

/** A transaction lives in its connection: there is one at a time. */
struct store_tx {
    struct store *store;
    struct connection *connection;
    bool writes;
    int error; /**< the sticky error, PR_OK none */
};

struct cached_statement {
    const char *sql; /**< the key: the literal's address; NULL: the place is free */
    sqlite3_stmt *statement;
};

struct connection {
    sqlite3 *db; /**< NULL: not open yet */
    bool busy;   /**< lent to a transaction; guarded by the store */
    struct store_tx tx;
    struct cached_statement *cache; /**< open addressing, places a power of two */
    size_t cache_places;
    size_t cache_length;
};

enum connection_use { CONNECTION_WRITER, CONNECTION_READER };

/**
 * Opens and sets up. The writer's creates the file when it is missing (mode 0600 whatever the
 * umask) and narrows the mode of one that others may read. The connection must stay where it is in
 * memory until it is closed.
 *
 * @return PR_OK, or an error with the connection as it was
 */
int connection_open(struct connection *connection, const char *path, enum connection_use use);
/** Closes and frees the cache; the struct can be opened again. Nothing happens when it is not open.
 */
void connection_close(struct connection *connection);

/** A prepared statement from the cache, reset and without bindings. The error code is PR_OK when
 * one is returned. */
sqlite3_stmt *connection_statement(struct connection *connection, const char *sql, int *ret_code);
/** Runs a statement of the cache that gives no rows or whose rows do not matter. */
int connection_run(struct connection *connection, const char *sql);
/** Resets statements that were not stepped to their end, so that none keeps a snapshot alive. */
void connection_reset_statements(struct connection *connection);
/** The connection a handle belongs to. The handle's thread must own it. */
struct connection *connection_of(sqlite3 *db);

/** Turns a result code of SQLite that is an error into a pr_error, and logs it with the statement
 * it came from. */
int connection_failed(sqlite3 *db, int sqlite_code, const char *sql);

#endif

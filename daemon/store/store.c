/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem: many threads, one SQLite file, and callers that must not be able to commit half of
 * what they meant.
 *
 * The way: one connection writes, behind a mutex, so that BEGIN IMMEDIATE never meets a rival of
 * this process and the order of waiting is the kernel's business instead of SQLite's sleeping and
 * trying again. Readers take one of a few other connections and see the snapshot of their begin; in
 * WAL mode neither side waits for the other. A transaction is a part of its connection: beginning
 * allocates nothing.
 *
 * After the first error a transaction gives out no statement any more, so that nothing runs in
 * SQLite's autocommit mode after SQLite itself has rolled back (full medium, I/O error), and its
 * commit is a rollback, even if somebody sent COMMIT as SQL (connection.c, refuse_after_error).
 *
 * Left out: several commits in one fsync. When the disk becomes the limit, it belongs here.
 */
#include "daemon/store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/log.h"
#include "daemon/store/connection.h"
#include "daemon/store/migrate.h"

enum { STORE_READERS = 4 };

struct store {
    char *path;
    pthread_mutex_t writing; /**< held from store_begin() to the end of the transaction */
    struct connection writer;
    pthread_mutex_t readers_lock; /**< guards the readers' `busy` */
    pthread_cond_t reader_free;
    struct connection readers[STORE_READERS];
};

/** The writer's mutex notices a thread that begins twice, which would wait for itself for ever. */
static int make_locks(struct store *store)
{
    pthread_mutexattr_t attributes;

    if (pthread_mutexattr_init(&attributes) != 0) {
        return PR_ENOMEM;
    }
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    int code = pthread_mutex_init(&store->writing, &attributes);

    pthread_mutexattr_destroy(&attributes);
    if (code != 0) {
        return PR_ENOMEM;
    }
    pthread_mutex_init(&store->readers_lock, NULL);
    pthread_cond_init(&store->reader_free, NULL);
    return PR_OK;
}

int store_open(const char *path, struct store **ret_store)
{
    struct store *store = calloc(1, sizeof *store);

    if (store == NULL) {
        return PR_ENOMEM;
    }
    int result = make_locks(store);
    if (result != PR_OK) {
        free(store);
        return result;
    }
    store->path = strdup(path);
    result =
        store->path == NULL ? PR_ENOMEM : connection_open(&store->writer, path, CONNECTION_WRITER);
    if (result == PR_OK) {
        result = migrate(store->writer.db, schema_steps, schema_steps_length);
    }
    if (result != PR_OK) {
        store_close(store);
        return result;
    }
    *ret_store = store;
    return PR_OK;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < STORE_READERS; i++) {
        connection_close(&store->readers[i]);
    }
    /* The last connection to go copies the log into the database and removes it. */
    connection_close(&store->writer);
    pthread_cond_destroy(&store->reader_free);
    pthread_mutex_destroy(&store->readers_lock);
    pthread_mutex_destroy(&store->writing);
    free(store->path);
    free(store);
}

static struct store_tx *tx_start(struct store *store, struct connection *connection, bool writes)
{
    connection->tx = (struct store_tx){
        .store = store, .connection = connection, .writes = writes, .error = PR_OK};
    return &connection->tx;
}

int store_begin(struct store *store, struct store_tx **ret_tx)
{
    int code = pthread_mutex_lock(&store->writing);

    if (code != 0) {
        log_write(LOG_LEVEL_ERROR, "store: a thread began to write twice");
        return PR_EBUSY;
    }
    int result = connection_run(&store->writer, "BEGIN IMMEDIATE");
    if (result != PR_OK) {
        pthread_mutex_unlock(&store->writing);
        return result;
    }
    *ret_tx = tx_start(store, &store->writer, true);
    return PR_OK;
}

/** A free reader, one that is open already if there is any; NULL when all are lent. */
static struct connection *pick_reader(struct store *store)
{
    struct connection *closed = NULL;

    for (size_t i = 0; i < STORE_READERS; i++) {
        if (store->readers[i].busy) {
            continue;
        }
        if (store->readers[i].db != NULL) {
            return &store->readers[i];
        }
        closed = &store->readers[i];
    }
    return closed;
}

static struct connection *borrow_reader(struct store *store)
{
    struct connection *reader;

    pthread_mutex_lock(&store->readers_lock);
    while ((reader = pick_reader(store)) == NULL) {
        pthread_cond_wait(&store->reader_free, &store->readers_lock);
    }
    reader->busy = true;
    pthread_mutex_unlock(&store->readers_lock);
    return reader;
}

static void return_reader(struct store *store, struct connection *reader)
{
    pthread_mutex_lock(&store->readers_lock);
    reader->busy = false;
    pthread_cond_signal(&store->reader_free);
    pthread_mutex_unlock(&store->readers_lock);
}

int store_begin_read(struct store *store, struct store_tx **ret_tx)
{
    struct connection *reader = borrow_reader(store);
    int result =
        reader->db == NULL ? connection_open(reader, store->path, CONNECTION_READER) : PR_OK;

    if (result == PR_OK) {
        result = connection_run(reader, "BEGIN");
    }
    if (result == PR_OK) {
        /* BEGIN alone takes no snapshot; the first read does. */
        result = connection_run(reader, "SELECT 1 FROM sqlite_schema LIMIT 1");
        if (result != PR_OK) {
            connection_run(reader, "ROLLBACK");
        }
    }
    if (result != PR_OK) {
        return_reader(store, reader);
        return result;
    }
    *ret_tx = tx_start(store, reader, false);
    return PR_OK;
}

/** Gives the connection back; nothing of the transaction may be used after it. */
static void tx_end(struct store_tx *tx)
{
    struct store *store = tx->store;
    struct connection *connection = tx->connection;
    bool writes = tx->writes;

    *tx = (struct store_tx){.error = PR_OK};
    if (writes) {
        pthread_mutex_unlock(&store->writing);
    } else {
        return_reader(store, connection);
    }
}

void store_rollback(struct store_tx *tx)
{
    if (tx == NULL) {
        return;
    }
    connection_reset_statements(tx->connection);
    /* SQLite may have rolled back by itself. */
    if (sqlite3_get_autocommit(tx->connection->db) == 0) {
        connection_run(tx->connection, "ROLLBACK");
    }
    tx_end(tx);
}

int store_commit(struct store_tx *tx)
{
    connection_reset_statements(tx->connection);
    int result = tx->error;

    if (result == PR_OK) {
        result = connection_run(tx->connection, "COMMIT");
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    tx_end(tx);
    return PR_OK;
}

int store_tx_error(const struct store_tx *tx)
{
    return tx->error;
}

int store_tx_fail(struct store_tx *tx, int code)
{
    if (tx->error == PR_OK) {
        tx->error = code;
    }
    return tx->error;
}

sqlite3_stmt *store_statement(struct store_tx *tx, const char *sql)
{
    int result;

    if (tx->error != PR_OK) {
        return NULL;
    }
    sqlite3_stmt *statement = connection_statement(tx->connection, sql, &result);

    store_tx_fail(tx, result);
    return statement;
}

int store_step(struct store_tx *tx, sqlite3_stmt *statement)
{
    if (tx->error != PR_OK) {
        return tx->error;
    }
    if (statement == NULL) {
        return store_tx_fail(tx, PR_EINVAL);
    }
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW) {
        return 1;
    }
    if (code == SQLITE_DONE) {
        return 0;
    }
    return store_tx_fail(tx, connection_failed(tx->connection->db, code, sqlite3_sql(statement)));
}

int64_t store_last_id(const struct store_tx *tx)
{
    return sqlite3_last_insert_rowid(tx->connection->db);
}

/** Makes a binding or reading that failed (no memory, no such parameter) the sticky error of the
 * statement's transaction. */
static void check_value(sqlite3_stmt *statement, int code)
{
    if (code != SQLITE_OK) {
        sqlite3 *db = sqlite3_db_handle(statement);

        store_tx_fail(&connection_of(db)->tx, connection_failed(db, code, sqlite3_sql(statement)));
    }
}

void store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (statement != NULL) {
        check_value(statement, sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT));
    }
}

void store_bind_int(sqlite3_stmt *statement, int index, int64_t value)
{
    if (statement != NULL) {
        check_value(statement, sqlite3_bind_int64(statement, index, value));
    }
}

void store_bind_null(sqlite3_stmt *statement, int index)
{
    if (statement != NULL) {
        check_value(statement, sqlite3_bind_null(statement, index));
    }
}

void store_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t size)
{
    if (statement != NULL) {
        check_value(statement,
                    sqlite3_bind_blob64(statement, index, bytes, size, SQLITE_TRANSIENT));
    }
}

void store_column_text(sqlite3_stmt *statement, int column, char *buffer, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    if (text == NULL) {
        if (sqlite3_column_type(statement, column) != SQLITE_NULL) {
            check_value(statement, SQLITE_NOMEM);
        }
        buffer[0] = '\0';
        return;
    }
    size_t length = strnlen(text, size);
    if (length == size) {
        /* Cut before the first byte of the character that does not fit: UTF-8 continues with
         * 10xxxxxx. */
        length--;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

int64_t store_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + fault_clock_offset_ms();
}

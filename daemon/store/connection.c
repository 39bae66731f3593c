/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"

enum {
    /* Only another process (a shell, a backup) can make this program wait longer than a checkpoint
       takes. */
    BUSY_TIMEOUT_MS = 5000,
    BUSY_PAUSE_MS = 5,
    CACHE_PLACES_FIRST = 64,
    LOGGED_SQL_BYTES = 120
};

/** Switches of the library; all must take. */
static const struct {
    int option;
    int value;
} switches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},     {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
    {SQLITE_DBCONFIG_DQS_DML, 0},         {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
};

static const char *const pragmas_of_all[] = {
    "PRAGMA synchronous = FULL",
    /* Without it INSERT OR REPLACE deletes rows without asking the triggers that forbid it. */
    "PRAGMA recursive_triggers = ON",
    /* Titles that are sorted must not reach a temporary file. */
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cell_size_check = ON",
};

/*
 * wal_autocheckpoint: a checkpoint copies pages and costs two fsyncs, and one unlucky commit pays
 * for it. Transactions rewrite mostly the same pages, so rare checkpoints write less in all; but
 * the longer the log, the longer the unlucky commit. Measured with 20,000 transactions of job,
 * reservation, event and audit leaf: 1000 pages (the default) 3.0-3.3 thousand a second, slowest
 * commit 13-15 ms; 4000 pages 3.5-4.0 thousand, 4-5 ms; 20000 pages 2.6-3.1 thousand, 19-21 ms.
 * 4000 pages are a log of 16 MB, read again after a crash in 5 ms.
 */
static const char *const pragmas_of_writer[] = {
    "PRAGMA wal_autocheckpoint = 4000",
    /* A log that a slow reader let grow is cut back. */
    "PRAGMA journal_size_limit = 33554432",
    "PRAGMA secure_delete = ON",
};
static const char *const pragmas_of_reader[] = {
    "PRAGMA query_only = ON",
    "PRAGMA cache_size = -1024",
};

/** The errno behind an I/O error. SQLite does not hand on the one that made COMMIT fail; the file
 * it was writing to, the log, remembers. */
static int io_errno(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    int error_number = sqlite3_system_errno(db);

    if (error_number == 0 &&
        sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK &&
        file != NULL && file->pMethods != NULL) {
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error_number);
    }
    return error_number;
}

/** IOERR hides a full disk quota. */
static int io_error(sqlite3 *db)
{
    return pr_error_from_errno(io_errno(db)) == PR_ENOSPC ? PR_ENOSPC : PR_EIO;
}

static int constraint_error(sqlite3 *db, int sqlite_code)
{
    switch (sqlite_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return PR_EEXIST;
    case SQLITE_CONSTRAINT_CHECK:
        return strstr(sqlite3_errmsg(db), "account_balance") != NULL ? PR_EBALANCE : PR_EDB;
    default:
        return PR_EDB;
    }
}

static int error_of(sqlite3 *db, int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
        return PR_ENOSPC;
    case SQLITE_NOMEM:
        return PR_ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return PR_EBUSY;
    case SQLITE_READONLY:
        return PR_EACCESS;
    case SQLITE_IOERR:
        return sqlite_code == SQLITE_IOERR_NOMEM ? PR_ENOMEM : io_error(db);
    case SQLITE_CONSTRAINT:
        return constraint_error(db, sqlite_code);
    default:
        return PR_EDB;
    }
}

int connection_failed(sqlite3 *db, int sqlite_code, const char *sql)
{
    int result = error_of(db, sqlite_code);

    log_write(LOG_LEVEL_ERROR, "store: %s (%d, errno %d): %.*s", sqlite3_errmsg(db), sqlite_code,
              (sqlite_code & 0xff) == SQLITE_IOERR ? io_errno(db) : 0, LOGGED_SQL_BYTES, sql);
    return result;
}

/** Makes a new name in a folder durable. */
static int sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);

    if (folder == NULL) {
        return PR_ENOMEM;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd >= 0 && fsync(fd) == 0 ? PR_OK : pr_error_from_errno(errno);

    if (fd >= 0) {
        close(fd);
    }
    free(folder);
    return result;
}

/**
 * Sees to the file and its mode before SQLite opens it; -wal and -shm take their mode from it. A
 * file that exists is not opened here: closing a descriptor drops every POSIX lock this process
 * holds on the file.
 */
static int prepare_file(const char *path)
{
    struct stat status;
    int result;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0) {
        result = fchmod(fd, 0600) == 0 ? PR_OK : pr_error_from_errno(errno);
        close(fd);
        return result == PR_OK ? sync_folder(path) : result;
    }
    if (errno != EEXIST || lstat(path, &status) != 0) {
        result = pr_error_from_errno(errno);
        log_write(LOG_LEVEL_ERROR, "store: %s: %s", path, strerror(errno));
        return result;
    }
    if (!S_ISREG(status.st_mode)) {
        log_write(LOG_LEVEL_ERROR, "store: %s is not a file", path);
        return PR_EACCESS;
    }
    if ((status.st_mode & 077) != 0) {
        log_write(LOG_LEVEL_WARNING, "store: %s was open to others than its owner", path);
        return chmod(path, 0600) == 0 ? PR_OK : pr_error_from_errno(errno);
    }
    return PR_OK;
}

/** A COMMIT from wherever it comes is a rollback once an error is sticky. */
static int refuse_after_error(void *context)
{
    const struct connection *connection = context;

    return connection->tx.error != PR_OK;
}

struct connection *connection_of(sqlite3 *db)
{
    /* The library hands back what was registered, which is the only pointer it keeps for us by
     * connection. */
    struct connection *connection = sqlite3_commit_hook(db, NULL, NULL);

    sqlite3_commit_hook(db, refuse_after_error, connection);
    return connection;
}

static int run_pragmas(sqlite3 *db, const char *const *pragmas, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        int code = sqlite3_exec(db, pragmas[i], NULL, NULL, NULL);

        if (code != SQLITE_OK) {
            return connection_failed(db, code, pragmas[i]);
        }
    }
    return PR_OK;
}

/**
 * Runs what asks for WAL again while another connection asks for it too. The waiting is done here:
 * SQLite does not call its busy handler for one that reads already and begins to write, since two
 * that waited so would wait for each other.
 */
static int step_patiently(sqlite3 *db, sqlite3_stmt *statement)
{
    const struct timespec pause = {.tv_nsec = BUSY_PAUSE_MS * 1000000L};

    sqlite3_busy_timeout(db, 0);
    int code = sqlite3_step(statement);

    for (int i = 0; (code & 0xff) == SQLITE_BUSY && i < BUSY_TIMEOUT_MS / BUSY_PAUSE_MS; i++) {
        sqlite3_reset(statement);
        nanosleep(&pause, NULL);
        code = sqlite3_step(statement);
    }
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    return code;
}

/** PRAGMA journal_mode says what mode there is, which need not be what was asked for. */
static int enter_wal(sqlite3 *db)
{
    static const char sql[] = "PRAGMA journal_mode = WAL";
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        code = step_patiently(db, statement);
    }
    int result = PR_OK;
    if (code != SQLITE_ROW) {
        result = connection_failed(db, code, sql);
    } else if (strcmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0) {
        log_write(LOG_LEVEL_ERROR, "store: the folder's file system does not take a WAL");
        result = PR_EDB;
    }
    sqlite3_finalize(statement);
    return result;
}

static int set_up(sqlite3 *db, enum connection_use use)
{
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        int now = -1;
        int code = sqlite3_db_config(db, switches[i].option, switches[i].value, &now);

        if (code != SQLITE_OK || now != switches[i].value) {
            log_write(LOG_LEVEL_ERROR, "store: SQLite lacks switch %d", switches[i].option);
            return PR_EDB;
        }
    }
    int result = run_pragmas(db, pragmas_of_all, sizeof pragmas_of_all / sizeof pragmas_of_all[0]);
    if (result != PR_OK) {
        return result;
    }
    if (use == CONNECTION_READER) {
        return run_pragmas(db, pragmas_of_reader,
                           sizeof pragmas_of_reader / sizeof pragmas_of_reader[0]);
    }
    result = enter_wal(db);
    return result != PR_OK ? result
                           : run_pragmas(db, pragmas_of_writer,
                                         sizeof pragmas_of_writer / sizeof pragmas_of_writer[0]);
}

int connection_open(struct connection *connection, const char *path, enum connection_use use)
{
    /* A thread that has a connection has it for itself: SQLite's own mutexes are not needed. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_PRIVATECACHE;
    sqlite3 *db = NULL;
    int result = use == CONNECTION_WRITER ? prepare_file(path) : PR_OK;

    if (result != PR_OK) {
        return result;
    }
    int code = sqlite3_open_v2(path, &db, flags, NULL);
    if (db == NULL) {
        return PR_ENOMEM;
    }
    result = code == SQLITE_OK ? set_up(db, use) : connection_failed(db, code, path);
    if (result != PR_OK) {
        sqlite3_close(db);
        return result;
    }
    sqlite3_commit_hook(db, refuse_after_error, connection);
    connection->db = db;
    return PR_OK;
}

void connection_close(struct connection *connection)
{
    if (connection->db == NULL) {
        return;
    }
    for (size_t i = 0; i < connection->cache_places; i++) {
        sqlite3_finalize(connection->cache[i].statement);
    }
    free(connection->cache);
    if (sqlite3_close(connection->db) != SQLITE_OK) {
        log_write(LOG_LEVEL_ERROR, "store: closed while in use: %s",
                  sqlite3_errmsg(connection->db));
    }
    *connection = (struct connection){.db = NULL};
}

/** The place of a key in the cache: where it is or where it would be put. There is always a free
 * place. */
static struct cached_statement *find_place(struct cached_statement *cache, size_t places,
                                           const char *sql)
{
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
    size_t place = (size_t)(hash >> 32) & (places - 1);

    while (cache[place].sql != NULL && cache[place].sql != sql) {
        place = (place + 1) & (places - 1);
    }
    return &cache[place];
}

/** Keeps the cache at most half full. */
static int grow_cache(struct connection *connection)
{
    if (connection->cache_length < connection->cache_places / 2) {
        return PR_OK;
    }
    size_t places =
        connection->cache_places == 0 ? CACHE_PLACES_FIRST : connection->cache_places * 2;
    struct cached_statement *cache = calloc(places, sizeof *cache);

    if (cache == NULL) {
        return PR_ENOMEM;
    }
    for (size_t i = 0; i < connection->cache_places; i++) {
        if (connection->cache[i].sql != NULL) {
            *find_place(cache, places, connection->cache[i].sql) = connection->cache[i];
        }
    }
    free(connection->cache);
    connection->cache = cache;
    connection->cache_places = places;
    return PR_OK;
}

sqlite3_stmt *connection_statement(struct connection *connection, const char *sql, int *ret_code)
{
    *ret_code = grow_cache(connection);
    if (*ret_code != PR_OK) {
        return NULL;
    }
    struct cached_statement *place = find_place(connection->cache, connection->cache_places, sql);

    if (place->sql != NULL) {
        if (strcmp(sqlite3_sql(place->statement), sql) != 0) {
            log_write(LOG_LEVEL_ERROR, "store: SQL that is not a string literal");
            *ret_code = PR_EINVAL;
            return NULL;
        }
        sqlite3_reset(place->statement);
        sqlite3_clear_bindings(place->statement);
        return place->statement;
    }
    int code = sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &place->statement, NULL);
    if (code != SQLITE_OK) {
        *ret_code = connection_failed(connection->db, code, sql);
        return NULL;
    }
    place->sql = sql;
    connection->cache_length++;
    return place->statement;
}

int connection_run(struct connection *connection, const char *sql)
{
    int result;
    sqlite3_stmt *statement = connection_statement(connection, sql, &result);

    if (statement == NULL) {
        return result;
    }
    int code = sqlite3_step(statement);

    result = code == SQLITE_ROW || code == SQLITE_DONE
                 ? PR_OK
                 : connection_failed(connection->db, code, sql);
    sqlite3_reset(statement);
    return result;
}

void connection_reset_statements(struct connection *connection)
{
    sqlite3_stmt *statement = sqlite3_next_stmt(connection->db, NULL);

    for (; statement != NULL; statement = sqlite3_next_stmt(connection->db, statement)) {
        if (sqlite3_stmt_busy(statement) != 0) {
            sqlite3_reset(statement);
        }
    }
}

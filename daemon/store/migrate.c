/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/migrate.h"

#include <stdbool.h>
#include <stdio.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/connection.h"

/** What step 1 writes into the header of the file: 'PRrm'. */
enum { SCHEMA_APPLICATION_ID = 0x5052726d };

static int read_number(sqlite3 *db, const char *sql, int *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        *ret_number = sqlite3_column_int(statement, 0);
    }
    int result = code == SQLITE_ROW ? PR_OK : connection_failed(db, code, sql);

    sqlite3_finalize(statement);
    return result;
}

static int execute(sqlite3 *db, const char *sql)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? PR_OK : connection_failed(db, code, sql);
}

/** Refuses what must not be touched: a schema of the future and a database that is not a store. */
static int check_version(sqlite3 *db, int version, int length)
{
    int application_id = 0;
    int objects = 0;
    int result = read_number(db, "PRAGMA application_id", &application_id);

    if (result == PR_OK) {
        result = read_number(db, "SELECT count(*) FROM sqlite_schema", &objects);
    }
    if (result != PR_OK) {
        return result;
    }
    if (version == 0 ? objects != 0 : application_id != SCHEMA_APPLICATION_ID) {
        log_write(LOG_LEVEL_ERROR, "store: the database is not one of printroom");
        return PR_EDB;
    }
    if (version < 0 || version > length) {
        log_write(LOG_LEVEL_ERROR,
                  "store: the database has schema %d, this program knows schemas up to %d; "
                  "it was last used by a newer printroom",
                  version, length);
        return PR_EDB;
    }
    return PR_OK;
}

/** Runs the next step, if one is missing, in a transaction. The version is read inside of it:
 * another process may have been faster. */
static int run_step(sqlite3 *db, const char *const *steps, int length, bool *ret_done)
{
    char set_version[64];
    int version = 0;
    int result = execute(db, "BEGIN IMMEDIATE");

    if (result != PR_OK) {
        return result;
    }
    result = read_number(db, "PRAGMA user_version", &version);
    if (result == PR_OK) {
        result = check_version(db, version, length);
    }
    if (result != PR_OK) {
        goto out;
    }
    if (version == length) {
        *ret_done = true;
        goto out;
    }
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", version + 1);
    result = execute(db, steps[version]);
    if (result == PR_OK) {
        result = execute(db, set_version);
    }
    if (result == PR_OK) {
        result = execute(db, "COMMIT");
    }
    if (result == PR_OK) {
        log_write(LOG_LEVEL_NOTICE, "store: schema %d set up", version + 1);
    }
out:
    if (sqlite3_get_autocommit(db) == 0) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return result;
}

int migrate(sqlite3 *db, const char *const *steps, int length)
{
    bool done = false;
    int result = PR_OK;

    while (result == PR_OK && !done) {
        result = run_step(db, steps, length, &done);
    }
    return result;
}

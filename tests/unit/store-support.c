/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/store-support.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/people.h"

int support_set_up(void **state)
{
    struct support *support = calloc(1, sizeof *support);

    assert_non_null(support);
    log_set_level(LOG_LEVEL_ERROR);
    snprintf(support->folder, sizeof support->folder, "/tmp/printroom-store-XXXXXX");
    assert_non_null(mkdtemp(support->folder));
    snprintf(support->path, sizeof support->path, "%s/printroom.db", support->folder);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
    *state = support;
    return 0;
}

int support_tear_down(void **state)
{
    struct support *support = *state;
    DIR *folder;
    struct dirent *entry;

    store_close(support->store);
    folder = opendir(support->folder);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    closedir(folder);
    assert_int_equal(rmdir(support->folder), 0);
    free(support);
    return 0;
}

void support_reopen(struct support *support)
{
    store_close(support->store);
    support->store = NULL;
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
}

struct store_tx *support_begin(struct support *support)
{
    struct store_tx *tx = NULL;

    assert_int_equal(store_begin(support->store, &tx), PR_OK);
    return tx;
}

static sqlite3 *handle_of(struct store_tx *tx)
{
    return sqlite3_db_handle(store_statement(tx, "SELECT 1"));
}

void support_hurry(struct support *support)
{
    struct store_tx *tx = support_begin(support);
    sqlite3 *db = handle_of(tx);

    store_rollback(tx);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
}

int support_sql(struct store_tx *tx, const char *sql)
{
    return sqlite3_exec(handle_of(tx), sql, NULL, NULL, NULL);
}

void support_shell(const struct support *support, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(support->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    sqlite3_close(db);
}

int64_t support_number(struct store_tx *tx, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = 0;

    if (sqlite3_prepare_v2(handle_of(tx), sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle_of(tx)));
    }
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

int64_t support_job(struct store_tx *tx)
{
    sqlite3_stmt *statement = store_statement(
        tx,
        "INSERT INTO job (month, number, state, source, origin, document, person, copies, sides,"
        " submitted_at) SELECT '2026-11', n, 'incoming', 'test', 'urn:test:' || n, 1, 'wang', 1,"
        " 'one-sided', 1 FROM (SELECT count(*) + 1 AS n FROM job)");

    assert_int_equal(store_step(tx, statement), 0);
    return store_last_id(tx);
}

void support_populate(struct support *support, int departments, int jobs)
{
    struct store_tx *tx = support_begin(support);
    char code[16];

    for (int i = 0; i < departments; i++) {
        snprintf(code, sizeof code, "d%d", i);
        assert_int_equal(department_add(tx, code, "D", "admin", NULL), PR_OK);
    }
    for (int i = 0; i < jobs; i++) {
        assert_int_equal(support_job(tx), i + 1);
    }
    assert_int_equal(store_commit(tx), PR_OK);
}

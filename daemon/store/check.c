/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/figures.h"
#include "daemon/store/store.h"

static int check_file(struct store_tx *tx, const char **ret_problem)
{
    sqlite3_stmt *statement = store_statement(tx, "PRAGMA quick_check(1)");
    char finding[256];
    int step = store_step(tx, statement);

    if (step < 0) {
        return step;
    }
    store_column_text(statement, 0, finding, sizeof finding);
    if (strcmp(finding, "ok") == 0) {
        return PR_OK;
    }
    log_write(LOG_LEVEL_ERROR, "store: quick_check: %s", finding);
    *ret_problem = "the database file is damaged";
    return PR_EDB;
}

static int check_references(struct store_tx *tx, const char **ret_problem)
{
    sqlite3_stmt *statement = store_statement(tx, "PRAGMA foreign_key_check");
    char table[64];
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step;
    }
    store_column_text(statement, 0, table, sizeof table);
    log_write(LOG_LEVEL_ERROR, "store: a row of %s refers to one that is not there", table);
    *ret_problem = "a row refers to one that is not there";
    return PR_EDB;
}

/* The sums from the entries alone, by another way than the trigger adds them up. */
static const char sql_accounts_that_differ[] =
    "SELECT a.department, a.month FROM account AS a"
    " WHERE (a.allotted, a.granted, a.reserved, a.used) IS NOT ("
    "  SELECT coalesce(sum(iif(l.kind IN ('allot', 'adjust'), l.sheets, 0)), 0),"
    "         coalesce(sum(iif(l.kind = 'grant', l.sheets, 0)), 0),"
    "         coalesce(sum(iif(l.kind = 'reserve' AND NOT EXISTS"
    "                          (SELECT 1 FROM ledger AS c WHERE c.closes = l.entry),"
    "                          l.sheets, 0)), 0),"
    "         coalesce(sum(iif(l.kind = 'settle', l.sheets, 0)), 0)"
    "    FROM ledger AS l WHERE l.department = a.department AND l.month = a.month)";

static int check_accounts(struct store_tx *tx, const char **ret_problem)
{
    sqlite3_stmt *statement = store_statement(tx, sql_accounts_that_differ);
    char month[16];
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step;
    }
    store_column_text(statement, 1, month, sizeof month);
    log_write(LOG_LEVEL_ERROR, "store: account of department %lld in %s differs from the ledger",
              (long long)sqlite3_column_int64(statement, 0), month);
    *ret_problem = "an account's sums differ from the ledger";
    return PR_EDB;
}

static int check_figures(struct store_tx *tx, const char **ret_problem)
{
    struct figure_difference first;
    int64_t rows = 0;
    int result = figure_check(tx, &rows, &first);

    if (result != PR_OK || rows == 0) {
        return result;
    }
    log_write(LOG_LEVEL_ERROR,
              "store: %lld figures of the report differ from what they sum up; first %s of %s, "
              "department %lld, key '%s': %lld sheets kept, %lld counted",
              (long long)rows, first.dimension, first.month, (long long)first.department, first.key,
              (long long)first.kept, (long long)first.facts);
    *ret_problem = "the report's figures differ from the ledger (printroom report rebuild)";
    return PR_EDB;
}

static const char sql_people_that_differ[] =
    "SELECT person, month FROM ("
    " SELECT j.person, l.month, sum(iif(l.kind = 'reserve' AND NOT EXISTS"
    "   (SELECT 1 FROM ledger AS c WHERE c.closes = l.entry), l.sheets, 0)) AS reserved,"
    "  sum(iif(l.kind = 'settle', l.sheets, 0)) AS used"
    " FROM ledger AS l JOIN job AS j USING (job) GROUP BY j.person, l.month)"
    " AS entries FULL JOIN account_person AS sums USING (person, month)"
    " WHERE (entries.reserved, entries.used) IS NOT (sums.reserved, sums.used)";

static int check_people(struct store_tx *tx, const char **ret_problem)
{
    sqlite3_stmt *statement = store_statement(tx, sql_people_that_differ);
    char person[80];
    char month[16];
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step;
    }
    store_column_text(statement, 0, person, sizeof person);
    store_column_text(statement, 1, month, sizeof month);
    log_write(LOG_LEVEL_ERROR, "store: what %s used in %s differs from the ledger", person, month);
    *ret_problem = "a person's sums differ from the ledger";
    return PR_EDB;
}

int store_check(struct store *store, const char **ret_problem)
{
    static int (*const checks[])(struct store_tx *, const char **) = {
        check_file, check_references, check_accounts, check_figures, check_people,
    };
    const char *problem = "the database cannot be read";
    struct store_tx *tx;
    int result = store_begin_read(store, &tx);

    if (result != PR_OK) {
        return result;
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && result == PR_OK; i++) {
        result = checks[i](tx, &problem);
    }
    if (result == PR_EDB) {
        *ret_problem = problem;
    }
    store_rollback(tx);
    return result;
}

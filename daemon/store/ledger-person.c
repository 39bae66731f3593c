/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/error.h"
#include "daemon/store/ledger.h"

static int read_use(struct store_tx *tx, sqlite3_stmt *statement, struct ledger_person *ret_use)
{
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    *ret_use = (struct ledger_person){
        .cap = sqlite3_column_int64(statement, 0),
        .reserved = sqlite3_column_int64(statement, 1),
        .used = sqlite3_column_int64(statement, 2),
    };
    return PR_OK;
}

int ledger_of_person(struct store_tx *tx, const char *login, const char *month,
                     struct ledger_person *ret_use)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT coalesce((SELECT p.sheets_cap FROM person AS p WHERE p.login = ?1), -1),"
            " coalesce(sum(a.reserved), 0), coalesce(sum(a.used), 0)"
            " FROM account_person AS a WHERE a.person = ?1 AND a.month = ?2");

    store_bind_text(statement, 1, login);
    store_bind_text(statement, 2, month);
    return read_use(tx, statement, ret_use);
}

int ledger_of_sender(struct store_tx *tx, int64_t job, const char *month,
                     struct ledger_person *ret_use)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT coalesce(p.sheets_cap, -1), coalesce(a.reserved, 0), coalesce(a.used, 0)"
            " FROM job AS j"
            " LEFT JOIN person AS p ON p.login = j.person"
            " LEFT JOIN account_person AS a ON a.person = j.person AND a.month = ?2"
            " WHERE j.job = ?1");

    store_bind_int(statement, 1, job);
    store_bind_text(statement, 2, month);
    return read_use(tx, statement, ret_use);
}

int64_t ledger_person_left(const struct ledger_person *use)
{
    int64_t left = use->cap - use->reserved - use->used;

    if (use->cap < 0) {
        return LEDGER_SHEETS_MAX;
    }
    return left > 0 ? left : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem: sheets that are promised to one job must not be promised to another, whatever
 * crashes or retries in between, and an auditor must be able to recompute every figure.
 *
 * The way: what happened is a row that is never altered; the sums an answer needs are kept beside
 * them by a trigger, and a CHECK on the sums is what no mistake here gets past. This file looks
 * before it writes: the writer is alone, so what it saw still holds when it writes, and an expected
 * refusal (too few sheets, a reservation that is open already) is an answer that leaves the
 * transaction whole. Should the database refuse all the same, the transaction is lost, as it ought
 * to be.
 *
 * Left out: corrections by an operator; the schema has their place (adjust entries).
 */
#include "daemon/store/ledger.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/people.h"
#include "daemon/store/text.h"

enum {
    REASON_CHARACTERS_MAX = 500,
    REASON_BYTES = 4 * REASON_CHARACTERS_MAX + 1,
    ACTOR_BYTES = 201
};

struct account {
    int64_t department;
    const char *month;
    bool open;
    struct policy_balance balance;
};

struct entry {
    const char *kind;
    int64_t sheets;
    int64_t job;    /**< 0: none */
    int64_t closes; /**< 0: none */
    const char *reason;
    const char *actor;
};

struct reservation {
    int64_t entry;
    int64_t department;
    char month[POLICY_MONTH_BYTES];
    int64_t sheets;
};

static bool is_actor(const char *actor)
{
    return text_is_line(actor, 1, ACTOR_BYTES, ACTOR_BYTES);
}

static bool is_reason(const char *reason, size_t characters_min)
{
    return text_is_line(reason, characters_min, REASON_CHARACTERS_MAX, REASON_BYTES);
}

/** Reads an account; one that is not open shows what it would be opened with. `month` is borrowed.
 */
static int read_account(struct store_tx *tx, int64_t department, const char *month,
                        struct account *ret_account)
{
    if (!policy_month_valid(month)) {
        return PR_EINVAL;
    }
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT a.department IS NOT NULL, coalesce(a.allotted, d.standing_quota, 0),"
            " coalesce(a.granted, 0), coalesce(a.reserved, 0), coalesce(a.used, 0)"
            " FROM department AS d"
            " LEFT JOIN account AS a ON a.department = d.department AND a.month = ?2"
            " WHERE d.department = ?1");

    store_bind_int(statement, 1, department);
    store_bind_text(statement, 2, month);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    *ret_account = (struct account){
        .department = department,
        .month = month,
        .open = sqlite3_column_int(statement, 0) != 0,
        .balance =
            {
                .allotted = sqlite3_column_int64(statement, 1),
                .granted = sqlite3_column_int64(statement, 2),
                .reserved = sqlite3_column_int64(statement, 3),
                .used = sqlite3_column_int64(statement, 4),
            },
    };
    return PR_OK;
}

static int insert_entry(struct store_tx *tx, int64_t department, const char *month,
                        const struct entry *entry)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO ledger (department, month, kind, sheets, job, closes, reason, actor, at)"
            " VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), nullif(?6, 0), ?7, ?8, ?9)");

    store_bind_int(statement, 1, department);
    store_bind_text(statement, 2, month);
    store_bind_text(statement, 3, entry->kind);
    store_bind_int(statement, 4, entry->sheets);
    store_bind_int(statement, 5, entry->job);
    store_bind_int(statement, 6, entry->closes);
    store_bind_text(statement, 7, entry->reason == NULL ? "" : entry->reason);
    store_bind_text(statement, 8, entry->actor);
    store_bind_int(statement, 9, store_now_ms());
    return store_step(tx, statement);
}

/** Opens an account that is not, with the standing quota as its first entry. */
static int open_account(struct store_tx *tx, struct account *account)
{
    if (account->open) {
        return PR_OK;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO account (department, month) VALUES (?1, ?2)");

    store_bind_int(statement, 1, account->department);
    store_bind_text(statement, 2, account->month);
    int result = store_step(tx, statement);
    if (result == PR_OK && account->balance.allotted > 0) {
        const struct entry allot = {
            .kind = "allot",
            .sheets = account->balance.allotted,
            .reason = "standing quota",
            .actor = "printroomd",
        };
        result = insert_entry(tx, account->department, account->month, &allot);
    }
    account->open = result == PR_OK;
    return result;
}

int ledger_balance(struct store_tx *tx, int64_t department, const char *month,
                   struct policy_balance *ret_balance)
{
    struct account account;
    int result = read_account(tx, department, month, &account);

    if (result == PR_OK) {
        result = open_account(tx, &account);
    }
    if (result == PR_OK) {
        *ret_balance = account.balance;
    }
    return result;
}

int ledger_peek(struct store_tx *tx, int64_t department, const char *month,
                struct policy_balance *ret_balance)
{
    struct account account;
    int result = read_account(tx, department, month, &account);

    if (result == PR_OK) {
        *ret_balance = account.balance;
    }
    return result;
}

/** The leaf of a change of quota; steals detail. */
static int append_leaf(struct store_tx *tx, const char *actor, const char *event,
                       int64_t department, json_t *detail)
{
    struct department found;
    int result = department_get(tx, department, &found);

    if (result != PR_OK) {
        json_decref(detail);
        return result;
    }
    return audit_append_made(tx, actor, event, found.code, detail);
}

static int set_standing_quota(struct store_tx *tx, int64_t department, int64_t sheets)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE department SET standing_quota = ?2 WHERE department = ?1");

    store_bind_int(statement, 1, department);
    store_bind_int(statement, 2, sheets);
    return store_step(tx, statement);
}

int ledger_set_quota(struct store_tx *tx, int64_t department, const char *month, int64_t sheets,
                     bool month_only, const char *actor)
{
    struct account account;

    if (sheets < 0 || sheets > LEDGER_SHEETS_MAX || !is_actor(actor)) {
        return PR_EINVAL;
    }
    int result = read_account(tx, department, month, &account);
    if (result != PR_OK) {
        return result;
    }
    const int64_t before = account.balance.allotted;

    account.balance.allotted = sheets;
    if (policy_balance_available(&account.balance) < 0) {
        return PR_EBALANCE;
    }
    account.balance.allotted = before;
    result = open_account(tx, &account);
    if (result == PR_OK && sheets != before) {
        const struct entry allot = {
            .kind = "allot", .sheets = sheets - before, .reason = "quota set", .actor = actor};

        result = insert_entry(tx, department, month, &allot);
    }
    if (result == PR_OK && !month_only) {
        result = set_standing_quota(tx, department, sheets);
    }
    if (result != PR_OK) {
        return result;
    }
    return append_leaf(tx, actor, "quota.set", department,
                       json_pack("{s:I, s:s, s:b, s:I}", "before", (json_int_t)before, "month",
                                 month, "month_only", (int)month_only, "sheets",
                                 (json_int_t)sheets));
}

int ledger_grant(struct store_tx *tx, int64_t department, const char *month, int64_t sheets,
                 const char *reason, const char *actor)
{
    struct account account;
    const struct entry grant = {
        .kind = "grant", .sheets = sheets, .reason = reason, .actor = actor};

    if (sheets <= 0 || sheets > LEDGER_SHEETS_MAX || !is_reason(reason, 1) || !is_actor(actor)) {
        return PR_EINVAL;
    }
    int result = read_account(tx, department, month, &account);
    if (result == PR_OK) {
        result = open_account(tx, &account);
    }
    if (result == PR_OK) {
        result = insert_entry(tx, department, month, &grant);
    }
    if (result != PR_OK) {
        return result;
    }
    return append_leaf(tx, actor, "quota.grant", department,
                       json_pack("{s:s, s:s, s:I}", "month", month, "reason", reason, "sheets",
                                 (json_int_t)sheets));
}

/** Whether an open account's leftovers were dealt with; when not, they are from now on. */
static int mark_carried(struct store_tx *tx, int64_t department, const char *month, bool *ret_first)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO carry_over (department, month) VALUES (?1, ?2)"
                            " ON CONFLICT DO NOTHING RETURNING 1");

    store_bind_int(statement, 1, department);
    store_bind_text(statement, 2, month);
    int step = store_step(tx, statement);
    *ret_first = step > 0;
    return step < 0 ? step : PR_OK;
}

static void month_before(const char *month, char ret_before[POLICY_MONTH_BYTES])
{
    int year =
        (month[0] - '0') * 1000 + (month[1] - '0') * 100 + (month[2] - '0') * 10 + (month[3] - '0');
    int number = (month[5] - '0') * 10 + (month[6] - '0') - 1;

    if (number == 0) {
        year--;
        number = 12;
    }
    if (!policy_month_format(year, number, ret_before)) {
        ret_before[0] = '\0';
    }
}

static int move_sheets(struct store_tx *tx, int64_t department, const char *from, const char *to,
                       int64_t sheets)
{
    char reason[32];
    struct entry entry = {
        .kind = "adjust", .sheets = -sheets, .reason = reason, .actor = "printroomd"};

    snprintf(reason, sizeof reason, "carried over to %s", to);
    int result = insert_entry(tx, department, from, &entry);

    entry.sheets = sheets;
    snprintf(reason, sizeof reason, "carried over from %s", from);
    if (result == PR_OK) {
        result = insert_entry(tx, department, to, &entry);
    }
    if (result != PR_OK) {
        return result;
    }
    return append_leaf(
        tx, "printroomd", "quota.carry-over", department,
        json_pack("{s:s, s:I, s:s}", "from", from, "sheets", (json_int_t)sheets, "to", to));
}

int ledger_carry_over(struct store_tx *tx, int64_t department, const char *month, int64_t most,
                      int64_t *ret_sheets)
{
    struct account account;
    struct account before = {.open = false};
    char before_month[POLICY_MONTH_BYTES];
    bool first = false;
    int64_t sheets = 0;

    if (most < 0 || most > LEDGER_SHEETS_MAX) {
        return PR_EINVAL;
    }
    int result = read_account(tx, department, month, &account);
    if (result == PR_OK) {
        result = open_account(tx, &account);
    }
    if (result == PR_OK) {
        result = mark_carried(tx, department, month, &first);
    }
    month_before(month, before_month);
    if (result == PR_OK && first && before_month[0] != '\0') {
        result = read_account(tx, department, before_month, &before);
    }
    if (result == PR_OK && before.open) {
        sheets = policy_balance_available(&before.balance);
        sheets = sheets < most ? sheets : most;
        if (sheets > before.balance.allotted) {
            /* What was granted has its own sum; only what was allotted can be taken back. */
            sheets = before.balance.allotted;
        }
    }
    if (result == PR_OK && sheets > 0) {
        result = move_sheets(tx, department, before_month, month, sheets);
    }
    if (result == PR_OK && ret_sheets != NULL) {
        *ret_sheets = sheets;
    }
    return result;
}

/** PR_ENOENT when the job has no open reservation. */
static int find_reservation(struct store_tx *tx, int64_t job, struct reservation *ret_reservation)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT r.entry, r.department, r.month, r.sheets FROM ledger AS r"
                            " WHERE r.job = ?1 AND r.kind = 'reserve'"
                            " AND NOT EXISTS (SELECT 1 FROM ledger AS c WHERE c.closes = r.entry)");

    store_bind_int(statement, 1, job);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    ret_reservation->entry = sqlite3_column_int64(statement, 0);
    ret_reservation->department = sqlite3_column_int64(statement, 1);
    store_column_text(statement, 2, ret_reservation->month, sizeof ret_reservation->month);
    ret_reservation->sheets = sqlite3_column_int64(statement, 3);
    return store_tx_error(tx);
}

int ledger_reserve(struct store_tx *tx, int64_t department, const char *month, int64_t job,
                   int64_t sheets, const char *actor)
{
    struct reservation existing;
    struct account account;
    struct ledger_person sender;
    const struct entry reserve = {.kind = "reserve", .sheets = sheets, .job = job, .actor = actor};

    if (sheets <= 0 || sheets > LEDGER_SHEETS_MAX || job <= 0 || !is_actor(actor)) {
        return PR_EINVAL;
    }
    int result = find_reservation(tx, job, &existing);
    if (result != PR_ENOENT) {
        return result == PR_OK ? PR_EEXIST : result;
    }
    result = read_account(tx, department, month, &account);
    if (result != PR_OK) {
        return result;
    }
    result = ledger_of_sender(tx, job, month, &sender);
    if (result != PR_OK) {
        return result;
    }
    if (policy_balance_available(&account.balance) < sheets ||
        ledger_person_left(&sender) < sheets) {
        return PR_EBALANCE;
    }
    result = open_account(tx, &account);
    return result == PR_OK ? insert_entry(tx, department, month, &reserve) : result;
}

/** Closes the job's open reservation, in the account it was made in, whatever month it is now. */
static int close_reservation(struct store_tx *tx, const struct entry *entry)
{
    struct reservation open;
    struct entry closing = *entry;
    int result = find_reservation(tx, entry->job, &open);

    if (result != PR_OK) {
        return result;
    }
    if (entry->sheets > open.sheets) {
        return PR_EINVAL;
    }
    closing.closes = open.entry;
    return insert_entry(tx, open.department, open.month, &closing);
}

int ledger_settle(struct store_tx *tx, int64_t job, int64_t sheets, const char *actor)
{
    const struct entry settle = {.kind = "settle", .sheets = sheets, .job = job, .actor = actor};

    return sheets < 0 || !is_actor(actor) ? PR_EINVAL : close_reservation(tx, &settle);
}

int ledger_void(struct store_tx *tx, int64_t job, const char *reason, const char *actor)
{
    const struct entry voiding = {.kind = "void", .job = job, .reason = reason, .actor = actor};

    return !is_reason(reason, 0) || !is_actor(actor) ? PR_EINVAL : close_reservation(tx, &voiding);
}

int ledger_of_job(struct store_tx *tx, int64_t job, struct ledger_job *ret)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT coalesce(sum(iif(l.kind = 'reserve' AND NOT EXISTS"
            "   (SELECT 1 FROM ledger AS c WHERE c.closes = l.entry), l.sheets, 0)), 0),"
            " coalesce(sum(iif(l.kind = 'settle', l.sheets, 0)), 0),"
            " (SELECT r.month FROM ledger AS r WHERE r.job = ?1 AND r.kind = 'reserve'"
            "   ORDER BY r.entry DESC LIMIT 1)"
            " FROM ledger AS l WHERE l.job = ?1");

    store_bind_int(statement, 1, job);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : store_tx_fail(tx, PR_EDB);
    }
    struct ledger_job found = {
        .reserved = sqlite3_column_int64(statement, 0),
        .charged = sqlite3_column_int64(statement, 1),
    };

    store_column_text(statement, 2, found.month, sizeof found.month);
    int result = store_tx_error(tx);
    if (result == PR_OK) {
        *ret = found;
    }
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of the ledger, through its functions and behind their back. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/ledger.h"
#include "daemon/store/people.h"

#define MONTH      "2026-11"
#define NEXT_MONTH "2026-12"

/** A store with department 1 ("academic") and 2 ("general"). */
static int set_up(void **state)
{
    support_set_up(state);
    struct store_tx *tx = support_begin(*state);
    assert_int_equal(department_add(tx, "academic", "教务处", "admin", NULL), PR_OK);
    assert_int_equal(department_add(tx, "general", "总务处", "admin", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    return 0;
}

static void assert_balance(struct store_tx *tx, int64_t department, const char *month,
                           int64_t allotted, int64_t granted, int64_t reserved, int64_t used)
{
    struct policy_balance balance = {.allotted = -1};

    assert_int_equal(ledger_peek(tx, department, month, &balance), PR_OK);
    assert_int_equal(balance.allotted, allotted);
    assert_int_equal(balance.granted, granted);
    assert_int_equal(balance.reserved, reserved);
    assert_int_equal(balance.used, used);
}

/** Ends a test: nothing was sticky, and the sums are right. */
static void finish(struct support *support, struct store_tx *tx)
{
    const char *problem = "";

    assert_int_equal(store_commit(tx), PR_OK);
    if (store_check(support->store, &problem) != PR_OK) {
        fail_msg("%s", problem);
    }
}

static void test_account_opens_with_standing_quota(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct policy_balance balance;

    assert_balance(tx, 1, MONTH, 0, 0, 0, 0);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 100, false, "director"), PR_OK);
    assert_balance(tx, 1, MONTH, 100, 0, 0, 0);
    /* Peeking shows what would be, and opens nothing. */
    assert_balance(tx, 1, NEXT_MONTH, 100, 0, 0, 0);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM account"), 1);
    assert_int_equal(ledger_balance(tx, 1, NEXT_MONTH, &balance), PR_OK);
    assert_int_equal(balance.allotted, 100);
    assert_int_equal(ledger_balance(tx, 1, NEXT_MONTH, &balance), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM account"), 2);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM ledger WHERE month = '2026-12'"), 1);
    /* A later change of the standing quota does not reach into open months. */
    assert_int_equal(ledger_set_quota(tx, 1, "2027-01", 70, false, "director"), PR_OK);
    assert_balance(tx, 1, NEXT_MONTH, 100, 0, 0, 0);
    assert_balance(tx, 1, "2027-02", 70, 0, 0, 0);
    assert_balance(tx, 2, MONTH, 0, 0, 0, 0);
    finish(support, tx);
}

static void test_quota_of_one_month(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct department department;

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 100, false, "director"), PR_OK);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 30, true, "director"), PR_OK);
    assert_balance(tx, 1, MONTH, 30, 0, 0, 0);
    assert_balance(tx, 1, NEXT_MONTH, 100, 0, 0, 0);
    assert_int_equal(department_get(tx, 1, &department), PR_OK);
    assert_int_equal(department.standing_quota, 100);
    assert_int_equal(ledger_set_quota(tx, 1, NEXT_MONTH, 0, true, "director"), PR_OK);
    assert_balance(tx, 1, NEXT_MONTH, 0, 0, 0, 0);
    finish(support, tx);
}

static void test_quota_below_what_is_used(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct department department;
    int64_t job = support_job(tx);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 100, false, "director"), PR_OK);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 5, "exams", "director"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 20, "wang"), PR_OK);
    int64_t leaves = support_number(tx, "SELECT count(*) FROM audit_leaf");
    int64_t entries = support_number(tx, "SELECT count(*) FROM ledger");
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 14, false, "director"), PR_EBALANCE);
    assert_int_equal(store_tx_error(tx), PR_OK);
    assert_balance(tx, 1, MONTH, 100, 5, 20, 0);
    assert_int_equal(department_get(tx, 1, &department), PR_OK);
    assert_int_equal(department.standing_quota, 100);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), leaves);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM ledger"), entries);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 15, false, "director"), PR_OK);
    assert_balance(tx, 1, MONTH, 15, 5, 20, 0);
    assert_int_equal(ledger_settle(tx, job, 20, "printroomd"), PR_OK);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 14, true, "director"), PR_EBALANCE);
    finish(support, tx);
}

static void test_grant(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_int_equal(ledger_grant(tx, 1, NEXT_MONTH, 7, "期末考试", "director"), PR_OK);
    assert_balance(tx, 1, NEXT_MONTH, 10, 7, 0, 0);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 0);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 0, "r", "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, -1, "r", "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, INT64_MAX, "r", "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, LEDGER_SHEETS_MAX + 1, "r", "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 1, "", "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 1, NULL, "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 1, "a\nb", "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 1, "\xff", "director"), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 1, "r", ""), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 1, "r", NULL), PR_EINVAL);
    assert_int_equal(ledger_grant(tx, 9, MONTH, 1, "r", "director"), PR_ENOENT);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 0);
    assert_int_equal(ledger_grant(tx, 1, MONTH, LEDGER_SHEETS_MAX, "r", "director"), PR_OK);
    finish(support, tx);
}

static void test_arguments_that_are_refused(void **state)
{
    static const char *const months[] = {"2026-13", "2026-00", "2026-1", "", "2026-11x", NULL};
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct policy_balance balance = {.allotted = -5};
    int64_t job = support_job(tx);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
        assert_int_equal(ledger_peek(tx, 1, months[i], &balance), PR_EINVAL);
        assert_int_equal(ledger_balance(tx, 1, months[i], &balance), PR_EINVAL);
        assert_int_equal(ledger_set_quota(tx, 1, months[i], 1, true, "director"), PR_EINVAL);
        assert_int_equal(ledger_grant(tx, 1, months[i], 1, "r", "director"), PR_EINVAL);
        assert_int_equal(ledger_reserve(tx, 1, months[i], job, 1, "wang"), PR_EINVAL);
    }
    assert_int_equal(ledger_peek(tx, 9, MONTH, &balance), PR_ENOENT);
    assert_int_equal(ledger_balance(tx, 9, MONTH, &balance), PR_ENOENT);
    assert_int_equal(ledger_set_quota(tx, 9, MONTH, 1, false, "director"), PR_ENOENT);
    assert_int_equal(ledger_reserve(tx, 9, MONTH, job, 1, "wang"), PR_ENOENT);
    assert_int_equal(balance.allotted, -5);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, -1, true, "director"), PR_EINVAL);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, INT64_MAX, true, "director"), PR_EINVAL);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 1, true, ""), PR_EINVAL);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 0, "wang"), PR_EINVAL);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, -1, "wang"), PR_EINVAL);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, INT64_MAX, "wang"), PR_EINVAL);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, INT64_MIN, "wang"), PR_EINVAL);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 0, 1, "wang"), PR_EINVAL);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 1, NULL), PR_EINVAL);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 0);
    finish(support, tx);
}

static void test_reserve_to_the_last_sheet(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    int64_t first = support_job(tx);
    int64_t second = support_job(tx);

    assert_int_equal(ledger_reserve(tx, 1, MONTH, first, 1, "wang"), PR_EBALANCE);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM account"), 0);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, first, 11, "wang"), PR_EBALANCE);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, first, 4, "wang"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, second, 7, "wang"), PR_EBALANCE);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, second, 6, "wang"), PR_OK);
    assert_balance(tx, 1, MONTH, 10, 0, 10, 0);
    assert_int_equal(ledger_reserve(tx, 2, MONTH, support_job(tx), 1, "li"), PR_EBALANCE);
    assert_int_equal(ledger_reserve(tx, 1, NEXT_MONTH, support_job(tx), 10, "wang"), PR_OK);
    finish(support, tx);
}

static void test_one_open_reservation_a_job(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    int64_t job = support_job(tx);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 4, "wang"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 4, "wang"), PR_EEXIST);
    assert_int_equal(ledger_reserve(tx, 1, NEXT_MONTH, job, 1, "wang"), PR_EEXIST);
    assert_int_equal(store_tx_error(tx), PR_OK);
    assert_int_equal(ledger_void(tx, job, "again later", "wang"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, NEXT_MONTH, job, 5, "wang"), PR_OK);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 0);
    assert_balance(tx, 1, NEXT_MONTH, 10, 0, 5, 0);
    finish(support, tx);
}

static void test_settle(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    int64_t job = support_job(tx);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_int_equal(ledger_settle(tx, job, 1, "printroomd"), PR_ENOENT);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 4, "wang"), PR_OK);
    assert_int_equal(ledger_settle(tx, job, 5, "printroomd"), PR_EINVAL);
    assert_int_equal(ledger_settle(tx, job, -1, "printroomd"), PR_EINVAL);
    assert_int_equal(ledger_settle(tx, job, 3, ""), PR_EINVAL);
    assert_balance(tx, 1, MONTH, 10, 0, 4, 0);
    assert_int_equal(ledger_settle(tx, job, 3, "printroomd"), PR_OK);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 3);
    assert_int_equal(ledger_settle(tx, job, 3, "printroomd"), PR_ENOENT);
    assert_int_equal(ledger_void(tx, job, "", "printroomd"), PR_ENOENT);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 3);
    int64_t unprinted = support_job(tx);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, unprinted, 7, "wang"), PR_OK);
    assert_int_equal(ledger_settle(tx, unprinted, 0, "printroomd"), PR_OK);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 3);
    finish(support, tx);
}

static void test_void(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    int64_t job = support_job(tx);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_int_equal(ledger_void(tx, job, "canceled", "wang"), PR_ENOENT);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 4, "wang"), PR_OK);
    assert_int_equal(ledger_void(tx, job, "a\nb", "wang"), PR_EINVAL);
    assert_int_equal(ledger_void(tx, job, NULL, "wang"), PR_EINVAL);
    assert_int_equal(ledger_void(tx, job, "", NULL), PR_EINVAL);
    assert_int_equal(ledger_void(tx, job, "canceled", "wang"), PR_OK);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 0);
    assert_int_equal(ledger_void(tx, job, "canceled", "wang"), PR_ENOENT);
    assert_int_equal(ledger_settle(tx, job, 0, "wang"), PR_ENOENT);
    finish(support, tx);
}

static void test_settled_in_the_month_of_the_reservation(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    int64_t old = support_job(tx);
    int64_t new = support_job(tx);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, old, 4, "wang"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, NEXT_MONTH, new, 6, "wang"), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    support_reopen(support);
    tx = support_begin(support);
    assert_int_equal(ledger_settle(tx, old, 4, "printroomd"), PR_OK);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 4);
    assert_balance(tx, 1, NEXT_MONTH, 10, 0, 6, 0);
    assert_int_equal(ledger_void(tx, new, "", "printroomd"), PR_OK);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 4);
    assert_balance(tx, 1, NEXT_MONTH, 10, 0, 0, 0);
    finish(support, tx);
}

static void assert_job(struct store_tx *tx, int64_t job, int64_t reserved, int64_t charged,
                       const char *month)
{
    struct ledger_job found = {.month = "?"};

    assert_int_equal(ledger_of_job(tx, job, &found), PR_OK);
    assert_int_equal(found.reserved, reserved);
    assert_int_equal(found.charged, charged);
    assert_string_equal(found.month, month);
}

static void test_what_a_job_took(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    int64_t job = support_job(tx);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_job(tx, job, 0, 0, "");
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 4, "wang"), PR_OK);
    assert_job(tx, job, 4, 0, MONTH);
    assert_int_equal(ledger_settle(tx, job, 3, "printroomd"), PR_OK);
    assert_job(tx, job, 0, 3, MONTH);
    assert_int_equal(ledger_reserve(tx, 1, NEXT_MONTH, job, 2, "wang"), PR_OK);
    assert_job(tx, job, 2, 3, NEXT_MONTH);
    assert_int_equal(ledger_settle(tx, job, 2, "printroomd"), PR_OK);
    assert_job(tx, job, 0, 5, NEXT_MONTH);
    assert_job(tx, 999, 0, 0, "");
    finish(support, tx);
}

static void test_leaves(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    int64_t job = support_job(tx);
    int64_t before = support_number(tx, "SELECT count(*) FROM audit_leaf");
    char body[512];

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, false, "director"), PR_OK);
    assert_int_equal(ledger_grant(tx, 1, MONTH, 5, "期末考试", "root as li"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, job, 4, "wang"), PR_OK);
    assert_int_equal(ledger_settle(tx, job, 4, "printroomd"), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), before + 2);
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT body FROM audit_leaf ORDER BY leaf DESC LIMIT 2");
    assert_int_equal(store_step(tx, statement), 1);
    store_column_text(statement, 0, body, sizeof body);
    assert_non_null(strstr(body, "\"actor\":\"root as li\""));
    assert_non_null(
        strstr(body, "\"detail\":{\"month\":\"2026-11\",\"reason\":\"期末考试\",\"sheets\":5},"
                     "\"event\":\"quota.grant\",\"object\":\"academic\"}"));
    assert_int_equal(store_step(tx, statement), 1);
    store_column_text(statement, 0, body, sizeof body);
    assert_non_null(strstr(body,
                           "\"detail\":{\"before\":0,\"month\":\"2026-11\",\"month_only\":false,"
                           "\"sheets\":10},\"event\":\"quota.set\",\"object\":\"academic\"}"));
    finish(support, tx);
}

/** Entries 1 allot 10, 2 reserve 4 (job 1), 3 settle 3, 4 reserve 5 (job 2, open). */
static void test_entries_are_immutable(void **state)
{
    static const char *const attempts[] = {
        "UPDATE ledger SET sheets = 1 WHERE entry = 3",
        "UPDATE OR REPLACE ledger SET entry = 2 WHERE entry = 3",
        "DELETE FROM ledger WHERE entry = 3",
        "DELETE FROM ledger",
        /* a row put in the place of another */
        "REPLACE INTO ledger VALUES (2, 1, '2026-11', 'reserve', 1, 1, NULL, '', 'x', 1)",
        "INSERT OR REPLACE INTO ledger VALUES (9, 1, '2026-11', 'settle', 1, 1, 2, '', 'x', 1)",
        "INSERT OR IGNORE INTO ledger VALUES (3, 1, '2026-11', 'void', 0, 1, 2, '', 'x', 1)",
        ("INSERT INTO ledger VALUES (1, 1, '2026-11', 'allot', 9, NULL, NULL, '', 'x', 1)"
         " ON CONFLICT DO UPDATE SET sheets = 9"),
        /* what closes does not fit */
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'settle', 6, 2, 4, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-12', 'settle', 1, 2, 4, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 2, '2026-11', 'settle', 1, 2, 4, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'settle', 1, 1, 4, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'settle', 1, 2, 1, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'settle', 1, 2, 99, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'void', 0, 1, 2, '', 'x', 1)",
        /* a second open reservation */
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'reserve', 1, 2, NULL, '', 'x', 1)",
    };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, true, "director"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, support_job(tx), 4, "wang"), PR_OK);
    assert_int_equal(ledger_settle(tx, 1, 3, "printroomd"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, support_job(tx), 5, "wang"), PR_OK);
    for (int recursive = 0; recursive <= 1; recursive++) {
        /* As in a shell that does not ask delete triggers on REPLACE, and as in the daemon. */
        assert_int_equal(support_sql(tx, recursive ? "PRAGMA recursive_triggers = ON"
                                                   : "PRAGMA recursive_triggers = OFF"),
                         SQLITE_OK);
        for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
            if (support_sql(tx, attempts[i]) != SQLITE_CONSTRAINT_TRIGGER) {
                fail_msg("%s", attempts[i]);
            }
        }
    }
    assert_balance(tx, 1, MONTH, 10, 0, 5, 3);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM ledger"), 4);
    finish(support, tx);
}

static void test_entries_of_no_form(void **state)
{
    static const char *const attempts[] = {
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'steal', 1, NULL, NULL, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'grant', -1, NULL, NULL, 'r', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'grant', 0, NULL, NULL, 'r', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'grant', 1, NULL, NULL, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'grant', 1, 1, NULL, 'r', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'allot', 1, NULL, NULL, '', '', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'allot', 1000000001, NULL, NULL, '', 'x', 1)",
        "INSERT INTO ledger VALUES (0, 1, '2026-11', 'allot', 1, NULL, NULL, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'reserve', 0, 1, NULL, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'reserve', 1, NULL, NULL, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'settle', 1, 1, NULL, '', 'x', 1)",
        /* the account, by its sums */
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'reserve', 11, 1, NULL, '', 'x', 1)",
        "INSERT INTO ledger VALUES (9, 1, '2026-11', 'allot', -11, NULL, NULL, '', 'x', 1)",
        "INSERT INTO account (department, month) VALUES (1, '2026-13')",
        "INSERT INTO account (department, month) VALUES (1, '2026-00')",
        "INSERT INTO account (department, month) VALUES (1, '26-01')",
    };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    support_job(tx);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, 10, true, "director"), PR_OK);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (support_sql(tx, attempts[i]) != SQLITE_CONSTRAINT_CHECK) {
            fail_msg("%s", attempts[i]);
        }
    }
    assert_int_equal(support_sql(tx, "INSERT INTO ledger VALUES (9, 2, '2026-11', 'allot', 1, NULL,"
                                     " NULL, '', 'x', 1)"),
                     SQLITE_CONSTRAINT_FOREIGNKEY);
    assert_int_equal(support_sql(tx, "INSERT INTO ledger VALUES (9, 1, '2026-11', 'reserve', 1, 77,"
                                     " NULL, '', 'x', 1)"),
                     SQLITE_CONSTRAINT_FOREIGNKEY);
    assert_balance(tx, 1, MONTH, 10, 0, 0, 0);
    finish(support, tx);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_account_opens_with_standing_quota),
        ON_A_STORE(test_quota_of_one_month),
        ON_A_STORE(test_quota_below_what_is_used),
        ON_A_STORE(test_grant),
        ON_A_STORE(test_arguments_that_are_refused),
        ON_A_STORE(test_reserve_to_the_last_sheet),
        ON_A_STORE(test_one_open_reservation_a_job),
        ON_A_STORE(test_settle),
        ON_A_STORE(test_void),
        ON_A_STORE(test_settled_in_the_month_of_the_reservation),
        ON_A_STORE(test_what_a_job_took),
        ON_A_STORE(test_leaves),
        ON_A_STORE(test_entries_are_immutable),
        ON_A_STORE(test_entries_of_no_form),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}

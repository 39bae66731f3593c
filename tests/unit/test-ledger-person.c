/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people use of a month, and their caps: exact, whoever asks and however many at a time. */
#include "tests/unit/store-support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/ledger.h"
#include "daemon/store/people.h"

#define MONTH "2026-11"
#define NEXT  "2026-12"

enum { STAFF = 1U << ROLE_STAFF, QUOTA = 1000 };

/** Department 1 with a quota, and wang in it, whose jobs are 1 … `jobs`. */
static struct store_tx *begin_office(struct support *support, int jobs)
{
    support_populate(support, 1, jobs);
    struct store_tx *tx = support_begin(support);

    assert_int_equal(person_add(tx, "wang", "W", "d0", STAFF, "admin", NULL), PR_OK);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, QUOTA, false, "director"), PR_OK);
    return tx;
}

static void expect_use(struct store_tx *tx, const char *month, int64_t cap, int64_t reserved,
                       int64_t used)
{
    struct ledger_person use;

    assert_int_equal(ledger_of_person(tx, "wang", month, &use), PR_OK);
    assert_int_equal(use.cap, cap);
    assert_int_equal(use.reserved, reserved);
    assert_int_equal(use.used, used);
    assert_int_equal(ledger_of_sender(tx, 1, month, &use), PR_OK);
    assert_int_equal(use.cap, cap);
    assert_int_equal(use.reserved, reserved);
    assert_int_equal(use.used, used);
}

static void end(struct support *support, struct store_tx *tx)
{
    const char *problem = NULL;

    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(store_check(support->store, &problem), PR_OK);
}

static void test_use_follows_the_ledger(void **state)
{
    struct store_tx *tx = begin_office(*state, 3);

    expect_use(tx, MONTH, -1, 0, 0);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 1, 10, "w"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 2, 20, "w"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, NEXT, 3, 30, "w"), PR_OK);
    expect_use(tx, MONTH, -1, 30, 0);
    assert_int_equal(ledger_settle(tx, 1, 7, "w"), PR_OK);
    expect_use(tx, MONTH, -1, 20, 7);
    assert_int_equal(ledger_void(tx, 2, "", "w"), PR_OK);
    expect_use(tx, MONTH, -1, 0, 7);
    expect_use(tx, NEXT, -1, 30, 0);
    end(*state, tx);
}

static void test_cap_is_kept(void **state)
{
    struct store_tx *tx = begin_office(*state, 4);

    assert_int_equal(person_set_cap(tx, "wang", 10, "director"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 1, 11, "w"), PR_EBALANCE);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 1, 6, "w"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 2, 5, "w"), PR_EBALANCE);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 2, 4, "w"), PR_OK);
    /* What was reserved and not used is there again; another month has its own. */
    assert_int_equal(ledger_settle(tx, 1, 5, "w"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 3, 2, "w"), PR_EBALANCE);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 3, 1, "w"), PR_OK);
    assert_int_equal(ledger_reserve(tx, 1, NEXT, 4, 10, "w"), PR_OK);
    expect_use(tx, MONTH, 10, 5, 5);
    end(*state, tx);
}

/** A cap below what was taken takes nothing back, and lets nothing more through. */
static void test_cap_that_is_lowered(void **state)
{
    struct store_tx *tx = begin_office(*state, 2);
    struct ledger_person use;

    assert_int_equal(ledger_reserve(tx, 1, MONTH, 1, 10, "w"), PR_OK);
    assert_int_equal(person_set_cap(tx, "wang", 3, "director"), PR_OK);
    assert_int_equal(ledger_of_person(tx, "wang", MONTH, &use), PR_OK);
    assert_int_equal(ledger_person_left(&use), 0);
    assert_int_equal(ledger_reserve(tx, 1, MONTH, 2, 1, "w"), PR_EBALANCE);
    assert_int_equal(ledger_settle(tx, 1, 10, "w"), PR_OK);
    expect_use(tx, MONTH, 3, 0, 10);
    end(*state, tx);
}

static void test_database_keeps_the_cap_too(void **state)
{
    struct store_tx *tx = begin_office(*state, 1);

    assert_int_equal(person_set_cap(tx, "wang", 10, "director"), PR_OK);
    assert_int_equal(support_sql(tx,
                                 "INSERT INTO ledger (department, month, kind, sheets, job,"
                                 " actor, at) VALUES (1, '" MONTH "', 'reserve', 11, 1, 'x', 1)"),
                     SQLITE_CONSTRAINT_TRIGGER);
    assert_int_equal(support_sql(tx,
                                 "INSERT INTO ledger (department, month, kind, sheets, job,"
                                 " actor, at) VALUES (1, '" MONTH "', 'reserve', 10, 1, 'x', 1)"),
                     SQLITE_OK);
    expect_use(tx, MONTH, 10, 10, 0);
    end(*state, tx);
}

static void test_check_finds_sums_of_people_that_differ(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = begin_office(support, 1);
    const char *problem = NULL;

    assert_int_equal(ledger_reserve(tx, 1, MONTH, 1, 10, "w"), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    support_shell(support, "UPDATE account_person SET used = 1");
    assert_int_equal(store_check(support->store, &problem), PR_EDB);
    assert_non_null(strstr(problem, "person"));
    support_shell(support, "DELETE FROM account_person");
    assert_int_equal(store_check(support->store, &problem), PR_EDB);
    support_shell(support, "INSERT INTO account_person VALUES ('wang', '" MONTH "', 10, 0)");
    assert_int_equal(store_check(support->store, &problem), PR_OK);
}

enum { RACERS = 16, RACES = 10, CAP = 10 };

struct race {
    struct store *store;
    atomic_int next_job;
    atomic_int won;
    atomic_int failures;
};

static void *run_races(void *context)
{
    struct race *race = context;

    for (int i = 0; i < RACES; i++) {
        struct store_tx *tx = NULL;
        int64_t job = atomic_fetch_add(&race->next_job, 1);

        if (store_begin(race->store, &tx) != PR_OK) {
            atomic_fetch_add(&race->failures, 1);
            continue;
        }
        int result = ledger_reserve(tx, 1, MONTH, job, 1, "w");

        if (store_commit(tx) != PR_OK || (result != PR_OK && result != PR_EBALANCE)) {
            atomic_fetch_add(&race->failures, 1);
        }
        atomic_fetch_add(&race->won, result == PR_OK);
    }
    return NULL;
}

static void test_race_for_the_last_sheets_of_a_cap(void **state)
{
    struct support *support = *state;
    struct race race = {.store = support->store, .next_job = 1};
    pthread_t threads[RACERS];

    support_hurry(support);
    struct store_tx *tx = begin_office(support, RACERS * RACES);
    assert_int_equal(person_set_cap(tx, "wang", CAP, "director"), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_races, &race), 0);
    }
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&race.failures), 0);
    assert_int_equal(atomic_load(&race.won), CAP);
    tx = support_begin(support);
    expect_use(tx, MONTH, CAP, CAP, 0);
    end(support, tx);
}

/* Carrying over */

static struct policy_balance balance_of(struct store_tx *tx, const char *month)
{
    struct policy_balance balance;

    assert_int_equal(ledger_peek(tx, 1, month, &balance), PR_OK);
    return balance;
}

static int64_t carry(struct store_tx *tx, const char *month, int64_t most)
{
    int64_t sheets = -7;

    assert_int_equal(ledger_carry_over(tx, 1, month, most, &sheets), PR_OK);
    return sheets;
}

static void test_leftovers_go_on_once(void **state)
{
    struct store_tx *tx = begin_office(*state, 1);

    assert_int_equal(ledger_reserve(tx, 1, MONTH, 1, 300, "w"), PR_OK);
    assert_int_equal(carry(tx, NEXT, LEDGER_SHEETS_MAX), 700);
    assert_int_equal(carry(tx, NEXT, LEDGER_SHEETS_MAX), 0);
    assert_int_equal(balance_of(tx, MONTH).allotted, 300);
    assert_int_equal(balance_of(tx, NEXT).allotted, QUOTA + 700);
    /* What comes back later stays in its own month. */
    assert_int_equal(ledger_void(tx, 1, "", "w"), PR_OK);
    assert_int_equal(carry(tx, NEXT, LEDGER_SHEETS_MAX), 0);
    assert_int_equal(support_number(tx, "SELECT sum(sheets) FROM ledger WHERE kind = 'adjust'"), 0);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM ledger WHERE kind = 'adjust'"), 2);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE"
                                        " '%quota.carry-over%'"),
                     1);
    end(*state, tx);
}

static void test_leftovers_are_limited(void **state)
{
    struct store_tx *tx = begin_office(*state, 1);

    assert_int_equal(carry(tx, NEXT, 100), 100);
    assert_int_equal(balance_of(tx, NEXT).allotted, QUOTA + 100);
    assert_int_equal(carry(tx, "2027-01", 0), 0);
    assert_int_equal(carry(tx, "2027-01", LEDGER_SHEETS_MAX), 0); /* it was decided */
    assert_int_equal(balance_of(tx, "2027-01").allotted, QUOTA);
    assert_int_equal(ledger_carry_over(tx, 1, NEXT, -1, NULL), PR_EINVAL);
    assert_int_equal(ledger_carry_over(tx, 1, "2026-13", 1, NULL), PR_EINVAL);
    assert_int_equal(ledger_carry_over(tx, 9, NEXT, 1, NULL), PR_ENOENT);
    end(*state, tx);
}

/** Over the turn of a year; into an account that was opened beforehand; and not out of one that
 * never was. */
static void test_leftovers_of_other_months(void **state)
{
    struct store_tx *tx = begin_office(*state, 1);

    assert_int_equal(ledger_set_quota(tx, 1, "2027-01", 50, true, "director"), PR_OK);
    assert_int_equal(carry(tx, NEXT, LEDGER_SHEETS_MAX), QUOTA);
    assert_int_equal(carry(tx, "2027-01", LEDGER_SHEETS_MAX), 2 * QUOTA);
    assert_int_equal(balance_of(tx, "2027-01").allotted, 2 * QUOTA + 50);
    assert_int_equal(carry(tx, "2027-03", LEDGER_SHEETS_MAX), 0);
    end(*state, tx);
}

/** A grant has its own sum; only what was allotted can be taken back, so that no account ends below
 * 0. */
static void test_leftovers_and_grants(void **state)
{
    struct store_tx *tx = begin_office(*state, 1);

    assert_int_equal(ledger_grant(tx, 1, MONTH, 500, "exam", "director"), PR_OK);
    assert_int_equal(carry(tx, NEXT, LEDGER_SHEETS_MAX), QUOTA);
    assert_int_equal(balance_of(tx, MONTH).granted, 500);
    assert_int_equal(balance_of(tx, MONTH).allotted, 0);
    end(*state, tx);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_use_follows_the_ledger),
        ON_A_STORE(test_cap_is_kept),
        ON_A_STORE(test_cap_that_is_lowered),
        ON_A_STORE(test_database_keeps_the_cap_too),
        ON_A_STORE(test_check_finds_sums_of_people_that_differ),
        ON_A_STORE(test_race_for_the_last_sheets_of_a_cap),
        ON_A_STORE(test_leftovers_go_on_once),
        ON_A_STORE(test_leftovers_are_limited),
        ON_A_STORE(test_leftovers_of_other_months),
        ON_A_STORE(test_leftovers_and_grants),
    };
    return cmocka_run_group_tests_name("ledger-person", tests, NULL, NULL);
}

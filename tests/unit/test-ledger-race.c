/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads and processes that race for the last sheets of an account: never one too many. */
#include "tests/unit/store-support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/store/ledger.h"

#define MONTH "2026-11"

enum { RACERS = 8, RACES = 40, LAST_SHEETS = 100 };

struct race {
    struct store *store;
    int64_t sheets;
    atomic_int next_job;
    atomic_int won;
    atomic_int lost;
    atomic_int failures;
};

static void race_once(struct race *race)
{
    struct store_tx *tx = NULL;
    int64_t job = atomic_fetch_add(&race->next_job, 1);

    if (store_begin(race->store, &tx) != PR_OK) {
        atomic_fetch_add(&race->failures, 1);
        return;
    }
    int result = ledger_reserve(tx, 1, MONTH, job, race->sheets, "w");
    if (store_commit(tx) != PR_OK || (result != PR_OK && result != PR_EBALANCE)) {
        atomic_fetch_add(&race->failures, 1);
    }
    atomic_fetch_add(result == PR_OK ? &race->won : &race->lost, 1);
}

static void *run_races(void *context)
{
    for (int i = 0; i < RACES; i++) {
        race_once(context);
    }
    return NULL;
}

static void race_for_the_last(struct support *support, int64_t sheets)
{
    struct race race = {.sheets = sheets, .next_job = 1};
    pthread_t threads[RACERS];
    struct policy_balance balance;
    const char *problem = NULL;

    support_hurry(support);
    support_populate(support, 1, RACERS * RACES);
    struct store_tx *tx = support_begin(support);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, LAST_SHEETS, false, "d"), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);

    race.store = support->store;
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_races, &race), 0);
    }
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&race.failures), 0);
    assert_int_equal(atomic_load(&race.won), LAST_SHEETS / sheets);
    assert_int_equal(atomic_load(&race.lost), (int64_t)RACERS * RACES - LAST_SHEETS / sheets);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(ledger_peek(tx, 1, MONTH, &balance), PR_OK);
    assert_int_equal(balance.reserved, LAST_SHEETS / sheets * sheets);
    store_rollback(tx);
    assert_int_equal(store_check(support->store, &problem), PR_OK);
}

static void test_race_for_single_sheets(void **state)
{
    race_for_the_last(*state, 1);
}

static void test_race_for_sheets_that_do_not_divide(void **state)
{
    race_for_the_last(*state, 7);
}

enum { RACING_PROCESSES = 4 };

/** A process with a store of its own; its exit status is how many sheets it won. */
static void race_in_a_process(const char *path, int first_job)
{
    struct race race = {.sheets = 1, .next_job = first_job};

    if (store_open(path, &race.store) != PR_OK) {
        _exit(255);
    }
    run_races(&race);
    _exit(atomic_load(&race.failures) == 0 ? atomic_load(&race.won) : 254);
}

/** Between processes there is no mutex: what keeps them apart is that writing begins with the
 * database's lock. */
static void test_race_of_processes(void **state)
{
    struct support *support = *state;
    pid_t children[RACING_PROCESSES];
    int won = 0;

    support_populate(support, 1, RACING_PROCESSES * RACES);
    struct store_tx *tx = support_begin(support);
    assert_int_equal(ledger_set_quota(tx, 1, MONTH, LAST_SHEETS, false, "d"), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    store_close(support->store);
    support->store = NULL;
    for (int i = 0; i < RACING_PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            race_in_a_process(support->path, 1 + i * RACES);
        }
        assert_true(children[i] > 0);
    }
    for (int i = 0; i < RACING_PROCESSES; i++) {
        int status = -1;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= RACES);
        won += WEXITSTATUS(status);
    }
    assert_int_equal(won, LAST_SHEETS);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_race_for_single_sheets),
        ON_A_STORE(test_race_for_sheets_that_do_not_divide),
        ON_A_STORE(test_race_of_processes),
    };
    return cmocka_run_group_tests_name("ledger-race", tests, NULL, NULL);
}

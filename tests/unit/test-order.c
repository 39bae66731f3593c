/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of printing. Simulations of a device that always has something to do: whatever arrives,
 * no job waits longer than its patience and the printing of what was ready before its end. A first
 * come, first served or an urgent-first-without-ageing order would fail the one or the other test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/order.h"

enum { HOUR_MS = 3600 * 1000, NOW = 1000 * 1000 * 1000 };

static void test_urgent_first(void **state)
{
    (void)state;
    static const uint64_t sheets[] = {0, 1, 10, 599, 600, 601, 1000000, UINT64_MAX};
    for (size_t i = 0; i < sizeof sheets / sizeof sheets[0]; i++) {
        for (size_t j = 0; j < sizeof sheets / sizeof sheets[0]; j++) {
            assert_true(policy_order_turn(NOW, sheets[i], true) <
                        policy_order_turn(NOW, sheets[j], false));
        }
    }
}

static void test_short_first(void **state)
{
    (void)state;
    for (uint64_t sheets = 0; sheets < POLICY_ORDER_SHEETS_MAX; sheets++) {
        assert_true(policy_order_turn(NOW, sheets, false) <
                    policy_order_turn(NOW, sheets + 1, false));
        assert_true(policy_order_turn(NOW, sheets, true) <
                    policy_order_turn(NOW, sheets + 1, true));
        /* … unless the longer one has waited longer by more than the difference. */
        assert_true(policy_order_turn(NOW + POLICY_ORDER_SHEET_MS + 1, sheets, false) >
                    policy_order_turn(NOW, sheets + 1, false));
    }
    assert_int_equal(policy_order_turn(NOW, POLICY_ORDER_SHEETS_MAX, false),
                     policy_order_turn(NOW, UINT64_MAX, false));
}

static void test_patience(void **state)
{
    (void)state;
    assert_int_equal(policy_order_turn(NOW, UINT64_MAX, false) - NOW, POLICY_ORDER_PATIENCE_MS);
    assert_true(policy_order_turn(NOW, UINT64_MAX, false) <=
                policy_order_turn(NOW + POLICY_ORDER_PATIENCE_MS, 0, true));
    assert_true(policy_order_turn(INT64_MAX, 5, false) == INT64_MAX);
}

/* ---- Simulation --------------------------------------------------------------------------------
 */

enum { JOBS = 6000 };

struct job {
    int64_t ready, start, length;
    uint64_t sheets;
    bool urgent, printed;
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* Prints all in the order of their turns, as one device does; a sheet takes two seconds. */
static void print_all(struct job *jobs)
{
    int64_t clock = 0;
    for (size_t printed = 0; printed < JOBS; printed++) {
        struct job *best = NULL;
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < JOBS; i++) {
            struct job *job = &jobs[i];
            if (job->printed) {
                continue;
            }
            earliest = job->ready < earliest ? job->ready : earliest;
            if (job->ready <= clock &&
                (!best || policy_order_turn(job->ready, job->sheets, job->urgent) <
                              policy_order_turn(best->ready, best->sheets, best->urgent))) {
                best = job;
            }
        }
        if (!best) {
            clock = earliest;
            printed--;
            continue;
        }
        best->start = clock;
        best->printed = true;
        clock += best->length;
    }
}

/* Nobody is overtaken by what became ready after the end of his patience; so the wait is at most
 * the patience and the printing of what was ready before. */
static void check_waits(const struct job *jobs)
{
    for (size_t i = 0; i < JOBS; i++) {
        const int64_t end = jobs[i].ready + POLICY_ORDER_PATIENCE_MS;
        int64_t others = 0;
        for (size_t j = 0; j < JOBS; j++) {
            const bool before = jobs[j].start < jobs[i].start;
            if (before && jobs[j].ready > end) {
                fail_msg("job %zu waited from %lld to %lld and was overtaken by one that came at "
                         "%lld",
                         i, (long long)jobs[i].ready, (long long)jobs[i].start,
                         (long long)jobs[j].ready);
            }
            /* What was not printed yet when its patience ended, and went first. */
            others += before && jobs[j].start + jobs[j].length > end ? jobs[j].length : 0;
        }
        assert_true(jobs[i].start <= end + others);
    }
}

static void simulate(uint32_t seed, uint32_t gap_ms, uint32_t urgent_percent)
{
    static struct job jobs[JOBS];
    int64_t clock = 0;
    for (size_t i = 0; i < JOBS; i++) {
        const uint32_t kind = next_random(&seed) % 100;
        clock += next_random(&seed) % gap_ms;
        jobs[i] = (struct job){
            .ready = clock,
            .urgent = kind < urgent_percent,
            .sheets = kind % 10 == 0 ? 1 + next_random(&seed) % 1500 : 1 + next_random(&seed) % 5,
        };
        jobs[i].length = (int64_t)jobs[i].sheets * 2000;
    }
    print_all(jobs);
    check_waits(jobs);
}

/* More arrives than can be printed, a little, and less; hardly any, half, and nearly all urgent. */
static void test_nobody_starves(void **state)
{
    (void)state;
    static const uint32_t gaps_ms[] = {20000, 300000, 400000};
    static const uint32_t urgent_percents[] = {5, 50, 98};
    for (size_t i = 0; i < 9; i++) {
        simulate((uint32_t)i + 1, gaps_ms[i / 3], urgent_percents[i % 3]);
    }
}

/* One long ordinary job, and a stream of short urgent ones that alone keeps the device busy for
 * ever: it is printed when its patience ends, not before every urgent one and not never. */
static void test_one_against_a_stream(void **state)
{
    (void)state;
    static struct job jobs[JOBS];
    jobs[0] = (struct job){.ready = 0, .sheets = 1000, .length = 2000 * 1000};
    for (size_t i = 1; i < JOBS; i++) {
        jobs[i] = (struct job){
            .ready = (int64_t)(i - 1) * 5000, .sheets = 1, .length = 5000, .urgent = true};
    }
    print_all(jobs);
    assert_true(jobs[0].start > HOUR_MS);
    assert_true(jobs[0].start <= POLICY_ORDER_PATIENCE_MS + 5000);
    check_waits(jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urgent_first),
        cmocka_unit_test(test_short_first),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_nobody_starves),
        cmocka_unit_test(test_one_against_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

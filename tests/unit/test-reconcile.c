/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters against the books: cases by hand, and properties of many random months. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "policy/reconcile.h"

#define SHEETS      POLICY_COUNTER_SHEETS
#define IMPRESSIONS POLICY_COUNTER_IMPRESSIONS
enum { UNKNOWN = POLICY_COUNT_UNKNOWN, TOLERANCE = 5 };

static void a_job_moves_a_counter_by_what_it_took(void **state)
{
    static const struct {
        enum policy_counter counter;
        unsigned duplex_step;
        struct policy_printed printed;
        int64_t low, high;
    } cases[] = {
        /* A4, one side: sheets and impressions are the same. */
        {SHEETS, 0, {10, 10, 10, 1, false}, 10, 10},
        {IMPRESSIONS, 0, {10, 10, 10, 1, false}, 10, 10},
        {SHEETS, 2, {10, 10, 10, 1, false}, 10, 10},
        /* Three pages on two sides: 2 sheets, 3 impressions, or 4 where a sheet always adds 2. */
        {SHEETS, 0, {2, 2, 3, 1, true}, 2, 2},
        {SHEETS, 1, {2, 2, 3, 1, true}, 2, 2},
        {SHEETS, 2, {2, 2, 3, 1, true}, 4, 4},
        {IMPRESSIONS, 0, {2, 2, 3, 1, true}, 3, 4},
        {IMPRESSIONS, 1, {2, 2, 3, 1, true}, 3, 3},
        {IMPRESSIONS, 2, {2, 2, 3, 1, true}, 4, 4},
        /* A3 counts two sheets with us and one at the device, or two. */
        {SHEETS, 0, {4, 4, 2, 2, false}, 2, 4},
        {IMPRESSIONS, 0, {4, 4, 2, 2, false}, 2, 2},
        /* Not finished: impressions are not known. */
        {IMPRESSIONS, 0, {2, 5, 9, 1, true}, 2, 4},
        {IMPRESSIONS, 1, {3, 5, 5, 1, false}, 3, 3},
        /* Copies made by hand: sides are not known. */
        {SHEETS, 2, {7, 7, 0, 1, true}, 7, 14},
        {IMPRESSIONS, 0, {7, 7, 0, 1, true}, 7, 14},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy_range range =
            policy_printed_range(cases[i].counter, cases[i].duplex_step, &cases[i].printed);

        if (range.low != cases[i].low || range.high != cases[i].high) {
            fail_msg("case %zu: %lld … %lld", i, (long long)range.low, (long long)range.high);
        }
    }
}

static void what_happened_is_told_apart(void **state)
{
    static const struct {
        struct policy_reading before, after;
        struct policy_range booked;
        enum policy_reconciled outcome;
        int64_t delta, unregistered, missing;
        bool wrapped;
    } cases[] = {
        {{UNKNOWN, 100, "A"}, {UNKNOWN, 110, "A"}, {10, 10}, POLICY_EVEN, 10, 0, 0, false},
        {{UNKNOWN, 100, "A"}, {UNKNOWN, 115, "A"}, {10, 10}, POLICY_EVEN, 15, 5, 0, false},
        {{UNKNOWN, 100, "A"}, {UNKNOWN, 116, "A"}, {10, 10}, POLICY_UNREGISTERED, 16, 6, 0, false},
        {{UNKNOWN, 100, ""}, {UNKNOWN, 130, "A"}, {10, 20}, POLICY_UNREGISTERED, 30, 10, 0, false},
        {{UNKNOWN, 100, "A"}, {UNKNOWN, 100, "A"}, {10, 10}, POLICY_MISSING, 0, 0, 10, false},
        /* The ends counters have. */
        {{UNKNOWN, 999995, ""}, {UNKNOWN, 5, ""}, {10, 10}, POLICY_EVEN, 10, 0, 0, true},
        {{UNKNOWN, 999995, ""}, {UNKNOWN, 50, ""}, {10, 10}, POLICY_UNREGISTERED, 55, 45, 0, true},
        {{UNKNOWN, 16777210, ""}, {UNKNOWN, 4, ""}, {10, 10}, POLICY_EVEN, 10, 0, 0, true},
        {{UNKNOWN, 4294967290, ""}, {UNKNOWN, 4, ""}, {10, 10}, POLICY_EVEN, 10, 0, 0, true},
        /* No end is near: it began anew. */
        {{UNKNOWN, 500000, "A"}, {UNKNOWN, 12, "A"}, {10, 10}, POLICY_RESET, 12, 2, 0, false},
        {{UNKNOWN, 500000, "A"}, {UNKNOWN, 0, "A"}, {10, 10}, POLICY_RESET, 0, 0, 0, false},
        /* Another board. */
        {{9, 500000, "A"}, {9, 12, "B"}, {10, 10}, POLICY_REPLACED, UNKNOWN, 0, 0, false},
        /* Only impressions on one of them. */
        {{50, UNKNOWN, "A"}, {60, 12, "A"}, {10, 10}, POLICY_EVEN, 10, 0, 0, false},
        {{UNKNOWN, 10, "A"}, {60, UNKNOWN, "A"}, {0, 0}, POLICY_NOT_COUNTED, UNKNOWN, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy_reconciliation found = policy_reconcile(
            &cases[i].before, &cases[i].after, POLICY_COUNTER_AUTO, &cases[i].booked, TOLERANCE, 0);

        if (found.outcome != cases[i].outcome || found.delta != cases[i].delta ||
            found.unregistered != cases[i].unregistered || found.missing != cases[i].missing ||
            found.wrapped != cases[i].wrapped) {
            fail_msg("case %zu: %s %lld %lld %lld", i, policy_reconciled_keyword(found.outcome),
                     (long long)found.delta, (long long)found.unregistered,
                     (long long)found.missing);
        }
    }
}

static void the_tolerance_is_one_of_the_day(void **state)
{
    static const struct {
        int64_t counted, booked;
        enum policy_reconciled outcome;
        int64_t let_pass; /* afterwards */
    } day[] = {
        {4, 0, POLICY_EVEN, 4},         {0, 0, POLICY_EVEN, 4},         {0, 3, POLICY_EVEN, 1},
        {4, 0, POLICY_EVEN, 5},         {1, 0, POLICY_UNREGISTERED, 0}, {5, 0, POLICY_EVEN, 5},
        {0, 9, POLICY_MISSING, 5},      {0, 4, POLICY_EVEN, 1},         {0, 4, POLICY_EVEN, -3},
        {6, 0, POLICY_UNREGISTERED, 0},
    };
    int64_t let_pass = 0;

    (void)state;
    for (size_t i = 0; i < sizeof day / sizeof day[0]; i++) {
        const struct policy_reading before = {UNKNOWN, 100, ""};
        const struct policy_reading after = {UNKNOWN, 100 + day[i].counted, ""};
        const struct policy_range booked = {day[i].booked, day[i].booked};
        const struct policy_reconciliation found =
            policy_reconcile(&before, &after, SHEETS, &booked, TOLERANCE, let_pass);

        let_pass = policy_let_pass(let_pass, &found);
        if (found.outcome != day[i].outcome || let_pass != day[i].let_pass) {
            fail_msg("case %zu: %s %lld", i, policy_reconciled_keyword(found.outcome),
                     (long long)let_pass);
        }
    }
}

static void the_counter_wanted_is_taken_or_none(void **state)
{
    const struct policy_reading before = {10, 5, ""};
    const struct policy_reading after = {30, UNKNOWN, ""};

    (void)state;
    assert_int_equal(policy_counter_of(POLICY_COUNTER_AUTO, &before, &before), SHEETS);
    assert_int_equal(policy_counter_of(POLICY_COUNTER_AUTO, &before, &after), IMPRESSIONS);
    assert_int_equal(policy_counter_of(SHEETS, &before, &after), POLICY_COUNTER_AUTO);
    assert_int_equal(policy_counter_of(IMPRESSIONS, &before, &before), IMPRESSIONS);
}

static void only_what_needs_a_word_is_a_mismatch(void **state)
{
    (void)state;
    assert_false(policy_reconciled_is_mismatch(POLICY_EVEN));
    assert_false(policy_reconciled_is_mismatch(POLICY_NOT_COUNTED));
    for (int i = POLICY_UNREGISTERED; i <= POLICY_REPLACED; i++) {
        assert_true(policy_reconciled_is_mismatch((enum policy_reconciled)i));
    }
}

static struct policy_printed random_job(void)
{
    int64_t copies = 1 + rand() % 9;
    int64_t pages = 1 + rand() % 40;
    bool two_sided = rand() % 2 == 0;
    int64_t sheets = copies * (two_sided ? (pages + 1) / 2 : pages);

    return (struct policy_printed){sheets, sheets, copies * pages, 1, two_sided};
}

/* What a device with that step really counts. */
static int64_t counts(enum policy_counter counter, unsigned step, const struct policy_printed *job)
{
    if (counter == SHEETS) {
        return job->two_sided && step == 2 ? 2 * job->sheets : job->sheets;
    }
    return job->two_sided && step == 2 ? 2 * job->sheets : job->impressions;
}

/* A device that printed our jobs and nothing else is even, wherever its counter stands and ends;
 * whatever was copied beside them, beyond the play of a step that is not known, is found to the
 * sheet when the step is known. */
static void devices_that_only_print_our_jobs_are_even(void **state)
{
    static const int64_t ends[] = {1000000, 1 << 24, INT64_C(1) << 32};

    (void)state;
    srand(5);
    for (int round = 0; round < 20000; round++) {
        enum policy_counter counter = rand() % 2 == 0 ? SHEETS : IMPRESSIONS;
        unsigned step = 1 + (unsigned)rand() % 2;
        bool known = rand() % 2 == 0 || counter == SHEETS;
        int64_t end = ends[rand() % 3];
        int64_t start = rand() % 2 == 0 ? end - 1 - rand() % 500 : rand() % 1000;
        int64_t extra = rand() % 2 == 0 ? 0 : 1 + rand() % 2000;
        int64_t delta = extra;
        struct policy_range booked = {0, 0};

        for (int i = rand() % 20; i > 0; i--) {
            struct policy_printed job = random_job();
            struct policy_range range = policy_printed_range(counter, known ? step : 0, &job);

            assert_true(range.low <= range.high && range.low >= 0);
            booked.low += range.low;
            booked.high += range.high;
            delta += counts(counter, step, &job);
        }
        struct policy_reading before = {start, start, "A"};
        struct policy_reading after = {(start + delta) % end, (start + delta) % end, "A"};
        struct policy_reconciliation found =
            policy_reconcile(&before, &after, counter, &booked, 0, 0);

        assert_int_equal(found.delta, delta);
        assert_int_equal(found.missing, 0);
        if (known) {
            assert_int_equal(found.unregistered, extra);
        } else {
            assert_true(found.unregistered <= extra);
        }
        assert_int_equal(found.outcome == POLICY_EVEN, found.unregistered == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_moves_a_counter_by_what_it_took),
        cmocka_unit_test(what_happened_is_told_apart),
        cmocka_unit_test(the_tolerance_is_one_of_the_day),
        cmocka_unit_test(the_counter_wanted_is_taken_or_none),
        cmocka_unit_test(only_what_needs_a_word_is_a_mismatch),
        cmocka_unit_test(devices_that_only_print_our_jobs_are_even),
    };
    return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is charged, and by which evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/jobs/verdict.h"

/* Five pages, duplex, three copies: 15 sides on 9 sheets. */
static const struct policy_page_run runs[] = {{5, 210000, 297000}};

static struct verdict_input plan(void)
{
    return (struct verdict_input){
        .queue = ENDED_COMPLETED,
        .started = true,
        .device = ENDED_UNKNOWN,
        .impressions = -1,
        .planned_impressions = 15,
        .planned_sheets = 9,
        .runs = runs,
        .runs_length = 1,
        .sides = POLICY_TWO_SIDED_LONG_EDGE,
        .copies = 3,
    };
}

static void expect(const struct verdict_input *input, enum job_event_kind event,
                   enum delivery_outcome outcome, enum settlement settlement, int64_t sheets)
{
    struct verdict verdict;

    verdict_reach(input, &verdict);
    assert_int_equal(verdict.event, event);
    assert_int_equal(verdict.outcome, outcome);
    assert_int_equal(verdict.settlement, settlement);
    assert_int_equal(verdict.sheets, sheets);
}

static void completed_is_charged_by_the_device(void **state)
{
    struct verdict_input input = plan();
    struct verdict verdict;

    (void)state;
    input.device_answered = input.device_knows = true;
    input.device = ENDED_COMPLETED;
    input.impressions = 15;
    expect(&input, JOB_EVENT_PRINTED, DELIVERY_PRINTED, SETTLEMENT_DEVICE_JOB, 9);
    /* One copy and a side: 3 sheets and the first of the second copy. */
    input.impressions = 6;
    expect(&input, JOB_EVENT_PRINTED, DELIVERY_PRINTED, SETTLEMENT_DEVICE_JOB, 4);
    verdict_reach(&input, &verdict);
    assert_true(verdict.discrepancy);
    /* Three copies of five pages, each filled up to six: counted or not, and no more than that. */
    static const struct {
        int64_t impressions;
        bool discrepancy;
    } padded[] = {{14, true}, {15, false}, {18, false}, {19, true}};

    input.blanks = 3;
    for (size_t i = 0; i < sizeof padded / sizeof padded[0]; i++) {
        input.impressions = padded[i].impressions;
        verdict_reach(&input, &verdict);
        assert_int_equal(verdict.discrepancy, padded[i].discrepancy);
    }
}

static void completed_is_never_free(void **state)
{
    struct verdict_input input = plan();

    (void)state;
    expect(&input, JOB_EVENT_PRINTED, DELIVERY_PRINTED, SETTLEMENT_ESTIMATE, 9);
    input.device_answered = true; /* it has forgotten the job */
    expect(&input, JOB_EVENT_PRINTED, DELIVERY_PRINTED, SETTLEMENT_ESTIMATE, 9);
    input.device_knows = true;
    input.device = ENDED_COMPLETED;
    input.impressions = 0; /* it does not count */
    expect(&input, JOB_EVENT_PRINTED, DELIVERY_PRINTED, SETTLEMENT_ESTIMATE, 9);
}

static void expect_uncertain(const struct verdict_input *input)
{
    struct verdict verdict;

    verdict_reach(input, &verdict);
    assert_int_equal(verdict.event, JOB_EVENT_UNCERTAIN);
    assert_int_equal(verdict.outcome, DELIVERY_UNCERTAIN);
}

static void interrupted_is_free_only_with_proof(void **state)
{
    struct verdict_input input = plan();

    (void)state;
    input.queue = ENDED_CANCELED;
    input.cancel_requested = true;
    /* The device has no address to be asked at: all of it is charged. */
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_PARTLY_PRINTED, SETTLEMENT_ESTIMATE, 9);
    input.askable = true; /* … it has, and does not answer */
    expect_uncertain(&input);
    input.device_answered = true; /* it does not know the job: it may have forgotten it */
    expect_uncertain(&input);
    input.watched = true; /* it never had the job */
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
    input.seen = true; /* it had the job */
    expect_uncertain(&input);
    input.device_knows = true;
    input.device = ENDED_CANCELED;
    input.impressions = 3;
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_PARTLY_PRINTED, SETTLEMENT_DEVICE_JOB, 2);
    input.impressions = 0; /* it may not count at all */
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_PARTLY_PRINTED, SETTLEMENT_ESTIMATE, 9);
    input.counts = true;
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
    input.impressions = -1;
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_PARTLY_PRINTED, SETTLEMENT_ESTIMATE, 9);
    input.started = input.device_answered = input.device_knows = false;
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_NONE, 0);
}

static void nothing_printed_is_tried_again_a_few_times(void **state)
{
    struct verdict_input input = plan();

    (void)state;
    input.queue = ENDED_ABORTED;
    input.askable = input.watched = input.device_answered = true;
    for (input.failures = 0; input.failures < VERDICT_FAILURES_MAX - 1; input.failures++) {
        expect(&input, JOB_EVENT_RETURNED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
    }
    expect(&input, JOB_EVENT_FAILED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
    /* With paper out, or perhaps out, it is never tried again by itself. */
    input.failures = 0;
    input.askable = input.device_answered = false;
    expect(&input, JOB_EVENT_FAILED, DELIVERY_PARTLY_PRINTED, SETTLEMENT_ESTIMATE, 9);
}

static void what_the_device_refused_is_no_success(void **state)
{
    struct verdict_input input = plan();

    (void)state;
    /* cupsd says completed, or canceled; the device says aborted: nothing was printed, nothing is
     * charged, and no second try. */
    input.device_answered = input.device_knows = input.counts = true;
    input.device = ENDED_ABORTED;
    input.impressions = 0;
    expect(&input, JOB_EVENT_FAILED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
    input.queue = ENDED_CANCELED;
    expect(&input, JOB_EVENT_FAILED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
    input.device = ENDED_CANCELED; /* at its panel */
    input.impressions = 15;
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_PARTLY_PRINTED, SETTLEMENT_DEVICE_JOB, 9);
}

static void a_device_that_was_away_has_not_completed_what_it_forgot(void **state)
{
    struct verdict_input input = plan();

    (void)state;
    input.askable = input.device_answered = true;
    expect(&input, JOB_EVENT_PRINTED, DELIVERY_PRINTED, SETTLEMENT_ESTIMATE, 9);
    input.lost_sight = true;
    expect_uncertain(&input);
    /* Away from the release on: it never had what was cancelled. */
    input.queue = ENDED_CANCELED;
    input.cancel_requested = input.watched = true;
    expect(&input, JOB_EVENT_CANCELED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
}

static void what_cupsd_lost_is_settled_by_the_device(void **state)
{
    struct verdict_input input = plan();

    (void)state;
    input.queue = ENDED_UNKNOWN;
    input.askable = true;
    input.started = false; /* nobody knows */
    expect_uncertain(&input);
    input.device_answered = input.watched = true;
    expect(&input, JOB_EVENT_RETURNED, DELIVERY_NOTHING_PRINTED, SETTLEMENT_DEVICE_JOB, 0);
    input.device_knows = input.seen = true;
    input.impressions = 4;
    expect_uncertain(&input); /* it is still at it */
    input.device = ENDED_ABORTED;
    expect(&input, JOB_EVENT_FAILED, DELIVERY_PARTLY_PRINTED, SETTLEMENT_DEVICE_JOB, 2);
    input.device = ENDED_COMPLETED;
    input.impressions = 15;
    expect(&input, JOB_EVENT_PRINTED, DELIVERY_PRINTED, SETTLEMENT_DEVICE_JOB, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completed_is_charged_by_the_device),
        cmocka_unit_test(completed_is_never_free),
        cmocka_unit_test(interrupted_is_free_only_with_proof),
        cmocka_unit_test(nothing_printed_is_tried_again_a_few_times),
        cmocka_unit_test(what_the_device_refused_is_no_success),
        cmocka_unit_test(a_device_that_was_away_has_not_completed_what_it_forgot),
        cmocka_unit_test(what_cupsd_lost_is_settled_by_the_device),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}

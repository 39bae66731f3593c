/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/verdict.h"

#include <string.h>

static int64_t sheets_of(const struct verdict_input *input, int64_t impressions)
{
    if (impressions >= input->planned_impressions) {
        return input->planned_sheets;
    }
    return (int64_t)policy_sheets_for_impressions(input->runs, input->runs_length, 1, input->sides,
                                                  input->copies, (uint64_t)impressions);
}

/* A job that both call completed took paper, whatever the device counts: many count 0 or nothing.
 */
static void weigh_completed(const struct verdict_input *input, struct verdict *verdict)
{
    verdict->outcome = DELIVERY_PRINTED;
    if (input->device_knows && input->impressions > 0) {
        verdict->settlement = SETTLEMENT_DEVICE_JOB;
        verdict->sheets = sheets_of(input, input->impressions);
        verdict->discrepancy = input->impressions < input->planned_impressions ||
                               input->impressions > input->planned_impressions + input->blanks;
    } else {
        verdict->settlement = SETTLEMENT_ESTIMATE;
        verdict->sheets = input->planned_sheets;
    }
}

/* Finds out what is charged for a job that was not completed. False: nobody can tell. */
static bool weigh_interrupted(const struct verdict_input *input, struct verdict *verdict)
{
    bool counted = input->impressions > 0 || (input->impressions == 0 && input->counts);

    if (input->queue != ENDED_UNKNOWN && !input->started) {
        verdict->outcome = DELIVERY_NOTHING_PRINTED;
        verdict->settlement = SETTLEMENT_NONE;
    } else if (input->device_knows && counted) {
        verdict->settlement = SETTLEMENT_DEVICE_JOB;
        verdict->sheets = sheets_of(input, input->impressions);
        verdict->outcome = verdict->sheets > 0 ? DELIVERY_PARTLY_PRINTED : DELIVERY_NOTHING_PRINTED;
    } else if (input->device_knows || !input->askable) {
        verdict->outcome = DELIVERY_PARTLY_PRINTED;
        verdict->settlement = SETTLEMENT_ESTIMATE;
        verdict->sheets = input->planned_sheets;
    } else if (input->device_answered && input->watched && !input->seen) {
        /* Devices forget a job soon after its end, so that not to know it proves little; never to
         * have had it does. */
        verdict->outcome = DELIVERY_NOTHING_PRINTED;
        verdict->settlement = SETTLEMENT_DEVICE_JOB;
    } else {
        return false;
    }
    return true;
}

static bool is_completed(const struct verdict_input *input)
{
    bool device_agrees = input->device == ENDED_COMPLETED || input->device == ENDED_UNKNOWN;

    if (input->queue == ENDED_UNKNOWN) {
        return input->device_knows && input->device == ENDED_COMPLETED;
    }
    return input->queue == ENDED_COMPLETED && (!input->device_knows || device_agrees);
}

/* cupsd takes a job that its device knows no more for a completed one. After the device was away it
 * has most likely gone with the device's memory. */
static bool is_lost(const struct verdict_input *input)
{
    if (input->queue == ENDED_UNKNOWN && input->device_knows && input->device == ENDED_UNKNOWN) {
        return true;
    }
    return input->queue == ENDED_COMPLETED && input->device_answered && !input->device_knows &&
           input->lost_sight;
}

static enum job_event_kind interrupted_by(const struct verdict_input *input,
                                          enum delivery_outcome outcome)
{
    bool device_refused = input->device_knows && input->device == ENDED_ABORTED;

    if (input->cancel_requested) {
        return JOB_EVENT_CANCELED;
    }
    /* Before cupsd's word: its ipp backend calls canceled what the device gave up, too. */
    if (device_refused) {
        return JOB_EVENT_FAILED;
    }
    if (input->queue == ENDED_CANCELED ||
        (input->device_knows && input->device == ENDED_CANCELED)) {
        return JOB_EVENT_CANCELED;
    }
    return outcome == DELIVERY_NOTHING_PRINTED && input->failures + 1 < VERDICT_FAILURES_MAX
               ? JOB_EVENT_RETURNED
               : JOB_EVENT_FAILED;
}

void verdict_reach(const struct verdict_input *input, struct verdict *ret_verdict)
{
    memset(ret_verdict, 0, sizeof *ret_verdict);
    if (!is_lost(input) && is_completed(input)) {
        weigh_completed(input, ret_verdict);
        ret_verdict->event = JOB_EVENT_PRINTED;
    } else if (!is_lost(input) && weigh_interrupted(input, ret_verdict)) {
        ret_verdict->event = interrupted_by(input, ret_verdict->outcome);
    } else {
        ret_verdict->outcome = DELIVERY_UNCERTAIN;
        ret_verdict->event = JOB_EVENT_UNCERTAIN;
    }
}

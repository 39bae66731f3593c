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
        verdict->discrepancy = input->impressions != input->planned_impressions;
    } else {
        verdict->settlement = SETTLEMENT_ESTIMATE;
        verdict->sheets = input->planned_sheets;
    }
}

static void weigh_interrupted(const struct verdict_input *input, struct verdict *verdict)
{
    if (!input->started) {
        verdict->outcome = DELIVERY_NOTHING_PRINTED;
        verdict->settlement = SETTLEMENT_NONE;
    } else if (input->device_answered && !input->device_knows) {
        /* The device can be asked and never heard of it. */
        verdict->outcome = DELIVERY_NOTHING_PRINTED;
        verdict->settlement = SETTLEMENT_DEVICE_JOB;
    } else if (input->device_knows && input->impressions >= 0) {
        verdict->settlement = SETTLEMENT_DEVICE_JOB;
        verdict->sheets = sheets_of(input, input->impressions);
        verdict->outcome = verdict->sheets > 0 ? DELIVERY_PARTLY_PRINTED : DELIVERY_NOTHING_PRINTED;
    } else {
        verdict->outcome = DELIVERY_PARTLY_PRINTED;
        verdict->settlement = SETTLEMENT_ESTIMATE;
        verdict->sheets = input->planned_sheets;
    }
}

void verdict_reach(const struct verdict_input *input, struct verdict *ret_verdict)
{
    bool device_refused = input->device_knows && input->device == ENDED_ABORTED;
    bool completed = input->queue == ENDED_COMPLETED &&
                     (!input->device_knows || input->device == ENDED_COMPLETED ||
                      input->device == ENDED_UNKNOWN);

    memset(ret_verdict, 0, sizeof *ret_verdict);
    if (completed) {
        weigh_completed(input, ret_verdict);
        ret_verdict->event = JOB_EVENT_PRINTED;
        return;
    }
    weigh_interrupted(input, ret_verdict);
    if (input->cancel_requested || input->queue == ENDED_CANCELED ||
        (input->device_knows && input->device == ENDED_CANCELED)) {
        ret_verdict->event = JOB_EVENT_CANCELED;
    } else if (ret_verdict->outcome == DELIVERY_NOTHING_PRINTED && !device_refused &&
               input->failures + 1 < VERDICT_FAILURES_MAX) {
        ret_verdict->event = JOB_EVENT_RETURNED;
    } else {
        ret_verdict->event = JOB_EVENT_FAILED;
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What a delivery came to, and what is charged for it: a pure function of what cupsd says, what the
 * device says and what was planned. Never settled to zero without proof that nothing was printed;
 * the kind of evidence is kept.
 */
#ifndef DAEMON_JOBS_VERDICT_H
#define DAEMON_JOBS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/jobs/states.h"
#include "policy/sheets.h"

/** How a job ended at cupsd or at the device. */
enum ended { ENDED_COMPLETED, ENDED_CANCELED, ENDED_ABORTED, ENDED_UNKNOWN };

struct verdict_input {
    enum ended queue;      /**< at cupsd; ENDED_UNKNOWN: it has lost the job */
    bool started;          /**< cupsd began to process it: something may have reached the device */
    bool cancel_requested; /**< by somebody here */
    bool askable;          /**< the device has an address to be asked at */
    bool watched;          /**< it was asked so often since the release that it cannot have had the
                              job and forgotten it unnoticed */
    bool seen;             /**< it had the job at one of those times */
    bool lost_sight;      /**< it could not be reached at one of them, and was not seen with the job
                             since: it may have been restarted */
    bool counts;          /**< it has counted sides before, so that a 0 from it is a 0 */
    bool device_answered; /**< the device was asked about the job and answered */
    bool device_knows;    /**< … and knows it; the following are valid then */
    enum ended device;
    int64_t
        impressions; /**< the device's job-impressions-completed, all copies; −1: it does not say */
    int64_t planned_impressions;
    int64_t blanks; /**< empty sides that fill up two-sided copies: devices count them or not */
    int64_t planned_sheets;
    int failures;                       /**< earlier deliveries of this job that printed nothing */
    const struct policy_page_run *runs; /**< of the document, to turn impressions into sheets */
    size_t runs_length;
    enum policy_sides sides;
    uint32_t copies;
};

struct verdict {
    enum job_event_kind event; /**< PRINTED, CANCELED, FAILED, RETURNED (to be tried again), or
                                 UNCERTAIN: the operator must say, the rest is not valid */
    enum delivery_outcome outcome;
    enum settlement settlement; /**< SETTLEMENT_NONE: it never left the queue, nothing to settle */
    int64_t sheets;             /**< the evidence's sheets, before the ledger's cap */
    bool discrepancy; /**< the device's figures differ from what was planned for a completed job */
};

enum { VERDICT_FAILURES_MAX = 3 }; /**< so many deliveries are tried that print nothing */

void verdict_reach(const struct verdict_input *input, struct verdict *ret_verdict);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a delivery: evidence, verdict, settlement. */
#include <stdlib.h>
#include <string.h>

#include "daemon/cups/device-evidence.h"
#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/deliver-steps.h"
#include "daemon/jobs/verdict.h"
#include "daemon/log.h"

static enum ended ended_of_queue(enum device_queue_job_state state)
{
    switch (state) {
    case DEVICE_QUEUE_JOB_COMPLETED:
        return ENDED_COMPLETED;
    case DEVICE_QUEUE_JOB_CANCELED:
        return ENDED_CANCELED;
    default:
        return ENDED_ABORTED;
    }
}

static enum ended ended_of_device(enum device_evidence_state state)
{
    switch (state) {
    case DEVICE_EVIDENCE_COMPLETED:
        return ENDED_COMPLETED;
    case DEVICE_EVIDENCE_CANCELED:
        return ENDED_CANCELED;
    case DEVICE_EVIDENCE_ABORTED:
        return ENDED_ABORTED;
    default:
        return ENDED_UNKNOWN;
    }
}

/* Asks the device about the job until it is done with it there too, for at most device_timeout.
 * False: the daemon stops before that, so that there is no verdict yet. */
static bool gather_evidence(struct delivery_run *run, struct verdict_input *input)
{
    struct delivery_line *line = run->line;
    const struct settings *settings = line->office->settings;
    int64_t deadline = store_now_ms() + (int64_t)settings->delivery.device_timeout_s * 1000;
    struct device_evidence evidence;

    for (unsigned i = 0; i < line->device.uris_length; i++) {
        for (;;) {
            int result = device_evidence_job(settings->device_program, line->device.uris[i],
                                             run->delivery->token,
                                             settings->delivery.device_timeout_s, &evidence);
            if (result != PR_OK) {
                log_write(LOG_LEVEL_NOTICE, "device %s says nothing of job %s: %s",
                          line->device.name, run->job->id, pr_strerror(result));
                break;
            }
            input->device_answered = true;
            input->device_knows = evidence.found;
            input->device = ended_of_device(evidence.state);
            input->impressions = evidence.found ? evidence.impressions_completed : -1;
            if (!evidence.found || input->device != ENDED_UNKNOWN || store_now_ms() >= deadline) {
                return true;
            }
            if (!line->wait(line->context, 200)) {
                return false;
            }
        }
    }
    return true;
}

static int read_plan(struct delivery_run *run, struct verdict_input *input,
                     struct policy_page_run **ret_runs)
{
    struct store_tx *tx;
    int result = store_begin_read(run->line->office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_get(tx, run->job->key, run->job);
    if (result == PR_OK) {
        result = job_page_runs(tx, run->job->key, ret_runs, &input->runs_length);
    }
    if (result == PR_OK) {
        result = delivery_failures(tx, run->job->key, &input->failures);
    }
    store_rollback(tx);
    input->runs = *ret_runs;
    input->planned_impressions = run->job->impressions;
    input->planned_sheets = run->job->sheets;
    input->sides = run->job->request.sides;
    input->copies = run->job->request.copies;
    input->cancel_requested = job_has_reason(run->job, "processing-to-stop-point");
    return result;
}

static json_t *describe(const struct verdict_input *input, const struct verdict *verdict,
                        const struct device_queue_job *queue_job)
{
    json_t *detail =
        json_pack("{s:I, s:s, s:b}", "sheets", (json_int_t)verdict->sheets, "evidence",
                  settlement_name(verdict->settlement), "discrepancy", verdict->discrepancy);

    if (input->device_knows && input->impressions >= 0) {
        json_object_set_new(detail, "device_impressions", json_integer(input->impressions));
    }
    if (verdict->event != JOB_EVENT_PRINTED && queue_job->message[0] != '\0') {
        json_object_set_new(detail, "message", json_string(queue_job->message));
    }
    return detail;
}

static const char *final_reason(enum job_event_kind event)
{
    switch (event) {
    case JOB_EVENT_PRINTED:
        return "job-completed-successfully";
    case JOB_EVENT_CANCELED:
        return "job-canceled-by-user";
    default:
        return "aborted-by-system";
    }
}

void delivery_settle(struct delivery_run *run, const struct device_queue_job *queue_job)
{
    struct policy_page_run *runs = NULL;
    struct verdict verdict;
    struct verdict_input input = {
        .queue = ended_of_queue(queue_job->state),
        .started = queue_job->time_processing != 0,
        .device = ENDED_UNKNOWN,
        .impressions = -1,
    };
    int result = read_plan(run, &input, &runs);

    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "job %s cannot be settled now: %s", run->job->id,
                  pr_strerror(result));
        return;
    }
    if (input.started && !gather_evidence(run, &input)) {
        free(runs);
        return;
    }
    verdict_reach(&input, &verdict);
    free(runs);
    if (verdict.event == JOB_EVENT_RETURNED) {
        delivery_return(run, queue_job->message[0] != '\0' ? queue_job->message
                                                           : "the queue gave the job up");
        run->line->wait(run->line->context, 1000);
        return;
    }
    struct job_change change = {
        .event = verdict.event,
        .actor = JOB_ACTOR_DAEMON,
        .reasons = (const char *const[]){final_reason(verdict.event)},
        .reasons_length = 1,
        .sheets = verdict.sheets,
        .settlement = verdict.settlement,
        .detail = describe(&input, &verdict, queue_job),
    };
    FAULT_POINT("deliver.judged");
    result = delivery_change(run, &change, verdict.outcome);
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "job %s cannot be settled now: %s", run->job->id,
                  pr_strerror(result));
        return;
    }
    delivery_drop_document(run);
    log_write(LOG_LEVEL_INFO, "job %s: %s, %lld sheets by %s", run->job->id,
              job_state_name(run->job->state), (long long)verdict.sheets,
              settlement_name(verdict.settlement));
}

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

static enum ended ended_of_queue(const struct device_queue_job *queue_job)
{
    if (queue_job == NULL) {
        return ENDED_UNKNOWN;
    }
    switch (queue_job->state) {
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

static void take_evidence(const struct delivery_run *run, const struct device_evidence *evidence,
                          struct verdict_input *input)
{
    input->device_answered = true;
    input->device_knows = evidence->found;
    input->device = evidence->found ? ended_of_device(evidence->state) : ENDED_UNKNOWN;
    input->impressions = evidence->found ? evidence->impressions_completed : -1;
    input->watched = !run->watch.broken;
    input->seen = run->watch.seen;
    input->lost_sight = run->watch.lost_sight;
}

/*
 * Asks the device about the job until it is done with it there too. A device that is away is waited
 * for as long as device_timeout when only it can tell what was printed; one that prints a job cupsd
 * has lost, as long as it takes. False: the daemon stops before that, so that there is no verdict
 * yet.
 */
static bool gather_evidence(struct delivery_run *run, struct verdict_input *input)
{
    struct delivery_line *line = run->line;
    unsigned timeout_s = line->office->settings->delivery.device_timeout_s;
    int64_t deadline = store_now_ms() + (int64_t)timeout_s * 1000;
    struct device_evidence evidence;

    input->askable = line->device.uris_length > 0;
    while (input->askable) {
        int result = delivery_look(run, timeout_s, &evidence);
        bool late = store_now_ms() >= deadline;

        if (result == PR_OK) {
            take_evidence(run, &evidence, input);
            if (!evidence.found || input->device != ENDED_UNKNOWN ||
                (late && input->queue != ENDED_UNKNOWN)) {
                return true;
            }
            delivery_note_trouble(run, NULL, "");
        } else {
            /* What it said earlier of a job it was still at is no evidence. */
            input->device_answered = input->device_knows = false;
            if (late || input->queue == ENDED_COMPLETED) {
                log_write(LOG_LEVEL_NOTICE, "device %s says nothing of job %s: %s",
                          line->device.name, run->job->id, pr_strerror(result));
                return true;
            }
            delivery_note_trouble(run, "connecting-to-device", pr_strerror(result));
        }
        if (!line->wait(line->context, 200)) {
            return false;
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
    input->sides = run->job->sides;
    input->copies = run->job->request.copies;
    if (delivery_stamp_level(run) != NULL && run->job->sides != POLICY_ONE_SIDED &&
        run->job->pages % 2 != 0) {
        input->blanks = run->job->request.copies;
    }
    input->cancel_requested = job_has_reason(run->job, "processing-to-stop-point");
    return result;
}

/* Many devices report 0 for what they do not count. */
static bool counts(struct delivery_run *run)
{
    struct store_tx *tx;
    bool counted = false;

    if (store_begin_read(run->line->office->store, &tx) == PR_OK) {
        counted = device_has_counted(tx, run->line->device.key);
        store_rollback(tx);
    }
    return counted;
}

static json_t *describe(const struct delivery_run *run, const struct verdict_input *input,
                        const struct verdict *verdict, const struct device_queue_job *queue_job)
{
    const char *words = run->watch.message[0] != '\0' ? run->watch.message
                        : queue_job != NULL           ? queue_job->message
                                                      : "";

    json_t *detail =
        json_pack("{s:I, s:s, s:b}", "sheets", (json_int_t)verdict->sheets, "evidence",
                  settlement_name(verdict->settlement), "discrepancy", verdict->discrepancy);

    if (input->device_knows && input->impressions >= 0) {
        json_object_set_new(detail, "device_impressions", json_integer(input->impressions));
    }
    if (verdict->event != JOB_EVENT_PRINTED && words[0] != '\0') {
        json_object_set_new(detail, "message", json_string(words));
    }
    return detail;
}

static const char *final_reason(const struct job_record *job, enum job_event_kind event)
{
    if (event == JOB_EVENT_PRINTED) {
        return "job-completed-successfully";
    }
    if (event != JOB_EVENT_CANCELED) {
        return "aborted-by-system";
    }
    if (!job_has_reason(job, "processing-to-stop-point")) {
        return "job-canceled-at-device";
    }
    return job_has_reason(job, "job-canceled-by-operator") ? "job-canceled-by-operator"
                                                           : "job-canceled-by-user";
}

/* The verdict, or that there is none yet (false). */
static bool judge(struct delivery_run *run, const struct device_queue_job *queue_job,
                  struct verdict_input *input, struct verdict *ret_verdict)
{
    struct policy_page_run *runs = NULL;
    int result = read_plan(run, input, &runs);
    bool judged = false;

    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "job %s cannot be settled now: %s", run->job->id,
                  pr_strerror(result));
        return false;
    }
    if ((queue_job != NULL && !input->started) || gather_evidence(run, input)) {
        input->counts = input->impressions == 0 && counts(run);
        verdict_reach(input, ret_verdict);
        judged = true;
    }
    free(runs);
    input->runs = NULL;
    return judged;
}

/* Ends the job as the verdict says. */
static void carry_out(struct delivery_run *run, const struct verdict_input *input,
                      const struct verdict *verdict, const struct device_queue_job *queue_job)
{
    struct job_change change = {
        .event = verdict->event,
        .actor = JOB_ACTOR_DAEMON,
        .reasons = (const char *const[]){final_reason(run->job, verdict->event)},
        .reasons_length = 1,
        .sheets = verdict->sheets,
        .settlement = verdict->settlement,
        .detail = describe(run, input, verdict, queue_job),
    };
    FAULT_POINT("deliver.judged");
    int result = delivery_change(run, &change, verdict->outcome);

    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "job %s cannot be settled now: %s", run->job->id,
                  pr_strerror(result));
        return;
    }
    delivery_drop_document(run);
    log_write(LOG_LEVEL_INFO, "job %s: %s, %lld sheets by %s", run->job->id,
              job_state_name(run->job->state), (long long)verdict->sheets,
              settlement_name(verdict->settlement));
}

void delivery_settle(struct delivery_run *run, const struct device_queue_job *queue_job)
{
    struct verdict verdict;
    struct verdict_input input = {
        .queue = ended_of_queue(queue_job),
        .started = queue_job != NULL && queue_job->time_processing != 0,
        .device = ENDED_UNKNOWN,
        .impressions = -1,
    };

    if (!judge(run, queue_job, &input, &verdict)) {
        return;
    }
    if (verdict.event == JOB_EVENT_UNCERTAIN) {
        delivery_ask_operator(run, queue_job == NULL       ? DELIVERY_WHY_QUEUE_LOST
                                   : input.device_answered ? DELIVERY_WHY_DEVICE_FORGOT
                                                           : DELIVERY_WHY_DEVICE_AWAY);
    } else if (verdict.event == JOB_EVENT_RETURNED) {
        delivery_return(run, queue_job != NULL && queue_job->message[0] != '\0'
                                 ? queue_job->message
                                 : DELIVERY_WHY_GIVEN_UP);
        run->line->wait(run->line->context, 1000);
    } else {
        carry_out(run, &input, &verdict, queue_job);
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. Paper cannot be rolled back. A job must reach the device once: not twice because the
 * daemon died after cupsd took the document, not never because it died before, and its sheets must
 * be charged once. Between our commit and cupsd's there is no common transaction.
 *
 * Chosen way. Every attempt has a token, written down before anything is sent; it is the name of
 * the CUPS job. The CUPS job is created held, and its number written down; the document is sent;
 * that it was sent is written down; only then the job is released. So after a crash: not marked as
 * sent   it was never released, nothing was printed: what cupsd has is cancelled, the job is
 * pending again; marked as sent       cupsd is asked: held → released now; under way or ended →
 * followed to its end; unknown to cupsd (it lost its own memory) → nobody can tell: the operator is
 * asked. Releasing twice is harmless, since a job is held only until its first release. Settlement
 * closes the reservation in the transaction that ends the job, so it is charged once however often
 * this file is walked through again.
 *
 * Left out. Printing two jobs of one device at a time: cupsd works one job a queue, and late
 * binding is what lets an urgent document go first.
 */
#include "daemon/jobs/deliver.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/deliver-steps.h"
#include "daemon/jobs/release.h"
#include "daemon/keyring.h"
#include "daemon/log.h"

static char *allowed_levels(struct delivery_line *line)
{
    const struct policy_ladder *ladder = &line->office->settings->policy.ladder;
    json_t *levels = json_array();

    for (int rank = 0; rank < (int)ladder->levels; rank++) {
        if (release_device_may(ladder, &line->device, rank)) {
            json_array_append_new(levels, json_string(ladder->level[rank].id));
        }
    }
    char *text = json_dumps(levels, JSON_COMPACT);
    json_decref(levels);
    return text;
}

static int claim(struct delivery_line *line, struct store_tx *tx, const char *levels,
                 struct job_record *ret_job, struct delivery *ret_delivery)
{
    int64_t key;
    int result = job_next_pending(tx, levels, line->device.key, &key);

    if (result == PR_OK) {
        result = job_get(tx, key, ret_job);
    }
    if (result == PR_OK) {
        result = delivery_begin(tx, ret_job, line->device.key, ret_delivery);
    }
    if (result == PR_OK) {
        result = job_set_device(tx, key, line->device.key);
    }
    if (result != PR_OK) {
        return result;
    }
    struct job_change change = {
        .event = JOB_EVENT_DISPATCHED,
        .actor = JOB_ACTOR_DAEMON,
        .reasons = (const char *const[]){"job-printing"},
        .reasons_length = 1,
        .detail = json_pack("{s:s, s:i}", "device", line->device.name, "attempt",
                            (int)ret_delivery->attempt),
    };
    return job_transition(tx, ret_job, &change);
}

int deliver_claim(struct delivery_line *line, struct job_record *ret_job,
                  struct delivery *ret_delivery)
{
    char *levels = allowed_levels(line);
    struct store_tx *tx;
    int64_t key;

    if (levels == NULL) {
        return PR_ENOMEM;
    }
    /* Looked at first without the writer's lock: most calls find nothing. */
    int result = store_begin_read(line->office->store, &tx);
    if (result == PR_OK) {
        result = job_next_pending(tx, levels, line->device.key, &key);
        store_rollback(tx);
    }
    if (result == PR_OK) {
        result = store_begin(line->office->store, &tx);
    }
    if (result == PR_OK) {
        result = claim(line, tx, levels, ret_job, ret_delivery);
        if (result == PR_OK) {
            result = store_commit(tx);
        } else {
            store_rollback(tx);
        }
    }
    free(levels);
    if (result == PR_OK) {
        FAULT_POINT("deliver.claimed");
    }
    return result;
}

int deliver_find_interrupted(struct delivery_line *line, struct job_record *ret_job,
                             struct delivery *ret_delivery)
{
    struct store_tx *tx;
    int result = store_begin_read(line->office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = delivery_open_at(tx, line->device.key, ret_delivery);
    if (result == PR_OK) {
        result = job_get(tx, ret_delivery->job, ret_job);
    }
    store_rollback(tx);
    return result;
}

/* Reasons that tell of a cancel under way. */
static const char *const cancel_reasons[] = {"processing-to-stop-point", "job-canceled-by-operator",
                                             "job-canceled-by-user"};
enum { CANCEL_REASONS = sizeof cancel_reasons / sizeof cancel_reasons[0] };

/* A cancel that came in since is heeded, see the header. `reasons` is room for what is added. */
static void heed_cancel(const struct job_record *job, struct job_change *change,
                        const char *reasons[JOB_REASONS_MAX])
{
    static const char *const by_user[] = {"job-canceled-by-user"};
    static const char *const by_operator[] = {"job-canceled-by-operator"};
    const struct job_rule *rule = job_rule(job->state, change->event);

    /* What the operator is asked about is settled by the operator's word alone. */
    if (!job_has_reason(job, cancel_reasons[0]) || job_state_is_final(rule->next) ||
        change->event == JOB_EVENT_UNCERTAIN) {
        return;
    }
    if (change->event == JOB_EVENT_RETURNED) {
        change->event = JOB_EVENT_CANCELED;
        change->reasons = job_has_reason(job, by_operator[0]) ? by_operator : by_user;
        change->reasons_length = 1;
        change->settlement = SETTLEMENT_NONE;
        return;
    }
    size_t length = 0;

    for (; length < change->reasons_length && length < JOB_REASONS_MAX - CANCEL_REASONS; length++) {
        reasons[length] = change->reasons[length];
    }
    for (size_t i = 0; i < CANCEL_REASONS; i++) {
        if (job_has_reason(job, cancel_reasons[i])) {
            reasons[length++] = cancel_reasons[i];
        }
    }
    change->reasons = reasons;
    change->reasons_length = length;
}

int delivery_change(struct delivery_run *run, struct job_change *change,
                    enum delivery_outcome outcome)
{
    const char *reasons[JOB_REASONS_MAX];
    struct store_tx *tx;
    int result = store_begin(run->line->office->store, &tx);

    if (result != PR_OK) {
        json_decref(change->detail);
        return result;
    }
    result = job_get(tx, run->job->key, run->job);
    if (result == PR_OK) {
        heed_cancel(run->job, change, reasons);
        result = job_transition(tx, run->job, change);
    } else {
        json_decref(change->detail);
    }
    if (result == PR_OK && outcome != DELIVERY_OPEN) {
        result = delivery_end(tx, run->delivery->key, outcome);
    }
    if (result == PR_OK && job_state_is_final(run->job->state)) {
        result = job_clear_spool(tx, run->job->key);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    FAULT_POINT("deliver.settling");
    result = store_commit(tx);
    if (result == PR_OK && outcome != DELIVERY_OPEN) {
        FAULT_POINT("deliver.settled");
    }
    return result;
}

void delivery_ask_operator(struct delivery_run *run, const char *why)
{
    struct job_change change = {
        .event = JOB_EVENT_UNCERTAIN,
        .actor = JOB_ACTOR_DAEMON,
        .reasons = (const char *const[]){"job-suspended-by-system"},
        .reasons_length = 1,
        .detail = json_pack("{s:s}", "why", why),
    };
    int result = delivery_change(run, &change, DELIVERY_UNCERTAIN);

    log_write(LOG_LEVEL_WARNING, "job %s needs the operator: %s%s%s", run->job->id, why,
              result == PR_OK ? "" : "; and writing that down failed: ",
              result == PR_OK ? "" : pr_strerror(result));
}

void delivery_drop_document(struct delivery_run *run)
{
    spool_remove(run->line->office->spool_fd, run->job->id);
}

void delivery_return(struct delivery_run *run, const char *why)
{
    struct job_change change = {
        .event = JOB_EVENT_RETURNED,
        .actor = JOB_ACTOR_DAEMON,
        .detail = json_pack("{s:s}", "why", why),
    };
    int result = delivery_change(run, &change, DELIVERY_NOTHING_PRINTED);

    if (result == PR_OK && job_state_is_final(run->job->state)) {
        delivery_drop_document(run);
    }
    log_write(LOG_LEVEL_NOTICE, "job %s was not printed (%s): %s", run->job->id, why,
              result == PR_OK ? job_state_name(run->job->state) : pr_strerror(result));
}

/* Finds out how far an earlier try came, as long as that takes. */
static enum delivery_resumption resume(struct delivery_run *run)
{
    struct delivery_line *line = run->line;
    enum delivery_resumption found;

    while ((found = delivery_resume(run)) == DELIVERY_UNKNOWN) {
        delivery_note_trouble(run, "resources-are-not-ready", device_queue_message(line->queue));
        if (!line->wait(line->context, 1000)) {
            break;
        }
    }
    return found;
}

/* What refused the document may need a moment, a longer one every time. */
static void pause_after(struct delivery_run *run)
{
    enum { STEP_MS = 1000, STEPS_MAX = 60 };
    unsigned steps = run->delivery->attempt < STEPS_MAX ? run->delivery->attempt : STEPS_MAX;

    run->line->wait(run->line->context, steps * STEP_MS);
}

/* Brings the document to the queue. DELIVERY_NOTHING: the delivery is over, and nothing was
 * printed.
 */
static enum delivery_resumption bring_to_queue(struct delivery_run *run)
{
    char why[DEVICE_QUEUE_MESSAGE_BYTES];
    int result = delivery_hand_over(run);

    if (result == PR_OK) {
        return DELIVERY_FOLLOW;
    }
    bool unreadable = result == PR_ENOKEY || result == PR_ECRYPTO || result == PR_EFORMAT;

    snprintf(why, sizeof why, "%s",
             run->forbidden ? DELIVERY_WHY_FORBIDDEN
             : device_queue_message(run->line->queue)[0] != '\0'
                 ? device_queue_message(run->line->queue)
                 : DELIVERY_WHY_NOT_TAKEN);
    /* Nothing may be left of the try at cupsd: neither paper nor the document in plain. */
    enum delivery_resumption found = resume(run);

    if (found == DELIVERY_NOTHING && run->unstampable) {
        delivery_ask_operator(run, DELIVERY_WHY_UNSTAMPABLE);
    } else if (found == DELIVERY_NOTHING && unreadable) {
        delivery_ask_operator(run, DELIVERY_WHY_UNREADABLE);
    } else if (found == DELIVERY_NOTHING) {
        delivery_return(run, why);
        pause_after(run);
    }
    return found;
}

void deliver_run(struct delivery_line *line, struct job_record *job, struct delivery *delivery,
                 bool resumed)
{
    struct delivery_run run = {.line = line, .job = job, .delivery = delivery};
    struct device_queue_job queue_job;
    enum delivery_resumption found;

    log_write(LOG_LEVEL_INFO, "job %s: attempt %u at %s%s", job->id, delivery->attempt,
              line->device.name, resumed ? " taken up again" : "");
    delivery_watch_begin(&run, !resumed);
    if (resumed) {
        found = resume(&run);
        if (found == DELIVERY_NOTHING) {
            delivery_return(&run, run.forbidden ? DELIVERY_WHY_FORBIDDEN : DELIVERY_WHY_RESTARTED);
        }
    } else {
        found = bring_to_queue(&run);
    }
    if (found == DELIVERY_LOST) {
        delivery_settle(&run, NULL);
    }
    if (found != DELIVERY_FOLLOW) {
        return;
    }
    switch (delivery_follow(&run, &queue_job)) {
    case DELIVERY_ENDED:
        delivery_settle(&run, &queue_job);
        break;
    case DELIVERY_VANISHED:
        delivery_settle(&run, NULL);
        break;
    case DELIVERY_STOPPING:
        break;
    }
}

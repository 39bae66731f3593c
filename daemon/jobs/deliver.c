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
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/deliver-steps.h"
#include "daemon/keyring.h"
#include "daemon/log.h"

/* Rank up to which a device prints: its own highest level, else the highest that needs no
 * supervisor. */
static int highest_rank(const struct policy_ladder *ladder, const struct device_record *device)
{
    int rank = device->max_level[0] == '\0' ? -1 : policy_ladder_find(ladder, device->max_level);

    if (device->max_level[0] == '\0') {
        while (rank + 1 < (int)ladder->levels && !ladder->level[rank + 1].supervised) {
            rank++;
        }
    }
    return rank;
}

static char *allowed_levels(struct delivery_line *line)
{
    const struct policy_ladder *ladder = &line->office->settings->policy.ladder;
    int highest = highest_rank(ladder, &line->device);
    json_t *levels = json_array();

    for (int rank = 0; rank <= highest; rank++) {
        json_array_append_new(levels, json_string(ladder->level[rank].id));
    }
    char *text = json_dumps(levels, JSON_COMPACT);
    json_decref(levels);
    return text;
}

static int claim(struct delivery_line *line, struct store_tx *tx, const char *levels,
                 struct job_record *ret_job, struct delivery *ret_delivery)
{
    int64_t key;
    int result = job_next_pending(tx, levels, &key);

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
        result = job_next_pending(tx, levels, &key);
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

int delivery_change(struct delivery_run *run, struct job_change *change,
                    enum delivery_outcome outcome)
{
    struct store_tx *tx;
    int result = store_begin(run->line->office->store, &tx);

    if (result != PR_OK) {
        json_decref(change->detail);
        return result;
    }
    result = job_get(tx, run->job->key, run->job);
    if (result == PR_OK) {
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

void delivery_return(struct delivery_run *run, const char *why)
{
    struct job_change change = {
        .event = JOB_EVENT_RETURNED,
        .actor = JOB_ACTOR_DAEMON,
        .detail = json_pack("{s:s}", "why", why),
    };
    int result = delivery_change(run, &change, DELIVERY_NOTHING_PRINTED);

    log_write(LOG_LEVEL_NOTICE, "job %s was not printed (%s): %s", run->job->id, why,
              result == PR_OK ? "it is pending again" : pr_strerror(result));
}

void delivery_drop_document(struct delivery_run *run)
{
    spool_remove(run->line->office->spool_fd, run->job->id);
}

/* A cancel that came in while the document was on its way is carried out instead of a return to
 * pending. */
static void end_without_print(struct delivery_run *run, const char *why)
{
    if (!job_has_reason(run->job, "processing-to-stop-point")) {
        delivery_return(run, why);
        return;
    }
    struct job_change change = {
        .event = JOB_EVENT_CANCELED,
        .actor = JOB_ACTOR_DAEMON,
        .reasons = (const char *const[]){"job-canceled-by-user"},
        .reasons_length = 1,
        .settlement = SETTLEMENT_NONE,
        .detail = json_pack("{s:s}", "why", why),
    };
    if (delivery_change(run, &change, DELIVERY_NOTHING_PRINTED) == PR_OK) {
        delivery_drop_document(run);
    }
}

static int reread_job(struct delivery_run *run)
{
    struct store_tx *tx;
    int result = store_begin_read(run->line->office->store, &tx);

    if (result == PR_OK) {
        result = job_get(tx, run->job->key, run->job);
        store_rollback(tx);
    }
    return result;
}

/* Whether cupsd has the released job now. */
static bool bring_to_queue(struct delivery_run *run, bool resumed)
{
    struct delivery_line *line = run->line;

    if (!resumed) {
        int result = delivery_hand_over(run);

        if (result == PR_ENOKEY || result == PR_ECRYPTO || result == PR_EFORMAT ||
            result == PR_ENOENT) {
            delivery_ask_operator(run, "the stored document cannot be opened");
            return false;
        }
        if (result != PR_OK) {
            reread_job(run);
            end_without_print(run, device_queue_message(line->queue)[0] != '\0'
                                       ? device_queue_message(line->queue)
                                       : pr_strerror(result));
            /* Not at once again: what refused may need a moment. */
            line->wait(line->context, 1000);
        }
        return result == PR_OK;
    }
    for (;;) {
        switch (delivery_resume(run)) {
        case DELIVERY_FOLLOW:
            return true;
        case DELIVERY_NOTHING:
            end_without_print(run, "the daemon was restarted before the document was released");
            return false;
        case DELIVERY_LOST:
            delivery_ask_operator(run, "cupsd does not know the job any more");
            return false;
        case DELIVERY_UNKNOWN:
            if (!line->wait(line->context, 1000)) {
                return false;
            }
            break;
        }
    }
}

void deliver_run(struct delivery_line *line, struct job_record *job, struct delivery *delivery,
                 bool resumed)
{
    struct delivery_run run = {.line = line, .job = job, .delivery = delivery};
    struct device_queue_job queue_job;

    log_write(LOG_LEVEL_INFO, "job %s: attempt %u at %s%s", job->id, delivery->attempt,
              line->device.name, resumed ? " taken up again" : "");
    if (!bring_to_queue(&run, resumed)) {
        return;
    }
    switch (delivery_follow(&run, &queue_job)) {
    case DELIVERY_ENDED:
        delivery_settle(&run, &queue_job);
        break;
    case DELIVERY_VANISHED:
        delivery_ask_operator(&run, "cupsd does not know the job any more");
        break;
    case DELIVERY_STOPPING:
        break;
    }
}

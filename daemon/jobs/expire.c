/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/expire.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/release.h"
#include "daemon/jobs/states.h"
#include "daemon/log.h"
#include "daemon/store/releases.h"

/* One that is to be printed again waits from then on. */
static bool was_not_released(const struct office *office, struct store_tx *tx,
                             const struct job_record *job, int64_t now_ms)
{
    const int64_t before_ms = now_ms - office->settings->release_expire_ms;
    uint32_t printing = 0;
    int64_t since = 0;

    return job_has_reason(job, policy_reason_keyword(POLICY_HELD_FOR_AUTHORIZATION)) &&
           job->submitted_at <= before_ms &&
           release_printing(tx, job->key, &printing, &since) == PR_OK && since <= before_ms;
}

static bool stayed_overnight(const struct office *office, struct store_tx *tx,
                             const struct job_record *job, int64_t now_ms)
{
    const struct policy_ladder *ladder = &office->settings->policy.ladder;
    int rank = policy_ladder_find(ladder, job->level);
    char sent[DAY_BYTES];
    char today[DAY_BYTES];

    (void)tx;
    clock_day(job->submitted_at, sent);
    clock_day(now_ms, today);
    return rank >= 0 && ladder->level[rank].purge && strcmp(sent, today) < 0;
}

/* Nobody would be there when it prints at last: the device is raised again, or moved back. */
static bool waits_in_vain(const struct office *office, struct store_tx *tx,
                          const struct job_record *job, int64_t now_ms)
{
    const struct policy_ladder *ladder = &office->settings->policy.ladder;
    struct device_record device;

    (void)now_ms;
    return release_is_needed(ladder, job->level) &&
           release_device_of(tx, job->key, &device) == PR_OK &&
           !release_device_may(ladder, &device, policy_ladder_find(ladder, job->level));
}

/* In which state a job is ended, or has to be released again, why, and with which reason. */
static const struct expiry {
    enum job_state state;
    enum job_event_kind event;
    bool (*is_due)(const struct office *office, struct store_tx *tx, const struct job_record *job,
                   int64_t now_ms);
    const char *reason;
} expiries[] = {
    {JOB_PENDING_HELD, JOB_EVENT_EXPIRED, was_not_released, "job-release-wait"},
    {JOB_PENDING_HELD, JOB_EVENT_EXPIRED, stayed_overnight, "job-not-kept-overnight"},
    {JOB_PENDING, JOB_EVENT_EXPIRED, stayed_overnight, "job-not-kept-overnight"},
    {JOB_PENDING, JOB_EVENT_TAKEN_BACK, waits_in_vain, "job-held-for-authorization"},
};

static int expire_one(struct office *office, const struct expiry *expiry, int64_t key,
                      int64_t now_ms)
{
    const bool ends = expiry->event == JOB_EVENT_EXPIRED;
    const char *const reasons[] = {"aborted-by-system", expiry->reason};
    struct job_change change = {.event = expiry->event,
                                .actor = JOB_ACTOR_DAEMON,
                                .reasons = ends ? reasons : &reasons[1],
                                .reasons_length = ends ? 2 : 1};
    struct job_record job;
    struct store_tx *tx = NULL;
    int error = store_begin(office->store, &tx);

    if (error != PR_OK) {
        return error;
    }
    error = job_get(tx, key, &job);
    if (error != PR_OK || job.state != expiry->state || !expiry->is_due(office, tx, &job, now_ms)) {
        store_rollback(tx);
        return error;
    }
    error = job_transition(tx, &job, &change);
    if (error == PR_OK) {
        error =
            ends ? job_clear_spool(tx, key) : decision_again(office, tx, &job, JOB_ACTOR_DAEMON);
    }
    if (error != PR_OK) {
        store_rollback(tx);
        return error;
    }
    error = store_commit(tx);
    if (error == PR_OK && ends) {
        FAULT_POINT("release.expired");
        spool_remove(office->spool_fd, job.id);
    }
    return error;
}

/* Leaves of the keys those of jobs that are due: most looks find none, and take no writer's lock.
 */
static int keep_due(const struct office *office, struct store_tx *tx, const struct expiry *expiry,
                    int64_t now_ms, int64_t *keys, size_t *length)
{
    struct job_record job;
    size_t kept = 0;
    int error = PR_OK;

    for (size_t i = 0; i < *length && error == PR_OK; i++) {
        error = job_get(tx, keys[i], &job);
        if (error == PR_OK && expiry->is_due(office, tx, &job, now_ms)) {
            keys[kept++] = keys[i];
        }
    }
    *length = kept;
    return error;
}

static int expire(struct office *office, const struct expiry *expiry, int64_t now_ms)
{
    int64_t *keys = NULL;
    size_t length = 0;
    struct store_tx *tx = NULL;
    int error = store_begin_read(office->store, &tx);

    if (error == PR_OK) {
        error = job_keys_in_state(tx, expiry->state, &keys, &length);
        if (error == PR_OK) {
            error = keep_due(office, tx, expiry, now_ms, keys, &length);
        }
        store_rollback(tx);
    }
    for (size_t i = 0; i < length && error == PR_OK; i++) {
        error = expire_one(office, expiry, keys[i], now_ms);
    }
    free(keys);
    return error;
}

void jobs_expire(struct office *office, int64_t now_ms)
{
    for (size_t i = 0; i < sizeof expiries / sizeof expiries[0]; i++) {
        int error = expire(office, &expiries[i], now_ms);

        if (error != PR_OK) {
            log_write(LOG_LEVEL_ERROR, "jobs whose time is over could not be ended: %s",
                      pr_strerror(error));
        }
    }
}

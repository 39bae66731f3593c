/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/reconsider.h"

#include <stdlib.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/states.h"
#include "daemon/log.h"
#include "daemon/store/job-rules.h"

/* What may have been settled without anybody looking at the job. */
static bool may_be_settled(const struct job_record *job)
{
    static const enum policy_reason reasons[] = {
        POLICY_ACCOUNT_LIMIT_REACHED, POLICY_ACCOUNT_INFO_NEEDED, POLICY_HOLD_UNTIL_SPECIFIED};

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (job->state == JOB_PENDING_HELD &&
            job_has_reason(job, policy_reason_keyword(reasons[i]))) {
            return true;
        }
    }
    return false;
}

/* Nothing else of a job tells that what it repeats has ended since. */
static bool is_held(const struct job_record *job)
{
    return job->state == JOB_PENDING_HELD;
}

static int reconsider_one(struct office *office, int64_t key,
                          bool (*may)(const struct job_record *))
{
    struct job_record job;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_get(tx, key, &job);
    if (result != PR_OK || !may(&job)) {
        goto out;
    }
    result = decision_again(office, tx, &job, JOB_ACTOR_DAEMON);
    if (result == PR_OK) {
        FAULT_POINT("reconsider.deciding");
        result = store_commit(tx);
        tx = NULL;
        FAULT_POINT("reconsider.decided");
    }
out:
    store_rollback(tx);
    return result;
}

static int held_keys(struct store_tx *tx, int64_t **ret_keys, size_t *ret_length)
{
    return job_keys_in_state(tx, JOB_PENDING_HELD, ret_keys, ret_length);
}

/** Decides again on the jobs a question finds, and on those of them that may be settled. True when
 * there were any. */
static bool reconsider_each(struct office *office,
                            int (*question)(struct store_tx *, int64_t **, size_t *),
                            bool (*may)(const struct job_record *))
{
    int64_t *keys = NULL;
    size_t length = 0;
    struct store_tx *tx;
    int result = store_begin_read(office->store, &tx);

    if (result == PR_OK) {
        result = question(tx, &keys, &length);
        store_rollback(tx);
    }
    for (size_t i = 0; i < length && result == PR_OK; i++) {
        result = reconsider_one(office, keys[i], may);
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "held jobs could not be decided again: %s", pr_strerror(result));
    }
    free(keys);
    return length > 0;
}

void jobs_reconsider(struct office *office)
{
    reconsider_each(office, held_keys, may_be_settled);
    dispatcher_wake(office->dispatcher);
}

void jobs_reconsider_held(struct office *office)
{
    if (reconsider_each(office, held_keys, is_held)) {
        dispatcher_wake(office->dispatcher);
    }
}

void jobs_reconsider_duplicates(struct office *office)
{
    if (reconsider_each(office, job_repeats_of_ended, is_held)) {
        dispatcher_wake(office->dispatcher);
    }
}

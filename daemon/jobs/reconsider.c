/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/reconsider.h"

#include <stdlib.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/states.h"
#include "daemon/log.h"

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

static int reconsider_one(struct office *office, int64_t key)
{
    struct policy_page_run *runs = NULL;
    struct document_view view;
    struct job_record job;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_get(tx, key, &job);
    if (result != PR_OK || !may_be_settled(&job)) {
        goto out;
    }
    result = document_view_of_job(tx, &job, &runs, &view);
    if (result != PR_OK) {
        goto out;
    }
    result = decision_apply(office, tx, &job, &view, JOB_ACTOR_DAEMON);
    if (result == PR_OK) {
        FAULT_POINT("reconsider.deciding");
        result = store_commit(tx);
        tx = NULL;
        FAULT_POINT("reconsider.decided");
    }
out:
    store_rollback(tx);
    free(runs);
    return result;
}

void jobs_reconsider(struct office *office)
{
    int64_t *keys = NULL;
    size_t length = 0;
    struct store_tx *tx;
    int result = store_begin_read(office->store, &tx);

    if (result == PR_OK) {
        result = job_keys_in_state(tx, JOB_PENDING_HELD, &keys, &length);
        store_rollback(tx);
    }
    for (size_t i = 0; i < length && result == PR_OK; i++) {
        result = reconsider_one(office, keys[i]);
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "held jobs could not be decided again: %s", pr_strerror(result));
    }
    free(keys);
    dispatcher_wake(office->dispatcher);
}

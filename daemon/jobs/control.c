/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/control.h"

#include <string.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/release.h"
#include "daemon/jobs/states.h"
#include "daemon/store/job-rules.h"
#include "daemon/store/ledger.h"

#define AWAITING_OPERATOR "job-suspended-by-system"

bool job_awaits_operator(const struct job_record *job)
{
    return job->state == JOB_PROCESSING_STOPPED && job_has_reason(job, AWAITING_OPERATOR);
}

/* Reads the job, lets `prepare` fill in the change, carries it out, commits; one frame for all that
 * people do. */
struct wish {
    const char *id;
    int (*prepare)(struct store_tx *tx, const struct job_record *job, struct job_change *change,
                   void *context);
    void *context;
    const char *actor;
};

static int grant_wish(struct office *office, const struct wish *wish, struct job_record *ret_job)
{
    struct job_change change = {.actor = wish->actor};
    struct job_record job;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_find(tx, wish->id, &job);
    if (result == PR_OK) {
        result = wish->prepare(tx, &job, &change, wish->context);
    }
    if (result == PR_OK) {
        result = job_transition(tx, &job, &change);
    }
    if (result == PR_OK && job.state == JOB_PENDING_HELD) {
        result = decision_again(office, tx, &job, wish->actor);
    }
    if (result == PR_OK && job_state_is_final(job.state)) {
        result = job_clear_spool(tx, job.key);
    }
    if (result == PR_OK) {
        result = job_get(tx, job.key, &job);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    FAULT_POINT("control.deciding");
    result = store_commit(tx);
    if (result != PR_OK) {
        return result;
    }
    FAULT_POINT("control.decided");
    if (job_state_is_final(job.state)) {
        spool_remove(office->spool_fd, job.id);
    }
    dispatcher_wake(office->dispatcher);
    *ret_job = job;
    return PR_OK;
}

/* What a cancel needs to outlive prepare(): the reasons it adds to. */
struct cancel_wish {
    const char *reason;
    struct job_record seen;
    const char *reasons[JOB_REASONS_MAX + 1];
};

static int prepare_cancel(struct store_tx *tx, const struct job_record *job,
                          struct job_change *change, void *context)
{
    struct cancel_wish *cancel = context;
    bool at_device = (job->state == JOB_PROCESSING || job->state == JOB_PROCESSING_STOPPED) &&
                     !job_awaits_operator(job);
    size_t length = 0;

    (void)tx;
    cancel->seen = *job;
    if (!at_device) {
        cancel->reasons[length++] = cancel->reason;
        change->event = JOB_EVENT_CANCELED;
        /* One the operator is asked about may have been printed: it is charged in full unless it is
         * settled first. */
        change->sheets = job_awaits_operator(job) ? job->sheets : 0;
        change->settlement = job_awaits_operator(job) ? SETTLEMENT_ESTIMATE : SETTLEMENT_NONE;
    } else {
        for (unsigned i = 0; i < cancel->seen.reasons_length && length < JOB_REASONS_MAX - 2; i++) {
            cancel->reasons[length++] = cancel->seen.reasons[i];
        }
        if (!job_has_reason(job, "processing-to-stop-point")) {
            cancel->reasons[length++] = "processing-to-stop-point";
            cancel->reasons[length++] = cancel->reason;
        }
        change->event = JOB_EVENT_CANCEL_REQUESTED;
    }
    change->reasons = cancel->reasons;
    change->reasons_length = length;
    return PR_OK;
}

int job_cancel(struct office *office, const char *id, const char *reason, const char *actor,
               struct job_record *ret_job)
{
    struct cancel_wish cancel = {.reason = reason};
    const struct wish wish = {id, prepare_cancel, &cancel, actor};

    return grant_wish(office, &wish, ret_job);
}

static int prepare_settle(struct store_tx *tx, const struct job_record *job,
                          struct job_change *change, void *context)
{
    static const char *const reasons[] = {"job-completed-successfully"};
    const int64_t *sheets = context;
    struct ledger_job ledger;

    if (!job_awaits_operator(job)) {
        return PR_ESTATE;
    }
    int result = ledger_of_job(tx, job->key, &ledger);
    if (result != PR_OK) {
        return result;
    }
    if (*sheets < 0 || *sheets > ledger.reserved) {
        return PR_EINVAL;
    }
    change->event = JOB_EVENT_OPERATOR_SETTLED;
    change->reasons = reasons;
    change->reasons_length = 1;
    change->sheets = *sheets;
    change->settlement = SETTLEMENT_OPERATOR;
    change->detail = json_pack("{s:I}", "sheets", (json_int_t)*sheets);
    return PR_OK;
}

int job_settle_by_operator(struct office *office, const char *id, int64_t sheets, const char *actor,
                           struct job_record *ret_job)
{
    const struct wish wish = {id, prepare_settle, &sheets, actor};

    return grant_wish(office, &wish, ret_job);
}

/* The release was for the paper that may have come out: what comes out next is seen by a second
 * pair of eyes as well. */
static int prepare_reprint(struct store_tx *tx, const struct job_record *job,
                           struct job_change *change, void *context)
{
    static const char *const reasons[] = {"job-held-for-authorization"};
    const struct office *office = context;

    (void)tx;
    if (!job_awaits_operator(job) || job->spool_name[0] == '\0') {
        return PR_ESTATE;
    }
    change->event = JOB_EVENT_REPRINT;
    if (release_is_needed(&office->settings->policy.ladder, job->level)) {
        change->event = JOB_EVENT_REPRINT_HELD;
        change->reasons = reasons;
        change->reasons_length = 1;
    }
    return PR_OK;
}

int job_reprint(struct office *office, const char *id, const char *actor,
                struct job_record *ret_job)
{
    const struct wish wish = {id, prepare_reprint, office, actor};

    return grant_wish(office, &wish, ret_job);
}

/* Confirms what of `rules` holds the job. PR_ESTATE: nothing does. */
static int add_confirmations(struct store_tx *tx, const struct job_record *job, uint32_t rules,
                             const char *actor)
{
    struct policy_finding findings[POLICY_RULES];
    int length = job->state == JOB_PENDING_HELD ? job_findings(tx, job->key, findings) : 0;
    int result = PR_ESTATE;

    for (int i = 0; i < length; i++) {
        if ((rules & 1U << findings[i].rule) != 0 && findings[i].effect == POLICY_HOLD) {
            result = job_add_confirmation(tx, job, findings[i].rule, actor);
            if (result != PR_OK) {
                break;
            }
        }
    }
    return length < 0 ? length : result;
}

static int confirm(struct office *office, struct store_tx *tx, struct job_record *job,
                   uint32_t rules, const char *actor)
{
    int result = add_confirmations(tx, job, rules, actor);

    if (result == PR_OK) {
        result = decision_again(office, tx, job, actor);
    }
    if (result == PR_OK && job_state_is_final(job->state)) {
        result = job_clear_spool(tx, job->key);
    }
    return result == PR_OK ? job_get(tx, job->key, job) : result;
}

int job_confirm(struct office *office, const char *id, uint32_t rules, const char *actor,
                struct job_record *ret_job)
{
    struct job_record job;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_find(tx, id, &job);
    if (result == PR_OK) {
        result = confirm(office, tx, &job, rules, actor);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    result = store_commit(tx);
    if (result != PR_OK) {
        return result;
    }
    if (job_state_is_final(job.state)) {
        spool_remove(office->spool_fd, job.id);
    }
    dispatcher_wake(office->dispatcher);
    *ret_job = job;
    return PR_OK;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. A job waits for a person's word, and two people may give it at once, about a document
 * that must be the one they were asked about, while quota, month and the job itself may change
 * under them.
 *
 * Chosen way. The question is a row that follows the job's reasons: job_transition() has it asked
 * and withdrawn, so that there is no way to hold a job without asking, or to leave a question open
 * behind a job that goes on. The word is one writing transaction, and the store has one writer:
 * whoever comes second finds the question closed and is told by whom. Approving pays what is
 * missing at that moment, not what was missing when it was asked, and then lets the rules decide
 * once more; so an approval never overrides another reason the job is held for.
 *
 * Left out. What other kinds of question do when they are answered: each adds a row to the table of
 * kinds and a branch in approve().
 */
#include "daemon/jobs/approvals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/states.h"
#include "daemon/log.h"
#include "daemon/store/ledger.h"

/* Following the job's reasons ---------------------------------------------------------------------
 */

static int count_missing(struct store_tx *tx, const struct job_record *job, int64_t *ret_missing)
{
    struct policy_balance balance = {0};
    char month[POLICY_MONTH_BYTES];

    clock_month(store_now_ms(), month);
    int result = job->department == 0 ? PR_OK : ledger_peek(tx, job->department, month, &balance);
    if (result == PR_OK) {
        int64_t missing = job->sheets - policy_balance_available(&balance);

        *ret_missing = missing > 0 ? missing : 0;
    }
    return result;
}

static int ask(struct store_tx *tx, const struct job_record *job, enum approval_kind kind,
               const char *actor)
{
    struct job_record fresh;
    int64_t missing = 0;
    /* The caller's record may be older than document and decision, which were written since. */
    int result = job_get(tx, job->key, &fresh);

    if (result == PR_OK && fresh.sha256[0] == '\0') {
        return PR_OK; /* nothing to bind a question to */
    }
    if (result == PR_OK) {
        result = count_missing(tx, &fresh, &missing);
    }
    return result == PR_OK ? approval_ask(tx, &fresh, kind, missing, actor) : result;
}

int approvals_follow(struct store_tx *tx, const struct job_record *job, const char *actor)
{
    int result = PR_OK;

    for (int i = 0; i < APPROVAL_KINDS && result == PR_OK; i++) {
        enum approval_kind kind = (enum approval_kind)i;
        struct approval open;
        bool wanted =
            job->state == JOB_PENDING_HELD && job_has_reason(job, approval_kind_reason(kind));
        int found = approval_open_of(tx, job->key, kind, &open);

        if (found != PR_OK && found != PR_ENOENT) {
            return found;
        }
        if (wanted && found == PR_ENOENT) {
            result = ask(tx, job, kind, actor);
        } else if (!wanted && found == PR_OK) {
            result = approval_close(tx, &open, job->id, APPROVAL_WITHDRAWN, "", actor);
        }
    }
    return result;
}

/* The word ----------------------------------------------------------------------------------------
 */

int approvals_may_decide(struct store_tx *tx, const char *login)
{
    struct person person;
    char day[DAY_BYTES];
    int result = person_find(tx, login, &person);

    if (result != PR_OK) {
        return result == PR_ENOENT ? PR_EACCESS : result;
    }
    clock_day(store_now_ms(), day);
    return approval_may_decide(tx, &person, day);
}

static int grant_missing(struct office *office, struct store_tx *tx, const struct job_record *job,
                         const struct document_view *view, const struct approval *approval,
                         const struct approval_word *word)
{
    char reason[APPROVAL_COMMENT_BYTES + 64];
    struct policy_balance balance;
    struct decided decided;
    int result = decision_preview(office, tx, &job->request, view, &decided);

    if (result == PR_OK && decided.department == 0) {
        return PR_ESTATE; /* whoever paid does not any more: there is nothing to grant to */
    }
    if (result == PR_OK) {
        result = ledger_balance(tx, decided.department, decided.month, &balance);
    }
    if (result != PR_OK) {
        return result;
    }
    int64_t missing = (int64_t)decided.decision.cost.sheets - policy_balance_available(&balance);

    if (missing <= 0) {
        return PR_OK;
    }
    snprintf(reason, sizeof reason, "approval %lld%s%s", (long long)approval->key,
             word->comment[0] != '\0' ? ": " : "", word->comment);
    return ledger_grant(tx, decided.department, decided.month, missing, reason, word->actor);
}

static int approve(struct office *office, struct store_tx *tx, struct job_record *job,
                   const struct approval *approval, const struct approval_word *word)
{
    struct policy_page_run *runs = NULL;
    struct document_view view;
    int result = document_view_of_job(tx, job, &runs, &view);

    if (result == PR_OK) {
        result =
            approval_close(tx, approval, job->id, APPROVAL_APPROVED, word->comment, word->actor);
    }
    if (result == PR_OK) {
        result = grant_missing(office, tx, job, &view, approval, word);
    }
    if (result == PR_OK) {
        result = decision_apply(office, tx, job, &view, word->actor);
    }
    free(runs);
    return result;
}

/* Closes without approval: the job ends. */
static int end_job(struct store_tx *tx, struct job_record *job, const struct approval *approval,
                   enum approval_state state, const char *comment, const char *actor)
{
    static const char *const denied[] = {"account-authorization-failed"};
    static const char *const expired[] = {"aborted-by-system", "account-limit-reached"};
    bool is_denied = state == APPROVAL_DENIED;
    int result = approval_close(tx, approval, job->id, state, comment, actor);

    if (result != PR_OK) {
        return result;
    }
    struct job_change change = {
        .event = is_denied ? JOB_EVENT_DENIED : JOB_EVENT_EXPIRED,
        .actor = actor,
        .reasons = is_denied ? denied : expired,
        .reasons_length = is_denied ? 1 : 2,
        .detail =
            json_pack("{s:I, s:s}", "approval", (json_int_t)approval->key, "comment", comment),
    };
    return job_transition(tx, job, &change);
}

/* Who may, about what. */
static int check_word(struct store_tx *tx, const struct approval_word *word,
                      struct job_record *ret_job, struct approval *ret_approval)
{
    int result = approvals_may_decide(tx, word->login);

    if (result == PR_OK) {
        result = job_find(tx, word->job_id, ret_job);
    }
    if (result != PR_OK) {
        return result;
    }
    if (strcmp(ret_job->request.person, word->login) == 0) {
        return PR_EREFUSED;
    }
    result = approval_latest_of(tx, ret_job->key, ret_approval);
    if (result != PR_OK) {
        return result == PR_ENOENT ? PR_ESTATE : result;
    }
    if (ret_approval->state != APPROVAL_OPEN) {
        return PR_EEXIST;
    }
    return strcmp(ret_approval->sha256, ret_job->sha256) == 0 ? PR_OK : PR_ESTATE;
}

/* Commits what was done to a job, and does what follows from it outside of the store. */
static int conclude(struct office *office, struct store_tx *tx, int result, struct job_record *job)
{
    if (result == PR_OK && job_state_is_final(job->state)) {
        result = job_clear_spool(tx, job->key);
    }
    if (result == PR_OK) {
        result = job_get(tx, job->key, job);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    FAULT_POINT("approval.deciding");
    result = store_commit(tx);
    if (result != PR_OK) {
        return result;
    }
    FAULT_POINT("approval.decided");
    if (job_state_is_final(job->state)) {
        spool_remove(office->spool_fd, job->id);
    }
    return PR_OK;
}

int job_decide_approval(struct office *office, const struct approval_word *word,
                        struct job_record *ret_job, struct approval *ret_approval)
{
    struct job_record job;
    struct approval approval;
    struct store_tx *tx;

    if (!approval_comment_ok(word->comment, word->deny)) {
        return PR_EINVAL;
    }
    int result = store_begin(office->store, &tx);
    if (result != PR_OK) {
        return result;
    }
    result = check_word(tx, word, &job, &approval);
    if (result == PR_EEXIST) {
        *ret_approval = approval;
    }
    if (result == PR_OK) {
        result = word->deny
                     ? end_job(tx, &job, &approval, APPROVAL_DENIED, word->comment, word->actor)
                     : approve(office, tx, &job, &approval, word);
    }
    if (result == PR_OK) {
        result = approval_get(tx, approval.key, &approval);
    }
    result = conclude(office, tx, result, &job);
    if (result != PR_OK) {
        return result;
    }
    dispatcher_wake(office->dispatcher);
    *ret_job = job;
    *ret_approval = approval;
    return PR_OK;
}

/* Time --------------------------------------------------------------------------------------------
 */

static int expire_one(struct office *office, int64_t key, int64_t before_ms)
{
    struct approval approval;
    struct job_record job;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = approval_get(tx, key, &approval);
    if (result == PR_OK) {
        result = job_get(tx, approval.job, &job);
    }
    if (result != PR_OK || approval.state != APPROVAL_OPEN || approval.asked_at > before_ms) {
        store_rollback(tx);
        return result;
    }
    result = end_job(tx, &job, &approval, APPROVAL_EXPIRED, "", JOB_ACTOR_DAEMON);
    return conclude(office, tx, result, &job);
}

void approvals_expire(struct office *office, int64_t now_ms)
{
    int64_t before_ms = now_ms - office->settings->approvals.expire_ms;
    int64_t *keys = NULL;
    size_t length = 0;
    struct store_tx *tx;
    int result = store_begin_read(office->store, &tx);

    if (result == PR_OK) {
        result = approval_open_keys(tx, &keys, &length);
        store_rollback(tx);
    }
    for (size_t i = 0; i < length && result == PR_OK; i++) {
        result = expire_one(office, keys[i], before_ms);
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "approvals could not be looked through: %s",
                  pr_strerror(result));
    }
    free(keys);
}

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
 * A job can have one question of each kind, and who may answer depends on the kind: paper is the
 * director's, a level whom the level names. A word answers all that its giver may answer; what is
 * left is left to others. A question about a level is bound to that level, and is asked anew when
 * the job has another one.
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
#include "daemon/store/text.h"

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
    int64_t missing = 0;

    if (job->sha256[0] == '\0') {
        return PR_OK; /* nothing to bind a question to */
    }
    int result = kind == APPROVAL_OVER_QUOTA ? count_missing(tx, job, &missing) : PR_OK;

    return result == PR_OK ? approval_ask(tx, job, kind, missing, actor) : result;
}

static int follow(struct store_tx *tx, const struct job_record *job, enum approval_kind kind,
                  bool wanted, const char *actor)
{
    struct approval open;
    int result = approval_open_of(tx, job->key, kind, &open);
    bool asked = result == PR_OK;

    if (result != PR_OK && result != PR_ENOENT) {
        return result;
    }
    result = PR_OK;
    if (asked &&
        (!wanted || (kind == APPROVAL_CLASSIFIED && strcmp(open.level, job->level) != 0))) {
        result = approval_close(tx, &open, job->id, APPROVAL_WITHDRAWN, "", actor);
        asked = false;
    }
    return result == PR_OK && wanted && !asked ? ask(tx, job, kind, actor) : result;
}

int approvals_follow(struct store_tx *tx, const struct job_record *job, const char *actor)
{
    struct job_record fresh;
    /* The caller's record may be older than document and decision, which were written since. */
    int result = job_get(tx, job->key, &fresh);

    for (int i = 0; i < APPROVAL_KINDS && result == PR_OK; i++) {
        enum approval_kind kind = (enum approval_kind)i;

        result = follow(tx, &fresh, kind,
                        job->state == JOB_PENDING_HELD &&
                            job_has_reason(job, approval_kind_reason(kind)),
                        actor);
    }
    return result;
}

/* Who may answer ----------------------------------------------------------------------------------
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

enum policy_approval approvals_of_level(const struct office *office, const char *level)
{
    const struct policy_ladder *ladder = &office->settings->policy.ladder;
    int rank = policy_ladder_find(ladder, level);

    /* A level that is not on the ladder any more asks for the most. */
    return rank < 0 ? POLICY_APPROVAL_EXTERNAL : ladder->level[rank].approval;
}

static int heads(struct store_tx *tx, const struct person *person, int64_t department)
{
    struct department found;
    int result = department == 0 || !person_may_approve(person)
                     ? PR_ENOENT
                     : department_get(tx, department, &found);

    if (result == PR_OK && strcmp(found.head, person->login) != 0) {
        return PR_EACCESS;
    }
    return result == PR_ENOENT ? PR_EACCESS : result;
}

int approvals_may_answer(const struct office *office, struct store_tx *tx,
                         const struct person *person, const struct job_record *job,
                         enum approval_kind kind)
{
    char day[DAY_BYTES];

    clock_day(store_now_ms(), day);
    int result = approval_may_decide(tx, person, day);

    if (result == PR_EACCESS && kind == APPROVAL_CLASSIFIED &&
        approvals_of_level(office, job->level) == POLICY_APPROVAL_HEAD) {
        result = heads(tx, person, job->department);
    }
    return result;
}

/* The open questions about a job that one person may answer. */
struct questions {
    size_t length;
    struct approval approval[APPROVAL_KINDS];
};

/* PR_OK when there is one; PR_EACCESS: they are others'; PR_ENOENT: there are none. */
static int find_questions(const struct office *office, struct store_tx *tx,
                          const struct person *person, const struct job_record *job,
                          struct questions *ret_questions)
{
    bool others = false;

    ret_questions->length = 0;
    for (int i = 0; i < APPROVAL_KINDS; i++) {
        struct approval *approval = &ret_questions->approval[ret_questions->length];
        int result = approval_open_of(tx, job->key, (enum approval_kind)i, approval);

        if (result == PR_ENOENT) {
            continue;
        }
        if (result == PR_OK) {
            result = approvals_may_answer(office, tx, person, job, approval->kind);
        }
        if (result == PR_OK) {
            ret_questions->length++;
        } else if (result == PR_EACCESS) {
            others = true;
        } else {
            return result;
        }
    }
    return ret_questions->length > 0 ? PR_OK : others ? PR_EACCESS : PR_ENOENT;
}

int approvals_may_read(const struct office *office, struct store_tx *tx, const char *login,
                       const struct job_record *job)
{
    struct questions questions;
    struct person person;
    int result = approvals_may_decide(tx, login);

    if (result != PR_EACCESS) {
        return result;
    }
    result = person_find(tx, login, &person);
    if (result == PR_OK) {
        result = find_questions(office, tx, &person, job, &questions);
    }
    return result == PR_ENOENT ? PR_EACCESS : result;
}

/* The word ----------------------------------------------------------------------------------------
 */

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

/* PR_EFORMAT: the reference is missing, or none is wanted. */
static int close_questions(const struct office *office, struct store_tx *tx,
                           const struct job_record *job, const struct questions *questions,
                           const struct approval_word *word)
{
    bool taken = word->reference[0] == '\0';
    int result = PR_OK;

    for (size_t i = 0; i < questions->length && result == PR_OK; i++) {
        const struct approval *approval = &questions->approval[i];
        bool classified = approval->kind == APPROVAL_CLASSIFIED;

        if (classified && word->reference[0] == '\0' &&
            approvals_of_level(office, approval->level) == POLICY_APPROVAL_EXTERNAL) {
            return PR_EFORMAT;
        }
        taken = taken || classified;
        result = approval_close_with_reference(
            tx, approval, job->id, classified ? word->reference : "", word->comment, word->actor);
    }
    return result == PR_OK && !taken ? PR_EFORMAT : result;
}

static int approve(struct office *office, struct store_tx *tx, struct job_record *job,
                   const struct questions *questions, const struct approval_word *word)
{
    struct policy_page_run *runs = NULL;
    struct document_view view;
    int result = document_view_of_job(tx, job, &runs, &view);

    if (result == PR_OK) {
        result = close_questions(office, tx, job, questions, word);
    }
    for (size_t i = 0; i < questions->length && result == PR_OK; i++) {
        if (questions->approval[i].kind == APPROVAL_OVER_QUOTA) {
            result = grant_missing(office, tx, job, &view, &questions->approval[i], word);
        }
    }
    if (result == PR_OK) {
        result = decision_apply(office, tx, job, &view, word->actor);
    }
    free(runs);
    return result;
}

/* Closes without approval: the job ends. What others were asked about it is withdrawn with that. */
static int end_job(struct store_tx *tx, struct job_record *job, const struct questions *questions,
                   enum approval_state state, const char *comment, const char *actor)
{
    const struct approval *first = &questions->approval[0];
    const char *const denied[] = {"account-authorization-failed"};
    const char *const expired[] = {"aborted-by-system", approval_kind_reason(first->kind)};
    bool is_denied = state == APPROVAL_DENIED;
    int result = PR_OK;

    for (size_t i = 0; i < questions->length && result == PR_OK; i++) {
        result = approval_close(tx, &questions->approval[i], job->id, state, comment, actor);
    }
    if (result != PR_OK) {
        return result;
    }
    struct job_change change = {
        .event = is_denied ? JOB_EVENT_DENIED : JOB_EVENT_EXPIRED,
        .actor = actor,
        .reasons = is_denied ? denied : expired,
        .reasons_length = is_denied ? 1 : 2,
        .detail = json_pack("{s:I, s:s}", "approval", (json_int_t)first->key, "comment", comment),
    };
    return job_transition(tx, job, &change);
}

/* What was decided before them, for those who might have decided. */
static int check_decided(const struct office *office, struct store_tx *tx,
                         const struct person *person, const struct job_record *job,
                         struct approval *ret_latest)
{
    int result = approval_latest_of(tx, job->key, ret_latest);

    if (result == PR_ENOENT) {
        result = approvals_may_decide(tx, person->login);
        return result == PR_OK ? PR_ESTATE : result;
    }
    if (result == PR_OK) {
        result = approvals_may_answer(office, tx, person, job, ret_latest->kind);
    }
    return result == PR_OK ? PR_EEXIST : result;
}

/* Who may, about what. *ret_latest is written with PR_EEXIST. */
static int check_word(const struct office *office, struct store_tx *tx,
                      const struct approval_word *word, struct job_record *ret_job,
                      struct questions *ret_questions, struct approval *ret_latest)
{
    struct person person;
    int director = approvals_may_decide(tx, word->login);
    int result = director == PR_OK || director == PR_EACCESS ? person_find(tx, word->login, &person)
                                                             : director;

    if (result == PR_OK) {
        result = job_find(tx, word->job_id, ret_job);
    }
    if (result != PR_OK) {
        return result == PR_ENOENT && director == PR_EACCESS ? PR_EACCESS : result;
    }
    result = find_questions(office, tx, &person, ret_job, ret_questions);
    if (strcmp(ret_job->request.person, word->login) == 0 &&
        (director == PR_OK || result == PR_OK)) {
        return PR_EREFUSED;
    }
    if (result == PR_ENOENT) {
        return check_decided(office, tx, &person, ret_job, ret_latest);
    }
    for (size_t i = 0; i < ret_questions->length && result == PR_OK; i++) {
        result =
            strcmp(ret_questions->approval[i].sha256, ret_job->sha256) == 0 ? PR_OK : PR_ESTATE;
    }
    return result;
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
    struct questions questions;
    struct approval approval;
    struct store_tx *tx;

    if (!approval_comment_ok(word->comment, word->deny)) {
        return PR_EINVAL;
    }
    if (word->reference[0] != '\0' &&
        !text_is_line(word->reference, 1, APPROVAL_REFERENCE_CHARACTERS,
                      APPROVAL_REFERENCE_BYTES)) {
        return PR_EFORMAT;
    }
    int result = store_begin(office->store, &tx);
    if (result != PR_OK) {
        return result;
    }
    result = check_word(office, tx, word, &job, &questions, &approval);
    if (result == PR_EEXIST) {
        *ret_approval = approval;
    }
    if (result == PR_OK) {
        result = word->deny
                     ? end_job(tx, &job, &questions, APPROVAL_DENIED, word->comment, word->actor)
                     : approve(office, tx, &job, &questions, word);
    }
    if (result == PR_OK) {
        result = approval_get(tx, questions.approval[0].key, &approval);
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
    struct questions questions = {.length = 1};
    struct approval *approval = &questions.approval[0];
    struct job_record job;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = approval_get(tx, key, approval);
    if (result == PR_OK) {
        result = job_get(tx, approval->job, &job);
    }
    if (result != PR_OK || approval->state != APPROVAL_OPEN || approval->asked_at > before_ms) {
        store_rollback(tx);
        return result;
    }
    result = end_job(tx, &job, &questions, APPROVAL_EXPIRED, "", JOB_ACTOR_DAEMON);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/decision.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/approvals.h"
#include "daemon/jobs/states.h"
#include "daemon/store/ledger.h"

/* The person as policy sees them, and the department that pays. */
static int gather_person(struct store_tx *tx, const char *login, struct policy_person *person,
                         struct decided *decided)
{
    struct person record;
    struct ledger_person use;
    int result = person_find(tx, login, &record);

    if (result == PR_ENOENT) {
        return PR_OK;
    }
    if (result != PR_OK) {
        return result;
    }
    person->known = true;
    person->active = record.active;
    person->roles = record.roles;
    memcpy(decided->login, record.login, sizeof decided->login);
    memcpy(decided->department_code, record.department_code, sizeof decided->department_code);
    person->login = decided->login;
    person->department = decided->department_code;
    person->department_active = record.department_active;
    if (record.active && record.department_active) {
        decided->department = record.department;
        memcpy(decided->department_name, record.department_name, sizeof record.department_name);
    }
    if (record.cap < 0) {
        return PR_OK;
    }
    result = ledger_of_person(tx, login, decided->month, &use);
    if (result == PR_OK) {
        person->capped = true;
        person->left = ledger_person_left(&use);
    }
    return result;
}

/* A level that is not on the ladder (any more) is taken as higher than all that are: never as none.
 */
static int rank_of(const struct policy_ladder *ladder, const char *level)
{
    int rank = level[0] == '\0' ? -1 : policy_ladder_find(ladder, level);

    return level[0] != '\0' && rank < 0 ? POLICY_LEVELS_MAX : rank;
}

struct document_view document_view_of_facts(const struct document_facts *facts)
{
    struct document_view view = {
        .runs = facts->runs,
        .runs_length = facts->runs_length,
        .marked_level = facts->marked_level,
        .color_pages = facts->color_pages,
    };

    sodium_bin2hex(view.fingerprint, sizeof view.fingerprint, facts->fingerprint,
                   sizeof facts->fingerprint);
    return view;
}

int document_view_of_job(struct store_tx *tx, const struct job_record *job,
                         struct policy_page_run **ret_runs, struct document_view *ret_view)
{
    struct document_view view = {
        .marked_level = job->marked_level,
        .color_pages = job->color_pages > 0 ? (uint32_t)job->color_pages : 0,
    };
    int result = job_page_runs(tx, job->key, ret_runs, &view.runs_length);

    if (result == PR_OK) {
        view.runs = *ret_runs;
        memcpy(view.fingerprint, job->fingerprint, sizeof view.fingerprint);
        *ret_view = view;
    }
    return result;
}

/* Modes without colour (PWG 5100.13 §5.2.3). */
static bool is_gray(const char *color_mode)
{
    static const char *const modes[] = {"monochrome", "auto-monochrome", "process-monochrome",
                                        "bi-level", "process-bi-level"};

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(color_mode, modes[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Puts everything before policy: a pure question. */
static void ask(const struct policy_settings *settings, const struct job_request *request,
                const struct document_view *view, const struct policy_person *person,
                const struct policy_balance *balance, struct decided *decided)
{
    const struct policy_facts facts = {
        .runs = view->runs,
        .runs_length = view->runs_length,
        .marked_level = rank_of(&settings->ladder, view->marked_level),
        .color_pages = view->color_pages,
        .duplicate_minutes = decided->rules.duplicate_minutes,
        .duplicate_confirmed = decided->rules.duplicate_confirmed,
        .marks_reviewed = decided->rules.marks_reviewed,
        .approved = decided->rules.approved,
        .released = decided->rules.released,
        .urgent_this_week = decided->rules.urgent_this_week,
        .minute_of_week = decided->rules.minute_of_week,
    };
    const struct policy_request asked = {
        .level = rank_of(&settings->ladder, request->level),
        .urgent = request->urgent,
        .copies = request->copies,
        .number_up = 1,
        .sides = request->sides,
        .grayscale = is_gray(request->color_mode),
        .document_number = request->document_number,
    };
    policy_decide(settings, &facts, &asked, person, balance, &decided->decision);
    /* What was asked for without colour stays in the words it was asked in. */
    decided->color_mode =
        decided->decision.grayscale && !asked.grayscale ? "monochrome" : request->color_mode;
}

/* Approvals and releases are of the level the job had, and one that needs a reference has one:
 * where settings have changed since, they are not taken for another level's. True: ask once more.
 */
static bool outdated(const struct policy_settings *settings, const struct rule_question *question,
                     struct decided *decided)
{
    const struct policy_level *level = &settings->ladder.level[decided->decision.level];
    struct rule_facts *rules = &decided->rules;
    const bool other = question->job != 0 && strcmp(level->id, question->level) != 0;
    const bool bare =
        rules->approved && !rules->referenced && level->approval == POLICY_APPROVAL_EXTERNAL;

    if (!(other && (rules->approved || rules->released)) && !bare) {
        return false;
    }
    rules->approved = false;
    rules->released = rules->released && !other;
    return true;
}

/* What the question says of the job is filled in but for payer and fingerprint. Of a job that is
 * none yet nothing is changed. */
static int decide(struct office *office, struct store_tx *tx, struct rule_question *question,
                  const struct document_view *view, struct decided *decided)
{
    const struct policy_settings *settings = &office->settings->policy;
    struct policy_person person = {0};
    struct policy_balance balance = {0};

    memset(decided, 0, sizeof *decided);
    clock_month(store_now_ms(), decided->month);
    int result = gather_person(tx, question->request->person, &person, decided);

    if (result == PR_OK && decided->department != 0) {
        result = question->job != 0 ? ledger_carry_over(tx, decided->department, decided->month,
                                                        office->settings->carry_over_sheets, NULL)
                                    : PR_OK;
    }
    if (result == PR_OK && decided->department != 0) {
        result = (question->job != 0 ? ledger_balance : ledger_peek)(tx, decided->department,
                                                                     decided->month, &balance);
    }
    question->department = decided->department;
    question->fingerprint = view->fingerprint;
    if (result == PR_OK) {
        result = rule_facts_gather(settings, tx, question, &decided->rules);
    }
    if (result == PR_OK) {
        ask(settings, question->request, view, &person, &balance, decided);
        if (outdated(settings, question, decided)) {
            ask(settings, question->request, view, &person, &balance, decided);
        }
    }
    return result;
}

int decision_preview(struct office *office, struct store_tx *tx, const struct job_request *request,
                     const struct document_view *view, struct decided *ret_decided)
{
    struct rule_question question = {.request = request, .level = ""};

    return decide(office, tx, &question, view, ret_decided);
}

/* Reserves unless the account itself holds the job. */
static int reserve(struct store_tx *tx, const struct job_record *job, const struct decided *decided,
                   const char *actor)
{
    const struct policy_decision *decision = &decided->decision;
    struct ledger_job ledger;

    if (!policy_decision_reserves(decision)) {
        return PR_OK;
    }
    int result = ledger_of_job(tx, job->key, &ledger);

    if (result != PR_OK || ledger.reserved > 0) {
        return result;
    }
    return ledger_reserve(tx, decided->department, decided->month, job->key,
                          (int64_t)decision->cost.sheets, actor);
}

/* The reasons of a refusal are in its findings; those of a hold are a set. */
static size_t collect_reasons(const struct policy_decision *decision,
                              const char *reasons[POLICY_REASONS + 1])
{
    size_t length = 0;

    if (decision->outcome == POLICY_REFUSE) {
        reasons[length++] = "aborted-by-system";
        for (size_t i = 0; i < decision->findings_length; i++) {
            if (decision->findings[i].effect == POLICY_REFUSE && length < POLICY_REASONS) {
                reasons[length++] = policy_reason_keyword(decision->findings[i].reason);
            }
        }
        return length;
    }
    for (int reason = 0; reason < POLICY_REASONS; reason++) {
        if ((decision->holds & (1u << reason)) != 0) {
            reasons[length++] = policy_reason_keyword((enum policy_reason)reason);
        }
    }
    return length;
}

static enum job_event_kind event_for(enum job_state state, enum policy_outcome outcome)
{
    bool incoming = state == JOB_INCOMING;

    if (outcome == POLICY_REFUSE) {
        return JOB_EVENT_REFUSED;
    }
    if (outcome == POLICY_HOLD) {
        return incoming ? JOB_EVENT_HELD : JOB_EVENT_HOLDS_CHANGED;
    }
    return incoming ? JOB_EVENT_ACCEPTED : JOB_EVENT_RELEASED;
}

/* Sheets that two sides save, for the report. */
static int record_saving(struct store_tx *tx, const struct job_record *job,
                         const struct document_view *view, const struct policy_decision *decision)
{
    struct policy_sheets one_sided;
    int64_t saved = 0;

    if (policy_sheets_compute(view->runs, view->runs_length, 1, POLICY_ONE_SIDED,
                              job->request.copies, &one_sided) &&
        one_sided.sheets > decision->cost.sheets && decision->cost.sheets > 0) {
        saved = (int64_t)(one_sided.sheets - decision->cost.sheets);
    }
    return job_set_duplex_saved(tx, job->key, saved);
}

/* Held for the same as before: that is no event. */
static bool is_news(const struct job_record *job, const struct job_change *change)
{
    if (change->event != JOB_EVENT_HOLDS_CHANGED || change->reasons_length != job->reasons_length) {
        return true;
    }
    for (size_t i = 0; i < change->reasons_length; i++) {
        if (!job_has_reason(job, change->reasons[i])) {
            return true;
        }
    }
    return false;
}

int decision_apply(struct office *office, struct store_tx *tx, struct job_record *job,
                   const struct document_view *view, const char *actor)
{
    const char *reasons[POLICY_REASONS + 1];
    struct rule_question question = {.job = job->key,
                                     .level = job->level,
                                     .decided_at = job->decided_at,
                                     .request = &job->request};
    struct decided decided;
    int result = decide(office, tx, &question, view, &decided);

    if (result != PR_OK) {
        return result;
    }
    const struct policy_decision *decision = &decided.decision;
    const struct job_decided record = {
        .department = decided.department,
        .duplicate_of = decided.rules.duplicate_of,
        .color_mode = decided.color_mode,
        .decision = decision,
    };

    result = job_set_decision(tx, job->key, &office->settings->policy, &record);
    /* A level that is decided anew may be one whose titles are not kept. */
    if (result == PR_OK && office->settings->policy.ladder.level[decision->level].supervised) {
        result = job_set_title(tx, job->key, "");
    }
    if (result == PR_OK) {
        result = record_saving(tx, job, view, decision);
    }
    if (result == PR_OK) {
        result = reserve(tx, job, &decided, actor);
    }
    if (result != PR_OK) {
        return result;
    }
    struct job_change change = {
        .event = event_for(job->state, decision->outcome),
        .actor = actor,
        .reasons = reasons,
        .reasons_length = collect_reasons(decision, reasons),
        .detail = json_pack("{s:I, s:I, s:s, s:s}", "sheets", (json_int_t)decision->cost.sheets,
                            "impressions", (json_int_t)decision->cost.impressions, "level",
                            office->settings->policy.ladder.level[decision->level].id, "month",
                            decided.month),
    };
    if (!is_news(job, &change)) {
        json_decref(change.detail);
        return approvals_follow(tx, job, actor);
    }
    return job_transition(tx, job, &change);
}

int decision_again(struct office *office, struct store_tx *tx, struct job_record *job,
                   const char *actor)
{
    struct policy_page_run *runs = NULL;
    struct document_view view;
    int result = document_view_of_job(tx, job, &runs, &view);

    if (result == PR_OK) {
        result = decision_apply(office, tx, job, &view, actor);
    }
    free(runs);
    return result;
}

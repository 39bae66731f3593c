/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/decision.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/states.h"
#include "daemon/store/ledger.h"

/* The person as policy sees them, and the department that pays. */
static int gather_person(struct store_tx *tx, const char *login, struct policy_person *person,
                         struct decided *decided)
{
    struct person record;
    int result = person_find(tx, login, &record);

    if (result == PR_ENOENT) {
        return PR_OK;
    }
    if (result != PR_OK) {
        return result;
    }
    person->known = true;
    person->active = record.active;
    person->department_active = record.department_active;
    if (record.active && record.department_active) {
        decided->department = record.department;
        memcpy(decided->department_name, record.department_name, sizeof record.department_name);
    }
    return PR_OK;
}

/* A level that is not on the ladder (any more) is taken as higher than all that are: never as none.
 */
static int rank_of(const struct policy_ladder *ladder, const char *level)
{
    int rank = level[0] == '\0' ? -1 : policy_ladder_find(ladder, level);

    return level[0] != '\0' && rank < 0 ? POLICY_LEVELS_MAX : rank;
}

static int decide(struct office *office, struct store_tx *tx, const struct job_request *request,
                  const struct document_view *view, bool open_account, struct decided *decided)
{
    const struct policy_settings *settings = &office->settings->policy;
    struct policy_person person = {0};
    struct policy_balance balance = {0};

    memset(decided, 0, sizeof *decided);
    clock_month(store_now_ms(), decided->month);
    int result = gather_person(tx, request->person, &person, decided);

    if (result == PR_OK && decided->department != 0) {
        result = (open_account ? ledger_balance : ledger_peek)(tx, decided->department,
                                                               decided->month, &balance);
    }
    if (result != PR_OK) {
        return result;
    }
    const struct policy_facts facts = {
        .runs = view->runs,
        .runs_length = view->runs_length,
        .marked_level = rank_of(&settings->ladder, view->marked_level),
    };
    const struct policy_request asked = {
        .level = rank_of(&settings->ladder, request->level),
        .urgent = request->urgent,
        .copies = request->copies,
        .number_up = 1,
        .sides = request->sides,
        .document_number = request->document_number,
    };
    policy_decide(settings, &facts, &asked, &person, &balance, &decided->decision);
    return PR_OK;
}

int decision_preview(struct office *office, struct store_tx *tx, const struct job_request *request,
                     const struct document_view *view, struct decided *ret_decided)
{
    return decide(office, tx, request, view, false, ret_decided);
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

int decision_apply(struct office *office, struct store_tx *tx, struct job_record *job,
                   const struct document_view *view, const char *actor)
{
    const char *reasons[POLICY_REASONS + 1];
    struct decided decided;
    int result = decide(office, tx, &job->request, view, true, &decided);

    if (result != PR_OK) {
        return result;
    }
    const struct policy_decision *decision = &decided.decision;

    result =
        job_set_decision(tx, job->key, &office->settings->policy, decided.department, decision);
    /* A level that is decided anew may be one whose titles are not kept. */
    if (result == PR_OK && office->settings->policy.ladder.level[decision->level].supervised) {
        result = job_set_title(tx, job->key, "");
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
    return job_transition(tx, job, &change);
}

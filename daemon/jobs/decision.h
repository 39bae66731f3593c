/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Gathers what policy needs (person, department, balance, facts), asks it, and carries out what it
 * said. The rules are in policy/; the states in daemon/jobs/states.h; here they meet.
 */
#ifndef DAEMON_JOBS_DECISION_H
#define DAEMON_JOBS_DECISION_H

#include "daemon/document/client.h"
#include "daemon/office.h"
#include "daemon/store/jobs.h"
#include "policy/decide.h"

/** What of a document policy looks at. */
struct document_view {
    const struct policy_page_run *runs;
    size_t runs_length;
    const char *marked_level; /**< level id, "" none */
    uint32_t color_pages;
    char fingerprint[JOB_HEX_BYTES]; /**< hex */
};
/** The view of a document just inspected; borrows from the facts. */
struct document_view document_view_of_facts(const struct document_facts *facts);
/**
 * The view of a job's document as it was recorded; borrows from the job.
 *
 * @param ret_runs  malloc'd, the caller's to free when the view is not needed any more
 * @return PR_OK; PR_ENOENT when the document was not inspected
 */
int document_view_of_job(struct store_tx *tx, const struct job_record *job,
                         struct policy_page_run **ret_runs, struct document_view *ret_view);

/** What the rules of the print room look at beside the document. */
struct rule_facts {
    uint32_t duplicate_minutes; /**< as in struct policy_facts, like the following */
    bool duplicate_confirmed;
    bool marks_reviewed;
    bool approved;
    bool referenced; /**< … with an authority's reference */
    bool released;
    uint32_t urgent_this_week;
    uint32_t minute_of_week;
    int64_t duplicate_of;       /**< the earlier job, 0 none */
    char earlier[JOB_ID_BYTES]; /**< its id, "" */
};

struct decided {
    struct policy_decision decision;
    int64_t department; /**< the payer, 0 none */
    char department_name[STORE_NAME_BYTES];
    char login[PERSON_LOGIN_BYTES];              /**< of the sender, "" not registered */
    char department_code[DEPARTMENT_CODE_BYTES]; /**< theirs, active or not */
    char month[POLICY_MONTH_BYTES]; /**< the account's month: now, in the office's time zone */
    const char *color_mode; /**< print-color-mode it is printed with; borrows from the request */
    struct rule_facts rules;
};

/** The job whose rule_facts are asked for. */
struct rule_question {
    int64_t job;        /**< 0: it is none yet */
    const char *level;  /**< id, as decided before, which releases and approvals are bound to */
    int64_t decided_at; /**< ms, of its first decision; 0: this is it */
    const struct job_request *request;
    int64_t department;      /**< the payer, 0 none */
    const char *fingerprint; /**< hex */
};
/** Gathers what the rules look at, each in one look-up, whatever the number of jobs stored. */
int rule_facts_gather(const struct policy_settings *settings, struct store_tx *tx,
                      const struct rule_question *question, struct rule_facts *ret_facts);

/**
 * Asks policy, changing nothing: for `explain`.
 *
 * @param tx  may be a reading transaction
 */
int decision_preview(struct office *office, struct store_tx *tx, const struct job_request *request,
                     const struct document_view *view, struct decided *ret_decided);

/**
 * Decides on a job that is incoming or held, and carries it out within the transaction: findings,
 * level, payer and cost are written, sheets reserved (unless the account is what holds it), the
 * state changed (accepted / held / released / holds-changed / refused). A job that stays held for
 * the same reasons gets no event.
 *
 * @param job    as read in this transaction; updated
 * @param actor  on whose doing
 */
int decision_apply(struct office *office, struct store_tx *tx, struct job_record *job,
                   const struct document_view *view, const char *actor);
/** The same for a held job whose document is no news: with what the store knows of it. */
int decision_again(struct office *office, struct store_tx *tx, struct job_record *job,
                   const char *actor);

#endif

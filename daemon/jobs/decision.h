/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Gathers what policy needs (person, department, balance, facts), asks it, and carries out what it
 * said. The rules are in policy/; the states in daemon/jobs/states.h; here they meet.
 */
#ifndef DAEMON_JOBS_DECISION_H
#define DAEMON_JOBS_DECISION_H

#include "daemon/office.h"
#include "daemon/store/jobs.h"
#include "policy/decide.h"

/** What of a document policy looks at. */
struct document_view {
    const struct policy_page_run *runs;
    size_t runs_length;
    const char *marked_level; /**< level id, "" none */
};

struct decided {
    struct policy_decision decision;
    int64_t department; /**< the payer, 0 none */
    char department_name[STORE_NAME_BYTES];
    char month[POLICY_MONTH_BYTES]; /**< the account's month: now, in the office's time zone */
};

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
 * state changed (accepted / held / released / holds-changed / refused).
 *
 * @param job    as read in this transaction; updated
 * @param actor  on whose doing
 */
int decision_apply(struct office *office, struct store_tx *tx, struct job_record *job,
                   const struct document_view *view, const char *actor);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What people may do to a job: cancel it, and as the operator say what became of one that nobody
 * can tell of. */
#ifndef DAEMON_JOBS_CONTROL_H
#define DAEMON_JOBS_CONTROL_H

#include "daemon/office.h"
#include "daemon/store/jobs.h"

/**
 * Cancels. A job no device has ends at once; of one that is printing the device is told, and the
 * job ends (and is settled by what the device says it printed) when the device is done.
 *
 * @param reason  "job-canceled-by-user" or "job-canceled-by-operator"
 * @return PR_OK; PR_ENOENT, PR_ESTATE (it has ended), PR_EDB
 */
int job_cancel(struct office *office, const char *id, const char *reason, const char *actor,
               struct job_record *ret_job);

/** True when the job waits for the operator's word on what was printed (job-suspended-by-system).
 */
bool job_awaits_operator(const struct job_record *job);

/**
 * The operator counted: `sheets` came out, the job is completed and charged so.
 *
 * @return PR_OK; PR_ENOENT, PR_ESTATE (does not wait for the operator), PR_EINVAL (sheets negative
 * or more than reserved)
 */
int job_settle_by_operator(struct office *office, const char *id, int64_t sheets, const char *actor,
                           struct job_record *ret_job);

/** The operator saw that nothing came out: the job is printed once more; one of a level that needs
 * a supervisor when it was released again. Errors as above. */
int job_reprint(struct office *office, const char *id, const char *actor,
                struct job_record *ret_job);

/**
 * Somebody confirms what a rule holds a job for: the sender or the operator that it is wanted
 * although the department sent the same document just before (POLICY_RULE_DUPLICATE); the director
 * that the level its marks name is right (POLICY_RULE_LEVEL_MARKS), which stays the job's. Who said
 * so is recorded, and the job is decided on again without that rule. Holds of other rules stay.
 *
 * @param rules  set of (1u << enum policy_rule) the caller may confirm
 * @return PR_OK; PR_ENOENT, PR_ESTATE (it is held by none of them), PR_EDB
 */
int job_confirm(struct office *office, const char *id, uint32_t rules, const char *actor,
                struct job_record *ret_job);

#endif

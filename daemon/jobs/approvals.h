/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Approvals as the life of a job has them: asked when a job is held for something somebody may
 * allow, withdrawn when it is not any more, and what the word given does to the job.
 */
#ifndef DAEMON_JOBS_APPROVALS_H
#define DAEMON_JOBS_APPROVALS_H

#include "daemon/office.h"
#include "daemon/store/approvals.h"

/**
 * Brings the job's open approvals in line with the reasons it is held for, within the transaction
 * that changed them. job_transition() calls it; nobody else needs to.
 *
 * @param job  as it is after the change
 */
int approvals_follow(struct store_tx *tx, const struct job_record *job, const char *actor);

/** A word on a job. */
struct approval_word {
    const char *job_id;
    const char *login;     /**< who decides */
    const char *actor;     /**< the same for the audit: "root as zhao" */
    const char *comment;   /**< one line, "" none */
    const char *reference; /**< of the authority that classified the document, one line, "" none */
    bool deny;             /**< needs a comment */
};
/**
 * Decides those of the job's open approvals that the person may decide, and carries that out in one
 * transaction. Approving grants exactly the sheets that are missing then to the department's month,
 * where they were asked for, and decides on the job again; denying ends it.
 *
 * @param ret_job       as it is then
 * @param ret_approval  on PR_OK and PR_EEXIST; the first of several
 * @return PR_OK; PR_ENOENT (no such job), PR_EACCESS (see approvals_may_answer()), PR_EREFUSED (the
 * job is their own), PR_EEXIST (somebody decided before, *ret_approval says who), PR_ESTATE
 * (nothing is asked about the job, or its document is not the one asked about), PR_EINVAL (the
 * comment), PR_EFORMAT (the reference: missing where the level needs one, given where nothing is
 * asked about the level, or not one line)
 */
int job_decide_approval(struct office *office, const struct approval_word *word,
                        struct job_record *ret_job, struct approval *ret_approval);

/** PR_OK when the person may decide on everything today, a director or a deputy; PR_EACCESS. */
int approvals_may_decide(struct store_tx *tx, const char *login);
/** PR_OK when the person may decide on such a question about the job, were it not their own: those
 * above, and the head of the paying department where the job's level says so; PR_EACCESS. */
int approvals_may_answer(const struct office *office, struct store_tx *tx,
                         const struct person *person, const struct job_record *job,
                         enum approval_kind kind);
/** PR_OK when the person may look at the job's pages, to decide on it; PR_EACCESS. */
int approvals_may_read(const struct office *office, struct store_tx *tx, const char *login,
                       const struct job_record *job);
/** Whose word a level needs by the settings there are now. */
enum policy_approval approvals_of_level(const struct office *office, const char *level);

/** Ends jobs whose approval nobody decided on within settings->approvals.expire_ms. Thread-safe. */
void approvals_expire(struct office *office, int64_t now_ms);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Walk-up copies: paper taken at a device without a document the print room saw, registered by the
 * operator. A walk-up copy is a job of source "walk-up" that is over when it is opened, so that
 * ledger, audit log and report treat its paper as they treat all paper.
 */
#ifndef DAEMON_JOBS_COPIES_H
#define DAEMON_JOBS_COPIES_H

#include "daemon/office.h"
#include "daemon/store/jobs.h"

#define COPIES_SOURCE "walk-up"
enum { COPIES_SHEETS_MAX = 100000 };

struct copies_request {
    const char *person; /**< login */
    const char *device; /**< name */
    const char *level;  /**< id, NULL or "" the lowest of the ladder */
    int64_t sheets;     /**< of A4, 1 … COPIES_SHEETS_MAX */
    /** Why more is taken than the department has left, or copies are made by somebody who may not
     * copy the level; NULL or "": refuse. Missing sheets are then granted to the month with this
     * reason, and a violation "copies-over-quota" or "copies-not-allowed" is written down for the
     * director. */
    const char *over;
};

enum copies_unknown { COPIES_PERSON = 1, COPIES_DEVICE, COPIES_LEVEL };
struct copies_answer {
    enum copies_unknown
        unknown;       /**< with PR_ENOENT: what; a person who is not active counts as unknown */
    int64_t available; /**< with PR_EBALANCE: sheets left */
    char month[POLICY_MONTH_BYTES];    /**< the month that pays */
    char department[STORE_NAME_BYTES]; /**< that pays */
    struct job_record job;             /**< with PR_OK */
};

/**
 * Charges the copies to the person's department. Copies of a level above the device's, or made
 * outside of the level's areas, are registered, since they were made, and written down as
 * violations "copies-above-level" and "copies-outside-area".
 *
 * @param answer  cleared first, then filled as far as it came
 * @return PR_OK; PR_EINVAL (sheets, reason), PR_ENOENT, PR_EBALANCE, PR_EACCESS (the person may not
 * copy the level): nothing was written; or an error
 */
int copies_register(struct office *office, const struct copies_request *request, const char *actor,
                    struct copies_answer *answer);

#endif

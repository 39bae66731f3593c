/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the rules of the print room need to know of other jobs. Each question is one look-up in an
 * index, whatever the number of jobs stored. */
#ifndef DAEMON_STORE_JOB_RULES_H
#define DAEMON_STORE_JOB_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/jobs.h"

/** The content and the department to look for, and from whose sight. */
struct duplicate_search {
    int64_t department;
    const char *fingerprint; /**< hex */
    int64_t since_ms;        /**< decided on then or later */
    int64_t before_ms; /**< the searching job was decided on then; INT64_MAX: it is being decided on
                          now */
    int64_t job;       /**< the searching job, 0: it is none yet */
};
struct duplicate {
    int64_t job;
    char id[JOB_ID_BYTES];
    int64_t decided_at; /**< ms */
};

/**
 * The latest job with the same content that was decided on before the searching one and has not
 * been cancelled or given up. Of two jobs never each is the earlier one of the other.
 *
 * @return PR_OK; PR_ENOENT when there is none
 */
int job_find_duplicate(struct store_tx *tx, const struct duplicate_search *search,
                       struct duplicate *ret_duplicate);
/** The id of the job that the latest decision on `job` found it to repeat; PR_ENOENT. */
int job_duplicate_of(struct store_tx *tx, int64_t job, char ret_id[JOB_ID_BYTES]);

/** Held jobs that were found to repeat one which has ended without counting any more (cancelled,
 * given up), oldest first. *ret_keys is malloc'd, the caller's to free. */
int job_repeats_of_ended(struct store_tx *tx, int64_t **ret_keys, size_t *ret_length);

/** How many other jobs of the person were decided on as urgent since then and have not been
 * cancelled or given up; counts no further than `most`. */
int job_count_urgent(struct store_tx *tx, const char *person, int64_t since_ms, int64_t job,
                     uint32_t most, uint32_t *ret_count);

/** Records that `actor` wants the job although the rule holds it. PR_EEXIST when somebody said so
 * before. */
int job_add_confirmation(struct store_tx *tx, const struct job_record *job, enum policy_rule rule,
                         const char *actor);
/** Whether somebody said so; false also after an error (sticky). */
bool job_is_confirmed(struct store_tx *tx, int64_t job, enum policy_rule rule);

#endif

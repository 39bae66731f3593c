/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A job's situation in words, in the reader's language: what is the matter and what to do. */
#ifndef DAEMON_JOBS_WORDS_H
#define DAEMON_JOBS_WORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/office.h"
#include "daemon/store/jobs.h"
#include "policy/words.h"

/**
 * The sentences that explain the job's reasons, in the order a reader needs them.
 *
 * @param tx  reads findings and the latest event
 * @return a new array of strings, or NULL when out of memory
 */
json_t *job_messages(struct office *office, struct store_tx *tx, const struct job_record *job,
                     enum policy_language language);

/**
 * The sentences of the findings that had `effect` (POLICY_HOLD or POLICY_REFUSE; POLICY_PRINT gives
 * none). New reference.
 */
json_t *finding_messages(const struct policy_settings *settings,
                         const struct policy_finding *findings, size_t length,
                         const struct policy_names *names, enum policy_language language,
                         enum policy_outcome effect);

/**
 * The sentence for one reason, about a device of that name.
 *
 * @return false, and "" in the buffer, when there is none
 */
bool job_reason_words(const char *reason, const char *device, enum policy_language language,
                      char *buffer, size_t size);

#endif

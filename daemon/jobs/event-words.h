/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What happened to a job, event by event, in the reader's language. */
#ifndef DAEMON_JOBS_EVENT_WORDS_H
#define DAEMON_JOBS_EVENT_WORDS_H

#include <stddef.h>

#include "daemon/store/jobs.h"
#include "policy/words.h"

enum { JOB_EVENT_WORDS_BYTES = 512 };

/**
 * An event's detail on one line: device, sheets, evidence, why; "" when there is none. What devices
 * and cupsd said stays in their own language.
 *
 * @param buffer  of JOB_EVENT_WORDS_BYTES; cut at a character's end when it does not fit
 */
void job_event_words(const struct job_event *event, enum policy_language language, char *buffer);

/** Why the operator is asked, a keyword of daemon/jobs/deliver-steps.h, in a few words; `why`
 * itself when it is none of those. */
const char *job_why_words(const char *why, enum policy_language language);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Jobs as JSON (interface: A job in JSON). */
#ifndef DAEMON_API_JOB_DOCUMENT_H
#define DAEMON_API_JOB_DOCUMENT_H

#include "daemon/api/route.h"
#include "daemon/store/jobs.h"

/** Roles that see every job; others see their own. */
#define API_SEES_ALL_JOBS                                                                          \
    (API_ROLE(ROLE_OPERATOR) | API_ROLE(ROLE_SUPERVISOR) | API_ROLE(ROLE_DIRECTOR) |               \
     API_ROLE(ROLE_AUDITOR))

/** One job; with events when asked for. A new reference, or NULL when out of memory. */
json_t *api_job_document(const struct api_request *request, struct store_tx *tx,
                         const struct job_record *job, bool events);

/** Answers with a job as it is now. */
void api_reply_job(struct api_request *request, unsigned status, const struct job_record *job);

/** True when the peer may see the job: the sender, the backend that handed it in, and
 * API_SEES_ALL_JOBS. */
bool api_may_see_job(const struct api_request *request, const struct job_record *job);

#endif

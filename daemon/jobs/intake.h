/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Taking documents in. A sender opens a job, then streams its document; PR_OK from intake_finish()
 * means: durable, encrypted, decided, logged. Anything else means that the job stays `incoming` and
 * the sender shall try again.
 *
 * Intake does not know who calls it: origin and document number are the caller's idempotency key,
 * whatever the caller.
 */
#ifndef DAEMON_JOBS_INTAKE_H
#define DAEMON_JOBS_INTAKE_H

#include "daemon/office.h"
#include "daemon/store/jobs.h"

/** Which jobs are being received right now: one sender a job. */
struct intake_desk;
int intake_desk_new(struct intake_desk **ret_desk);
void intake_desk_free(struct intake_desk *desk);

/**
 * Opens a job, or finds the one the same origin and document number opened before.
 *
 * @param request  checked here: PR_EINVAL for copies 0 and an unknown level
 * @param ret_created  false when the job existed
 */
int intake_open(struct office *office, const struct job_request *request, const char *actor,
                struct job_record *ret_job, bool *ret_created);

struct intake;
/**
 * Begins to receive the document of an incoming job.
 *
 * @return PR_OK; PR_ENOENT, PR_ESTATE (it has its document, or has ended), PR_EBUSY (another sender
 * is at it), PR_ENOKEY (the day's key is gone: nothing can be accepted), PR_ENOSPC, PR_EIO, PR_EDB,
 * PR_ENOMEM
 */
int intake_begin(struct office *office, const char *job_id, struct intake **ret_intake);
/** Takes the next bytes, encrypting them on their way to the disk. */
int intake_write(struct intake *intake, const uint8_t *data, size_t size);
/**
 * Makes the document durable, has it inspected, decides, commits.
 *
 * A document that cannot be printed is no error here: the job then is `aborted` with its reason.
 *
 * @return PR_OK; PR_EUNREACHABLE (printroom-document cannot be started), PR_ENOSPC, PR_EIO, PR_EDB
 * …
 */
int intake_finish(struct intake *intake, const char *actor, struct job_record *ret_job);
/** Frees; what was not finished leaves nothing behind. NULL is allowed. */
void intake_free(struct intake *intake);

/** Ends jobs that were opened before `before_ms` and whose document never came. Thread-safe. */
void intake_abandon_stale(struct office *office, int64_t before_ms);

#endif

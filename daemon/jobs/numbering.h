/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Numbers (份号) for the copies of a job, and what becomes of the copies with the job. */
#ifndef DAEMON_JOBS_NUMBERING_H
#define DAEMON_JOBS_NUMBERING_H

#include "daemon/jobs/states.h"

/**
 * Allots the job's copies their numbers: one after the other from 1 within the document, which is
 * what has the job's 发文字号, else the job itself. Asked again while nothing is known of the
 * copies on paper (a crash, a delivery proven to have printed nothing) it gives the same numbers;
 * numbers of copies that were written off are never given again.
 *
 * @param copies     1 …
 * @param ret_first  the numbers are *ret_first … *ret_first + copies − 1
 * @return PR_OK; answers: PR_ELIMIT (a document has 65535 at most), PR_ESTATE (another number of
 * copies has been numbered, or some of the job's are in doubt or on paper)
 */
int copies_number(struct store_tx *tx, const struct job_record *job, uint32_t copies,
                  uint32_t *ret_first);

/**
 * Moves the job's copies after an event of the job, in its transaction: job_transition() calls it.
 * A job that is done has printed them all; one that ended without a sheet, or is to begin anew on
 * the operator's word, none; one that ended in between, or uncertain, leaves them in doubt. What
 * custody has of them already stays.
 *
 * @param job     as it is after the event
 * @param sheets  what the evidence shows, with a settling event
 * @return PR_OK, or the sticky error
 */
int copies_follow_job(struct store_tx *tx, const struct job_record *job,
                      const struct job_change *change, int64_t sheets);

#endif

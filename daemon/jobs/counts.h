/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Numbers of jobs, for `status` and /metrics. */
#ifndef DAEMON_JOBS_COUNTS_H
#define DAEMON_JOBS_COUNTS_H

#include <jansson.h>

struct office;

/**
 * Counts jobs by state: {"incoming": 0, "pending-held": 3, …}, all eight states. Those that are
 * over (completed, canceled, aborted) are counted for the month given only, so that the cost does
 * not grow with the jobs stored.
 *
 * @param month  "YYYY-MM"
 * @return PR_OK and a new reference; PR_EDB, PR_ENOMEM
 */
int jobs_count_states(struct office *office, const char *month, json_t **ret_counts);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Classified jobs that time ends: nobody came to release them, or they may not stay overnight. */
#ifndef DAEMON_JOBS_EXPIRE_H
#define DAEMON_JOBS_EXPIRE_H

#include <stdint.h>

#include "daemon/office.h"

/**
 * Ends jobs nobody released within settings->release_expire_ms ("job-release-wait"), and jobs that
 * were sent before the day of `now_ms` and have not begun to print, of levels that are not kept
 * overnight ("job-not-kept-overnight"); removes their documents. Jobs that were released, and whose
 * device may not print them any more, have to be released again. Thread-safe.
 */
void jobs_expire(struct office *office, int64_t now_ms);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A new month of paper. */
#ifndef DAEMON_JOBS_MONTH_H
#define DAEMON_JOBS_MONTH_H

#include "daemon/office.h"

/**
 * Opens every active department's account of a month that has begun, and carries over what the
 * month before left, as the settings have it. Does nothing the second time; what fails is logged
 * and is made up for at the department's next job.
 */
void month_begin(struct office *office, const char *month);

#endif

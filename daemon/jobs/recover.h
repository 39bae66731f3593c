/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What is put in order at start, before anybody is served. Jobs at a device are the dispatcher's
 * to take up. */
#ifndef DAEMON_JOBS_RECOVER_H
#define DAEMON_JOBS_RECOVER_H

#include "daemon/office.h"

/** Removes what a crash left in the spool: temporary files, and documents no unfinished job needs.
 */
int jobs_recover(struct office *office);

#endif

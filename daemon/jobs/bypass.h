/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Who tries to print past the print room, straight to a device's queue, gets into the register of
 * violations. */
#ifndef DAEMON_JOBS_BYPASS_H
#define DAEMON_JOBS_BYPASS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/office.h"

struct bypass_watch;

/**
 * @return PR_OK, *ret NULL when settings->cups_access_log is ""; PR_ENOMEM
 */
int bypass_watch_new(const struct settings *settings, struct bypass_watch **ret);
void bypass_watch_free(struct bypass_watch *watch);

/**
 * Reads what cupsd has logged since the last call and writes violations of kind "queue-bypass"
 * down: one a person, queue and day (24 hours), with the host it came from and the moment of the
 * request. Called from the main loop, as the service's account. A log that cannot be read is logged
 * once and by `doctor` as long as it lasts.
 *
 * @param watch   NULL does nothing
 * @param now_ms  by which challenges nobody answered become attempts of somebody unknown
 */
void bypass_watch_run(struct bypass_watch *watch, struct office *office, int64_t now_ms);

#endif

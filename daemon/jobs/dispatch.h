/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The dispatcher: one thread a device, which takes the next job the device may print, delivers it,
 * follows it to its end and settles it. Devices that are added later are taken up by themselves.
 */
#ifndef DAEMON_JOBS_DISPATCH_H
#define DAEMON_JOBS_DISPATCH_H

#include <stddef.h>

#include "daemon/office.h"

/**
 * Starts. Jobs a crash left in processing are taken up first, by the device they were with.
 *
 * @param office  borrowed; must outlive the dispatcher
 */
int dispatcher_start(struct office *office, struct dispatcher **ret_dispatcher);
/** Stops all threads; deliveries under way stay `processing` and are taken up at the next start.
 * NULL is allowed. */
void dispatcher_stop(struct dispatcher *dispatcher);
/** Says that there may be something to do: a pending job, a request to cancel, a new device. NULL
 * is allowed. */
void dispatcher_wake(struct dispatcher *dispatcher);

/**
 * What is wrong with a device right now, in cupsd's or our own words (keywords, comma-separated),
 * "" when nothing is.
 *
 * @param device  key in the store
 */
void dispatcher_device_problem(struct dispatcher *dispatcher, int64_t device, char *buffer,
                               size_t size);

/**
 * Keeps a device from printing: no job is given to it until dispatcher_release(). Holds do not
 * outlive the process. A worker that only looks for a job is waited for; without a dispatcher
 * (NULL) nothing prints.
 *
 * @param device  key in the store
 * @return PR_OK; PR_EBUSY (it has a job now), PR_EEXIST (it is held already), PR_ENOMEM
 */
int dispatcher_hold(struct dispatcher *dispatcher, int64_t device);
/** Ends a hold that dispatcher_hold() gave. */
void dispatcher_release(struct dispatcher *dispatcher, int64_t device);

#endif

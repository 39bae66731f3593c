/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Held jobs are decided again when what held them may have changed: more paper, a person
 * registered, a new month, the hours of work. */
#ifndef DAEMON_JOBS_RECONSIDER_H
#define DAEMON_JOBS_RECONSIDER_H

#include "daemon/office.h"

/**
 * Decides again on every job held for its account or the hour (account-limit-reached,
 * account-info-needed, job-hold-until-specified), oldest first, each in a transaction of its own.
 * What cannot be decided now is logged and left held. Thread-safe.
 */
void jobs_reconsider(struct office *office);

/**
 * Decides again on the jobs held as a duplicate of one that was cancelled or given up meanwhile: a
 * job that nothing else holds goes on by itself. Costs a look-up over the held jobs when there are
 * none. Thread-safe.
 */
void jobs_reconsider_duplicates(struct office *office);

/** Decides on every held job again: the settings may be others than when it was held. */
void jobs_reconsider_held(struct office *office);

#endif

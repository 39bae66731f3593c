/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Emptying a device of job data, with evidence. */
#ifndef DAEMON_DEVICES_PURGE_H
#define DAEMON_DEVICES_PURGE_H

#include "daemon/devices/answers.h"
#include "daemon/office.h"
#include "daemon/store/devices.h"
#include "policy/words.h"

/**
 * Empties a device and stores the evidence. Blocks, at most the time the settings give plus a few
 * seconds; nothing is printed on the device meanwhile, and jobs that arrive wait.
 *
 * @param occasion    "request", "day-close"
 * @param ret_number  of the purge in the register; its outcome stands there, whatever it is
 * @return PR_OK: it was tried and written down; PR_EBUSY (the device is printing), PR_EEXIST (a
 * purge, or the first reading of the day, is under way), PR_ESTATE (the device is retired), or an
 * error of the store
 */
int device_purge(struct office *office, const struct device_record *device, const char *occasion,
                 const char *actor, int64_t *ret_number);

/**
 * Lists what lies on a device. As for a purge the dispatcher lets go of it first: a job half way in
 * would be listed as one that was left behind, and most devices take one connection at a time. Its
 * queue at cupsd goes on, as nothing is deleted. Blocks for as long as a purge.
 *
 * @param answer  as device_ask()
 * @return as device_ask(); PR_EBUSY and PR_EEXIST as device_purge()
 */
int device_residue(struct office *office, const struct device_record *device,
                   struct device_answer *answer);

/**
 * Ends purges that a crash cut off ("interrupted"), and starts queues that stand still for one that
 * is over. To be called again now and then: cupsd may not be there yet.
 *
 * @param started_ms  when this process started: an open purge of before is nobody's
 */
void purges_recover(struct office *office, int64_t started_ms);

/** An outcome in words; static, the keyword itself when it is none. */
const char *purge_outcome_words(const char *outcome, enum policy_language language);
/** What the method amounts to under SP 800-88, in words; static. `overwrite` as in a summary. */
const char *purge_method_words(const char *overwrite, enum policy_language language);

#endif

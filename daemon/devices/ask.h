/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Asking a device: printroom-device is run for one question, and what it says is checked. */
#ifndef DAEMON_DEVICES_ASK_H
#define DAEMON_DEVICES_ASK_H

#include "daemon/devices/answers.h"
#include "daemon/office.h"
#include "daemon/store/devices.h"

/**
 * Asks a device at all its URIs. Blocks; a process of its own for each call; thread-safe. No
 * transaction may be open in this thread.
 *
 * @param timeout_s     for all of it; the helper is killed a little later
 * @param answer        as device_answer_read(): filled whatever is returned
 * @param ret_evidence  takes what the helper printed, as it came (to be freed; may be NULL when it
 * is not wanted); "" when it did not start, NULL when memory was short
 * @return as device_answer_read(), PR_ETIMEOUT (what was said until then is in `answer`), PR_EINVAL
 * (the device has no URI)
 */
int device_ask(const struct office *office, const struct device_record *device,
               enum device_verb verb, unsigned timeout_s, struct device_answer *answer,
               char **ret_evidence);

/** The same for a question, with the time that the settings give to one (to DEVICE_RESIDUE that of
 * a purge), and whether the device answered is remembered in the register. */
int device_question(struct office *office, const struct device_record *device,
                    enum device_verb verb, struct device_answer *answer);

/** Lets queues go on that a machine which lost power left paused in the middle of a purge
 * (printroom-device recover). */
void device_recover_queues(const struct office *office);

/** A device by its name. PR_ENOENT. */
int device_lookup(struct office *office, const char *name, struct device_record *ret_device);

#endif

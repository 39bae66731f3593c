/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The device register beyond what delivery needs (daemon/store/devices.h): what a device said of
 * itself, how it is counted, changes and retirement. */
#ifndef DAEMON_STORE_DEVICES_REGISTER_H
#define DAEMON_STORE_DEVICES_REGISTER_H

#include <jansson.h>

#include "daemon/store/devices.h"

enum { DEVICE_SERIAL_BYTES = 128, DEVICE_CONTACT_BYTES = 801, DEVICE_COUNTER_BYTES = 16 };

/** What the counters of a device mean, and whom it is. */
struct device_counting {
    char counter[DEVICE_COUNTER_BYTES]; /**< "auto", "sheets", "impressions" */
    int duplex_step;                    /**< 0 not known, 1, 2 */
    char serial[DEVICE_SERIAL_BYTES];   /**< registered, "" none */
    char serial_seen[DEVICE_SERIAL_BYTES];
};
int device_counting(struct store_tx *tx, int64_t device, struct device_counting *ret);

/**
 * What is registered of a device beside struct device_record, as members of an object: maker,
 * model, serial, serial_seen, firmware, languages, can, vendor_steps, vendor_contact, counter,
 * duplex_step, probed_at, answered_at, unreachable_at (moments in ms or null).
 *
 * @return PR_OK with a new reference; PR_ENOENT
 */
int device_details(struct store_tx *tx, int64_t device, json_t **ret_details);

/**
 * Takes over what a probe found, with an audit leaf "device.probe".
 *
 * @param probe  as printroom-device says it, cleaned (daemon/devices/answers.h)
 * @param adopt  a person asked: its serial number becomes the registered one. Otherwise only a
 * device without one takes it, and the rest of what it says is taken with the serial number only.
 */
int device_set_probe(struct store_tx *tx, const struct device_record *device, const json_t *probe,
                     bool adopt, const char *actor);
/** Remembers that the device answered, or did not; no audit leaf. */
int device_set_answered(struct store_tx *tx, int64_t device, bool answered);

/** What to change; NULL and −1 leave as it is. */
struct device_change {
    const char *area;
    const char *max_level; /**< level id, "" */
    const char *vendor_contact;
    const char *counter;
    int duplex_step;
    int active;
    size_t uris_length; /**< 0: as they are */
    const char *const *uris;
};
/**
 * Changes, with an audit leaf "device.change" that has what changed.
 *
 * @return PR_OK; PR_ENOENT, PR_EINVAL (neither is sticky)
 */
int device_change(struct store_tx *tx, const char *name, const struct device_change *change,
                  const char *actor);

#endif

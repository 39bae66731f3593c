/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The device register (its part that delivery needs). */
#ifndef DAEMON_STORE_DEVICES_H
#define DAEMON_STORE_DEVICES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/store.h"

enum {
    DEVICE_NAME_BYTES = 65,
    DEVICE_QUEUE_BYTES = 128,
    DEVICE_AREA_BYTES = 128,
    DEVICE_LEVEL_BYTES = 24,
    DEVICE_URI_BYTES = 512,
    DEVICE_URIS_MAX = 8
};

struct device_record {
    int64_t key;
    char name[DEVICE_NAME_BYTES];
    char queue[DEVICE_QUEUE_BYTES];
    char area[DEVICE_AREA_BYTES];
    char max_level[DEVICE_LEVEL_BYTES]; /**< level id, "" the highest without supervision */
    unsigned uris_length;
    char uris[DEVICE_URIS_MAX][DEVICE_URI_BYTES];
    bool active;
};

/**
 * Adds, with an audit leaf "device.add" from `actor`.
 *
 * @param device   name: ASCII letters, digits, '-', '_', '.'; queue: those, '+' and '@'; area: one
 * line of UTF-8 or ""; max_level: lower case letters, digits, '-' or ""; uris: with a scheme in
 * lower case, visible ASCII, no user or password in the authority (they would stay in the audit
 * log); key is not read
 * @param ret_key  may be NULL
 * @return PR_OK; PR_EINVAL; PR_EEXIST when a device has the name or the queue (neither is sticky)
 */
int device_add(struct store_tx *tx, const struct device_record *device, const char *actor,
               int64_t *ret_key);
/** Find: PR_ENOENT when there is none. Each: by name; a callback result other than PR_OK ends the
 * walk, is returned. */
int device_find(struct store_tx *tx, const char *name, struct device_record *ret_device);
int device_get(struct store_tx *tx, int64_t key, struct device_record *ret_device);
int device_each(struct store_tx *tx, int (*callback)(void *context, const struct device_record *),
                void *context);

/** True when every member keeps to what device_add() says. */
bool device_record_is_sound(const struct device_record *device);
/** The URIs as a JSON array; a new reference. */
json_t *device_uris_document(const struct device_record *device);

#endif

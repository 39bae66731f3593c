/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The register of purges: one row an emptying of a device, with all evidence; and people's word
 * for what no wire can trigger. */
#ifndef DAEMON_STORE_PURGES_H
#define DAEMON_STORE_PURGES_H

#include <jansson.h>

#include "daemon/store/devices.h"

enum { ATTESTATION_STEP_BYTES = 65, ATTESTATION_NOTE_BYTES = 1601, PURGE_OUTCOME_BYTES = 24 };

/** Begins, with an audit leaf "device.purge-begin". PR_EEXIST: one is under way. */
int purge_begin(struct store_tx *tx, const struct device_record *device, const char *occasion,
                const char *actor, int64_t *ret_key);
/** What became of the device's queue: "stopped", "resumed", "was-stopped". */
int purge_set_queue(struct store_tx *tx, int64_t purge, const char *queue);

struct purge_end {
    const char *outcome;   /**< as in the schema */
    const char *error;     /**< "" none */
    const json_t *summary; /**< NULL none */
    const char *evidence;  /**< all lines as they came, "" none */
};
/** Ends, with an audit leaf "device.purge" that has outcome, figures, and the SHA-256 of the
 * evidence. PR_ESTATE when it has ended. */
int purge_end(struct store_tx *tx, int64_t purge, const struct device_record *device,
              const struct purge_end *end, const char *actor);

/** A purge that needs somebody: not ended, or its queue not started again. */
struct purge_left {
    int64_t key;
    int64_t device;
    int64_t began_at;
    bool ended;
    bool stopped; /**< its queue waits to be started */
};
int purge_each_left(struct store_tx *tx, int (*callback)(void *context, const struct purge_left *),
                    void *context);
/** True when a purge of the device is under way. */
bool purge_is_open(struct store_tx *tx, int64_t device);

/**
 * Appends purges, newest first, as objects: number, device, occasion, actor, began_at, ended_at,
 * outcome, error, summary, sha256, queue; null: not ended.
 *
 * @param device    key, 0 any
 * @param purge     key, 0 any; with one, `evidence` (text) is a member too
 */
int purge_list(struct store_tx *tx, int64_t device, int64_t purge, json_t *list);
/** How many purges ended so, by outcome: callback for each outcome there is. */
int purge_count(struct store_tx *tx, int (*callback)(void *, const char *outcome, int64_t number),
                void *context);

/**
 * A person says that a vendor step was done, with an audit leaf "device.attest".
 *
 * @param step  id of one of the device's vendor steps
 * @param note  one line of 1–400 characters
 * @return PR_OK; PR_ENOENT (no such step at the device), PR_EINVAL
 */
int attestation_add(struct store_tx *tx, const struct device_record *device, const char *step,
                    const char *note, const char *actor);
/** Appends those of a device, newest first: step, note, actor, at (a moment). */
int attestation_list(struct store_tx *tx, int64_t device, json_t *list);

#endif

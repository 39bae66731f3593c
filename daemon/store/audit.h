/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Audit leaves: one for everything that changes anything, in the transaction that changes it. The Merkle tree over them
 * (RFC 6962) is built elsewhere.
 */
#ifndef DAEMON_STORE_AUDIT_H
#define DAEMON_STORE_AUDIT_H

#include <jansson.h>

#include "daemon/store/store.h"

/**
 * Appends a leaf {"actor":…,"at":…,"detail":…,"event":…,"object":…} in canonical form (RFC 8785: keys sorted, no white
 * space, shortest escapes).
 *
 * @param actor   login; "root as wang" where somebody acts for another; "printroomd"
 * @param event   what happened, e.g. "job.dispatch", "quota.grant"
 * @param object  whom or what it happened to, e.g. a job id
 * @param detail  a JSON object without real numbers and without titles of documents; the reference is taken (stolen),
 *                NULL stands for {}
 */
int audit_append(struct store_tx *tx, const char *actor, const char *event, const char *object, json_t *detail);

#endif

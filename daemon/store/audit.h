/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Audit leaves: one for everything that changes anything, in the transaction that changes it. The
 * Merkle tree over them (RFC 6962) is built elsewhere.
 */
#ifndef DAEMON_STORE_AUDIT_H
#define DAEMON_STORE_AUDIT_H

#include <jansson.h>
#include <stdint.h>

#include "daemon/store/store.h"

/**
 * Appends a leaf {"actor":…,"at":…,"detail":…,"event":…,"object":…} in canonical form (RFC 8785:
 * keys sorted, no white space, shortest escapes).
 *
 * @param actor   login; "root as wang" where somebody acts for another; "printroomd"
 * @param event   what happened, e.g. "job.dispatch", "quota.grant"
 * @param object  whom or what it happened to, e.g. a job id
 * @param detail  a JSON object without real numbers, integers within ±(2^53 − 1), keys of printable
 * ASCII, and without titles of documents; the reference is taken (stolen) in every case, NULL
 * stands for {}
 * @return PR_OK; every error is sticky, PR_EINVAL too (a text that is NULL or not UTF-8, an actor
 * that is empty, a detail not of the form above): what cannot be logged must not happen
 */
int audit_append(struct store_tx *tx, const char *actor, const char *event, const char *object,
                 json_t *detail);

/** As audit_append(), for a detail that was made for it: NULL means that memory was short,
 * PR_ENOMEM (sticky). */
int audit_append_made(struct store_tx *tx, const char *actor, const char *event, const char *object,
                      json_t *detail);

/**
 * The canonical text of a value (RFC 8785).
 *
 * @param ret_text  free with free()
 * @return PR_OK; PR_EINVAL when the value is NULL or holds what leaves must not (see
 * audit_append())
 */
int audit_canonical(json_t *value, char **ret_text);

enum { AUDIT_LEAF_HASH_BYTES = 32 };
/** The hash of a leaf, SHA-256(0x00 ‖ body) (RFC 6962 §2.1). */
void audit_hash(const char *body, uint8_t ret_hash[AUDIT_LEAF_HASH_BYTES]);

#endif

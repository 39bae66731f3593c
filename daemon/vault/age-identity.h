/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The X25519 recipient type of age: how a file key is wrapped for a recipient and unwrapped by an
 * identity. Inside of daemon/vault only; others use age.h.
 */
#ifndef DAEMON_VAULT_AGE_IDENTITY_H
#define DAEMON_VAULT_AGE_IDENTITY_H

#include "daemon/vault/age.h"

enum {
    AGE_FILE_KEY_BYTES = 16,
    AGE_SHARE_BYTES = 32,       /**< ephemeral X25519 public key in a stanza's argument */
    AGE_WRAPPED_KEY_BYTES = 32, /**< file key and its Poly1305 tag: the stanza's body */
};

/** Readies libsodium; every way into the vault calls it. PR_EUNSUPPORTED when the library cannot
 * start. */
int age_begin(void);

/**
 * Wraps a file key with a fresh ephemeral key.
 *
 * @return PR_OK; PR_EFORMAT when the recipient is a point of low order, to which anybody could
 * decrypt
 */
int age_x25519_wrap(const struct age_recipient *recipient,
                    const uint8_t file_key[AGE_FILE_KEY_BYTES], uint8_t ret_share[AGE_SHARE_BYTES],
                    uint8_t ret_wrapped_key[AGE_WRAPPED_KEY_BYTES]);

/**
 * Unwraps a file key.
 *
 * @param ret_file_key  locked memory of the caller
 * @return PR_OK; PR_ENOKEY when the stanza is for somebody else; PR_EFORMAT when the share is a
 * point of low order
 */
int age_x25519_unwrap(const struct age_identity *identity, const uint8_t share[AGE_SHARE_BYTES],
                      const uint8_t wrapped_key[AGE_WRAPPED_KEY_BYTES],
                      uint8_t ret_file_key[AGE_FILE_KEY_BYTES]);

#endif

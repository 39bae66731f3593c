/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * HKDF with SHA-256 (RFC 5869), built on libsodium's HMAC, whose 1.0.18 has no HKDF of its own.
 */
#ifndef DAEMON_VAULT_HKDF_H
#define DAEMON_VAULT_HKDF_H

#include <stddef.h>
#include <stdint.h>

enum { HKDF_SHA256_BYTES = 32 };

/**
 * Extract, then expand to one block, the only length age asks for.
 *
 * @param salt,salt_size  may be empty
 * @param info            text, without its NUL
 */
void hkdf_sha256(const uint8_t *key_material, size_t key_material_size, const uint8_t *salt,
                 size_t salt_size, const char *info, uint8_t ret_key[HKDF_SHA256_BYTES]);

#endif

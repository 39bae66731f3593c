/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/vault/hkdf.h"

#include <sodium.h>
#include <string.h>

_Static_assert(HKDF_SHA256_BYTES == crypto_auth_hmacsha256_BYTES, "one block of the hash");

void hkdf_sha256(const uint8_t *key_material, size_t key_material_size, const uint8_t *salt,
                 size_t salt_size, const char *info, uint8_t ret_key[HKDF_SHA256_BYTES])
{
    static const uint8_t first_block = 1;
    static const uint8_t no_salt[1];
    uint8_t pseudorandom_key[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    /* An absent salt is a block of zeros, which is what HMAC makes of an empty key. */
    crypto_auth_hmacsha256_init(&state, salt_size != 0 ? salt : no_salt, salt_size);
    crypto_auth_hmacsha256_update(&state, key_material, key_material_size);
    crypto_auth_hmacsha256_final(&state, pseudorandom_key);

    crypto_auth_hmacsha256_init(&state, pseudorandom_key, sizeof pseudorandom_key);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)info, strlen(info));
    crypto_auth_hmacsha256_update(&state, &first_block, sizeof first_block);
    crypto_auth_hmacsha256_final(&state, ret_key);

    sodium_memzero(pseudorandom_key, sizeof pseudorandom_key);
    sodium_memzero(&state, sizeof state);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wrapped file key is ChaCha20-Poly1305 under HKDF(X25519(ephemeral, recipient), salt = ephemeral
 * share || recipient). The nonce is zero: the wrap key is used once, as the ephemeral key is fresh
 * for every stanza of every file.
 *
 * The X25519 of libsodium fails when the result is all zero, which is the check C2SP age.md asks
 * for: a share or recipient of low order gives a secret everybody knows.
 */
#include "daemon/vault/age-identity.h"

#include <sodium.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/vault/bech32.h"
#include "daemon/vault/hkdf.h"

struct age_identity {
    uint8_t private_key[crypto_scalarmult_SCALARBYTES];
    uint8_t public_key[AGE_RECIPIENT_BYTES];
};

static const char recipient_hrp[] = "age";
static const char identity_hrp[] = "AGE-SECRET-KEY-";
static const char wrap_info[] = "age-encryption.org/v1/X25519";
static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

_Static_assert(BECH32_TEXT_BYTES(sizeof recipient_hrp - 1, AGE_RECIPIENT_BYTES) ==
                   AGE_RECIPIENT_TEXT_BYTES,
               "text of a recipient");
_Static_assert(BECH32_TEXT_BYTES(sizeof identity_hrp - 1, crypto_scalarmult_SCALARBYTES) ==
                   AGE_IDENTITY_TEXT_BYTES,
               "text of an identity");
_Static_assert(AGE_WRAPPED_KEY_BYTES ==
                   AGE_FILE_KEY_BYTES + crypto_aead_chacha20poly1305_ietf_ABYTES,
               "body of an X25519 stanza");

int age_begin(void)
{
    return sodium_init() < 0 ? PR_EUNSUPPORTED : PR_OK;
}

/* Takes over `made`, whose private key is set: derives the public one and makes the memory
 * read-only. */
static int identity_complete(struct age_identity *made, struct age_identity **ret_identity)
{
    if (crypto_scalarmult_base(made->public_key, made->private_key) != 0) {
        age_identity_free(made);
        return PR_EFORMAT;
    }
    (void)sodium_mprotect_readonly(made);
    *ret_identity = made;
    return PR_OK;
}

static int identity_allocate(struct age_identity **ret_identity)
{
    int result = age_begin();

    if (result != PR_OK) {
        return result;
    }
    *ret_identity = sodium_malloc(sizeof **ret_identity);
    return *ret_identity != NULL ? PR_OK : PR_ENOMEM;
}

int age_identity_generate(struct age_identity **ret_identity)
{
    struct age_identity *made;
    int result = identity_allocate(&made);

    if (result != PR_OK) {
        return result;
    }
    randombytes_buf(made->private_key, sizeof made->private_key);
    return identity_complete(made, ret_identity);
}

int age_identity_parse(const char *text, struct age_identity **ret_identity)
{
    struct age_identity *made;
    int result = identity_allocate(&made);

    if (result != PR_OK) {
        return result;
    }
    result = bech32_decode(text, identity_hrp, made->private_key, sizeof made->private_key);
    if (result != PR_OK) {
        age_identity_free(made);
        return result;
    }
    return identity_complete(made, ret_identity);
}

void age_identity_format(const struct age_identity *identity,
                         char ret_text[AGE_IDENTITY_TEXT_BYTES])
{
    /* Cannot fail: the assertions above say that the room is right. */
    (void)bech32_encode(identity_hrp, identity->private_key, sizeof identity->private_key, ret_text,
                        AGE_IDENTITY_TEXT_BYTES);
}

void age_identity_recipient(const struct age_identity *identity,
                            struct age_recipient *ret_recipient)
{
    memcpy(ret_recipient->public_key, identity->public_key, sizeof ret_recipient->public_key);
}

void age_identity_free(struct age_identity *identity)
{
    sodium_free(identity);
}

int age_recipient_parse(const char *text, struct age_recipient *ret_recipient)
{
    static const uint8_t any_scalar[crypto_scalarmult_SCALARBYTES] = {8};
    struct age_recipient parsed;
    uint8_t ignored[crypto_scalarmult_BYTES];
    int result = age_begin();

    if (result == PR_OK) {
        result = bech32_decode(text, recipient_hrp, parsed.public_key, sizeof parsed.public_key);
    }
    /* Said here and not first at the day's first document, when nobody is there to set it right. */
    if (result == PR_OK && crypto_scalarmult(ignored, any_scalar, parsed.public_key) != 0) {
        result = PR_EFORMAT;
    }
    if (result == PR_OK) {
        *ret_recipient = parsed;
    }
    return result;
}

void age_recipient_format(const struct age_recipient *recipient,
                          char ret_text[AGE_RECIPIENT_TEXT_BYTES])
{
    (void)bech32_encode(recipient_hrp, recipient->public_key, sizeof recipient->public_key,
                        ret_text, AGE_RECIPIENT_TEXT_BYTES);
}

static void derive_wrap_key(const uint8_t secret[crypto_scalarmult_BYTES],
                            const uint8_t share[AGE_SHARE_BYTES],
                            const uint8_t recipient[AGE_RECIPIENT_BYTES],
                            uint8_t ret_key[HKDF_SHA256_BYTES])
{
    uint8_t salt[AGE_SHARE_BYTES + AGE_RECIPIENT_BYTES];

    memcpy(salt, share, AGE_SHARE_BYTES);
    memcpy(salt + AGE_SHARE_BYTES, recipient, AGE_RECIPIENT_BYTES);
    hkdf_sha256(secret, crypto_scalarmult_BYTES, salt, sizeof salt, wrap_info, ret_key);
}

int age_x25519_wrap(const struct age_recipient *recipient,
                    const uint8_t file_key[AGE_FILE_KEY_BYTES], uint8_t ret_share[AGE_SHARE_BYTES],
                    uint8_t ret_wrapped_key[AGE_WRAPPED_KEY_BYTES])
{
    uint8_t ephemeral[crypto_scalarmult_SCALARBYTES];
    uint8_t secret[crypto_scalarmult_BYTES];
    uint8_t wrap_key[HKDF_SHA256_BYTES];
    uint8_t share[AGE_SHARE_BYTES];
    int result = PR_EFORMAT;

    randombytes_buf(ephemeral, sizeof ephemeral);
    if (crypto_scalarmult_base(share, ephemeral) != 0 ||
        crypto_scalarmult(secret, ephemeral, recipient->public_key) != 0) {
        goto out;
    }
    derive_wrap_key(secret, share, recipient->public_key, wrap_key);
    crypto_aead_chacha20poly1305_ietf_encrypt(ret_wrapped_key, NULL, file_key, AGE_FILE_KEY_BYTES,
                                              NULL, 0, NULL, zero_nonce, wrap_key);
    memcpy(ret_share, share, sizeof share);
    result = PR_OK;
out:
    sodium_memzero(ephemeral, sizeof ephemeral);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(wrap_key, sizeof wrap_key);
    return result;
}

int age_x25519_unwrap(const struct age_identity *identity, const uint8_t share[AGE_SHARE_BYTES],
                      const uint8_t wrapped_key[AGE_WRAPPED_KEY_BYTES],
                      uint8_t ret_file_key[AGE_FILE_KEY_BYTES])
{
    uint8_t secret[crypto_scalarmult_BYTES];
    uint8_t wrap_key[HKDF_SHA256_BYTES];
    uint8_t file_key[AGE_FILE_KEY_BYTES];
    int result = PR_ENOKEY;

    if (crypto_scalarmult(secret, identity->private_key, share) != 0) {
        result = PR_EFORMAT;
        goto out;
    }
    derive_wrap_key(secret, share, identity->public_key, wrap_key);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, wrapped_key,
                                                  AGE_WRAPPED_KEY_BYTES, NULL, 0, zero_nonce,
                                                  wrap_key) == 0) {
        memcpy(ret_file_key, file_key, sizeof file_key);
        result = PR_OK;
    }
out:
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(wrap_key, sizeof wrap_key);
    sodium_memzero(file_key, sizeof file_key);
    return result;
}

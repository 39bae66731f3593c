/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chunk's number in the nonce makes reordering, dropping and repeating show; the flag of the
 * last one makes cutting off and going on show. The key is fresh for every file (a random salt, and
 * a random file key), so counting from zero never repeats a nonce. Eleven bytes of counter do not
 * overflow.
 */
#include "daemon/vault/age-stream.h"

#include <sodium.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/vault/hkdf.h"

enum { LAST_FLAG = 11 };

_Static_assert(sizeof((struct age_stream *)0)->nonce ==
                       crypto_aead_chacha20poly1305_ietf_NPUBBYTES &&
                   sizeof((struct age_stream *)0)->key == HKDF_SHA256_BYTES &&
                   HKDF_SHA256_BYTES == crypto_aead_chacha20poly1305_ietf_KEYBYTES &&
                   AGE_TAG_BYTES == crypto_aead_chacha20poly1305_ietf_ABYTES,
               "sizes of ChaCha20-Poly1305");

int age_stream_new(const uint8_t file_key[AGE_FILE_KEY_BYTES],
                   const uint8_t salt[AGE_STREAM_SALT_BYTES], struct age_stream **ret_stream)
{
    struct age_stream *stream = sodium_malloc(sizeof *stream);

    if (stream == NULL) {
        return PR_ENOMEM;
    }
    memset(stream->nonce, 0, sizeof stream->nonce);
    hkdf_sha256(file_key, AGE_FILE_KEY_BYTES, salt, AGE_STREAM_SALT_BYTES, "payload", stream->key);
    *ret_stream = stream;
    return PR_OK;
}

void age_stream_free(struct age_stream *stream)
{
    sodium_free(stream);
}

bool age_stream_at_start(const struct age_stream *stream)
{
    return sodium_is_zero(stream->nonce, LAST_FLAG) == 1;
}

static void next_chunk(struct age_stream *stream)
{
    for (size_t i = LAST_FLAG; i-- > 0;) {
        if (++stream->nonce[i] != 0) {
            break;
        }
    }
}

void age_stream_seal(struct age_stream *stream, const uint8_t *plaintext, size_t size, bool last,
                     uint8_t *ret_sealed)
{
    stream->nonce[LAST_FLAG] = last ? 1 : 0;
    crypto_aead_chacha20poly1305_ietf_encrypt(ret_sealed, NULL, plaintext, size, NULL, 0, NULL,
                                              stream->nonce, stream->key);
    next_chunk(stream);
}

bool age_stream_open(struct age_stream *stream, const uint8_t *sealed, size_t size, bool last,
                     uint8_t *ret_plaintext)
{
    stream->nonce[LAST_FLAG] = last ? 1 : 0;
    if (crypto_aead_chacha20poly1305_ietf_decrypt(ret_plaintext, NULL, NULL, sealed, size, NULL, 0,
                                                  stream->nonce, stream->key) != 0) {
        return false;
    }
    next_chunk(stream);
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The body of an age file chunk by chunk: age's variant of STREAM (eprint.iacr.org/2015/189) over
 * ChaCha20-Poly1305. Inside of daemon/vault only.
 */
#ifndef DAEMON_VAULT_AGE_STREAM_H
#define DAEMON_VAULT_AGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/vault/age-identity.h"

enum {
    AGE_STREAM_SALT_BYTES = 16, /**< the nonce that stands between header and body */
    AGE_TAG_BYTES = 16,
    AGE_SEALED_CHUNK_BYTES = AGE_CHUNK_BYTES + AGE_TAG_BYTES,
};

/** The key and the number of the next chunk. In locked memory; free with age_stream_free(). */
struct age_stream {
    uint8_t key[32];
    uint8_t nonce[12]; /**< eleven bytes of chunk number, big endian, one of "is the last" */
};

/**
 * Begins a body.
 *
 * @param salt  of this file
 * @return PR_OK; PR_ENOMEM
 */
int age_stream_new(const uint8_t file_key[AGE_FILE_KEY_BYTES],
                   const uint8_t salt[AGE_STREAM_SALT_BYTES], struct age_stream **ret_stream);
/** Wipes and frees; NULL is allowed. */
void age_stream_free(struct age_stream *stream);

/** Whether no chunk was sealed or opened yet. */
bool age_stream_at_start(const struct age_stream *stream);

/** Encrypts the next chunk of at most AGE_CHUNK_BYTES; ret_sealed gets AGE_TAG_BYTES more. */
void age_stream_seal(struct age_stream *stream, const uint8_t *plaintext, size_t size, bool last,
                     uint8_t *ret_sealed);

/**
 * Decrypts the next chunk if it is authentic in this place; otherwise stays where it is and
 * ret_plaintext holds nothing of the document.
 *
 * @param size  of the sealed chunk, AGE_TAG_BYTES … AGE_SEALED_CHUNK_BYTES
 */
bool age_stream_open(struct age_stream *stream, const uint8_t *sealed, size_t size, bool last,
                     uint8_t *ret_plaintext);

#endif

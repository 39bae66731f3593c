/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a chunk is the last is known by looking one byte further, so the reader always has a
 * whole sealed chunk and one byte, or the end of the file, before it decrypts. It reads several
 * chunks at a time into one buffer of fixed size. Only ciphertext lies there; plaintext goes
 * straight into the caller's memory.
 *
 * A chunk that does not open in its place is tried with the other value of the last-chunk flag,
 * only to tell what is wrong: authentic, but cut off behind it or followed by more bytes, against
 * altered. Such a chunk is authentic plaintext of the document and is still given out, as other age
 * programs do; the error comes with the next call.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/vault/age-header.h"
#include "daemon/vault/age-stream.h"
#include "daemon/vault/age.h"

enum { BUFFER_BYTES = 4 * AGE_SEALED_CHUNK_BYTES };

struct age_reader {
    int fd;
    struct age_stream *stream;
    int status;  /* what the next call says; the first error sticks */
    bool ended;  /* the last chunk was given out */
    bool at_eof; /* nothing is left in the descriptor */
    size_t start;
    size_t end;
    uint8_t buffer[BUFFER_BYTES];
};

_Static_assert((int)BUFFER_BYTES > (int)AGE_SEALED_CHUNK_BYTES, "room for a chunk and one byte");
_Static_assert((int)BUFFER_BYTES >= (int)AGE_HEADER_BYTES_MAX, "room for a header");

static size_t available(const struct age_reader *reader)
{
    return reader->end - reader->start;
}

/* Reads until at least `wanted` bytes are in the buffer or the file ends. */
static int fill(struct age_reader *reader, size_t wanted)
{
    if (available(reader) >= wanted) {
        return PR_OK;
    }
    memmove(reader->buffer, reader->buffer + reader->start, available(reader));
    reader->end -= reader->start;
    reader->start = 0;
    while (reader->end < wanted && !reader->at_eof) {
        ssize_t got = read(reader->fd, reader->buffer + reader->end, BUFFER_BYTES - reader->end);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            int error = errno;
            log_write(LOG_LEVEL_ERROR, "reading an encrypted file: %s", strerror(error));
            return PR_EIO;
        }
        reader->at_eof = got == 0;
        reader->end += (size_t)got;
    }
    return PR_OK;
}

static int begin_body(struct age_reader *reader, const uint8_t file_key[AGE_FILE_KEY_BYTES])
{
    int result = fill(reader, AGE_STREAM_SALT_BYTES);

    if (result != PR_OK) {
        return result;
    }
    if (available(reader) < AGE_STREAM_SALT_BYTES) {
        return PR_EFORMAT;
    }
    result = age_stream_new(file_key, reader->buffer + reader->start, &reader->stream);
    reader->start += AGE_STREAM_SALT_BYTES;
    return result;
}

static int read_header(struct age_reader *reader, const struct age_identity *const *identities,
                       size_t identities_length)
{
    struct age_header header;
    uint8_t *file_key = NULL;
    int result = fill(reader, AGE_HEADER_BYTES_MAX);

    if (result != PR_OK) {
        return result;
    }
    result = age_header_parse(reader->buffer, reader->end, &header);
    if (result != PR_OK) {
        return result;
    }
    file_key = sodium_malloc(AGE_FILE_KEY_BYTES);
    if (file_key == NULL) {
        return PR_ENOMEM;
    }
    result = age_header_unlock(&header, identities, identities_length, file_key);
    if (result == PR_OK) {
        reader->start += header.size;
        result = begin_body(reader, file_key);
    }
    sodium_free(file_key);
    return result;
}

int age_reader_open(int fd, const struct age_identity *const *identities, size_t identities_length,
                    struct age_reader **ret_reader)
{
    int result = age_begin();

    if (result != PR_OK) {
        return result;
    }
    /* Not calloc: the buffer is large and is written before it is read. */
    struct age_reader *reader = malloc(sizeof *reader);
    if (reader == NULL) {
        return PR_ENOMEM;
    }
    reader->fd = fd;
    reader->stream = NULL;
    reader->status = PR_OK;
    reader->ended = false;
    reader->at_eof = false;
    reader->start = 0;
    reader->end = 0;
    result = read_header(reader, identities, identities_length);
    if (result != PR_OK) {
        age_reader_free(reader);
        return result;
    }
    *ret_reader = reader;
    return PR_OK;
}

/* A chunk with more bytes behind it. */
static int read_inner_chunk(struct age_reader *reader, uint8_t *buffer, size_t *ret_size)
{
    const uint8_t *sealed = reader->buffer + reader->start;

    if (!age_stream_open(reader->stream, sealed, AGE_SEALED_CHUNK_BYTES, false, buffer)) {
        if (!age_stream_open(reader->stream, sealed, AGE_SEALED_CHUNK_BYTES, true, buffer)) {
            return PR_ECRYPTO;
        }
        reader->status = PR_EFORMAT;
    }
    reader->start += AGE_SEALED_CHUNK_BYTES;
    *ret_size = AGE_CHUNK_BYTES;
    return PR_OK;
}

/* What is left of the file; it must be the last chunk. */
static int read_last_chunk(struct age_reader *reader, uint8_t *buffer, size_t *ret_size)
{
    const uint8_t *sealed = reader->buffer + reader->start;
    size_t size = available(reader);
    bool at_start = age_stream_at_start(reader->stream);

    if (size < AGE_TAG_BYTES) {
        return PR_EFORMAT;
    }
    if (age_stream_open(reader->stream, sealed, size, true, buffer)) {
        if (size == AGE_TAG_BYTES && !at_start) {
            return PR_EFORMAT;
        }
        reader->ended = true;
    } else if (!age_stream_open(reader->stream, sealed, size, false, buffer)) {
        return PR_ECRYPTO;
    } else if (size < AGE_SEALED_CHUNK_BYTES) {
        sodium_memzero(buffer, size - AGE_TAG_BYTES);
        return PR_EFORMAT;
    } else {
        reader->status = PR_EFORMAT;
    }
    reader->start = reader->end;
    *ret_size = size - AGE_TAG_BYTES;
    return PR_OK;
}

int age_reader_read(struct age_reader *reader, uint8_t *buffer, size_t size, size_t *ret_size)
{
    if (size < AGE_CHUNK_BYTES) {
        return PR_EINVAL;
    }
    if (reader->status != PR_OK) {
        return reader->status;
    }
    if (reader->ended) {
        *ret_size = 0;
        return PR_OK;
    }
    int result = fill(reader, AGE_SEALED_CHUNK_BYTES + 1);
    if (result == PR_OK) {
        result = available(reader) > AGE_SEALED_CHUNK_BYTES
                     ? read_inner_chunk(reader, buffer, ret_size)
                     : read_last_chunk(reader, buffer, ret_size);
    }
    if (result != PR_OK) {
        reader->status = result;
    }
    return result;
}

void age_reader_free(struct age_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    age_stream_free(reader->stream);
    free(reader);
}

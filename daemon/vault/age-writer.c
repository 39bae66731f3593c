/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only the last chunk is marked as such, and when a chunk is full nobody knows yet whether more
 * will follow. So a full chunk is held back until the next byte or the end comes. Whole chunks of a
 * large write are encrypted where they lie.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/vault/age-header.h"
#include "daemon/vault/age-stream.h"
#include "daemon/vault/age.h"
#include "daemon/vault/plain-buffer.h"

struct age_writer {
    age_sink sink;
    void *context;
    struct age_stream *stream;
    uint8_t *plaintext; /* a chunk that is filling, or full and held back */
    size_t plaintext_size;
    int status; /* the first error; sticks. PR_ESTATE once finished */
    uint8_t sealed[AGE_SEALED_CHUNK_BYTES];
};

static int write_header(struct age_writer *writer, const struct age_recipient *recipients,
                        size_t recipients_length, const uint8_t file_key[AGE_FILE_KEY_BYTES])
{
    struct age_header_text header;
    int result = PR_OK;

    age_header_begin(&header);
    for (size_t i = 0; i < recipients_length && result == PR_OK; i++) {
        result = age_header_add(&header, &recipients[i], file_key);
    }
    if (result == PR_OK) {
        result = age_header_end(&header, file_key);
    }
    if (result == PR_OK) {
        result = writer->sink(writer->context, (const uint8_t *)header.text, header.size);
    }
    return result;
}

static int begin_file(struct age_writer *writer, const struct age_recipient *recipients,
                      size_t recipients_length)
{
    uint8_t salt[AGE_STREAM_SALT_BYTES];
    uint8_t *file_key = sodium_malloc(AGE_FILE_KEY_BYTES);
    int result;

    if (file_key == NULL) {
        return PR_ENOMEM;
    }
    randombytes_buf(file_key, AGE_FILE_KEY_BYTES);
    randombytes_buf(salt, sizeof salt);
    result = age_stream_new(file_key, salt, &writer->stream);
    if (result == PR_OK) {
        result = write_header(writer, recipients, recipients_length, file_key);
    }
    if (result == PR_OK) {
        result = writer->sink(writer->context, salt, sizeof salt);
    }
    sodium_free(file_key);
    return result;
}

int age_writer_open(const struct age_recipient *recipients, size_t recipients_length, age_sink sink,
                    void *context, struct age_writer **ret_writer)
{
    struct age_writer *writer = NULL;
    int result;

    if (recipients_length == 0 || recipients_length > AGE_RECIPIENTS_MAX) {
        return PR_EINVAL;
    }
    result = age_begin();
    if (result != PR_OK) {
        return result;
    }
    writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return PR_ENOMEM;
    }
    writer->sink = sink;
    writer->context = context;
    writer->plaintext = plain_buffer_new(AGE_CHUNK_BYTES);
    result =
        writer->plaintext == NULL ? PR_ENOMEM : begin_file(writer, recipients, recipients_length);
    if (result != PR_OK) {
        age_writer_free(writer);
        return result;
    }
    *ret_writer = writer;
    return PR_OK;
}

static int write_chunk(struct age_writer *writer, const uint8_t *plaintext, size_t size, bool last)
{
    age_stream_seal(writer->stream, plaintext, size, last, writer->sealed);
    writer->status = writer->sink(writer->context, writer->sealed, size + AGE_TAG_BYTES);
    return writer->status;
}

int age_writer_write(struct age_writer *writer, const uint8_t *data, size_t size)
{
    while (writer->status == PR_OK && size > 0) {
        if (writer->plaintext_size == AGE_CHUNK_BYTES) {
            writer->plaintext_size = 0;
            (void)write_chunk(writer, writer->plaintext, AGE_CHUNK_BYTES, false);
            continue;
        }
        if (writer->plaintext_size == 0 && size > AGE_CHUNK_BYTES) {
            (void)write_chunk(writer, data, AGE_CHUNK_BYTES, false);
            data += AGE_CHUNK_BYTES;
            size -= AGE_CHUNK_BYTES;
            continue;
        }
        size_t room = AGE_CHUNK_BYTES - writer->plaintext_size;
        size_t taken = size < room ? size : room;
        memcpy(writer->plaintext + writer->plaintext_size, data, taken);
        writer->plaintext_size += taken;
        data += taken;
        size -= taken;
    }
    return writer->status;
}

int age_writer_finish(struct age_writer *writer)
{
    if (writer->status != PR_OK) {
        return writer->status;
    }
    int result = write_chunk(writer, writer->plaintext, writer->plaintext_size, true);
    if (result == PR_OK) {
        writer->status = PR_ESTATE;
    }
    return result;
}

void age_writer_free(struct age_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    plain_buffer_free(writer->plaintext, AGE_CHUNK_BYTES);
    age_stream_free(writer->stream);
    free(writer);
}

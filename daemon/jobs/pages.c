/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/pages.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/jobs/plaintext.h"
#include "daemon/keyring.h"
#include "daemon/log.h"

/* The document in plain; the buffer is locked memory, the rest is the descriptor's. */
static int decrypt(struct spool_reader *reader, const struct job_record *job, int fd)
{
    crypto_hash_sha256_state state;
    uint8_t hash[SPOOL_SHA256_BYTES];
    char hex[JOB_HEX_BYTES];
    uint8_t *buffer = sodium_malloc(AGE_CHUNK_BYTES);
    size_t size = 0;
    int result = buffer == NULL ? PR_ENOMEM : PR_OK;

    crypto_hash_sha256_init(&state);
    while (result == PR_OK) {
        result = spool_reader_read(reader, buffer, AGE_CHUNK_BYTES, &size);
        if (result != PR_OK || size == 0) {
            break;
        }
        crypto_hash_sha256_update(&state, buffer, size);
        result = plaintext_append(fd, buffer, size);
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    if (result == PR_OK && strcmp(hex, job->sha256) != 0) {
        log_write(LOG_LEVEL_ERROR, "job %s: the stored document is not the one that was received",
                  job->id);
        result = PR_ECRYPTO;
    }
    sodium_free(buffer);
    return result;
}

int job_open_document(struct office *office, const struct job_record *job, int *ret_fd)
{
    const struct age_identity *identity;
    struct spool_reader *reader = NULL;
    int fd = -1;
    int result = keyring_identity(office->keyring, job->spool_day, &identity);

    if (result == PR_OK) {
        result = spool_reader_open(office->spool_fd, job->spool_name, &identity, 1, &reader);
    }
    if (result == PR_OK) {
        result = plaintext_new(&fd);
    }
    if (result == PR_OK) {
        result = decrypt(reader, job, fd);
    }
    if (result == PR_OK) {
        result = plaintext_seal(fd);
    }
    spool_reader_free(reader);
    if (result != PR_OK) {
        if (fd >= 0) {
            close(fd);
        }
        return result;
    }
    *ret_fd = fd;
    return PR_OK;
}

int job_page_picture(struct office *office, const struct job_record *job, uint32_t page,
                     uint32_t dpi, void **ret_png, size_t *ret_size)
{
    char words[DOCUMENT_MESSAGE_BYTES] = "";
    int fd = -1;

    if (job->spool_name[0] == '\0') {
        return PR_ESTATE;
    }
    int result = job_open_document(office, job, &fd);
    /* The job may have ended since it was read, and its document with it. */
    if (result != PR_OK) {
        return result == PR_ENOENT ? PR_ESTATE : result;
    }
    result = document_preview(office->documents, fd, page, dpi, ret_png, ret_size, words);
    close(fd);
    if (result != PR_OK) {
        log_write(LOG_LEVEL_WARNING, "job %s, page %u: %s %s", job->id, page, pr_strerror(result),
                  words);
    }
    return result;
}

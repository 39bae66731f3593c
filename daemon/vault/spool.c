/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spool: a document on its way from the queue to the device
 * =============================================================
 *
 * Problem. Documents come in any size and at any speed. The sender is told "done" only when a
 * document survives a power cut; until then nothing of it may stand there, and never any plaintext.
 * What fails half way (a full disk, a sender that goes away, a crash) must leave nothing that looks
 * like a document.
 *
 * Chosen way. Plaintext goes through the hash and into an age_writer, ciphertext gathers in a
 * buffer and goes into a file that has no name yet (new-file.c). Commit writes the rest, flushes
 * the file, gives it its name and flushes the folder, in this order. A crash before the name leaves
 * nothing, as a nameless file is gone with its last descriptor; where the file system has no
 * nameless files the left-over temporary one is removed by spool_sweep() at the next start.
 *
 * A retried upload takes the place of the first with one rename: a reader has the old or the new
 * document, both whole.
 *
 * While a large document is still being received the kernel is asked, without waiting, to begin
 * writing what is there; the flush at the end then has little left to do.
 *
 * Left out: reserving space ahead (the size is not known; ENOSPC is reported when it happens), and
 * files without a commit that are found again after a crash (the sender still has the document and
 * sends it anew).
 */
#include "config.h"

#include "daemon/vault/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/vault/new-file.h"

enum {
    BUFFER_BYTES = 256 * 1024,
    EARLY_FLUSH_BYTES = 4 * 1024 * 1024, /* ciphertext between two hints to the kernel */
    FILE_NAME_BYTES = SPOOL_NAME_BYTES + 4,
};

struct spool_writer {
    struct new_file file;
    struct age_writer *age;
    crypto_hash_sha256_state sha256;
    uint64_t plaintext_size;
    uint64_t written;     /* ciphertext in the file */
    uint64_t flush_begun; /* of which the kernel was asked to write so much */
    int status;           /* the first error; sticks. PR_ESTATE after the commit */
    size_t buffer_size;
    uint8_t buffer[BUFFER_BYTES];
};

struct spool_reader {
    int fd;
    struct age_reader *age;
};

/* The document's file name; no separators, no leading dot, so no way out of the folder and no
 * temporary name. */
static bool make_file_name(const char *name, char ret_file_name[FILE_NAME_BYTES])
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    size_t length = strnlen(name, SPOOL_NAME_BYTES);

    if (length == 0 || length == SPOOL_NAME_BYTES || name[0] == '.' ||
        strspn(name, allowed) != length) {
        return false;
    }
    (void)snprintf(ret_file_name, FILE_NAME_BYTES, "%s.age", name);
    return true;
}

static void hint_early_flush(struct spool_writer *writer)
{
    if (writer->written - writer->flush_begun < EARLY_FLUSH_BYTES) {
        return;
    }
    /* A hint: where it is not supported the flush at the end does all of it. */
    (void)sync_file_range(writer->file.fd, (off_t)writer->flush_begun,
                          (off_t)(writer->written - writer->flush_begun), SYNC_FILE_RANGE_WRITE);
    writer->flush_begun = writer->written;
}

static int drain(struct spool_writer *writer)
{
    int result = new_file_write(&writer->file, writer->buffer, writer->buffer_size);

    if (result == PR_OK) {
        writer->written += writer->buffer_size;
        writer->buffer_size = 0;
        hint_early_flush(writer);
    }
    return result;
}

/* The age_sink: gathers ciphertext. */
static int take_ciphertext(void *context, const uint8_t *data, size_t size)
{
    struct spool_writer *writer = context;

    while (size > 0) {
        size_t room = BUFFER_BYTES - writer->buffer_size;
        size_t taken = size < room ? size : room;
        memcpy(writer->buffer + writer->buffer_size, data, taken);
        writer->buffer_size += taken;
        data += taken;
        size -= taken;
        if (writer->buffer_size == BUFFER_BYTES) {
            int result = drain(writer);
            if (result != PR_OK) {
                return result;
            }
        }
    }
    return PR_OK;
}

int spool_writer_open(int directory_fd, const struct age_recipient *recipients,
                      size_t recipients_length, struct spool_writer **ret_writer)
{
    struct spool_writer *writer = malloc(sizeof *writer);
    int result;

    if (writer == NULL) {
        return PR_ENOMEM;
    }
    /* Field by field: the buffer is large and need not be zeroed. */
    writer->file = (struct new_file){.fd = -1};
    writer->age = NULL;
    writer->plaintext_size = 0;
    writer->written = 0;
    writer->flush_begun = 0;
    writer->status = PR_OK;
    writer->buffer_size = 0;
    crypto_hash_sha256_init(&writer->sha256);

    result = age_writer_open(recipients, recipients_length, take_ciphertext, writer, &writer->age);
    if (result == PR_OK) {
        result = new_file_open(directory_fd, &writer->file);
    }
    if (result != PR_OK) {
        spool_writer_free(writer);
        return result;
    }
    *ret_writer = writer;
    return PR_OK;
}

int spool_writer_write(struct spool_writer *writer, const uint8_t *data, size_t size)
{
    if (writer->status != PR_OK) {
        return writer->status;
    }
    writer->status = age_writer_write(writer->age, data, size);
    if (writer->status == PR_OK) {
        crypto_hash_sha256_update(&writer->sha256, data, size);
        writer->plaintext_size += size;
    } else {
        /* Gives the room back at once; the caller may keep the writer for a while. */
        new_file_discard(&writer->file);
    }
    return writer->status;
}

int spool_writer_commit(struct spool_writer *writer, const char *name,
                        uint8_t ret_sha256[SPOOL_SHA256_BYTES], uint64_t *ret_size)
{
    char file_name[FILE_NAME_BYTES];

    if (writer->status != PR_OK) {
        return writer->status;
    }
    if (!make_file_name(name, file_name)) {
        return PR_EINVAL;
    }
    writer->status = age_writer_finish(writer->age);
    if (writer->status == PR_OK) {
        writer->status = drain(writer);
    }
    if (writer->status == PR_OK) {
        writer->status = new_file_commit(&writer->file, file_name, true);
    }
    if (writer->status != PR_OK) {
        new_file_discard(&writer->file);
        return writer->status;
    }
    crypto_hash_sha256_final(&writer->sha256, ret_sha256);
    *ret_size = writer->plaintext_size;
    writer->status = PR_ESTATE;
    return PR_OK;
}

void spool_writer_free(struct spool_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    new_file_discard(&writer->file);
    age_writer_free(writer->age);
    /* The hash keeps up to a block of plaintext. */
    sodium_memzero(&writer->sha256, sizeof writer->sha256);
    free(writer);
}

static int open_document(int directory_fd, const char *name, int *ret_fd)
{
    char file_name[FILE_NAME_BYTES];
    struct stat status;

    if (!make_file_name(name, file_name)) {
        return PR_EINVAL;
    }
    int fd = openat(directory_fd, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return PR_ENOENT;
    }
    if (fd < 0) {
        int error = errno;
        log_write(LOG_LEVEL_ERROR, "opening a spooled document: %s", strerror(error));
        return pr_error_from_errno(error);
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(fd);
        return PR_EFORMAT;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *ret_fd = fd;
    return PR_OK;
}

int spool_reader_open(int directory_fd, const char *name,
                      const struct age_identity *const *identities, size_t identities_length,
                      struct spool_reader **ret_reader)
{
    struct spool_reader *reader = calloc(1, sizeof *reader);
    int result;

    if (reader == NULL) {
        return PR_ENOMEM;
    }
    reader->fd = -1;
    result = open_document(directory_fd, name, &reader->fd);
    if (result == PR_OK) {
        result = age_reader_open(reader->fd, identities, identities_length, &reader->age);
    }
    if (result != PR_OK) {
        spool_reader_free(reader);
        return result;
    }
    *ret_reader = reader;
    return PR_OK;
}

int spool_reader_read(struct spool_reader *reader, uint8_t *buffer, size_t size, size_t *ret_size)
{
    return age_reader_read(reader->age, buffer, size, ret_size);
}

void spool_reader_free(struct spool_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    age_reader_free(reader->age);
    if (reader->fd >= 0) {
        (void)close(reader->fd);
    }
    free(reader);
}

int spool_remove(int directory_fd, const char *name)
{
    char file_name[FILE_NAME_BYTES];

    if (!make_file_name(name, file_name)) {
        return PR_EINVAL;
    }
    /* Flushed also when it was gone already: the crash may have been between the two. */
    if ((unlinkat(directory_fd, file_name, 0) != 0 && errno != ENOENT) ||
        fsync(directory_fd) != 0) {
        int error = errno;
        log_write(LOG_LEVEL_ERROR, "removing a spooled document: %s", strerror(error));
        return pr_error_from_errno(error);
    }
    return PR_OK;
}

int spool_sweep(int directory_fd)
{
    return new_file_sweep(directory_fd);
}

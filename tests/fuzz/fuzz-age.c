/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as an age file, for an identity of the C2SP test vectors (the seeds open with it). As no
 * mutation gets past a MAC, inputs whose first byte is not that of an age file are taken the other
 * way round: as plaintext that must come back, and as a place of the resulting file where one
 * changed byte must be found.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/vault/age.h"

static const char identity_text[] =
    "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";

enum { FILE_BYTES_MAX = 1024 * 1024 };

struct output {
    size_t size;
    uint8_t data[FILE_BYTES_MAX];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "%s\n", what);
        abort();
    }
}

static const struct age_identity *fixed_identity(void)
{
    static struct age_identity *identity;

    if (identity == NULL) {
        must(age_identity_parse(identity_text, &identity) == PR_OK, "identity");
    }
    return identity;
}

static int collect(void *context, const uint8_t *data, size_t size)
{
    struct output *output = context;

    if (size > sizeof output->data - output->size) {
        return PR_ENOSPC;
    }
    memcpy(output->data + output->size, data, size);
    output->size += size;
    return PR_OK;
}

/* A memory file that is used again and again. */
static int descriptor_of(const uint8_t *data, size_t size)
{
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    }
    must(fd >= 0 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
             write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0,
         "memfd");
    return fd;
}

static int read_all(const uint8_t *data, size_t size, struct output *output)
{
    static uint8_t buffer[AGE_CHUNK_BYTES];
    const struct age_identity *identities[] = {fixed_identity()};
    struct age_reader *reader;
    size_t got = 1;
    int result = age_reader_open(descriptor_of(data, size), identities, 1, &reader);

    output->size = 0;
    if (result != PR_OK) {
        return result;
    }
    while (result == PR_OK && got > 0) {
        result = age_reader_read(reader, buffer, sizeof buffer, &got);
        if (result == PR_OK) {
            must(collect(output, buffer, got) == PR_OK, "more plaintext than file");
        }
    }
    age_reader_free(reader);
    return result;
}

static void write_all(const uint8_t *data, size_t size, struct output *file)
{
    struct age_recipient recipient;
    struct age_writer *writer;

    file->size = 0;
    age_identity_recipient(fixed_identity(), &recipient);
    must(age_writer_open(&recipient, 1, collect, file, &writer) == PR_OK, "open");
    must(age_writer_write(writer, data, size / 3) == PR_OK, "write");
    must(age_writer_write(writer, data + size / 3, size - size / 3) == PR_OK, "write");
    must(age_writer_finish(writer) == PR_OK, "finish");
    age_writer_free(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct output file;
    static struct output plaintext;

    if (size > FILE_BYTES_MAX / 2) {
        return 0;
    }
    if (size < 4 || data[0] == 'a') {
        (void)read_all(data, size, &plaintext);
        return 0;
    }
    write_all(data, size, &file);
    must(read_all(file.data, file.size, &plaintext) == PR_OK, "does not open");
    must(plaintext.size == size && memcmp(plaintext.data, data, size) == 0, "came back changed");
    size_t place = ((size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2]) % file.size;
    file.data[place] ^= data[3] != 0 ? data[3] : 1;
    must(read_all(file.data, file.size, &plaintext) != PR_OK, "a change was not found");
    return 0;
}

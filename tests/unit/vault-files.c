/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/vault-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"

extern char **environ;

void bytes_clear(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

int bytes_append(void *context, const uint8_t *data, size_t size)
{
    struct bytes *bytes = context;

    if (size == 0) {
        return PR_OK;
    }
    bytes->data = realloc(bytes->data, bytes->size + size);
    assert_non_null(bytes->data);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return PR_OK;
}

struct bytes bytes_pattern(size_t size)
{
    struct bytes bytes = {.data = malloc(size + 1), .size = size};
    uint32_t state = 2463534242;

    assert_non_null(bytes.data);
    for (size_t i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes.data[i] = (uint8_t)state;
    }
    return bytes;
}

void assert_bytes_equal(const struct bytes *left, const struct bytes *right)
{
    assert_int_equal(left->size, right->size);
    if (left->size != 0) {
        assert_memory_equal(left->data, right->data, left->size);
    }
}

int bytes_descriptor(const struct bytes *bytes)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    size_t done = 0;

    assert_true(fd >= 0);
    while (done < bytes->size) {
        ssize_t written = write(fd, bytes->data + done, bytes->size - done);
        assert_true(written > 0);
        done += (size_t)written;
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

struct bytes bytes_of_descriptor(int fd)
{
    struct bytes bytes = {0};
    uint8_t buffer[65536];
    ssize_t got;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        bytes_append(&bytes, buffer, (size_t)got);
    }
    assert_int_equal(got, 0);
    return bytes;
}

struct bytes bytes_of_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        fail_msg("%s: %s", path, strerror(errno));
    }
    struct bytes bytes = bytes_of_descriptor(fd);
    close(fd);
    return bytes;
}

struct bytes encrypt(const struct bytes *plaintext, const struct age_recipient *recipients,
                     size_t recipients_length)
{
    struct bytes file = {0};
    struct age_writer *writer;

    assert_int_equal(age_writer_open(recipients, recipients_length, bytes_append, &file, &writer),
                     PR_OK);
    assert_int_equal(age_writer_write(writer, plaintext->data, plaintext->size), PR_OK);
    assert_int_equal(age_writer_finish(writer), PR_OK);
    age_writer_free(writer);
    return file;
}

int decrypt(const struct bytes *file, const struct age_identity *identity,
            struct bytes *ret_plaintext)
{
    static uint8_t buffer[AGE_CHUNK_BYTES];
    const struct age_identity *identities[] = {identity};
    struct bytes plaintext = {0};
    struct age_reader *reader = NULL;
    size_t size = 1;
    int fd = bytes_descriptor(file);
    int result = age_reader_open(fd, identities, 1, &reader);

    while (result == PR_OK && size > 0) {
        result = age_reader_read(reader, buffer, sizeof buffer, &size);
        if (result == PR_OK) {
            bytes_append(&plaintext, buffer, size);
        }
    }
    if (reader != NULL) {
        /* The end and an error both stay. */
        size = 1;
        assert_int_equal(age_reader_read(reader, buffer, sizeof buffer, &size), result);
        assert_int_equal(size, result == PR_OK ? 0 : 1);
    }
    age_reader_free(reader);
    close(fd);
    *ret_plaintext = plaintext;
    return result;
}

int run_program(const char *const *arguments, const struct bytes *input, struct bytes *ret_output)
{
    int in = bytes_descriptor(input);
    int out = bytes_descriptor(&(struct bytes){0});
    posix_spawn_file_actions_t actions;
    char *argv[16] = {0};
    pid_t pid;
    int status;

    size_t arguments_length = 1;
    while (arguments[arguments_length] != NULL) {
        arguments_length++;
    }
    /* posix_spawn() changes nothing, its prototype is only older than const. */
    assert_true(arguments_length < sizeof argv / sizeof argv[0]);
    memcpy(argv, arguments, arguments_length * sizeof argv[0]);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO), 0);
    if (posix_spawnp(&pid, arguments[0], &actions, NULL, argv, environ) != 0) {
        fail_msg("the program `%s` is needed for this test", arguments[0]);
    }
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (ret_output != NULL) {
        *ret_output = bytes_of_descriptor(out);
    }
    close(in);
    close(out);
    return WEXITSTATUS(status);
}

char *folder_make(void)
{
    const char *base = getenv("TMPDIR");
    char *path = NULL;

    assert_true(asprintf(&path, "%s/printroom-test-XXXXXX", base != NULL ? base : "/tmp") > 0);
    assert_non_null(mkdtemp(path));
    return path;
}

static size_t visit(const char *path, int unlink_entries)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    size_t entries = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        entries++;
        if (unlink_entries) {
            assert_int_equal(unlinkat(dirfd(folder), entry->d_name, 0), 0);
        }
    }
    closedir(folder);
    return entries;
}

size_t folder_entries(const char *path)
{
    return visit(path, 0);
}

void folder_remove(char *path)
{
    visit(path, 1);
    assert_int_equal(rmdir(path), 0);
    free(path);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spool: what is committed is whole, durable and encrypted, what is not committed is not there.
 * The system calls that make a file durable are wrapped by the linker (vault.mk): the tests see
 * their order and make them fail.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "daemon/vault/spool.h"
#include "tests/unit/vault-files.h"

/* What the wrapped calls did: d fsync of a folder, f fsync of a file, l linkat, r renameat. */
static struct {
    char calls[32];
    size_t calls_length;
    bool no_nameless_files; /* openat() refuses O_TMPFILE */
    char fail;              /* this kind of call fails … */
    int fail_errno;         /* … with this */
} system_calls;

static int note(char kind)
{
    if (system_calls.calls_length + 1 < sizeof system_calls.calls) {
        system_calls.calls[system_calls.calls_length++] = kind;
    }
    if (system_calls.fail == kind) {
        errno = system_calls.fail_errno;
        return -1;
    }
    return 0;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __real_openat(int fd, const char *path, int flags, mode_t mode);
int __wrap_openat(int fd, const char *path, int flags, mode_t mode);

int __wrap_fsync(int fd)
{
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    return note(S_ISDIR(status.st_mode) ? 'd' : 'f') != 0 ? -1 : __real_fsync(fd);
}

int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    return note('l') != 0 ? -1 : __real_linkat(from_fd, from, to_fd, to, flags);
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return note('r') != 0 ? -1 : __real_renameat(from_fd, from, to_fd, to);
}

int __wrap_openat(int fd, const char *path, int flags, mode_t mode)
{
    if (system_calls.no_nameless_files && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return __real_openat(fd, path, flags, mode);
}

struct place {
    char *folder;
    int fd;
    struct age_identity *identity;
    struct age_recipient recipient;
};

static int setup(void **state)
{
    struct place *place = malloc(sizeof *place);

    memset(&system_calls, 0, sizeof system_calls);
    place->folder = folder_make();
    place->fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(age_identity_generate(&place->identity), PR_OK);
    age_identity_recipient(place->identity, &place->recipient);
    *state = place;
    return 0;
}

static int setup_named(void **state)
{
    setup(state);
    system_calls.no_nameless_files = true;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    close(place->fd);
    age_identity_free(place->identity);
    folder_remove(place->folder);
    free(place);
    return 0;
}

static struct spool_writer *begin(const struct place *place)
{
    struct spool_writer *writer;

    assert_int_equal(spool_writer_open(place->fd, &place->recipient, 1, &writer), PR_OK);
    return writer;
}

static int store(const struct place *place, const char *name, const struct bytes *plaintext)
{
    struct spool_writer *writer = begin(place);
    uint8_t sha256[SPOOL_SHA256_BYTES];
    uint8_t expected[SPOOL_SHA256_BYTES];
    uint64_t size;
    int result = PR_OK;

    for (size_t at = 0; at < plaintext->size && result == PR_OK; at += 50000) {
        size_t left = plaintext->size - at;
        result = spool_writer_write(writer, plaintext->data + at, left < 50000 ? left : 50000);
    }
    if (result == PR_OK) {
        result = spool_writer_commit(writer, name, sha256, &size);
    }
    if (result == PR_OK) {
        crypto_hash_sha256(expected, plaintext->data, plaintext->size);
        assert_memory_equal(sha256, expected, sizeof sha256);
        assert_int_equal(size, plaintext->size);
    }
    spool_writer_free(writer);
    return result;
}

static int load(const struct place *place, const char *name, struct bytes *ret_plaintext)
{
    static uint8_t buffer[AGE_CHUNK_BYTES];
    const struct age_identity *identities[] = {place->identity};
    struct spool_reader *reader;
    size_t size = 1;
    int result = spool_reader_open(place->fd, name, identities, 1, &reader);

    *ret_plaintext = (struct bytes){0};
    if (result != PR_OK) {
        return result;
    }
    while (result == PR_OK && size > 0) {
        result = spool_reader_read(reader, buffer, sizeof buffer, &size);
        if (result == PR_OK) {
            bytes_append(ret_plaintext, buffer, size);
        }
    }
    spool_reader_free(reader);
    return result;
}

static void assert_holds(const struct place *place, const char *name, const struct bytes *plaintext)
{
    struct bytes back;

    assert_int_equal(load(place, name, &back), PR_OK);
    assert_bytes_equal(&back, plaintext);
    bytes_clear(&back);
}

static void test_documents_come_back(void **state)
{
    static const size_t sizes[] = {0, 1, 65536, 262144, 300000, 5000000};
    const struct place *place = *state;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char name[16];
        struct bytes plaintext = bytes_pattern(sizes[i]);
        snprintf(name, sizeof name, "job-%zu.1", i);
        assert_int_equal(store(place, name, &plaintext), PR_OK);
        assert_holds(place, name, &plaintext);
        assert_int_equal(folder_entries(place->folder), i + 1);
        bytes_clear(&plaintext);
    }
}

static void test_file_is_age_and_private(void **state)
{
    const struct place *place = *state;
    struct bytes plaintext = bytes_pattern(1000);
    struct bytes file;
    struct bytes back;
    struct stat status;
    char path[4096];

    assert_int_equal(store(place, "a", &plaintext), PR_OK);
    snprintf(path, sizeof path, "%s/a.age", place->folder);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0600);
    file = bytes_of_file(path);
    assert_int_equal(decrypt(&file, place->identity, &back), PR_OK);
    assert_bytes_equal(&back, &plaintext);
    assert_null(memmem(file.data, file.size, plaintext.data, 16));
    bytes_clear(&file);
    bytes_clear(&back);
    bytes_clear(&plaintext);
}

/* Flushed before it has its name, the folder after. */
static void test_order_of_durability(void **state)
{
    const struct place *place = *state;
    struct bytes plaintext = bytes_pattern(100);

    assert_int_equal(store(place, "a", &plaintext), PR_OK);
    assert_string_equal(system_calls.calls, "fld");
    bytes_clear(&plaintext);
}

static void test_commit_replaces(void **state)
{
    const struct place *place = *state;
    struct bytes first = bytes_pattern(100000);
    struct bytes second = bytes_pattern(70000);

    assert_int_equal(store(place, "a", &first), PR_OK);
    assert_int_equal(store(place, "a", &second), PR_OK);
    assert_holds(place, "a", &second);
    assert_int_equal(folder_entries(place->folder), 1);
    bytes_clear(&first);
    bytes_clear(&second);
}

/* Who reads the old document reads it to its end. */
static void test_replacing_under_a_reader(void **state)
{
    const struct place *place = *state;
    const struct age_identity *identities[] = {place->identity};
    struct bytes first = bytes_pattern(196608);
    struct bytes second = bytes_pattern(10);
    struct spool_reader *reader;
    uint8_t *buffer = malloc(AGE_CHUNK_BYTES);
    size_t size = 1;
    size_t total = 0;

    assert_int_equal(store(place, "a", &first), PR_OK);
    assert_int_equal(spool_reader_open(place->fd, "a", identities, 1, &reader), PR_OK);
    assert_int_equal(store(place, "a", &second), PR_OK);
    while (size > 0) {
        assert_int_equal(spool_reader_read(reader, buffer, AGE_CHUNK_BYTES, &size), PR_OK);
        total += size;
    }
    assert_int_equal(total, first.size);
    spool_reader_free(reader);
    assert_holds(place, "a", &second);
    free(buffer);
    bytes_clear(&first);
    bytes_clear(&second);
}

static void test_two_writers_at_once(void **state)
{
    const struct place *place = *state;
    struct spool_writer *one = begin(place);
    struct spool_writer *other = begin(place);
    struct bytes plaintext = bytes_pattern(1000);
    uint8_t sha256[SPOOL_SHA256_BYTES];
    uint64_t size;

    assert_int_equal(spool_writer_write(one, plaintext.data, 1000), PR_OK);
    assert_int_equal(spool_writer_write(other, plaintext.data, 999), PR_OK);
    assert_int_equal(spool_writer_commit(one, "a", sha256, &size), PR_OK);
    assert_int_equal(spool_writer_commit(other, "b", sha256, &size), PR_OK);
    spool_writer_free(one);
    spool_writer_free(other);
    assert_holds(place, "a", &plaintext);
    plaintext.size = 999;
    assert_holds(place, "b", &plaintext);
    bytes_clear(&plaintext);
}

static void test_uncommitted_is_gone(void **state)
{
    const struct place *place = *state;
    struct spool_writer *writer = begin(place);
    struct bytes plaintext = bytes_pattern(1000000);

    assert_int_equal(spool_writer_write(writer, plaintext.data, plaintext.size), PR_OK);
    spool_writer_free(writer);
    spool_writer_free(NULL);
    assert_int_equal(folder_entries(place->folder), 0);
    bytes_clear(&plaintext);
}

static void test_writer_after_its_end(void **state)
{
    const struct place *place = *state;
    struct spool_writer *writer = begin(place);
    uint8_t sha256[SPOOL_SHA256_BYTES];
    uint64_t size;

    assert_int_equal(spool_writer_commit(writer, "a", sha256, &size), PR_OK);
    assert_int_equal(spool_writer_write(writer, sha256, 1), PR_ESTATE);
    assert_int_equal(spool_writer_commit(writer, "b", sha256, &size), PR_ESTATE);
    spool_writer_free(writer);
    assert_int_equal(folder_entries(place->folder), 1);
}

static void test_names(void **state)
{
    static const char too_long[] =
        "1234567890123456789012345678901234567890123456789012345678901234";
    static const char *const wrong[] = {"",    ".", "..",  ".a",  "a/b",   "../a",
                                        "a b", "ä", "a\n", "a_b", too_long};
    const char *longest = too_long + 1;
    const struct place *place = *state;
    const struct age_identity *identities[] = {place->identity};
    struct spool_writer *writer = begin(place);
    struct spool_reader *reader;
    uint8_t sha256[SPOOL_SHA256_BYTES];
    uint64_t size;

    assert_int_equal(sizeof too_long, SPOOL_NAME_BYTES + 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(spool_writer_commit(writer, wrong[i], sha256, &size), PR_EINVAL);
        assert_int_equal(spool_reader_open(place->fd, wrong[i], identities, 1, &reader), PR_EINVAL);
        assert_int_equal(spool_remove(place->fd, wrong[i]), PR_EINVAL);
    }
    assert_int_equal(spool_writer_commit(writer, longest, sha256, &size), PR_OK);
    spool_writer_free(writer);
    assert_int_equal(folder_entries(place->folder), 1);
    assert_int_equal(spool_remove(place->fd, longest), PR_OK);
    assert_int_equal(folder_entries(place->folder), 0);
}

static void test_remove(void **state)
{
    const struct place *place = *state;
    struct bytes plaintext = bytes_pattern(10);
    struct bytes back;

    assert_int_equal(store(place, "a", &plaintext), PR_OK);
    memset(&system_calls, 0, sizeof system_calls);
    assert_int_equal(spool_remove(place->fd, "a"), PR_OK);
    assert_string_equal(system_calls.calls, "d");
    assert_int_equal(spool_remove(place->fd, "a"), PR_OK);
    assert_int_equal(load(place, "a", &back), PR_ENOENT);
    bytes_clear(&plaintext);
}

static void test_odd_files_are_not_read(void **state)
{
    const struct place *place = *state;
    struct bytes plaintext = bytes_pattern(10);
    struct bytes back;

    assert_int_equal(store(place, "a", &plaintext), PR_OK);
    assert_int_equal(symlinkat("a.age", place->fd, "link.age"), 0);
    assert_int_equal(load(place, "link", &back), PR_EIO);
    assert_int_equal(mkfifoat(place->fd, "pipe.age", 0600), 0);
    assert_int_equal(load(place, "pipe", &back), PR_EFORMAT);
    bytes_clear(&plaintext);
}

static void test_altered_document(void **state)
{
    const struct place *place = *state;
    struct bytes plaintext = bytes_pattern(200000);
    struct bytes back;

    assert_int_equal(store(place, "a", &plaintext), PR_OK);
    int fd = openat(place->fd, "a.age", O_WRONLY | O_CLOEXEC, 0);
    assert_int_equal(pwrite(fd, "x", 1, 150000), 1);
    close(fd);
    assert_int_equal(load(place, "a", &back), PR_ECRYPTO);
    assert_int_equal(back.size, 131072);
    bytes_clear(&back);
    bytes_clear(&plaintext);
}

/* The process dies in the middle of a document. */
static void test_crash_while_writing(void **state)
{
    const struct place *place = *state;
    struct bytes plaintext = bytes_pattern(1000000);
    struct bytes kept = bytes_pattern(10);
    int status;

    assert_int_equal(store(place, "kept", &kept), PR_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct spool_writer *writer;
        if (spool_writer_open(place->fd, &place->recipient, 1, &writer) == PR_OK &&
            spool_writer_write(writer, plaintext.data, plaintext.size) == PR_OK) {
            raise(SIGKILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(folder_entries(place->folder), system_calls.no_nameless_files ? 2 : 1);
    assert_int_equal(spool_sweep(place->fd), PR_OK);
    assert_int_equal(folder_entries(place->folder), 1);
    assert_holds(place, "kept", &kept);
    bytes_clear(&plaintext);
    bytes_clear(&kept);
}

/* Every step of the commit fails in turn: the old document stays, nothing is left of the new one.
 */
static void test_failing_steps(void **state)
{
    static const struct {
        char step;
        int error_number;
        int result;
    } failures[] = {{'f', ENOSPC, PR_ENOSPC}, {'f', EIO, PR_EIO},       {'l', ENOSPC, PR_ENOSPC},
                    {'l', EDQUOT, PR_ENOSPC}, {'r', ENOSPC, PR_ENOSPC}, {'r', EIO, PR_EIO}};
    const struct place *place = *state;
    struct bytes old = bytes_pattern(1000);
    struct bytes new = bytes_pattern(2000);

    assert_int_equal(store(place, "a", &old), PR_OK);
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        system_calls.fail = failures[i].step;
        system_calls.fail_errno = failures[i].error_number;
        assert_int_equal(store(place, "a", &new), failures[i].result);
        assert_int_equal(folder_entries(place->folder), 1);
        assert_holds(place, "a", &old);
    }
    /* Flushing the folder comes last. It failed, so it is not done, whatever stands there. */
    system_calls.fail = 'd';
    assert_int_equal(store(place, "a", &new), PR_EIO);
    assert_int_equal(folder_entries(place->folder), 1);
    bytes_clear(&old);
    bytes_clear(&new);
}

/* Writing more than a file may be: the signal is ignored as the daemon does, write() says EFBIG. */
static void test_file_size_limit(void **state)
{
    const struct place *place = *state;
    struct bytes plaintext = bytes_pattern(2000000);
    struct rlimit before;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit limit = {1000000, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int result = store(place, "a", &plaintext);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(result, PR_ENOSPC);
    assert_int_equal(folder_entries(place->folder), 0);
    bytes_clear(&plaintext);
}

enum { MOUNT_REFUSED = 77 };

/* In a child with its own mounts: fills a file system of 1 MiB, frees it, and goes on. */
static int fill_a_medium(const struct place *place)
{
    struct bytes small = bytes_pattern(100000);
    struct bytes large = bytes_pattern(4000000);
    struct place tiny = *place;
    struct bytes back;

    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tiny", place->folder, "tmpfs", 0, "size=1m") != 0) {
        return MOUNT_REFUSED;
    }
    tiny.fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store(&tiny, "small", &small) != PR_OK) {
        return 1;
    }
    /* Twice: the first left nothing behind that would be in the way of what fits. */
    for (unsigned i = 0; i < 2; i++) {
        if (store(&tiny, "large", &large) != PR_ENOSPC || folder_entries(place->folder) != 1) {
            return 2;
        }
    }
    if (store(&tiny, "again", &small) != PR_OK || load(&tiny, "small", &back) != PR_OK ||
        back.size != small.size) {
        return 3;
    }
    return 0;
}

static void test_full_medium(void **state)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        _exit(fill_a_medium(*state));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == MOUNT_REFUSED) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_folder_that_cannot_be_written(void **state)
{
    const struct place *place = *state;
    struct spool_writer *writer = NULL;
    int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_int_not_equal(spool_writer_open(fd, &place->recipient, 1, &writer), PR_OK);
    assert_null(writer);
    close(fd);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, setup, teardown),                                    \
    {                                                                                              \
#function " without nameless files", function, setup_named, teardown, NULL                 \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_documents_come_back),
        TEST(test_file_is_age_and_private),
        cmocka_unit_test_setup_teardown(test_order_of_durability, setup, teardown),
        TEST(test_commit_replaces),
        TEST(test_replacing_under_a_reader),
        TEST(test_two_writers_at_once),
        TEST(test_uncommitted_is_gone),
        TEST(test_writer_after_its_end),
        TEST(test_names),
        TEST(test_remove),
        TEST(test_odd_files_are_not_read),
        TEST(test_altered_document),
        TEST(test_crash_while_writing),
        TEST(test_failing_steps),
        TEST(test_file_size_limit),
        TEST(test_full_medium),
        TEST(test_folder_that_cannot_be_written),
    };

    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}

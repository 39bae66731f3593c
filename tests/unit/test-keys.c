/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Day keys: made once, loaded only when nobody else could have read or put them there. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "daemon/vault/keys.h"
#include "tests/unit/vault-files.h"

#define DAY       "2026-11-23"
#define FILE_NAME "day-2026-11-23.key"

struct place {
    char *folder;
    int fd;
};

static int setup(void **state)
{
    struct place *place = malloc(sizeof *place);

    place->folder = folder_make();
    place->fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    close(place->fd);
    folder_remove(place->folder);
    free(place);
    return 0;
}

static struct age_recipient create(const struct place *place)
{
    struct age_identity *identity;
    struct age_recipient recipient;

    assert_int_equal(day_key_create(place->fd, DAY, &identity), PR_OK);
    age_identity_recipient(identity, &recipient);
    age_identity_free(identity);
    return recipient;
}

static struct bytes key_text(const struct place *place)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", place->folder, FILE_NAME);
    return bytes_of_file(path);
}

static void put_text(const struct place *place, const void *text, size_t size)
{
    int fd = openat(place->fd, FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
}

static void assert_no_key(const struct place *place)
{
    struct age_identity *identity = NULL;

    assert_int_equal(day_key_load(place->fd, DAY, NULL, &identity), PR_ENOKEY);
    assert_null(identity);
}

static void assert_key(const struct place *place, const struct age_recipient *expected)
{
    struct age_identity *identity;
    struct age_recipient recipient;

    assert_int_equal(day_key_load(place->fd, DAY, expected, &identity), PR_OK);
    age_identity_recipient(identity, &recipient);
    if (expected != NULL) {
        assert_memory_equal(recipient.public_key, expected->public_key, 32);
    }
    age_identity_free(identity);
}

static void test_made_and_loaded(void **state)
{
    const struct place *place = *state;
    struct age_recipient recipient = create(place);
    struct stat status;

    assert_key(place, &recipient);
    assert_key(place, NULL);
    assert_int_equal(fstatat(place->fd, FILE_NAME, &status, 0), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0600);
    assert_int_equal(status.st_nlink, 1);
    assert_int_equal(folder_entries(place->folder), 1);
}

static void test_form_of_the_file(void **state)
{
    const struct place *place = *state;
    struct age_recipient recipient = create(place);
    struct bytes text = key_text(place);
    char recipient_text[AGE_RECIPIENT_TEXT_BYTES];
    char secret[AGE_IDENTITY_TEXT_BYTES + 1];
    char public[AGE_RECIPIENT_TEXT_BYTES];
    char year[5];

    bytes_append(&text, (const uint8_t *)"", 1);
    assert_int_equal(
        sscanf((const char *)text.data,
               "# created: %4[0-9]-%*2d-%*2dT%*2d:%*2d:%*2dZ\n# public key: %62s\n%75s\n", year,
               public, secret),
        3);
    age_recipient_format(&recipient, recipient_text);
    assert_string_equal(public, recipient_text);
    assert_int_equal(strlen(secret), AGE_IDENTITY_TEXT_BYTES - 1);
    assert_memory_equal(secret, "AGE-SECRET-KEY-1", 16);
    bytes_clear(&text);
}

static void test_never_made_twice(void **state)
{
    const struct place *place = *state;
    struct age_recipient recipient = create(place);
    struct age_identity *identity = NULL;

    assert_int_equal(day_key_create(place->fd, DAY, &identity), PR_EEXIST);
    assert_null(identity);
    assert_key(place, &recipient);
    assert_int_equal(folder_entries(place->folder), 1);
    /* Also a broken one and a dangling link are in the way: somebody has to look. */
    put_text(place, "", 0);
    assert_int_equal(day_key_create(place->fd, DAY, &identity), PR_EEXIST);
    assert_int_equal(unlinkat(place->fd, FILE_NAME, 0), 0);
    assert_int_equal(symlinkat("nowhere", place->fd, FILE_NAME), 0);
    assert_int_equal(day_key_create(place->fd, DAY, &identity), PR_EEXIST);
}

static void test_days_have_different_keys(void **state)
{
    const struct place *place = *state;
    struct age_recipient today = create(place);
    struct age_identity *identity;
    struct age_recipient tomorrow;

    assert_int_equal(day_key_create(place->fd, "2026-11-24", &identity), PR_OK);
    age_identity_recipient(identity, &tomorrow);
    assert_memory_not_equal(today.public_key, tomorrow.public_key, 32);
    age_identity_free(identity);
}

static void test_missing_key_is_not_made_anew(void **state)
{
    const struct place *place = *state;

    assert_no_key(place);
    assert_int_equal(folder_entries(place->folder), 0);
}

static void test_other_key_than_remembered(void **state)
{
    const struct place *place = *state;
    struct age_recipient recipient = create(place);
    struct age_identity *identity = NULL;

    recipient.public_key[31] ^= 1;
    assert_int_equal(day_key_load(place->fd, DAY, &recipient, &identity), PR_ENOKEY);
    assert_null(identity);
}

static void test_modes(void **state)
{
    static const struct {
        mode_t mode;
        bool fine;
    } modes[] = {{0600, true},  {0400, true},  {0640, false}, {0620, false},
                 {0604, false}, {0602, false}, {0610, false}, {0601, false}};
    const struct place *place = *state;
    struct age_recipient recipient = create(place);

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(fchmodat(place->fd, FILE_NAME, modes[i].mode, 0), 0);
        if (modes[i].fine) {
            assert_key(place, &recipient);
        } else {
            assert_no_key(place);
        }
    }
}

static void test_links_and_odd_files(void **state)
{
    const struct place *place = *state;
    struct age_recipient recipient = create(place);

    assert_int_equal(linkat(place->fd, FILE_NAME, place->fd, "second", 0), 0);
    assert_no_key(place);
    assert_int_equal(unlinkat(place->fd, FILE_NAME, 0), 0);
    assert_int_equal(symlinkat("second", place->fd, FILE_NAME), 0);
    assert_no_key(place);
    assert_int_equal(unlinkat(place->fd, FILE_NAME, 0), 0);
    assert_int_equal(renameat(place->fd, "second", place->fd, FILE_NAME), 0);
    assert_key(place, &recipient);
    /* A pipe must not make the daemon wait for a writer. */
    assert_int_equal(unlinkat(place->fd, FILE_NAME, 0), 0);
    assert_int_equal(mkfifoat(place->fd, FILE_NAME, 0600), 0);
    assert_no_key(place);
}

static void test_other_owner(void **state)
{
    const struct place *place = *state;
    struct age_recipient recipient = create(place);

    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(fchownat(place->fd, FILE_NAME, 65534, 65534, 0), 0);
    assert_no_key(place);
    assert_int_equal(fchownat(place->fd, FILE_NAME, 0, 0, 0), 0);
    assert_key(place, &recipient);
}

static void test_contents(void **state)
{
    const struct place *place = *state;
    struct age_recipient recipient = create(place);
    struct bytes text = key_text(place);
    struct bytes other = {0};
    const char *key_line = (const char *)memmem(text.data, text.size, "\nAGE-", 5) + 1;
    size_t key_size = AGE_IDENTITY_TEXT_BYTES;
    uint8_t large[8192];

    /* The key alone, without comments, is a key. */
    put_text(place, key_line, key_size);
    assert_key(place, &recipient);
    put_text(place, key_line, key_size - 1);
    assert_key(place, &recipient);
    put_text(place, key_line, key_size - 2);
    assert_no_key(place);
    put_text(place, "", 0);
    assert_no_key(place);
    put_text(place, "# nothing\n", 10);
    assert_no_key(place);
    bytes_append(&other, text.data, text.size);
    bytes_append(&other, (const uint8_t *)key_line, key_size);
    put_text(place, other.data, other.size);
    assert_no_key(place);
    bytes_clear(&other);
    bytes_append(&other, text.data, text.size);
    bytes_append(&other, (const uint8_t *)"x\n", 2);
    put_text(place, other.data, other.size);
    assert_no_key(place);
    bytes_clear(&other);
    bytes_append(&other, text.data, text.size);
    bytes_append(&other, (const uint8_t *)"\0AGE-\n", 6);
    put_text(place, other.data, other.size);
    assert_no_key(place);
    memset(large, '\n', sizeof large);
    memcpy(large, text.data, text.size);
    put_text(place, large, 4095);
    assert_key(place, &recipient);
    put_text(place, large, 4096);
    assert_no_key(place);
    put_text(place, large, sizeof large);
    assert_no_key(place);
    bytes_clear(&text);
    bytes_clear(&other);
}

static void test_names_of_days(void **state)
{
    static const char *const wrong[] = {"2026-13-01", "2026-00-01", "2026-01-32", "2026-01-00",
                                        "2026/01/01", "../../etc/", "2026-1-011", "",
                                        "20260101",   "2026-01-0x"};
    const struct place *place = *state;
    struct age_identity *identity = NULL;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char day[DAY_BYTES] = "";
        strncpy(day, wrong[i], DAY_BYTES - 1);
        assert_int_equal(day_key_create(place->fd, day, &identity), PR_EINVAL);
        assert_int_equal(day_key_load(place->fd, day, NULL, &identity), PR_EINVAL);
    }
    /* A text that goes on is no day. */
    assert_int_equal(day_key_create(place->fd, "2026-01-01x", &identity), PR_EINVAL);
    assert_null(identity);
    assert_int_equal(folder_entries(place->folder), 0);
}

static void test_leftover_of_a_crash_is_removed(void **state)
{
    const struct place *place = *state;
    int fd = openat(place->fd, ".incoming-0123456789abcdef", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
    create(place);
    assert_int_equal(folder_entries(place->folder), 1);
}

static void test_folder_that_cannot_be_written(void **state)
{
    struct age_identity *identity = NULL;
    int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    assert_int_not_equal(day_key_create(fd, DAY, &identity), PR_OK);
    assert_null(identity);
    close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_made_and_loaded),
        TEST(test_form_of_the_file),
        TEST(test_never_made_twice),
        TEST(test_days_have_different_keys),
        TEST(test_missing_key_is_not_made_anew),
        TEST(test_other_key_than_remembered),
        TEST(test_modes),
        TEST(test_links_and_odd_files),
        TEST(test_other_owner),
        TEST(test_contents),
        TEST(test_names_of_days),
        TEST(test_leftover_of_a_crash_is_removed),
        TEST(test_folder_that_cannot_be_written),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}

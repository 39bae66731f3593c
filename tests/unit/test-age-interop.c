/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Against Debian's `age` and `age-keygen`: what we write they read, what they write we read. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "daemon/vault/keys.h"
#include "tests/unit/vault-files.h"

static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 196608, 1000000};
static const struct bytes nothing;

/* A day's key in a folder of its own. */
struct day {
    char *folder;
    int folder_fd;
    char key_path[4096];
    struct age_identity *identity;
    struct age_recipient recipient;
    char recipient_text[AGE_RECIPIENT_TEXT_BYTES];
};

static int setup(void **state)
{
    struct day *day = calloc(1, sizeof *day);

    day->folder = folder_make();
    day->folder_fd = open(day->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(day_key_create(day->folder_fd, "2026-11-23", &day->identity), PR_OK);
    age_identity_recipient(day->identity, &day->recipient);
    age_recipient_format(&day->recipient, day->recipient_text);
    snprintf(day->key_path, sizeof day->key_path, "%s/day-2026-11-23.key", day->folder);
    *state = day;
    return 0;
}

static int teardown(void **state)
{
    struct day *day = *state;

    close(day->folder_fd);
    age_identity_free(day->identity);
    folder_remove(day->folder);
    free(day);
    return 0;
}

static void test_age_opens_ours(void **state)
{
    const struct day *day = *state;
    const char *const age[] = {"age", "-d", "-i", day->key_path, NULL};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes plaintext = bytes_pattern(sizes[i]);
        struct bytes file = encrypt(&plaintext, &day->recipient, 1);
        struct bytes back;
        assert_int_equal(run_program(age, &file, &back), 0);
        assert_bytes_equal(&back, &plaintext);
        bytes_clear(&plaintext);
        bytes_clear(&file);
        bytes_clear(&back);
    }
}

static void test_age_opens_ours_to_several(void **state)
{
    const struct day *day = *state;
    const char *const age[] = {"age", "-d", "-i", day->key_path, NULL};
    struct age_recipient recipients[AGE_RECIPIENTS_MAX];
    struct bytes plaintext = bytes_pattern(100000);
    struct bytes back;

    for (size_t i = 0; i + 1 < AGE_RECIPIENTS_MAX; i++) {
        struct age_identity *other;
        assert_int_equal(age_identity_generate(&other), PR_OK);
        age_identity_recipient(other, &recipients[i]);
        age_identity_free(other);
    }
    recipients[AGE_RECIPIENTS_MAX - 1] = day->recipient;
    struct bytes file = encrypt(&plaintext, recipients, AGE_RECIPIENTS_MAX);
    assert_int_equal(run_program(age, &file, &back), 0);
    assert_bytes_equal(&back, &plaintext);
    bytes_clear(&plaintext);
    bytes_clear(&file);
    bytes_clear(&back);
}

static void test_age_refuses_ours_to_others(void **state)
{
    const struct day *day = *state;
    const char *const age[] = {"age", "-d", "-i", day->key_path, NULL};
    struct age_identity *other;
    struct age_recipient recipient;
    struct bytes plaintext = bytes_pattern(10);

    assert_int_equal(age_identity_generate(&other), PR_OK);
    age_identity_recipient(other, &recipient);
    struct bytes file = encrypt(&plaintext, &recipient, 1);
    assert_int_not_equal(run_program(age, &file, NULL), 0);
    age_identity_free(other);
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

static void test_we_open_theirs(void **state)
{
    const struct day *day = *state;
    const char *const age[] = {"age",
                               "-r",
                               "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
                               "-r",
                               day->recipient_text,
                               NULL};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes plaintext = bytes_pattern(sizes[i]);
        struct bytes file;
        struct bytes back;
        assert_int_equal(run_program(age, &plaintext, &file), 0);
        assert_int_equal(decrypt(&file, day->identity, &back), PR_OK);
        assert_bytes_equal(&back, &plaintext);
        bytes_clear(&plaintext);
        bytes_clear(&file);
        bytes_clear(&back);
    }
}

/* Armor is left out. */
static void test_armored_theirs_is_refused(void **state)
{
    const struct day *day = *state;
    const char *const age[] = {"age", "-a", "-r", day->recipient_text, NULL};
    struct bytes plaintext = bytes_pattern(10);
    struct bytes file;
    struct bytes back;

    assert_int_equal(run_program(age, &plaintext, &file), 0);
    assert_int_equal(decrypt(&file, day->identity, &back), PR_EFORMAT);
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

/* age-keygen reads our key file and finds the same recipient. */
static void test_age_keygen_reads_ours(void **state)
{
    const struct day *day = *state;
    const char *const keygen[] = {"age-keygen", "-y", day->key_path, NULL};
    struct bytes output;

    assert_int_equal(run_program(keygen, &nothing, &output), 0);
    assert_int_equal(output.size, AGE_RECIPIENT_TEXT_BYTES);
    assert_memory_equal(output.data, day->recipient_text, AGE_RECIPIENT_TEXT_BYTES - 1);
    bytes_clear(&output);
}

/* A file of age-keygen, put in place as a day's key, is one. */
static void test_we_load_theirs(void **state)
{
    const struct day *day = *state;
    char path[4200];
    struct bytes text;
    struct age_identity *identity;
    struct age_recipient recipient;
    char recipient_text[AGE_RECIPIENT_TEXT_BYTES];

    snprintf(path, sizeof path, "%s/day-2026-11-24.key", day->folder);
    const char *const keygen[] = {"age-keygen", "-o", path, NULL};
    assert_int_equal(run_program(keygen, &nothing, NULL), 0);
    text = bytes_of_file(path);
    bytes_append(&text, (const uint8_t *)"", 1);
    assert_int_equal(day_key_load(day->folder_fd, "2026-11-24", NULL, &identity), PR_OK);
    age_identity_recipient(identity, &recipient);
    age_recipient_format(&recipient, recipient_text);
    assert_non_null(strstr((const char *)text.data, recipient_text));
    age_identity_free(identity);
    bytes_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age_opens_ours),
        cmocka_unit_test(test_age_opens_ours_to_several),
        cmocka_unit_test(test_age_refuses_ours_to_others),
        cmocka_unit_test(test_we_open_theirs),
        cmocka_unit_test(test_armored_theirs_is_refused),
        cmocka_unit_test(test_age_keygen_reads_ours),
        cmocka_unit_test(test_we_load_theirs),
    };

    return cmocka_run_group_tests_name("age interop", tests, setup, teardown);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens and the key that makes them. */
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
#include <sodium.h>

#include "daemon/error.h"
#include "daemon/vault/trace-token.h"
#include "tests/unit/vault-files.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

struct place {
    char *folder;
    int fd;
    struct trace_key *key;
};

static void put_key(const struct place *place, const char *text, mode_t mode)
{
    (void)unlinkat(place->fd, "trace.key", 0);
    int fd = openat(place->fd, "trace.key", O_WRONLY | O_CREAT | O_CLOEXEC, mode);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/** The key of the vectors: 00 01 02 … 1f. */
#define KEY_TEXT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_true(sodium_init() >= 0);
    place->folder = folder_make();
    place->fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    put_key(place, KEY_TEXT, 0600);
    assert_int_equal(trace_key_load_or_create(place->fd, NULL, &place->key), PR_OK);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    trace_key_free(place->key);
    close(place->fd);
    folder_remove(place->folder);
    free(place);
    return 0;
}

/* Made by tests/unit/trace-vectors.py with Python's hashlib, not with this code. */
static const struct {
    struct trace_code code;
    const char *text;
} vectors[] = {
#include "tests/unit/trace-vectors.inc"
};

static void test_vectors(void **state)
{
    const struct place *place = *state;

    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char text[TRACE_TEXT_BYTES];
        struct trace_token token;

        trace_token_make(place->key, &vectors[i].code, text);
        assert_string_equal(text, vectors[i].text);
        assert_int_equal(trace_token_parse(text, &token), PR_OK);
        assert_int_equal(token.code.site, vectors[i].code.site);
        assert_int_equal(token.code.job, vectors[i].code.job);
        assert_int_equal(token.code.copy, vectors[i].code.copy);
        assert_int_equal(token.code.page, vectors[i].code.page);
        assert_int_equal(trace_token_check(place->key, &token), PR_OK);
    }
    assert_string_equal(trace_key_id(place->key), TRACE_VECTOR_ID);
    assert_int_equal(trace_key_site(place->key), TRACE_VECTOR_SITE);
}

/* Each of the 180 bits, turned, is found. */
static void test_every_bit(void **state)
{
    const struct place *place = *state;

    for (unsigned bit = 0; bit < 180; bit++) {
        char text[TRACE_TEXT_BYTES];
        struct trace_token token;
        char *place_of = &text[4 + bit / 5];

        trace_token_make(place->key, &vectors[0].code, text);
        size_t value = (size_t)(strchr(alphabet, *place_of) - alphabet);
        *place_of = alphabet[value ^ (16U >> bit % 5)];
        assert_int_equal(trace_token_parse(text, &token), PR_OK);
        assert_int_equal(trace_token_check(place->key, &token), PR_ECRYPTO);
    }
}

static void test_another_key(void **state)
{
    const struct place *place = *state;
    struct trace_key *other;
    struct trace_token token;
    char text[TRACE_TEXT_BYTES];

    assert_int_equal(unlinkat(place->fd, "trace.key", 0), 0);
    assert_int_equal(trace_key_load_or_create(place->fd, NULL, &other), PR_OK);
    assert_string_not_equal(trace_key_id(other), trace_key_id(place->key));
    trace_token_make(other, &vectors[0].code, text);
    assert_int_equal(trace_token_parse(text, &token), PR_OK);
    assert_int_equal(trace_token_check(place->key, &token), PR_ECRYPTO);
    trace_key_free(other);
}

static void test_forms(void **state)
{
    const struct place *place = *state;
    char text[TRACE_TEXT_BYTES];
    char address[TRACE_ADDRESS_BYTES];
    char form[512];
    struct trace_token expected;
    struct trace_token token;

    trace_token_make(place->key, &vectors[1].code, text);
    assert_int_equal(trace_token_parse(text, &expected), PR_OK);
    assert_int_equal(trace_token_address(text, "print.example.org:8443", address), PR_OK);
    assert_string_equal(address + strlen("HTTPS://PRINT.EXAMPLE.ORG:8443/T/"), text + 4);
    assert_int_equal(strncmp(address, "HTTPS://PRINT.EXAMPLE.ORG:8443/T/", 33), 0);

    char lower[TRACE_TEXT_BYTES];
    char digits[TRACE_TEXT_BYTES];
    for (size_t i = 0; i < sizeof text; i++) {
        lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
        digits[i] = i < 4            ? text[i]
                    : text[i] == 'O' ? '0'
                    : text[i] == 'I' ? '1'
                    : text[i] == 'B' ? '8'
                                     : text[i];
    }
    const char *const good[] = {text, text + 4, lower, lower + 4, digits, address};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(form, sizeof form, " %s\n", good[i]);
        assert_int_equal(trace_token_parse(form, &token), PR_OK);
        assert_int_equal(token.code.site, expected.code.site);
        assert_int_equal(token.code.job, expected.code.job);
        assert_int_equal(token.code.copy, expected.code.copy);
        assert_int_equal(token.code.page, expected.code.page);
        assert_memory_equal(token.mac, expected.mac, sizeof token.mac);
    }
    snprintf(form, sizeof form, "PR1: %.9s-%.9s %s", text + 4, text + 13, text + 22);
    assert_int_equal(trace_token_parse(form, &token), PR_OK);
    assert_memory_equal(token.mac, expected.mac, sizeof token.mac);

    char longer[TRACE_TEXT_BYTES + 1];
    snprintf(longer, sizeof longer, "%sA", text);
    char endless[2000];
    memset(endless, 'A', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    char elsewhere[128];
    snprintf(elsewhere, sizeof elsewhere, "https://x/%s", text + 4);
    const char *const bad[] = {"",           " ",     "PR1:",         "PR2:",    "2026-11-000001/1",
                               text + 5,     longer,  endless,        elsewhere, "https://",
                               "http:///t/", "PR1:9", "https://h/t/", "\xff\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        token.code.page = 77;
        assert_int_equal(trace_token_parse(bad[i], &token), PR_EFORMAT);
        assert_int_equal(token.code.page, 77);
    }
    memset(form, 'a', 90);
    form[90] = '\0';
    assert_int_equal(trace_token_address(text, form, address), PR_ELIMIT);
    assert_int_equal(trace_token_address(text, "a/b", address), PR_EINVAL);
    assert_int_equal(trace_token_address(text, "", address), PR_EINVAL);
}

/* Made once; what others could have read, or what is another, or none, is refused. */
static void test_key_file(void **state)
{
    struct place *place = *state;
    struct trace_key *key = NULL;
    struct stat status;

    assert_int_equal(trace_key_load_or_create(place->fd, TRACE_VECTOR_ID, &key), PR_OK);
    trace_key_free(key);
    key = NULL;
    assert_int_equal(trace_key_load_or_create(place->fd, "00000000000000000000000000000000", &key),
                     PR_ENOKEY);

    put_key(place, KEY_TEXT, 0640);
    assert_int_equal(trace_key_load_or_create(place->fd, NULL, &key), PR_ENOKEY);
    put_key(place, "short\n", 0600);
    assert_int_equal(trace_key_load_or_create(place->fd, NULL, &key), PR_ENOKEY);
    put_key(place, "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600);
    assert_int_equal(trace_key_load_or_create(place->fd, NULL, &key), PR_ENOKEY);
    put_key(place, KEY_TEXT, 0600);
    assert_int_equal(renameat(place->fd, "trace.key", place->fd, "elsewhere"), 0);
    assert_int_equal(symlinkat("elsewhere", place->fd, "trace.key"), 0);
    assert_int_equal(trace_key_load_or_create(place->fd, NULL, &key), PR_ENOKEY);
    assert_int_equal(unlinkat(place->fd, "trace.key", 0), 0);

    assert_int_equal(trace_key_load_or_create(place->fd, TRACE_VECTOR_ID, &key), PR_ENOKEY);
    assert_int_equal(fstatat(place->fd, "trace.key", &status, 0), -1);
    assert_null(key);

    assert_int_equal(trace_key_load_or_create(place->fd, NULL, &key), PR_OK);
    assert_int_equal(fstatat(place->fd, "trace.key", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    char id[TRACE_KEY_ID_BYTES];
    strcpy(id, trace_key_id(key));
    trace_key_free(key);
    assert_int_equal(trace_key_load_or_create(place->fd, id, &key), PR_OK);
    trace_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vectors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_file, setup, teardown),
    };

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}

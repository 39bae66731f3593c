/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The C2SP test vectors for age, those for X25519, the header and the body (see
 * age-testkit/README.md). A vector is a few lines "key: value", an empty line, and a file. What was
 * given out before an error is held to the vector as well.
 */
#include "config.h"

#include <dirent.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "daemon/vault/age.h"
#include "tests/unit/vault-files.h"

#define VECTORS TEST_SOURCE_DIR "/unit/age-testkit"

enum { VECTORS_LENGTH = 68 };

struct vector {
    char expect[32];
    char payload[crypto_hash_sha256_BYTES * 2 + 1];
    char identity[AGE_IDENTITY_TEXT_BYTES];
    struct bytes file; /* points into the vector's bytes */
};

static void take_field(struct vector *vector, const char *line)
{
    const struct {
        const char *key;
        char *value;
        size_t size;
    } fields[] = {
        {"expect: ", vector->expect, sizeof vector->expect},
        {"payload: ", vector->payload, sizeof vector->payload},
        {"identity: ", vector->identity, sizeof vector->identity},
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        size_t length = strlen(fields[i].key);
        if (strncmp(line, fields[i].key, length) == 0) {
            assert_true(strlen(line) - length < fields[i].size);
            memcpy(fields[i].value, line + length, strlen(line) - length + 1);
        }
    }
}

static struct vector parse_vector(const struct bytes *bytes)
{
    struct vector vector = {.expect = ""};
    const char *line = (const char *)bytes->data;
    const char *limit = line + bytes->size;

    for (;;) {
        const char *end = memchr(line, '\n', (size_t)(limit - line));
        assert_non_null(end);
        if (end == line) {
            vector.file.data = bytes->data + (end + 1 - (const char *)bytes->data);
            vector.file.size = (size_t)(limit - end - 1);
            return vector;
        }
        char *copy = strndup(line, (size_t)(end - line));
        take_field(&vector, copy);
        free(copy);
        line = end + 1;
    }
}

static int expected_result(const char *expect)
{
    static const struct {
        const char *expect;
        int result;
    } results[] = {
        {"success", PR_OK},
        {"no match", PR_ENOKEY},
        {"HMAC failure", PR_ECRYPTO},
        {"header failure", PR_EFORMAT},
        {"payload failure", PR_ECRYPTO},
    };

    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (strcmp(results[i].expect, expect) == 0) {
            return results[i].result;
        }
    }
    fail_msg("unknown expectation %s", expect);
    return 0;
}

static void check_vector(const char *name, const struct bytes *bytes)
{
    struct vector vector = parse_vector(bytes);
    struct age_identity *identity;
    struct bytes plaintext;
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hash_text[sizeof hash * 2 + 1];
    int expected = expected_result(vector.expect);

    if (vector.identity[0] != '\0') {
        assert_int_equal(age_identity_parse(vector.identity, &identity), PR_OK);
    } else {
        assert_int_equal(age_identity_generate(&identity), PR_OK);
    }
    int result = decrypt(&vector.file, identity, &plaintext);
    /* That a body is cut and that it is altered are two errors here, one in the vectors. */
    if (strcmp(vector.expect, "payload failure") == 0 && result == PR_EFORMAT) {
        result = PR_ECRYPTO;
    }
    if (result != expected) {
        fail_msg("%s: %s, expected %s", name, pr_strerror(result), vector.expect);
    }
    crypto_hash_sha256(hash, plaintext.data, plaintext.size);
    sodium_bin2hex(hash_text, sizeof hash_text, hash, sizeof hash);
    if (vector.payload[0] != '\0' && strcmp(hash_text, vector.payload) != 0) {
        fail_msg("%s: wrong plaintext of %zu bytes", name, plaintext.size);
    }
    if (vector.payload[0] == '\0') {
        assert_int_equal(plaintext.size, 0);
    }
    age_identity_free(identity);
    bytes_clear(&plaintext);
}

static void check_file(const char *name)
{
    char path[4096];
    size_t length = strlen(name);

    snprintf(path, sizeof path, "%s/%s", VECTORS, name);
    struct bytes bytes = bytes_of_file(path);
    if (length > 3 && strcmp(name + length - 3, ".gz") == 0) {
        static const char *const gzip[] = {"gzip", "-dc", NULL};
        struct bytes unpacked;
        assert_int_equal(run_program(gzip, &bytes, &unpacked), 0);
        bytes_clear(&bytes);
        bytes = unpacked;
    }
    check_vector(name, &bytes);
    bytes_clear(&bytes);
}

static void test_vectors(void **state)
{
    DIR *folder = opendir(VECTORS);
    const struct dirent *entry;
    size_t checked = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "README.md") != 0) {
            check_file(entry->d_name);
            checked++;
        }
    }
    closedir(folder);
    assert_int_equal(checked, VECTORS_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};

    return cmocka_run_group_tests_name("age testkit", tests, NULL, NULL);
}

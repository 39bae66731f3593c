/* SPDX-License-Identifier: GPL-2.0-or-later */
/* age files of our own making: every size reads back, nothing that was changed or cut does. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "daemon/vault/age-header.h"
#include "daemon/vault/age-stream.h"
#include "daemon/vault/age.h"
#include "daemon/vault/hkdf.h"
#include "tests/unit/vault-files.h"

struct person {
    struct age_identity *identity;
    struct age_recipient recipient;
};

static struct person person_new(void)
{
    struct person person;

    assert_int_equal(age_identity_generate(&person.identity), PR_OK);
    age_identity_recipient(person.identity, &person.recipient);
    return person;
}

static int setup(void **state)
{
    struct person *person = malloc(sizeof *person);

    *person = person_new();
    *state = person;
    return 0;
}

static int teardown(void **state)
{
    struct person *person = *state;

    age_identity_free(person->identity);
    free(person);
    return 0;
}

/* RFC 5869, test case 1, its first block: the length asked for is not part of it. And case 3,
 * without a salt. */
static void test_hkdf(void **state)
{
    static const uint8_t expected[HKDF_SHA256_BYTES] = {
        0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f,
        0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a,
        0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf};
    static const uint8_t expected_unsalted[HKDF_SHA256_BYTES] = {
        0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80,
        0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8, 0xa1, 0x1f, 0x5c, 0x5e, 0xe1,
        0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d};
    uint8_t material[22];
    uint8_t salt[13];
    uint8_t key[HKDF_SHA256_BYTES];

    (void)state;
    memset(material, 0x0b, sizeof material);
    for (size_t i = 0; i < sizeof salt; i++) {
        salt[i] = (uint8_t)i;
    }
    hkdf_sha256(material, sizeof material, salt, sizeof salt,
                "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", key);
    assert_memory_equal(key, expected, sizeof key);
    hkdf_sha256(material, sizeof material, NULL, 0, "", key);
    assert_memory_equal(key, expected_unsalted, sizeof key);
}

static const size_t sizes[] = {0,      1,      2,      65535,  65536,  65537,   131071, 131072,
                               131073, 196607, 196608, 196609, 327680, 1234567, 1048576};

static void test_round_trips(void **state)
{
    const struct person *person = *state;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes plaintext = bytes_pattern(sizes[i]);
        struct bytes file = encrypt(&plaintext, &person->recipient, 1);
        struct bytes back;
        size_t chunks = sizes[i] == 0 ? 1 : (sizes[i] + 65535) / 65536;
        size_t header = strlen("age-encryption.org/v1\n-> X25519 \n\n---  \n") - 1 + 129;
        assert_int_equal(file.size, header + 16 + sizes[i] + 16 * chunks);
        assert_int_equal(decrypt(&file, person->identity, &back), PR_OK);
        assert_bytes_equal(&back, &plaintext);
        bytes_clear(&plaintext);
        bytes_clear(&file);
        bytes_clear(&back);
    }
}

/* However the plaintext is cut into writes, it comes back. */
static void test_write_sizes(void **state)
{
    static const size_t steps[] = {1, 7, 4096, 65535, 65536, 65537, 100000, 200000};
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(200000);

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct bytes file = {0};
        struct bytes back;
        struct age_writer *writer;
        assert_int_equal(age_writer_open(&person->recipient, 1, bytes_append, &file, &writer),
                         PR_OK);
        for (size_t at = 0; at < plaintext.size; at += steps[i]) {
            size_t left = plaintext.size - at;
            assert_int_equal(
                age_writer_write(writer, plaintext.data + at, left < steps[i] ? left : steps[i]),
                PR_OK);
            assert_int_equal(age_writer_write(writer, plaintext.data, 0), PR_OK);
        }
        assert_int_equal(age_writer_finish(writer), PR_OK);
        assert_int_equal(age_writer_finish(writer), PR_ESTATE);
        assert_int_equal(age_writer_write(writer, plaintext.data, 1), PR_ESTATE);
        age_writer_free(writer);
        assert_int_equal(decrypt(&file, person->identity, &back), PR_OK);
        assert_bytes_equal(&back, &plaintext);
        bytes_clear(&file);
        bytes_clear(&back);
    }
    bytes_clear(&plaintext);
}

/* Two files of one document share nothing: fresh file keys, shares, salts. */
static void test_nothing_repeats(void **state)
{
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(1000);
    struct bytes one = encrypt(&plaintext, &person->recipient, 1);
    struct bytes other = encrypt(&plaintext, &person->recipient, 1);
    size_t same = 0;

    assert_int_equal(one.size, other.size);
    for (size_t i = one.size - 1000; i < one.size; i++) {
        same += one.data[i] == other.data[i] ? 1 : 0;
    }
    assert_true(same < 50);
    assert_null(memmem(one.data, one.size, plaintext.data, 16));
    bytes_clear(&plaintext);
    bytes_clear(&one);
    bytes_clear(&other);
}

static void test_unfinished_file_is_refused(void **state)
{
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(100000);
    struct bytes file = {0};
    struct bytes back;
    struct age_writer *writer;

    assert_int_equal(age_writer_open(&person->recipient, 1, bytes_append, &file, &writer), PR_OK);
    assert_int_equal(age_writer_write(writer, plaintext.data, plaintext.size), PR_OK);
    age_writer_free(writer);
    assert_int_equal(decrypt(&file, person->identity, &back), PR_EFORMAT);
    assert_int_equal(back.size, 65536);
    bytes_clear(&plaintext);
    bytes_clear(&file);
    bytes_clear(&back);
}

static void test_every_flipped_bit_is_found(void **state)
{
    const struct person *person = *state;
    struct person other = person_new();
    struct age_recipient recipients[2] = {person->recipient, other.recipient};
    struct bytes plaintext = bytes_pattern(50);
    struct bytes file = encrypt(&plaintext, recipients, 2);
    struct bytes back;

    for (size_t i = 0; i < file.size * 8; i++) {
        file.data[i / 8] ^= (uint8_t)(1U << i % 8);
        int result = decrypt(&file, person->identity, &back);
        assert_true(result == PR_ECRYPTO || result == PR_EFORMAT || result == PR_ENOKEY);
        assert_int_equal(back.size, 0);
        file.data[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    assert_int_equal(decrypt(&file, person->identity, &back), PR_OK);
    assert_bytes_equal(&back, &plaintext);
    age_identity_free(other.identity);
    bytes_clear(&plaintext);
    bytes_clear(&file);
    bytes_clear(&back);
}

static void test_every_truncation_is_found(void **state)
{
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(50);
    struct bytes file = encrypt(&plaintext, &person->recipient, 1);
    struct bytes back;

    for (size_t size = 0; size < file.size; size++) {
        struct bytes part = {file.data, size};
        int result = decrypt(&part, person->identity, &back);
        assert_true(result == PR_ECRYPTO || result == PR_EFORMAT);
        assert_int_equal(back.size, 0);
    }
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

/* Around the chunks' borders of a larger file; also what is given out before the error is right. */
static void test_truncation_at_chunks(void **state)
{
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(196608);
    struct bytes file = encrypt(&plaintext, &person->recipient, 1);
    size_t body = file.size - 3 * (size_t)AGE_SEALED_CHUNK_BYTES;

    for (size_t chunk = 0; chunk <= 3; chunk++) {
        for (int off = -17; off <= 17; off++) {
            struct bytes part = {file.data,
                                 (size_t)((long)(body + chunk * AGE_SEALED_CHUNK_BYTES) + off)};
            struct bytes back;
            if (part.size >= file.size) {
                continue;
            }
            int result = decrypt(&part, person->identity, &back);
            assert_true(result == PR_ECRYPTO || result == PR_EFORMAT);
            assert_true(off != 0 || result == PR_EFORMAT);
            assert_int_equal(back.size % 65536, 0);
            assert_true(back.size <= chunk * 65536);
            assert_true(back.size == 0 || memcmp(back.data, plaintext.data, back.size) == 0);
            bytes_clear(&back);
        }
    }
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

static void test_trailing_bytes_are_found(void **state)
{
    static const size_t plain_sizes[] = {0, 50, 65536, 65537};
    const struct person *person = *state;

    for (size_t i = 0; i < sizeof plain_sizes / sizeof plain_sizes[0]; i++) {
        struct bytes plaintext = bytes_pattern(plain_sizes[i]);
        struct bytes file = encrypt(&plaintext, &person->recipient, 1);
        struct bytes back;
        bytes_append(&file, (const uint8_t *)"", 1);
        int result = decrypt(&file, person->identity, &back);
        assert_int_equal(result, plain_sizes[i] == 65536 ? PR_EFORMAT : PR_ECRYPTO);
        bytes_clear(&plaintext);
        bytes_clear(&file);
        bytes_clear(&back);
    }
}

static void test_swapped_chunks_are_found(void **state)
{
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(196608);
    struct bytes file = encrypt(&plaintext, &person->recipient, 1);
    size_t chunk = 65536 + 16;
    uint8_t *body = file.data + file.size - 3 * chunk;
    uint8_t *kept = malloc(chunk);
    struct bytes back;

    memcpy(kept, body, chunk);
    memcpy(body, body + chunk, chunk);
    memcpy(body + chunk, kept, chunk);
    assert_int_equal(decrypt(&file, person->identity, &back), PR_ECRYPTO);
    assert_int_equal(back.size, 0);
    free(kept);
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

static void test_other_identity(void **state)
{
    const struct person *person = *state;
    struct person other = person_new();
    struct bytes plaintext = bytes_pattern(50);
    struct bytes file = encrypt(&plaintext, &person->recipient, 1);
    struct bytes back;
    struct age_reader *reader;
    int fd = bytes_descriptor(&file);

    assert_int_equal(decrypt(&file, other.identity, &back), PR_ENOKEY);
    assert_int_equal(age_reader_open(fd, NULL, 0, &reader), PR_ENOKEY);
    /* The one that fits may be any of several. */
    const struct age_identity *identities[] = {other.identity, person->identity};
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(age_reader_open(fd, identities, 2, &reader), PR_OK);
    age_reader_free(reader);
    close(fd);
    age_identity_free(other.identity);
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

static void test_many_recipients(void **state)
{
    struct person people[AGE_RECIPIENTS_MAX];
    struct age_recipient recipients[AGE_RECIPIENTS_MAX + 1] = {0};
    struct bytes plaintext = bytes_pattern(70000);
    struct age_writer *writer;

    (void)state;
    for (size_t i = 0; i < AGE_RECIPIENTS_MAX; i++) {
        people[i] = person_new();
        recipients[i] = people[i].recipient;
    }
    struct bytes file = encrypt(&plaintext, recipients, AGE_RECIPIENTS_MAX);
    for (size_t i = 0; i < AGE_RECIPIENTS_MAX; i++) {
        struct bytes back;
        assert_int_equal(decrypt(&file, people[i].identity, &back), PR_OK);
        assert_bytes_equal(&back, &plaintext);
        bytes_clear(&back);
        age_identity_free(people[i].identity);
    }
    bytes_clear(&file);
    assert_int_equal(age_writer_open(recipients, 0, bytes_append, &file, &writer), PR_EINVAL);
    assert_int_equal(
        age_writer_open(recipients, AGE_RECIPIENTS_MAX + 1, bytes_append, &file, &writer),
        PR_EINVAL);
    /* All zero: a point of low order. */
    assert_int_equal(
        age_writer_open(recipients + AGE_RECIPIENTS_MAX, 1, bytes_append, &file, &writer),
        PR_EFORMAT);
    assert_int_equal(file.size, 0);
    bytes_clear(&plaintext);
}

struct failing_sink {
    size_t left;
    unsigned calls_after_failure;
};

static int sink_that_fails(void *context, const uint8_t *data, size_t size)
{
    struct failing_sink *sink = context;

    (void)data;
    if (size > sink->left) {
        sink->calls_after_failure += sink->left == 0 ? 1 : 0;
        sink->left = 0;
        return PR_ENOSPC;
    }
    sink->left -= size;
    return PR_OK;
}

static void test_sink_errors_stick(void **state)
{
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(1000000);
    struct failing_sink sink = {.left = 10};
    struct age_writer *writer = NULL;

    assert_int_equal(age_writer_open(&person->recipient, 1, sink_that_fails, &sink, &writer),
                     PR_ENOSPC);
    assert_null(writer);
    sink = (struct failing_sink){.left = 200000};
    assert_int_equal(age_writer_open(&person->recipient, 1, sink_that_fails, &sink, &writer),
                     PR_OK);
    assert_int_equal(age_writer_write(writer, plaintext.data, plaintext.size), PR_ENOSPC);
    assert_int_equal(age_writer_write(writer, plaintext.data, 1), PR_ENOSPC);
    assert_int_equal(age_writer_finish(writer), PR_ENOSPC);
    assert_int_equal(sink.calls_after_failure, 0);
    age_writer_free(writer);
    bytes_clear(&plaintext);
}

/* A header of ours with stanzas of unknown types before the MAC, `size` bytes in all. */
static struct bytes padded_header(const struct age_recipient *recipient, size_t size)
{
    static const uint8_t file_key[AGE_FILE_KEY_BYTES] = {1, 2, 3};
    struct age_header_text header;
    struct bytes text = {0};
    char filler[AGE_HEADER_BYTES_MAX + 256];

    age_header_begin(&header);
    assert_int_equal(age_header_add(&header, recipient, file_key), PR_OK);
    bytes_append(&text, (const uint8_t *)header.text, header.size);
    size_t mac_line = 3 + 1 + 43 + 1;
    size_t left = size - text.size - mac_line - strlen("-> \n\n");
    memset(filler, 'x', sizeof filler);
    bytes_append(&text, (const uint8_t *)"-> ", 3);
    bytes_append(&text, (const uint8_t *)filler, left);
    bytes_append(&text, (const uint8_t *)"\n\n--- ", 6);
    memset(filler, 'A', 43);
    bytes_append(&text, (const uint8_t *)filler, 43);
    bytes_append(&text, (const uint8_t *)"\n", 1);
    assert_int_equal(text.size, size);
    return text;
}

static void test_header_size_limit(void **state)
{
    const struct person *person = *state;
    struct bytes largest = padded_header(&person->recipient, AGE_HEADER_BYTES_MAX);
    struct bytes larger = padded_header(&person->recipient, AGE_HEADER_BYTES_MAX + 1);
    struct age_header header;
    struct bytes back;

    assert_int_equal(age_header_parse(largest.data, largest.size, &header), PR_OK);
    assert_int_equal(header.size, AGE_HEADER_BYTES_MAX);
    assert_int_equal(age_header_parse(larger.data, larger.size, &header), PR_EFORMAT);
    /* Through the reader: the first fails at its MAC, the second before. */
    assert_int_equal(decrypt(&largest, person->identity, &back), PR_ECRYPTO);
    assert_int_equal(decrypt(&larger, person->identity, &back), PR_EFORMAT);
    bytes_clear(&largest);
    bytes_clear(&larger);
}

/* Each place of the header's base64 takes the 64 symbols and nothing else, whatever the byte. */
static void test_bytes_that_are_no_base64(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const struct person *person = *state;
    struct bytes plaintext = bytes_pattern(0);
    struct bytes file = encrypt(&plaintext, &person->recipient, 1);
    size_t header = file.size - 32;
    const size_t starts[] = {header - 44, header - 44 - 5 - 43, header - 44 - 5 - 43 - 44};
    struct age_header parsed;
    struct bytes back;

    for (size_t i = 0; i < sizeof starts / sizeof starts[0] * 43; i++) {
        uint8_t *place = file.data + starts[i / 43] + i % 43;
        uint8_t kept = *place;
        assert_non_null(strchr(alphabet, kept));
        for (unsigned byte = 0; byte < 256; byte++) {
            if (byte != 0 && strchr(alphabet, (int)byte) != NULL) {
                continue;
            }
            *place = (uint8_t)byte;
            assert_int_equal(decrypt(&file, person->identity, &back), PR_EFORMAT);
        }
        *place = kept;
    }
    assert_int_equal(age_header_parse(file.data, file.size, &parsed), PR_OK);
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

static void test_other_files_are_refused(void **state)
{
    static const char *const texts[] = {
        "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCg==\n",
        "%PDF-1.7\n",
        "age-encryption.org/v1\n",
        "age-encryption.org/v1\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n\n-> x\n\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v2\n-> x\n\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    };
    const struct person *person = *state;
    struct bytes back;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bytes file = {0};
        bytes_append(&file, (const uint8_t *)texts[i], strlen(texts[i]));
        assert_int_equal(decrypt(&file, person->identity, &back), PR_EFORMAT);
        bytes_clear(&file);
    }
}

static void test_reader_wants_room_for_a_chunk(void **state)
{
    const struct person *person = *state;
    const struct age_identity *identities[] = {person->identity};
    struct bytes plaintext = bytes_pattern(50);
    struct bytes file = encrypt(&plaintext, &person->recipient, 1);
    uint8_t *buffer = malloc(AGE_CHUNK_BYTES);
    struct age_reader *reader;
    size_t size = 0;
    int fd = bytes_descriptor(&file);

    assert_int_equal(age_reader_open(fd, identities, 1, &reader), PR_OK);
    assert_int_equal(age_reader_read(reader, buffer, AGE_CHUNK_BYTES - 1, &size), PR_EINVAL);
    assert_int_equal(age_reader_read(reader, buffer, AGE_CHUNK_BYTES, &size), PR_OK);
    assert_int_equal(size, 50);
    age_reader_free(reader);
    close(fd);
    free(buffer);
    bytes_clear(&plaintext);
    bytes_clear(&file);
}

static void test_read_errors(void **state)
{
    const struct person *person = *state;
    const struct age_identity *identities[] = {person->identity};
    struct age_reader *reader;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_int_equal(age_reader_open(folder, identities, 1, &reader), PR_EIO);
    close(folder);
}

/* In a child: without the right to lock memory all of it goes on. */
static int work_without_locked_memory(const struct person *person)
{
    static const struct rlimit none = {0, 0};
    struct bytes plaintext = bytes_pattern(70000);
    struct bytes back;

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0)) {
        return 2;
    }
    struct person late = person_new();
    struct age_recipient recipients[2] = {late.recipient, person->recipient};
    struct bytes file = encrypt(&plaintext, recipients, 2);
    int right = decrypt(&file, late.identity, &back) == PR_OK && back.size == plaintext.size &&
                memcmp(back.data, plaintext.data, back.size) == 0;
    return right ? 0 : 1;
}

static void test_without_locked_memory(void **state)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        _exit(work_without_locked_memory(*state));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hkdf),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_write_sizes),
        cmocka_unit_test(test_nothing_repeats),
        cmocka_unit_test(test_unfinished_file_is_refused),
        cmocka_unit_test(test_every_flipped_bit_is_found),
        cmocka_unit_test(test_every_truncation_is_found),
        cmocka_unit_test(test_truncation_at_chunks),
        cmocka_unit_test(test_trailing_bytes_are_found),
        cmocka_unit_test(test_swapped_chunks_are_found),
        cmocka_unit_test(test_other_identity),
        cmocka_unit_test(test_many_recipients),
        cmocka_unit_test(test_sink_errors_stick),
        cmocka_unit_test(test_header_size_limit),
        cmocka_unit_test(test_bytes_that_are_no_base64),
        cmocka_unit_test(test_other_files_are_refused),
        cmocka_unit_test(test_reader_wants_room_for_a_chunk),
        cmocka_unit_test(test_read_errors),
        cmocka_unit_test(test_without_locked_memory),
    };

    return cmocka_run_group_tests_name("age", tests, setup, teardown);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bech32 against the vectors of BIP 173 and the strictness age asks for. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "daemon/vault/age.h"
#include "daemon/vault/bech32.h"

#define LONG_HRP                                                                                   \
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio"

/* Valid strings of BIP 173. The zeros of the fourth are 51 bytes and two bits of padding. */
static const struct {
    const char *text;
    const char *hrp;
    size_t size;
} valid[] = {
    {"A12UEL5L", "A", 0},
    {"a12uel5l", "a", 0},
    {LONG_HRP "1tt5tgs", LONG_HRP, 0},
    {"11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
     "1", 51},
    {"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", 20},
    {"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split", 30},
    {"?1ezyfcl", "?", 0},
};

static void test_valid_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) {
        uint8_t data[64];
        char text[128];
        assert_int_equal(bech32_decode(valid[i].text, valid[i].hrp, data, valid[i].size), PR_OK);
        assert_int_equal(bech32_encode(valid[i].hrp, data, valid[i].size, text, sizeof text),
                         PR_OK);
        assert_string_equal(text, valid[i].text);
        assert_int_equal(strlen(text) + 1, BECH32_TEXT_BYTES(strlen(valid[i].hrp), valid[i].size));
    }
}

static void test_known_data(void **state)
{
    static const uint8_t expected[20] = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54,
                                         0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a, 0x56,
                                         0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf};
    uint8_t data[20];

    (void)state;
    assert_int_equal(bech32_decode(valid[4].text, "abcdef", data, sizeof data), PR_OK);
    assert_memory_equal(data, expected, sizeof data);
}

/* Of BIP 173's invalid strings those that reach the decoder with a usable human-readable part. */
static void test_invalid_vectors(void **state)
{
    static const struct {
        const char *text;
        const char *hrp;
    } invalid[] = {
        {"pzry9x0s0muk", "pzry9x0s0muk"}, /* no separator */
        {"1pzry9x0s0muk", "1"},           /* no human-readable part */
        {"x1b4n0q5v", "x"},               /* character outside of the alphabet */
        {"li1dgmt3", "li"},               /* checksum too short */
        {"de1lg7wt\xff", "de"},           /* not ASCII */
        {"A1G7SGD8", "A"},                /* checksum over the upper case */
        {"A12uEL5L", "A"},                /* mixed case */
        {"a12UEL5L", "a"},
        {"a12uel5l", "A"}, /* other case than asked for */
        {"A12UEL5L", "a"},
        {"a12uel5", "a"},
        {"a12uel5lq", "a"},
        {"a", "a"},
        {"a1", "a"},
        {"", "a"},
    };
    uint8_t untouched = 0x5a;

    (void)state;
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
        assert_int_equal(bech32_decode(invalid[i].text, invalid[i].hrp, &untouched, 0), PR_EFORMAT);
    }
    assert_int_equal(untouched, 0x5a);
}

static void test_wrong_use(void **state)
{
    uint8_t data[256] = {0};
    char text[512];

    (void)state;
    assert_int_equal(bech32_encode("", data, 1, text, sizeof text), PR_EINVAL);
    assert_int_equal(bech32_encode("aA", data, 1, text, sizeof text), PR_EINVAL);
    assert_int_equal(bech32_encode("a b", data, 1, text, sizeof text), PR_EINVAL);
    assert_int_equal(bech32_encode(LONG_HRP "x", data, 1, text, sizeof text), PR_EINVAL);
    assert_int_equal(bech32_encode("a", data, 256, text, sizeof text), PR_EINVAL);
    assert_int_equal(bech32_encode("a", data, 1, text, BECH32_TEXT_BYTES(1, 1) - 1), PR_EINVAL);
    assert_int_equal(bech32_decode("a12uel5l", "aA", data, 0), PR_EINVAL);
    assert_int_equal(bech32_decode("a12uel5l", "a", data, 256), PR_EINVAL);
}

/*
 * Two bytes are 16 bits in four symbols of 20: the last four bits are padding and must be zero. The
 * checksums of these texts are right (computed apart from this code).
 */
static void test_padding_bits(void **state)
{
    uint8_t data[3] = {0xff, 0xff, 0xff};

    (void)state;
    assert_int_equal(bech32_decode("age1qqqpzh8mqf", "age", data, 2), PR_EFORMAT);
    assert_int_equal(bech32_decode("age1qqqgp4hzrx", "age", data, 2), PR_EFORMAT);
    assert_int_equal(bech32_decode("age1qqqqqtl4es2", "age", data, 2), PR_EFORMAT);
    assert_int_equal(data[1], 0xff);
    assert_int_equal(bech32_decode("age1qqqs2qmkgg", "age", data, 2), PR_OK);
    assert_int_equal(data[0], 0);
    assert_int_equal(data[1], 1);
    assert_int_equal(bech32_decode("age1qqqqlpnwam", "age", data, 2), PR_OK);
    assert_int_equal(data[1], 0);
    assert_int_equal(bech32_decode("age1qqqqqtl4es2", "age", data, 3), PR_OK);
    assert_int_equal(data[2], 0);
}

static const char recipient_text[] =
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
static const char identity_text[] =
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

/* The pair of C2SP age.md, whose private key is 32 times 0x42. */
static void test_age_pair(void **state)
{
    uint8_t private_key[32];
    uint8_t expected[32];
    struct age_identity *identity;
    struct age_recipient recipient;
    char text[AGE_RECIPIENT_TEXT_BYTES];
    char secret_text[AGE_IDENTITY_TEXT_BYTES];

    (void)state;
    memset(expected, 0x42, sizeof expected);
    assert_int_equal(bech32_decode(identity_text, "AGE-SECRET-KEY-", private_key, 32), PR_OK);
    assert_memory_equal(private_key, expected, 32);
    assert_int_equal(age_identity_parse(identity_text, &identity), PR_OK);
    age_identity_recipient(identity, &recipient);
    age_recipient_format(&recipient, text);
    assert_string_equal(text, recipient_text);
    age_identity_format(identity, secret_text);
    assert_string_equal(secret_text, identity_text);
    age_identity_free(identity);

    struct age_recipient parsed;
    assert_int_equal(age_recipient_parse(recipient_text, &parsed), PR_OK);
    assert_memory_equal(parsed.public_key, recipient.public_key, sizeof parsed.public_key);
}

static char other_character(char c, unsigned step)
{
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const char *place = strchr(alphabet, tolower((unsigned char)c));
    char other = place != NULL ? alphabet[((size_t)(place - alphabet) + step) % 32] : 'q';

    return isupper((unsigned char)c) ? (char)toupper((unsigned char)other) : other;
}

/* Bech32 finds every single wrong character: each place, each other symbol. */
static void test_every_typing_error(void **state)
{
    struct age_recipient recipient;
    struct age_identity *identity = NULL;

    (void)state;
    for (size_t i = strlen("age1"); i < strlen(recipient_text); i++) {
        for (unsigned step = 1; step < 32; step++) {
            char text[sizeof recipient_text];
            memcpy(text, recipient_text, sizeof text);
            text[i] = other_character(text[i], step);
            assert_int_equal(age_recipient_parse(text, &recipient), PR_EFORMAT);
        }
    }
    for (size_t i = strlen("AGE-SECRET-KEY-1"); i < strlen(identity_text); i++) {
        char text[sizeof identity_text];
        memcpy(text, identity_text, sizeof text);
        text[i] = other_character(text[i], 7);
        assert_int_equal(age_identity_parse(text, &identity), PR_EFORMAT);
    }
    assert_null(identity);
}

static void test_case_of_age_texts(void **state)
{
    char lower[sizeof identity_text] = "";
    char upper[sizeof recipient_text] = "";
    struct age_identity *identity = NULL;
    struct age_recipient recipient;

    (void)state;
    for (size_t i = 0; i < sizeof identity_text; i++) {
        lower[i] = (char)tolower((unsigned char)identity_text[i]);
    }
    for (size_t i = 0; i < sizeof recipient_text; i++) {
        upper[i] = (char)toupper((unsigned char)recipient_text[i]);
    }
    assert_int_equal(age_identity_parse(lower, &identity), PR_EFORMAT);
    assert_int_equal(age_recipient_parse(upper, &recipient), PR_EFORMAT);
    assert_int_equal(age_recipient_parse(identity_text, &recipient), PR_EFORMAT);
    assert_int_equal(age_identity_parse(recipient_text, &identity), PR_EFORMAT);
    assert_null(identity);
}

/* The neutral element, and the point of order two: anybody would know the secret. */
static void test_low_order_recipient(void **state)
{
    static const uint8_t points[2][32] = {{0}, {1}};
    struct age_recipient recipient;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char text[AGE_RECIPIENT_TEXT_BYTES];
        assert_int_equal(bech32_encode("age", points[i], 32, text, sizeof text), PR_OK);
        assert_int_equal(age_recipient_parse(text, &recipient), PR_EFORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid_vectors),       cmocka_unit_test(test_known_data),
        cmocka_unit_test(test_invalid_vectors),     cmocka_unit_test(test_wrong_use),
        cmocka_unit_test(test_padding_bits),        cmocka_unit_test(test_age_pair),
        cmocka_unit_test(test_every_typing_error),  cmocka_unit_test(test_case_of_age_texts),
        cmocka_unit_test(test_low_order_recipient),
    };

    return cmocka_run_group_tests_name("bech32", tests, NULL, NULL);
}

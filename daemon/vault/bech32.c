/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text is HRP '1' DATA CHECKSUM. DATA are groups of five bits, most significant first; the
 * checksum is a BCH code over GF(32) of six symbols that also covers the human-readable part. The
 * text may hold a private key, so nothing here keeps a copy of it that is not wiped. The alphabet
 * is looked up in a table: whoever can time this process's cache lines while it reads its own key
 * file is outside of what the vault defends against (see age.h and age-header.c).
 */
#include "daemon/vault/bech32.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/error.h"

enum { HRP_LENGTH_MAX = 83, CHECKSUM_SYMBOLS = 6, DATA_BYTES_MAX = 255 };

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};

static uint32_t checksum_step(uint32_t sum, uint8_t symbol)
{
    uint32_t top = sum >> 25;

    sum = (sum & 0x1ffffff) << 5 ^ symbol;
    for (unsigned i = 0; i < 5; i++) {
        sum ^= (top >> i & 1) != 0 ? generator[i] : 0;
    }
    return sum;
}

/* The locale must not decide what a letter is, so <ctype.h> stays away. */
static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static char to_lower(char c)
{
    return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static char to_upper(char c)
{
    return is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

/* Checks a human-readable part and begins the checksum with it. */
static bool hrp_begin(const char *hrp, size_t *ret_length, bool *ret_upper, uint32_t *ret_sum)
{
    bool upper = false;
    bool lower = false;
    uint32_t sum = 1;
    size_t length = 0;

    for (; hrp[length] != '\0'; length++) {
        char c = hrp[length];
        if (length == HRP_LENGTH_MAX || c < 33 || c > 126) {
            return false;
        }
        upper = upper || is_upper(c);
        lower = lower || is_lower(c);
        sum = checksum_step(sum, (uint8_t)to_lower(c) >> 5);
    }
    if (length == 0 || (upper && lower)) {
        return false;
    }
    sum = checksum_step(sum, 0);
    for (size_t i = 0; i < length; i++) {
        sum = checksum_step(sum, (uint8_t)to_lower(hrp[i]) & 31);
    }
    *ret_length = length;
    *ret_upper = upper;
    *ret_sum = sum;
    return true;
}

/* The i-th group of five bits; past the end of the data the last group is filled with zeros. */
static uint8_t data_symbol(const uint8_t *data, size_t size, size_t i)
{
    size_t byte = i * 5 / 8;
    unsigned pair = (unsigned)data[byte] << 8 | (byte + 1 < size ? data[byte + 1] : 0U);

    return (uint8_t)(pair >> (11 - i * 5 % 8) & 31);
}

static char symbol_character(uint8_t symbol, bool upper)
{
    return upper ? to_upper(alphabet[symbol]) : alphabet[symbol];
}

int bech32_encode(const char *hrp, const uint8_t *data, size_t size, char *ret_text,
                  size_t text_size)
{
    size_t hrp_length;
    bool upper;
    uint32_t sum;

    if (!hrp_begin(hrp, &hrp_length, &upper, &sum) || size > DATA_BYTES_MAX ||
        text_size < BECH32_TEXT_BYTES(hrp_length, size)) {
        return PR_EINVAL;
    }
    memcpy(ret_text, hrp, hrp_length);
    char *out = ret_text + hrp_length;
    *out++ = '1';
    for (size_t i = 0; i < (size * 8 + 4) / 5; i++) {
        uint8_t symbol = data_symbol(data, size, i);
        sum = checksum_step(sum, symbol);
        *out++ = symbol_character(symbol, upper);
    }
    for (unsigned i = 0; i < CHECKSUM_SYMBOLS; i++) {
        sum = checksum_step(sum, 0);
    }
    sum ^= 1;
    for (unsigned i = 0; i < CHECKSUM_SYMBOLS; i++) {
        *out++ = symbol_character(sum >> (5 * (CHECKSUM_SYMBOLS - 1 - i)) & 31, upper);
    }
    *out = '\0';
    return PR_OK;
}

static bool symbol_value(char c, bool upper, uint8_t *ret_symbol)
{
    if (upper ? is_lower(c) : is_upper(c)) {
        return false;
    }
    const char *found = c != '\0' ? strchr(alphabet, to_lower(c)) : NULL;
    if (found == NULL) {
        return false;
    }
    *ret_symbol = (uint8_t)(found - alphabet);
    return true;
}

/* Reads the symbols after the separator; `text` has exactly symbols_length + CHECKSUM_SYMBOLS
 * characters. */
static bool decode_symbols(const char *text, size_t symbols_length, bool upper, uint32_t sum,
                           uint8_t *data, size_t size)
{
    uint32_t bits = 0;
    size_t written = 0;
    unsigned bits_length = 0;

    for (size_t i = 0; i < symbols_length + CHECKSUM_SYMBOLS; i++) {
        uint8_t symbol;
        if (!symbol_value(text[i], upper, &symbol)) {
            return false;
        }
        sum = checksum_step(sum, symbol);
        if (i >= symbols_length) {
            continue;
        }
        bits = (bits << 5 | symbol) & 0xfff;
        bits_length += 5;
        if (bits_length >= 8) {
            bits_length -= 8;
            data[written++] = (uint8_t)(bits >> bits_length);
        }
    }
    bool padding_is_zero = (bits & ((1U << bits_length) - 1)) == 0;
    return sum == 1 && padding_is_zero && written == size;
}

int bech32_decode(const char *text, const char *hrp, uint8_t *ret_data, size_t size)
{
    uint8_t data[DATA_BYTES_MAX];
    size_t hrp_length;
    bool upper;
    uint32_t sum;
    int result = PR_EFORMAT;

    if (size > sizeof data || !hrp_begin(hrp, &hrp_length, &upper, &sum)) {
        return PR_EINVAL;
    }
    size_t symbols_length = (size * 8 + 4) / 5;
    if (strncmp(text, hrp, hrp_length) != 0 || text[hrp_length] != '1' ||
        strlen(text + hrp_length + 1) != symbols_length + CHECKSUM_SYMBOLS) {
        return PR_EFORMAT;
    }
    if (decode_symbols(text + hrp_length + 1, symbols_length, upper, sum, data, size)) {
        memcpy(ret_data, data, size);
        result = PR_OK;
    }
    sodium_memzero(data, size);
    return result;
}

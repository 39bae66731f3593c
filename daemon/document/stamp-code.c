/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libqrencode takes some 100 µs for a code, as it tries all eight masks; for a long document that
 * is more than everything else together. But error correction (Reed-Solomon over GF(2^8)) and
 * placement are linear in the bits of the data, and the mask is added to the result: symbols of one
 * version, level and mask are affine in their data bits over GF(2). So for many codes of one length
 * libqrencode makes one symbol and, for every data bit in which another text differs, the change
 * this bit makes; each further code is the first one XOR such changes, which takes 2 µs.
 *
 * A change is the difference of two symbols of libqrencode whose data differ in the one bit, made
 * in byte mode, where any bit can be set; both are freed of their own masks first. All codes then
 * have the mask that was best for the first. Any mask is valid (ISO/IEC 18004 §7.8), and texts here
 * end in a MAC, so none is worse than another but by chance.
 */
#include "config.h"

#include "daemon/document/stamp-code.h"

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"

enum {
    FEW = 256,        /**< for fewer codes the changes do not pay */
    HEADER_BITS = 13, /**< mode and length of alphanumeric data, versions 1 to 9 (§7.4) */
    BYTE_HEADER_BITS = 12,
    DATA_BITS_MAX = HEADER_BITS + 11 * STAMP_CODE_BYTES / 2 + 8,
    IS_FIXED = 0x80, /**< in a module of libqrencode: neither data nor error correction */
};

/* Codes are added by groups of bytes, which compilers make one or two instructions of. */
enum { GROUP_BYTES = 32, GROUP_WORDS = GROUP_BYTES / 8 };
#define GROUPS(bytes) (((bytes) + GROUP_BYTES - 1) / GROUP_BYTES)

_Static_assert(CODE_ROWS_BYTES % GROUP_BYTES == 0 &&
                   CODE_ROWS_BYTES >= CODE_MODULES_MAX * ((CODE_MODULES_MAX + 7) / 8),
               "rows are whole groups");

/** What was found to fit texts of a length. */
struct fit {
    int version; /**< 0: not known */
    QRecLevel level;
};

/** The changes bits make. */
struct changes {
    char text[STAMP_CODE_BYTES];         /**< of the first code; "" before there is one */
    uint8_t bits[DATA_BITS_MAX / 8 + 1]; /**< its data */
    struct code code;
    uint8_t *change[DATA_BITS_MAX]; /**< as many bytes as a code; NULL before it is needed */
    uint8_t *zero;                  /**< symbol of empty bytes, without mask */
};

struct code_maker {
    bool many;
    struct fit fit[STAMP_CODE_BYTES];
    struct changes changes;
};

/* Prepared, and not yet taken. */
static struct code_maker *warm;

struct code_maker *code_maker_new(size_t expected)
{
    struct code_maker *maker = warm != NULL ? warm : calloc(1, sizeof *maker);

    warm = NULL;

    if (maker != NULL) {
        maker->many = expected >= FEW;
    }
    return maker;
}

static void clear_changes(struct changes *changes)
{
    for (size_t i = 0; i < DATA_BITS_MAX; i++) {
        free(changes->change[i]);
    }
    free(changes->zero);
    *changes = (struct changes){.zero = NULL};
}

void code_maker_free(struct code_maker *maker)
{
    if (maker != NULL) {
        clear_changes(&maker->changes);
        free(maker);
    }
}

/* libqrencode ---------------------------------------------------------------------------------- */

/** The value of a character in alphanumeric mode (§7.4.4), and 1. */
static const uint8_t alphanumerics[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    ['G'] = 17, ['H'] = 18, ['I'] = 19, ['J'] = 20, ['K'] = 21, ['L'] = 22, ['M'] = 23, ['N'] = 24,
    ['O'] = 25, ['P'] = 26, ['Q'] = 27, ['R'] = 28, ['S'] = 29, ['T'] = 30, ['U'] = 31, ['V'] = 32,
    ['W'] = 33, ['X'] = 34, ['Y'] = 35, ['Z'] = 36, [' '] = 37, ['$'] = 38, ['%'] = 39, ['*'] = 40,
    ['+'] = 41, ['-'] = 42, ['.'] = 43, ['/'] = 44, [':'] = 45,
};

static unsigned alphanumeric(char character)
{
    return alphanumerics[(unsigned char)character] - 1U;
}

static bool is_alphanumeric(const char *text)
{
    while (alphanumerics[(unsigned char)*text] != 0) {
        text++;
    }
    return *text == '\0';
}

static QRcode *encode(const void *data, size_t size, bool bytes, const struct fit *fit)
{
    QRinput *input = QRinput_new2(fit->version, fit->level);
    QRcode *symbol = NULL;

    if (input != NULL && QRinput_append(input, bytes ? QR_MODE_8 : QR_MODE_AN, (int)size,
                                        (const unsigned char *)data) == 0) {
        symbol = QRcode_encodeInput(input);
    }
    QRinput_free(input);
    return symbol;
}

static QRcode *encode_text(const char *text, const struct fit *fit)
{
    return encode(text, strlen(text), !is_alphanumeric(text), fit);
}

static int error_of_errno(void)
{
    return errno == ENOMEM ? PR_ENOMEM : PR_EINVAL;
}

/* The highest level that keeps the version of level M. */
static int find_fit(const char *text, struct fit *ret_fit)
{
    static const QRecLevel levels[] = {QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
    struct fit fit = {0, QR_ECLEVEL_M};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        QRcode *code = encode_text(text, &(struct fit){fit.version, levels[i]});
        int version = code != NULL ? code->version : 0;

        QRcode_free(code);
        if (i == 0 && version == 0) {
            return error_of_errno();
        }
        if (i == 0 || version == fit.version) {
            fit = (struct fit){version, levels[i]};
        }
    }
    *ret_fit = fit;
    return PR_OK;
}

static int pack(const QRcode *symbol, struct code *ret_code)
{
    unsigned modules = (unsigned)symbol->width;
    size_t row_bytes = (modules + 7) / 8;

    if (modules > CODE_MODULES_MAX) {
        return PR_EINVAL;
    }
    ret_code->modules = modules;
    ret_code->bytes = modules * row_bytes;
    memset(ret_code->rows, 0, ret_code->bytes);
    for (unsigned y = 0; y < modules; y++) {
        for (unsigned x = 0; x < modules; x++) {
            if ((symbol->data[y * modules + x] & 1) == 0) {
                ret_code->rows[y * row_bytes + x / 8] |= (uint8_t)(0x80 >> x % 8);
            }
        }
    }
    return PR_OK;
}

/* Changes -------------------------------------------------------------------------------------- */

/* Whether a mask inverts a module (§7.8.2). */
static bool is_masked(unsigned mask, unsigned x, unsigned y)
{
    switch (mask) {
    case 0:
        return (x + y) % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return (x + y) % 3 == 0;
    case 4:
        return (y / 2 + x / 3) % 2 == 0;
    case 5:
        return x * y % 2 + x * y % 3 == 0;
    case 6:
        return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
        return ((x + y) % 2 + x * y % 3) % 2 == 0;
    }
}

/* The mask a symbol has, from its format information (§7.9): three of the bits left in row 8, which
 * are themselves masked with 101. */
static unsigned mask_of(const QRcode *symbol)
{
    const unsigned char *row = symbol->data + (ptrdiff_t)8 * symbol->width;

    return ((row[2] & 1U) << 2 | (row[3] & 1U) << 1 | (row[4] & 1U)) ^ 5U;
}

/* The data modules of `size` bytes of data, without mask; NULL when they do not go into the same
 * kind of symbol. */
static uint8_t *data_modules(const uint8_t *data, size_t size, const struct fit *fit,
                             size_t code_bytes)
{
    QRcode *symbol = encode(data, size, true, fit);
    uint8_t *rows = calloc(GROUPS(code_bytes) + 1, GROUP_BYTES);

    if (symbol == NULL || rows == NULL || symbol->version != fit->version) {
        QRcode_free(symbol);
        free(rows);
        return NULL;
    }
    unsigned modules = (unsigned)symbol->width, mask = mask_of(symbol);
    size_t row_bytes = (modules + 7) / 8;

    for (unsigned y = 0; y < modules; y++) {
        for (unsigned x = 0; x < modules; x++) {
            unsigned module = symbol->data[y * modules + x];
            bool dark = ((module & 1) != 0) != is_masked(mask, x, y);

            if ((module & IS_FIXED) == 0 && dark) {
                rows[y * row_bytes + x / 8] |= (uint8_t)(0x80 >> x % 8);
            }
        }
    }
    QRcode_free(symbol);
    return rows;
}

/* What a bit of the data changes, by its place in the whole stream of data; NULL as above. */
static const uint8_t *change_of(struct changes *changes, const struct fit *fit, size_t bit,
                                size_t bits)
{
    uint8_t data[DATA_BITS_MAX / 8 + 2] = {0};
    size_t size = (bits - BYTE_HEADER_BITS + 7) / 8;
    size_t bytes = changes->code.bytes;

    if (changes->change[bit] != NULL) {
        return changes->change[bit];
    }
    if (changes->zero == NULL) {
        changes->zero = data_modules(data, size, fit, bytes);
    }
    data[(bit - BYTE_HEADER_BITS) / 8] = (uint8_t)(0x80 >> (bit - BYTE_HEADER_BITS) % 8);
    uint8_t *change = data_modules(data, size, fit, bytes);

    for (size_t i = 0; change != NULL && changes->zero != NULL && i < bytes; i++) {
        change[i] ^= changes->zero[i];
    }
    changes->change[bit] = change;
    return changes->zero != NULL ? change : NULL;
}

/* The data of an alphanumeric text, from the stream's beginning; returns their number. The header
 * is left empty: texts of one length have the same. */
static size_t data_bits(const char *text, uint8_t ret_bits[DATA_BITS_MAX / 8 + 1])
{
    size_t at = HEADER_BITS;

    memset(ret_bits, 0, DATA_BITS_MAX / 8 + 1);
    while (*text != '\0') {
        bool pair = text[1] != '\0';
        unsigned width = pair ? 11 : 6;
        unsigned value = alphanumeric(text[0]);

        value = pair ? value * 45 + alphanumeric(text[1]) : value;
        for (unsigned i = width; i-- > 0; at++) {
            ret_bits[at / 8] |= (uint8_t)((value >> i & 1) << (7 - at % 8));
        }
        text += pair ? 2 : 1;
    }
    return at;
}

/* XOR, which is what takes the time of a code. */
static void add_groups(uint8_t *sum, const uint8_t *change, size_t groups)
{
    for (size_t i = 0; i < groups; i++) {
        uint64_t left[GROUP_WORDS], right[GROUP_WORDS];

        memcpy(left, sum + i * GROUP_BYTES, GROUP_BYTES);
        memcpy(right, change + i * GROUP_BYTES, GROUP_BYTES);
        for (size_t k = 0; k < GROUP_WORDS; k++) {
            left[k] ^= right[k];
        }
        memcpy(sum + i * GROUP_BYTES, left, GROUP_BYTES);
    }
}

/* Makes a code out of the first one; false when that cannot be done. */
static bool make_by_changes(struct code_maker *maker, const char *text, struct code *ret_code)
{
    struct changes *changes = &maker->changes;
    const struct fit *fit = &maker->fit[strlen(text)];
    uint8_t bits[DATA_BITS_MAX / 8 + 1];
    struct code code = changes->code;

    if (strlen(changes->text) != strlen(text) || fit->version > 9 || !is_alphanumeric(text)) {
        return false;
    }
    size_t length = data_bits(text, bits);

    for (size_t bit = HEADER_BITS; bit < length; bit++) {
        if (((bits[bit / 8] ^ changes->bits[bit / 8]) & 0x80 >> bit % 8) == 0) {
            continue;
        }
        const uint8_t *change = change_of(changes, fit, bit, length);

        if (change == NULL) {
            return false;
        }
        add_groups(code.rows, change, GROUPS(code.bytes));
    }
    *ret_code = code;
    return true;
}

int code_make(struct code_maker *maker, const char *text, struct code *ret_code)
{
    size_t length = strlen(text);
    struct changes *changes = &maker->changes;

    if (length >= STAMP_CODE_BYTES) {
        return PR_EINVAL;
    }
    if (changes->text[0] != '\0' && make_by_changes(maker, text, ret_code)) {
        return PR_OK;
    }
    struct fit *fit = &maker->fit[length];
    QRcode *symbol = fit->version > 0 ? encode_text(text, fit) : NULL;

    /* A text of other characters may need more room than one of the same length. */
    if (symbol == NULL || symbol->version != fit->version) {
        QRcode_free(symbol);
        int result = find_fit(text, fit);

        symbol = result == PR_OK ? encode_text(text, fit) : NULL;
        if (symbol == NULL) {
            return result == PR_OK ? error_of_errno() : result;
        }
    }
    int result = pack(symbol, ret_code);

    QRcode_free(symbol);
    if (result == PR_OK && maker->many && strlen(changes->text) != length &&
        is_alphanumeric(text)) {
        clear_changes(changes);
        memcpy(changes->text, text, length + 1);
        data_bits(text, changes->bits);
        changes->code = *ret_code;
    }
    return result;
}

void code_warm_up(void)
{
    /* As long as "PR1:" and a token. */
    static const char usual[] = "PR1:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCD";
    struct code_maker *maker = code_maker_new(FEW);
    struct code code;

    if (maker != NULL && code_make(maker, usual, &code) == PR_OK) {
        uint8_t bits[DATA_BITS_MAX / 8 + 1];
        size_t length = data_bits(usual, bits);

        for (size_t bit = HEADER_BITS; bit < length; bit++) {
            change_of(&maker->changes, &maker->fit[sizeof usual - 1], bit, length);
        }
    }
    warm = maker;
}

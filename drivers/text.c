/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/text.h"

#include <stdbool.h>
#include <string.h>

/** The lead bytes of RFC 3629 section 4, with the range that the second byte must keep to. U+0080
 * to U+009F are left out: terminals take them for the beginning of commands. */
static const struct {
    unsigned char first, last, second_first, second_last, length;
} sequences[] = {{0x20, 0x7E, 0, 0, 1},       {0xC2, 0xC2, 0xA0, 0xBF, 2},
                 {0xC3, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                 {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
                 {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
                 {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};

static bool sequence_follows(const unsigned char *text, size_t row)
{
    if (sequences[row].length > 1 &&
        (text[1] < sequences[row].second_first || text[1] > sequences[row].second_last)) {
        return false;
    }
    for (size_t i = 2; i < sequences[row].length; i++) {
        /* The byte before was no NUL, so this one is still part of the string. */
        if ((text[i] & 0xC0) != 0x80) {
            return false;
        }
    }
    return true;
}

/** Characters that are not seen and make others be seen in another order or line (UAX 9): U+200E
 * and U+200F, U+2028 to U+202E, U+2066 to U+2069. */
static bool misleads(const unsigned char *text)
{
    return text[0] == 0xE2 && ((text[1] == 0x80 && (text[2] == 0x8E || text[2] == 0x8F ||
                                                    (text[2] >= 0xA8 && text[2] <= 0xAE))) ||
                               (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9));
}

/** Bytes of the character that begins here, 0 when none does. */
static size_t character_bytes(const unsigned char *text)
{
    for (size_t row = 0; row < sizeof sequences / sizeof sequences[0]; row++) {
        if (text[0] >= sequences[row].first && text[0] <= sequences[row].last) {
            return sequence_follows(text, row) && !misleads(text) ? sequences[row].length : 0;
        }
    }
    return 0;
}

void text_clean(char *to, size_t to_bytes, const char *from)
{
    const unsigned char *text = (const unsigned char *)(from != NULL ? from : "");
    size_t used = 0;
    while (*text != '\0') {
        size_t bytes = character_bytes(text);
        const bool valid = bytes > 0;
        bytes = valid ? bytes : 1;
        if (used + bytes >= to_bytes) {
            break;
        }
        if (valid) {
            memcpy(to + used, text, bytes);
        } else {
            to[used] = *text < 0x80 ? ' ' : '?';
        }
        used += bytes;
        text += bytes;
    }
    to[used] = '\0';
}

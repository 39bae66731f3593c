/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/text.h"

#include <stdint.h>
#include <string.h>

/** Characters a line must not hold, first to last. */
static const struct {
    uint32_t first;
    uint32_t last;
} hidden[] = {
    {0x0000, 0x001f},   /* C0 */
    {0x007f, 0x009f},   /* DEL, C1 */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x200b, 0x200f},   /* zero width, directional marks */
    {0x2028, 0x202e},   /* separators, directional embedding */
    {0x2060, 0x206f},   /* word joiner, isolates, deprecated formatting */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xfff9, 0xfffb},   /* interlinear annotation */
    {0xe0000, 0xe007f}, /* tags */
};

static bool is_hidden(uint32_t character)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (character >= hidden[i].first && character <= hidden[i].last) {
            return true;
        }
    }
    return false;
}

static bool is_space(uint32_t character)
{
    return character == 0x20 || character == 0xa0 || character == 0x3000;
}

/**
 * Reads one character of a terminated string.
 *
 * @return its length in bytes, 0 when it is not well-formed (overlong, a surrogate, beyond
 * U+10FFFF, cut short)
 */
static size_t decode(const unsigned char *bytes, uint32_t *ret_character)
{
    static const struct {
        unsigned char mask;
        unsigned char lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0x0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    size_t length = 0;

    while (length < 4 && (bytes[0] & forms[length].mask) != forms[length].lead) {
        length++;
    }
    if (length == 4) {
        return 0;
    }
    uint32_t character = bytes[0] & (unsigned char)~forms[length].mask;

    /* The terminating NUL is no continuation, so nothing behind it is read. */
    for (size_t i = 1; i <= length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        character = character << 6 | (bytes[i] & 0x3f);
    }
    if (character < forms[length].least || character > 0x10ffff ||
        (character >= 0xd800 && character <= 0xdfff)) {
        return 0;
    }
    *ret_character = character;
    return length + 1;
}

bool text_is_line(const char *text, size_t characters_min, size_t characters_max, size_t size)
{
    if (text == NULL || strnlen(text, size) >= size) {
        return false;
    }
    size_t characters = 0;
    uint32_t character = 0;

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t length = decode(at, &character);

        if (length == 0 || is_hidden(character) || (characters == 0 && is_space(character))) {
            return false;
        }
        characters++;
        at += length;
    }
    return characters >= characters_min && characters <= characters_max && !is_space(character);
}

bool text_is_of(const char *text, const char *allowed, size_t size)
{
    if (text == NULL) {
        return false;
    }
    size_t length = strnlen(text, size);

    return length > 0 && length < size && strspn(text, allowed) == length;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/encoding.h"

#include <stdint.h>
#include <string.h>

/** Length of the character that starts here, 0 when it is none (the table of RFC 3629 §4). */
static size_t character_length(const unsigned char *text, size_t length)
{
    static const struct {
        unsigned char first_min, first_max, second_min, second_max, length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (text[0] < forms[i].first_min || text[0] > forms[i].first_max) {
            continue;
        }
        if (forms[i].length > length) {
            return 0;
        }
        if (forms[i].length > 1 &&
            (text[1] < forms[i].second_min || text[1] > forms[i].second_max)) {
            return 0;
        }
        for (size_t k = 2; k < forms[i].length; k++) {
            if ((text[k] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return forms[i].length;
    }
    return 0;
}

size_t utf8_cut(const char *text, size_t length, size_t limit)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t place = 0;

    while (place < length) {
        size_t step = character_length(bytes + place, length - place);

        if (step == 0 || step > limit - place) {
            break;
        }
        place += step;
    }
    return place;
}

bool utf8_valid(const char *text, size_t length)
{
    return utf8_cut(text, length, length) == length;
}

bool utf8_has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static int hex_digit(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *place;

    if (digit >= 'A' && digit <= 'F') {
        digit = (char)(digit - 'A' + 'a');
    }
    place = digit != '\0' ? strchr(digits, digit) : NULL;
    return place != NULL ? (int)(place - digits) : -1;
}

bool percent_decode(const char *text, size_t length, char *buffer, size_t size)
{
    size_t written = 0;

    for (size_t i = 0; i < length; i++) {
        char byte = text[i];

        if (byte == '%') {
            int high = length - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

            if (low < 0) {
                return false;
            }
            byte = (char)(high * 16 + low);
            i += 2;
        }
        if (byte == '\0' || written + 1 >= size) {
            return false;
        }
        buffer[written++] = byte;
    }
    if (size == 0) {
        return false;
    }
    buffer[written] = '\0';
    return utf8_valid(buffer, written);
}

static bool unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("-._~", byte) != NULL);
}

bool percent_encode(const char *text, char *buffer, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t written = 0;

    for (const unsigned char *byte = (const unsigned char *)text; *byte != '\0'; byte++) {
        if (size < 4 || written > size - 4) {
            return false;
        }
        if (unreserved(*byte)) {
            buffer[written++] = (char)*byte;
        } else {
            buffer[written++] = '%';
            buffer[written++] = digits[*byte >> 4];
            buffer[written++] = digits[*byte & 15];
        }
    }
    if (written >= size) {
        return false;
    }
    buffer[written] = '\0';
    return true;
}

size_t fill_places(const char *text, const char *a, const char *b, char *buffer, size_t size)
{
    size_t written = 0;

    while (*text != '\0' && written + 1 < size) {
        const char *insert = NULL;

        if (strncmp(text, "{a}", 3) == 0) {
            insert = a;
        } else if (strncmp(text, "{b}", 3) == 0) {
            insert = b;
        }
        if (insert == NULL) {
            buffer[written++] = *text++;
            continue;
        }
        text += 3;
        for (; *insert != '\0' && written + 1 < size; insert++) {
            buffer[written++] = *insert;
        }
    }
    if (written + 1 >= size) {
        written = utf8_cut(buffer, written, written);
    }
    buffer[written] = '\0';
    return written;
}

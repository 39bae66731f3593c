/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

void policy_text_begin(struct policy_text *text, char *buffer, size_t size)
{
    *text = (struct policy_text){.buffer = buffer, .size = size};
    if (size) {
        buffer[0] = '\0';
    }
}

/* Appends one character of `length` bytes; after the first that does not fit none is written any
 * more. */
static void append(struct policy_text *text, const char *character, size_t length)
{
    if (text->written == text->length && text->size > text->written + length) {
        memcpy(text->buffer + text->written, character, length);
        text->written += length;
        text->buffer[text->written] = '\0';
    }
    text->length += length;
}

/*
 * Reads one UTF-8 character (RFC 3629: no overlong forms, no surrogates). Returns its length, or 0
 * when the bytes are none; a terminating zero is never passed, because it is no continuation byte.
 */
static size_t decode(const char *bytes, uint32_t *ret_character)
{
    const unsigned char *b = (const unsigned char *)bytes;
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    for (size_t more = 0; more < sizeof forms / sizeof forms[0]; more++) {
        if ((b[0] & forms[more].mask) != forms[more].lead) {
            continue;
        }
        uint32_t character = b[0] & (unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            if ((b[i] & 0xC0) != 0x80) {
                return 0;
            }
            character = character << 6 | (b[i] & 0x3F);
        }
        if (character < forms[more].least || character > 0x10FFFF ||
            (character >= 0xD800 && character <= 0xDFFF)) {
            return 0;
        }
        *ret_character = character;
        return more + 1;
    }
    return 0;
}

/* Characters that end a line, steer a terminal or turn the direction of what follows. */
static bool harmful(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C}, {0x200B, 0x200F},
                  {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static void append_string(struct policy_text *text, const char *string)
{
    while (*string) {
        uint32_t character;
        const size_t length = decode(string, &character);
        if (length == 0 || harmful(character)) {
            append(text, replacement, sizeof replacement - 1);
        } else {
            append(text, string, length);
        }
        string += length ? length : 1;
    }
}

static void append_number(struct policy_text *text, int64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    append_string(text, digits);
}

static const struct policy_value *find(const struct policy_value *values, const char *name,
                                       size_t length)
{
    for (; values->name; values++) {
        if (strncmp(values->name, name, length) == 0 && values->name[length] == '\0') {
            return values;
        }
    }
    return NULL;
}

/* Appends the part of a template without placeholders. */
static void append_part(struct policy_text *text, const char *part, size_t length)
{
    while (length > 0) {
        uint32_t character;
        const size_t one = decode(part, &character);
        append(text, part, one ? one : 1);
        part += one ? one : 1;
        length -= one ? one : 1;
    }
}

/* Appends what stands for the placeholder between `{` and `}`; false when its name is not known. */
static bool append_placeholder(struct policy_text *text, const char *inside, size_t length,
                               const struct policy_value *values)
{
    const char *question = memchr(inside, '?', length);
    const struct policy_value *value =
        find(values, inside, question ? (size_t)(question - inside) : length);
    if (!value) {
        return false;
    }
    if (!question) {
        if (value->string) {
            append_string(text, value->string);
        } else {
            append_number(text, value->number);
        }
        return true;
    }
    const char *one = question + 1;
    const char *end = inside + length;
    const char *bar = memchr(one, '|', (size_t)(end - one));
    if (!bar) {
        return false;
    }
    const bool single = value->number == 1;
    append_part(text, single ? one : bar + 1, (size_t)(single ? bar - one : end - bar - 1));
    return true;
}

void policy_text_fill(struct policy_text *text, const char *template,
                      const struct policy_value *values)
{
    while (*template) {
        const size_t plain = strcspn(template, "{");
        append_part(text, template, plain);
        template += plain;
        const char *close = strchr(template, '}');
        if (!close) {
            append_part(text, template, strlen(template));
            return;
        }
        if (!append_placeholder(text, template + 1, (size_t)(close - template - 1), values)) {
            append_part(text, template, (size_t)(close - template + 1));
        }
        template = close + 1;
    }
}

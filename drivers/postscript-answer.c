/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/postscript-answer.h"

#include <stdio.h>
#include <string.h>

#include "drivers/text.h"

bool postscript_part(const char *reply, size_t length, const char *begin, const char *end,
                     const char **ret_text, size_t *ret_length)
{
    const char *first = memmem(reply, length, begin, strlen(begin));
    if (first == NULL) {
        return false;
    }
    first += strlen(begin);
    const char *last = memmem(first, (size_t)(reply + length - first), end, strlen(end));
    if (last == NULL) {
        return false;
    }
    *ret_text = first;
    *ret_length = (size_t)(last - first);
    return true;
}

/* Values --------------------------------------------------------------------------------------- */

struct value {
    const char *text;
    size_t length;
};

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/** @return false when it is no text in hexadecimal digits, does not fit or has a NUL in it */
static bool take_hex(const struct value *value, char *to, size_t to_bytes)
{
    if (value->length == 0 || value->length % 2 != 0 || value->length / 2 >= to_bytes) {
        return false;
    }
    for (size_t i = 0; i < value->length; i += 2) {
        const int high = digit_of(value->text[i]);
        const int low = digit_of(value->text[i + 1]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return false;
        }
        to[i / 2] = (char)(high << 4 | low);
    }
    to[value->length / 2] = '\0';
    return true;
}

static bool take_count(const struct value *value, int64_t *ret)
{
    int64_t number = 0;
    if (value->length == 2 && memcmp(value->text, "-1", 2) == 0) {
        *ret = DEVICE_UNKNOWN;
        return true;
    }
    if (value->length == 0 || value->length > 15) {
        return false;
    }
    for (size_t i = 0; i < value->length; i++) {
        if (value->text[i] < '0' || value->text[i] > '9') {
            return false;
        }
        number = number * 10 + (value->text[i] - '0');
    }
    *ret = number;
    return true;
}

static bool take_word(const struct value *value, char *to, size_t to_bytes)
{
    if (value->length == 0 || value->length >= to_bytes) {
        return false;
    }
    (void)snprintf(to, to_bytes, "%.*s", (int)value->length, value->text);
    text_clean(to, to_bytes, to);
    return true;
}

/** The device's own message about an error in our program (PostScript Language Reference, 3.11). */
static bool take_own_error(const char *line, size_t length, struct postscript_line *to)
{
    static const char begin[] = "%%[ Error: ";
    if (length < sizeof begin - 1 || memcmp(line, begin, sizeof begin - 1) != 0) {
        return false;
    }
    const struct value word = {line + sizeof begin - 1, strcspn(line + sizeof begin - 1, "; \r\n")};
    to->kind = POSTSCRIPT_ERROR;
    return take_word(&word, to->text, sizeof to->text);
}

/** What follows the letter: `h` text in digits, `n` number, `w` word, `l` a letter. */
static const struct {
    char letter;
    enum postscript_line_kind kind;
    const char *values;
} forms[] = {{'V', POSTSCRIPT_VOLUME, "hl"},  {'F', POSTSCRIPT_FILE, "hn"},
             {'C', POSTSCRIPT_COUNT, "n"},    {'P', POSTSCRIPT_PRODUCT, "h"},
             {'R', POSTSCRIPT_REVISION, "h"}, {'S', POSTSCRIPT_SERIAL, "h"},
             {'T', POSTSCRIPT_THERE, "l"},    {'E', POSTSCRIPT_ERROR, "w"}};

static bool take_value(char form, const struct value *value, struct postscript_line *to)
{
    switch (form) {
    case 'h':
        return take_hex(value, to->text, sizeof to->text);
    case 'n':
        return take_count(value, &to->number);
    case 'w':
        return take_word(value, to->text, sizeof to->text);
    default:
        to->letter = value->length > 0 ? value->text[0] : '\0';
        return value->length > 0;
    }
}

static bool take_line(const char *line, size_t length, struct postscript_line *to)
{
    if (take_own_error(line, length, to)) {
        return true;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (line[0] != forms[i].letter || length < 3) {
            continue;
        }
        const char *at = line + 1;
        bool taken = true;
        for (const char *form = forms[i].values; *form != '\0' && taken; form++) {
            taken = at < line + length && *at == ' ';
            at += taken ? 1 : 0;
            const char *space = memchr(at, ' ', (size_t)(line + length - at));
            const struct value value = {at, (size_t)((space != NULL ? space : line + length) - at)};
            taken = taken && take_value(*form, &value, to);
            at += value.length;
        }
        to->kind = forms[i].kind;
        return taken && at == line + length;
    }
    return false;
}

bool postscript_line(const char **at, const char *end, struct postscript_line *ret)
{
    const char *begin = *at;
    while (begin < end && (*begin == '\r' || *begin == '\n')) {
        begin++;
    }
    const char *stop = begin;
    while (stop < end && *stop != '\r' && *stop != '\n') {
        stop++;
    }
    *at = stop;
    if (begin == stop) {
        return false;
    }
    struct postscript_line line = {.number = DEVICE_UNKNOWN};
    if (!take_line(begin, (size_t)(stop - begin), &line)) {
        line = (struct postscript_line){.kind = POSTSCRIPT_STRANGE, .number = DEVICE_UNKNOWN};
    }
    *ret = line;
    return true;
}

bool postscript_quote(const char *text, char *to, size_t to_bytes)
{
    size_t used = 0;
    if (2 * strlen(text) + 3 > to_bytes) {
        return false;
    }
    to[used++] = '<';
    for (; *text != '\0'; text++) {
        used += (size_t)snprintf(to + used, to_bytes - used, "%02x", (unsigned char)*text);
    }
    to[used++] = '>';
    to[used] = '\0';
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-syntax.h"

#include <string.h>

enum { DEPTH_MAX = 40, NUMBER_MAX = 8388607, GENERATION_MAX = 65535, DIGITS_MAX = 18 };

enum class { REGULAR, WHITE, DELIMITER };

static const uint8_t classes[256] = {
    [0] = WHITE,       ['\t'] = WHITE,    ['\n'] = WHITE,    ['\f'] = WHITE,
    ['\r'] = WHITE,    [' '] = WHITE,     ['('] = DELIMITER, [')'] = DELIMITER,
    ['<'] = DELIMITER, ['>'] = DELIMITER, ['['] = DELIMITER, [']'] = DELIMITER,
    ['{'] = DELIMITER, ['}'] = DELIMITER, ['/'] = DELIMITER, ['%'] = DELIMITER,
};

static bool take_object(struct span *rest, struct object *ret_object, int depth);

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

void syntax_skip_white(struct span *rest)
{
    while (rest->at < rest->end) {
        uint8_t class = classes[*rest->at];

        if (class == REGULAR || (class == DELIMITER && *rest->at != '%')) {
            return;
        }
        rest->at++;
        while (class == DELIMITER && rest->at < rest->end && *rest->at != '\n' &&
               *rest->at != '\r') {
            rest->at++;
        }
    }
}

static void skip_regular(struct span *rest)
{
    while (rest->at < rest->end && classes[*rest->at] == REGULAR) {
        rest->at++;
    }
}

bool syntax_span_is(const struct span *span, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(span->end - span->at) == length && memcmp(span->at, text, length) == 0;
}

bool syntax_take_word(struct span *rest, const char *word)
{
    struct span after = *rest;

    syntax_skip_white(&after);
    struct span found = {after.at, after.at};

    skip_regular(&after);
    found.end = after.at;
    if (!syntax_span_is(&found, word)) {
        return false;
    }
    *rest = after;
    return true;
}

bool syntax_take_number(struct span *rest, uint64_t max, uint64_t *ret_number)
{
    struct span after = *rest;
    uint64_t number = 0;

    syntax_skip_white(&after);
    const uint8_t *first = after.at;

    while (after.at < after.end && is_digit(*after.at) && after.at - first < DIGITS_MAX) {
        number = number * 10 + (uint64_t)(*after.at++ - '0');
    }
    bool ends = after.at == after.end || classes[*after.at] != REGULAR;

    if (after.at == first || !ends || number > max) {
        return false;
    }
    *rest = after;
    *ret_number = number;
    return true;
}

/* Kinds of objects ----------------------------------------------------------------------------- */

static bool take_string(struct span *rest)
{
    long open = 0;

    for (; rest->at < rest->end; rest->at++) {
        if (*rest->at == '\\') {
            rest->at++;
        } else if (*rest->at == '(') {
            open++;
        } else if (*rest->at == ')' && --open == 0) {
            rest->at++;
            return true;
        }
    }
    return false;
}

static bool is_hexadecimal(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F') ||
           classes[byte] == WHITE;
}

static bool take_hexadecimal(struct span *rest)
{
    do {
        rest->at++;
    } while (rest->at < rest->end && is_hexadecimal(*rest->at));
    if (rest->at == rest->end || *rest->at != '>') {
        return false;
    }
    rest->at++;
    return true;
}

static bool take_array(struct span *rest, int depth)
{
    struct object item;

    rest->at++;
    for (;;) {
        syntax_skip_white(rest);
        if (rest->at < rest->end && *rest->at == ']') {
            rest->at++;
            return true;
        }
        if (!take_object(rest, &item, depth)) {
            return false;
        }
    }
}

static bool take_dictionary(struct span *rest, int depth)
{
    struct object key, value;

    rest->at += 2;
    for (;;) {
        syntax_skip_white(rest);
        if (rest->end - rest->at >= 2 && rest->at[0] == '>' && rest->at[1] == '>') {
            rest->at += 2;
            return true;
        }
        if (!take_object(rest, &key, depth) || key.kind != OBJECT_NAME ||
            !take_object(rest, &value, depth)) {
            return false;
        }
    }
}

/* Digits, a sign before them and a point among them (§7.3.3). */
static enum object_kind kind_of_number(const struct span *word)
{
    const uint8_t *at = word->at;
    size_t digits = 0, points = 0;

    at += *at == '+' || *at == '-';
    for (; at < word->end; at++) {
        digits += is_digit(*at);
        points += *at == '.';
        if (!is_digit(*at) && *at != '.') {
            return OBJECT_NONE;
        }
    }
    if (digits == 0 || digits > DIGITS_MAX || points > 1) {
        return OBJECT_NONE;
    }
    return points == 0 ? OBJECT_INTEGER : OBJECT_REAL;
}

static enum object_kind kind_of_word(const struct span *word)
{
    if (syntax_span_is(word, "null")) {
        return OBJECT_NULL;
    }
    if (syntax_span_is(word, "true") || syntax_span_is(word, "false")) {
        return OBJECT_BOOLEAN;
    }
    return kind_of_number(word);
}

/* "12 0 R", of which the first word is known to be an integer. */
static bool take_reference(struct span *rest)
{
    struct span after = *rest;
    uint64_t number, generation;

    if (!is_digit(*after.at) || !syntax_take_number(&after, NUMBER_MAX, &number) ||
        !syntax_take_number(&after, GENERATION_MAX, &generation) ||
        !syntax_take_word(&after, "R")) {
        return false;
    }
    *rest = after;
    return true;
}

static bool take_word(struct span *rest, struct object *object)
{
    struct span word = {rest->at, rest->at};
    struct span after = *rest;

    skip_regular(&after);
    word.end = after.at;
    object->kind = kind_of_word(&word);
    if (object->kind == OBJECT_INTEGER && take_reference(rest)) {
        object->kind = OBJECT_REFERENCE;
        return true;
    }
    *rest = after;
    return object->kind != OBJECT_NONE;
}

static bool take_delimited(struct span *rest, struct object *object, int depth)
{
    switch (*rest->at) {
    case '/':
        object->kind = OBJECT_NAME;
        rest->at++;
        skip_regular(rest);
        return true;
    case '(':
        object->kind = OBJECT_STRING;
        return take_string(rest);
    case '[':
        object->kind = OBJECT_ARRAY;
        return take_array(rest, depth + 1);
    case '<':
        if (rest->end - rest->at >= 2 && rest->at[1] == '<') {
            object->kind = OBJECT_DICTIONARY;
            return take_dictionary(rest, depth + 1);
        }
        object->kind = OBJECT_STRING;
        return take_hexadecimal(rest);
    default:
        return false;
    }
}

static bool take_object(struct span *rest, struct object *ret_object, int depth)
{
    struct object object = {.kind = OBJECT_NONE};

    syntax_skip_white(rest);
    object.text.at = rest->at;
    if (rest->at == rest->end || depth > DEPTH_MAX) {
        return false;
    }
    bool good = classes[*rest->at] == DELIMITER ? take_delimited(rest, &object, depth)
                                                : take_word(rest, &object);

    if (!good || rest->at > rest->end) {
        return false;
    }
    object.text.end = rest->at;
    *ret_object = object;
    return true;
}

bool syntax_take(struct span *rest, struct object *ret_object)
{
    return take_object(rest, ret_object, 0);
}

/* Containers ----------------------------------------------------------------------------------- */

struct span syntax_inside(const struct object *container)
{
    int width = container->kind == OBJECT_DICTIONARY ? 2 : 1;

    return (struct span){container->text.at + width, container->text.end - width};
}

bool syntax_take_entry(struct span *inside, struct span *ret_key, struct object *ret_value)
{
    struct object key;

    if (!take_object(inside, &key, 0) || !take_object(inside, ret_value, 0)) {
        return false;
    }
    *ret_key = key.text;
    return true;
}

bool syntax_find_all(const struct object *dictionary, const char *const *keys, size_t length,
                     struct object *ret_objects)
{
    struct span inside = syntax_inside(dictionary);
    struct span found;
    struct object value;
    bool good = dictionary->kind == OBJECT_DICTIONARY;

    for (size_t i = 0; i < length; i++) {
        ret_objects[i].kind = OBJECT_NONE;
    }
    while (good && syntax_take_entry(&inside, &found, &value)) {
        good = memchr(found.at, '#', (size_t)(found.end - found.at)) == NULL;
        for (size_t i = 0; good && i < length; i++) {
            /* The second letter tells most keys apart. */
            if (found.at[1] == (uint8_t)keys[i][1] && syntax_span_is(&found, keys[i])) {
                good = ret_objects[i].kind == OBJECT_NONE;
                ret_objects[i] = value;
            }
        }
    }
    for (size_t i = 0; i < length; i++) {
        if (ret_objects[i].kind == OBJECT_NULL) {
            ret_objects[i].kind = OBJECT_NONE;
        }
    }
    return good;
}

bool syntax_find(const struct object *dictionary, const char *key, struct object *ret_object)
{
    return syntax_find_all(dictionary, &key, 1, ret_object);
}

/* Values --------------------------------------------------------------------------------------- */

bool syntax_is_name(const struct object *object, const char *name)
{
    return object->kind == OBJECT_NAME && syntax_span_is(&object->text, name);
}

bool syntax_integer(const struct object *object, int64_t min, int64_t max, int64_t *ret_value)
{
    double value = 0;

    if (object->kind != OBJECT_INTEGER || !syntax_real(object, &value) || value < (double)min ||
        value > (double)max) {
        return false;
    }
    *ret_value = (int64_t)value;
    return true;
}

bool syntax_real(const struct object *object, double *ret_value)
{
    const uint8_t *at = object->text.at;
    double value = 0, part = 1;
    bool fraction = false;

    if (object->kind != OBJECT_INTEGER && object->kind != OBJECT_REAL) {
        return false;
    }
    bool negative = *at == '-';

    for (at += *at == '+' || *at == '-'; at < object->text.end; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        value = value * 10 + (*at - '0');
        part *= fraction ? 10 : 1;
    }
    *ret_value = (negative ? -value : value) / part;
    return true;
}

bool syntax_reference(const struct object *object, uint32_t *ret_number, uint32_t *ret_generation)
{
    struct span rest = object->text;
    uint64_t number = 0, generation = 0;

    if (object->kind != OBJECT_REFERENCE || !syntax_take_number(&rest, NUMBER_MAX, &number) ||
        !syntax_take_number(&rest, GENERATION_MAX, &generation)) {
        return false;
    }
    *ret_number = (uint32_t)number;
    *ret_generation = (uint32_t)generation;
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/encoding.h"
#include "policy/quota.h"

enum { DEPTH_MAX = 8 };

/** What a reader of one type works with. */
struct reading {
    const struct api_field *field;
    json_t *object;
    json_t *member; /* borrowed from the object */
    bool query;
    struct api_value *value;
};

static const char *text_of(const struct reading *reading, size_t *ret_length)
{
    *ret_length = json_string_length(reading->member);
    return json_string_value(reading->member);
}

static bool text_fits(const struct api_field *field, const char *text, size_t length)
{
    return text != NULL && (int64_t)length >= field->min && (int64_t)length <= field->max &&
           utf8_valid(text, length) && !utf8_has_control(text, length);
}

static bool read_text(struct reading *reading)
{
    size_t length;
    const char *text = text_of(reading, &length);

    reading->value->text = text;
    return text_fits(reading->field, text, length);
}

static bool read_label(struct reading *reading)
{
    size_t length;
    const char *text = text_of(reading, &length);

    if (text == NULL || (int64_t)length < reading->field->min) {
        return false;
    }
    length = utf8_cut(text, length, (size_t)reading->field->max);
    char *copy = malloc(length + 1);

    if (copy == NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        copy[i] = utf8_has_control(text + i, 1) ? ' ' : text[i];
    }
    copy[length] = '\0';
    json_t *changed = json_stringn(copy, length);

    free(copy);
    if (changed == NULL ||
        json_object_set_new(reading->object, reading->field->name, changed) != 0) {
        return false;
    }
    reading->value->text = json_string_value(changed);
    return true;
}

static bool read_integer(struct reading *reading)
{
    int64_t number;

    if (reading->query) {
        const char *text = json_string_value(reading->member);
        char *end = NULL;

        errno = 0;
        number = strtoll(text, &end, 10);
        if (errno != 0 || *end != '\0' || !((*text >= '0' && *text <= '9') || *text == '-') ||
            end == text) {
            return false;
        }
    } else if (json_is_integer(reading->member)) {
        number = json_integer_value(reading->member);
    } else {
        return false;
    }
    reading->value->integer = number;
    return number >= reading->field->min && number <= reading->field->max;
}

static bool read_boolean(struct reading *reading)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true},   {"1", true},  {"yes", true},
                 {"false", false}, {"0", false}, {"no", false}};

    if (!reading->query) {
        reading->value->boolean = json_is_true(reading->member);
        return json_is_boolean(reading->member);
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(json_string_value(reading->member), words[i].word) == 0) {
            reading->value->boolean = words[i].value;
            return true;
        }
    }
    return false;
}

static bool read_month(struct reading *reading)
{
    const char *text = json_string_value(reading->member);

    reading->value->text = text;
    return text != NULL && policy_month_valid(text);
}

static bool read_choice(struct reading *reading)
{
    const char *text = json_string_value(reading->member);

    for (size_t i = 0; text != NULL && reading->field->choices[i] != NULL; i++) {
        if (strcmp(text, reading->field->choices[i]) == 0) {
            reading->value->text = reading->field->choices[i];
            reading->value->integer = (int64_t)i;
            return true;
        }
    }
    return false;
}

/** A query's "a,b" as the array it stands for, put in its place. */
static bool split_texts(struct reading *reading)
{
    const char *rest = json_string_value(reading->member);
    json_t *array = json_array();

    while (array != NULL) {
        size_t length = strcspn(rest, ",");

        if (json_array_append_new(array, json_stringn(rest, length)) != 0) {
            json_decref(array);
            return false;
        }
        if (rest[length] == '\0') {
            break;
        }
        rest += length + 1;
    }
    reading->member = array;
    return array != NULL && json_object_set_new(reading->object, reading->field->name, array) == 0;
}

static bool read_texts(struct reading *reading)
{
    if ((reading->query && !split_texts(reading)) || !json_is_array(reading->member)) {
        return false;
    }
    size_t length = json_array_size(reading->member);

    if (length > API_TEXTS_MAX || (reading->field->required && length == 0)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        const json_t *item = json_array_get(reading->member, i);

        if (!text_fits(reading->field, json_string_value(item), json_string_length(item))) {
            return false;
        }
        reading->value->texts[i] = json_string_value(item);
    }
    reading->value->texts_length = length;
    return true;
}

/** How a type is read, and what a field of it must be, in words: {a} and {b} are its min and max.
 */
static const struct {
    bool (*read)(struct reading *reading);
    const char *expected[POLICY_LANGUAGES];
} types[] = {
    [API_TEXT] = {read_text,
                  {"a text of {a} to {b} bytes without control characters",
                   "不含控制字符、长 {a} 至 {b} 字节的文本"}},
    [API_LABEL] = {read_label, {"a text of at least {a} bytes", "至少 {a} 字节的文本"}},
    [API_INTEGER] = {read_integer, {"a whole number from {a} to {b}", "{a} 至 {b} 的整数"}},
    [API_BOOLEAN] = {read_boolean, {"true or false", "true 或 false"}},
    [API_MONTH] = {read_month, {"a month as YYYY-MM", "形如 YYYY-MM 的月份"}},
    [API_CHOICE] = {read_choice, {"one of: ", "下列之一："}},
    [API_TEXTS] = {read_texts,
                   {"an array of texts of {a} to {b} bytes", "文本数组，每项长 {a} 至 {b} 字节"}},
};
_Static_assert(sizeof types / sizeof types[0] == API_TEXTS + 1, "every type has its row");

static bool refuse(struct api_field_error *error, enum api_problem problem, const char *field)
{
    error->problem = problem;
    size_t length = utf8_cut(field, strlen(field), sizeof error->field - 1);

    memcpy(error->field, field, length);
    error->field[length] = '\0';
    error->expected[0] = '\0';
    return false;
}

static bool refuse_value(struct api_field_error *error, const struct api_field *field,
                         enum policy_language language)
{
    char *text = error->expected;
    char min[24];
    char max[24];

    refuse(error, API_FIELD_INVALID, field->name);
    snprintf(min, sizeof min, "%" PRId64, field->min);
    snprintf(max, sizeof max, "%" PRId64, field->max);
    size_t length =
        fill_places(types[field->type].expected[language], min, max, text, sizeof error->expected);

    if (field->type != API_CHOICE) {
        return false;
    }

    for (size_t i = 0; field->choices[i] != NULL; i++) {
        if (length + strlen(field->choices[i]) + 3 > sizeof error->expected) {
            break;
        }
        length += (size_t)snprintf(text + length, sizeof error->expected - length, "%s%s",
                                   i > 0 ? ", " : "", field->choices[i]);
    }
    return false;
}

static bool no_unknown(const struct api_fields *fields, json_t *object,
                       struct api_field_error *error)
{
    const char *key;
    json_t *member;

    json_object_foreach(object, key, member)
    {
        size_t i = 0;

        while (i < fields->length && strcmp(fields->field[i].name, key) != 0) {
            i++;
        }
        if (i == fields->length) {
            return refuse(error, API_FIELD_UNKNOWN, key);
        }
    }
    return true;
}

bool api_fields_read(const struct api_fields *fields, json_t *object, bool query,
                     enum policy_language language, struct api_value *ret_values,
                     struct api_field_error *ret_error)
{
    if (!no_unknown(fields, object, ret_error)) {
        return false;
    }
    for (size_t i = 0; i < API_FIELDS_MAX; i++) {
        ret_values[i] = (struct api_value){.text = "", .integer = 0};
    }
    for (size_t i = 0; i < fields->length; i++) {
        const struct api_field *field = &fields->field[i];
        struct reading reading = {field, object, json_object_get(object, field->name), query,
                                  &ret_values[i]};

        ret_values[i].integer = field->type == API_CHOICE ? -1 : 0;
        if (reading.member == NULL || json_is_null(reading.member)) {
            if (field->required) {
                return refuse(ret_error, API_FIELD_MISSING, field->name);
            }
            continue;
        }
        if (!types[field->type].read(&reading)) {
            return refuse_value(ret_error, field, language);
        }
        ret_values[i].given = true;
    }
    return true;
}

/** How deep a JSON text nests; texts are skipped. Wrong JSON gives some number, which the parser's
 * refusal follows. */
static bool depth_fits(const char *text, size_t length)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < length; i++) {
        if (quoted) {
            if (text[i] == '\\') {
                i++;
            } else if (text[i] == '"') {
                quoted = false;
            }
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > DEPTH_MAX) {
                return false;
            }
        } else if ((text[i] == '}' || text[i] == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

json_t *api_json_parse(const char *text, size_t length, char *ret_error, size_t error_size)
{
    json_error_t error;

    if (length == 0) {
        return json_object();
    }
    if (!depth_fits(text, length)) {
        snprintf(ret_error, error_size, "nested more than %d deep", (int)DEPTH_MAX);
        return NULL;
    }
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

    if (object == NULL) {
        snprintf(ret_error, error_size, "line %d, column %d: %s", error.line, error.column,
                 error.text);
        return NULL;
    }
    if (!json_is_object(object)) {
        snprintf(ret_error, error_size, "it is not an object");
        json_decref(object);
        return NULL;
    }
    return object;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a peer of the API may send: a first line, taken as a path, and what follows, taken as a JSON
 * body and then as a query. Whatever comes in, what handlers would see must keep its form: texts
 * are UTF-8 of the length allowed without control characters, numbers are in range, choices are
 * among those there are.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/encoding.h"
#include "daemon/api/fields.h"
#include "daemon/api/match.h"
#include "policy/quota.h"

enum { INPUT_BYTES_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "%s\n", what);
        abort();
    }
}

static const struct api_route rows[] = {
    {.method = API_GET, .pattern = "/v1/jobs"},
    {.method = API_POST, .pattern = "/v1/jobs/{id}/cancel"},
    {.method = API_PUT, .pattern = "/v1/{a}/{b}/{c}"},
};
static const struct api_routes routes = {rows, sizeof rows / sizeof rows[0]};

static const char *const choices[] = {"one-sided", "two-sided-long-edge", NULL};
static const struct api_field field_rows[] = {
    {.name = "t", .type = API_TEXT, .min = 2, .max = 8},
    {.name = "l", .type = API_LABEL, .max = 8},
    {.name = "i", .type = API_INTEGER, .min = -9, .max = 9},
    {.name = "b", .type = API_BOOLEAN},
    {.name = "m", .type = API_MONTH},
    {.name = "c", .type = API_CHOICE, .choices = choices},
    {.name = "a", .type = API_TEXTS, .min = 2, .max = 8},
};
static const struct api_fields fields = API_FIELDS(field_rows);
enum { T, L, I, B, M, C, A };

static void look_at_path(const char *path)
{
    for (unsigned method = 0; method <= API_METHODS; method++) {
        char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES] = {{0}};
        uint32_t methods = 0;
        const struct api_route *route =
            api_match(&routes, (enum api_method)method, path, parameter, &methods);

        must(route == NULL || (methods & (1u << route->method)) != 0, "a row without its method");
        for (size_t i = 0; i < API_PARAMETERS_MAX; i++) {
            size_t length = strnlen(parameter[i], API_PARAMETER_BYTES);

            must(length < API_PARAMETER_BYTES, "a parameter without end");
            must(utf8_valid(parameter[i], length) && !utf8_has_control(parameter[i], length) &&
                     strcmp(parameter[i], "..") != 0,
                 "a parameter out of form");
        }
    }
}

static void look_at_text(const char *text, size_t min, size_t max)
{
    size_t length = strlen(text);

    must(length >= min && length <= max, "a text of a wrong length");
    must(utf8_valid(text, length) && !utf8_has_control(text, length), "a text out of form");
}

static void look_at_values(const struct api_value *value)
{
    if (value[T].given) {
        look_at_text(value[T].text, 2, 8);
    }
    look_at_text(value[L].text, 0, 8);
    must(value[I].integer >= -9 && value[I].integer <= 9, "a number out of range");
    must(!value[M].given || policy_month_valid(value[M].text), "a month that is none");
    must(value[C].given == (value[C].integer == 0 || value[C].integer == 1), "no such choice");
    must(value[A].texts_length <= API_TEXTS_MAX, "too many texts");
    for (size_t i = 0; i < value[A].texts_length; i++) {
        look_at_text(value[A].texts[i], 2, 8);
    }
}

static void look_at_object(json_t *object, bool query)
{
    struct api_value value[API_FIELDS_MAX];
    struct api_field_error error;

    if (api_fields_read(&fields, object, query, POLICY_CHINESE, value, &error)) {
        look_at_values(value);
        return;
    }
    json_t *problem = api_problem_document(error.problem, POLICY_CHINESE, error.field,
                                           error.expected, NULL, NULL);

    must(json_is_string(json_object_get(problem, "detail")), "a refusal without words");
    json_decref(problem);
}

/** "name=value&name=value", percent-encoded, as the server takes it apart. */
static void look_at_query(const char *text)
{
    json_t *object = json_object();

    while (*text != '\0') {
        size_t length = strcspn(text, "&");
        size_t name_length = strcspn(text, "=&");
        char name[64];
        char value[2048];

        if (name_length < length && percent_decode(text, name_length, name, sizeof name) &&
            percent_decode(text + name_length + 1, length - name_length - 1, value, sizeof value)) {
            json_object_set_new(object, name, json_string(value));
        }
        text += length + (text[length] == '&' ? 1 : 0);
    }
    look_at_object(object, true);
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[INPUT_BYTES_MAX + 1];
    char rest[INPUT_BYTES_MAX + 1];
    char error[256];
    const uint8_t *line_end = memchr(data, '\n', size);
    size_t path_length = line_end != NULL ? (size_t)(line_end - data) : size;
    size_t rest_start = line_end != NULL ? path_length + 1 : size;

    if (size > INPUT_BYTES_MAX) {
        return 0;
    }
    memcpy(path, data, path_length);
    path[path_length] = '\0';
    memcpy(rest, data + rest_start, size - rest_start);
    rest[size - rest_start] = '\0';
    look_at_path(path);
    json_t *object = api_json_parse(rest, size - rest_start, error, sizeof error);

    if (object != NULL) {
        look_at_object(object, false);
        json_decref(object);
    }
    look_at_query(rest);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The API's pure parts: texts from outside, routes, fields, problems. */
#include "tests/unit/api-support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/encoding.h"
#include "daemon/api/fields.h"
#include "daemon/api/match.h"
#include "daemon/error.h"

/* Texts ------------------------------------------------------------------------------------------
 */

static void utf8_is_strict(void **state)
{
    static const char *const good[] = {"", "a", "教务处", "\xf0\x9f\x96\xa8", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc0\xaf",         /* '/' overlong */
        "\xe0\x80\xaf",     /* the same, longer */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xe6\x95",         /* cut */
        "a\xff",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(utf8_valid(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
    }
}

static void cut_keeps_characters_whole(void **state)
{
    (void)state;
    assert_int_equal(utf8_cut("教务", 6, 6), 6);
    assert_int_equal(utf8_cut("教务", 6, 5), 3);
    assert_int_equal(utf8_cut("教务", 6, 2), 0);
    assert_int_equal(utf8_cut("ab\xff", 3, 3), 2);
}

static void percent_decoding_refuses_tricks(void **state)
{
    static const char *const bad[] = {"%", "%4", "%zz", "a%0", "%00", "%c0%af", "%ff", "%-1"};
    char buffer[16];

    (void)state;
    assert_true(percent_decode("a%2Fb%e6%95%99", 14, buffer, sizeof buffer));
    assert_string_equal(buffer, "a/b教");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(percent_decode(bad[i], strlen(bad[i]), buffer, sizeof buffer));
    }
    assert_true(percent_decode("123456789012345", 15, buffer, sizeof buffer));
    assert_false(percent_decode("1234567890123456", 16, buffer, sizeof buffer));
}

static void percent_encoding_comes_back(void **state)
{
    const char *text = "教务处 a/b?c&d=%";
    char encoded[128];
    char decoded[64];

    (void)state;
    assert_true(percent_encode(text, encoded, sizeof encoded));
    assert_null(strpbrk(encoded, "/?& "));
    assert_true(percent_decode(encoded, strlen(encoded), decoded, sizeof decoded));
    assert_string_equal(decoded, text);
    for (size_t size = 0; size < strlen(encoded) + 1; size++) {
        assert_false(percent_encode(text, encoded, size));
    }
}

static void places_are_filled(void **state)
{
    char buffer[64];

    (void)state;
    assert_int_equal(fill_places("{a} and {b}, {a}!", "x", "{a}", buffer, sizeof buffer), 13);
    assert_string_equal(buffer, "x and {a}, x!"); /* what was filled in is not filled in again */
    assert_int_equal(fill_places("{a}{b}", "教", "务", buffer, 6), 3);
    assert_string_equal(buffer, "教");
}

/* Routes -----------------------------------------------------------------------------------------
 */

static void nothing(struct api_request *request)
{
    (void)request;
}

static const struct api_route rows[] = {
    {.method = API_GET, .pattern = "/v1/jobs", .handle = nothing},
    {.method = API_POST, .pattern = "/v1/jobs", .handle = nothing},
    {.method = API_GET, .pattern = "/v1/jobs/{id}", .handle = nothing},
    {.method = API_POST, .pattern = "/v1/jobs/{id}/cancel", .handle = nothing},
    {.method = API_PUT, .pattern = "/v1/a/{x}/b/{y}", .handle = nothing},
};
static const struct api_routes table = {rows, sizeof rows / sizeof rows[0]};

static const struct api_route *match(enum api_method method, const char *path,
                                     char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES],
                                     uint32_t *ret_methods)
{
    return api_match(&table, method, path, parameter, ret_methods);
}

static void routes_are_found(void **state)
{
    char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES];
    uint32_t methods;

    (void)state;
    assert_ptr_equal(match(API_GET, "/v1/jobs", parameter, &methods), &rows[0]);
    assert_int_equal(methods, (1u << API_GET) | (1u << API_POST));
    assert_ptr_equal(match(API_GET, "/v1/jobs/2026-11-000001", parameter, &methods), &rows[2]);
    assert_string_equal(parameter[0], "2026-11-000001");
    assert_ptr_equal(match(API_POST, "/v1/jobs/7/cancel", parameter, &methods), &rows[3]);
    assert_ptr_equal(match(API_PUT, "/v1/a/%E6%95%99/b/2", parameter, &methods), &rows[4]);
    assert_string_equal(parameter[0], "教");
    assert_string_equal(parameter[1], "2");
    assert_ptr_equal(match(API_GET, "/%761/j%6fbs", parameter, &methods), &rows[0]);
}

static void another_method_is_told_from_no_path(void **state)
{
    char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES];
    char allow[64];
    uint32_t methods;

    (void)state;
    assert_null(match(API_DELETE, "/v1/jobs", parameter, &methods));
    api_methods_format(methods, allow, sizeof allow);
    assert_string_equal(allow, "GET, POST, HEAD, OPTIONS");
    assert_null(match(API_GET, "/v1/jobs/7/cancel", parameter, &methods));
    api_methods_format(methods, allow, sizeof allow);
    assert_string_equal(allow, "POST, OPTIONS");
    assert_null(match(API_METHODS, "/v1/jobs", parameter, &methods));
    assert_int_not_equal(methods, 0);
}

static void hostile_paths_match_nothing(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "//",
        "v1/jobs",
        "/v1/jobs/",
        "/v1//jobs",
        "/v1/jobs//cancel",
        "/v1/./jobs",
        "/v1/jobs/..",
        "/v1/jobs/.",
        "/v1/jobs/%2e%2e",
        "/v1/jobs/%2E",
        "/v1/jobs/7/../cancel",
        "/v1/jobs%2F7",
        "/v1/jobs/%00",
        "/v1/jobs/a%00b",
        "/v1/jobs/%0a",
        "/v1/jobs/%7f",
        "/v1/jobs/%c0%ae",
        "/v1/jobs/%",
        "/v1/jobs/%5",
        "/v1/jobs/%gg",
        "/V1/jobs",
        "/v1/jobs/7/cancel/more",
        "http://localhost/v1/jobs",
        "*",
    };
    char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES];
    uint32_t methods;

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        for (unsigned method = 0; method < API_METHODS; method++) {
            assert_null(match((enum api_method)method, paths[i], parameter, &methods));
            assert_int_equal(methods, 0);
        }
    }
}

static void an_escaped_slash_stays_inside_its_segment(void **state)
{
    char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES];
    uint32_t methods;

    (void)state;
    assert_ptr_equal(match(API_GET, "/v1/jobs/7%2Fcancel", parameter, &methods), &rows[2]);
    assert_string_equal(parameter[0], "7/cancel");
    assert_ptr_equal(match(API_GET, "/v1/jobs/..%2F..%2Fetc", parameter, &methods), &rows[2]);
    assert_string_equal(parameter[0], "../../etc");
}

static void overlong_segments_match_nothing(void **state)
{
    char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES];
    char path[API_PARAMETER_BYTES + 32] = "/v1/jobs/";
    size_t prefix = strlen(path);
    uint32_t methods;

    (void)state;
    memset(path + prefix, 'x', API_PARAMETER_BYTES - 1);
    assert_ptr_equal(match(API_GET, path, parameter, &methods), &rows[2]);
    assert_int_equal(strlen(parameter[0]), API_PARAMETER_BYTES - 1);
    path[prefix + API_PARAMETER_BYTES - 1] = 'x';
    assert_null(match(API_GET, path, parameter, &methods));
}

static void methods_are_read(void **state)
{
    enum api_method method;

    (void)state;
    for (unsigned i = 0; i < API_METHODS; i++) {
        assert_true(api_method_parse(api_method_name((enum api_method)i), &method));
        assert_int_equal(method, i);
    }
    assert_true(api_method_parse("HEAD", &method));
    assert_int_equal(method, API_GET);
    assert_false(api_method_parse("get", &method));
    assert_false(api_method_parse("TRACE", &method));
}

/* Fields -----------------------------------------------------------------------------------------
 */

static const char *const choices[] = {"one-sided", "two-sided-long-edge", NULL};
enum { TEXT, LABEL, NUMBER, FLAG, MONTH, CHOICE, TEXTS };
static const struct api_field field_rows[] = {
    [TEXT] = {"text", API_TEXT, .required = true, .min = 1, .max = 6},
    [LABEL] = {"label", API_LABEL, .max = 7},
    [NUMBER] = {"number", API_INTEGER, .min = -1, .max = 99},
    [FLAG] = {.name = "flag", .type = API_BOOLEAN},
    [MONTH] = {.name = "month", .type = API_MONTH},
    [CHOICE] = {"choice", API_CHOICE, .choices = choices},
    [TEXTS] = {"texts", API_TEXTS, .min = 1, .max = 3},
};
static const struct api_fields fields = API_FIELDS(field_rows);

struct fields_read {
    json_t *object;
    struct api_value value[API_FIELDS_MAX];
    struct api_field_error error;
};

static bool read_fields(struct fields_read *read, const char *json, bool query)
{
    char error[256];

    json_decref(read->object);
    read->object = api_json_parse(json, strlen(json), error, sizeof error);
    assert_non_null(read->object);
    return api_fields_read(&fields, read->object, query, POLICY_ENGLISH, read->value, &read->error);
}

static void fields_are_read_from_json(void **state)
{
    struct fields_read read = {0};

    (void)state;
    assert_true(
        read_fields(&read,
                    "{\"text\":\"教务\",\"label\":\"a\\nb教务处\",\"number\":7,\"flag\":true,"
                    "\"month\":\"2026-11\",\"choice\":\"two-sided-long-edge\","
                    "\"texts\":[\"a\",\"bcd\"]}",
                    false));
    assert_string_equal(read.value[TEXT].text, "教务");
    assert_string_equal(read.value[LABEL].text, "a b教"); /* 7 bytes would cut 务 */
    assert_int_equal(read.value[NUMBER].integer, 7);
    assert_true(read.value[FLAG].boolean);
    assert_string_equal(read.value[MONTH].text, "2026-11");
    assert_int_equal(read.value[CHOICE].integer, 1);
    assert_int_equal(read.value[TEXTS].texts_length, 2);
    assert_string_equal(read.value[TEXTS].texts[1], "bcd");
    for (size_t i = 0; i < fields.length; i++) {
        assert_true(read.value[i].given);
    }
    json_decref(read.object);
}

static void fields_are_read_from_a_query(void **state)
{
    struct fields_read read = {0};

    (void)state;
    assert_true(read_fields(
        &read, "{\"text\":\"a\",\"number\":\"-1\",\"flag\":\"yes\",\"texts\":\"a,b\"}", true));
    assert_int_equal(read.value[NUMBER].integer, -1);
    assert_true(read.value[FLAG].boolean);
    assert_int_equal(read.value[TEXTS].texts_length, 2);
    assert_string_equal(read.value[TEXTS].texts[0], "a");
    assert_string_equal(read.value[TEXTS].texts[1], "b");
    json_decref(read.object);
}

static void what_is_not_given_is_empty(void **state)
{
    struct fields_read read = {0};

    (void)state;
    assert_true(read_fields(&read, "{\"text\":\"a\",\"number\":null}", false));
    assert_false(read.value[NUMBER].given);
    assert_int_equal(read.value[NUMBER].integer, 0);
    assert_string_equal(read.value[MONTH].text, "");
    assert_int_equal(read.value[CHOICE].integer, -1);
    assert_int_equal(read.value[TEXTS].texts_length, 0);
    json_decref(read.object);
}

static void wrong_fields_are_named(void **state)
{
    static const struct {
        const char *json;
        bool query;
        enum api_problem problem;
        const char *field;
    } cases[] = {
        {"{}", false, API_FIELD_MISSING, "text"},
        {"{\"text\":null}", false, API_FIELD_MISSING, "text"},
        {"{\"text\":\"a\",\"txt\":1}", false, API_FIELD_UNKNOWN, "txt"},
        {"{\"text\":\"\"}", false, API_FIELD_INVALID, "text"},
        {"{\"text\":\"1234567\"}", false, API_FIELD_INVALID, "text"},
        {"{\"text\":\"a\\tb\"}", false, API_FIELD_INVALID, "text"},
        {"{\"text\":7}", false, API_FIELD_INVALID, "text"},
        {"{\"text\":\"a\",\"label\":7}", false, API_FIELD_INVALID, "label"},
        {"{\"text\":\"a\",\"number\":100}", false, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"number\":-2}", false, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"number\":1.0}", false, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"number\":\"7\"}", false, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"flag\":1}", false, API_FIELD_INVALID, "flag"},
        {"{\"text\":\"a\",\"month\":\"2026-13\"}", false, API_FIELD_INVALID, "month"},
        {"{\"text\":\"a\",\"choice\":\"both\"}", false, API_FIELD_INVALID, "choice"},
        {"{\"text\":\"a\",\"texts\":\"a\"}", false, API_FIELD_INVALID, "texts"},
        {"{\"text\":\"a\",\"texts\":[1]}", false, API_FIELD_INVALID, "texts"},
        {"{\"text\":\"a\",\"texts\":[\"abcd\"]}", false, API_FIELD_INVALID, "texts"},
        {"{\"text\":\"a\",\"number\":\"7x\"}", true, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"number\":\"\"}", true, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"number\":\" 7\"}", true, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"number\":\"99999999999999999999\"}", true, API_FIELD_INVALID, "number"},
        {"{\"text\":\"a\",\"flag\":\"maybe\"}", true, API_FIELD_INVALID, "flag"},
        {"{\"text\":\"a\",\"texts\":\"a,,b\"}", true, API_FIELD_INVALID, "texts"},
    };
    struct fields_read read = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(read_fields(&read, cases[i].json, cases[i].query));
        assert_int_equal(read.error.problem, cases[i].problem);
        assert_string_equal(read.error.field, cases[i].field);
        if (cases[i].problem == API_FIELD_INVALID) {
            assert_string_not_equal(read.error.expected, "");
            assert_null(strchr(read.error.expected, '{'));
        }
    }
    json_decref(read.object);
}

static void too_many_texts_are_refused(void **state)
{
    struct fields_read read = {0};
    char json[256] = "{\"text\":\"a\",\"texts\":[\"x\"";

    (void)state;
    for (unsigned i = 1; i < API_TEXTS_MAX; i++) {
        strcat(json, ",\"x\"");
    }
    size_t length = strlen(json);

    strcat(json, "]}");
    assert_true(read_fields(&read, json, false));
    strcpy(json + length, ",\"x\"]}");
    assert_false(read_fields(&read, json, false));
    json_decref(read.object);
}

static void bad_json_is_refused(void **state)
{
    static const char *const bad[] = {
        "[]",
        "7",
        "{",
        "{}x",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":1e999}",
        "{\"a\":99999999999999999999}",
        "{\"a\":[[[[[[[[1]]]]]]]]}",
    };
    char error[256];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        error[0] = '\0';
        assert_null(api_json_parse(bad[i], strlen(bad[i]), error, sizeof error));
        assert_string_not_equal(error, "");
    }
    assert_null(api_json_parse("{\"a\0b\":1}", 9, error, sizeof error));
}

static void deep_nesting_costs_no_stack(void **state)
{
    enum { DEPTH = 1000000 };
    char *deep = malloc(DEPTH);
    char error[256];

    (void)state;
    assert_non_null(deep);
    memset(deep, '[', DEPTH);
    assert_null(api_json_parse(deep, DEPTH, error, sizeof error));
    assert_non_null(strstr(error, "deep"));
    free(deep);
}

static void brackets_in_texts_do_not_count_as_depth(void **state)
{
    const char *json = "{\"a\":\"[[[[[[[[[[\\\"[[[[[[[[[[\"}";
    char error[256];
    json_t *object = api_json_parse(json, strlen(json), error, sizeof error);

    (void)state;
    assert_non_null(object);
    json_decref(object);
}

static void an_empty_body_is_an_empty_object(void **state)
{
    char error[256];
    json_t *object = api_json_parse("", 0, error, sizeof error);

    (void)state;
    assert_int_equal(json_object_size(object), 0);
    json_decref(object);
}

/* Problems ---------------------------------------------------------------------------------------
 */

static void every_problem_speaks_both_languages(void **state)
{
    (void)state;
    for (unsigned i = 0; i < API_PROBLEMS; i++) {
        enum api_problem problem = (enum api_problem)i;
        const char *titles[POLICY_LANGUAGES];
        json_t *document[POLICY_LANGUAGES];

        assert_in_range(api_problem_status(problem), 400, 599);
        for (unsigned language = 0; language < POLICY_LANGUAGES; language++) {
            document[language] = api_problem_document(problem, (enum policy_language)language,
                                                      "AAA", "BBB", NULL, NULL);
            assert_non_null(document[language]);
            titles[language] = json_string_value(json_object_get(document[language], "title"));
            const char *detail = json_string_value(json_object_get(document[language], "detail"));

            assert_true(strlen(titles[language]) > 3);
            assert_true(strlen(detail) > 20);
            assert_null(strchr(detail, '{'));
        }
        assert_string_not_equal(titles[POLICY_ENGLISH], titles[POLICY_CHINESE]);
        /* What was filled in is in both or in neither. */
        for (const char *const *filled = (const char *const[]){"AAA", "BBB", NULL}; *filled != NULL;
             filled++) {
            assert_int_equal(
                strstr(json_string_value(json_object_get(document[0], "detail")), *filled) != NULL,
                strstr(json_string_value(json_object_get(document[1], "detail")), *filled) != NULL);
        }
        json_decref(document[0]);
        json_decref(document[1]);
    }
}

static void problem_ids_are_unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < API_PROBLEMS; i++) {
        for (unsigned k = i + 1; k < API_PROBLEMS; k++) {
            assert_string_not_equal(api_problem_id((enum api_problem)i),
                                    api_problem_id((enum api_problem)k));
        }
    }
}

static void errors_have_their_problems(void **state)
{
    (void)state;
    assert_int_equal(api_problem_from_error(PR_ENOENT), API_NOT_FOUND);
    assert_int_equal(api_problem_from_error(PR_ENOSPC), API_NO_SPACE);
    assert_int_equal(api_problem_from_error(PR_ENOKEY), API_NO_KEY);
    assert_int_equal(api_problem_from_error(PR_EBALANCE), API_BALANCE);
    assert_int_equal(api_problem_from_error(PR_OK), API_INTERNAL);
    assert_int_equal(api_problem_from_error(PR_ERROR_LAST - 1), API_INTERNAL);
    assert_int_equal(api_problem_from_error(7), API_INTERNAL);
}

static void words_from_elsewhere_replace_a_detail(void **state)
{
    json_t *document = api_problem_document(API_BALANCE, POLICY_ENGLISH, NULL, NULL, "12 needed",
                                            "job-held-for-review");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(document, "detail")), "12 needed");
    assert_string_equal(json_string_value(json_object_get(document, "keyword")),
                        "job-held-for-review");
    json_decref(document);
    document = api_problem_document(API_JOB_NOT_FOUND, POLICY_ENGLISH, "\xff", NULL, NULL, NULL);
    assert_non_null(document);
    assert_true(json_is_string(json_object_get(document, "detail")));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(cut_keeps_characters_whole),
        cmocka_unit_test(percent_decoding_refuses_tricks),
        cmocka_unit_test(percent_encoding_comes_back),
        cmocka_unit_test(places_are_filled),
        cmocka_unit_test(routes_are_found),
        cmocka_unit_test(another_method_is_told_from_no_path),
        cmocka_unit_test(hostile_paths_match_nothing),
        cmocka_unit_test(an_escaped_slash_stays_inside_its_segment),
        cmocka_unit_test(overlong_segments_match_nothing),
        cmocka_unit_test(methods_are_read),
        cmocka_unit_test(fields_are_read_from_json),
        cmocka_unit_test(fields_are_read_from_a_query),
        cmocka_unit_test(what_is_not_given_is_empty),
        cmocka_unit_test(wrong_fields_are_named),
        cmocka_unit_test(too_many_texts_are_refused),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(deep_nesting_costs_no_stack),
        cmocka_unit_test(brackets_in_texts_do_not_count_as_depth),
        cmocka_unit_test(an_empty_body_is_an_empty_object),
        cmocka_unit_test(every_problem_speaks_both_languages),
        cmocka_unit_test(problem_ids_are_unique),
        cmocka_unit_test(errors_have_their_problems),
        cmocka_unit_test(words_from_elsewhere_replace_a_detail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

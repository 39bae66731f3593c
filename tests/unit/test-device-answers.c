/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What printroom-device prints: taken when it is sound, refused when it is not, cleaned always. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/devices/answers.h"
#include "daemon/error.h"

static int read_answer(enum device_verb verb, int exit_code, const char *text,
                       struct device_answer *answer)
{
    return device_answer_read(verb, exit_code, text, strlen(text), answer);
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

#define PROBE                                                                                      \
    "{\"type\":\"probe\",\"uri\":\"ipp://a\",\"make\":\"Example\",\"model\":\"M\\n1\","            \
    "\"serial\":\"S1\",\"firmware\":\"\",\"languages\":[\"ipp\",\"pjl\"],\"can\":[\"status\"],"    \
    "\"vendor_steps\":[{\"id\":\"overwrite\",\"en\":\"Do it\",\"zh\":\"\\u505a\"}],\"more\":1}\n"

static void a_probe_is_read_and_cleaned(void **state)
{
    struct device_answer answer;

    (void)state;
    assert_int_equal(read_answer(DEVICE_PROBE, 0, PROBE, &answer), PR_OK);
    assert_string_equal(text_of(answer.last, "make"), "Example");
    assert_string_equal(text_of(answer.last, "model"), "M 1");
    assert_null(json_object_get(answer.last, "more"));
    assert_int_equal(json_array_size(json_object_get(answer.last, "languages")), 2);
    assert_string_equal(
        text_of(json_array_get(json_object_get(answer.last, "vendor_steps"), 0), "zh"), "做");
    device_answer_clear(&answer);
}

static void long_texts_are_cut_at_a_character(void **state)
{
    char line[4096] = "{\"type\":\"probe\",\"make\":\"a";
    struct device_answer answer;

    (void)state;
    for (int i = 0; i < 200; i++) {
        strcat(line, "字");
    }
    strcat(line, "\"}\n");
    assert_int_equal(read_answer(DEVICE_PROBE, 0, line, &answer), PR_OK);
    /* 120 bytes: one letter, 39 characters of three bytes. */
    assert_int_equal(strlen(text_of(answer.last, "make")), 118);
    device_answer_clear(&answer);
}

static void what_is_not_seen_does_not_come_through(void **state)
{
    struct device_answer answer;

    (void)state;
    assert_int_equal(read_answer(DEVICE_PROBE, 0,
                                 "{\"type\":\"probe\",\"make\":\"a\\u009b2J\\u001b\\u00a7\","
                                 "\"model\":\"\\u202e1\\u2066\\u2028\\u2014\"}\n",
                                 &answer),
                     PR_OK);
    assert_string_equal(text_of(answer.last, "make"), "a 2J §");
    assert_string_equal(text_of(answer.last, "model"), " 1  —");
    device_answer_clear(&answer);
}

#define STEP                                                                                       \
    "{\"type\":\"step\",\"kind\":\"job\",\"target\":\"job 7\",\"outcome\":\"verified-absent\","    \
    "\"code\":\"\",\"message\":\"\",\"request\":\"AA==\",\"reply\":\"AA==\"}\n"
#define SUMMARY                                                                                    \
    "{\"type\":\"summary\",\"outcome\":\"verified-absent\",\"found\":1,\"verified_absent\":1,"     \
    "\"sent_unverified\":0,\"refused\":0,\"unreachable\":0,\"before\":[{\"kind\":\"job\","         \
    "\"where\":\"\",\"name\":\"7\",\"size_bytes\":null,\"state\":\"\",\"residue\":true}],"         \
    "\"after\":[],\"counters_before\":null,\"counters_after\":{\"source\":\"ipp\","                \
    "\"impressions\":4294967295,\"color_impressions\":null,\"media_sheets\":4},"                   \
    "\"method\":\"job-data-deletion\",\"overwrite\":\"unknown\",\"make\":\"E\",\"model\":\"M\","   \
    "\"serial\":\"S\",\"tool\":\"printroom-device\",\"version\":\"1\",\"began_at\":\"\","          \
    "\"ended_at\":\"\"}\n"

static void a_purge_is_read_whole(void **state)
{
    struct device_answer answer;

    (void)state;
    /* 1: done, but not all could be covered. */
    assert_int_equal(read_answer(DEVICE_PURGE, 1,
                                 STEP "{\"type\":\"not-covered\",\"what\":\"disk\"}\n" SUMMARY,
                                 &answer),
                     PR_OK);
    assert_int_equal(json_array_size(answer.lines), 3);
    assert_string_equal(text_of(answer.last, "outcome"), "verified-absent");
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(answer.last, "counters_after"), "impressions")),
                     4294967295);
    device_answer_clear(&answer);
}

static void what_came_before_an_end_is_kept(void **state)
{
    struct device_answer answer;

    (void)state;
    assert_int_equal(read_answer(DEVICE_PURGE, 0, STEP, &answer), PR_EFORMAT);
    assert_int_equal(json_array_size(answer.lines), 1);
    assert_null(answer.last);
    device_answer_clear(&answer);
    assert_int_equal(read_answer(DEVICE_PURGE, 137, STEP SUMMARY, &answer), PR_ECRASHED);
    device_answer_clear(&answer);
    assert_int_equal(read_answer(DEVICE_PURGE, 3,
                                 STEP "{\"type\":\"error\",\"error\":\"unreachable\",\"message\":"
                                      "\"gone\\u0007\"}\n",
                                 &answer),
                     PR_EUNREACHABLE);
    assert_string_equal(answer.message, "gone ");
    device_answer_clear(&answer);
}

static void nonsense_is_refused(void **state)
{
    static const struct {
        enum device_verb verb;
        int exit_code;
        const char *text;
        int error;
    } cases[] = {
        {DEVICE_PROBE, 0, "", PR_EFORMAT},
        {DEVICE_PROBE, 0, "\n\n", PR_EFORMAT},
        {DEVICE_PROBE, 2, "", PR_EUNSUPPORTED},
        {DEVICE_PROBE, 3, "", PR_EUNREACHABLE},
        {DEVICE_PROBE, 9, "", PR_ECRASHED},
        {DEVICE_PROBE, 0, "[]\n", PR_EFORMAT},
        {DEVICE_PROBE, 0, "{\"type\":\"summary\"}\n", PR_EFORMAT},
        {DEVICE_PROBE, 0, "{\"type\":\"probe\",\"make\":1}\n", PR_EFORMAT},
        {DEVICE_PROBE, 0, "{\"type\":\"probe\",\"can\":\"all\"}\n", PR_EFORMAT},
        {DEVICE_PROBE, 0, "{\"type\":\"probe\",\"can\":[1]}\n", PR_EFORMAT},
        {DEVICE_PROBE, 0, PROBE PROBE, PR_EFORMAT},
        {DEVICE_PROBE, 0, "{\"type\":\"probe\",\"type\":\"probe\"}\n", PR_EFORMAT},
        {DEVICE_PROBE, 1, "{\"error\":\"unsupported\",\"message\":\"no\"}\n", PR_EUNSUPPORTED},
        {DEVICE_PROBE, 1, "{\"error\":\"refused\",\"message\":\"no\"}\n", PR_EREFUSED},
        {DEVICE_PROBE, 1, "{\"error\":\"malformed\",\"message\":\"no\"}\n", PR_EFORMAT},
        {DEVICE_PROBE, 1, "{\"error\":[],\"message\":\"no\"}\n", PR_EFORMAT},
        {DEVICE_COUNTERS, 0, "{\"type\":\"counters\",\"source\":\"magic\"}\n", PR_EFORMAT},
        {DEVICE_COUNTERS, 0, "{\"type\":\"counters\",\"source\":\"snmp\"}\n", PR_OK},
        {DEVICE_COUNTERS, 0, "{\"type\":\"counters\",\"source\":\"ipp\",\"impressions\":-1}\n",
         PR_EFORMAT},
        {DEVICE_COUNTERS, 0,
         "{\"type\":\"counters\",\"source\":\"ipp\",\"impressions\":4294967296}\n", PR_EFORMAT},
        {DEVICE_COUNTERS, 0, "{\"type\":\"counters\",\"source\":\"ipp\",\"impressions\":1.5}\n",
         PR_EFORMAT},
        {DEVICE_SUPPLIES, 0,
         "{\"type\":\"supply\",\"name\":\"x\",\"kind\":\"coal\",\"state\":\"ok\"}\n", PR_EFORMAT},
        {DEVICE_RESIDUE, 0, "{\"type\":\"residue\",\"kind\":\"job\",\"residue\":1}\n", PR_EFORMAT},
        {DEVICE_PURGE, 0,
         "{\"type\":\"summary\",\"outcome\":\"verified-absent\",\"method\":\"purge\","
         "\"overwrite\":\"on\"}\n",
         PR_EFORMAT},
        {DEVICE_PURGE, 0, "{\"type\":\"step\",\"kind\":\"job\",\"outcome\":\"gone\"}\n",
         PR_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device_answer answer;

        if (read_answer(cases[i].verb, cases[i].exit_code, cases[i].text, &answer) !=
            cases[i].error) {
            fail_msg("case %zu", i);
        }
        device_answer_clear(&answer);
    }
}

static void a_flood_is_bounded(void **state)
{
    static const char line[] = "{\"type\":\"supply\",\"kind\":\"ink\",\"state\":\"ok\"}\n";
    size_t number = DEVICE_LINES_MAX + 10;
    char *text = malloc(number * (sizeof line - 1) + 1);
    struct device_answer answer;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < number; i++) {
        memcpy(text + i * (sizeof line - 1), line, sizeof line);
    }
    assert_int_equal(read_answer(DEVICE_SUPPLIES, 0, text, &answer), PR_EFORMAT);
    assert_int_equal(json_array_size(answer.lines), DEVICE_LINES_MAX);
    device_answer_clear(&answer);
    free(text);
}

/* As many things as printroom-device lists, with names as long as it gives them. */
static void a_full_device_is_no_flood(void **state)
{
    enum { THINGS = 2000, NAME_CHARACTERS = 85 };
    json_t *things = json_array();
    char name[3 * NAME_CHARACTERS + 1] = "";
    struct device_answer answer;

    (void)state;
    for (int i = 0; i < NAME_CHARACTERS; i++) {
        strcat(name, "密");
    }
    for (int i = 0; i < THINGS; i++) {
        json_array_append_new(things, json_pack("{s:s, s:s, s:s, s:n, s:s, s:b}", "kind", "file",
                                                "where", name, "name", name, "size_bytes", "state",
                                                "", "residue", 0));
    }
    json_t *line = json_loads(SUMMARY, 0, NULL);

    json_object_set(line, "before", things);
    json_object_set(line, "after", things);
    char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);

    assert_int_equal(read_answer(DEVICE_PURGE, 0, text, &answer), PR_OK);
    assert_int_equal(json_array_size(json_object_get(answer.last, "after")), THINGS);
    device_answer_clear(&answer);
    free(text);
    json_decref(line);
    json_decref(things);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_is_read_and_cleaned),
        cmocka_unit_test(long_texts_are_cut_at_a_character),
        cmocka_unit_test(what_is_not_seen_does_not_come_through),
        cmocka_unit_test(a_purge_is_read_whole),
        cmocka_unit_test(what_came_before_an_end_is_kept),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_flood_is_bounded),
        cmocka_unit_test(a_full_device_is_no_flood),
    };
    return cmocka_run_group_tests_name("device answers", tests, NULL, NULL);
}

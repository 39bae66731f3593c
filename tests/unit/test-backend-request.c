/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define UUID "job-uuid=urn:uuid:80593cbb-88c3-3f66-6a8c-e13287ed4df4 "

static char program[] = "print-room";
static char number[] = "12";
static char person[] = "wang";
static char title[] = "Exam paper";
static char copies[] = "2";

static json_t *request(const char *options, const char *ppd)
{
    char text[1024];
    char *const argv[] = {program, number, person, title, copies, text, NULL};
    const char *error = NULL;

    snprintf(text, sizeof text, "%s", options);
    json_t *made = backend_request_new(argv, ppd, &error);

    assert_non_null(made);
    return made;
}

static void expect_text(const char *options, const char *ppd, const char *field,
                        const char *expected)
{
    json_t *made = request(options, ppd);
    const json_t *value = json_object_get(made, field);

    if (expected == NULL) {
        assert_true(json_is_null(value));
    } else {
        assert_non_null(json_string_value(value));
        assert_string_equal(json_string_value(value), expected);
    }
    json_decref(made);
}

static const char *refusal(char *job, char *asked_copies, char *options)
{
    char *const argv[] = {program, job, person, title, asked_copies, options, NULL};
    const char *error = NULL;
    json_t *made = backend_request_new(argv, NULL, &error);

    assert_null(made);
    return error;
}

static void the_whole_request(void **state)
{
    (void)state;
    setenv("PRINTER", "print-room", 1);
    json_t *made =
        request(UUID "Classification=secret Urgent=true DocumentNumber=Custom.教办发〔2026〕15号 "
                     "sides=two-sided-short-edge media=iso_a3_297x420mm,main "
                     "print-color-mode=monochrome job-originating-host-name=pc7.school",
                NULL);
    json_t *expected = json_pack(
        "{ss ss ss ss ss ss si ss sb ss ss ss ss si}", "source", "cups", "origin",
        "urn:uuid:80593cbb-88c3-3f66-6a8c-e13287ed4df4", "queue", "print-room", "person", "wang",
        "host", "pc7.school", "title", "Exam paper", "copies", 2, "level", "secret", "urgent", 1,
        "document_number", "教办发〔2026〕15号", "sides", "two-sided-short-edge", "media",
        "iso_a3_297x420mm", "color_mode", "monochrome", "job_number", 12);

    assert_non_null(expected);
    assert_true(json_equal(made, expected));
    json_decref(made);
    json_decref(expected);
}

static void what_nobody_chose(void **state)
{
    (void)state;
    expect_text(UUID, NULL, "level", NULL);
    expect_text(UUID, NULL, "media", NULL);
    expect_text(UUID, NULL, "sides", "one-sided");
    expect_text(UUID, NULL, "color_mode", "auto");
    expect_text(UUID, NULL, "document_number", "");
    expect_text(UUID, NULL, "host", "");
}

static void options_of_the_ppd(void **state)
{
    (void)state;
    expect_text(UUID "Duplex=DuplexNoTumble", NULL, "sides", "two-sided-long-edge");
    expect_text(UUID "Duplex=DuplexTumble", NULL, "sides", "two-sided-short-edge");
    expect_text(UUID "sides=one-sided Duplex=DuplexTumble", NULL, "sides", "one-sided");
    expect_text(UUID "ColorModel=Gray", NULL, "color_mode", "monochrome");
    expect_text(UUID "PageSize=A3", NULL, "media", "iso_a3_297x420mm");
    expect_text(UUID "PageSize=B4", NULL, "media", "jis_b4_257x364mm");
    expect_text(UUID "PageSize=195x270mm", NULL, "media", "om_16k_195x270mm");
    expect_text(UUID "media=a-size-nobody-knows PageSize=A5", NULL, "media", "iso_a5_148x210mm");
    expect_text(UUID "DocumentNumber=None", NULL, "document_number", "");
}

static void urgency(void **state)
{
    static const struct {
        const char *options;
        bool urgent;
    } rows[] = {
        {UUID "Urgent=true", true},
        {UUID "Urgent=True", true},
        {UUID "Urgent", true},
        {UUID "Urgent=yes", true},
        {UUID "Urgent=false", false},
        {UUID "noUrgent", false},
        {UUID, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *made = request(rows[i].options, NULL);

        assert_int_equal(json_is_true(json_object_get(made, "urgent")), rows[i].urgent);
        json_decref(made);
    }
}

static void defaults_stand_in_the_ppd(void **state)
{
    char path[] = "/tmp/test-backend-XXXXXX";
    int fd = mkstemp(path);
    FILE *ppd = fdopen(fd, "w");

    (void)state;
    assert_non_null(ppd);
    fputs("*DefaultClassification: internal\n*DefaultDuplex: DuplexNoTumble\n*DefaultPageSize: "
          "A4/A4\n",
          ppd);
    fclose(ppd);
    expect_text(UUID, path, "level", "internal");
    expect_text(UUID, path, "sides", "two-sided-long-edge");
    expect_text(UUID, path, "media", "iso_a4_210x297mm");
    expect_text(UUID "Classification=public sides=one-sided PageSize=A3", path, "level", "public");
    expect_text(UUID "Classification=public sides=one-sided PageSize=A3", path, "sides",
                "one-sided");
    expect_text(UUID "Classification=public sides=one-sided PageSize=A3", path, "media",
                "iso_a3_297x420mm");
    unlink(path);
}

static void titles_are_always_text(void **state)
{
    char long_title[3 * BACKEND_TITLE_BYTES_MAX];
    char broken[] = "caf\xe9";
    char options[] = UUID;
    char *argv[] = {program, number, person, broken, copies, options, NULL};
    const char *error = NULL;
    json_t *made = backend_request_new(argv, NULL, &error);

    (void)state;
    assert_non_null(made);
    assert_string_equal(json_string_value(json_object_get(made, "title")), "caf?");
    json_decref(made);

    /* Three bytes a character: 1023 is a multiple of 3, so begin with one byte of another. */
    strcpy(long_title, "x");
    while (strlen(long_title) + 3 < sizeof long_title) {
        strcat(long_title, "密");
    }
    argv[3] = long_title;
    made = backend_request_new(argv, NULL, &error);
    assert_non_null(made);
    assert_int_equal(json_string_length(json_object_get(made, "title")),
                     1 + 3 * ((BACKEND_TITLE_BYTES_MAX - 1) / 3));
    json_decref(made);
}

static void what_is_out_of_range_is_refused(void **state)
{
    char none[] = "";
    char zero[] = "0";
    char minus[] = "-1";
    char huge[] = "99999999999999999999";
    char many[] = "10000";
    char letters[] = "2x";
    char options[] = UUID;
    char no_uuid[] = "Classification=secret";
    char *const bad_copies[] = {none, zero, minus, huge, many, letters};

    (void)state;
    for (size_t i = 0; i < sizeof bad_copies / sizeof bad_copies[0]; i++) {
        assert_string_equal(refusal(number, bad_copies[i], options),
                            "the number of copies must be between 1 and 9999");
    }
    assert_string_equal(refusal(huge, copies, options), "the job's number is not a number");
    assert_string_equal(refusal(number, copies, no_uuid), "cupsd gave no job-uuid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_request),
        cmocka_unit_test(what_nobody_chose),
        cmocka_unit_test(options_of_the_ppd),
        cmocka_unit_test(urgency),
        cmocka_unit_test(defaults_stand_in_the_ppd),
        cmocka_unit_test(titles_are_always_text),
        cmocka_unit_test(what_is_out_of_range_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

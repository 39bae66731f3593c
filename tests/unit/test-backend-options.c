/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend's reader of options, compared with libcups' own. */
#include "daemon/cups/backend-options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cups/cups.h>

/* Asks both readers for each name libcups has found, and for one it has not. */
static void compare(const char *text)
{
    cups_option_t *theirs = NULL;
    int length = cupsParseOptions(text, 0, &theirs);
    struct backend_options *ours = backend_options_parse(text);

    assert_non_null(ours);
    for (int i = 0; i < length; i++) {
        const char *value = backend_option(ours, theirs[i].name);

        if ((value == NULL) != (theirs[i].value[0] == '\0') ||
            (value != NULL && strcmp(value, theirs[i].value) != 0)) {
            fail_msg("%s: %s is [%s], libcups says [%s]", text, theirs[i].name,
                     value != NULL ? value : "(none)", theirs[i].value);
        }
    }
    assert_null(backend_option(ours, "never-named"));
    backend_options_free(ours);
    cupsFreeOptions(length, theirs);
}

static void as_libcups_reads_them(void **state)
{
    static const char *const texts[] = {
        "",
        "   ",
        "a=1",
        "a=1 b=2 a=3",
        " a=1\tb=2\n c=3 ",
        "collate nocollate fit-to-page=true",
        "noUrgent",
        "title=Exam\\ paper",
        "title=\"Exam paper\" next=1",
        "title='Exam paper' next=1",
        "title='He said \"no\"' next=1",
        "title=\"a \\\"quote\\\" inside\" next=1",
        "title=back\\\\slash next=1",
        "number=教办发〔2026〕15号 next=1",
        "media=A4,upper page-ranges=1-3,5 next=1",
        "empty= next=1",
        "media-col={media-size={x-dimension=21000 y-dimension=29700} media-source=main} next=1",
        "a=1 =2 b=3",
        "Classification=secret CLASSIFICATION=public",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        compare(texts[i]);
    }
}

/* What cupsd does to a value it hands on. */
static void append_escaped(char *text, size_t size, const char *value)
{
    size_t length = strlen(text);

    for (; *value != '\0' && length + 3 < size; value++) {
        if (strchr(" \t\n\\\"'", *value) != NULL) {
            text[length++] = '\\';
        }
        text[length++] = *value;
    }
    text[length] = '\0';
}

static void values_come_back_whatever_is_in_them(void **state)
{
    static const char letters[] = "ab=,;{}[]()<>%$&*\\\\\"\"''  \t号";
    unsigned seed = 20261123;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char value[40] = "";
        char text[200] = "before=1 it=";
        size_t length = (size_t)rand_r(&seed) % (sizeof value - 1);

        for (size_t i = 0; i < length; i++) {
            value[i] = letters[(size_t)rand_r(&seed) % (sizeof letters - 1)];
        }
        /* libcups takes an opening brace for a collection, escaped or not is nothing cupsd knows.
         */
        for (char *brace = value; (brace = strpbrk(brace, "{}")) != NULL;) {
            *brace = 'x';
        }
        append_escaped(text, sizeof text, value);
        strcat(text, " after=2");

        struct backend_options *options = backend_options_parse(text);

        assert_non_null(options);
        if (value[0] == '\0') {
            assert_null(backend_option(options, "it"));
        } else {
            assert_string_equal(backend_option(options, "it"), value);
        }
        assert_string_equal(backend_option(options, "BEFORE"), "1");
        assert_string_equal(backend_option(options, "after"), "2");
        backend_options_free(options);
        compare(text);
    }
}

static void hostile_text_is_survived(void **state)
{
    static const char letters[] = "ab= {}\\\"'\n";
    unsigned seed = 4;

    (void)state;
    for (int round = 0; round < 50000; round++) {
        char text[24];
        size_t length = (size_t)rand_r(&seed) % sizeof text;

        for (size_t i = 0; i < length; i++) {
            text[i] = letters[(size_t)rand_r(&seed) % (sizeof letters - 1)];
        }
        text[length] = '\0';
        /* On the heap, so that a sanitizer sees a step beyond its end. */
        char *copy = strdup(text);
        struct backend_options *options = backend_options_parse(copy);

        assert_non_null(options);
        free(copy);
        backend_option(options, "a");
        backend_options_free(options);
    }
}

static void what_is_added_counts_last(void **state)
{
    struct backend_options *options = backend_options_parse("a=1");

    (void)state;
    assert_true(backend_options_add(options, "b", "2"));
    assert_true(backend_options_add(options, "A", "3"));
    assert_string_equal(backend_option(options, "a"), "3");
    assert_string_equal(backend_option(options, "b"), "2");
    backend_options_free(options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_libcups_reads_them),
        cmocka_unit_test(values_come_back_whatever_is_in_them),
        cmocka_unit_test(hostile_text_is_survived),
        cmocka_unit_test(what_is_added_counts_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

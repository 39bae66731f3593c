/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-documents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/**
 * Gives a stream to the scanner in pieces of `step` bytes and writes the documents into
 * `documents`, divided by '|'.
 */
static void split(const char *stream, size_t stream_length, size_t step, char *documents)
{
    struct document_scanner scanner = {false};
    char window[256];
    size_t held = 0;
    size_t given = 0;

    while (given < stream_length || held > 0) {
        size_t more = stream_length - given < step ? stream_length - given : step;
        bool boundary = false;

        assert_true(held + more <= sizeof window);
        memcpy(window + held, stream + given, more);
        given += more;
        held += more;
        bool last = given == stream_length;
        size_t taken = document_scan(&scanner, window, held, last, &boundary);

        assert_true(taken <= held);
        if (!boundary) {
            /* The promise that keeps a reader's buffer from filling up, and the one that ends its
             * loop. */
            assert_true(held - taken < 5);
            assert_true(!last || taken == held);
        }
        memcpy(documents, window, taken);
        documents += taken;
        memmove(window, window + taken, held - taken);
        held -= taken;
        if (boundary) {
            *documents++ = '|';
            document_scanner_go_on(&scanner);
        }
    }
    *documents = '\0';
}

static void expect(const char *stream, const char *documents)
{
    for (size_t step = 1; step <= strlen(stream); step++) {
        char found[512];

        split(stream, strlen(stream), step, found);
        assert_string_equal(found, documents);
    }
}

static void one_document_stays_whole(void **state)
{
    (void)state;
    expect("%PDF-1.7 x %%EOF\n", "%PDF-1.7 x %%EOF\n");
    expect("%PDF-1.7 x %%EOF", "%PDF-1.7 x %%EOF");
    expect("no mark at all", "no mark at all");
    expect("%", "%");
    expect("%%EO", "%%EO");
}

static void documents_in_a_row_are_told_apart(void **state)
{
    (void)state;
    expect("%PDF-1.7 a %%EOF\n%PDF-1.5 b %%EOF\n", "%PDF-1.7 a %%EOF\n|%PDF-1.5 b %%EOF\n");
    expect("%PDF-a%%EOF%PDF-b%%EOF\r\n \t%PDF-c", "%PDF-a%%EOF|%PDF-b%%EOF\r\n \t|%PDF-c");
}

static void marks_with_something_between_are_no_end(void **state)
{
    (void)state;
    expect("%PDF-1.7 a %%EOF\n7 0 obj %%EOF x %PDF-1.4 attached",
           "%PDF-1.7 a %%EOF\n7 0 obj %%EOF x %PDF-1.4 attached");
    expect("%PDF-a %%EOF\n%PDX %%EOF\n% PDF-", "%PDF-a %%EOF\n%PDX %%EOF\n% PDF-");
    expect("%%%EOF\n%PDF-", "%%%EOF\n|%PDF-");
}

static void an_end_mark_after_a_false_start_counts(void **state)
{
    (void)state;
    expect("a%%EOF\n%%EOF\n%PDF-b", "a%%EOF\n%%EOF\n|%PDF-b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_document_stays_whole),
        cmocka_unit_test(documents_in_a_row_are_told_apart),
        cmocka_unit_test(marks_with_something_between_are_no_end),
        cmocka_unit_test(an_end_mark_after_a_false_start_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

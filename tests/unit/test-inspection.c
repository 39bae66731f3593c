/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inspection itself, in this process: what its limits do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/inspect.h"
#include "daemon/error.h"
#include "tests/unit/pdf.h"

static const struct pdf_page pages[] = {
    {NULL, NULL, "0 0 0 rg 9 9 99 99 re f"},
    {NULL, NULL, "1 0 0 rg 9 9 99 99 re f"},
    {NULL, NULL, "1 0 0 rg 0 g 9 9 99 99 re f"},
    {NULL, NULL, "1 0 0 rg 9 9 99 99 re f"},
};

static int inspect(uint32_t pages_max, unsigned paint_ms, struct inspection *ret_found,
                   struct problem *ret_problem)
{
    const struct inspect_limits limits = {.pages_max = pages_max, .paint_ms = paint_ms};
    struct pdf pdf;

    pdf_document(&pdf, pages, sizeof pages / sizeof pages[0]);
    int result =
        inspect_document((const uint8_t *)pdf.data, pdf.size, &limits, ret_found, ret_problem);

    pdf_free(&pdf);
    return result;
}

/* Without time to paint, pages that could be colour count as colour, and are said to be guesses. */
static void test_no_time_to_paint(void **state)
{
    struct inspection found;
    struct problem problem;

    (void)state;
    assert_int_equal(inspect(10, 0, &found, &problem), PR_OK);
    assert_int_equal(found.color_pages, 3);
    assert_int_equal(found.guessed_pages, 3);
    inspection_clear(&found);
    assert_int_equal(inspect(10, 600000, &found, &problem), PR_OK);
    assert_int_equal(found.color_pages, 2);
    assert_int_equal(found.guessed_pages, 0);
    inspection_clear(&found);
}

static void test_pages_max(void **state)
{
    struct inspection found = {.pages = 77};
    struct problem problem;

    (void)state;
    assert_int_equal(inspect(3, 1000, &found, &problem), PR_ELIMIT);
    assert_string_equal(problem.message, "the document has 4 pages, at most 3 are taken");
    assert_int_equal(found.pages, 77);
    assert_int_equal(inspect(4, 1000, &found, &problem), PR_OK);
    assert_int_equal(found.pages, 4);
    inspection_clear(&found);
}

static void test_line(void **state)
{
    struct inspect_run runs[] = {{2, 210000, 297000}, {1, UINT32_MAX, 1}};
    const struct inspection found = {.pages = 3,
                                     .color_pages = 2,
                                     .guessed_pages = 1,
                                     .runs = runs,
                                     .runs_length = 2,
                                     .fingerprint = {0x0a, 0xff},
                                     .mark = MARK_SECRET,
                                     .mark_page = 3};
    char *line = inspection_line(&found);

    (void)state;
    assert_string_equal(line,
                        "{\"pages\":3,\"color_pages\":2,\"guessed_pages\":1,"
                        "\"runs\":[[2,210000,297000],[1,4294967295,1]],\"fingerprint\":"
                        "\"0aff000000000000000000000000000000000000000000000000000000000000\","
                        "\"level\":\"secret\",\"level_page\":3}\n");
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_time_to_paint),
        cmocka_unit_test(test_pages_max),
        cmocka_unit_test(test_line),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests_name("inspection", tests, NULL, NULL);
}

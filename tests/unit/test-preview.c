/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures of pages, through the sandboxed helper, and what is believed of an answer. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/document/client.h"
#include "daemon/document/picture-answer.h"
#include "daemon/document/picture.h"
#include "daemon/error.h"
#include "tests/unit/helper.h"
#include "tests/unit/pdf.h"

static struct document_helper *helper;

static int set_up(void **state)
{
    (void)state;
    helper = start_helper(60, UINT64_C(1) << 30, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    document_helper_stop(helper);
    return 0;
}

static int preview(const void *data, size_t size, uint32_t page, uint32_t dpi, uint8_t **ret_png,
                   size_t *ret_size, char *ret_message)
{
    void *png = NULL;
    int fd = pdf_memfd(data, size);
    int result = document_preview(helper, fd, page, dpi, &png, ret_size, ret_message);

    close(fd);
    *ret_png = png;
    return result;
}

static uint32_t number_at(const uint8_t *png, size_t at)
{
    return (uint32_t)png[at] << 24 | (uint32_t)png[at + 1] << 16 | (uint32_t)png[at + 2] << 8 |
           png[at + 3];
}

/* Width and height of a page's picture (IHDR, ISO/IEC 15948 §11.2.2). */
static void expect_size(int width_points, int height_points, uint32_t dpi, uint32_t width,
                        uint32_t height)
{
    char text[512];
    char message[DOCUMENT_MESSAGE_BYTES];
    uint8_t *png = NULL;
    size_t size = 0;
    int length = snprintf(text, sizeof text,
                          "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                          "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                          "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]>>endobj\n"
                          "trailer<</Root 1 0 R/Size 4>>\n%%%%EOF\n",
                          width_points, height_points);

    assert_int_equal(preview(text, (size_t)length, 1, dpi, &png, &size, message), PR_OK);
    assert_string_equal(message, "");
    assert_memory_equal(png + 12, "IHDR", 4);
    assert_int_equal(number_at(png, 16), width);
    assert_int_equal(number_at(png, 20), height);
    free(png);
}

static void test_sizes(void **state)
{
    (void)state;
    expect_size(72, 144, 72, 72, 144);
    expect_size(72, 144, 100, 100, 200);
    expect_size(595, 842, 10, 83, 117);
    /* As large as allowed and no larger. */
    expect_size(7200, 7200, 300, 4000, 4000);
    expect_size(14400, 1, 300, 20000, 5);
}

static void test_refusals(void **state)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    uint8_t *png = NULL;
    struct pdf pdf;
    size_t size = 0;

    (void)state;
    pdf_small(&pdf);
    assert_int_equal(preview(pdf.data, pdf.size, 1, 72, &png, &size, message), PR_OK);
    free(png);
    assert_int_equal(preview(pdf.data, pdf.size, 0, 72, &png, &size, message), PR_EINVAL);
    assert_int_equal(preview(pdf.data, pdf.size, 1, PREVIEW_DPI_MIN - 1, &png, &size, message),
                     PR_EINVAL);
    assert_int_equal(preview(pdf.data, pdf.size, 1, PREVIEW_DPI_MAX + 1, &png, &size, message),
                     PR_EINVAL);
    assert_int_equal(preview(pdf.data, pdf.size, 1000000, 72, &png, &size, message), PR_ELIMIT);
    assert_non_null(strstr(message, "no page 1000000"));
    assert_int_equal(preview(pdf.data, pdf.size, UINT32_MAX, 72, &png, &size, message), PR_ELIMIT);
    assert_int_equal(preview("no PDF at all", 13, 1, 72, &png, &size, message), PR_EFORMAT);
    assert_null(png);
    /* Inspection goes on beside it. */
    assert_int_equal(try_with(helper, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
}

static void test_endless_page_is_ended(void **state)
{
    struct document_helper *usual = helper;
    char message[DOCUMENT_MESSAGE_BYTES];
    uint8_t *png = NULL;
    struct pdf pdf;
    size_t size = 0;

    (void)state;
    helper = start_helper(1, UINT64_C(1) << 30, 1);
    pdf_endless(&pdf);
    assert_int_equal(preview(pdf.data, pdf.size, 1, 72, &png, &size, message), PR_ETIMEOUT);
    pdf_free(&pdf);
    pdf_small(&pdf);
    assert_int_equal(preview(pdf.data, pdf.size, 1, 72, &png, &size, message), PR_OK);
    free(png);
    pdf_free(&pdf);
    document_helper_stop(helper);
    helper = usual;
}

/* Answers of a helper that was taken over -------------------------------------------------------
 */

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define END       "\0\0\0\0IEND\xae\x42\x60\x82"

static int answer(const char *bytes, size_t length, bool stays_open)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    void *png = NULL;
    size_t size = 0;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, length), (ssize_t)length);
    if (!stays_open) {
        close(ends[1]);
    }
    int result = picture_answer_read(ends[0], stays_open ? 50 : 60000, &png, &size, message);

    if (stays_open) {
        close(ends[1]);
    }
    close(ends[0]);
    if (result == PR_OK) {
        assert_int_equal(size, length);
        assert_memory_equal(png, bytes, length);
    } else {
        assert_null(png);
    }
    free(png);
    return result;
}
#define ANSWER(bytes, stays_open) answer(bytes, sizeof(bytes) - 1, stays_open)

static void test_only_the_frame_is_believed(void **state)
{
    (void)state;
    assert_int_equal(ANSWER(SIGNATURE "x" END, false), PR_OK);
    assert_int_equal(ANSWER("", false), PR_ECRASHED);
    assert_int_equal(ANSWER(SIGNATURE, false), PR_ECRASHED);
    assert_int_equal(ANSWER(SIGNATURE "half a picture", false), PR_ECRASHED);
    assert_int_equal(ANSWER("GIF89a" END, false), PR_ECRASHED);
    assert_int_equal(ANSWER(SIGNATURE "x" END "{\"error\":\"crashed\"}\n", false), PR_ECRASHED);
    assert_int_equal(ANSWER("not JSON\n", false), PR_ECRASHED);
    /* All of it, but the end does not come. */
    assert_int_equal(ANSWER(SIGNATURE "x" END, true), PR_ETIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_endless_page_is_ended),
        cmocka_unit_test(test_only_the_frame_is_believed),
    };
    return cmocka_run_group_tests_name("preview", tests, set_up, tear_down);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stamp through the client: the daemon's side of the bargain, plans and answers. What stamps
 * look like is judged by others in tests/integration/test_stamp.py. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/document/client.h"
#include "daemon/document/stamp-answer.h"
#include "daemon/document/stamp-plan.h"
#include "daemon/error.h"
#include "tests/unit/helper.h"
#include "tests/unit/pdf.h"

enum { CODE_BYTES = 48 };

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

/* A plan whose codes differ; free its codes. */
static struct document_stamp_plan plan_of(uint32_t pages, uint32_t copies)
{
    size_t codes = (size_t)pages * copies;
    char *text = calloc(codes, CODE_BYTES);

    assert_non_null(text);
    for (size_t i = 0; i < codes; i++) {
        snprintf(text + i * CODE_BYTES, CODE_BYTES, "PR1:ABCDEFGHIJKLMNOPQRSTUVWXYZ2345%06zu", i);
    }
    return (struct document_stamp_plan){.level_term = "机密★20年",
                                        .document_number = "",
                                        .person = "wang",
                                        .time = "2026-11-26 09:30",
                                        .first_copy = 1,
                                        .copies = copies,
                                        .pages = pages,
                                        .codes = text,
                                        .code_bytes = CODE_BYTES};
}

static void free_codes(const struct document_stamp_plan *plan)
{
    free((void *)(uintptr_t)plan->codes);
}

static int stamp(const void *data, size_t size, const struct document_stamp_plan *plan, int *ret_fd,
                 char *ret_message)
{
    int fd = pdf_memfd(data, size);
    int result = document_stamp(helper, fd, plan, ret_fd, ret_message);

    close(fd);
    return result;
}

static void test_result_is_sealed_and_has_the_pages(void **state)
{
    struct document_stamp_plan plan = plan_of(1, 3);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct document_facts facts = {0};
    struct stat status;
    struct pdf pdf;
    int fd = -1;

    (void)state;
    pdf_small(&pdf);
    plan.pad = true;
    assert_int_equal(stamp(pdf.data, pdf.size, &plan, &fd, message), PR_OK);
    assert_string_equal(message, "");
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    assert_int_equal(fcntl(fd, F_GET_SEALS),
                     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(fstat(fd, &status), 0);

    char *stamped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);

    assert_true(stamped != MAP_FAILED);
    assert_memory_equal(stamped, pdf.data, pdf.size);
    assert_memory_equal(stamped + status.st_size - 6, "%%EOF\n", 6);
    munmap(stamped, (size_t)status.st_size);
    assert_int_equal(document_inspect(helper, fd, &facts, message), PR_OK);
    assert_int_equal(facts.pages, 6);
    document_facts_clear(&facts);
    close(fd);
    pdf_free(&pdf);
    free_codes(&plan);
}

/* The same plan makes the same bytes: nothing of the clock, of memory or of chance is in them. */
static void test_same_bytes_again(void **state)
{
    struct document_stamp_plan plan = plan_of(40, 2);
    char message[DOCUMENT_MESSAGE_BYTES];
    char *bytes[2] = {NULL, NULL};
    off_t size[2] = {0, 0};
    struct pdf pdf;

    (void)state;
    pdf_many_pages(&pdf, 40);
    for (int i = 0; i < 2; i++) {
        int fd = -1;

        assert_int_equal(stamp(pdf.data, pdf.size, &plan, &fd, message), PR_OK);
        size[i] = lseek(fd, 0, SEEK_END);
        bytes[i] = malloc((size_t)size[i]);
        assert_non_null(bytes[i]);
        assert_int_equal(pread(fd, bytes[i], (size_t)size[i], 0), size[i]);
        close(fd);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], (size_t)size[0]);
    free(bytes[0]);
    free(bytes[1]);
    pdf_free(&pdf);
    free_codes(&plan);
}

static void expect_refused(const struct document_stamp_plan *plan)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;
    int fd = -1;

    pdf_small(&pdf);
    assert_int_equal(stamp(pdf.data, pdf.size, plan, &fd, message), PR_EINVAL);
    assert_int_equal(fd, -1);
    pdf_free(&pdf);
}

static void test_plans_that_are_none(void **state)
{
    const struct document_stamp_plan good = plan_of(1, 1);
    struct document_stamp_plan bad;
    char long_text[STAMP_TEXT_BYTES + 1];

    (void)state;
    memset(long_text, 'x', STAMP_TEXT_BYTES);
    long_text[STAMP_TEXT_BYTES] = '\0';
    const char *const texts[] = {"two\nlines", "tab\t",    "\x7f",         "\xc2\x85",
                                 "\xff",       "\xe6\x9c", "\xed\xa0\x80", long_text};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bad = good;
        bad.person = texts[i];
        expect_refused(&bad);
        bad = good;
        bad.level_term = texts[i];
        expect_refused(&bad);
    }
    bad = good;
    bad.copies = 0;
    expect_refused(&bad);
    bad = good;
    bad.first_copy = 0;
    expect_refused(&bad);
    bad.first_copy = STAMP_COPY_MAX + 1;
    expect_refused(&bad);
    bad = good;
    bad.codes =
        "line\nfeed\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    expect_refused(&bad);
    bad = good;
    bad.codes = "";
    bad.code_bytes = 1;
    expect_refused(&bad);
    free_codes(&good);
}

static void test_refusals_of_the_helper(void **state)
{
    struct document_stamp_plan plan = plan_of(2, 1);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;
    int fd = -1;

    (void)state;
    pdf_small(&pdf);
    assert_int_equal(stamp(pdf.data, pdf.size, &plan, &fd, message), PR_EFORMAT);
    assert_string_equal(message, "the document has 1 pages, not 2");
    assert_int_equal(stamp("no PDF", 6, &plan, &fd, message), PR_EFORMAT);
    assert_int_equal(fd, -1);
    /* Others are served as before. */
    assert_int_equal(try_with(helper, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
    free_codes(&plan);
}

static void test_bomb_is_refused(void **state)
{
    struct document_helper *usual = helper;
    struct document_stamp_plan plan = plan_of(1, 1);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;
    int fd = -1;

    (void)state;
    helper = start_helper(20, UINT64_C(1) << 29, 1);
    pdf_bomb(&pdf, 4);
    int result = stamp(pdf.data, pdf.size, &plan, &fd, message);

    assert_true(result == PR_ELIMIT || result == PR_ETIMEOUT || result == PR_ECRASHED ||
                result == PR_EFORMAT);
    assert_int_equal(fd, -1);
    pdf_free(&pdf);
    pdf_small(&pdf);
    assert_int_equal(stamp(pdf.data, pdf.size, &plan, &fd, message), PR_OK);
    close(fd);
    pdf_free(&pdf);
    free_codes(&plan);
    document_helper_stop(helper);
    helper = usual;
}

/* Answers of a helper that was taken over -------------------------------------------------------
 */

static int answer(const char *bytes, size_t length, bool stays_open, uint64_t bytes_max,
                  char *ret_text)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    int ends[2];
    int fd = -1;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, length), (ssize_t)length);
    if (!stays_open) {
        close(ends[1]);
    }
    int result = stamp_answer_read(ends[0], stays_open ? 50 : 60000, bytes_max, &fd, message);

    if (stays_open) {
        close(ends[1]);
    }
    close(ends[0]);
    assert_true((result == PR_OK) == (fd >= 0));
    if (fd >= 0) {
        ssize_t got = read(fd, ret_text, 63);

        assert_true(got >= 0);
        ret_text[got] = '\0';
        close(fd);
    }
    return result;
}
#define ANSWER(bytes, stays_open) answer(bytes, sizeof(bytes) - 1, stays_open, 1000, text)

static void test_answers(void **state)
{
    char text[64];

    (void)state;
    assert_int_equal(ANSWER("\3\0\0\0abc\2\0\0\0de\0\0\0\0", false), PR_OK);
    assert_string_equal(text, "abcde");
    assert_int_equal(ANSWER("", false), PR_ECRASHED);
    assert_int_equal(ANSWER("\3\0\0\0abc", false), PR_ECRASHED);
    assert_int_equal(ANSWER("\3\0\0\0ab", false), PR_ECRASHED);
    assert_int_equal(ANSWER("\3\0", false), PR_ECRASHED);
    assert_int_equal(ANSWER("\3\0\0\0abc", true), PR_ETIMEOUT);
    assert_int_equal(ANSWER("\3\0\0\0a", true), PR_ETIMEOUT);
    assert_int_equal(ANSWER("\1\0\020\0a\0\0\0\0", false), PR_ECRASHED);
    assert_int_equal(
        ANSWER("\3\0\0\0abc{\"error\":\"x\",\"kind\":\"limit\",\"message\":\"m\"}\n", false),
        PR_ELIMIT);
    assert_int_equal(ANSWER("{\"error\":\"x\",\"kind\":\"format\",\"message\":\"m\"}\n", false),
                     PR_EFORMAT);
    assert_int_equal(ANSWER("{\"error\":\"x\"", false), PR_ECRASHED);
    assert_int_equal(answer("\3\0\0\0abc\0\0\0\0", 11, false, 2, text), PR_ECRASHED);
    assert_int_equal(answer("\3\0\0\0abc\0\0\0\0", 11, false, 3, text), PR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_is_sealed_and_has_the_pages),
        cmocka_unit_test(test_same_bytes_again),
        cmocka_unit_test(test_plans_that_are_none),
        cmocka_unit_test(test_refusals_of_the_helper),
        cmocka_unit_test(test_bomb_is_refused),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests_name("stamp", tests, set_up, tear_down);
}

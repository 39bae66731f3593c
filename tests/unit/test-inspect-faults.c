/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hostile, broken and too large documents: each is refused in words. */
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
#include "daemon/error.h"
#include "tests/unit/helper.h"
#include "tests/unit/pdf.h"

enum { PAGES_MAX = 5000 };

static struct document_helper *helper;

static int start(void **state)
{
    (void)state;
    helper = start_helper(60, UINT64_C(1) << 30, 2);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    document_helper_stop(helper);
    return 0;
}

/* The result, and that a refusal comes with words. */
static int try_bytes(const void *data, size_t size)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    int result = try_with(helper, data, size, message);

    assert_int_equal(message[0] == '\0', result == PR_OK);
    return result;
}

static int try_pdf(struct pdf *pdf)
{
    int result = try_bytes(pdf->data, pdf->size);

    pdf_free(pdf);
    return result;
}

/* Broken ----------------------------------------------------------------------------------------
 */

static void test_no_pdf(void **state)
{
    static const char text[] = "%!PS\n/Times findfont pop showpage\n";
    unsigned char noise[4096];
    unsigned value = 12345;

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++) {
        value = value * 1103515245U + 12345U;
        noise[i] = (unsigned char)(value >> 16);
    }
    assert_int_equal(try_bytes("", 0), PR_EFORMAT);
    assert_int_equal(try_bytes("%PDF-1.7\n", 9), PR_EFORMAT);
    assert_int_equal(try_bytes(text, sizeof text - 1), PR_EFORMAT);
    assert_int_equal(try_bytes(noise, sizeof noise), PR_EFORMAT);
}

/* At every length the answer is one of the two; the whole is accepted. */
static void test_truncated(void **state)
{
    struct pdf pdf;
    size_t refused = 0, accepted = 0;

    (void)state;
    pdf_small(&pdf);
    for (size_t size = 0; size < pdf.size; size += 37) {
        int result = try_bytes(pdf.data, size);

        assert_true(result == PR_OK || result == PR_EFORMAT);
        refused += result == PR_EFORMAT;
        accepted += result == PR_OK;
    }
    /* Without its pages' objects nothing can be repaired; without its table it can. */
    assert_true(refused > 10);
    assert_true(accepted > 0);
    assert_int_equal(try_pdf(&pdf), PR_OK);
}

static void test_no_pages(void **state)
{
    struct pdf pdf;

    (void)state;
    pdf_document(&pdf, NULL, 0);
    assert_int_equal(try_pdf(&pdf), PR_EFORMAT);
}

/* A picture that cannot be decoded leaves a hole in the page; content that cannot be is no page. */
static int damaged_stream(bool content)
{
    static const char filter[] = "/Filter/FlateDecode";
    static const char picture[] = "/Type/XObject/Subtype/Image/Width 2/Height 1/BitsPerComponent 8"
                                  "/ColorSpace/DeviceGray/Filter/FlateDecode";
    struct pdf pdf;

    pdf_begin(&pdf);
    unsigned painted = pdf_stream(&pdf, content ? filter : "", "/X Do broken", 12);
    unsigned image = pdf_stream(&pdf, picture, "no deflated data", 16);
    unsigned tree = pdf_reserve(&pdf);
    unsigned page = pdf_object(&pdf,
                               "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents %u 0 R"
                               "/Resources<</XObject<</X %u 0 R>>>>>>",
                               tree, painted, image);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    return try_pdf(&pdf);
}

static void test_damaged_streams(void **state)
{
    (void)state;
    assert_int_equal(damaged_stream(false), PR_OK);
    assert_int_equal(damaged_stream(true), PR_EFORMAT);
}

static void test_page_tree_loop(void **state)
{
    struct pdf pdf;

    (void)state;
    pdf_begin(&pdf);
    unsigned tree = pdf_reserve(&pdf);
    unsigned inner =
        pdf_object(&pdf, "<</Type/Pages/Parent %u 0 R/Count 1/Kids[%u 0 R]>>", tree, tree);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", inner);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    assert_int_equal(try_pdf(&pdf), PR_EFORMAT);
}

/* What /Count says is not believed. */
static void count_lies(unsigned kids, long count, int expected)
{
    struct document_facts facts = {0};
    char message[DOCUMENT_MESSAGE_BYTES];
    char list[256] = "";
    struct pdf pdf;

    pdf_begin(&pdf);
    unsigned tree = pdf_reserve(&pdf);

    for (unsigned i = 0; i < kids; i++) {
        unsigned page =
            pdf_object(&pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 100 100]>>", tree);

        snprintf(list + strlen(list), sizeof list - strlen(list), "%u 0 R ", page);
    }
    pdf_put(&pdf, tree, "<</Type/Pages/Count %ld/Kids[%s]>>", count, list);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    int fd = pdf_memfd(pdf.data, pdf.size);
    int result = document_inspect(helper, fd, &facts, message);

    close(fd);
    if (result != expected) {
        fail_msg("%u pages said to be %ld: %s, %s", kids, count, pr_strerror(result), message);
    }
    if (expected == PR_OK) {
        assert_int_equal(facts.pages, kids);
        document_facts_clear(&facts);
    }
    pdf_free(&pdf);
}

static void test_count_lies(void **state)
{
    (void)state;
    count_lies(3, 3, PR_OK);
    count_lies(3, 1, PR_OK);
    count_lies(3, 2, PR_OK);
    count_lies(3, 4, PR_OK);
    count_lies(3, 1000000, PR_OK);
    count_lies(3, 0, PR_OK);
    count_lies(3, -7, PR_OK);
    count_lies(0, 5, PR_EFORMAT);
}

/* Encrypted -------------------------------------------------------------------------------------
 */

static int try_encrypted(const char *options)
{
    static char data[1 << 16];
    char command[256], folder[] = "/tmp/printroom-test-XXXXXX", in[64], out[64];
    struct pdf pdf;

    assert_non_null(mkdtemp(folder));
    snprintf(in, sizeof in, "%s/in.pdf", folder);
    snprintf(out, sizeof out, "%s/out.pdf", folder);
    pdf_small(&pdf);
    FILE *file = fopen(in, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(pdf.data, 1, pdf.size, file), pdf.size);
    fclose(file);
    pdf_free(&pdf);
    snprintf(command, sizeof command, "qpdf --allow-weak-crypto --encrypt %s -- %s %s", options, in,
             out);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    file = fopen(out, "re");
    assert_non_null(file);
    size_t size = fread(data, 1, sizeof data, file);

    fclose(file);
    unlink(in);
    unlink(out);
    rmdir(folder);
    return try_bytes(data, size);
}

static void test_encrypted(void **state)
{
    (void)state;
    assert_int_equal(try_encrypted("user owner 256"), PR_EUNSUPPORTED);
    assert_int_equal(try_encrypted("user owner 128 --use-aes=y"), PR_EUNSUPPORTED);
    assert_int_equal(try_encrypted("user owner 40"), PR_EUNSUPPORTED);
    assert_int_equal(try_encrypted("'' owner 256"), PR_OK);
    assert_int_equal(try_encrypted("'' owner 256 --print=none --modify=none"), PR_OK);
}

/* Too large -------------------------------------------------------------------------------------
 */

static void test_pages_limit(void **state)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    pdf_many_pages(&pdf, PAGES_MAX);
    assert_int_equal(try_pdf(&pdf), PR_OK);
    pdf_many_pages(&pdf, PAGES_MAX + 1);
    assert_int_equal(try_pdf(&pdf), PR_ELIMIT);
    pdf_many_pages(&pdf, 10000);
    assert_int_equal(try_with(helper, pdf.data, pdf.size, message), PR_ELIMIT);
    assert_non_null(strstr(message, "10000"));
    assert_non_null(strstr(message, "5000"));
    pdf_free(&pdf);
}

static void test_paper_limit(void **state)
{
    struct pdf pdf;

    (void)state;
    pdf_document(&pdf, &(struct pdf_page){"/MediaBox[0 0 1000000000 100]", NULL, ""}, 1);
    assert_int_equal(try_pdf(&pdf), PR_ELIMIT);
    pdf_document(
        &pdf, &(struct pdf_page){"/MediaBox[0 0 14400 14400]/UserUnit 1000000000000", NULL, ""}, 1);
    assert_int_equal(try_pdf(&pdf), PR_ELIMIT);
    /* Long and thin is odd and printable. */
    pdf_document(&pdf, &(struct pdf_page){"/MediaBox[0 0 14400 1]", NULL, "1 0 0 rg 0 0 9 1 re f"},
                 1);
    assert_int_equal(try_pdf(&pdf), PR_OK);
}

/* Forms nested deeper than any stack: poppler stops, or its process dies; the helper lives. */
static void test_deep_nesting(void **state)
{
    char *arrays = malloc(200001);
    struct pdf pdf;

    (void)state;
    assert_non_null(arrays);
    memset(arrays, '[', 200000);
    arrays[200000] = '\0';
    pdf_begin(&pdf);
    pdf_object(&pdf, "%s", arrays);
    unsigned tree = pdf_reserve(&pdf);
    unsigned page = pdf_object(
        &pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents 1 0 R/Resources 1 0 R>>",
        tree);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    int result = try_pdf(&pdf);

    assert_true(result == PR_EFORMAT || result == PR_ECRASHED || result == PR_OK);
    free(arrays);
    pdf_small(&pdf);
    assert_int_equal(try_pdf(&pdf), PR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_pdf),         cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_no_pages),       cmocka_unit_test(test_damaged_streams),
        cmocka_unit_test(test_page_tree_loop), cmocka_unit_test(test_count_lies),
        cmocka_unit_test(test_encrypted),      cmocka_unit_test(test_pages_limit),
        cmocka_unit_test(test_paper_limit),    cmocka_unit_test(test_deep_nesting),
    };

    return cmocka_run_group_tests_name("refused documents", tests, start, stop);
}

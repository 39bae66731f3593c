/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fingerprint sees what is on the pages and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/document/client.h"
#include "tests/unit/helper.h"
#include "tests/unit/pdf.h"

#define A4          "/MediaBox[0 0 595.276 841.89]"
#define LATIN(text) "BT /F1 14 Tf 80 700 Td (" text ") Tj ET "

static struct document_helper *helper;
static char folder[] = "/tmp/printroom-test-XXXXXX";

static int start(void **state)
{
    (void)state;
    helper = start_helper(60, UINT64_C(1) << 30, 2);
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    document_helper_stop(helper);
    return rmdir(folder);
}

static void fingerprint_of(const void *data, size_t size,
                           uint8_t ret_print[DOCUMENT_FINGERPRINT_BYTES])
{
    struct document_facts facts;

    inspect_bytes(helper, data, size, &facts);
    memcpy(ret_print, facts.fingerprint, DOCUMENT_FINGERPRINT_BYTES);
    document_facts_clear(&facts);
}

static char *in_folder(const char *name)
{
    static char path[2][64];
    static unsigned turn;

    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(in_folder(name), "we");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void fingerprint_of_file(const char *name, uint8_t ret_print[DOCUMENT_FINGERPRINT_BYTES])
{
    static char data[1 << 20];
    FILE *file = fopen(in_folder(name), "re");

    assert_non_null(file);
    size_t size = fread(data, 1, sizeof data, file);

    assert_true(size > 0 && size < sizeof data);
    fclose(file);
    unlink(in_folder(name));
    fingerprint_of(data, size, ret_print);
}

/* A document with text, a picture, a form, a stamp that prints; `seed` changes what is not on
 * paper. */
static void rich_document(struct pdf *pdf, unsigned seed, const char *text, const char *pixels,
                          const char *stamp)
{
    char content[256], dates[128];

    pdf_begin(pdf);
    for (unsigned i = 0; i < seed; i++) {
        pdf_object(pdf, "(unused %u)", i);
    }
    snprintf(content, sizeof content,
             "BT /F 20 Tf 50 700 Td (%s) Tj ET q 90 0 0 90 50 50 cm /I Do Q /M Do", text);
    snprintf(dates, sizeof dates, "/LastModified(D:202611%02u)/PieceInfo<</App<</Private %u>>>>",
             seed + 1, seed);
    unsigned painted = pdf_stream(pdf, "", content, strlen(content));
    unsigned picture = pdf_stream(pdf,
                                  "/Type/XObject/Subtype/Image/Width 2/Height 1/BitsPerComponent 8"
                                  "/Filter/ASCIIHexDecode/ColorSpace/DeviceGray",
                                  pixels, strlen(pixels));
    unsigned form = pdf_stream(pdf, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>",
                               "0 0 5 5 re f", 12);
    unsigned look = pdf_stream(pdf, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>", stamp,
                               strlen(stamp));
    unsigned annotation =
        pdf_object(pdf,
                   "<</Type/Annot/Subtype/Stamp/F 4/Rect[9 9 99 99]/AP<</N %u 0 R>>"
                   "/NM(note-%u)/M(D:202611%02u)>>",
                   look, seed, seed + 1);
    unsigned tree = pdf_reserve(pdf);
    unsigned page =
        pdf_object(pdf,
                   "<</Type/Page/Parent %u 0 R" A4 "%s/Contents %u 0 R/Annots[%u 0 R]/Resources"
                   "<</XObject<</I %u 0 R/M %u 0 R>>/Font<</F<</Type/Font/Subtype/Type1"
                   "/BaseFont/%c%c%cDEF+Helvetica>>>>>>>>",
                   tree, dates, painted, annotation, picture, form, 'A' + (int)seed,
                   'Q' - (int)seed, 'F' + (int)seed);

    pdf_put(pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_object(pdf, "<</Producer(Maker %u)/CreationDate(D:202611%02u)>>", seed, seed + 1);
    pdf_end(pdf, pdf_object(pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
}

static void rich_fingerprint(unsigned seed, const char *text, const char *pixels, const char *stamp,
                             uint8_t ret_print[DOCUMENT_FINGERPRINT_BYTES])
{
    struct pdf pdf;

    rich_document(&pdf, seed, text, pixels, stamp);
    fingerprint_of(pdf.data, pdf.size, ret_print);
    pdf_free(&pdf);
}

static void test_fingerprint_sees_content(void **state)
{
    uint8_t print[6][DOCUMENT_FINGERPRINT_BYTES];

    (void)state;
    rich_fingerprint(0, "Minutes", "00ff>", "0 0 3 3 re f", print[0]);
    rich_fingerprint(5, "Minutes", "00ff>", "0 0 3 3 re f", print[1]);
    rich_fingerprint(0, "Minuter", "00ff>", "0 0 3 3 re f", print[2]);
    rich_fingerprint(0, "Minutes", "01ff>", "0 0 3 3 re f", print[3]);
    rich_fingerprint(0, "Minutes", "00ff>", "0 0 3 4 re f", print[4]);
    rich_fingerprint(0, "Minutes ", "00ff>", "0 0 3 3 re f", print[5]);
    assert_memory_equal(print[0], print[1], DOCUMENT_FINGERPRINT_BYTES);
    for (size_t i = 2; i < 6; i++) {
        assert_memory_not_equal(print[0], print[i], DOCUMENT_FINGERPRINT_BYTES);
    }
}

static void test_fingerprint_survives_rewriting(void **state)
{
    static const char *const options[] = {
        "--linearize",
        "--object-streams=generate",
        "--object-streams=generate --linearize --recompress-flate --compression-level=9",
        "--stream-data=uncompress",
        "--object-streams=disable --compress-streams=n",
        "--coalesce-contents --newline-before-endstream",
        "--preserve-unreferenced --static-id --min-version=1.7",
        "--encrypt '' owner 256 --",
    };
    uint8_t original[DOCUMENT_FINGERPRINT_BYTES], rewritten[DOCUMENT_FINGERPRINT_BYTES];
    char command[512];
    struct pdf pdf;

    (void)state;
    rich_document(&pdf, 0, "Minutes", "00ff>", "0 0 3 3 re f");
    fingerprint_of(pdf.data, pdf.size, original);
    write_file("in.pdf", pdf.data, pdf.size);
    pdf_free(&pdf);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        snprintf(command, sizeof command, "qpdf %s %s/in.pdf %s/out.pdf", options[i], folder,
                 folder);
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
        fingerprint_of_file("out.pdf", rewritten);
        if (memcmp(original, rewritten, sizeof original) != 0) {
            fail_msg("another fingerprint after qpdf %s", options[i]);
        }
    }
    unlink(in_folder("in.pdf"));
}

/* The same source exported twice by a real program: other dates, other /ID. */
static void test_fingerprint_of_exports(void **state)
{
    static const char source[] =
        "%%!PS\n/Times-Roman findfont 20 scalefont setfont 72 700 moveto (Report of %s) show "
        "0 0 1 setrgbcolor 72 72 100 100 rectfill showpage\n";
    uint8_t print[3][DOCUMENT_FINGERPRINT_BYTES];
    static const char *const months[] = {"May", "May", "Mai"};
    char text[512], command[512];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        int length = snprintf(text, sizeof text, source, months[i]);

        write_file("in.ps", text, (size_t)length);
        snprintf(command, sizeof command,
                 "gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -o %s/out.pdf -c '[/CreationDate "
                 "(D:2026110%zu000000Z) "
                 "/Title (%zu) /DOCINFO pdfmark' -f %s/in.ps",
                 folder, i + 1, i, folder);
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
        fingerprint_of_file("out.pdf", print[i]);
        unlink(in_folder("in.ps"));
    }
    assert_memory_equal(print[0], print[1], DOCUMENT_FINGERPRINT_BYTES);
    assert_memory_not_equal(print[0], print[2], DOCUMENT_FINGERPRINT_BYTES);
}

static void test_fingerprint_sees_pages(void **state)
{
    const struct pdf_page ab[] = {{NULL, NULL, LATIN("a")}, {NULL, NULL, LATIN("b")}};
    const struct pdf_page ba[] = {{NULL, NULL, LATIN("b")}, {NULL, NULL, LATIN("a")}};
    const struct pdf_page a[] = {{NULL, NULL, LATIN("a")}};
    const struct pdf_page turned[] = {{A4 "/Rotate 180", NULL, LATIN("a")},
                                      {NULL, NULL, LATIN("b")}};
    const struct pdf_page cropped[] = {{A4 "/CropBox[0 0 500 500]", NULL, LATIN("a")},
                                       {NULL, NULL, LATIN("b")}};
    struct document_facts facts[6];

    (void)state;
    inspect_pages(helper, ab, 2, &facts[0]);
    inspect_pages(helper, ba, 2, &facts[1]);
    inspect_pages(helper, a, 1, &facts[2]);
    inspect_pages(helper, turned, 2, &facts[3]);
    inspect_pages(helper, cropped, 2, &facts[4]);
    inspect_pages(helper, ab, 2, &facts[5]);
    for (size_t i = 1; i < 5; i++) {
        assert_memory_not_equal(facts[0].fingerprint, facts[i].fingerprint,
                                DOCUMENT_FINGERPRINT_BYTES);
    }
    assert_memory_equal(facts[0].fingerprint, facts[5].fingerprint, DOCUMENT_FINGERPRINT_BYTES);
    for (size_t i = 0; i < 6; i++) {
        document_facts_clear(&facts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprint_sees_content),
        cmocka_unit_test(test_fingerprint_survives_rewriting),
        cmocka_unit_test(test_fingerprint_of_exports),
        cmocka_unit_test(test_fingerprint_sees_pages),
    };

    return cmocka_run_group_tests_name("fingerprint", tests, start, stop);
}

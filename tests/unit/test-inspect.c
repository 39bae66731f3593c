/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the helper finds in sound documents, asked for as the daemon does. */
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

#define A4 "/MediaBox[0 0 595.276 841.89]"

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

/* Sizes -----------------------------------------------------------------------------------------
 */

static const struct {
    const char *keys;
    uint32_t width_um;
    uint32_t height_um;
} sizes[] = {
    {A4, 210000, 297000},
    {"/MediaBox[0 0 841.89 1190.551]", 297000, 420000},
    {"/MediaBox[0 0 612 792]", 215900, 279400},
    {"/MediaBox[612 792 0 0]", 215900, 279400},
    {"/MediaBox[-306 100 306 892]", 215900, 279400},
    {A4 "/Rotate 90", 297000, 210000},
    {A4 "/Rotate 180", 210000, 297000},
    {A4 "/Rotate 270", 297000, 210000},
    {A4 "/Rotate -90", 297000, 210000},
    {A4 "/Rotate 450", 297000, 210000},
    {A4 "/Rotate 0", 210000, 297000},
    {"/MediaBox[0 0 306 396]/UserUnit 2", 215900, 279400},
    {"/MediaBox[0 0 306 396]/UserUnit 2/Rotate 90", 279400, 215900},
    {"/MediaBox[0 0 306 396]/UserUnit 0", 107950, 139700},
    {"/MediaBox[0 0 1224 1584]/CropBox[100 100 712 892]", 215900, 279400},
    {"/MediaBox[0 0 612 792]/CropBox[-50 -50 700 900]", 215900, 279400},
    {"/MediaBox[0 0 612 792]/CropBox[306 396 900 900]", 107950, 139700},
    {"/MediaBox[0 0 612 792]/CropBox[700 800 900 900]", 215900, 279400},
    {"/MediaBox[0 0 612 792]/CropBox[0 0 0 0]", 215900, 279400},
    {"/MediaBox[0 0 612 792]/TrimBox[0 0 10 10]", 215900, 279400},
    {"/MediaBox[0 0 0 0]", 215900, 279400},
    {"", 215900, 279400},
};

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct document_facts facts;

        inspect_pages(helper, &(struct pdf_page){.keys = sizes[i].keys, .content = ""}, 1, &facts);
        assert_int_equal(facts.pages, 1);
        assert_int_equal(facts.runs_length, 1);
        assert_int_equal(facts.runs[0].pages, 1);
        if (facts.runs[0].width_um != sizes[i].width_um ||
            facts.runs[0].height_um != sizes[i].height_um) {
            fail_msg("%s is %u x %u", sizes[i].keys, facts.runs[0].width_um,
                     facts.runs[0].height_um);
        }
        document_facts_clear(&facts);
    }
}

static void test_runs(void **state)
{
    const struct pdf_page pages[] = {
        {A4, NULL, ""},
        {A4, NULL, ""},
        {"/MediaBox[0 0 841.89 1190.551]", NULL, ""},
        {A4, NULL, ""},
        {A4 "/Rotate 180", NULL, ""},
        {A4 "/Rotate 90", NULL, ""},
    };
    static const uint32_t expected[][3] = {
        {2, 210000, 297000}, {1, 297000, 420000}, {2, 210000, 297000}, {1, 297000, 210000}};
    struct document_facts facts;

    (void)state;
    inspect_pages(helper, pages, sizeof pages / sizeof pages[0], &facts);
    assert_int_equal(facts.pages, 6);
    assert_int_equal(facts.runs_length, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(facts.runs[i].pages, expected[i][0]);
        assert_int_equal(facts.runs[i].width_um, expected[i][1]);
        assert_int_equal(facts.runs[i].height_um, expected[i][2]);
    }
    document_facts_clear(&facts);
}

/* A tree three levels deep, sizes and rotation inherited from two of them. */
static void test_inheritance(void **state)
{
    struct document_facts facts;
    struct pdf pdf;

    (void)state;
    pdf_begin(&pdf);
    unsigned content = pdf_stream(&pdf, "", "", 0);
    unsigned top = pdf_reserve(&pdf);
    unsigned middle = pdf_reserve(&pdf);
    unsigned first =
        pdf_object(&pdf, "<</Type/Page/Parent %u 0 R/Contents %u 0 R>>", middle, content);
    unsigned second = pdf_object(&pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 100 200]>>", top);

    pdf_put(&pdf, middle, "<</Type/Pages/Parent %u 0 R/Count 1/Kids[%u 0 R]/Rotate 90>>", top,
            first);
    pdf_put(&pdf, top, "<</Type/Pages/Count 2/Kids[%u 0 R %u 0 R]/MediaBox[0 0 612 792]>>", middle,
            second);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", top));
    inspect_bytes(helper, pdf.data, pdf.size, &facts);
    assert_int_equal(facts.pages, 2);
    assert_int_equal(facts.runs[0].width_um, 279400);
    assert_int_equal(facts.runs[0].height_um, 215900);
    assert_int_equal(facts.runs[1].width_um, 35278);
    assert_int_equal(facts.runs[1].height_um, 70556);
    document_facts_clear(&facts);
    pdf_free(&pdf);
}

/* Colour ----------------------------------------------------------------------------------------
 */

#define TEXT "BT /F1 20 Tf 50 700 Td (Quarterly figures) Tj ET "
#define BOX  "100 100 200 200 re f "
/* A picture of 2 x 1 pixels, written as hexadecimal digits. */
#define INLINE(space, digits)                                                                      \
    "q 100 0 0 100 50 50 cm BI /W 2 /H 1 /BPC 8 /CS /" space " /F /AHx ID " digits "> EI Q"

static const struct {
    const char *what;
    const char *resources;
    const char *content;
    bool color;
} colors[] = {
    {"nothing", "", "", false},
    {"text without a colour", "", TEXT, false},
    {"grey", "", "0.5 g " BOX, false},
    {"RGB black text", "", "0 0 0 rg " TEXT, false},
    {"RGB grey, written in two ways", "", "0.50 .5 0.5 rg " BOX, false},
    {"RGB red", "", "1 0 0 rg " BOX, true},
    {"RGB, a little red", "", "0.6 0.5 0.5 rg " BOX, true},
    {"red stroke as thin as can be", "", "1 0 0 RG 0 w 100 100 m 400 400 l S", true},
    {"black ink", "", "0 0 0 1 k " TEXT, false},
    {"cyan ink", "", "1 0 0 0 k " BOX, true},
    {"colour set, never used", "", "1 0 0 rg 0 g " TEXT, false},
    {"colour painted outside the page", "", "1 0 0 rg 2000 2000 10 10 re f", false},
    {"colour under white", "", "1 0 0 rg " BOX "1 g 0 0 600 900 re f", false},
    {"an operator inside a string", "", "0 g BT /F1 20 Tf 50 700 Td (1 0 0 rg \\) 1 0 0 rg) Tj ET",
     false},
    {"operands before a comment", "", "1 0 0 %0 0 0\nrg " BOX, true},
    {"operands after a comment", "", "%1 0 0\n0 0 0 rg " BOX, false},
    {"an operator after a string with brackets", "", TEXT "BT (a(b)c\\() Tj ET 0 0 1 rg " BOX,
     true},
    {"colour space, grey", "", "/DeviceGray cs 0.2 sc " BOX, false},
    {"colour space, RGB black", "", "/DeviceRGB cs 0 0 0 sc " BOX, false},
    {"colour space, RGB blue", "", "/DeviceRGB cs 0 0 1 scn " BOX, true},
    {"CalRGB grey", "/ColorSpace<</C[/CalRGB<</WhitePoint[0.95 1 1.09]>>]>>", "/C cs 0 0 0 sc " BOX,
     false},
    {"CalRGB green", "/ColorSpace<</C[/CalRGB<</WhitePoint[0.95 1 1.09]>>]>>",
     "/C cs 0 1 0 sc " BOX, true},
    {"Lab", "/ColorSpace<</C[/Lab<</WhitePoint[0.95 1 1.09]/Range[-100 100 -100 100]>>]>>",
     "/C cs 60 80 0 sc " BOX, true},
    {"Indexed red", "/ColorSpace<</C[/Indexed/DeviceRGB 1<ff00000000ff>]>>", "/C cs 0 sc " BOX,
     true},
    {"Indexed grey", "/ColorSpace<</C[/Indexed/DeviceRGB 1<000000808080>]>>", "/C cs 1 sc " BOX,
     false},
    {"spot colour",
     "/ColorSpace<</C[/Separation/Orange/DeviceCMYK<</FunctionType 2/Domain[0 1]"
     "/C0[0 0 0 0]/C1[0 0.5 1 0]/N 1>>]>>",
     "/C cs 1 scn " BOX, true},
    {"shading",
     "/Shading<</S<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 500 0]/Extend[true true]"
     "/Function<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>>>>>",
     "/S sh", true},
    {"grey shading",
     "/Shading<</S<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 500 0]"
     "/Function<</FunctionType 2/Domain[0 1]/C0[0]/C1[1]/N 1>>>>>>",
     "/S sh", false},
    {"inline picture, grey", "", INLINE("G", "00ff"), false},
    {"inline picture, RGB of greys", "", INLINE("RGB", "000000808080"), false},
    {"inline picture, RGB", "", INLINE("RGB", "0000ff808080"), true},
};

static void test_colors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++) {
        struct document_facts facts;

        inspect_pages(helper, &(struct pdf_page){NULL, colors[i].resources, colors[i].content}, 1,
                      &facts);
        if (facts.color_pages != colors[i].color) {
            fail_msg("%s: %u colour pages", colors[i].what, facts.color_pages);
        }
        assert_int_equal(facts.guessed_pages, 0);
        document_facts_clear(&facts);
    }
}

/* One page that paints object `what` (an XObject or font), given as dictionary entries and stream.
 */
static uint32_t color_of_object(const char *keys, const char *data, const char *page_keys,
                                const char *content)
{
    struct document_facts facts;
    struct pdf pdf;

    pdf_begin(&pdf);
    unsigned object = pdf_stream(&pdf, keys, data, strlen(data));
    unsigned painted = pdf_stream(&pdf, "", content, strlen(content));
    unsigned glyphs = pdf_object(
        &pdf,
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[0.001 0 0 0.001 0 0]"
        "/FirstChar 65/LastChar 65/Widths[1000]/Encoding<</Differences[65/a]>>"
        "/CharProcs<</a %u 0 R>>/Resources<<>>>>",
        object);
    unsigned annotation = pdf_object(&pdf,
                                     "<</Type/Annot/Subtype/Stamp/Rect[100 100 200 200]%s"
                                     "/AP<</N %u 0 R>>>>",
                                     page_keys, object);
    unsigned tree = pdf_reserve(&pdf);
    unsigned page = pdf_object(&pdf,
                               "<</Type/Page/Parent %u 0 R" A4 "/Contents %u 0 R/Annots[%u 0 R]"
                               "/Resources<</XObject<</X %u 0 R>>/Font<</T %u 0 R>>>>>>",
                               tree, painted, annotation, object, glyphs);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    inspect_bytes(helper, pdf.data, pdf.size, &facts);
    uint32_t color = facts.color_pages;

    document_facts_clear(&facts);
    pdf_free(&pdf);
    return color;
}

static void test_color_of_objects(void **state)
{
    static const char form[] = "/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<<>>";
    static const char bare_form[] = "/Type/XObject/Subtype/Form/BBox[0 0 100 100]";
    static const char picture[] = "/Type/XObject/Subtype/Image/Width 2/Height 1/BitsPerComponent 8"
                                  "/Filter/ASCIIHexDecode/ColorSpace";
    static const char paint[] = "q 100 0 0 100 50 50 cm /X Do Q";
    static const char paint_form[] = "/X Do";
    static const char write[] = "BT /T 100 Tf 100 100 Td (A) Tj ET";
    static const char red[] = "1 0 0 rg 0 0 100 100 re f";
    static const char black[] = "0 0 0 rg 0 0 100 100 re f";
    char keys[256];

    (void)state;
    assert_int_equal(color_of_object(form, red, "", paint_form), 1);
    assert_int_equal(color_of_object(form, black, "", paint_form), 0);
    assert_int_equal(color_of_object(bare_form, red, "", paint_form), 1);
    assert_int_equal(color_of_object(bare_form, black, "", paint_form), 0);
    assert_int_equal(color_of_object(form, red, "", ""), 0);
    snprintf(keys, sizeof keys, "%s/DeviceGray", picture);
    assert_int_equal(color_of_object(keys, "0080>", "", paint), 0);
    snprintf(keys, sizeof keys, "%s/DeviceRGB", picture);
    assert_int_equal(color_of_object(keys, "000000808080>", "", paint), 0);
    assert_int_equal(color_of_object(keys, "ff0000808080>", "", paint), 1);
    assert_int_equal(color_of_object(keys, "ff0000808080>", "", ""), 0);
    /* Type 3 glyphs: d0 keeps their colours. */
    assert_int_equal(color_of_object("", "1000 0 d0 1 0 0 rg 0 0 999 999 re f", "", write), 1);
    assert_int_equal(color_of_object("", "1000 0 d0 0 0 999 999 re f", "", write), 0);
    assert_int_equal(
        color_of_object("", "1000 0 0 0 999 999 d1 1 0 0 rg 0 0 999 999 re f", "", write), 0);
    /* Annotations: printed when they say so (bit 3), hidden ones not (bit 2). */
    assert_int_equal(color_of_object(form, red, "/F 4", ""), 1);
    assert_int_equal(color_of_object(form, black, "/F 4", ""), 0);
    assert_int_equal(color_of_object(form, red, "/F 6", ""), 0);
    assert_int_equal(color_of_object(form, red, "", ""), 0);
}

static void test_color_pages_are_counted(void **state)
{
    const struct pdf_page pages[] = {{NULL, NULL, TEXT},
                                     {NULL, NULL, "1 0 0 rg " BOX},
                                     {NULL, NULL, TEXT},
                                     {NULL, NULL, "0 1 0 rg " TEXT}};
    struct document_facts facts;

    (void)state;
    inspect_pages(helper, pages, 4, &facts);
    assert_int_equal(facts.pages, 4);
    assert_int_equal(facts.color_pages, 2);
    document_facts_clear(&facts);
}

/* Marks -----------------------------------------------------------------------------------------
 */

/* Text at a height on the page, Latin or Chinese (UTF-16). */
#define LATIN(y, text)  "BT /F1 14 Tf 1 0 0 1 80 " y " Tm (" text ") Tj ET "
#define CHINESE(y, hex) "BT /F2 14 Tf 1 0 0 1 80 " y " Tm <" hex "> Tj ET "
#define BODY            LATIN("400", "The secretary of the board keeps the minutes.")

static const struct {
    const char *what;
    const char *first;
    const char *second; /**< content of a second page, or NULL */
    const char *level;
    uint32_t page;
} marks[] = {
    {"none", BODY, NULL, "", 0},
    {"English", LATIN("800", "CONFIDENTIAL") BODY, NULL, "confidential", 1},
    {"TOP SECRET is no SECRET", LATIN("800", "TOP SECRET") BODY, NULL, "top-secret", 1},
    {"with caveats", LATIN("800", "SECRET//NOFORN"), NULL, "secret", 1},
    {"a word of a sentence", LATIN("800", "THE SECRET GARDEN"), NULL, "", 0},
    {"secretary", LATIN("800", "SECRETARY"), NULL, "", 0},
    {"秘密", CHINESE("800", "79D85BC6") BODY, NULL, "confidential", 1},
    {"机密★20年",
     CHINESE("800", "673A5BC6260500320030"
                    "5E74") BODY,
     NULL, "secret", 1},
    {"绝　密", CHINESE("800", "7EDD30005BC6"), NULL, "top-secret", 1},
    {"机 密 with a space", CHINESE("800", "673A00205BC6"), NULL, "secret", 1},
    {"内部", CHINESE("800", "518590E8"), NULL, "internal", 1},
    {"公开", CHINESE("800", "516C5F00"), NULL, "public", 1},
    {"秘密地", CHINESE("800", "79D85BC65730"), NULL, "", 0},
    {"保密", CHINESE("800", "4FDD5BC6"), NULL, "", 0},
    {"in the first page's upper third", LATIN("570", "SECRET"), NULL, "secret", 1},
    {"below the first page's upper third", LATIN("540", "SECRET"), NULL, "", 0},
    {"at the foot", LATIN("30", "SECRET"), NULL, "", 0},
    {"at the top of the second page", BODY, LATIN("800", "SECRET"), "secret", 2},
    {"below the top of the second page", BODY, LATIN("570", "SECRET"), "", 0},
    {"the higher of two pages", LATIN("800", "CONFIDENTIAL"), LATIN("800", "SECRET"), "secret", 2},
    {"the first of two equal ones", LATIN("800", "SECRET"), LATIN("800", "SECRET"), "secret", 1},
    {"the higher of one page", LATIN("800", "CONFIDENTIAL") LATIN("770", "TOP SECRET"), NULL,
     "top-secret", 1},
    {"绝密, wide apart", CHINESE("800", "7EDD30003000300030005BC6") BODY, NULL, "top-secret", 1},
    {"beside another text",
     LATIN("800", "SECRET") "BT /F1 14 Tf 1 0 0 1 400 800 Tm (No. 17 of 2026) Tj ET", NULL,
     "secret", 1},
    {"letters set one by one",
     "BT /F1 14 Tf 80 800 Td 30 0 Td (S) Tj 30 0 Td (E) Tj 30 0 Td (C) Tj 30 0 Td (R) Tj "
     "30 0 Td (E) Tj 30 0 Td (T) Tj ET",
     NULL, "secret", 1},
};

static void test_marks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const struct pdf_page pages[] = {{NULL, NULL, marks[i].first},
                                         {NULL, NULL, marks[i].second}};
        struct document_facts facts;

        inspect_pages(helper, pages, marks[i].second != NULL ? 2 : 1, &facts);
        if (strcmp(facts.marked_level, marks[i].level) != 0 || facts.marked_page != marks[i].page) {
            fail_msg("%s: \"%s\" on page %u", marks[i].what, facts.marked_level, facts.marked_page);
        }
        document_facts_clear(&facts);
    }
}

/* On a page turned by /Rotate the top is where the reader sees it. */
static void test_mark_on_turned_page(void **state)
{
    static const char content[] = "BT /F1 14 Tf 0 1 -1 0 40 300 Tm (SECRET) Tj ET";
    struct document_facts facts;

    (void)state;
    inspect_pages(helper, &(struct pdf_page){A4 "/Rotate 90", NULL, content}, 1, &facts);
    assert_string_equal(facts.marked_level, "secret");
    document_facts_clear(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_inheritance),
        cmocka_unit_test(test_colors),
        cmocka_unit_test(test_color_of_objects),
        cmocka_unit_test(test_color_pages_are_counted),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_mark_on_turned_page),
    };

    return cmocka_run_group_tests_name("inspect", tests, start, stop);
}

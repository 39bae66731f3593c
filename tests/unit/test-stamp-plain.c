/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files read without libqpdf: what is plain is read as it stands, and whatever is not is left
 * alone. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "daemon/document/stamp-digits.h"
#include "daemon/document/stamp-inflate.h"
#include "daemon/document/stamp-pages.h"
#include "daemon/document/stamp-syntax.h"

static struct span span_of(const char *text)
{
    return (struct span){(const uint8_t *)text, (const uint8_t *)text + strlen(text)};
}

static void test_objects(void **state)
{
    static const struct {
        const char *text;
        enum object_kind kind;
        size_t length;
    } good[] = {
        {"null", OBJECT_NULL, 4},
        {"true ", OBJECT_BOOLEAN, 4},
        {"-12", OBJECT_INTEGER, 3},
        {"+.5]", OBJECT_REAL, 3},
        {"/Name#20x/", OBJECT_NAME, 9},
        {"/", OBJECT_NAME, 1},
        {"(a(b)\\)c)d", OBJECT_STRING, 9},
        {"<4 1>", OBJECT_STRING, 5},
        {"[1 0 R(]) [<<>>]]", OBJECT_ARRAY, 17},
        {"<</A 1/B<</C[/D]>>>>x", OBJECT_DICTIONARY, 20},
        {"12 0 R", OBJECT_REFERENCE, 6},
        {"12 0 obj", OBJECT_INTEGER, 2},
        {"12 0 Rx", OBJECT_INTEGER, 2},
        {"[1 % ] comment\n]", OBJECT_ARRAY, 16},
    };
    static const char *const bad[] = {"",        "(a",     "(a\\", "<4x>",   "[1",  "<</A>>",
                                      "<<1 2>>", "<</A 1", "]",    "nul",    "--1", "1.2.3",
                                      "1e5",     "{",      ")",    "endobj", "+",   "."};
    struct object object;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct span rest = span_of(good[i].text);

        assert_true(syntax_take(&rest, &object));
        assert_int_equal(object.kind, good[i].kind);
        assert_int_equal(rest.at - (const uint8_t *)good[i].text, good[i].length);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct span rest = span_of(bad[i]);

        assert_false(syntax_take(&rest, &object));
    }
    char deep[401];

    memset(deep, '[', 200);
    memset(deep + 200, ']', 200);
    deep[400] = '\0';
    struct span rest = span_of(deep);

    assert_false(syntax_take(&rest, &object));
}

static bool find(const char *text, const char *key, struct object *ret_object)
{
    struct span rest = span_of(text);
    struct object dictionary;

    assert_true(syntax_take(&rest, &dictionary));
    return syntax_find(&dictionary, key, ret_object);
}

static void test_entries(void **state)
{
    struct object object;
    int64_t integer = 0;
    double real = 0;

    (void)state;
    assert_true(find("<</A 1/AB -2.25/C null>>", "/AB", &object));
    assert_true(syntax_real(&object, &real) && real == -2.25);
    assert_true(find("<</A 1/AB 2>>", "/A", &object));
    assert_true(syntax_integer(&object, 0, 1, &integer) && integer == 1);
    assert_false(syntax_integer(&object, 2, 9, &integer));
    assert_true(find("<</A 1/C null>>", "/C", &object) && object.kind == OBJECT_NONE);
    assert_true(find("<<>>", "/C", &object) && object.kind == OBJECT_NONE);
    assert_false(find("<</A 1/A 2>>", "/A", &object));
    assert_false(find("<</#41 1/A 2>>", "/A", &object));
    assert_false(find("[/A 1]", "/A", &object));
}

static void test_digits(void **state)
{
    static const struct {
        double length;
        const char *digits;
    } rows[] = {{0, "0"},         {1, "1"},         {-1.5, "-1.5"},   {0.005, "0.01"}, {0.004, "0"},
                {12.34, "12.34"}, {-0.03, "-0.03"}, {1e6, "1000000"}, {99.999, "100"}};
    char digits[DIGITS_BYTES + 1];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        digits[digits_length(rows[i].length, digits)] = '\0';
        assert_string_equal(digits, rows[i].digits);
    }
    digits[digits_number(42, 6, digits)] = '\0';
    assert_string_equal(digits, "000042");
    digits[digits_number(UINT64_MAX, 1, digits)] = '\0';
    assert_string_equal(digits, "18446744073709551615");
}

static bool unpredict(const char *parameters, const uint8_t *bytes, size_t size, GByteArray *into)
{
    struct span rest = span_of(parameters);
    struct object object;

    assert_true(syntax_take(&rest, &object));
    g_byte_array_set_size(into, 0);
    g_byte_array_append(into, bytes, (guint)size);
    return inflate_unpredict(&object, into);
}

static void test_prediction(void **state)
{
    /* One row of each kind, the value of every byte 7. */
    static const uint8_t rows[] = {0, 7, 7, 7, 1, 7, 0, 0, 2, 0, 0, 0, 3, 4, 0, 0, 4, 0, 0, 0};
    GByteArray *content = g_byte_array_new();

    (void)state;
    assert_true(unpredict("<</Predictor 12/Columns 3>>", rows, sizeof rows, content));
    assert_int_equal(content->len, 15);
    for (guint i = 0; i < content->len; i++) {
        assert_int_equal(content->data[i], 7);
    }
    assert_true(unpredict("<</Predictor 1>>", rows, 4, content));
    assert_int_equal(content->len, 4);
    assert_false(unpredict("<</Predictor 12/Columns 3>>", rows, 7, content));
    assert_false(unpredict("<</Predictor 2/Columns 3>>", rows, 8, content));
    assert_false(unpredict("<</Predictor 12/Columns 3/Colors 3>>", rows, 8, content));
    assert_false(unpredict("<</Predictor 12/Columns 3>>", (const uint8_t *)"\5abc", 4, content));
    g_byte_array_free(content, TRUE);
}

static void test_inflating(void **state)
{
    static const char text[] = "BT (what is told) Tj ET";
    struct inflater *inflater = inflate_new();
    GByteArray *content = g_byte_array_new();
    uint8_t packed[200], *large = calloc(1, 1 << 20);
    uLongf size = sizeof packed;

    (void)state;
    assert_int_equal(compress(packed, &size, (const uint8_t *)text, sizeof text - 1), Z_OK);
    struct span raw = {packed, packed + size};

    g_byte_array_append(content, (const uint8_t *)"x", 1);
    assert_true(inflate_stream(inflater, &raw, content));
    assert_int_equal(content->len, sizeof text);
    assert_memory_equal(content->data + 1, text, sizeof text - 1);
    raw.end--;
    assert_false(inflate_stream(inflater, &raw, content));
    raw.end++;
    packed[10] ^= 0x40;
    assert_false(inflate_stream(inflater, &raw, content));
    /* What grows a thousand times needs more than one try. */
    g_byte_array_set_size(content, 0);
    uLongf room = compressBound(1 << 20);
    uint8_t *much = malloc(room);

    assert_true(large != NULL && much != NULL);
    assert_int_equal(compress(much, &room, large, 1 << 20), Z_OK);
    assert_true(inflate_stream(inflater, &(struct span){much, much + room}, content));
    assert_int_equal(content->len, 1 << 20);
    /* What was there before counts: a page of many streams is bounded, too. */
    g_byte_array_set_size(content, INFLATE_BYTES_MAX - (1 << 20));
    assert_false(inflate_stream(inflater, &(struct span){much, much + room}, content));
    free(much);
    free(large);
    g_byte_array_free(content, TRUE);
    inflate_free(inflater);
}

/* Documents ------------------------------------------------------------------------------------ */

/** A file in the making; `at` remembers where objects are. */
struct file {
    GString *bytes;
    size_t at[32];
    unsigned objects;
};

static void put(struct file *file, const char *body)
{
    file->at[++file->objects] = file->bytes->len;
    g_string_append_printf(file->bytes, "%u 0 obj\n%s\nendobj\n", file->objects, body);
}

#define ROOT  "<</Type/Catalog/Pages 2 0 R>>"
#define TREE  "<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]/MediaBox[0 0 595 842]/Rotate 90>>"
#define FIRST "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources 6 0 R/Annots[7 0 R 8 0 R]>>"
#define SECOND                                                                                     \
    "<</Type/Page/Parent 2 0 R/Contents[5 0 R 9 0 R]/Resources<<>>/CropBox[10 10 100 200]"         \
    "/Rotate 0/Dur 3>>"
#define CONTENT "<</Length 12>>stream\n0 0 5 5 re f\nendstream"
#define FONTS   "<</Font<</F1 10 0 R>>/ProcSet[/PDF]>>"
#define NOTE    "<</Type/Annot/Subtype/Square/F 4/Rect[300 20 10 50]>>"
#define LINK    "<</Type/Annot/Subtype/Link/F 4/Rect[0 0 595 842]>>"
#define OPEN    "<</Length 2>>stream\nq \nendstream"
#define FONT    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"

static void begin(struct file *file)
{
    static const char *const bodies[] = {ROOT,  TREE, FIRST, SECOND, CONTENT,
                                         FONTS, NOTE, LINK,  OPEN,   FONT};

    *file = (struct file){.bytes = g_string_new("%PDF-1.7\n")};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        put(file, bodies[i]);
    }
}

static struct plain_pages *open_file(const struct file *file, enum xref_form form, size_t xref)
{
    const struct plain_origin origin = {(const uint8_t *)file->bytes->str, file->bytes->len, form,
                                        xref, false};

    return pages_open(&origin, 2);
}

static size_t end_with_table(struct file *file)
{
    size_t xref = file->bytes->len;

    g_string_append_printf(file->bytes, "xref\n0 %u\n0000000000 65535 f \n", file->objects + 1);
    for (unsigned i = 1; i <= file->objects; i++) {
        g_string_append_printf(file->bytes, "%010zu 00000 n \n", file->at[i]);
    }
    g_string_append_printf(file->bytes, "trailer<</Size %u/Root 1 0 R/ID[<41><42>]>>\n",
                           file->objects + 1);
    return xref;
}

static void free_file(struct file *file)
{
    g_string_free(file->bytes, TRUE);
}

static void expect_text(char *text, const char *expected)
{
    assert_string_equal(text, expected);
    g_free(text);
}

static void expect_pages(struct plain_pages *pages)
{
    static const char *const left_out[] = {"/Contents", "/Parent", "/Resources", "/MediaBox",
                                           "/CropBox",  "/Rotate", "/Dur",       NULL};
    const struct plain_page *first = pages_page(pages, 0), *second = pages_page(pages, 1);

    assert_int_equal(first->number, 3);
    assert_int_equal(first->shape.rotate, 90);
    assert_int_equal(first->shape.width_um, 297039);
    assert_true(first->neat);
    assert_int_equal(first->content_size, 12);
    /* The link has no appearance. */
    assert_int_equal(first->covers_length, 1);
    assert_true(pages_covers(pages, 0)->box[0] == 10 && pages_covers(pages, 0)->box[3] == 50);
    assert_int_equal(second->covers_length, 0);
    assert_false(second->neat);
    assert_int_equal(second->shape.rotate, 0);
    assert_int_equal(second->shape.width_um, 31750);
    expect_text(pages_references(pages, 0), "5 0 R ");
    expect_text(pages_references(pages, 1), "5 0 R 9 0 R ");
    expect_text(pages_keys(pages, 0, left_out),
                "/Type /Page/Annots [7 0 R 8 0 R]/MediaBox [0 0 595 842]/Rotate 90");
    expect_text(pages_keys(pages, 1, left_out),
                "/Type /Page/MediaBox [0 0 595 842]/CropBox [10 10 100 200]/Rotate 0");
    expect_text(pages_resources(pages, 0, "/Ours", 77),
                "<</ProcSet [/PDF]/Font<</F1 10 0 R/Ours 77 0 R>>>>");
    assert_null(pages_resources(pages, 0, "/F1", 77));
    expect_text(pages_resources(pages, 1, NULL, 0), "<<>>");
    GByteArray *content = g_byte_array_new();

    pages_content(pages, 1, content);
    g_byte_array_append(content, (const uint8_t *)"", 1);
    assert_string_equal((const char *)content->data, "\n0 0 5 5 re f\nq ");
    g_byte_array_free(content, TRUE);
}

static void test_table(void **state)
{
    struct file file;
    struct plain_trailer trailer;

    (void)state;
    begin(&file);
    struct plain_pages *pages = open_file(&file, XREF_TABLE, end_with_table(&file));

    assert_non_null(pages);
    expect_pages(pages);
    pages_trailer(pages, &trailer);
    assert_int_equal(trailer.root, 1);
    assert_int_equal(trailer.free_number, 11);
    assert_string_equal(trailer.keys, "/Root 1 0 R/ID [<41><42>]");
    g_free(trailer.keys);
    pages_close(pages);
    free_file(&file);
}

static void put_row(GString *rows, unsigned kind, size_t field, unsigned last)
{
    const char row[] = {(char)kind, (char)(field >> 8), (char)field, (char)last};

    g_string_append_len(rows, row, sizeof row);
}

/* Dictionaries in an object stream, streams outside, and a stream of cross-references. */
static size_t end_with_stream(struct file *file, unsigned first_compressed)
{
    GString *head = g_string_new(NULL), *bodies = g_string_new(NULL), *rows = g_string_new(NULL);
    unsigned objects = file->objects, compressed = 0;
    size_t at[32];

    memcpy(at, file->at, sizeof at);
    for (unsigned i = first_compressed; i <= objects; i++, compressed++) {
        const char *body = file->bytes->str + at[i];
        const char *begins = strchr(body, '\n') + 1;

        g_string_append_printf(head, "%u %zu ", i, bodies->len);
        g_string_append_len(bodies, begins, strstr(begins, "\nendobj") - begins + 1);
    }
    char *stream =
        g_strdup_printf("<</Type/ObjStm/N %u/First %zu/Length %zu>>stream\n%s%s\nendstream",
                        compressed, head->len, head->len + bodies->len, head->str, bodies->str);

    g_string_truncate(file->bytes, at[first_compressed]);
    put(file, stream);
    put_row(rows, 0, 0, 255);
    for (unsigned i = 1; i <= objects + 2; i++) {
        bool inside = i >= first_compressed && i <= objects;

        put_row(rows, inside ? 2 : 1,
                inside             ? objects + 1
                : i == objects + 2 ? file->bytes->len
                                   : file->at[i],
                inside ? i - first_compressed : 0);
    }
    size_t xref = file->bytes->len;

    g_string_append_printf(
        file->bytes, "%u 0 obj\n<</Type/XRef/W[1 2 1]/Size %u/Root 1 0 R/Length %zu>>stream\n",
        objects + 2, objects + 3, rows->len);
    g_string_append_len(file->bytes, rows->str, (gssize)rows->len);
    g_string_append(file->bytes, "\nendstream\nendobj\n");
    g_free(stream);
    g_string_free(rows, TRUE);
    g_string_free(bodies, TRUE);
    g_string_free(head, TRUE);
    return xref;
}

static size_t write_streams(struct file *ret_file)
{
    static const char *const outside[] = {CONTENT, OPEN};
    /* As above, the two streams first. */
    static const char *const inside[] = {
        "<</Type/Catalog/Pages 4 0 R>>",
        "<</Type/Pages/Count 2/Kids[5 0 R 6 0 R]/MediaBox[0 0 595 842]>>",
        "<</Type/Page/Parent 4 0 R/Contents 1 0 R/Resources<<>>>>",
        "<</Type/Page/Parent 4 0 R/Contents 2 0 R/Resources<<>>>>", "5"};
    struct file file = {.bytes = g_string_new("%PDF-1.7\n")};

    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        put(&file, outside[i]);
    }
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        put(&file, inside[i]);
    }
    size_t xref = end_with_stream(&file, 3);
    char *root = strstr(file.bytes->str + xref, "/Root 1");

    root[6] = '3';
    *ret_file = file;
    return xref;
}

static void test_streams(void **state)
{
    struct file file;
    size_t xref = write_streams(&file);
    struct plain_pages *pages = open_file(&file, XREF_STREAM, xref);

    (void)state;
    assert_non_null(pages);
    assert_int_equal(pages_page(pages, 0)->number, 5);
    assert_int_equal(pages_page(pages, 1)->number, 6);
    assert_true(pages_page(pages, 0)->neat && !pages_page(pages, 1)->neat);
    pages_close(pages);
    free_file(&file);
}

/* Each of these makes of a plain document one that is left to libqpdf. */
static void test_doubts(void **state)
{
    static const struct {
        const char *from, *to;
    } changes[] = {
        {"/Count 2", "/Count 3"},
        {"[3 0 R 4 0 R]", "[3 0 R 3 0 R]"},
        {"[3 0 R 4 0 R]", "[3 0 R 2 0 R]"},
        {"[3 0 R 4 0 R]", "[3 0 R 4 1 R]"},
        {"[3 0 R 4 0 R]", "[3 0 R 9 0 R]"},
        {"[3 0 R 4 0 R]", "[3 0 R 99 0R]"},
        {"/Type/Pages", "/Type/Pagex"},
        {"/Type/Page/", "/Type/Paxe/"},
        {"[0 0 595 842]", "[0 0 0   842]"},
        {"[0 0 595 842]", "[0 0 595 84x]"},
        {"/Rotate 90", "/Rotate 91"},
        {"/Contents 5", "/Contents 6"},
        {"/Contents 5", "/Cont#65nts"},
        {"/Resources 6", "/Resources 5"},
        {"/Length 12", "/Length 11"},
        {"/Length 12", "/Length 99"},
        {"/Length 12", "/Filter/LZ"},
        {"re f\nendstream", "re f\nendstreax"},
        {"5 0 obj", "5 1 obj"},
        {"3 0 obj", "4 0 obj"},
        {"/F 4/Rect[300", "/F 4/Rect[(0)"},
        {"/ID[<41>", "/Encrypt "},
        {"/Size 11", "/Size -1"},
        {"/Size 11", "/XRefStm"},
        {"/Size 11", "/Prev 10"},
        {"trailer", "trail3r"},
        {" 00000 n ", " 00000 x "},
        {
            "/Dur 3",
            "/Dur (",
        },
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct file file;

        begin(&file);
        size_t xref = end_with_table(&file);
        char *at = strstr(file.bytes->str, changes[i].from);

        assert_non_null(at);
        memcpy(at, changes[i].to, strlen(changes[i].to));
        struct plain_pages *pages = open_file(&file, XREF_TABLE, xref);

        if (pages != NULL) {
            fail_msg("%s for %s is no doubt", changes[i].to, changes[i].from);
        }
        free_file(&file);
    }
}

/* Puts bytes in place of others of the first that is found. */
static void overwrite(struct file *file, const char *from, const char *to, size_t size)
{
    char *at = strstr(file->bytes->str, from);

    assert_non_null(at);
    memcpy(at, to, size);
}

/* Text that is copied ends at a NUL, which the standard takes for white space: also where it was
 * inherited, or lies behind a reference. */
static void test_nul(void **state)
{
    static const char array[] = "[5 0 R]                         ";
    static const char *const places[] = {"[0 0 595 842]", "[5 0 R] "};
    struct file file;

    (void)state;
    for (size_t i = 0; i <= 2; i++) {
        begin(&file);
        size_t xref = end_with_table(&file);

        /* The second page's streams are an array of its own. */
        overwrite(&file, OPEN, array, sizeof array - 1);
        overwrite(&file, "/Contents[5 0 R 9 0 R]", "/Contents 9 0 R       ", 22);
        if (i < 2) {
            *strchr(strstr(file.bytes->str, places[i]), ' ') = '\0';
        }
        struct plain_pages *pages = open_file(&file, XREF_TABLE, xref);

        assert_true((pages != NULL) == (i == 2));
        pages_close(pages);
        free_file(&file);
    }
}

/* An object stream of which what tells how to read it is in itself. */
static void test_streams_in_a_circle(void **state)
{
    static const char *const keys[] = {"/N ", "/First ", "/Length "};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct file file;
        size_t xref = write_streams(&file);
        size_t at = (size_t)(strstr(file.bytes->str, "/ObjStm") - file.bytes->str);
        size_t value = (size_t)(strstr(file.bytes->str + at, keys[i]) - file.bytes->str);

        value += strlen(keys[i]);
        g_string_insert(file.bytes, (gssize)value, "7 0 R/Was ");
        assert_null(open_file(&file, XREF_STREAM, xref + strlen("7 0 R/Was ")));
        free_file(&file);
    }
}

/* No prefix of a file is one, and none is read beyond its end (by the sanitizer's word). */
static void test_cut_off(void **state)
{
    struct file file;

    (void)state;
    begin(&file);
    size_t xref = end_with_table(&file);

    for (size_t size = xref; size < file.bytes->len - 2; size++) {
        uint8_t *copy = malloc(size);

        assert_non_null(copy);
        memcpy(copy, file.bytes->str, size);
        assert_null(pages_open(&(struct plain_origin){copy, size, XREF_TABLE, xref, false}, 2));
        free(copy);
    }
    free_file(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),   cmocka_unit_test(test_entries),
        cmocka_unit_test(test_digits),    cmocka_unit_test(test_prediction),
        cmocka_unit_test(test_inflating), cmocka_unit_test(test_table),
        cmocka_unit_test(test_streams),   cmocka_unit_test(test_doubts),
        cmocka_unit_test(test_nul),       cmocka_unit_test(test_streams_in_a_circle),
        cmocka_unit_test(test_cut_off),
    };
    return cmocka_run_group_tests_name("stamp-plain", tests, NULL, NULL);
}

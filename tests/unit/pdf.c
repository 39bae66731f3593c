/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/pdf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *must(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void add(struct pdf *pdf, const void *data, size_t size)
{
    if (pdf->size + size > pdf->room) {
        pdf->room = 2 * (pdf->size + size);
        pdf->data = must(realloc(pdf->data, pdf->room));
    }
    memcpy(pdf->data + pdf->size, data, size);
    pdf->size += size;
}

static void add_text(struct pdf *pdf, const char *text)
{
    add(pdf, text, strlen(text));
}

static void add_format(struct pdf *pdf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_format(struct pdf *pdf, const char *format, ...)
{
    char text[128];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add_text(pdf, text);
}

void pdf_begin(struct pdf *pdf)
{
    *pdf = (struct pdf){.offset = must(calloc(PDF_OBJECTS_MAX, sizeof(size_t)))};
    add_text(pdf, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
}

unsigned pdf_reserve(struct pdf *pdf)
{
    if (pdf->objects + 1 >= PDF_OBJECTS_MAX) {
        abort();
    }
    return ++pdf->objects;
}

static void open_object(struct pdf *pdf, unsigned number)
{
    pdf->offset[number] = pdf->size;
    add_format(pdf, "%u 0 obj\n", number);
}

static void put_arguments(struct pdf *pdf, unsigned number, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void put_arguments(struct pdf *pdf, unsigned number, const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0) {
        abort();
    }
    open_object(pdf, number);
    add_text(pdf, text);
    add_text(pdf, "\nendobj\n");
    free(text);
}

void pdf_put(struct pdf *pdf, unsigned number, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_arguments(pdf, number, format, arguments);
    va_end(arguments);
}

unsigned pdf_object(struct pdf *pdf, const char *format, ...)
{
    unsigned number = pdf_reserve(pdf);
    va_list arguments;

    va_start(arguments, format);
    put_arguments(pdf, number, format, arguments);
    va_end(arguments);
    return number;
}

unsigned pdf_stream(struct pdf *pdf, const char *keys, const void *data, size_t size)
{
    unsigned number = pdf_reserve(pdf);

    open_object(pdf, number);
    add_text(pdf, "<<");
    add_text(pdf, keys);
    add_format(pdf, "/Length %zu>>\nstream\n", size);
    add(pdf, data, size);
    add_text(pdf, "\nendstream\nendobj\n");
    return number;
}

void pdf_end(struct pdf *pdf, unsigned catalogue)
{
    size_t table = pdf->size;

    add_format(pdf, "xref\n0 %u\n0000000000 65535 f \n", pdf->objects + 1);
    for (unsigned i = 1; i <= pdf->objects; i++) {
        add_format(pdf, "%010zu 00000 n \n", pdf->offset[i]);
    }
    add_format(pdf, "trailer\n<</Size %u/Root %u 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
               pdf->objects + 1, catalogue, table);
}

void pdf_free(struct pdf *pdf)
{
    free(pdf->data);
    free(pdf->offset);
    *pdf = (struct pdf){.data = NULL};
}

/* A font of poppler-data's, not embedded, for text in UTF-16. */
static unsigned put_chinese_font(struct pdf *pdf)
{
    unsigned font = pdf_reserve(pdf);
    unsigned descriptor =
        pdf_object(pdf, "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6"
                        "/FontBBox[0 -120 1000 880]/ItalicAngle 0/Ascent 880/Descent -120"
                        "/CapHeight 880/StemV 93>>");
    unsigned descendant =
        pdf_object(pdf,
                   "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
                   "<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor %u 0 R>>",
                   descriptor);

    pdf_put(pdf, font,
            "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H"
            "/DescendantFonts[%u 0 R]>>",
            descendant);
    return font;
}

void pdf_document(struct pdf *pdf, const struct pdf_page *pages, size_t pages_length)
{
    pdf_begin(pdf);
    unsigned latin = pdf_object(pdf, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
    unsigned chinese = put_chinese_font(pdf);
    unsigned tree = pdf_reserve(pdf);
    char *kids = must(calloc(pages_length + 1, 12));

    for (size_t i = 0; i < pages_length; i++) {
        const struct pdf_page *page = &pages[i];
        unsigned content = pdf_stream(pdf, "", page->content, strlen(page->content));
        unsigned number =
            pdf_object(pdf,
                       "<</Type/Page/Parent %u 0 R%s/Contents %u 0 R/Resources<</Font<</F1 %u 0 "
                       "R/F2 %u 0 R>>%s>>>>",
                       tree, page->keys != NULL ? page->keys : "/MediaBox[0 0 595.276 841.89]",
                       content, latin, chinese, page->resources != NULL ? page->resources : "");

        sprintf(kids + strlen(kids), "%u 0 R ", number);
    }
    pdf_put(pdf, tree, "<</Type/Pages/Count %zu/Kids[%s]>>", pages_length, kids);
    free(kids);
    pdf_end(pdf, pdf_object(pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
}

void pdf_small(struct pdf *pdf)
{
    pdf_document(pdf, &(struct pdf_page){.content = "BT /F1 12 Tf 72 700 Td (Hello) Tj ET"}, 1);
}

void pdf_many_pages(struct pdf *pdf, unsigned pages)
{
    char *kids = must(calloc(pages, 12));

    pdf_begin(pdf);
    unsigned tree = pdf_reserve(pdf);
    char *end = kids;

    for (unsigned i = 0; i < pages; i++) {
        unsigned page = pdf_object(pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 595 842]>>", tree);

        end += sprintf(end, "%u 0 R ", page);
    }
    pdf_put(pdf, tree, "<</Type/Pages/Count %u/Kids[%s]>>", pages, kids);
    free(kids);
    pdf_end(pdf, pdf_object(pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
}

/* RunLengthDecode turns bytes of 0x81 into 64 times as many of them: `stages` of it make a bomb. */
void pdf_bomb(struct pdf *pdf, unsigned stages)
{
    char keys[256] = "/Filter[";
    char fuse[4096];

    memset(fuse, 0x81, sizeof fuse);
    for (unsigned i = 0; i < stages; i++) {
        strcat(keys, "/RunLengthDecode");
    }
    strcat(keys, "]");
    pdf_begin(pdf);
    unsigned content = pdf_stream(pdf, keys, fuse, sizeof fuse);
    unsigned tree = pdf_reserve(pdf);
    unsigned page = pdf_object(
        pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents %u 0 R>>", tree, content);

    pdf_put(pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(pdf, pdf_object(pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
}

void pdf_endless(struct pdf *pdf)
{
    pdf_begin(pdf);
    unsigned leaf = pdf_stream(pdf, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>",
                               "0 0 5 5 re f", 12);

    unsigned form = leaf;

    for (unsigned i = 0; i < 20; i++) {
        static const char content[] = "/X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do";
        char keys[160];

        snprintf(keys, sizeof keys,
                 "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %u 0 R>>>>",
                 form);
        form = pdf_stream(pdf, keys, content, sizeof content - 1);
    }
    unsigned content = pdf_stream(pdf, "", "/X Do", 5);
    unsigned tree = pdf_reserve(pdf);
    unsigned page = pdf_object(pdf,
                               "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents %u 0 R"
                               "/Resources<</XObject<</X %u 0 R>>>>>>",
                               tree, content, form);

    pdf_put(pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(pdf, pdf_object(pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
}

int pdf_memfd(const void *data, size_t size)
{
    int fd = memfd_create("test.pdf", MFD_CLOEXEC);

    if (fd < 0 || (size > 0 && write(fd, data, size) != (ssize_t)size)) {
        abort();
    }
    return fd;
}

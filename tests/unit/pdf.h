/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Makes small PDFs for tests, object by object. */
#ifndef TESTS_UNIT_PDF_H
#define TESTS_UNIT_PDF_H

#include <stddef.h>
#include <stdint.h>

enum { PDF_OBJECTS_MAX = 32768 };

struct pdf {
    char *data;
    size_t size;
    size_t room;
    size_t *offset; /**< by object number */
    unsigned objects;
};

void pdf_begin(struct pdf *pdf);
/** Reserves a number for an object written later with pdf_put(). */
unsigned pdf_reserve(struct pdf *pdf);
/** Writes a reserved object. */
void pdf_put(struct pdf *pdf, unsigned number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Writes an object; returns its number. */
unsigned pdf_object(struct pdf *pdf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Writes a stream; `keys` are dictionary entries besides /Length. */
unsigned pdf_stream(struct pdf *pdf, const char *keys, const void *data, size_t size);
/** Writes cross-reference table and trailer. */
void pdf_end(struct pdf *pdf, unsigned catalogue);
void pdf_free(struct pdf *pdf);

/** A page of a plain document. */
struct pdf_page {
    const char
        *keys; /**< entries of the page dictionary, e.g. "/MediaBox[0 0 595 842]"; NULL: A4 */
    const char *resources; /**< entries of /Resources besides the fonts /F1 (Helvetica) and /F2
                              (Chinese, UTF-16) */
    const char *content;
};

/** A whole document of such pages. Objects 1 and 2 are the two fonts. Free with pdf_free(). */
void pdf_document(struct pdf *pdf, const struct pdf_page *pages, size_t pages_length);

/** One page with a word on it. */
void pdf_small(struct pdf *pdf);
/** As many empty A4 pages. */
void pdf_many_pages(struct pdf *pdf, unsigned pages);
/** A page whose content grows 64 times with each stage from 4 KiB: 3 make a gigabyte, 4 make 64. */
void pdf_bomb(struct pdf *pdf, unsigned stages);

/** Twenty forms that each paint the next one ten times: small, and 10^20 paintings. */
void pdf_endless(struct pdf *pdf);

/** The document in a memfd; the caller closes it. */
int pdf_memfd(const void *data, size_t size);

#endif

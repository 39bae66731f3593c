/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The document as it looks, read with poppler: text near the top of pages, and the colour of
 * painted pages. */
#ifndef DAEMON_DOCUMENT_READER_H
#define DAEMON_DOCUMENT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/document/marks.h"
#include "daemon/document/problem.h"

struct reader;

/**
 * Opens a document. Free with reader_close().
 *
 * @param data,size  borrowed; must outlive the reader
 * @return PR_OK; PR_EFORMAT, PR_EUNSUPPORTED, PR_ELIMIT with *ret_problem set
 */
int reader_open(const uint8_t *data, size_t size, struct reader **ret_reader,
                struct problem *ret_problem);
void reader_close(struct reader *reader);

/** How many pages it believes there are. */
uint32_t reader_pages(const struct reader *reader);

/**
 * The highest mark near the top of a page: its upper third on the first page, its upper fifth on
 * the others.
 *
 * @param index  from 0
 */
int reader_mark(const struct reader *reader, uint32_t index, enum mark *ret_mark,
                struct problem *ret_problem);

/** Paints a page small, as for printing (annotations and form fields that print included), and
 * looks for colour. */
int reader_page_has_color(const struct reader *reader, uint32_t index, bool *ret_color,
                          struct problem *ret_problem);

/** Part of a page as printed: lower left corner and size, as fractions of the page. */
struct reader_area {
    double x, y, width, height;
};

/**
 * Paints a page small, as for printing, and says which part of each area is not white, 0 to 1.
 * Asked about the same page again it is not painted again.
 *
 * @param index    from 0
 * @param ret_ink  as many as there are areas
 * @return PR_OK; PR_EFORMAT, PR_ELIMIT with *ret_problem set
 */
int reader_ink(struct reader *reader, uint32_t index, const struct reader_area *areas,
               size_t areas_length, double *ret_ink, struct problem *ret_problem);

/** A PNG (ISO/IEC 15948) in memory. */
struct picture {
    uint8_t *data; /**< free with free() */
    size_t size;
};

/**
 * Paints a page as it is printed.
 *
 * @param index  from 0
 * @param dpi    dots an inch; fewer are taken where the picture would exceed the limits of
 * picture.h
 * @return PR_OK; PR_EFORMAT, PR_ELIMIT with *ret_problem set
 */
int reader_picture(const struct reader *reader, uint32_t index, uint32_t dpi,
                   struct picture *ret_picture, struct problem *ret_problem);

#endif

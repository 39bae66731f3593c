/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The document's skeleton, read with libqpdf: which pages there are and how large they come out of
 * the printer. libqpdf's view is the authority; cupsd's own filter pdftopdf(7) uses the same
 * library.
 */
#ifndef DAEMON_DOCUMENT_STRUCTURE_H
#define DAEMON_DOCUMENT_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpdf/qpdf-c.h>

#include "daemon/document/problem.h"

struct structure {
    qpdf_data qpdf;
    uint32_t pages;
};

/** One page as printed. */
struct page_shape {
    int64_t box_um[4]; /**< visible box in user space: left, bottom, right, top; micrometres */
    int rotate;        /**< clockwise: 0, 90, 180 or 270 */
    uint32_t width_um; /**< after /Rotate and /UserUnit (ISO 32000-1 §14.11.2, table 30) */
    uint32_t height_um;
};

/**
 * Opens a document and finds its pages.
 *
 * @param data,size  borrowed; must outlive the structure
 * @param pages_max  more pages are refused with PR_ELIMIT
 * @return PR_OK; PR_EFORMAT, PR_EUNSUPPORTED (a password is needed), PR_ELIMIT with *ret_problem
 * set
 */
int structure_open(const uint8_t *data, size_t size, uint32_t pages_max,
                   struct structure *ret_structure, struct problem *ret_problem);
void structure_close(struct structure *structure);

/** Page `index` (from 0); release with qpdf_oh_release(). */
qpdf_oh structure_page(const struct structure *structure, uint32_t index);

/** What a page says of its shape. */
struct page_boxes {
    double media[4];
    double crop[4];
    bool has_crop;
    double degrees; /**< /Rotate */
    double unit;    /**< /UserUnit */
};
/** Reads corners in any order; false when they are no box, with *ret_box untouched. */
bool structure_box(const double corner[4], double ret_box[4]);
/** The same of an array that is an entry of a dictionary. */
bool structure_box_of(qpdf_data qpdf, qpdf_oh dictionary, const char *key, double ret_box[4]);
/** The shape of a page that says so; PR_ELIMIT when it is larger than any paper. */
int structure_shape_of(const struct page_boxes *boxes, uint32_t index, struct page_shape *ret_shape,
                       struct problem *ret_problem);
/** Reads a page's shape: CropBox ∩ MediaBox, /Rotate, /UserUnit; a page without a usable box is
 * Letter. */
int structure_shape(const struct structure *structure, qpdf_oh page, uint32_t index,
                    struct page_shape *ret_shape, struct problem *ret_problem);

/** Whether libqpdf had to guess somewhere on the way. */
bool structure_repaired(const struct structure *structure);

/**
 * Writes the document as libqpdf understands it, with a /Count that is true, for a reader that
 * believes /Count.
 *
 * @param ret_data  belongs to the structure, valid until structure_close()
 */
int structure_rewrite(const struct structure *structure, const uint8_t **ret_data, size_t *ret_size,
                      struct problem *ret_problem);

/**
 * Reads a stream's data, decoded as far as its coding is lossless. Data that is damaged is given as
 * it stands in the file: one broken picture makes no broken document. A lack of memory stays
 * pending for structure_error().
 *
 * @param ret_decoded  false when the data is still coded
 * @return the data, to be freed with free(); NULL when there is none
 */
unsigned char *structure_stream(qpdf_data qpdf, qpdf_oh stream, bool *ret_decoded,
                                size_t *ret_size);

/** Turns libqpdf's pending error, if there is one, into a problem; PR_OK when there is none. */
int structure_error(const struct structure *structure, struct problem *ret_problem);

#endif

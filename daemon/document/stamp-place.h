/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Where a stamp stands on a page. Lengths are points on paper (1/72 inch); the origin is the lower
 * left corner of the page as it is looked at, /Rotate, /UserUnit and CropBox applied.
 */
#ifndef DAEMON_DOCUMENT_STAMP_PLACE_H
#define DAEMON_DOCUMENT_STAMP_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/document/reader.h"
#include "daemon/document/structure.h"

/** A module is 1/50 inch, 0.508 mm: whole dots at 150, 200, 300, 600 and 1200 dots an inch. */
#define PLACE_MODULE   1.44
#define PLACE_INSET    25.92 /**< from the paper's edge: 9.1 mm, whole modules */
#define PLACE_GAP      4.0   /**< between code and line */
#define PLACE_INK_STEP 0.002 /**< differences of ink below this are dust */

enum place { PLACE_BOTTOM_RIGHT, PLACE_BOTTOM_LEFT, PLACE_TOP_RIGHT, PLACES };

/** A page as paper. */
struct paper {
    double width;
    double height;
    double matrix[6]; /**< from paper to user space, for the operator cm */
};
void paper_of(const struct page_shape *shape, struct paper *ret_paper);

/** How large the parts of a stamp are. */
struct place_size {
    double side;        /**< of the code, its quiet zone included */
    double line_width;  /**< of the longest line */
    double line_height; /**< of all lines */
};

/** Where they stand: lower left corners. */
struct place_spot {
    double code[2];
    double line[2];
    bool right; /**< the lines end at the code instead of beginning there */
};
void place_spot(const struct paper *paper, const struct place_size *size, enum place place,
                struct place_spot *ret_spot);

/** How wide the lines may be; negative when the paper is too small for a code. */
double place_room(const struct paper *paper, double side);

/** Adds to `ink` how much of each place is covered on a page. Nothing is added for a page that
 * cannot be painted. */
void place_look(const struct reader *reader, uint32_t index, const struct paper *paper,
                const struct place_size *size, double ink[PLACES]);
/** The emptiest; of equals the first. */
enum place place_choose(const double ink[PLACES]);

#endif

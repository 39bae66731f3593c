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
bool paper_is_same(const struct paper *one, const struct paper *other);

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

/** What is painted over a page's content, and so over a stamp. */
struct place_cover {
    double box[4]; /**< left, bottom, right, top in user space */
    bool printed;  /**< else on screens only */
};
/** What decides whether an annotation (ISO 32000-1 §12.5) is one. */
struct place_annotation {
    unsigned flags; /**< /F */
    bool link;
    bool popup;
    bool appearance; /**< it has an appearance stream */
};
/** Whether it is painted and may cover what is below: all that are not hidden, but pop-ups, and
 * links without an appearance, which have a border at most. */
bool place_is_painted(const struct place_annotation *annotation, bool *ret_printed);
/** An annotation that does not turn with the page (§12.5.3, NoRotate) reaches beyond its rectangle.
 */
void place_grow_cover(const struct place_annotation *annotation, int rotate,
                      struct place_cover *cover);
/** Whether something lies over a rectangle on paper (lower left corner and size). */
bool place_is_covered(const struct paper *paper, const double corner[2], const double size[2],
                      const struct place_cover *covers, size_t covers_length, bool printed_only);
/** Which places have nothing over the code and the lines; where none is, those that have nothing
 * that is printed. True when there is one. */
bool place_free(const struct paper *paper, const struct place_size *size,
                const struct place_cover *covers, size_t covers_length, bool ret_free[PLACES]);

/** Adds to `ink` how much of each place is covered on a page. Nothing is added for a page that
 * cannot be painted. */
void place_look(struct reader *reader, uint32_t index, const struct paper *paper,
                const struct place_size *size, double ink[PLACES]);
/** The emptiest of those that are free; of equals the first. */
enum place place_choose(const double ink[PLACES], const bool free[PLACES]);

#endif

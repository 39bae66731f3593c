/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-place.h"

#include <math.h>
#include <string.h>

#include "daemon/error.h"

#define POINTS_PER_UM (72.0 / 25400.0)

/* Covering a code's place costs more than covering a line's. */
#define CODE_WEIGHT 4.0

enum { AREAS = 2 * PLACES };

void paper_of(const struct page_shape *shape, struct paper *ret_paper)
{
    double left = (double)shape->box_um[0] * POINTS_PER_UM;
    double bottom = (double)shape->box_um[1] * POINTS_PER_UM;
    double right = (double)shape->box_um[2] * POINTS_PER_UM;
    double top = (double)shape->box_um[3] * POINTS_PER_UM;
    bool upright = shape->rotate % 180 == 0;
    double width = (double)shape->width_um * POINTS_PER_UM;
    double height = (double)shape->height_um * POINTS_PER_UM;
    /* User space units a point. */
    double s = (right - left) / (upright ? width : height);
    const double matrices[4][6] = {
        {s, 0, 0, s, left, bottom},
        {0, s, -s, 0, right, bottom},
        {-s, 0, 0, -s, right, top},
        {0, -s, s, 0, left, top},
    };

    ret_paper->width = width;
    ret_paper->height = height;
    memcpy(ret_paper->matrix, matrices[shape->rotate / 90 % 4], sizeof matrices[0]);
}

bool paper_is_same(const struct paper *one, const struct paper *other)
{
    bool same = one->width == other->width && one->height == other->height;

    for (size_t i = 0; same && i < sizeof one->matrix / sizeof one->matrix[0]; i++) {
        same = one->matrix[i] == other->matrix[i];
    }
    return same;
}

double place_room(const struct paper *paper, double side)
{
    double inset = fmin(PLACE_INSET, fmin(paper->width, paper->height) / 20);

    if (side + 2 * inset > paper->width || side + 2 * inset > paper->height) {
        return -1;
    }
    return paper->width - side - 2 * inset - PLACE_GAP;
}

/* Down to whole modules, so that they fall on whole dots. */
static double snap(double length)
{
    return floor(length / PLACE_MODULE) * PLACE_MODULE;
}

void place_spot(const struct paper *paper, const struct place_size *size, enum place place,
                struct place_spot *ret_spot)
{
    double inset = fmin(PLACE_INSET, fmin(paper->width, paper->height) / 20);
    bool right = place != PLACE_BOTTOM_LEFT;
    bool top = place == PLACE_TOP_RIGHT;
    double x = right ? snap(paper->width - inset - size->side) : ceil(inset);
    double y = top ? snap(paper->height - inset - size->side) : snap(inset);

    ret_spot->right = right;
    ret_spot->code[0] = x;
    ret_spot->code[1] = y;
    ret_spot->line[0] = right ? x - PLACE_GAP - size->line_width : x + size->side + PLACE_GAP;
    ret_spot->line[1] = top ? y + size->side - size->line_height : y;
}

void place_look(struct reader *reader, uint32_t index, const struct paper *paper,
                const struct place_size *size, double ink[PLACES])
{
    struct reader_area areas[AREAS];
    double found[AREAS];
    struct problem problem;

    for (size_t place = 0; place < PLACES; place++) {
        struct place_spot spot;

        place_spot(paper, size, (enum place)place, &spot);
        areas[2 * place] =
            (struct reader_area){spot.code[0] / paper->width, spot.code[1] / paper->height,
                                 size->side / paper->width, size->side / paper->height};
        areas[2 * place + 1] = (struct reader_area){
            spot.line[0] / paper->width, spot.line[1] / paper->height,
            size->line_width / paper->width, size->line_height / paper->height};
    }
    if (reader_ink(reader, index, areas, AREAS, found, &problem) != PR_OK) {
        return;
    }
    for (size_t place = 0; place < PLACES; place++) {
        ink[place] += CODE_WEIGHT * found[2 * place] + found[2 * place + 1];
    }
}

enum place place_choose(const double ink[PLACES], const bool free[PLACES])
{
    enum place best = PLACES;

    for (enum place place = 0; place < PLACES; place++) {
        if (free[place] && (best == PLACES || ink[place] < ink[best] - PLACE_INK_STEP)) {
            best = place;
        }
    }
    return best == PLACES ? 0 : best;
}

/* Annotations ---------------------------------------------------------------------------------- */

enum { FLAG_HIDDEN = 1 << 1, FLAG_PRINT = 1 << 2, FLAG_NO_ROTATE = 1 << 4, FLAG_NO_VIEW = 1 << 5 };

bool place_is_painted(const struct place_annotation *annotation, bool *ret_printed)
{
    bool printed = (annotation->flags & FLAG_PRINT) != 0;

    *ret_printed = printed;
    return (annotation->flags & FLAG_HIDDEN) == 0 &&
           (printed || (annotation->flags & FLAG_NO_VIEW) == 0) && !annotation->popup &&
           (!annotation->link || annotation->appearance);
}

void place_grow_cover(const struct place_annotation *annotation, int rotate,
                      struct place_cover *cover)
{
    double *box = cover->box;
    double reach = fmax(box[2] - box[0], box[3] - box[1]);

    if ((annotation->flags & FLAG_NO_ROTATE) == 0 || rotate == 0) {
        return;
    }
    /* It hangs on its upper left corner. */
    double x = box[0], y = box[3];

    box[0] = x - reach;
    box[1] = y - reach;
    box[2] = x + reach;
    box[3] = y + reach;
}

/* A box of user space on paper. */
static void on_paper(const struct paper *paper, const double box[4], double ret_box[4])
{
    const double *m = paper->matrix;
    double area = m[0] * m[3] - m[1] * m[2];

    for (size_t i = 0; i < 2; i++) {
        double x = box[2 * i] - m[4], y = box[2 * i + 1] - m[5];

        ret_box[2 * i] = (m[3] * x - m[2] * y) / area;
        ret_box[2 * i + 1] = (m[0] * y - m[1] * x) / area;
    }
    for (size_t i = 0; i < 2; i++) {
        double low = fmin(ret_box[i], ret_box[2 + i]), high = fmax(ret_box[i], ret_box[2 + i]);

        ret_box[i] = low;
        ret_box[2 + i] = high;
    }
}

bool place_is_covered(const struct paper *paper, const double corner[2], const double size[2],
                      const struct place_cover *covers, size_t covers_length, bool printed_only)
{
    for (size_t i = 0; i < covers_length; i++) {
        double box[4];

        if (printed_only && !covers[i].printed) {
            continue;
        }
        on_paper(paper, covers[i].box, box);
        if (box[0] < corner[0] + size[0] && box[2] > corner[0] && box[1] < corner[1] + size[1] &&
            box[3] > corner[1]) {
            return true;
        }
    }
    return false;
}

static bool find_free(const struct paper *paper, const struct place_size *size,
                      const struct place_cover *covers, size_t covers_length, bool printed_only,
                      bool ret_free[PLACES])
{
    const double code[2] = {size->side, size->side};
    const double line[2] = {size->line_width, size->line_height};
    bool any = false;

    for (size_t place = 0; place < PLACES; place++) {
        struct place_spot spot;

        place_spot(paper, size, (enum place)place, &spot);
        ret_free[place] =
            !place_is_covered(paper, spot.code, code, covers, covers_length, printed_only) &&
            !place_is_covered(paper, spot.line, line, covers, covers_length, printed_only);
        any = any || ret_free[place];
    }
    return any;
}

bool place_free(const struct paper *paper, const struct place_size *size,
                const struct place_cover *covers, size_t covers_length, bool ret_free[PLACES])
{
    return find_free(paper, size, covers, covers_length, false, ret_free) ||
           find_free(paper, size, covers, covers_length, true, ret_free);
}

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

void place_look(const struct reader *reader, uint32_t index, const struct paper *paper,
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

enum place place_choose(const double ink[PLACES])
{
    enum place best = 0;

    for (enum place place = 1; place < PLACES; place++) {
        if (ink[place] < ink[best] - PLACE_INK_STEP) {
            best = place;
        }
    }
    return best;
}

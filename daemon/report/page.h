/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Pages of a PDF: text, tables and bars on A4 landscape, by cairo and pango. Lengths are points.
 */
#ifndef DAEMON_REPORT_PAGE_H
#define DAEMON_REPORT_PAGE_H

#include <cairo.h>
#include <pango/pangocairo.h>
#include <stdbool.h>

#include "policy/words.h"

#define PAGE_WIDTH  841.89
#define PAGE_HEIGHT 595.28
#define PAGE_MARGIN 36.0

struct page {
    cairo_t *cairo;
    PangoLayout *layout;
    enum policy_language language;
    const char *foot; /**< stands at the left of every foot */
    double y;         /**< where the next thing goes */
    int number;       /**< of this page, from 1 */
    int pages;        /**< of all, known in the second run; 0 in the first */
};

/** Everything drawn on the surface; false when memory was short. */
bool page_begin(struct page *page, cairo_surface_t *surface, enum policy_language language);
/** Ends the last page. */
void page_end(struct page *page);
/** Goes to a new page unless there is room for so much. */
void page_need(struct page *page, double height);

enum page_align { PAGE_LEFT, PAGE_CENTER, PAGE_RIGHT };
struct page_text {
    double x;
    double y;
    double width; /**< what does not fit ends in an ellipsis; lines: may wrap into so many */
    int lines;
    double size;
    bool bold;
    enum page_align align;
};
/** Draws a text; its height. */
double page_write(struct page *page, const struct page_text *place, const char *text);

/** A row of cells; the first takes `first` points, the others share what is left. */
struct page_row {
    const char *const *cells;
    int length;
    double first;
    bool bold;
    bool heading; /**< shaded, may take two lines */
};
void page_draw_row(struct page *page, const struct page_row *row);

/** Upright bars with their values on top and labels below. */
struct page_bars {
    const char *title;
    int length;
    const char *const *labels;
    const double *values;
};
enum { PAGE_BARS_HEIGHT = 190 };
void page_draw_bars(struct page *page, const struct page_bars *bars);

#endif

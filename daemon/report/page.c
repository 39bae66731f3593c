/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/report/page.h"

#include <stdio.h>
#include <string.h>

/* The first that is installed is taken; the last stands for whatever fontconfig finds for Chinese.
 */
#define FONTS "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, WenQuanYi Micro Hei, sans-serif"

static const double foot_height = 20;
static const double line_height = 14;

bool page_begin(struct page *page, cairo_surface_t *surface, enum policy_language language)
{
    page->cairo = cairo_create(surface);
    page->layout = pango_cairo_create_layout(page->cairo);
    page->language = language;
    page->y = PAGE_MARGIN;
    page->number = 1;
    if (page->layout != NULL) {
        pango_context_set_language(
            pango_layout_get_context(page->layout),
            pango_language_from_string(language == POLICY_CHINESE ? "zh-cn" : "en"));
    }
    return page->layout != NULL && cairo_status(page->cairo) == CAIRO_STATUS_SUCCESS;
}

static void draw_foot(struct page *page)
{
    struct page_text place = {
        PAGE_MARGIN, PAGE_HEIGHT - PAGE_MARGIN, PAGE_WIDTH - 2 * PAGE_MARGIN, 1, 7.5, false,
        PAGE_LEFT};
    char number[64];

    page_write(page, &place, page->foot);
    snprintf(number, sizeof number,
             page->language == POLICY_CHINESE ? "第 %d 页，共 %d 页" : "Page %d of %d",
             page->number, page->pages);
    place.align = PAGE_RIGHT;
    page_write(page, &place, number);
}

void page_end(struct page *page)
{
    draw_foot(page);
    cairo_show_page(page->cairo);
    g_object_unref(page->layout);
    cairo_destroy(page->cairo);
}

void page_need(struct page *page, double height)
{
    if (page->y + height <= PAGE_HEIGHT - PAGE_MARGIN - foot_height) {
        return;
    }
    draw_foot(page);
    cairo_show_page(page->cairo);
    page->number++;
    page->y = PAGE_MARGIN;
}

double page_write(struct page *page, const struct page_text *place, const char *text)
{
    static const PangoAlignment alignments[] = {
        [PAGE_LEFT] = PANGO_ALIGN_LEFT,
        [PAGE_CENTER] = PANGO_ALIGN_CENTER,
        [PAGE_RIGHT] = PANGO_ALIGN_RIGHT,
    };
    PangoFontDescription *font = pango_font_description_from_string(FONTS);
    int height = 0;

    pango_font_description_set_absolute_size(font, place->size * PANGO_SCALE);
    pango_font_description_set_weight(font, place->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(page->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(page->layout, (int)(place->width * PANGO_SCALE));
    pango_layout_set_wrap(page->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_height(page->layout, -place->lines);
    pango_layout_set_ellipsize(page->layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_alignment(page->layout, alignments[place->align]);
    pango_layout_set_text(page->layout, text, -1);
    cairo_set_source_rgb(page->cairo, 0, 0, 0);
    cairo_move_to(page->cairo, place->x, place->y);
    pango_cairo_show_layout(page->cairo, page->layout);
    pango_layout_get_size(page->layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

void page_draw_row(struct page *page, const struct page_row *row)
{
    const double width = PAGE_WIDTH - 2 * PAGE_MARGIN;
    const double height = row->heading ? 2 * line_height - 6 : line_height;
    const double other = row->length > 1 ? (width - row->first) / (row->length - 1) : 0;

    if (row->heading) {
        cairo_set_source_rgb(page->cairo, 0.86, 0.90, 0.95);
        cairo_rectangle(page->cairo, PAGE_MARGIN, page->y, width, height);
        cairo_fill(page->cairo);
    }
    for (int i = 0; i < row->length; i++) {
        const struct page_text place = {
            .x = PAGE_MARGIN + 2 + (i > 0 ? row->first + (i - 1) * other : 0),
            .y = page->y + 1.5,
            .width = (i > 0 ? other : row->first) - 4,
            .lines = row->heading ? 2 : 1,
            .size = row->heading ? 7 : 8,
            .bold = row->bold || row->heading,
            .align = i > 0 ? PAGE_RIGHT : PAGE_LEFT,
        };

        page_write(page, &place, row->cells[i]);
    }
    page->y += height;
    cairo_set_source_rgb(page->cairo, 0.7, 0.7, 0.7);
    cairo_set_line_width(page->cairo, 0.4);
    cairo_move_to(page->cairo, PAGE_MARGIN, page->y);
    cairo_line_to(page->cairo, PAGE_MARGIN + width, page->y);
    cairo_stroke(page->cairo);
}

static void draw_bar(struct page *page, const struct page_bars *bars, int place, double base,
                     double most)
{
    const double width = (PAGE_WIDTH - 2 * PAGE_MARGIN) / bars->length;
    const double x = PAGE_MARGIN + place * width;
    const double height = most > 0 ? bars->values[place] / most * (PAGE_BARS_HEIGHT - 70) : 0;
    struct page_text text = {
        .x = x + 2, .y = base + 3, .width = width - 4, .lines = 1, .size = 8, .align = PAGE_CENTER};
    char value[32];

    cairo_set_source_rgb(page->cairo, 0.20, 0.42, 0.66);
    cairo_rectangle(page->cairo, x + width * 0.2, base - height, width * 0.6, height);
    cairo_fill(page->cairo);
    page_write(page, &text, bars->labels[place]);
    snprintf(value, sizeof value, "%.0f", bars->values[place]);
    text.y = base - height - 12;
    page_write(page, &text, value);
}

void page_draw_bars(struct page *page, const struct page_bars *bars)
{
    struct page_text title = {.x = PAGE_MARGIN,
                              .width = PAGE_WIDTH - 2 * PAGE_MARGIN,
                              .lines = 1,
                              .size = 11,
                              .bold = true};
    double most = 0;

    page_need(page, PAGE_BARS_HEIGHT);
    title.y = page->y + 6;
    page_write(page, &title, bars->title);
    double base = page->y + PAGE_BARS_HEIGHT - 24;

    for (int i = 0; i < bars->length; i++) {
        most = bars->values[i] > most ? bars->values[i] : most;
    }
    for (int i = 0; i < bars->length; i++) {
        draw_bar(page, bars, i, base, most);
    }
    cairo_set_source_rgb(page->cairo, 0.3, 0.3, 0.3);
    cairo_set_line_width(page->cairo, 0.8);
    cairo_move_to(page->cairo, PAGE_MARGIN, base);
    cairo_line_to(page->cairo, PAGE_WIDTH - PAGE_MARGIN, base);
    cairo_stroke(page->cairo);
    page->y += PAGE_BARS_HEIGHT;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "daemon/document/stamp-digits.h"

#define POINTS_PER_MM (72.0 / 25.4)
#define SIZE_LARGE    7.0 /**< points */
#define SIZE_LINE     5.0 /**< smaller than that, two lines are read more easily */
#define SIZE_STEP     0.25
#define LEADING       1.3
#define SPACE         1.0 /**< ems between items */

/* GB/T 9704-2012 §7.2: 份号 and 密级 are in 三号 at the upper left of the type area; above it,
 * where nothing of the document is, they are smaller. */
enum { CORNER_COPY, CORNER_LEVEL, CORNERS };
#define MARK_SIZE       12.0
#define MARK_LEFT_MM    28.0
#define MARK_RIGHT_MM   26.0 /* the type area ends there */
#define MARK_ROOM_MM    36.0 /* wide enough for "机密★20年" */
#define MARK_CEILING_MM 6.0  /* from the top: above the first mark */
#define MARK_BOTTOM_MM  19.0 /* below the last */
static const double mark_top_mm[CORNERS] = {[CORNER_COPY] = 11, [CORNER_LEVEL] = 17};
#define A4_WIDTH  595.0
#define A4_HEIGHT 842.0

enum variable { NOTHING, COPY, PAGE };

/** Some words that stay together. */
struct item {
    char before[STAMP_TEXT_BYTES];
    char after[32];
    enum variable variable; /**< what stands between */
    double before_width;    /**< ems */
    double width;
};

struct stamp_words {
    const struct stamp_plan *plan;
    const struct font *font;
    double digit_width; /**< ems */
    unsigned page_digits;
    struct item item[TEXT_ITEMS];
};

enum { COPY_DIGITS = 6, SIZE_STEPS = 14 /**< down to 3.5 points */ };

static unsigned digits_of(uint32_t number)
{
    unsigned digits = 1;

    for (; number >= 10; number /= 10) {
        digits++;
    }
    return digits;
}

char *text_letters(const struct stamp_plan *plan)
{
    return g_strconcat("0123456789 /□份号第页", plan->text[STAMP_LEVEL_TERM],
                       plan->text[STAMP_DOCUMENT_NUMBER], plan->text[STAMP_PERSON],
                       plan->text[STAMP_TIME], NULL);
}

static void set_item(struct stamp_words *text, unsigned index, const char *before,
                     enum variable variable)
{
    struct item *item = &text->item[index];
    unsigned digits = variable == COPY ? COPY_DIGITS : variable == PAGE ? text->page_digits : 0;

    g_strlcpy(item->before, before, sizeof item->before);
    item->variable = variable;
    if (variable == PAGE) {
        g_snprintf(item->after, sizeof item->after, "/%" PRIu32 " 页", text->plan->pages);
    }
    item->before_width = font_width(text->font, item->before);
    item->width =
        item->before_width + digits * text->digit_width + font_width(text->font, item->after);
}

struct stamp_words *text_new(const struct stamp_plan *plan, const struct font *font)
{
    struct stamp_words *text = g_new0(struct stamp_words, 1);

    text->plan = plan;
    text->font = font;
    text->digit_width = font_width(font, "0");
    text->page_digits = digits_of(plan->pages);
    set_item(text, 0, plan->text[STAMP_LEVEL_TERM], NOTHING);
    set_item(text, 1, plan->text[STAMP_DOCUMENT_NUMBER], NOTHING);
    set_item(text, 2, "份号 ", COPY);
    set_item(text, 3, "第 ", PAGE);
    set_item(text, 4, plan->text[STAMP_PERSON], NOTHING);
    set_item(text, 5, plan->text[STAMP_TIME], NOTHING);
    return text;
}

void text_free(struct stamp_words *text)
{
    g_free(text);
}

/* Breaks into lines of at most `room` ems. */
static bool break_lines(const struct stamp_words *text, double room, struct text_layout *layout)
{
    double x = 0;

    layout->lines = 1;
    layout->width = 0;
    for (unsigned i = 0; i < TEXT_ITEMS; i++) {
        double width = text->item[i].width;

        if (width > room) {
            return false;
        }
        if (x > 0 && width > 0 && x + SPACE + width > room) {
            x = 0;
            layout->lines++;
        }
        x += x > 0 && width > 0 ? SPACE : 0;
        layout->x[i] = x;
        layout->line[i] = layout->lines - 1;
        x += width;
        layout->width = fmax(layout->width, x);
    }
    return true;
}

bool text_fit(const struct stamp_words *text, double room, double height,
              struct text_layout *ret_layout)
{
    struct text_layout layout;

    if (room <= 0) {
        return false;
    }
    for (int step = 0; step <= SIZE_STEPS; step++) {
        double size = SIZE_LARGE - step * SIZE_STEP;
        bool fits = break_lines(text, room / size, &layout) &&
                    layout.lines * size * LEADING <= height &&
                    (layout.lines == 1 || size <= SIZE_LINE);

        if (fits) {
            layout.font_size = size;
            layout.width *= size;
            layout.height = layout.lines * size * LEADING;
            for (unsigned i = 0; i < TEXT_ITEMS; i++) {
                layout.x[i] *= size;
            }
            *ret_layout = layout;
            return true;
        }
    }
    return false;
}

/* Where an item begins. */
static void position(const struct text_layout *layout, const struct place_spot *spot,
                     unsigned index, double *ret_x, double *ret_y)
{
    double step = layout->font_size * LEADING;

    *ret_x = spot->line[0] + layout->x[index];
    *ret_y = spot->line[1] + (layout->lines - 1 - layout->line[index]) * step +
             layout->font_size * (LEADING - 1);
}

/* A length and a space. */
static void append_length(GString *content, double length)
{
    char digits[DIGITS_BYTES];

    g_string_append_len(content, digits, (gssize)digits_length(length, digits));
    g_string_append_c(content, ' ');
}

static void show(const struct stamp_words *text, double x, double y, const char *words,
                 GString *content)
{
    if (words[0] != '\0') {
        g_string_append(content, "1 0 0 1 ");
        append_length(content, x);
        append_length(content, y);
        g_string_append(content, "Tm");
        font_show(text->font, words, content);
        g_string_append(content, "Tj\n");
    }
}

void text_common(const struct stamp_words *text, const struct text_layout *layout,
                 const struct paper *paper, const struct place_spot *spot, double side,
                 GString *content)
{
    const double *m = paper->matrix;

    g_string_append(content, "\nQ q\n");
    for (int i = 0; i < 6; i++) {
        g_string_append_printf(content, "%.6f ", m[i]);
    }
    g_string_append_printf(content,
                           "cm 1 g %.2f %.2f %.2f %.2f re f 0 g\nBT " TEXT_FONT " %.2f Tf\n",
                           spot->code[0], spot->code[1], side, side, layout->font_size);
    for (unsigned i = 0; i < TEXT_ITEMS; i++) {
        const struct item *item = &text->item[i];
        double x, y;

        position(layout, spot, i, &x, &y);
        show(text, x, y, item->before, content);
        show(text, x + layout->font_size * (item->width - font_width(text->font, item->after)), y,
             item->after, content);
    }
    g_string_append(content, "ET\n");
}

static void show_variables(const struct stamp_words *text, const struct text_layout *layout,
                           const struct place_spot *spot, const struct text_page *page,
                           GString *content)
{
    for (unsigned i = 0; i < TEXT_ITEMS; i++) {
        const struct item *item = &text->item[i];
        char digits[DIGITS_BYTES + 1];
        double x, y, shift = 0;

        if (item->variable == NOTHING) {
            continue;
        }
        if (item->variable == COPY) {
            digits[digits_number(page->copy, COPY_DIGITS, digits)] = '\0';
        } else {
            digits[digits_number(page->page, 1, digits)] = '\0';
            shift = (text->page_digits - digits_of(page->page)) * text->digit_width;
        }
        position(layout, spot, i, &x, &y);
        show(text, x + layout->font_size * (item->before_width + shift), y, digits, content);
    }
}

/* Marks on small paper shrink with it. */
static double part_of(const struct paper *paper)
{
    return fmin(1, fmin(paper->width / A4_WIDTH, paper->height / A4_HEIGHT));
}

void text_column_room(const struct paper *paper, enum text_column column, double ret_corner[2],
                      double ret_size[2])
{
    double millimetre = POINTS_PER_MM * part_of(paper);
    double free = paper->width - (MARK_LEFT_MM + MARK_RIGHT_MM + MARK_ROOM_MM) * millimetre;

    ret_size[0] = MARK_ROOM_MM * millimetre;
    ret_size[1] = (MARK_BOTTOM_MM - MARK_CEILING_MM) * millimetre;
    ret_corner[0] = MARK_LEFT_MM * millimetre + free * (double)column / (COLUMNS - 1);
    ret_corner[1] = paper->height - MARK_BOTTOM_MM * millimetre;
}

static void show_marks(const struct stamp_words *text, const struct paper *paper,
                       const struct text_page *page, GString *content)
{
    double part = part_of(paper);
    double corner[2];
    double room[2];
    const bool wanted[CORNERS] = {page->mark_copy, page->mark_level};
    char copy[16];
    const char *const words[CORNERS] = {copy, text->plan->text[STAMP_LEVEL_TERM]};

    text_column_room(paper, page->column, corner, room);
    g_snprintf(copy, sizeof copy, "%06" PRIu32, page->copy);
    for (int i = 0; i < CORNERS; i++) {
        if (wanted[i] && words[i][0] != '\0') {
            g_string_append_printf(content, TEXT_FONT " %.2f Tf ", MARK_SIZE * part);
            show(text, corner[0], paper->height - mark_top_mm[i] * POINTS_PER_MM * part, words[i],
                 content);
        }
    }
}

/* The letters that end an inline image must not stand in its data (ISO 32000-1 §8.9.7); where they
 * would, the data is written in hexadecimal. */
static void paint_code(const struct code *code, const struct place_spot *spot, GString *content)
{
    double size = code->modules * PLACE_MODULE;
    double quiet = CODE_QUIET * PLACE_MODULE;
    bool plain = memmem(code->rows, code->bytes, "EI", 2) == NULL;

    g_string_append(content, "q ");
    append_length(content, size);
    g_string_append(content, "0 0 ");
    append_length(content, size);
    append_length(content, spot->code[0] + quiet);
    append_length(content, spot->code[1] + quiet);
    g_string_append(content, "cm BI/W ");
    append_length(content, code->modules);
    g_string_append(content, "/H ");
    append_length(content, code->modules);
    g_string_append(content, plain ? "/IM true ID " : "/IM true/F/AHx ID ");
    if (plain) {
        g_string_append_len(content, (const char *)code->rows, (gssize)code->bytes);
    } else {
        for (size_t i = 0; i < code->bytes; i++) {
            g_string_append_printf(content, "%02X", code->rows[i]);
        }
        g_string_append_c(content, '>');
    }
    g_string_append(content, "\nEI Q Q\n");
}

void text_own(const struct stamp_words *text, const struct text_layout *layout,
              const struct paper *paper, const struct place_spot *spot,
              const struct text_page *page, GString *content)
{
    g_string_append(content, "BT ");
    show_variables(text, layout, spot, page, content);
    show_marks(text, paper, page, content);
    g_string_append(content, "ET ");
    paint_code(page->code, spot, content);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The words and the code of a stamp as content streams. */
#ifndef DAEMON_DOCUMENT_STAMP_TEXT_H
#define DAEMON_DOCUMENT_STAMP_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/document/stamp-code.h"
#include "daemon/document/stamp-font.h"
#include "daemon/document/stamp-place.h"
#include "daemon/document/stamp-plan.h"

/** The font's name in the resources of every stamped page. */
#define TEXT_FONT "/PrStampFont"

struct stamp_words;

/** Every letter of the stamps of a plan, for font_new(); g_free() it. */
char *text_letters(const struct stamp_plan *plan);
/** Free with text_free(). */
struct stamp_words *text_new(const struct stamp_plan *plan, const struct font *font);
void text_free(struct stamp_words *text);

enum { TEXT_ITEMS = 6 };

/** How the words are broken into lines on some width of paper. */
struct text_layout {
    double font_size;
    double x[TEXT_ITEMS]; /**< from the beginning of the line */
    unsigned line[TEXT_ITEMS];
    unsigned lines;
    double width;
    double height;
};
/**
 * One line where it fits, else smaller, then more lines.
 *
 * @param room    points
 * @param height  what all lines together may have
 * @return false when there is no way
 */
bool text_fit(const struct stamp_words *text, double room, double height,
              struct text_layout *ret_layout);

/** What pages of one paper and place share: ends the page's own content, paints the code's white
 * ground and all words that are the same everywhere. text_own() must follow. */
void text_common(const struct stamp_words *text, const struct text_layout *layout,
                 const struct paper *paper, const struct place_spot *spot, double side,
                 GString *content);

/** Where 份号 and level★term may begin, all above the type area: at the left as GB/T 9704 has them,
 * elsewhere only where something is printed there already. */
enum text_column { COLUMN_LEFT, COLUMN_MIDDLE, COLUMN_RIGHT, COLUMNS };
/** The room of a column on a page: lower left corner and size, in points. */
void text_column_room(const struct paper *paper, enum text_column column, double ret_corner[2],
                      double ret_size[2]);

/** What only one page has. */
struct text_page {
    uint32_t copy;           /**< 份号 */
    uint32_t page;           /**< from 1 */
    bool mark_copy;          /**< 份号 at the top */
    bool mark_level;         /**< level★term below it */
    enum text_column column; /**< where these two stand */
    const struct code *code;
};
void text_own(const struct stamp_words *text, const struct text_layout *layout,
              const struct paper *paper, const struct place_spot *spot,
              const struct text_page *page, GString *content);

#endif

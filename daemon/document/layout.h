/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Finds marks in a page's text by where its letters stand. */
#ifndef DAEMON_DOCUMENT_LAYOUT_H
#define DAEMON_DOCUMENT_LAYOUT_H

#include <poppler.h>

#include "daemon/document/marks.h"

/** A page's text as poppler_page_get_text_layout() gives it: one box a letter, line ends included.
 */
struct layout {
    const char *text; /**< UTF-8 */
    const PopplerRectangle *box;
    guint letters;
    double bottom; /**< only letters above this count; points from the page's top */
};

/** The highest mark in a page's text. */
enum mark layout_mark(const struct layout *layout);

#endif

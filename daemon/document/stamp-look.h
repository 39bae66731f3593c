/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Chooses where on its pages a document is stamped: see the essay in stamp-look.c. */
#ifndef DAEMON_DOCUMENT_STAMP_LOOK_H
#define DAEMON_DOCUMENT_STAMP_LOOK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/document/problem.h"
#include "daemon/document/reader.h"
#include "daemon/document/stamp-place.h"
#include "daemon/document/stamp-source.h"
#include "daemon/document/stamp-text.h"

struct stamp_look {
    const struct stamp_source *source;
    struct reader *reader; /**< NULL: there is no looking */
    bool sampled;          /**< it reads look_sample()'s pages only */
    const struct stamp_words *text;
    double side;      /**< of the code with its quiet zone */
    GHashTable *inks; /**< for long documents: double[PLACES] by size of paper; NULL before
                         look_around() */
};

enum { LOOK_PAGES = 8 };
/** Which pages of a document of more than LOOK_PAGES are looked at, in this order; the first is
 * page 0. */
void look_sample(uint32_t pages, uint32_t ret_pages[LOOK_PAGES]);

/** Looks at some pages of a document of many; look_clear() frees what was seen. */
int look_around(struct stamp_look *look, uint32_t pages, struct problem *ret_problem);
void look_clear(struct stamp_look *look);

/** Breaks the words for a paper; PR_ELIMIT when it is too small for a stamp. */
int look_fit(const struct stamp_look *look, uint32_t index, const struct paper *paper,
             struct text_layout *ret_layout, struct place_size *ret_size,
             struct problem *ret_problem);
/** Chooses a page's place; PR_ELIMIT when annotations lie over all of them. */
int look_place(const struct stamp_look *look, const struct source_page *page,
               const struct paper *paper, const struct place_size *size, enum place *ret_place,
               struct problem *ret_problem);
/** Where the marks of the first page cover the least; the left one unless it is printed on. A code
 * at the top right keeps that corner. */
enum text_column look_column(const struct stamp_look *look, const struct source_page *page,
                             const struct paper *paper, enum place place);

#endif

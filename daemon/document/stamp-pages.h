/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Pages of a document of plain structure, as text of PDF: see the essay in stamp-pages.c. */
#ifndef DAEMON_DOCUMENT_STAMP_PAGES_H
#define DAEMON_DOCUMENT_STAMP_PAGES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/document/stamp-file.h"
#include "daemon/document/stamp-place.h"
#include "daemon/document/structure.h"

struct plain_pages;

/** One page; spans lie in the file. */
struct plain_page {
    uint32_t number;
    uint32_t generation;
    struct object dictionary;
    struct object contents;  /**< a reference, an array of references, or OBJECT_NONE */
    struct object resources; /**< a dictionary */
    struct object media_box;
    struct object crop_box; /**< or OBJECT_NONE, as the next */
    struct object rotate;
    struct page_shape shape;
    size_t content_size; /**< decoded */
    bool neat;           /**< content_is_neat() */
    uint32_t first_cover;
    uint32_t covers_length;
};

/** Reads a document; NULL in doubt, or when it has not that many pages. Free with pages_close(). */
struct plain_pages *pages_open(const struct plain_origin *origin, uint32_t pages);
void pages_close(struct plain_pages *pages);

/** Page `index` (from 0). */
const struct plain_page *pages_page(const struct plain_pages *pages, uint32_t index);
/** What is printed over a page, `covers_length` of them. */
const struct place_cover *pages_covers(const struct plain_pages *pages, uint32_t index);
/** All decoded content of a page, appended. */
void pages_content(struct plain_pages *pages, uint32_t index, GByteArray *content);

/* Text of PDF; g_free() it. */

/** References to the content's streams, a space behind each. */
char *pages_references(const struct plain_pages *pages, uint32_t index);
/** The page's entries but those named, with what it inherits. */
char *pages_keys(const struct plain_pages *pages, uint32_t index, const char *const *left_out);
/** The resources, with a font more (NULL: without); NULL when it cannot be added, or what is there
 * would change how it is painted. */
char *pages_resources(struct plain_pages *pages, uint32_t index, const char *font, uint32_t number);
/** The catalogue's entries but those named. */
char *pages_catalogue(const struct plain_pages *pages, const char *const *left_out);
char *pages_copy(const struct object *object);

/** What the next trailer must have. */
struct plain_trailer {
    uint32_t root;
    uint32_t root_generation;
    uint32_t free_number; /**< this one and all above are not in use */
    char *keys;           /**< g_free() it */
};
void pages_trailer(const struct plain_pages *pages, struct plain_trailer *ret_trailer);

#endif

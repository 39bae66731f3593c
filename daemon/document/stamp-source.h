/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The document a stamp goes on: its bytes as a sound file, and its pages as text of PDF. */
#ifndef DAEMON_DOCUMENT_STAMP_SOURCE_H
#define DAEMON_DOCUMENT_STAMP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/document/problem.h"
#include "daemon/document/stamp-pages.h"
#include "daemon/document/stamp-place.h"
#include "daemon/document/stamp-sink.h"
#include "daemon/document/structure.h"

/** The whole file in memory. */
struct stamp_input {
    uint8_t *data; /**< not changed */
    size_t size;
    size_t room; /**< bytes behind it that are free to be written to; with SAMPLE_ROOM_BYTES of them
                    long documents take less time and memory */
    bool mapped; /**< a private mapping of a file: what was read can be given back */
};

struct stamp_source {
    const uint8_t *data; /**< a sound file: the document, or what libqpdf has made of it */
    size_t size;
    struct plain_pages *pages;  /**< when its structure is plain; all below is libqpdf's, and not
                                   used then */
    struct structure structure; /**< of that file */
    struct structure original;  /**< owns the data when `rewritten` */
    bool rewritten;
    enum xref_form form; /**< of its newest cross-reference section */
    uint64_t xref;       /**< where that begins */
    uint32_t root;
    uint32_t root_generation;
    uint32_t free_number; /**< this one and all above are not in use */
    char *trailer;        /**< entries for the next trailer */
};

/**
 * Opens a document.
 *
 * @param input  borrowed; must outlive the source
 * @param pages  that it must have
 * @return PR_OK; PR_EFORMAT, PR_EUNSUPPORTED, PR_ELIMIT with *ret_problem set
 */
int source_open(const struct stamp_input *input, uint32_t pages, struct stamp_source *ret_source,
                struct problem *ret_problem);
void source_close(struct stamp_source *source);

struct source_page {
    uint32_t index;
    qpdf_oh page; /**< libqpdf's, as the next */
    unsigned char *content;
    uint32_t number;
    uint32_t generation;
    struct page_shape shape;
    size_t content_size; /**< all of it, decoded */
    bool neat;           /**< content_is_neat() */
    char *references;    /**< of its streams, a space behind each; NULL when they are not all plain
                            references */
    char *keys; /**< the dictionary's entries but /Type, /Contents, /Parent, /Resources and those
                   that belong to one copy only */
    const struct place_cover *covers; /**< annotations that are printed over the page */
    size_t covers_length;
    GArray *own_covers; /**< or NULL */
};
int source_page(const struct stamp_source *source, uint32_t index, struct source_page *ret_page,
                struct problem *ret_problem);
void source_page_clear(const struct stamp_source *source, struct source_page *page);

/** A page's content, decoded; g_free() it. */
uint8_t *source_content(const struct stamp_source *source, const struct source_page *page,
                        size_t *ret_size);
/** Its MediaBox; g_free() it. */
char *source_media_box(const struct stamp_source *source, const struct source_page *page);

/**
 * A page's resources as a dictionary, with a font more.
 *
 * @param font  name, and its object's number; NULL: without
 * @return g_free() it; NULL when the font cannot be added, or what is there would change how it is
 * painted
 */
char *source_resources(const struct stamp_source *source, const struct source_page *page,
                       const char *font, uint32_t number);

/** The catalogue with another page tree and nothing that acts by itself; g_free() it. */
char *source_catalogue(const struct stamp_source *source, uint32_t tree);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Tells cheaply that a page paints nothing but black, white and grey: see the essay in screen.c.
 */
#ifndef DAEMON_DOCUMENT_SCREEN_H
#define DAEMON_DOCUMENT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpdf/qpdf-c.h>

/** From the best to the worst that can be said. */
enum screen_verdict {
    SCREEN_GREY = 1, /**< grey for certain */
    SCREEN_SUSPECT,  /**< must be looked at */
    SCREEN_COLOR,    /**< colour, in a way that looking does not show */
};

struct screen;

struct screen *screen_new(qpdf_data qpdf);
void screen_free(struct screen *screen);

/**
 * Judges a page.
 *
 * @param content,content_size  the page's decoded content streams, joined
 */
enum screen_verdict screen_page(struct screen *screen, qpdf_oh page, const uint8_t *content,
                                size_t content_size);

#endif

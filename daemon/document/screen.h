/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Tells cheaply that a page paints nothing but black, white and grey: see the essay in screen.c.
 */
#ifndef DAEMON_DOCUMENT_SCREEN_H
#define DAEMON_DOCUMENT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpdf/qpdf-c.h>

struct screen;

struct screen *screen_new(qpdf_data qpdf);
void screen_free(struct screen *screen);

/**
 * @param content,content_size  the page's decoded content streams, joined
 * @return true when the page is grey for certain; false: it must be looked at
 */
bool screen_page_is_grey(struct screen *screen, qpdf_oh page, const uint8_t *content,
                         size_t content_size);

#endif

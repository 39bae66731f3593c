/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Limits of a page's picture, for those who ask for one and those who paint it. */
#ifndef DAEMON_DOCUMENT_PICTURE_H
#define DAEMON_DOCUMENT_PICTURE_H

enum {
    PREVIEW_DPI_MIN = 10,
    PREVIEW_DPI_MAX = 300,
    PREVIEW_PIXELS_MAX = 16000000, /**< larger pages are painted at fewer dots an inch */
    PREVIEW_SIDE_MAX = 20000,      /**< pixels */
    PREVIEW_BYTES_MAX = 64 << 20   /**< of the PNG */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Pictures in grey: reading them, and the few things done to them before codes are looked for. */
#ifndef DAEMON_SCAN_PICTURE_H
#define DAEMON_SCAN_PICTURE_H

#include <stddef.h>
#include <stdint.h>

enum {
    PICTURE_BYTES_MAX = 64 << 20,  /**< of a file */
    PICTURE_PIXELS_MAX = 64000000, /**< of a picture; larger ones are refused unread */
    PICTURE_SIDE_MAX = 30000       /**< pixels */
};

/** One byte a pixel, 0 black … 255 white, rows one after the other from the top. */
struct grey {
    uint32_t width; /**< pixels */
    uint32_t height;
    uint8_t *pixels; /**< free with grey_clear() */
};

void grey_clear(struct grey *grey);

enum picture_result {
    PICTURE_OK,
    PICTURE_FORMAT, /**< neither PNG nor JPEG, or damaged */
    PICTURE_LIMIT,  /**< too large, or no memory for it */
};

/** Reads a PNG (ISO/IEC 15948) or JPEG (ISO/IEC 10918-1); transparency shows white paper. */
enum picture_result picture_read(const uint8_t *data, size_t size, struct grey *ret_grey);

/* What follows makes a new picture and leaves the old one alone. */

/** Half as wide and high; every pixel is the mean of four. PICTURE_LIMIT when nothing is left. */
enum picture_result grey_halve(const struct grey *grey, struct grey *ret_grey);
/** Twice as wide and high, with straight transitions. */
enum picture_result grey_double(const struct grey *grey, struct grey *ret_grey);
/** The mean over a square of 2 radius + 1 pixels; radius ≥ 1. */
enum picture_result grey_blur(const struct grey *grey, uint32_t radius, struct grey *ret_grey);
/** Edges made steeper: the picture, and twice more what it differs by from its blur. */
enum picture_result grey_sharpen(const struct grey *grey, uint32_t radius, struct grey *ret_grey);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** QR codes (ISO/IEC 18004) in a picture, found with libzbar. */
#ifndef DAEMON_SCAN_CODES_H
#define DAEMON_SCAN_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/scan/picture.h"

enum { CODES_MAX = 16, CODE_TEXT_BYTES = 256 };

struct codes {
    size_t length;
    char text[CODES_MAX][CODE_TEXT_BYTES]; /**< printable ASCII; codes with anything else in them,
                                              or longer ones, are none of ours and left out */
};

/** Whether a text is one of those: asked where codes are read, and again of what the reader says.
 */
static inline bool code_text_ok(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return length > 0 && length < CODE_TEXT_BYTES;
}

/** Loads what libzbar opens files for, before there are no more files to open. */
void codes_warm_up(void);

/**
 * Looks for codes, in the picture as it is and then, until one is found, in what a bad photograph
 * or photocopy needs: see the table in codes.c.
 *
 * @param ret_codes  each text once
 * @return PICTURE_OK, also when there is none; PICTURE_LIMIT: no memory
 */
enum picture_result codes_find(const struct grey *grey, struct codes *ret_codes);

#endif

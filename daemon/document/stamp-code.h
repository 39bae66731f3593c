/* SPDX-License-Identifier: GPL-2.0-or-later */
/** QR codes (ISO/IEC 18004) of a stamp, made with libqrencode. */
#ifndef DAEMON_DOCUMENT_STAMP_CODE_H
#define DAEMON_DOCUMENT_STAMP_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/document/stamp-plan.h"

enum {
    CODE_MODULES_MAX = 57, /**< version 10; 95 characters need version 6 at most at level M */
    CODE_ROWS_BYTES = 480, /**< 57 rows of 8 bytes, and to whole groups of 32 */
    CODE_QUIET = 4,        /**< white modules on each side (§9.1) */
};

/** A symbol as rows of bits, each begun on a byte: 0 is dark, as an image mask paints. */
struct code {
    unsigned modules; /**< on a side, quiet zone not counted */
    size_t bytes;
    uint8_t rows[CODE_ROWS_BYTES];
};

struct code_maker;

/** For the codes of a plan, of which there will be about `expected`. Free with code_maker_free().
 */
struct code_maker *code_maker_new(size_t expected);
void code_maker_free(struct code_maker *maker);

/**
 * Prepares for codes of the usual length, for the first maker of this process or of one forked from
 * it: some 25 ms that no document has to wait for then.
 */
void code_warm_up(void);

/**
 * Makes a symbol: the smallest at error correction level M, then the highest level that fits the
 * same size.
 *
 * @return PR_OK; PR_EINVAL (libqrencode refuses the text); PR_ENOMEM
 */
int code_make(struct code_maker *maker, const char *text, struct code *ret_code);

#endif

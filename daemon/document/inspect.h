/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Inspection of one document in memory: the facts a print policy asks for. Runs inside the
 * sandbox. */
#ifndef DAEMON_DOCUMENT_INSPECT_H
#define DAEMON_DOCUMENT_INSPECT_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/document/digest.h"
#include "daemon/document/marks.h"
#include "daemon/document/problem.h"

struct inspect_limits {
    uint32_t pages_max;
    unsigned paint_ms; /**< wall clock from the start; pages not painted by then count as colour */
};

struct inspect_run {
    uint32_t pages;
    uint32_t width_um;
    uint32_t height_um;
};

struct inspection {
    uint32_t pages;
    uint32_t color_pages;
    uint32_t guessed_pages; /**< of the colour pages, those not looked at for lack of time */
    struct inspect_run *runs;
    size_t runs_length;
    uint8_t fingerprint[DIGEST_BYTES];
    enum mark mark;
    uint32_t mark_page; /**< from 1; 0 without a mark */
};

/**
 * Inspects a document.
 *
 * @param data,size  the whole file; borrowed
 * @return PR_OK; PR_EFORMAT, PR_EUNSUPPORTED, PR_ELIMIT with *ret_problem set
 */
int inspect_document(const uint8_t *data, size_t size, const struct inspect_limits *limits,
                     struct inspection *ret_inspection, struct problem *ret_problem);
void inspection_clear(struct inspection *inspection);

/** The facts as one JSON line with its newline; free() it. NULL when memory is short. */
char *inspection_line(const struct inspection *inspection);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The helper's two ways to work: as warm parent of many documents, or on one document by hand. */
#ifndef DAEMON_DOCUMENT_SERVE_H
#define DAEMON_DOCUMENT_SERVE_H

#include <stdint.h>

#include "daemon/document/handover.h"

struct serve_options {
    int request_fd;        /**< SOCK_SEQPACKET; see handover.h */
    const char *user;      /**< or NULL */
    unsigned children;     /**< documents at a time, 1–64 */
    unsigned timeout_s;    /**< for one document */
    uint64_t memory_bytes; /**< for one document's process */
    uint32_t pages_max;
};

/** Serves until the request socket's other end closes. Returns the exit status. */
int serve(const struct serve_options *options);

/**
 * Does what is wished to the document on stdin and writes the answer to stdout: a line, a PNG, a
 * PDF.
 *
 * @param plan  descriptor of a stamp's plan, a file that can be mapped; -1 without one
 * @return the exit status: 0, or 1 with a problem's line
 */
int serve_once(const struct serve_options *options, const struct handover_wish *wish, int plan);

#endif

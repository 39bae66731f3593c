/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One document in one process: from descriptor to line, with last words when the process is about
 * to die. */
#ifndef DAEMON_DOCUMENT_WORKER_H
#define DAEMON_DOCUMENT_WORKER_H

#include "daemon/document/serve.h"

/**
 * Loads fonts, tables and code that every document needs by inspecting a small document of our own,
 * so that children forked later find them in memory.
 */
void worker_warm_up(void);

/**
 * Sees to it that a process that runs out of memory or time says so on `result_fd` before it ends.
 * Call before sandbox_enter().
 */
void worker_last_words(int result_fd);

/**
 * Does what is wished to the document behind `document_fd` and writes the answer to `result_fd`:
 * the line of inspection, or a page as PNG.
 *
 * @param document_fd  a file that can be mapped; its offset does not matter
 * @return 0 when facts or a picture were written, 1 when a problem was
 */
int worker_run(const struct serve_options *options, const struct handover_wish *wish,
               int document_fd, int result_fd);

#endif

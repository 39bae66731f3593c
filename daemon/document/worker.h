/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One document in one process: from descriptor to line, with last words when the process is about
 * to die. */
#ifndef DAEMON_DOCUMENT_WORKER_H
#define DAEMON_DOCUMENT_WORKER_H

#include <stdbool.h>

#include "daemon/document/serve.h"

/**
 * Loads fonts, tables and code that every document needs by inspecting a small document of our own,
 * so that children forked later find them in memory.
 */
void worker_warm_up(void);
/** The part of it without which no stamp can be made. */
void worker_warm_up_stamp(void);

/**
 * Sees to it that a process that runs out of memory or time says so on `result_fd` before it ends.
 * Call before sandbox_enter().
 */
void worker_last_words(int result_fd);

struct worker_files {
    int document; /**< can be mapped; its offset does not matter */
    int result;
    int plan;    /**< of WISH_STAMP; can be mapped */
    bool pieces; /**< a stamped document goes out in pieces (stamp-answer.h), not as a file */
};

/**
 * Does what is wished to a document and writes the answer: the line of inspection, a page as PNG,
 * or the stamped document.
 *
 * @return 0 when the answer was written, 1 when a problem was
 */
int worker_run(const struct serve_options *options, const struct handover_wish *wish,
               const struct worker_files *files);

#endif

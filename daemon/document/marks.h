/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The grammar of classification marks: pure functions on one line of text. */
#ifndef DAEMON_DOCUMENT_MARKS_H
#define DAEMON_DOCUMENT_MARKS_H

#include <stdbool.h>
#include <stddef.h>

/** Lowest first. */
enum mark {
    MARK_NONE,
    MARK_PUBLIC,
    MARK_INTERNAL,
    MARK_CONFIDENTIAL,
    MARK_SECRET,
    MARK_TOP_SECRET,
    MARKS
};

/** The level id a mark stands for ("public" … "top-secret"), "" for MARK_NONE; static. */
const char *mark_level(enum mark mark);

/**
 * Tells whether a line of text is a mark, as opposed to a sentence with such a word in it.
 *
 * @param line  UTF-8, need not be terminated
 * @param size  bytes
 */
enum mark mark_of_line(const char *line, size_t size);

/** Whether a page's text can hold a mark at all; false is certain, true is a reason to look at its
 * lines. */
bool mark_is_possible(const char *text);

#endif

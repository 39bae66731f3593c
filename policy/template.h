/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A tiny formatter for sentences with named placeholders; inside policy/ only.
 *
 * A template is UTF-8 text in which
 *  - `{name}` stands for the value of that name;
 *  - `{name?one|many}` stands for `one` where the number of that name is 1, else for `many`.
 * Anything else in braces is written as it stands, so that a misspelt name is seen.
 */
#ifndef POLICY_TEMPLATE_H
#define POLICY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Text being written to a buffer of any size: what does not fit is counted, not written. */
struct policy_text {
    char *buffer;
    size_t size;
    size_t written; /**< bytes in the buffer */
    size_t length;  /**< bytes the whole text has */
};

/** Starts an empty text. buffer may be NULL when size is 0. */
void policy_text_begin(struct policy_text *text, char *buffer, size_t size);

/** A value for a placeholder. */
struct policy_value {
    const char *name; /**< of the placeholder; NULL ends an array of values */
    const char *
        string; /**< NULL: the number counts; else text from anywhere, made harmless when written */
    int64_t number;
};

/** Appends the template with its values. */
void policy_text_fill(struct policy_text *text, const char *template,
                      const struct policy_value *values);

#endif

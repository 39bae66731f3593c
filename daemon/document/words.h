/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The words of a content stream: what stands between white space, delimiters, strings and comments
 * (ISO 32000-1 §7.2, §7.8). Operands are remembered as long as they follow each other with nothing
 * but white space and comments between.
 */
#ifndef DAEMON_DOCUMENT_WORDS_H
#define DAEMON_DOCUMENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORDS_KEPT = 5, WORD_BYTES = 32 };

struct words {
    const uint8_t *content; /**< borrowed */
    size_t size;
    size_t at;
    char current[WORD_BYTES]; /**< names with their '/'; "#" for a word that is too long for an
                                 operator */
    char word[WORDS_KEPT][WORD_BYTES]; /**< those before it, newest last */
    unsigned length;
};

/** Goes to the next word; false at the end. Begin with content and size set and all else zero. */
bool words_next(struct words *words);

/** The word `back` places before the current one (0: right before it), or "". */
const char *words_operand(const struct words *words, unsigned back);
/** Reads a word as a number. */
bool words_number(const char *word, double *ret_number);
/** Whether the three operands that end `back` places before the current word are one and the same
 * number. */
bool words_equal_three(const struct words *words, unsigned back);
/** How many numbers stand before the current word, up to WORDS_KEPT. */
unsigned words_numbers(const struct words *words);

#endif

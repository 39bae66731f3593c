/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What text people may put into the store. */
#ifndef DAEMON_STORE_TEXT_H
#define DAEMON_STORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * True when `text` is one line that reads as it is written: valid UTF-8 (RFC 3629), of
 * characters_min to characters_max characters and less than size bytes, without characters that
 * cannot be seen or that reorder others (controls C0, DEL and C1, line and paragraph separators,
 * directional marks, zero-width ones, U+FEFF), and with no space at its ends. NULL is not text.
 */
bool text_is_line(const char *text, size_t characters_min, size_t characters_max, size_t size);

/** True when `text` is of 1 to size − 1 characters, all of which stand in `allowed`. */
bool text_is_of(const char *text, const char *allowed, size_t size);

#define TEXT_DIGITS "0123456789"
#define TEXT_LOWER  "abcdefghijklmnopqrstuvwxyz"
#define TEXT_UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#endif

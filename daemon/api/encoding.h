/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Text that comes from outside: UTF-8, percent-encoding. Pure. */
#ifndef DAEMON_API_ENCODING_H
#define DAEMON_API_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

/** True when the bytes are UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing
 * above U+10FFFF. */
bool utf8_valid(const char *text, size_t length);

/** True when a byte below 0x20, or 0x7f, is among them. */
bool utf8_has_control(const char *text, size_t length);

/** The length of the longest prefix of valid UTF-8 that has at most `limit` bytes and ends with a
 * whole character. */
size_t utf8_cut(const char *text, size_t length, size_t limit);

/**
 * Decodes percent-encoding (RFC 3986 §2.1). Refuses incomplete or wrong escapes, an escaped NUL,
 * what is not UTF-8, and what does not fit.
 *
 * @param buffer  gets the text and its NUL; may be `text` itself
 * @return false when refused; the buffer's contents are then undefined
 */
bool percent_decode(const char *text, size_t length, char *buffer, size_t size);

/** Encodes everything but unreserved characters (RFC 3986 §2.3). False when it does not fit. */
bool percent_encode(const char *text, char *buffer, size_t size);

/**
 * Writes a text with its places {a} and {b} filled in.
 *
 * @param buffer  always terminated, cut at a whole character
 * @return the length written
 */
size_t fill_places(const char *text, const char *a, const char *b, char *buffer, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Numbers as digits, without what printf() spends on finding out what is wanted. */
#ifndef DAEMON_DOCUMENT_STAMP_DIGITS_H
#define DAEMON_DOCUMENT_STAMP_DIGITS_H

#include <stddef.h>
#include <stdint.h>

enum { DIGITS_BYTES = 24 }; /**< room for any of them */

/** Decimal digits, at least `width` of them with zeros in front, no NUL; returns their number. */
size_t digits_number(uint64_t number, unsigned width, char ret_digits[DIGITS_BYTES]);
/** A length as a real of PDF (ISO 32000-1 §7.3.3), rounded to hundredths; |length| below 1e15. */
size_t digits_length(double length, char ret_digits[DIGITS_BYTES]);

#endif

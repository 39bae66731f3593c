/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-digits.h"

#include <math.h>
#include <string.h>

size_t digits_number(uint64_t number, unsigned width, char ret_digits[DIGITS_BYTES])
{
    char backwards[DIGITS_BYTES];
    size_t length = 0;

    do {
        backwards[length++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || length < width);
    for (size_t i = 0; i < length; i++) {
        ret_digits[i] = backwards[length - 1 - i];
    }
    return length;
}

size_t digits_length(double length, char ret_digits[DIGITS_BYTES])
{
    int64_t hundredths = llround(length * 100);
    uint64_t value = hundredths < 0 ? (uint64_t)-hundredths : (uint64_t)hundredths;
    size_t at = 0;

    if (hundredths < 0) {
        ret_digits[at++] = '-';
    }
    at += digits_number(value / 100, 1, ret_digits + at);
    if (value % 100 != 0) {
        char part[DIGITS_BYTES];

        digits_number(value % 100, 2, part);
        ret_digits[at++] = '.';
        ret_digits[at++] = part[0];
        ret_digits[at] = part[1];
        at += part[1] != '0';
    }
    return at;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/quota.h"

#include <stdio.h>

enum { YEAR_MIN = 1970, YEAR_MAX = 9999 };

/* What would overflow stays at the end of the range it would pass. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) {
        return sum;
    }
    return b < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t subtract(int64_t a, int64_t b)
{
    int64_t difference;
    if (!__builtin_sub_overflow(a, b, &difference)) {
        return difference;
    }
    return b < 0 ? INT64_MAX : INT64_MIN;
}

int64_t policy_balance_available(const struct policy_balance *balance)
{
    return subtract(add(balance->allotted, balance->granted),
                    add(balance->reserved, balance->used));
}

enum policy_quota_warning policy_balance_warning(const struct policy_balance *balance)
{
    const int64_t all = add(balance->allotted, balance->granted);
    const int64_t taken = add(balance->reserved, balance->used);
    if (all <= 0) {
        return POLICY_QUOTA_CALM;
    }
    if (taken >= all) {
        return POLICY_QUOTA_REACHED;
    }
    /* all − all / 5 is four fifths, rounded up. */
    return taken >= all - all / 5 ? POLICY_QUOTA_NEAR : POLICY_QUOTA_CALM;
}

int64_t policy_balance_percent(const struct policy_balance *balance)
{
    const int64_t all = add(balance->allotted, balance->granted);
    const int64_t taken = add(balance->reserved, balance->used);
    int64_t hundredfold;
    if (all <= 0) {
        return 0;
    }
    if (__builtin_mul_overflow(taken, 100, &hundredfold)) {
        return all < 100 ? INT64_MAX : taken / (all / 100);
    }
    return hundredfold / all;
}

bool policy_month_format(int year, int month, char ret_month[POLICY_MONTH_BYTES])
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12) {
        return false;
    }
    snprintf(ret_month, POLICY_MONTH_BYTES, "%04d-%02d", year, month);
    return true;
}

/* The number in `length` digits, or -1. */
static int digits(const char *text, int length)
{
    int number = 0;
    for (int i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

bool policy_month_valid(const char *text)
{
    if (!text || digits(text, 4) < YEAR_MIN || text[4] != '-') {
        return false;
    }
    const int month = digits(text + 5, 2);
    return month >= 1 && month <= 12 && text[7] == '\0';
}

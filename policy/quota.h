/* SPDX-License-Identifier: GPL-2.0-or-later */
/** An account's balance in sheets, and which month a moment belongs to. Pure. */
#ifndef POLICY_QUOTA_H
#define POLICY_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/** Sums over the ledger of one (department, month), in sheets. */
struct policy_balance {
    int64_t allotted; /**< Σ allot + adjust */
    int64_t granted;  /**< Σ grant */
    int64_t reserved; /**< Σ reservations not yet settled or voided */
    int64_t used;     /**< Σ settled */
};

/**
 * allotted + granted − reserved − used. The ledger keeps it ≥ 0. Sums beyond 64 bits stay at the
 * end of the range, never in favour of printing.
 */
int64_t policy_balance_available(const struct policy_balance *balance);

/** How near an account is to its end. */
enum policy_quota_warning {
    POLICY_QUOTA_CALM,    /**< less than 80 % used or reserved, or nothing was ever allotted */
    POLICY_QUOTA_NEAR,    /**< at least 80 % */
    POLICY_QUOTA_REACHED, /**< all of it */
    POLICY_QUOTA_WARNINGS
};
enum policy_quota_warning policy_balance_warning(const struct policy_balance *balance);
/** Hundredths of what was allotted and granted that are used or reserved, rounded down; 0 when
 * nothing was. */
int64_t policy_balance_percent(const struct policy_balance *balance);

enum { POLICY_MONTH_BYTES = 8 };
/** "YYYY-MM" of a broken-down local date. year 1970–9999, month 1–12; false when out of range,
 * *ret_month untouched. */
bool policy_month_format(int year, int month, char ret_month[POLICY_MONTH_BYTES]);
/** True when text is "YYYY-MM" with a month 01–12 and a year 1970–9999, nothing else. */
bool policy_month_valid(const char *text);

#endif

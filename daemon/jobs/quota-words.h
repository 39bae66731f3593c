/* SPDX-License-Identifier: GPL-2.0-or-later */
/** An account that is nearly or quite used up, in words. */
#ifndef DAEMON_JOBS_QUOTA_WORDS_H
#define DAEMON_JOBS_QUOTA_WORDS_H

#include <stddef.h>

#include "policy/quota.h"
#include "policy/words.h"

/**
 * Writes how much of a department's sheets is used or reserved: "83 % of the sheets of 教务处 for
 * 2026-11 are used or reserved; 17 are left."
 *
 * @param buffer  always terminated; "" when policy_balance_warning() has nothing to say
 */
void quota_warning_words(const struct policy_balance *balance, const char *department,
                         const char *month, enum policy_language language, char *buffer,
                         size_t size);

/** What to do about it; static. */
const char *quota_warning_action(enum policy_language language);

#endif

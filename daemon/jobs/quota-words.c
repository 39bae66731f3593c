/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/quota-words.h"

#include <inttypes.h>
#include <stdio.h>

void quota_warning_words(const struct policy_balance *balance, const char *department,
                         const char *month, enum policy_language language, char *buffer,
                         size_t size)
{
    const int64_t percent = policy_balance_percent(balance);
    const int64_t left = policy_balance_available(balance);
    char words[POLICY_MONTH_WORDS_BYTES];

    policy_month_words(month, language, words);
    buffer[0] = '\0';
    if (policy_balance_warning(balance) == POLICY_QUOTA_CALM) {
        return;
    }
    if (language == POLICY_CHINESE) {
        snprintf(buffer, size, "%s%s用纸额度已使用或预留%" PRId64 "%%，还剩%" PRId64 "张。",
                 department, words, percent, left);
    } else {
        snprintf(buffer, size,
                 "%" PRId64 " %% of the sheets of %s for %s are used or reserved; %" PRId64
                 " %s left.",
                 percent, department, words, left, left == 1 ? "is" : "are");
    }
}

const char *quota_warning_action(enum policy_language language)
{
    return language == POLICY_CHINESE
               ? "如需更多，请联系办公室主任追加（printroom quota grant）。"
               : "If more is needed, ask the office director (printroom quota grant).";
}

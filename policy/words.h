/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Findings in words, in the person's language. Every sentence says what was found, with its numbers, and what to do.
 */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include <stddef.h>

#include "policy/decide.h"

enum policy_language { POLICY_ENGLISH, POLICY_CHINESE, POLICY_LANGUAGES };

/** Language of a tag as in LANG or Accept-Language ("zh_CN.UTF-8", "zh-CN,zh;q=0.9,en;q=0.8"); English when unknown. */
enum policy_language policy_language_parse(const char *tag);

/** Names a sentence needs; any may be NULL or "". */
struct policy_names {
    const char *person;     /**< login or full name as the sender is known */
    const char *department; /**< full name, e.g. "教务处" */
    const char *month;      /**< "YYYY-MM" */
};

/**
 * Writes one finding as a sentence ("needs 12 sheets, 5 left in 教务处 for 2026-11; ask the director …").
 *
 * @param buffer,size  always terminated, cut at a whole UTF-8 character
 * @return the length the whole sentence has, as snprintf
 */
size_t policy_finding_words(const struct policy_settings *settings, const struct policy_finding *finding,
                            const struct policy_names *names, enum policy_language language, char *buffer,
                            size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Findings in words, in the person's language. Every sentence says what was found, with its
 * numbers, and what to do.
 */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include <stddef.h>

#include "policy/decide.h"

enum policy_language { POLICY_ENGLISH, POLICY_CHINESE, POLICY_LANGUAGES };

/**
 * Language of a tag as in LANG, LANGUAGE or Accept-Language ("zh_CN.UTF-8", "zh:en",
 * "zh-CN,zh;q=0.9,en;q=0.8"): of those it names the one with the highest weight (RFC 9110 §12.4.2),
 * the first of equals. English when it names none, or is NULL.
 */
enum policy_language policy_language_parse(const char *tag);

enum { POLICY_MONTH_WORDS_BYTES = 32 };
/** A month as it is written: "November 2026", "2026年11月".
 *  @param month  "YYYY-MM"; what is none is given as it came, cut to the buffer */
void policy_month_words(const char *month, enum policy_language language,
                        char ret_words[POLICY_MONTH_WORDS_BYTES]);

/**
 * Names a sentence needs; any may be NULL or "". They may come from anywhere: control characters,
 * direction overrides and bytes that are no UTF-8 are replaced, so that a name cannot end the line
 * it stands in.
 */
struct policy_names {
    const char *person;     /**< login or full name as the sender is known */
    const char *department; /**< full name, e.g. "教务处" */
    const char *month;      /**< "YYYY-MM" */
    const char *earlier;    /**< id of the earlier job with the same document */
};

/**
 * Writes one finding as a sentence ("12 sheets are needed; 教务处 has 5 left for November 2026. …
 * Ask the office director …"): what was found; when it holds or refuses the job also that, what to
 * do, and whether to send the job again. One line.
 *
 * @param names  NULL when none is known
 * @param buffer,size  always terminated (unless size is 0), cut at a whole UTF-8 character
 * @return the length the whole sentence has, as snprintf
 */
size_t policy_finding_words(const struct policy_settings *settings,
                            const struct policy_finding *finding, const struct policy_names *names,
                            enum policy_language language, char *buffer, size_t size);

/** Writes the outcome in one line: outcome, sheets (unless refused) and level. Buffer and return
 * value as above. */
size_t policy_decision_summary_words(const struct policy_settings *settings,
                                     const struct policy_decision *decision,
                                     enum policy_language language, char *buffer, size_t size);

#endif

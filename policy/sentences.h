/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The sentences themselves, as templates (template.h); inside policy/ only. Names a template may
 * use:
 *
 *  person, department, month   as handed in, or words for "this person" and the like
 *  earlier                     the id of the earlier job with the same document, or "unknown"
 *  pages, copies, sheets,
 *  minutes, used               the finding's number a
 *  limit, left                 the finding's number b
 *  missing                     a − b
 *  level, label                the names of the levels of rank a and b
 *  now, begins                 the minutes of the week a and b as day and time
 *  holds                       in a summary: how many reasons hold the job
 */
#ifndef POLICY_SENTENCES_H
#define POLICY_SENTENCES_H

#include "policy/decide.h"
#include "policy/words.h"

struct policy_sentence {
    const char *found[POLICY_LANGUAGES];  /**< what the rule saw */
    const char *advice[POLICY_LANGUAGES]; /**< what to do about it; NULL: the usual */
};

/** What an effect adds around the advice, and the summary of a decision with that outcome. */
struct policy_effect_words {
    const char *before[POLICY_LANGUAGES];
    const char *after[POLICY_LANGUAGES];
    const char *summary[POLICY_LANGUAGES];
};

/** Words where nothing is known, the usual advice, and what stands between two sentences. */
struct policy_language_words {
    const char *person, *department, *month, *level, *earlier;
    const char *days[7]; /**< from Monday */
    const char *advice, *space;
};

/** The sentence for what this finding found; its rule must be in range. */
const struct policy_sentence *policy_sentence_find(const struct policy_finding *finding);

extern const struct policy_effect_words policy_effect_words[POLICY_REFUSE + 1];
extern const struct policy_language_words policy_language_words[POLICY_LANGUAGES];

#endif

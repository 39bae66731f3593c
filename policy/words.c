/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/words.h"

#include <stdio.h>
#include <string.h>

#include "policy/sentences.h"
#include "policy/template.h"

enum { WEIGHT_FULL = 1000 };

/* True when the tag's first part (up to '-', '_', '.' …) is this language's code of two letters. */
static bool tag_is(const char *tag, size_t length, const char *code)
{
    return length >= 2 && (tag[0] | 0x20) == code[0] && (tag[1] | 0x20) == code[1] &&
           (length == 2 || strchr("-_.@; \t", tag[2]));
}

/* The weight of an Accept-Language item in thousandths; what is no weight weighs nothing. */
static int tag_weight(const char *tag, size_t length)
{
    const char *at = memchr(tag, ';', length);
    const char *const end = tag + length;
    if (!at) {
        return WEIGHT_FULL;
    }
    at++;
    at += strspn(at, " \t");
    if (end - at < 3 || (at[0] | 0x20) != 'q' || at[1] != '=' || (at[2] != '0' && at[2] != '1')) {
        return 0;
    }
    int weight = (at[2] - '0') * WEIGHT_FULL;
    int unit = WEIGHT_FULL / 10;
    if (end - at > 3 && at[3] == '.') {
        for (at += 4; at < end && *at >= '0' && *at <= '9'; at++) {
            weight += (*at - '0') * unit;
            unit /= 10;
        }
    }
    return weight < WEIGHT_FULL ? weight : WEIGHT_FULL;
}

enum policy_language policy_language_parse(const char *tag)
{
    static const char *const codes[] = {[POLICY_ENGLISH] = "en", [POLICY_CHINESE] = "zh"};
    _Static_assert(sizeof codes / sizeof codes[0] == POLICY_LANGUAGES, "a code for every language");
    enum policy_language best = POLICY_ENGLISH;
    int best_weight = 0;
    while (tag && *tag) {
        tag += strspn(tag, " \t,:");
        const size_t length = strcspn(tag, ",:");
        for (int i = 0; i < POLICY_LANGUAGES; i++) {
            if (tag_is(tag, length, codes[i]) && tag_weight(tag, length) > best_weight) {
                best = (enum policy_language)i;
                best_weight = tag_weight(tag, length);
            }
        }
        tag += length;
    }
    return best;
}

static const char *or_else(const char *name, const char *fallback)
{
    return name && *name ? name : fallback;
}

static const char *level_name(const struct policy_ladder *ladder, int64_t rank,
                              enum policy_language language)
{
    if (rank < 0 || rank >= POLICY_LEVELS_MAX || (size_t)rank >= ladder->levels) {
        return policy_language_words[language].level;
    }
    const struct policy_level *level = &ladder->level[rank];
    return or_else(language == POLICY_CHINESE ? level->name_zh : level->name_en, level->id);
}

void policy_month_words(const char *month, enum policy_language language,
                        char ret_words[POLICY_MONTH_WORDS_BYTES])
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

    if (!policy_month_valid(month)) {
        snprintf(ret_words, POLICY_MONTH_WORDS_BYTES, "%s", month);
        return;
    }
    int number = (month[5] - '0') * 10 + month[6] - '0';

    if (language == POLICY_CHINESE) {
        snprintf(ret_words, POLICY_MONTH_WORDS_BYTES, "%.4s年%d月", month, number);
    } else {
        snprintf(ret_words, POLICY_MONTH_WORDS_BYTES, "%s %.4s", names[number - 1], month);
    }
}

/* What is no month is shown as it came. */
static const char *month_words(const char *month, enum policy_language language,
                               char buffer[POLICY_MONTH_WORDS_BYTES])
{
    if (month == NULL || !policy_month_valid(month)) {
        return or_else(month, policy_language_words[language].month);
    }
    policy_month_words(month, language, buffer);
    return buffer;
}

enum { TIME_WORDS_BYTES = 32 };

/* A minute of the week as day and time: 周一 08:30. */
static const char *time_words(int64_t minute, const struct policy_language_words *words,
                              char buffer[TIME_WORDS_BYTES])
{
    enum { DAY_MINUTES = 24 * 60 };
    if (minute < 0 || minute >= POLICY_WEEK_MINUTES) {
        return words->level;
    }
    const unsigned of_day = (unsigned)(minute % DAY_MINUTES);
    snprintf(buffer, TIME_WORDS_BYTES, "%s %02u:%02u", words->days[minute / DAY_MINUTES],
             of_day / 60, of_day % 60);
    return buffer;
}

/* a − b for a > b ≥ 0 as findings have it; at the end of the range where a broken one would
 * overflow. */
static int64_t difference(int64_t a, int64_t b)
{
    int64_t result;
    return __builtin_sub_overflow(a, b, &result) ? INT64_MAX : result;
}

static enum policy_language known_language(enum policy_language language)
{
    return (unsigned)language < POLICY_LANGUAGES ? language : POLICY_ENGLISH;
}

/* Appends one more sentence, with what the language puts between two. */
static void append_sentence(struct policy_text *text, const char *template,
                            const struct policy_value *values, enum policy_language language)
{
    if (!*template) {
        return;
    }
    if (text->length) {
        policy_text_fill(text, policy_language_words[language].space, values);
    }
    policy_text_fill(text, template, values);
}

size_t policy_finding_words(const struct policy_settings *settings,
                            const struct policy_finding *finding, const struct policy_names *names,
                            enum policy_language language, char *buffer, size_t size)
{
    static const struct policy_names nobody;
    struct policy_text text;
    policy_text_begin(&text, buffer, size);
    if ((unsigned)finding->rule >= POLICY_RULES || (unsigned)finding->effect > POLICY_REFUSE) {
        return 0;
    }
    language = known_language(language);
    names = names ? names : &nobody;
    const struct policy_language_words *words = &policy_language_words[language];
    char month[POLICY_MONTH_WORDS_BYTES];
    char now[TIME_WORDS_BYTES];
    char begins[TIME_WORDS_BYTES];
    const struct policy_value values[] = {
        {.name = "person", .string = or_else(names->person, words->person)},
        {.name = "department", .string = or_else(names->department, words->department)},
        {.name = "month", .string = month_words(names->month, language, month)},
        {.name = "level", .string = level_name(&settings->ladder, finding->a, language)},
        {.name = "label", .string = level_name(&settings->ladder, finding->b, language)},
        {.name = "earlier", .string = or_else(names->earlier, words->earlier)},
        {.name = "now", .string = time_words(finding->a, words, now)},
        {.name = "begins", .string = time_words(finding->b, words, begins)},
        {.name = "minutes", .number = finding->a},
        {.name = "used", .number = finding->a},
        {.name = "pages", .number = finding->a},
        {.name = "copies", .number = finding->a},
        {.name = "sheets", .number = finding->a},
        {.name = "limit", .number = finding->b},
        {.name = "left", .number = finding->b},
        {.name = "missing", .number = difference(finding->a, finding->b)},
        {.name = NULL},
    };
    const struct policy_sentence *sentence = policy_sentence_find(finding);
    const struct policy_effect_words *effect = &policy_effect_words[finding->effect];
    append_sentence(&text, sentence->found[language], values, language);
    if (finding->effect != POLICY_PRINT) {
        append_sentence(&text, effect->before[language], values, language);
        append_sentence(&text, or_else(sentence->advice[language], words->advice), values,
                        language);
        append_sentence(&text, effect->after[language], values, language);
    }
    return text.length;
}

size_t policy_decision_summary_words(const struct policy_settings *settings,
                                     const struct policy_decision *decision,
                                     enum policy_language language, char *buffer, size_t size)
{
    struct policy_text text;
    policy_text_begin(&text, buffer, size);
    if ((unsigned)decision->outcome > POLICY_REFUSE) {
        return 0;
    }
    language = known_language(language);
    const uint64_t sheets = decision->cost.sheets;
    const struct policy_value values[] = {
        {.name = "sheets", .number = sheets > INT64_MAX ? INT64_MAX : (int64_t)sheets},
        {.name = "holds", .number = __builtin_popcount(decision->holds)},
        {.name = "level", .string = level_name(&settings->ladder, decision->level, language)},
        {.name = NULL},
    };
    policy_text_fill(&text, policy_effect_words[decision->outcome].summary[language], values);
    return text.length;
}

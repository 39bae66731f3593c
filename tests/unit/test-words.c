/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <inttypes.h>
#include <locale.h>

#include "policy/template.h"
#include "policy/words.h"

enum { WORDS_BYTES = 2048, EFFECTS = POLICY_REFUSE + 1 };

static const struct policy_names names = {
    .person = "wang", .department = "教务处", .month = "2026-01", .earlier = "2026-01-000009"};

static struct policy_settings settings;

/* The C library as judge of what is UTF-8. */
static bool is_utf8(const char *text)
{
    return mbstowcs(NULL, text, 0) != (size_t)-1;
}

static int set_up(void **state)
{
    (void)state;
    policy_settings_default(&settings);
    return setlocale(LC_ALL, "C.UTF-8") && is_utf8("机密") && !is_utf8("\xE6\x9C") ? 0 : -1;
}

static bool has_chinese(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0xE3) {
            return true;
        }
    }
    return false;
}

/* The number stands in the text by itself, not as a part of another. */
static bool has_number(const char *text, int64_t number)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    for (const char *at = text; (at = strstr(at, digits)); at++) {
        const char before = at == text ? ' ' : at[-1];
        if ((before < '0' || before > '9') && (at[length] < '0' || at[length] > '9')) {
            return true;
        }
    }
    return false;
}

static void expect_part(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("'%s' is missing in: %s", part, text);
    }
}

/* Writes the sentence to a buffer of its exact size, where a sanitizer sees a byte too many. */
static char *words_of(const struct policy_finding *finding, const struct policy_names *who,
                      enum policy_language language)
{
    char first[WORDS_BYTES];
    const size_t length =
        policy_finding_words(&settings, finding, who, language, first, sizeof first);
    assert_true(length > 0 && length < sizeof first);
    assert_int_equal(strlen(first), length);
    char *text = malloc(length + 1);
    assert_non_null(text);
    assert_int_equal(policy_finding_words(&settings, finding, who, language, text, length + 1),
                     length);
    assert_string_equal(text, first);
    return text;
}

/* What must be said of a finding of each rule: numbers of sheets, pages, copies; names of levels.
 */
static const struct {
    int64_t a, b;
    bool number_a, number_b, level_a, level_b;
} samples[] = {
    [POLICY_RULE_PERSON_KNOWN] = {.a = POLICY_PERSON_UNKNOWN},
    [POLICY_RULE_PAGES_MAX] = {6001, 5003, .number_a = true, .number_b = true},
    [POLICY_RULE_COPIES_MAX] = {217, 203, .number_a = true, .number_b = true},
    [POLICY_RULE_SHEETS_MAX] = {907, 809, .number_a = true, .number_b = true},
    [POLICY_RULE_LEVEL_LABEL] = {3, 3, .level_a = true},
    [POLICY_RULE_LEVEL_MARKS] = {4, 2, .level_a = true, .level_b = true},
    [POLICY_RULE_LEVEL_PEOPLE] = {2, 0, .level_a = true},
    [POLICY_RULE_LEVEL_APPROVAL] = {4, POLICY_APPROVAL_EXTERNAL, .level_a = true},
    [POLICY_RULE_LEVEL_SUPERVISED] = {3, 0, .level_a = true},
    [POLICY_RULE_DUPLEX_FORCED] = {31, 11, .number_a = true, .number_b = true},
    [POLICY_RULE_GRAYSCALE_FORCED] = {37, 13, .number_a = true, .number_b = true},
    [POLICY_RULE_COPIES_ELECTRONIC] = {41, 17, .number_a = true, .number_b = true},
    [POLICY_RULE_URGENT_ALLOWED] = {7, 3, .number_a = true, .number_b = true},
    [POLICY_RULE_DUPLICATE] = {.a = 43, .b = 61},
    [POLICY_RULE_HOURS] = {.a = 1111, .b = 1920},
    [POLICY_RULE_QUOTA_AVAILABLE] = {1207, 519, .number_a = true, .number_b = true},
    [POLICY_RULE_QUOTA_PERSON] = {1207, 519, .number_a = true, .number_b = true},
};
_Static_assert(sizeof samples / sizeof samples[0] == POLICY_RULES, "a sample for every rule");

static const char *name_of(int64_t rank, enum policy_language language)
{
    const struct policy_level *level = &settings.ladder.level[rank];
    return language == POLICY_CHINESE ? level->name_zh : level->name_en;
}

/* Found, then that it is held or refused, then whom to ask, then whether to send it again. */
static void check_effect(const char *text, enum policy_rule rule, enum policy_outcome effect,
                         enum policy_language language)
{
    /* Who can help: accounts are the administrator's, duplicates the sender's own, releases a
     * supervisor's, all else the director's. */
    static const char *const helpers[][POLICY_LANGUAGES] = {
        {"office director", "办公室主任"},
        {"system administrator", "系统管理员"},
        {"printroom confirm JOB", "printroom confirm 作业号"},
        {"Ask a supervisor", "联系监印人员"},
    };
    const int helper = rule == POLICY_RULE_PERSON_KNOWN       ? 1
                       : rule == POLICY_RULE_DUPLICATE        ? 2
                       : rule == POLICY_RULE_LEVEL_SUPERVISED ? 3
                                                              : 0;
    static const char *const parts[EFFECTS][POLICY_LANGUAGES][2] = {
        [POLICY_HOLD] = {{"The job is held.", "no need to send"}, {"作业已挂起", "无需重新提交"}},
        [POLICY_REFUSE] = {{"The job is refused.", "send the job again"},
                           {"作业未被受理", "重新提交"}},
    };

    if (effect == POLICY_PRINT) {
        assert_null(strstr(text, "director"));
        assert_null(strstr(text, "administrator"));
        assert_null(strstr(text, "主任"));
        assert_null(strstr(text, "The job is"));
        assert_null(strstr(text, "printroom "));
        return;
    }
    for (int i = 0; i < 2; i++) {
        expect_part(text, parts[effect][language][i]);
    }
    expect_part(text, helpers[helper][language]);
}

static void test_every_sentence(void **state)
{
    (void)state;
    for (int rule = 0; rule < POLICY_RULES; rule++) {
        for (int i = 0; i < EFFECTS * POLICY_LANGUAGES; i++) {
            const enum policy_outcome effect = (enum policy_outcome)(i % EFFECTS);
            const enum policy_language language = (enum policy_language)(i / EFFECTS);
            /* What has no objection found less than the limit. */
            const bool swap = effect == POLICY_PRINT && samples[rule].number_a;
            const struct policy_finding finding = {
                .rule = (enum policy_rule)rule,
                .effect = effect,
                .a = swap ? samples[rule].b : samples[rule].a,
                .b = swap ? samples[rule].a : samples[rule].b,
            };
            char *text = words_of(&finding, &names, language);
            if (strpbrk(text, "{}|\n") || !is_utf8(text)) {
                fail_msg("not a sentence: %s", text);
            }
            assert_false(samples[rule].number_a && !has_number(text, finding.a));
            assert_false(samples[rule].number_b && !has_number(text, finding.b));
            if (samples[rule].level_a) {
                expect_part(text, name_of(finding.a, language));
            }
            if (samples[rule].level_b) {
                expect_part(text, name_of(finding.b, language));
            }
            check_effect(text, finding.rule, effect, language);
            free(text);
        }
    }
}

/* Every case of every rule, word for word. */
static void test_word_for_word(void **state)
{
    (void)state;
    static const struct {
        struct policy_finding finding;
        const char *text[POLICY_LANGUAGES];
    } rows[] = {
#define FINDING(rule, effect, a, b)                                                                \
    {                                                                                              \
        POLICY_RULE_##rule, POLICY_##effect, 0, a, b                                               \
    }
#include "tests/unit/words-expected.inc"
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int language = 0; language < POLICY_LANGUAGES; language++) {
            char *text = words_of(&rows[i].finding, &names, (enum policy_language)language);
            assert_string_equal(text, rows[i].text[language]);
            free(text);
        }
    }
}

static void test_template(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"plain", "plain"},
        {"{one}{many}{name}", "17机密"},
        {"{one?sheet|sheets} {many?sheet|sheets}", "sheet sheets"},
        {"{one?张|份}{many?|页}", "张页"},
        {"{on} {oned} {} {?a|b}", "{on} {oned} {} {?a|b}"},
        {"{one?sheet}", "{one?sheet}"},
        {"a } b { c", "a } b { c"},
        {"{", "{"},
        {"{{one}", "{{one}"},
    };
    const struct policy_value values[] = {
        {.name = "one", .number = 1},
        {.name = "many", .number = 7},
        {.name = "name", .string = "机密"},
        {.name = NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buffer[WORDS_BYTES];
        struct policy_text text;
        policy_text_begin(&text, buffer, sizeof buffer);
        policy_text_fill(&text, rows[i][0], values);
        assert_string_equal(buffer, rows[i][1]);
        assert_int_equal(text.length, strlen(rows[i][1]));
    }
}

/* Nobody's name is known: the sentence stands nevertheless. */
static void test_without_names(void **state)
{
    (void)state;
    static const struct policy_names empty = {.person = "", .department = "", .month = ""};
    const struct policy_finding quota = {POLICY_RULE_QUOTA_AVAILABLE, POLICY_PRINT, 0, 1, 3};
    const struct policy_finding person = {POLICY_RULE_PERSON_KNOWN, POLICY_PRINT, 0,
                                          POLICY_PERSON_UNKNOWN, 0};
    for (int i = 0; i < 2; i++) {
        const struct policy_names *who = i ? &empty : NULL;
        char *text = words_of(&quota, who, POLICY_ENGLISH);
        assert_string_equal(text,
                            "1 sheet (A4) is needed; the department has 3 left for this month.");
        free(text);
        text = words_of(&quota, who, POLICY_CHINESE);
        assert_string_equal(text, "本次需用纸1张（折合A4），本部门本月额度还剩3张。");
        free(text);
        text = words_of(&person, who, POLICY_ENGLISH);
        assert_string_equal(text, "No registration was found for this person.");
        free(text);
        text = words_of(&person, who, POLICY_CHINESE);
        assert_string_equal(text, "没有查到该用户的登记信息。");
        free(text);
    }
}

/* A month that is none is shown as it came, and December is not 1月2. */
static void test_months(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"2026-12", "2026年12月", "for December 2026"},
        {"2026-10", "2026年10月", "for October 2026"},
        {"2026-09", "2026年9月", "for September 2026"},
        {"2026-13", "2026-13", "for 2026-13"},
        {"soon", "soon", "for soon"},
    };
    const struct policy_finding finding = {POLICY_RULE_QUOTA_AVAILABLE, POLICY_PRINT, 0, 1, 3};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct policy_names who = {.department = "总务处", .month = rows[i][0]};
        char expected[128];
        snprintf(expected, sizeof expected, "总务处%s额度", rows[i][1]);
        char *text = words_of(&finding, &who, POLICY_CHINESE);
        expect_part(text, expected);
        free(text);
        text = words_of(&finding, &who, POLICY_ENGLISH);
        expect_part(text, rows[i][2]);
        free(text);
    }
}

/* A name cannot end the line, steer a terminal, or be a template. */
static void test_hostile_names(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"wang\nERROR: x", "wang\uFFFDERROR: x"},
        {"a\x1B[2Jb", "a\uFFFD[2Jb"},
        {"a\x7F\tb", "a\uFFFD\uFFFDb"},
        {"a\xC2\x85z", "a\uFFFDz"},
        {"a\u202Eb\u202C", "a\uFFFDb\uFFFD"},
        {"a\u2066b\u2069\u200B", "a\uFFFDb\uFFFD\uFFFD"},
        {"\xFF\xFEz", "\uFFFD\uFFFDz"},
        {"\xC0\x80z", "\uFFFD\uFFFDz"},
        {"\xE4\xB8", "\uFFFD\uFFFD"},
        {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        {"\xE0\x80\x80", "\uFFFD\uFFFD\uFFFD"},
        {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"\xF0\x9F\x96\xA8", "\xF0\x9F\x96\xA8"},
        {"王小明", "王小明"},
        {"{level}", "{level}"},
        {"%s%n", "%s%n"},
    };
    const struct policy_finding finding = {POLICY_RULE_PERSON_KNOWN, POLICY_PRINT, 0,
                                           POLICY_PERSON_UNKNOWN, 0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct policy_names who = {.person = rows[i][0]};
        char expected[128];
        snprintf(expected, sizeof expected, "No registration was found for %s.", rows[i][1]);
        char *text = words_of(&finding, &who, POLICY_ENGLISH);
        assert_string_equal(text, expected);
        free(text);
    }
}

/* Every size of buffer holds whole characters of the sentence, and as many as fit. */
static void check_cuts(const struct policy_finding *finding, enum policy_language language)
{
    char *text = words_of(finding, &names, language);
    const size_t length = strlen(text);
    assert_int_equal(policy_finding_words(&settings, finding, &names, language, NULL, 0), length);
    for (size_t size = 1; size <= length + 2; size++) {
        char *cut = malloc(size);
        assert_non_null(cut);
        memset(cut, 0xA5, size);
        assert_int_equal(policy_finding_words(&settings, finding, &names, language, cut, size),
                         length);
        assert_non_null(memchr(cut, '\0', size));
        const size_t kept = strlen(cut);
        assert_memory_equal(cut, text, kept);
        assert_true(is_utf8(cut));
        /* The next character was left out because it would not fit. */
        size_t next = kept < length ? 1 : 0;
        while (next && ((unsigned char)text[kept + next] & 0xC0) == 0x80) {
            next++;
        }
        assert_true(kept == length || kept + next + 1 > size);
        free(cut);
    }
    free(text);
}

static void test_cuts(void **state)
{
    (void)state;
    for (int rule = 0; rule < POLICY_RULES; rule++) {
        const struct policy_finding finding = {(enum policy_rule)rule, POLICY_HOLD, 0,
                                               samples[rule].a, samples[rule].b};
        check_cuts(&finding, POLICY_ENGLISH);
        check_cuts(&finding, POLICY_CHINESE);
    }
}

/* Findings no rule makes, as a broken database might bring them. */
static void test_out_of_range(void **state)
{
    (void)state;
    char text[WORDS_BYTES] = "before";
    const struct policy_finding wrong_rule = {POLICY_RULES, POLICY_PRINT, 0, 0, 0};
    assert_int_equal(
        policy_finding_words(&settings, &wrong_rule, &names, POLICY_ENGLISH, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(policy_finding_words(&settings, &wrong_rule, &names, POLICY_ENGLISH, NULL, 0),
                     0);
    const struct policy_finding wrong_effect = {POLICY_RULE_PAGES_MAX, (enum policy_outcome)3, 0, 0,
                                                0};
    strcpy(text, "before");
    assert_int_equal(
        policy_finding_words(&settings, &wrong_effect, &names, POLICY_ENGLISH, text, sizeof text),
        0);
    assert_string_equal(text, "");
    static const int64_t values[] = {INT64_MIN, -1, 0, 1, 7, INT64_MAX};
    for (int rule = 0; rule < POLICY_RULES; rule++) {
        for (int i = 0; i < 36; i++) {
            const struct policy_finding finding = {(enum policy_rule)rule, POLICY_HOLD, 0,
                                                   values[i / 6], values[i % 6]};
            for (int language = 0; language <= POLICY_LANGUAGES; language++) {
                free(words_of(&finding, &names, (enum policy_language)language));
            }
        }
    }
}

/* A level without a name is called by its id; one that does not exist is not invented. */
static void test_level_names(void **state)
{
    (void)state;
    struct policy_settings bare = settings;
    bare.ladder.level[3].name_en[0] = bare.ladder.level[3].name_zh[0] = '\0';
    const struct policy_finding finding = {POLICY_RULE_LEVEL_LABEL, POLICY_PRINT, 0, 3, 3};
    char text[WORDS_BYTES];
    policy_finding_words(&bare, &finding, NULL, POLICY_ENGLISH, text, sizeof text);
    assert_string_equal(text, "The job was sent as secret.");
    policy_finding_words(&bare, &finding, NULL, POLICY_CHINESE, text, sizeof text);
    assert_string_equal(text, "送印时选择的密级为“secret”。");
    const struct policy_finding beyond = {POLICY_RULE_LEVEL_LABEL, POLICY_PRINT, 0, 5, 5};
    policy_finding_words(&bare, &beyond, NULL, POLICY_ENGLISH, text, sizeof text);
    assert_string_equal(text, "The job was sent as unknown.");
}

static void test_summary(void **state)
{
    (void)state;
    static const struct {
        struct policy_decision decision;
        const char *text[POLICY_LANGUAGES];
    } rows[] = {
        {{.outcome = POLICY_PRINT, .level = 0, .cost = {1, 1, 1}},
         {"The job can be printed: 1 sheet (A4), level Public.",
          "作业可以打印：折合A4纸1张，密级“公开”。"}},
        {{.outcome = POLICY_HOLD, .holds = 6, .level = 3, .cost = {3, 9, 12}},
         {"The job is held for 2 reasons: 12 sheets (A4), level Secret.",
          "作业已挂起，有2项待处理：折合A4纸12张，密级“机密”。"}},
        {{.outcome = POLICY_HOLD, .holds = 8, .level = 3, .cost = {3, 9, 12}},
         {"The job is held for 1 reason: 12 sheets (A4), level Secret.",
          "作业已挂起，有1项待处理：折合A4纸12张，密级“机密”。"}},
        {{.outcome = POLICY_REFUSE, .level = 1},
         {"The job is refused: level Internal.", "作业未被受理：密级“内部”。"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int language = 0; language < POLICY_LANGUAGES; language++) {
            char text[WORDS_BYTES];
            const size_t length = policy_decision_summary_words(
                &settings, &rows[i].decision, (enum policy_language)language, text, sizeof text);
            assert_string_equal(text, rows[i].text[language]);
            assert_int_equal(length, strlen(text));
            assert_int_equal(policy_decision_summary_words(&settings, &rows[i].decision,
                                                           (enum policy_language)language, NULL, 0),
                             length);
        }
    }
}

static const struct {
    const char *tag;
    enum policy_language language;
} tags[] = {
    {NULL, POLICY_ENGLISH},
    {"", POLICY_ENGLISH},
    {"C", POLICY_ENGLISH},
    {"C.UTF-8", POLICY_ENGLISH},
    {"POSIX", POLICY_ENGLISH},
    {"en_GB.UTF-8", POLICY_ENGLISH},
    {"de_DE.UTF-8", POLICY_ENGLISH},
    {"zh", POLICY_CHINESE},
    {"zh_CN.UTF-8", POLICY_CHINESE},
    {"zh_CN", POLICY_CHINESE},
    {"ZH-cn", POLICY_CHINESE},
    {"zh-Hans-CN", POLICY_CHINESE},
    {"zh.GB18030", POLICY_CHINESE},
    {"zh@radical", POLICY_CHINESE},
    {"zho", POLICY_ENGLISH},
    {"zhx-CN", POLICY_ENGLISH},
    {"z", POLICY_ENGLISH},
    {"zh:en", POLICY_CHINESE},
    {"en:zh", POLICY_ENGLISH},
    {"de:zh:en", POLICY_CHINESE},
    {"zh-CN,zh;q=0.9,en;q=0.8", POLICY_CHINESE},
    {"en-US,en;q=0.9,zh;q=0.8", POLICY_ENGLISH},
    {"en;q=0.8, zh;q=0.9", POLICY_CHINESE},
    {"en;q=0.5,zh", POLICY_CHINESE},
    {"fr, zh;q=0.1", POLICY_CHINESE},
    {"zh;q=0, fr", POLICY_ENGLISH},
    {"en;q=0, zh;q=0.001", POLICY_CHINESE},
    {"en;q=0.25,zh;q=0.3", POLICY_CHINESE},
    {"zh;q=0.25,en;q=0.3", POLICY_ENGLISH},
    {"en ; q=0.1 , zh ; q=1.0", POLICY_CHINESE},
    {"en;q=0.9,zh;q=1.0", POLICY_CHINESE},
    {"en;q=1,zh;q=1.999", POLICY_ENGLISH},
    {"zh;q=x,en;q=0.1", POLICY_ENGLISH},
    {"zh;q=", POLICY_ENGLISH},
    {"zh;", POLICY_ENGLISH},
    {"zh;q=0.99999999999999999999", POLICY_CHINESE},
    {"*", POLICY_ENGLISH},
    {",,;;::", POLICY_ENGLISH},
    {",zh,", POLICY_CHINESE},
};

static void test_language(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (policy_language_parse(tags[i].tag) != tags[i].language) {
            fail_msg("'%s' was read wrongly", tags[i].tag ? tags[i].tag : "(null)");
        }
    }
}

/* No English words in a Chinese sentence and the other way round, names and commands apart. */
static void test_languages_apart(void **state)
{
    (void)state;
    for (int rule = 0; rule < POLICY_RULES; rule++) {
        const struct policy_finding finding = {(enum policy_rule)rule, POLICY_REFUSE, 0,
                                               samples[rule].a, samples[rule].b};
        char *english = words_of(&finding, NULL, POLICY_ENGLISH);
        char *chinese = words_of(&finding, NULL, POLICY_CHINESE);
        assert_false(has_chinese(english));
        assert_true(has_chinese(chinese));
        assert_null(strstr(chinese, "the "));
        assert_null(strstr(chinese, ". "));
        free(english);
        free(chinese);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_template),      cmocka_unit_test(test_every_sentence),
        cmocka_unit_test(test_word_for_word), cmocka_unit_test(test_without_names),
        cmocka_unit_test(test_months),        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_cuts),          cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_level_names),   cmocka_unit_test(test_summary),
        cmocka_unit_test(test_language),      cmocka_unit_test(test_languages_apart),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}

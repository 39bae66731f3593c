/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mark is a line that says nothing else: 机密, 机 密, 【绝密】, 机密★20年, 密级：秘密, TOP
 * SECRET, SECRET//NOFORN, *** CONFIDENTIAL ***. A sentence with the same word in it is none:
 * 保密工作, 秘密地, "the secretary", "Secret santa".
 *
 * Chosen way: a line is folded (full-width forms to ASCII, white space out, so that letter-spaced
 * marks close up), brackets and ornaments are taken off both ends, a label such as 密级： off the
 * front. What is left must then be a term of the table, alone or with one of the few tails that go
 * with it: a class word (级 文件 资料 材料 件), ★ and a term (GB/T 9704-2012 §7.2.2:
 * 密级★保密期限), for English a portion after `//`. English terms count in capitals only.
 *
 * Left out: marks drawn as pictures or as outlines, which text cannot show; other languages;
 * business terms (商密).
 */
#include "daemon/document/marks.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* The longest mark kept in mind is a list of caveats after `//`; anything longer is a sentence. */
enum { LINE_LETTERS = 96, TERM_LETTERS = 18 };

static const char *const level_ids[] = {
    [MARK_NONE] = "",
    [MARK_PUBLIC] = "public",
    [MARK_INTERNAL] = "internal",
    [MARK_CONFIDENTIAL] = "confidential",
    [MARK_SECRET] = "secret",
    [MARK_TOP_SECRET] = "top-secret",
};
_Static_assert(G_N_ELEMENTS(level_ids) == MARKS, "every mark has its level");

/* Without white space. The longer before those it begins with. */
static const struct {
    const char *term;
    enum mark mark;
    bool latin; /**< followed by nothing or `//`, not by a Chinese tail */
} terms[] = {
    {"绝密", MARK_TOP_SECRET, false},
    {"絕密", MARK_TOP_SECRET, false},
    {"机密", MARK_SECRET, false},
    {"機密", MARK_SECRET, false},
    {"秘密", MARK_CONFIDENTIAL, false},
    {"祕密", MARK_CONFIDENTIAL, false},
    {"内部公开", MARK_INTERNAL, false},
    {"内部使用", MARK_INTERNAL, false},
    {"内部", MARK_INTERNAL, false},
    {"公开", MARK_PUBLIC, false},
    {"TOPSECRET", MARK_TOP_SECRET, true},
    {"SECRET", MARK_SECRET, true},
    {"STRICTLYCONFIDENTIAL", MARK_CONFIDENTIAL, true},
    {"CONFIDENTIAL", MARK_CONFIDENTIAL, true},
};

static const char *const tails[] = {"级", "件", "文件", "资料", "材料"};

/* Labels before a mark; the longer before those it begins with. A Latin one needs its colon. */
static const struct {
    const char *label;
    bool colon;
} labels[] = {
    {"密级及保密期限", false}, {"密级和保密期限", false}, {"密级标志", false}, {"密级标识", false},
    {"秘密等级", false},       {"保密等级", false},       {"涉密等级", false}, {"密级", false},
    {"CLASSIFICATION", true},  {"LEVEL", true},
};

const char *mark_level(enum mark mark)
{
    return level_ids[mark];
}

static bool is_one_of(gunichar letter, const char *set)
{
    return letter != 0 && g_utf8_strchr(set, -1, letter) != NULL;
}

static bool is_ornament(gunichar letter)
{
    return is_one_of(
        letter, "[]()<>{}*-_=~|.:!#+/\\'\"·•・:：!！。【】〔〕《》〈〉「」『』☆★●■◆▲※–—―‐‑“”‘’");
}

/* g_utf8_next_char() casts const away. */
static const char *next_letter(const char *at)
{
    return at + g_utf8_skip[(unsigned char)*at];
}

/* Full-width ASCII (U+FF01–U+FF5E) to ASCII. */
static gunichar fold(gunichar letter)
{
    return letter >= 0xff01 && letter <= 0xff5e ? letter - 0xff01 + '!' : letter;
}

/* The line's letters without white space; 0 when it is too long for a mark or not UTF-8. */
static size_t letters_of(const char *line, size_t size, gunichar ret_letters[LINE_LETTERS])
{
    const char *at = line;
    const char *end = line + size;
    size_t length = 0;

    if (!g_utf8_validate(line, (gssize)size, NULL)) {
        return 0;
    }
    for (; at < end; at = next_letter(at)) {
        gunichar letter = fold(g_utf8_get_char(at));

        if (g_unichar_isspace(letter) || g_unichar_iszerowidth(letter)) {
            continue;
        }
        if (length == LINE_LETTERS) {
            return 0;
        }
        ret_letters[length++] = letter;
    }
    return length;
}

/* How many letters `text` has when `letters` begin with it, else 0. */
static size_t prefix(const gunichar *letters, size_t length, const char *text)
{
    size_t at = 0;

    for (; *text != '\0'; text = next_letter(text), at++) {
        if (at == length || letters[at] != g_utf8_get_char(text)) {
            return 0;
        }
    }
    return at;
}

static bool is_whole(const gunichar *letters, size_t length, const char *text)
{
    return length > 0 && prefix(letters, length, text) == length;
}

/* "20年", "六个月", "长期", "2030年12月31日解密": short, and not a sentence. */
static bool is_period(const gunichar *letters, size_t length)
{
    if (length > TERM_LETTERS) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (is_one_of(letters[i], "，。；？、,;?")) {
            return false;
        }
    }
    return true;
}

static bool is_chinese_tail(const gunichar *letters, size_t length)
{
    if (length == 0) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        if (is_whole(letters, length, tails[i])) {
            return true;
        }
    }
    if (is_one_of(letters[0], "★☆*")) {
        return is_period(letters + 1, length - 1);
    }
    return g_unichar_isdigit(letters[0]) && is_one_of(letters[length - 1], "年月日天") &&
           is_period(letters, length);
}

static bool is_latin_tail(const gunichar *letters, size_t length)
{
    if (length == 0) {
        return true;
    }
    for (size_t i = 0; i < length; i++) {
        if (g_unichar_islower(letters[i])) {
            return false;
        }
    }
    return prefix(letters, length, "//") != 0;
}

static size_t label_length(const gunichar *letters, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        size_t taken = prefix(letters, length, labels[i].label);
        bool colon = taken < length && letters[taken] == ':';

        if (taken > 0 && (colon || !labels[i].colon)) {
            return taken;
        }
    }
    return 0;
}

static void strip(const gunichar **letters, size_t *length)
{
    while (*length > 0 && is_ornament(**letters)) {
        (*letters)++;
        (*length)--;
    }
    while (*length > 0 && is_ornament((*letters)[*length - 1])) {
        (*length)--;
    }
}

enum mark mark_of_line(const char *line, size_t size)
{
    gunichar buffer[LINE_LETTERS];
    const gunichar *letters = buffer;
    size_t length = letters_of(line, size, buffer);

    strip(&letters, &length);
    size_t label = label_length(letters, length);

    letters += label;
    length -= label;
    strip(&letters, &length);
    for (size_t i = 0; i < G_N_ELEMENTS(terms); i++) {
        size_t taken = prefix(letters, length, terms[i].term);

        if (taken == 0) {
            continue;
        }
        bool good = terms[i].latin ? is_latin_tail(letters + taken, length - taken)
                                   : is_chinese_tail(letters + taken, length - taken);

        if (good) {
            return terms[i].mark;
        }
    }
    return MARK_NONE;
}

/* The capitals a text has, one bit each. */
static uint32_t capitals_of(const char *text)
{
    uint32_t capitals = 0;

    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            capitals |= UINT32_C(1) << (*text - 'A');
        }
    }
    return capitals;
}

bool mark_is_possible(const char *text)
{
    /* A letter of each Chinese term, and the first of the Latin ones in full width. The order of
     * letters means nothing here: poppler may see the letters of a spaced mark as so many columns.
     */
    static const char *const hints[] = {"密", "内", "公", "Ｓ", "Ｃ"};
    uint32_t capitals = capitals_of(text);
    uint32_t secret = capitals_of("SECRET");
    uint32_t confidential = capitals_of("CONFIDENTIAL");

    if ((capitals & secret) == secret || (capitals & confidential) == confidential) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(hints); i++) {
        if (strstr(text, hints[i]) != NULL) {
            return true;
        }
    }
    return false;
}

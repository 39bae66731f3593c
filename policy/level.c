/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/level.h"

#include <stdio.h>
#include <string.h>

static const struct policy_level default_levels[] = {
    {.id = "public", .name_zh = "公开", .name_en = "Public"},
    {.id = "internal", .name_zh = "内部", .name_en = "Internal"},
    {.id = "confidential",
     .name_zh = "秘密",
     .name_en = "Confidential",
     .supervised = true,
     .years = 10,
     .stamp = true},
    {.id = "secret",
     .name_zh = "机密",
     .name_en = "Secret",
     .supervised = true,
     .years = 20,
     .stamp = true},
    {.id = "top-secret",
     .name_zh = "绝密",
     .name_en = "Top secret",
     .supervised = true,
     .external_reference = true,
     .years = 30,
     .stamp = true},
};
enum { DEFAULT_LEVELS = sizeof default_levels / sizeof default_levels[0] };
_Static_assert((int)DEFAULT_LEVELS <= (int)POLICY_LEVELS_MAX, "the default ladder fits");

void policy_ladder_default(struct policy_ladder *ret_ladder)
{
    memset(ret_ladder, 0, sizeof *ret_ladder);
    ret_ladder->levels = DEFAULT_LEVELS;
    memcpy(ret_ladder->level, default_levels, sizeof default_levels);
}

static char fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* strcasecmp() asks the locale; a level must not depend on it. */
static bool equal_folded(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

int policy_ladder_find(const struct policy_ladder *ladder, const char *id_or_name)
{
    if (!id_or_name || !*id_or_name) {
        return -1;
    }
    for (size_t i = 0; i < ladder->levels && i < POLICY_LEVELS_MAX; i++) {
        const struct policy_level *level = &ladder->level[i];
        if (equal_folded(level->id, id_or_name) || equal_folded(level->name_en, id_or_name) ||
            strcmp(level->name_zh, id_or_name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_letter(char c)
{
    return (fold(c) >= 'a' && fold(c) <= 'z') || (c >= '0' && c <= '9');
}

/* "Secret" in "TOP-SECRET/12" and in "secret 7", not in "secretary". */
static bool has_word(const char *text, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = text; length > 0 && *at; at++) {
        size_t same = 0;

        while (same < length && fold(at[same]) == fold(word[same])) {
            same++;
        }
        if (same == length && !is_letter(at[length]) && (at == text || !is_letter(at[-1]))) {
            return true;
        }
    }
    return false;
}

int policy_ladder_marked_in(const struct policy_ladder *ladder, const char *text)
{
    for (size_t i = text ? ladder->levels : 0; i > 0; i--) {
        const struct policy_level *level = &ladder->level[i - 1];
        const bool classified = level->supervised || level->external_reference;

        if (classified && ((level->name_zh[0] && strstr(text, level->name_zh)) ||
                           has_word(text, level->name_en) || has_word(text, level->id))) {
            return (int)i - 1;
        }
    }
    return -1;
}

int policy_ladder_device_rank(const struct policy_ladder *ladder, const char *max_level)
{
    int rank = -1;

    if (max_level[0] != '\0') {
        return policy_ladder_find(ladder, max_level);
    }
    while (rank + 1 < (int)ladder->levels && !ladder->level[rank + 1].supervised) {
        rank++;
    }
    return rank;
}

bool policy_level_allows_area(const struct policy_level *level, const char *area)
{
    for (size_t i = 0; i < level->areas_length; i++) {
        if (strcmp(level->areas[i], area) == 0) {
            return true;
        }
    }
    return level->areas_length == 0;
}

void policy_level_term(const struct policy_level *level, char ret_text[POLICY_TERM_BYTES])
{
    if (level->years == 0) {
        snprintf(ret_text, POLICY_TERM_BYTES, "%s", level->name_zh);
    } else {
        snprintf(ret_text, POLICY_TERM_BYTES, "%s★%u年", level->name_zh, level->years);
    }
}

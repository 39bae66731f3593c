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
     .stamp = true,
     .archive = true},
    {.id = "secret",
     .name_zh = "机密",
     .name_en = "Secret",
     .supervised = true,
     .years = 20,
     .stamp = true,
     .archive = true},
    {.id = "top-secret",
     .name_zh = "绝密",
     .name_en = "Top secret",
     .supervised = true,
     .approval = POLICY_APPROVAL_EXTERNAL,
     .years = 30,
     .stamp = true,
     .archive = true,
     .purge = true,
     .may_copy = {.nobody = true}},
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
        const bool classified = level->supervised || level->approval != POLICY_APPROVAL_NONE ||
                                !policy_people_are_all(&level->may_print);

        if (classified && ((level->name_zh[0] && strstr(text, level->name_zh)) ||
                           has_word(text, level->name_en) || has_word(text, level->id))) {
            return (int)i - 1;
        }
    }
    return -1;
}

bool policy_people_are_all(const struct policy_people *people)
{
    return !people->nobody && people->roles == 0 && people->names_length == 0;
}

bool policy_people_include(const struct policy_people *people, uint32_t roles,
                           const char *department, const char *login)
{
    if (people->nobody) {
        return false;
    }
    if (policy_people_are_all(people) || (people->roles & roles) != 0) {
        return true;
    }
    for (size_t i = 0; i < people->names_length && i < POLICY_PEOPLE_MAX; i++) {
        const struct policy_people_name *name = &people->names[i];
        const char *theirs = name->department ? department : login;

        if (theirs && *theirs && strcmp(name->name, theirs) == 0) {
            return true;
        }
    }
    return false;
}

static const char *const approval_words[] = {
    [POLICY_APPROVAL_NONE] = "none",
    [POLICY_APPROVAL_HEAD] = "department-head",
    [POLICY_APPROVAL_DIRECTOR] = "director",
    [POLICY_APPROVAL_EXTERNAL] = "external",
};
_Static_assert(sizeof approval_words / sizeof approval_words[0] == POLICY_APPROVALS,
               "every approval has its word");

const char *policy_approval_word(enum policy_approval approval)
{
    return approval_words[approval];
}

bool policy_approval_parse(const char *word, enum policy_approval *ret_approval)
{
    for (int i = 0; i < POLICY_APPROVALS; i++) {
        if (strcmp(approval_words[i], word) == 0) {
            *ret_approval = (enum policy_approval)i;
            return true;
        }
    }
    return false;
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

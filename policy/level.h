/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The ladder of classification levels: `public` 公开 < `internal` 内部 < `confidential` 秘密 <
 * `secret` 机密 < `top-secret` 绝密 by default; the ladder is configuration. A level is its rank:
 * its place on the ladder from 0.
 */
#ifndef POLICY_LEVEL_H
#define POLICY_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POLICY_LEVELS_MAX = 8,
    POLICY_LEVEL_ID_BYTES = 24,
    POLICY_LEVEL_NAME_BYTES = 48,
    POLICY_LEVEL_AREAS_MAX = 4,
    POLICY_AREA_BYTES = 128,
    POLICY_LEVEL_YEARS_MAX = 30, /**< 《保守国家秘密法》 art. 20: top secret at most 30 years */
    POLICY_TERM_BYTES = POLICY_LEVEL_NAME_BYTES + 16,
    POLICY_PEOPLE_MAX = 16,
    POLICY_PEOPLE_NAME_BYTES = 65
};

/** Some people, named by role, department or one by one; named in no way: everybody. */
struct policy_people {
    bool nobody;    /**< not one; then there are no names */
    uint32_t roles; /**< set of (1u << role) in the caller's numbering */
    size_t names_length;
    struct policy_people_name {
        bool department;                     /**< a department's code, else a login */
        char name[POLICY_PEOPLE_NAME_BYTES]; /**< UTF-8 */
    } names[POLICY_PEOPLE_MAX];
};
/** True when it says nothing about anybody. */
bool policy_people_are_all(const struct policy_people *people);
/**
 * Whether somebody is one of them.
 *
 * @param roles             as in `people`
 * @param department,login  "" or NULL: none
 */
bool policy_people_include(const struct policy_people *people, uint32_t roles,
                           const char *department, const char *login);

/** Whose word a job needs before it may be printed; a sterner one further down. */
enum policy_approval {
    POLICY_APPROVAL_NONE,
    POLICY_APPROVAL_HEAD,     /**< the head of the sender's department, or the director */
    POLICY_APPROVAL_DIRECTOR, /**< the office director */
    POLICY_APPROVAL_EXTERNAL, /**< the director, with the reference (批准文号) of the authority that
                                 classified the document */
    POLICY_APPROVALS
};
/** The words of settings, "none", "department-head" …; static. */
const char *policy_approval_word(enum policy_approval approval);
/** Reads such a word; false and *ret_approval untouched when it is none. */
bool policy_approval_parse(const char *word, enum policy_approval *ret_approval);

struct policy_level {
    char id[POLICY_LEVEL_ID_BYTES]; /**< keyword, e.g. "secret"; lower case, digits and '-' */
    char name_zh[POLICY_LEVEL_NAME_BYTES]; /**< e.g. "机密" (UTF-8) */
    char name_en[POLICY_LEVEL_NAME_BYTES]; /**< e.g. "Secret" */
    enum policy_approval approval; /**< held with job-suspended-for-approval until it is given */
    unsigned copies_max;           /**< largest number of copies of one job; 0: no limit */
    unsigned years;      /**< term of secrecy a document has unless it says another; 0: none */
    bool supervised;     /**< printed only when a supervisor releases it (held with
                            job-held-for-authorization) */
    bool stamp;          /**< every copy is numbered and stamped with codes */
    bool archive;        /**< what is printed goes into the archive */
    bool purge;          /**< what was not printed by the end of its day is not kept overnight */
    size_t areas_length; /**< areas it may be printed and copied in; 0: anywhere */
    char areas[POLICY_LEVEL_AREAS_MAX][POLICY_AREA_BYTES];
    struct policy_people may_print;
    struct policy_people may_copy; /**< at a copier, which the print room only registers */
};

struct policy_ladder {
    size_t levels;
    struct policy_level level[POLICY_LEVELS_MAX]; /**< by rank, lowest first */
};

/** The ladder of a new installation, as named above; confidential and higher are supervised, and
 * top-secret needs an approval with a reference and is not copied. */
void policy_ladder_default(struct policy_ladder *ret_ladder);

/**
 * Finds a level by its id or either of its names (ids and English names without regard to case,
 * whatever the locale).
 *
 * @param id_or_name  NULL and "" name no level, also where a level has no name
 * @return its rank, or -1
 */
int policy_ladder_find(const struct policy_ladder *ladder, const char *id_or_name);

/**
 * Finds the marks of classified levels (those that need a supervisor or an approval, or are some
 * people's only) in a text such
 * as a 发文字号: the Chinese name anywhere, the English name or id as whole words, without regard
 * to case.
 *
 * @param text  UTF-8; NULL is ""
 * @return the highest rank named, -1: none
 */
int policy_ladder_marked_in(const struct policy_ladder *ladder, const char *text);

/**
 * Up to which level a device may print and copy.
 *
 * @param max_level  id of its highest level; "" none was set: the highest level below the first
 *                   supervised one
 * @return the rank; -1: nothing may, since the level is not on the ladder or its lowest is
 *         supervised
 */
int policy_ladder_device_rank(const struct policy_ladder *ladder, const char *max_level);

/** Whether a level may be printed by a device that stands in `area`, "" nowhere in particular. */
bool policy_level_allows_area(const struct policy_level *level, const char *area);

/** Writes level and term as GB/T 9704-2012 §7.2.2 has them on a page, "机密★20年"; a level without
 * a term is its name alone. */
void policy_level_term(const struct policy_level *level, char ret_text[POLICY_TERM_BYTES]);

#endif

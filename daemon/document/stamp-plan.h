/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What a stamp says, on its way from the daemon to the helper: lines of UTF-8 in a memory file.
 *
 *     printroom-stamp 1
 *     level-term TEXT
 *     document-number TEXT
 *     person TEXT
 *     time TEXT
 *     first-copy N
 *     copies N
 *     pages N
 *     pad 0|1
 *     marks 0|1
 *     codes
 *     CODE            (copies × pages lines, all pages of the first copy first)
 *
 * All lines, in this order, each ended by a line feed, and nothing else. TEXT is everything after
 * the first space and may be empty; it has no control characters.
 */
#ifndef DAEMON_DOCUMENT_STAMP_PLAN_H
#define DAEMON_DOCUMENT_STAMP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STAMP_TEXT_BYTES = 192,          /**< of a text, its NUL included */
    STAMP_CODE_BYTES = 96,           /**< of a code, its NUL included */
    STAMP_COPY_MAX = 999999,         /**< 份号 has six digits */
    STAMP_IMPRESSIONS_MAX = 1000000, /**< copies × pages of one plan */
};

enum stamp_text {
    STAMP_LEVEL_TERM,      /**< e.g. "机密★20年" (GB/T 9704 密级★期限) */
    STAMP_DOCUMENT_NUMBER, /**< 发文字号 or "" */
    STAMP_PERSON,          /**< who printed */
    STAMP_TIME,            /**< when, as it is to stand there */
    STAMP_TEXTS
};

struct stamp_plan {
    char text[STAMP_TEXTS][STAMP_TEXT_BYTES];
    uint32_t first_copy; /**< 份号 of the first copy, from 1 */
    uint32_t copies;
    uint32_t pages;    /**< of the document */
    bool pad;          /**< copies of an odd number of pages get an empty page */
    bool marks;        /**< level★term and 份号 go top left where the document lacks them */
    const char *lines; /**< the codes, each ended by a line feed; borrowed */
    uint32_t *line;    /**< where each begins in `lines`; owned */
};

/**
 * Reads a plan.
 *
 * @param text,length  borrowed; must outlive the plan
 * @return PR_OK; PR_EINVAL (not exactly of this form), PR_ENOMEM
 */
int stamp_plan_parse(const char *text, size_t length, struct stamp_plan *ret_plan);
void stamp_plan_clear(struct stamp_plan *plan);

/** The code of a page: copy and page from 0. NUL-terminated. */
void stamp_plan_code(const struct stamp_plan *plan, uint32_t copy, uint32_t page,
                     char ret_code[STAMP_CODE_BYTES]);

/** The longest of the codes. */
void stamp_plan_longest(const struct stamp_plan *plan, char ret_code[STAMP_CODE_BYTES]);

/** Whether a text may stand in a plan: UTF-8 without control characters, not too long. */
bool stamp_plan_text_is_good(const char *text);
/** Whether a code may: 1 to STAMP_CODE_BYTES - 1 printable ASCII characters. */
bool stamp_plan_code_is_good(const char *code, size_t length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-plan.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"

/** What is left to read. */
struct lines {
    const char *at;
    const char *end;
};

static const char header[] = "printroom-stamp 1";

static const char *const text_keys[STAMP_TEXTS] = {
    [STAMP_LEVEL_TERM] = "level-term",
    [STAMP_DOCUMENT_NUMBER] = "document-number",
    [STAMP_PERSON] = "person",
    [STAMP_TIME] = "time",
};

/* Length of a character, 0 when it is none: overlong forms, surrogates and controls (C0, DEL, C1)
 * are none. */
static size_t character_length(const unsigned char *at)
{
    static const struct {
        unsigned char first, last, low, high;
        size_t length;
    } forms[] = {
        {0x20, 0x7e, 0, 0, 1},       {0xc2, 0xc2, 0xa0, 0xbf, 2}, {0xc3, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last) {
            continue;
        }
        bool good = forms[i].length == 1 || (at[1] >= forms[i].low && at[1] <= forms[i].high);

        /* A terminating NUL is no continuation, so nothing behind it is looked at. */
        for (size_t k = 2; good && k < forms[i].length; k++) {
            good = (at[k] & 0xc0) == 0x80;
        }
        return good ? forms[i].length : 0;
    }
    return 0;
}

bool stamp_plan_text_is_good(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        size_t length = character_length(at);

        if (length == 0) {
            return false;
        }
        at += length;
    }
    return (size_t)(at - (const unsigned char *)text) < STAMP_TEXT_BYTES;
}

bool stamp_plan_code_is_good(const char *code, size_t length)
{
    if (length == 0 || length >= STAMP_CODE_BYTES) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (code[i] < 0x20 || code[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* Takes a line "KEY VALUE", or "KEY" alone where ret_value is NULL. */
static bool take(struct lines *lines, const char *key, const char **ret_value, size_t *ret_length)
{
    size_t key_length = strlen(key);
    const char *line = lines->at;
    const char *end = memchr(line, '\n', (size_t)(lines->end - line));

    if (end == NULL || (size_t)(end - line) < key_length || memcmp(line, key, key_length) != 0) {
        return false;
    }
    lines->at = end + 1;
    if (ret_value == NULL) {
        return end == line + key_length;
    }
    *ret_value = line + key_length + 1;
    *ret_length = (size_t)(end - line) - key_length - 1;
    return end > line + key_length && line[key_length] == ' ';
}

static bool take_text(struct lines *lines, const char *key, char ret_text[STAMP_TEXT_BYTES])
{
    const char *value = NULL;
    size_t length = 0;

    if (!take(lines, key, &value, &length) || length >= STAMP_TEXT_BYTES ||
        memchr(value, '\0', length) != NULL) {
        return false;
    }
    memcpy(ret_text, value, length);
    ret_text[length] = '\0';
    return stamp_plan_text_is_good(ret_text);
}

static bool take_number(struct lines *lines, const char *key, uint32_t min, uint32_t max,
                        uint32_t *ret_number)
{
    const char *value = NULL;
    size_t length = 0;
    uint32_t number = 0;

    if (!take(lines, key, &value, &length) || length == 0 || length > 7) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return false;
        }
        number = number * 10 + (uint32_t)(value[i] - '0');
    }
    *ret_number = number;
    return number >= min && number <= max;
}

static bool take_head(struct lines *lines, struct stamp_plan *plan)
{
    uint32_t pad = 0, marks = 0;
    bool good = take(lines, header, NULL, NULL);

    for (size_t i = 0; good && i < STAMP_TEXTS; i++) {
        good = take_text(lines, text_keys[i], plan->text[i]);
    }
    good = good && take_number(lines, "first-copy", 1, STAMP_COPY_MAX, &plan->first_copy) &&
           take_number(lines, "copies", 1, STAMP_COPY_MAX, &plan->copies) &&
           take_number(lines, "pages", 1, STAMP_IMPRESSIONS_MAX, &plan->pages) &&
           take_number(lines, "pad", 0, 1, &pad) && take_number(lines, "marks", 0, 1, &marks) &&
           take(lines, "codes", NULL, NULL);
    plan->pad = pad != 0;
    plan->marks = marks != 0;
    return good && (uint64_t)plan->copies * plan->pages <= STAMP_IMPRESSIONS_MAX &&
           plan->first_copy + plan->copies - 1 <= STAMP_COPY_MAX;
}

static bool take_codes(struct lines *lines, struct stamp_plan *plan)
{
    size_t codes = (size_t)plan->copies * plan->pages;

    plan->lines = lines->at;
    for (size_t i = 0; i < codes; i++) {
        const char *end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));

        if (end == NULL || !stamp_plan_code_is_good(lines->at, (size_t)(end - lines->at))) {
            return false;
        }
        plan->line[i] = (uint32_t)(lines->at - plan->lines);
        lines->at = end + 1;
    }
    return lines->at == lines->end;
}

int stamp_plan_parse(const char *text, size_t length, struct stamp_plan *ret_plan)
{
    struct lines lines = {text, text + length};
    struct stamp_plan plan = {.line = NULL};

    if (!take_head(&lines, &plan)) {
        return PR_EINVAL;
    }
    plan.line = malloc((size_t)plan.copies * plan.pages * sizeof *plan.line);
    if (plan.line == NULL) {
        return PR_ENOMEM;
    }
    if (!take_codes(&lines, &plan)) {
        free(plan.line);
        return PR_EINVAL;
    }
    *ret_plan = plan;
    return PR_OK;
}

void stamp_plan_clear(struct stamp_plan *plan)
{
    free(plan->line);
    *plan = (struct stamp_plan){.line = NULL};
}

void stamp_plan_code(const struct stamp_plan *plan, uint32_t copy, uint32_t page,
                     char ret_code[STAMP_CODE_BYTES])
{
    const char *line = plan->lines + plan->line[(size_t)copy * plan->pages + page];
    size_t length = 0;

    while (length < STAMP_CODE_BYTES - 1 && line[length] != '\n') {
        length++;
    }
    memcpy(ret_code, line, length);
    ret_code[length] = '\0';
}

void stamp_plan_longest(const struct stamp_plan *plan, char ret_code[STAMP_CODE_BYTES])
{
    size_t codes = (size_t)plan->copies * plan->pages;
    size_t longest = 0;

    /* They lie one behind the other, each with its line feed. */
    for (size_t i = 0; i + 1 < codes; i++) {
        if (plan->line[i + 1] - plan->line[i] > longest) {
            longest = plan->line[i + 1] - plan->line[i];
            stamp_plan_code(plan, (uint32_t)(i / plan->pages), (uint32_t)(i % plan->pages),
                            ret_code);
        }
    }
    char last[STAMP_CODE_BYTES];

    stamp_plan_code(plan, plan->copies - 1, plan->pages - 1, last);
    if (longest == 0 || strlen(last) + 1 > longest) {
        memcpy(ret_code, last, sizeof last);
    }
}

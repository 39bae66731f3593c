/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The print room's own rules: each by itself, all in every combination, and the hours of a week. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/decide.h"

enum { MONDAY_8 = 8 * 60, FRIDAY_18 = 4 * 1440 + 18 * 60, DIRECTOR = 1U << 3 };

/* One job. What a row leaves out is zero: a setting that is off. */
struct row {
    uint32_t pages, copies, color_pages;
    enum policy_sides sides;
    bool landscape, grayscale, urgent;
    int level, marks;
    uint32_t roles;
    uint32_t duplicate_minutes, urgent_this_week, minute;
    bool confirmed, unknown;
    int64_t available;
    /* settings */
    uint32_t window, sheets_max, duplex_above, grayscale_above, grayscale_levels, electronic;
    uint32_t urgent_roles, urgent_per_week;
    bool hours;
};

static struct policy_settings settings_of(const struct row *row)
{
    struct policy_settings settings;
    policy_settings_default(&settings);
    settings.duplicate_minutes = row->window;
    settings.sheets_max = row->sheets_max;
    settings.duplex_above = row->duplex_above;
    settings.grayscale_above = row->grayscale_above;
    settings.grayscale_levels = row->grayscale_levels;
    settings.electronic_copies = row->electronic;
    settings.urgent_roles = row->urgent_roles;
    settings.urgent_per_week = row->urgent_per_week;
    if (row->hours) {
        settings.hours_length = 2;
        settings.hours[0] = (struct policy_hours){FRIDAY_18 - 600, FRIDAY_18};
        settings.hours[1] = (struct policy_hours){MONDAY_8, MONDAY_8 + 600};
    }
    return settings;
}

static struct policy_decision decide_row(const struct row *row)
{
    const struct policy_settings settings = settings_of(row);
    const struct policy_page_run run = {row->pages, row->landscape ? 297000 : 210000,
                                        row->landscape ? 210000 : 297000};
    const struct policy_facts facts = {
        .runs = &run,
        .runs_length = 1,
        .marked_level = row->marks,
        .color_pages = row->color_pages,
        .duplicate_minutes = row->duplicate_minutes,
        .duplicate_confirmed = row->confirmed,
        .urgent_this_week = row->urgent_this_week,
        .minute_of_week = row->minute,
    };
    const struct policy_request request = {
        .level = row->level,
        .urgent = row->urgent,
        .copies = row->copies,
        .number_up = 1,
        .sides = row->sides,
        .grayscale = row->grayscale,
        .document_number = "",
    };
    const struct policy_person person = {
        .known = !row->unknown, .active = true, .department_active = true, .roles = row->roles};
    const struct policy_balance balance = {.allotted = row->available};
    struct policy_decision decision;
    memset(&decision, 0xA5, sizeof decision);
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    return decision;
}

static const struct policy_finding *find(const struct policy_decision *decision,
                                         enum policy_rule rule)
{
    for (size_t i = 0; i < decision->findings_length; i++) {
        if (decision->findings[i].rule == rule) {
            return &decision->findings[i];
        }
    }
    return NULL;
}

/* Rows name what differs from the plain job, so they replace what PLAIN set. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define PLAIN .pages = 4, .copies = 2, .marks = -1, .available = 1000, .minute = MONDAY_8

/* What is found of a rule, and what becomes of the job. */
static const struct {
    const char *name;
    struct row row;
    struct {
        enum policy_rule rule;
        bool silent;
        enum policy_outcome effect;
        enum policy_reason reason;
        int64_t a, b;
    } finding;
    struct {
        enum policy_sides sides;
        bool grayscale, urgent;
        uint64_t sheets;
    } printed;
} rows[] = {
    {"no rule is set",
     {PLAIN},
     {.rule = POLICY_RULE_SHEETS_MAX, .silent = true},
     {0, false, false, 8}},
    /* sheets.max */
    {"as many sheets as allowed",
     {PLAIN, .sheets_max = 8},
     {POLICY_RULE_SHEETS_MAX, false, POLICY_PRINT, 0, 8, 8},
     {0, false, false, 8}},
    {"one sheet more",
     {PLAIN, .sheets_max = 7},
     {POLICY_RULE_SHEETS_MAX, false, POLICY_REFUSE, POLICY_DOCUMENT_UNPRINTABLE_ERROR, 8, 7},
     {0, false, false, 8}},
    {"both sides make it small enough",
     {PLAIN, .sheets_max = 4, .duplex_above = 3},
     {POLICY_RULE_SHEETS_MAX, false, POLICY_PRINT, 0, 4, 4},
     {POLICY_TWO_SIDED_LONG_EDGE, false, false, 4}},
    {"sheets that cannot be counted",
     {PLAIN, .copies = 0, .sheets_max = 7},
     {.rule = POLICY_RULE_SHEETS_MAX, .silent = true},
     {0, false, false, 0}},
    /* duplex.forced */
    {"duplex is not forced",
     {PLAIN},
     {.rule = POLICY_RULE_DUPLEX_FORCED, .silent = true},
     {0, false, false, 8}},
    {"as many pages as may be one-sided",
     {PLAIN, .duplex_above = 4},
     {.rule = POLICY_RULE_DUPLEX_FORCED, .silent = true},
     {0, false, false, 8}},
    {"one page more",
     {PLAIN, .duplex_above = 3},
     {POLICY_RULE_DUPLEX_FORCED, false, POLICY_PRINT, 0, 4, 3},
     {POLICY_TWO_SIDED_LONG_EDGE, false, false, 4}},
    {"landscape is turned over the short edge",
     {PLAIN, .duplex_above = 3, .landscape = true},
     {POLICY_RULE_DUPLEX_FORCED, false, POLICY_PRINT, 0, 4, 3},
     {POLICY_TWO_SIDED_SHORT_EDGE, false, false, 4}},
    {"two-sided already",
     {PLAIN, .duplex_above = 3, .sides = POLICY_TWO_SIDED_SHORT_EDGE},
     {.rule = POLICY_RULE_DUPLEX_FORCED, .silent = true},
     {POLICY_TWO_SIDED_SHORT_EDGE, false, false, 4}},
    /* grayscale.forced */
    {"colour is left",
     {PLAIN, .color_pages = 4},
     {.rule = POLICY_RULE_GRAYSCALE_FORCED, .silent = true},
     {0, false, false, 8}},
    {"as many colour pages as allowed",
     {PLAIN, .color_pages = 2, .grayscale_above = 2},
     {.rule = POLICY_RULE_GRAYSCALE_FORCED, .silent = true},
     {0, false, false, 8}},
    {"one colour page more",
     {PLAIN, .color_pages = 3, .grayscale_above = 2},
     {POLICY_RULE_GRAYSCALE_FORCED, false, POLICY_PRINT, 0, 3, 2},
     {0, true, false, 8}},
    {"no colour was asked for",
     {PLAIN, .color_pages = 3, .grayscale_above = 2, .grayscale = true},
     {.rule = POLICY_RULE_GRAYSCALE_FORCED, .silent = true},
     {0, true, false, 8}},
    {"a level in grey",
     {PLAIN, .color_pages = 1, .level = 1, .grayscale_levels = 1U << 1},
     {POLICY_RULE_GRAYSCALE_FORCED, false, POLICY_PRINT, 0, 1, -1},
     {0, true, false, 8}},
    {"the level of the marks in grey",
     {PLAIN, .color_pages = 1, .marks = 1, .grayscale_levels = 2},
     {POLICY_RULE_GRAYSCALE_FORCED, false, POLICY_PRINT, 0, 1, -1},
     {0, true, false, 8}},
    {"a level in grey without colour on its pages",
     {PLAIN, .level = 1, .grayscale_levels = 2},
     {.rule = POLICY_RULE_GRAYSCALE_FORCED, .silent = true},
     {0, true, false, 8}},
    {"another level in grey",
     {PLAIN, .color_pages = 1, .grayscale_levels = 2},
     {.rule = POLICY_RULE_GRAYSCALE_FORCED, .silent = true},
     {0, false, false, 8}},
    /* copies.electronic */
    {"few copies",
     {PLAIN, .electronic = 3},
     {.rule = POLICY_RULE_COPIES_ELECTRONIC, .silent = true},
     {0, false, false, 8}},
    {"many copies",
     {PLAIN, .electronic = 2},
     {POLICY_RULE_COPIES_ELECTRONIC, false, POLICY_PRINT, 0, 2, 2},
     {0, false, false, 8}},
    {"never suggested",
     {PLAIN, .copies = 150},
     {.rule = POLICY_RULE_COPIES_ELECTRONIC, .silent = true},
     {0, false, false, 600}},
    /* urgent.allowed */
    {"urgent for everybody",
     {PLAIN, .urgent = true},
     {.rule = POLICY_RULE_URGENT_ALLOWED, .silent = true},
     {0, false, true, 8}},
    {"not urgent",
     {PLAIN, .urgent_per_week = 1, .urgent_roles = DIRECTOR},
     {.rule = POLICY_RULE_URGENT_ALLOWED, .silent = true},
     {0, false, false, 8}},
    {"the role has it",
     {PLAIN, .urgent = true, .urgent_roles = DIRECTOR, .roles = DIRECTOR | 1},
     {POLICY_RULE_URGENT_ALLOWED, false, POLICY_PRINT, 0, 0, 0},
     {0, false, true, 8}},
    {"the role has it not",
     {PLAIN, .urgent = true, .urgent_roles = DIRECTOR, .roles = 1},
     {POLICY_RULE_URGENT_ALLOWED, false, POLICY_PRINT, 0, 0, -1},
     {0, false, false, 8}},
    {"the last of the week",
     {PLAIN, .urgent = true, .urgent_per_week = 3, .urgent_this_week = 2},
     {POLICY_RULE_URGENT_ALLOWED, false, POLICY_PRINT, 0, 2, 3},
     {0, false, true, 8}},
    {"one more than the last",
     {PLAIN, .urgent = true, .urgent_per_week = 3, .urgent_this_week = 3},
     {POLICY_RULE_URGENT_ALLOWED, false, POLICY_PRINT, 0, 3, 3},
     {0, false, false, 8}},
    {"the role's week is used up",
     {PLAIN, .urgent = true, .urgent_roles = DIRECTOR, .roles = DIRECTOR, .urgent_per_week = 1,
      .urgent_this_week = 1},
     {POLICY_RULE_URGENT_ALLOWED, false, POLICY_PRINT, 0, 1, 1},
     {0, false, false, 8}},
    /* duplicate */
    {"duplicates do not matter",
     {PLAIN, .duplicate_minutes = 1},
     {.rule = POLICY_RULE_DUPLICATE, .silent = true},
     {0, false, false, 8}},
    {"no duplicate",
     {PLAIN, .window = 60},
     {POLICY_RULE_DUPLICATE, false, POLICY_PRINT, 0, 0, 60},
     {0, false, false, 8}},
    {"a duplicate in the last minute that counts",
     {PLAIN, .window = 60, .duplicate_minutes = 60},
     {POLICY_RULE_DUPLICATE, false, POLICY_HOLD, POLICY_HELD_FOR_REVIEW, 60, 60},
     {0, false, false, 8}},
    {"a minute later",
     {PLAIN, .window = 60, .duplicate_minutes = 61},
     {POLICY_RULE_DUPLICATE, false, POLICY_PRINT, 0, 0, 60},
     {0, false, false, 8}},
    {"confirmed",
     {PLAIN, .window = 60, .duplicate_minutes = 5, .confirmed = true},
     {POLICY_RULE_DUPLICATE, false, POLICY_PRINT, 0, 5, 60},
     {0, false, false, 8}},
    /* hours */
    {"no hours",
     {PLAIN, .minute = 0},
     {.rule = POLICY_RULE_HOURS, .silent = true},
     {0, false, false, 8}},
    {"the first minute",
     {PLAIN, .hours = true},
     {POLICY_RULE_HOURS, false, POLICY_PRINT, 0, MONDAY_8, MONDAY_8},
     {0, false, false, 8}},
    {"the minute before",
     {PLAIN, .hours = true, .minute = MONDAY_8 - 1},
     {POLICY_RULE_HOURS, false, POLICY_HOLD, POLICY_HOLD_UNTIL_SPECIFIED, MONDAY_8 - 1, MONDAY_8},
     {0, false, false, 8}},
    {"the last minute",
     {PLAIN, .hours = true, .minute = FRIDAY_18 - 1},
     {POLICY_RULE_HOURS, false, POLICY_PRINT, 0, FRIDAY_18 - 1, FRIDAY_18 - 1},
     {0, false, false, 8}},
    {"the minute after",
     {PLAIN, .hours = true, .minute = FRIDAY_18},
     {POLICY_RULE_HOURS, false, POLICY_HOLD, POLICY_HOLD_UNTIL_SPECIFIED, FRIDAY_18, MONDAY_8},
     {0, false, false, 8}},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct policy_decision decision = decide_row(&rows[i].row);
        const struct policy_finding *finding = find(&decision, rows[i].finding.rule);
        const bool fits = finding == NULL ? rows[i].finding.silent
                                          : !rows[i].finding.silent &&
                                                finding->effect == rows[i].finding.effect &&
                                                finding->a == rows[i].finding.a &&
                                                finding->b == rows[i].finding.b &&
                                                (finding->effect == POLICY_PRINT ||
                                                 finding->reason == rows[i].finding.reason);
        if (!fits || decision.sides != rows[i].printed.sides ||
            decision.grayscale != rows[i].printed.grayscale ||
            decision.urgent != rows[i].printed.urgent ||
            decision.cost.sheets != rows[i].printed.sheets) {
            fail_msg("%s: effect %d, a %lld, b %lld; sides %d, grey %d, urgent %d, %llu sheets",
                     rows[i].name, finding ? (int)finding->effect : -1,
                     finding ? (long long)finding->a : 0, finding ? (long long)finding->b : 0,
                     (int)decision.sides, decision.grayscale, decision.urgent,
                     (unsigned long long)decision.cost.sheets);
        }
    }
}

/* ---- The lattice: every combination, against the rules said in another way ---------------------
 */

static size_t digit(size_t *number, size_t base)
{
    const size_t value = *number % base;
    *number /= base;
    return value;
}

static bool lattice_row(size_t number, struct row *ret_row)
{
    struct row row = {.minute = MONDAY_8 - 1};
    row.pages = (uint32_t)(3 * digit(&number, 3)); /* 0, 3, 6 */
    row.copies = (uint32_t)(2 * digit(&number, 2));
    row.color_pages = (uint32_t)(2 * digit(&number, 2));
    row.sides = (enum policy_sides)digit(&number, 2);
    row.grayscale = digit(&number, 2) != 0;
    row.urgent = digit(&number, 2) != 0;
    row.marks = (int)(2 * digit(&number, 2)) - 1;
    row.roles = digit(&number, 2) ? DIRECTOR : 1;
    row.duplicate_minutes = (uint32_t)(30 * digit(&number, 2));
    row.confirmed = digit(&number, 2) != 0;
    row.urgent_this_week = (uint32_t)digit(&number, 2);
    row.available = (int64_t)(6 * digit(&number, 3)); /* 0 stands for nobody known */
    row.unknown = row.available == 0;
    row.window = digit(&number, 2) ? 30 : 0;
    row.sheets_max = digit(&number, 2) ? 5 : 0;
    row.duplex_above = digit(&number, 2) ? 3 : 0;
    row.grayscale_above = digit(&number, 2) ? 1 : 0;
    row.grayscale_levels = digit(&number, 2) ? 1U << 1 : 0;
    row.urgent_roles = digit(&number, 2) ? DIRECTOR : 0;
    row.urgent_per_week = digit(&number, 2) ? 1 : 0;
    row.hours = digit(&number, 2) != 0;
    *ret_row = row;
    return number == 0;
}

enum { LATTICE = 3 * 3 * (1 << 18) };

/* The sheets of the job by counting them, -1 where there are none to count. */
static int64_t model_sheets(const struct row *row, bool two_sided)
{
    int64_t sheets = 0;
    if (row->pages == 0 || row->copies == 0) {
        return -1;
    }
    for (uint32_t copy = 0; copy < row->copies; copy++) {
        for (uint32_t page = 0; page < row->pages; page += two_sided ? 2 : 1) {
            sheets++;
        }
    }
    return sheets;
}

static void check_row(const struct row *row)
{
    const struct policy_decision decision = decide_row(row);
    const bool two_sided =
        row->sides != POLICY_ONE_SIDED ||
        (row->copies > 0 && row->duplex_above != 0 && row->pages > row->duplex_above);
    const bool by_role = row->urgent_roles == 0 || row->roles == DIRECTOR;
    const bool by_week = row->urgent_per_week == 0 || row->urgent_this_week == 0;
    const bool grey = row->grayscale || (row->grayscale_levels != 0 && row->marks == 1) ||
                      (row->grayscale_above != 0 && row->color_pages == 2);
    const int64_t sheets = model_sheets(row, two_sided);
    const bool refused = sheets < 0 || (row->sheets_max != 0 && sheets > row->sheets_max);
    uint32_t holds = 0;

    if (row->unknown) {
        holds |= 1U << POLICY_ACCOUNT_INFO_NEEDED;
    } else if (sheets > row->available) {
        holds |= 1U << POLICY_ACCOUNT_LIMIT_REACHED;
    }
    if (row->marks == 1 || (row->window != 0 && row->duplicate_minutes == 30 && !row->confirmed)) {
        holds |= 1U << POLICY_HELD_FOR_REVIEW;
    }
    if (row->hours) {
        holds |= 1U << POLICY_HOLD_UNTIL_SPECIFIED;
    }
    if ((decision.outcome == POLICY_REFUSE) != refused || decision.holds != (refused ? 0 : holds) ||
        (decision.outcome == POLICY_PRINT) != (!refused && holds == 0) ||
        (decision.sides != POLICY_ONE_SIDED) != two_sided || decision.grayscale != grey ||
        decision.urgent != (row->urgent && by_role && by_week) ||
        (int64_t)decision.cost.sheets != (sheets < 0 ? 0 : sheets) ||
        (find(&decision, POLICY_RULE_DUPLEX_FORCED) != NULL) !=
            (two_sided && row->sides == POLICY_ONE_SIDED) ||
        (find(&decision, POLICY_RULE_GRAYSCALE_FORCED) != NULL) !=
            (grey && !row->grayscale && row->color_pages > 0)) {
        fail_msg("outcome %d, holds %#x, sides %d, grey %d, urgent %d, %llu sheets instead of "
                 "refused %d, holds %#x, two-sided %d, grey %d, %lld sheets",
                 (int)decision.outcome, decision.holds, (int)decision.sides, decision.grayscale,
                 decision.urgent, (unsigned long long)decision.cost.sheets, refused, holds,
                 two_sided, grey, (long long)sheets);
    }
}

static void test_lattice(void **state)
{
    (void)state;
    struct row row;
    size_t number = 0;
    while (lattice_row(number, &row)) {
        check_row(&row);
        number++;
    }
    assert_int_equal(number, LATTICE);
}

/* Pages of all sizes count together, and the first says how the book is turned. */
static void test_sizes_together(void **state)
{
    (void)state;
    static const struct policy_page_run runs[] = {
        {2, 297000, 210000}, {1, 210000, 297000}, {1, 297000, 420000}};
    const struct policy_facts facts = {.runs = runs, .runs_length = 3, .marked_level = -1};
    const struct policy_request request = {.copies = 1, .number_up = 1, .document_number = ""};
    const struct policy_person person = {.known = true, .active = true, .department_active = true};
    const struct policy_balance balance = {.allotted = 10};
    const struct row plain = {PLAIN};
    struct policy_settings settings = settings_of(&plain);
    for (uint32_t above = 1; above <= 5; above++) {
        struct policy_decision decision;
        settings.duplex_above = above;
        policy_decide(&settings, &facts, &request, &person, &balance, &decision);
        assert_int_equal(decision.sides,
                         above < 4 ? POLICY_TWO_SIDED_SHORT_EDGE : POLICY_ONE_SIDED);
        /* A4, A4, A4 and A3: on both sides two A4 and one A3, since a size begins a fresh sheet. */
        assert_int_equal(decision.cost.sheets, above < 4 ? 4 : 5);
    }
}

/* Notes never object, whatever the job; nothing else is a note. */
static void test_notes(void **state)
{
    (void)state;
    static const enum policy_rule notes[] = {
        POLICY_RULE_DUPLEX_FORCED, POLICY_RULE_GRAYSCALE_FORCED, POLICY_RULE_COPIES_ELECTRONIC,
        POLICY_RULE_URGENT_ALLOWED};
    int found = 0;
    for (int rule = 0; rule < POLICY_RULES; rule++) {
        found += policy_rule_is_note((enum policy_rule)rule);
    }
    assert_int_equal(found, sizeof notes / sizeof notes[0]);
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        assert_true(policy_rule_is_note(notes[i]));
    }
    assert_false(policy_rule_is_note(POLICY_RULES));
    const struct row row = {PLAIN,
                            .urgent = true,
                            .color_pages = 4,
                            .duplex_above = 1,
                            .grayscale_above = 1,
                            .electronic = 1,
                            .urgent_roles = DIRECTOR};
    const struct policy_decision decision = decide_row(&row);
    assert_int_equal(decision.outcome, POLICY_PRINT);
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        assert_non_null(find(&decision, notes[i]));
    }
}

/* Every minute of the week against a walk through the minutes that follow. */
static void test_every_minute(void **state)
{
    (void)state;
    struct row row = {PLAIN, .hours = true};
    struct policy_settings settings = settings_of(&row);
    /* Overlapping and touching ranges, one of them up to the end of the week. */
    settings.hours[settings.hours_length++] = (struct policy_hours){MONDAY_8 + 500, MONDAY_8 + 700};
    settings.hours[settings.hours_length++] =
        (struct policy_hours){POLICY_WEEK_MINUTES - 30, POLICY_WEEK_MINUTES};
    bool open[POLICY_WEEK_MINUTES] = {false};
    for (size_t i = 0; i < settings.hours_length; i++) {
        memset(open + settings.hours[i].begin, true,
               (size_t)(settings.hours[i].end - settings.hours[i].begin));
    }
    uint32_t next = 0;
    while (!open[next]) {
        next++;
    }
    for (uint32_t minute = POLICY_WEEK_MINUTES; minute-- > 0;) {
        next = open[minute] ? minute : next;
        assert_int_equal(policy_hours_open(&settings, minute), open[minute]);
        assert_int_equal(policy_hours_next(&settings, minute), next);
    }
    settings.hours_length = 0;
    assert_true(policy_hours_open(&settings, 0));
    assert_int_equal(policy_hours_next(&settings, 77), 77);
    settings = settings_of(&row);
    /* A minute that no week has is outside. */
    assert_false(policy_hours_open(&settings, UINT32_MAX));
    assert_true(policy_hours_next(&settings, UINT32_MAX) < POLICY_WEEK_MINUTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_lattice),
        cmocka_unit_test(test_sizes_together), cmocka_unit_test(test_notes),
        cmocka_unit_test(test_every_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

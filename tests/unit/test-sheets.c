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

#include "policy/sheets.h"

#define A4        210000, 297000
#define A4_TURNED 297000, 210000
#define A4_POINTS 209903, 297039 /* 595 x 842 points */
#define A3        297000, 420000
#define A5        148000, 210000
#define LETTER    215900, 279400
#define UNTOUCHED                                                                                  \
    {                                                                                              \
        .pages = 77, .impressions = 77, .sheets = 77                                               \
    }

static void test_sides_keywords(void **state)
{
    (void)state;
    static const char *const keywords[] = {"one-sided", "two-sided-long-edge",
                                           "two-sided-short-edge"};
    for (int i = 0; i < 3; i++) {
        enum policy_sides sides = (enum policy_sides)((i + 1) % 3);
        assert_string_equal(policy_sides_keyword((enum policy_sides)i), keywords[i]);
        assert_true(policy_sides_parse(keywords[i], &sides));
        assert_int_equal(sides, i);
    }
    static const char *const wrong[] = {"", "two-sided", "One-Sided", "one-sided ", NULL};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        enum policy_sides sides = POLICY_TWO_SIDED_SHORT_EDGE;
        assert_false(policy_sides_parse(wrong[i], &sides));
        assert_int_equal(sides, POLICY_TWO_SIDED_SHORT_EDGE);
    }
    assert_string_equal(policy_sides_keyword((enum policy_sides)3), "");
    assert_string_equal(policy_sides_keyword((enum policy_sides) - 1), "");
}

static void test_weight(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t width_um, height_um, weight;
    } rows[] = {
        {"A6", 105000, 148000, 1},
        {"A5", A5, 1},
        {"A4", A4, 1},
        {"A4 in points", A4_POINTS, 1},
        {"A4 plus 5 %", 220500, 297000, 1},
        {"A4 plus a hair more than 5 %", 220502, 297000, 2},
        {"Letter", LETTER, 1},
        {"Legal", 215900, 355600, 1},
        {"Legal in points", 215900, 355600 + 352, 1},
        {"Foolscap", 216000, 330000, 1},
        {"longer than Legal", 215900, 357000, 2},
        {"wider than Letter", 217000, 355600, 2},
        {"16K", 195000, 270000, 1},
        {"8K", 270000, 390000, 2},
        {"B4 (JIS)", 257000, 364000, 2},
        {"Tabloid", 279400, 431800, 2},
        {"A3", A3, 2},
        {"A3 in points", 297039, 420158, 2},
        {"SRA3", 320000, 450000, 3},
        {"A2", 420000, 594000, 4},
        {"A1", 594000, 841000, 8},
        {"A0", 841000, 1189000, 16},
        {"banner", 210000, 1200000, 4},
        {"strip", 1, UINT32_MAX, 1},
        {"nothing", 0, 0, 1},
        {"a line", 0, UINT32_MAX, 1},
        {"the largest", UINT32_MAX, UINT32_MAX, 281679136},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint32_t weight = policy_sheet_weight(rows[i].width_um, rows[i].height_um);
        const uint32_t turned = policy_sheet_weight(rows[i].height_um, rows[i].width_um);
        if (weight != rows[i].weight || turned != weight) {
            fail_msg("%s: %u, turned %u", rows[i].name, weight, turned);
        }
    }
}

struct row {
    const char *name;
    struct policy_page_run runs[4];
    size_t runs_length;
    uint32_t number_up;
    enum policy_sides sides;
    uint32_t copies;
    struct policy_sheets expected;
};

static const struct row jobs[] = {
    {"one page", {{1, A4}}, 1, 1, POLICY_ONE_SIDED, 1, {1, 1, 1}},
    /* CUPS counts 1 duplex page as 0 sheets and 3 as 1. */
    {"one page, duplex", {{1, A4}}, 1, 1, POLICY_TWO_SIDED_LONG_EDGE, 1, {1, 1, 1}},
    {"three pages, duplex", {{3, A4}}, 1, 1, POLICY_TWO_SIDED_LONG_EDGE, 1, {3, 3, 2}},
    {"three pages, tumble", {{3, A4}}, 1, 1, POLICY_TWO_SIDED_SHORT_EDGE, 1, {3, 3, 2}},
    {"four pages, duplex", {{4, A4}}, 1, 1, POLICY_TWO_SIDED_LONG_EDGE, 1, {4, 4, 2}},
    /* Every copy starts on a fresh sheet: 3 × 2, not ceil(9 / 2). */
    {"copies, duplex", {{3, A4}}, 1, 1, POLICY_TWO_SIDED_LONG_EDGE, 3, {3, 9, 6}},
    {"copies", {{1, A4}}, 1, 1, POLICY_ONE_SIDED, 3, {1, 3, 3}},
    {"n-up", {{9, A4}}, 1, 4, POLICY_ONE_SIDED, 1, {9, 3, 3}},
    {"n-up, duplex", {{9, A4}}, 1, 4, POLICY_TWO_SIDED_LONG_EDGE, 2, {9, 6, 4}},
    {"n-up of more pages than there are", {{3, A4}}, 1, 16, POLICY_ONE_SIDED, 1, {3, 1, 1}},
    {"A3", {{3, A3}}, 1, 1, POLICY_ONE_SIDED, 1, {3, 3, 6}},
    {"A3, duplex", {{3, A3}}, 1, 1, POLICY_TWO_SIDED_LONG_EDGE, 2, {3, 6, 8}},
    {"A4 and A3, one sided", {{1, A4}, {1, A3}}, 2, 1, POLICY_ONE_SIDED, 1, {2, 2, 3}},
    {"a change of size starts a sheet",
     {{1, A4}, {1, A3}, {1, A4}},
     3,
     1,
     POLICY_TWO_SIDED_LONG_EDGE,
     1,
     {3, 3, 4}},
    {"also between sizes that weigh the same",
     {{1, A4}, {1, A5}},
     2,
     1,
     POLICY_TWO_SIDED_LONG_EDGE,
     1,
     {2, 2, 2}},
    {"n-up starts a side with every size",
     {{3, A4}, {3, A5}},
     2,
     2,
     POLICY_ONE_SIDED,
     1,
     {6, 4, 4}},
    {"orientation is not size",
     {{1, A4}, {1, A4_TURNED}, {1, A4}, {1, A4_TURNED}},
     4,
     1,
     POLICY_TWO_SIDED_LONG_EDGE,
     1,
     {4, 4, 2}},
    {"nor is rounding", {{1, A4}, {1, A4_POINTS}}, 2, 1, POLICY_TWO_SIDED_LONG_EDGE, 1, {2, 2, 1}},
    {"sizes that creep are compared with the first",
     {{1, 210000, 297000}, {1, 210400, 297000}, {1, 210800, 297000}},
     3,
     1,
     POLICY_TWO_SIDED_LONG_EDGE,
     1,
     {3, 3, 2}},
    {"10,000 pages", {{10000, A4}}, 1, 1, POLICY_TWO_SIDED_LONG_EDGE, 1, {10000, 10000, 5000}},
};

static void test_compute(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        const struct row *row = &jobs[i];
        struct policy_sheets sheets = UNTOUCHED;
        assert_true(policy_sheets_compute(row->runs, row->runs_length, row->number_up, row->sides,
                                          row->copies, &sheets));
        if (memcmp(&sheets, &row->expected, sizeof sheets) != 0) {
            fail_msg("%s: %llu pages, %llu impressions, %llu sheets", row->name,
                     (unsigned long long)sheets.pages, (unsigned long long)sheets.impressions,
                     (unsigned long long)sheets.sheets);
        }
    }
}

static void test_out_of_range(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {.name = "no runs", .number_up = 1, .copies = 1},
        {"no copies", {{1, A4}}, 1, 1, POLICY_ONE_SIDED, 0, {0}},
        {"number-up 0", {{1, A4}}, 1, 0, POLICY_ONE_SIDED, 1, {0}},
        {"sides 3", {{1, A4}}, 1, 1, (enum policy_sides)3, 1, {0}},
        {"sides -1", {{1, A4}}, 1, 1, (enum policy_sides) - 1, 1, {0}},
        {"a run of no pages", {{1, A4}, {0, A4}}, 2, 1, POLICY_ONE_SIDED, 1, {0}},
        {"a page of no width", {{1, A4}, {1, 0, 1}}, 2, 1, POLICY_ONE_SIDED, 1, {0}},
        {"a page of no height", {{1, 1, 0}}, 1, 1, POLICY_ONE_SIDED, 1, {0}},
        {"copies of sheets overflow",
         {{UINT32_MAX, UINT32_MAX, UINT32_MAX}},
         1,
         1,
         POLICY_ONE_SIDED,
         UINT32_MAX,
         {0}},
        {"copies of impressions overflow, sheets do not",
         {{UINT32_MAX, A4}, {UINT32_MAX, A4}},
         2,
         1,
         POLICY_TWO_SIDED_LONG_EDGE,
         UINT32_MAX,
         {0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        const struct policy_sheets before = UNTOUCHED;
        struct policy_sheets sheets = before;
        if (policy_sheets_compute(row->runs, row->runs_length, row->number_up, row->sides,
                                  row->copies, &sheets)) {
            fail_msg("%s was computed", row->name);
        }
        assert_memory_equal(&sheets, &before, sizeof sheets);
        assert_true(policy_sheets_for_impressions(row->runs, row->runs_length, row->number_up,
                                                  row->sides, row->copies, 1) == 0);
    }
    struct policy_sheets sheets = UNTOUCHED;
    assert_false(policy_sheets_compute(NULL, 1, 1, POLICY_ONE_SIDED, 1, &sheets));
}

/* Just below the overflow the figures are exact. */
static void test_large(void **state)
{
    (void)state;
    const struct policy_page_run run = {UINT32_MAX, A4};
    struct policy_sheets sheets;
    assert_true(policy_sheets_compute(&run, 1, 1, POLICY_ONE_SIDED, UINT32_MAX, &sheets));
    assert_true(sheets.pages == UINT32_MAX);
    assert_true(sheets.sheets == (uint64_t)UINT32_MAX * UINT32_MAX);
    assert_true(sheets.impressions == (uint64_t)UINT32_MAX * UINT32_MAX);
    assert_true(policy_sheets_for_impressions(&run, 1, 1, POLICY_ONE_SIDED, UINT32_MAX,
                                              UINT64_MAX) == sheets.sheets);
}

static void test_for_impressions(void **state)
{
    (void)state;
    /* Two copies, duplex: A4 A4 | A4 - | A3 - , 1 + 1 + 2 sheets each. */
    static const struct policy_page_run runs[] = {{3, A4}, {1, A3}};
    static const uint64_t expected[] = {0, 1, 1, 2, 4, 5, 5, 6, 8, 8, 8};
    for (uint64_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(policy_sheets_for_impressions(runs, 2, 1, POLICY_TWO_SIDED_LONG_EDGE, 2, i) ==
                    expected[i]);
    }
}

/* ---- The model: walks page by page, as paper goes through a device ----------------------------
 */

/* Sizes with what is known of them from outside: pages of one kind go on one stack. */
static const struct {
    uint32_t width_um, height_um;
    int kind;
    uint32_t weight;
} palette[] = {
    {A4, 0, 1}, {A4_TURNED, 0, 1}, {A4_POINTS, 0, 1},      {A3, 1, 2},
    {A5, 2, 1}, {LETTER, 3, 1},    {215900, 355600, 4, 1}, {420000, 594000, 5, 4},
};
enum { PALETTE = sizeof palette / sizeof palette[0], PAGES_MAX = 12, COPIES_MAX = 4 };

struct model {
    int pages[PAGES_MAX]; /* places in the palette */
    size_t pages_length;
    uint32_t number_up, per_sheet, copies;
};

/* Sheets taken when `stop` sides are marked, and how many sides were. */
static uint64_t model_walk(const struct model *model, uint64_t stop, uint64_t *ret_sides)
{
    uint64_t sheets = 0;
    uint64_t sides = 0;
    for (uint32_t copy = 0; copy < model->copies; copy++) {
        uint32_t on_side = 0;
        uint32_t on_sheet = 0;
        for (size_t i = 0; i < model->pages_length; i++) {
            const bool fresh =
                i == 0 || palette[model->pages[i]].kind != palette[model->pages[i - 1]].kind;
            if (!fresh && on_side < model->number_up) {
                on_side++;
                continue;
            }
            if (sides == stop) {
                *ret_sides = sides;
                return sheets;
            }
            if (fresh || on_sheet == model->per_sheet) {
                sheets += palette[model->pages[i]].weight;
                on_sheet = 0;
            }
            on_sheet++;
            sides++;
            on_side = 1;
        }
    }
    *ret_sides = sides;
    return sheets;
}

/* splitmix64: repeatable from its seed alone. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)(next_random(state) % limit);
}

static struct model random_model(uint64_t *state)
{
    struct model model = {.pages_length = 1 + below(state, PAGES_MAX),
                          .number_up = 1 + below(state, 5),
                          .per_sheet = 1 + below(state, 2),
                          .copies = 1 + below(state, COPIES_MAX)};
    const uint32_t variety = 1 + below(state, PALETTE);
    for (size_t i = 0; i < model.pages_length; i++) {
        const bool repeat = i > 0 && below(state, 2);
        model.pages[i] = repeat ? model.pages[i - 1] : (int)below(state, variety);
    }
    return model;
}

/* Pages as runs; equal neighbours are one run or several, as it happens. */
static size_t model_runs(const struct model *model, uint64_t *state,
                         struct policy_page_run runs[PAGES_MAX])
{
    size_t length = 0;
    for (size_t i = 0; i < model->pages_length; i++) {
        const int page = model->pages[i];
        if (i > 0 && page == model->pages[i - 1] && below(state, 4)) {
            runs[length - 1].pages++;
        } else {
            runs[length++] =
                (struct policy_page_run){1, palette[page].width_um, palette[page].height_um};
        }
    }
    return length;
}

static void compare_with_model(uint64_t seed)
{
    uint64_t state = seed;
    const struct model model = random_model(&state);
    struct policy_page_run runs[PAGES_MAX];
    const size_t length = model_runs(&model, &state, runs);
    const enum policy_sides sides =
        model.per_sheet == 1 ? POLICY_ONE_SIDED : (enum policy_sides)(1 + below(&state, 2));
    uint64_t impressions;
    const uint64_t whole = model_walk(&model, UINT64_MAX, &impressions);
    struct policy_sheets sheets = UNTOUCHED;
    const bool computed =
        policy_sheets_compute(runs, length, model.number_up, sides, model.copies, &sheets);
    if (!computed || sheets.pages != model.pages_length || sheets.impressions != impressions ||
        sheets.sheets != whole) {
        fail_msg("seed %llu: %llu impressions on %llu sheets, should be %llu on %llu",
                 (unsigned long long)seed, (unsigned long long)sheets.impressions,
                 (unsigned long long)sheets.sheets, (unsigned long long)impressions,
                 (unsigned long long)whole);
    }
    for (uint64_t stop = 0; stop <= impressions + 2; stop++) {
        uint64_t marked;
        const uint64_t expected = model_walk(&model, stop, &marked);
        const uint64_t taken =
            policy_sheets_for_impressions(runs, length, model.number_up, sides, model.copies, stop);
        if (taken != expected) {
            fail_msg("seed %llu: %llu impressions took %llu sheets, should be %llu",
                     (unsigned long long)seed, (unsigned long long)stop, (unsigned long long)taken,
                     (unsigned long long)expected);
        }
    }
}

/* PRINTROOM_TEST_SEED=N repeats one case. */
static void test_against_model(void **state)
{
    (void)state;
    const char *seed = getenv("PRINTROOM_TEST_SEED");
    if (seed) {
        compare_with_model(strtoull(seed, NULL, 10));
        return;
    }
    for (uint64_t i = 0; i < 20000; i++) {
        compare_with_model(i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides_keywords), cmocka_unit_test(test_weight),
        cmocka_unit_test(test_compute),        cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_large),          cmocka_unit_test(test_for_impressions),
        cmocka_unit_test(test_against_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

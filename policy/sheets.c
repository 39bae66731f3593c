/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sheet arithmetic, in constant memory and one pass over the runs.
 *
 * The document is walked as *stacks*: the longest stretches of pages of one size. A stack is what a
 * device prints without a break: it starts a fresh side, and in duplex a fresh sheet. Everything
 * follows from the number of sides of each stack, so 10,000 pages cost as much as one.
 *
 * Two decisions are worth a word. Portrait and landscape are one size, because they come out of one
 * tray; a document that turns a table on its side does not take more paper. And sizes within half a
 * millimetre are one size, because PDF makers write A4 as 595 × 842 points, 595.28 × 841.89 and
 * more, and the device draws all of them from the same tray.
 *
 * Left out: covers, inserts, tab stock and stacks changed by finishing; the device's evidence
 * settles those.
 */
#include "policy/sheets.h"

#include <string.h>

/* Square micrometres of A4 and 5 % more. */
#define A4_AREA_TOLERATED ((uint64_t)210000 * 297000 / 20 * 21)
#define LETTER_WIDTH_UM   215900
#define LEGAL_LENGTH_UM   355600

static const struct {
    const char *keyword;
    uint32_t per_sheet;
} sides_table[] = {
    [POLICY_ONE_SIDED] = {"one-sided", 1},
    [POLICY_TWO_SIDED_LONG_EDGE] = {"two-sided-long-edge", 2},
    [POLICY_TWO_SIDED_SHORT_EDGE] = {"two-sided-short-edge", 2},
};
enum { SIDES_LENGTH = sizeof sides_table / sizeof sides_table[0] };
_Static_assert(SIDES_LENGTH == POLICY_TWO_SIDED_SHORT_EDGE + 1,
               "a row for every enum policy_sides");

/* Pages of one size that follow each other. */
struct stack {
    uint64_t pages;
    uint32_t weight;
};

/* How one copy is laid on paper. */
struct layout {
    const struct policy_page_run *runs;
    size_t runs_length;
    uint32_t number_up;
    uint32_t sides_per_sheet;
};

const char *policy_sides_keyword(enum policy_sides sides)
{
    return (unsigned)sides < SIDES_LENGTH ? sides_table[sides].keyword : "";
}

bool policy_sides_parse(const char *keyword, enum policy_sides *ret_sides)
{
    for (int i = 0; keyword && i < SIDES_LENGTH; i++) {
        if (strcmp(keyword, sides_table[i].keyword) == 0) {
            *ret_sides = (enum policy_sides)i;
            return true;
        }
    }
    return false;
}

static uint32_t shorter(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t longer(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint64_t divide_up(uint64_t dividend, uint64_t divisor)
{
    return dividend / divisor + (dividend % divisor != 0);
}

uint32_t policy_sheet_weight(uint32_t width_um, uint32_t height_um)
{
    if (shorter(width_um, height_um) <= LETTER_WIDTH_UM + POLICY_SIZE_TOLERANCE_UM &&
        longer(width_um, height_um) <= LEGAL_LENGTH_UM + POLICY_SIZE_TOLERANCE_UM) {
        return 1;
    }
    /* At most 2^64 / 6.5e10, which fits. */
    const uint64_t area = (uint64_t)width_um * height_um;
    const uint32_t weight = (uint32_t)divide_up(area, A4_AREA_TOLERATED);
    return longer(weight, 1);
}

static bool near(uint32_t a, uint32_t b)
{
    return longer(a, b) - shorter(a, b) <= POLICY_SIZE_TOLERANCE_UM;
}

static bool same_size(const struct policy_page_run *a, const struct policy_page_run *b)
{
    return near(shorter(a->width_um, a->height_um), shorter(b->width_um, b->height_um)) &&
           near(longer(a->width_um, a->height_um), longer(b->width_um, b->height_um));
}

/*
 * Takes the stack that starts at run *index. All runs are compared with its first, not with their
 * neighbour, or sizes growing by a hair from page to page would pass as one.
 */
static bool next_stack(const struct layout *layout, size_t *index, struct stack *ret_stack)
{
    if (*index >= layout->runs_length) {
        return false;
    }
    const struct policy_page_run *first = &layout->runs[*index];
    struct stack stack = {.weight = policy_sheet_weight(first->width_um, first->height_um)};
    while (*index < layout->runs_length && same_size(first, &layout->runs[*index])) {
        /* No array that fits in memory holds enough runs of 2^32 pages to overflow this. */
        stack.pages += layout->runs[*index].pages;
        (*index)++;
    }
    *ret_stack = stack;
    return true;
}

static bool runs_valid(const struct policy_page_run *runs, size_t runs_length)
{
    for (size_t i = 0; runs && i < runs_length; i++) {
        if (runs[i].pages == 0 || runs[i].width_um == 0 || runs[i].height_um == 0) {
            return false;
        }
    }
    return runs && runs_length > 0;
}

static bool layout_make(const struct policy_page_run *runs, size_t runs_length, uint32_t number_up,
                        enum policy_sides sides, struct layout *ret_layout)
{
    if (!runs_valid(runs, runs_length) || number_up == 0 || (unsigned)sides >= SIDES_LENGTH) {
        return false;
    }
    *ret_layout = (struct layout){.runs = runs,
                                  .runs_length = runs_length,
                                  .number_up = number_up,
                                  .sides_per_sheet = sides_table[sides].per_sheet};
    return true;
}

/* Pages, impressions and sheets of one copy. */
static bool one_copy(const struct layout *layout, struct policy_sheets *ret)
{
    struct policy_sheets sum = {0};
    struct stack stack;
    size_t index = 0;
    while (next_stack(layout, &index, &stack)) {
        const uint64_t impressions = divide_up(stack.pages, layout->number_up);
        uint64_t sheets;
        if (__builtin_mul_overflow(divide_up(impressions, layout->sides_per_sheet), stack.weight,
                                   &sheets) ||
            __builtin_add_overflow(sum.sheets, sheets, &sum.sheets)) {
            return false;
        }
        sum.pages += stack.pages;
        sum.impressions += impressions;
    }
    *ret = sum;
    return true;
}

bool policy_sheets_compute(const struct policy_page_run *runs, size_t runs_length,
                           uint32_t number_up, enum policy_sides sides, uint32_t copies,
                           struct policy_sheets *ret)
{
    struct layout layout;
    struct policy_sheets job;
    if (copies == 0 || !layout_make(runs, runs_length, number_up, sides, &layout) ||
        !one_copy(&layout, &job) ||
        __builtin_mul_overflow(job.impressions, copies, &job.impressions) ||
        __builtin_mul_overflow(job.sheets, copies, &job.sheets)) {
        return false;
    }
    *ret = job;
    return true;
}

/* Sheets of the first sides of one copy. */
static uint64_t begun_copy(const struct layout *layout, uint64_t impressions)
{
    uint64_t sheets = 0;
    struct stack stack;
    size_t index = 0;
    while (impressions > 0 && next_stack(layout, &index, &stack)) {
        const uint64_t whole = divide_up(stack.pages, layout->number_up);
        const uint64_t printed = impressions < whole ? impressions : whole;
        sheets += divide_up(printed, layout->sides_per_sheet) * stack.weight;
        impressions -= printed;
    }
    return sheets;
}

uint64_t policy_sheets_for_impressions(const struct policy_page_run *runs, size_t runs_length,
                                       uint32_t number_up, enum policy_sides sides, uint32_t copies,
                                       uint64_t impressions)
{
    struct layout layout;
    struct policy_sheets job;
    if (!policy_sheets_compute(runs, runs_length, number_up, sides, copies, &job) ||
        !layout_make(runs, runs_length, number_up, sides, &layout)) {
        return 0;
    }
    if (impressions >= job.impressions) {
        return job.sheets;
    }
    /* Division is exact: compute() multiplied one copy by the copies. */
    const uint64_t copy_impressions = job.impressions / copies;
    return impressions / copy_impressions * (job.sheets / copies) +
           begun_copy(&layout, impressions % copy_impressions);
}

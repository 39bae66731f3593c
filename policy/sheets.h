/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Sheet arithmetic. Three different things, never mixed:
 *  - *pages*: pages of the document that reaches the device;
 *  - *impressions*: sides of paper marked (PWG 5100.7 job-impressions), all copies;
 *  - *sheets* (张): paper taken from stock, all copies, in units of A4; a sheet of A3 counts 2.
 *
 * `sheets = copies × ceil(ceil(pages / number-up) / sides)` for pages of one size. In duplex a
 * change of page size starts a fresh sheet, as printers do, and every copy starts on a fresh sheet.
 */
#ifndef POLICY_SHEETS_H
#define POLICY_SHEETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum policy_sides { POLICY_ONE_SIDED, POLICY_TWO_SIDED_LONG_EDGE, POLICY_TWO_SIDED_SHORT_EDGE };

/** The IPP keyword of `sides` (RFC 8011 §5.2.8), e.g. "two-sided-long-edge"; static. */
const char *policy_sides_keyword(enum policy_sides sides);
/** Reads the keyword; returns false and leaves *ret_sides alone when it is none. */
bool policy_sides_parse(const char *keyword, enum policy_sides *ret_sides);

/** Consecutive pages of one size; a document is an array of runs, so that 10,000 equal pages are
 * one run. */
struct policy_page_run {
    uint32_t pages;
    uint32_t width_um; /**< micrometres, as printed (after /Rotate and UserUnit); A4 is 210000 ×
                          297000 */
    uint32_t height_um;
};

struct policy_sheets {
    uint64_t pages;       /**< of one copy, after number-up none: pages as given */
    uint64_t impressions; /**< all copies */
    uint64_t sheets;      /**< all copies, A4 units */
};

/** Page sizes that differ by no more than this on both edges are one size: the tolerance libcups
 * matches media with. */
enum { POLICY_SIZE_TOLERANCE_UM = 500 };

/**
 * How many A4 sheets one sheet of this size counts: 1 up to A4 (with a tolerance of 5 % of the
 * area) and for all that runs through an A4 tray (no wider than Letter, no longer than Legal);
 * beyond that by area in units of A4 with the same tolerance, rounded up: A3 and Tabloid 2, A2 4,
 * A0 16. Orientation does not matter.
 */
uint32_t policy_sheet_weight(uint32_t width_um, uint32_t height_um);

/**
 * Computes impressions and sheets.
 *
 * Neighbouring runs of one size (see POLICY_SIZE_TOLERANCE_UM; portrait and landscape are one size)
 * count as one run. With number-up the device fills a side with pages of one run only, so every run
 * starts a fresh side.
 *
 * @param runs,runs_length  the pages: at least one run, none with 0 pages or an edge of 0
 * @param number_up  pages put on one side by the device, ≥ 1 (1 when the document is n-up already)
 * @param copies     ≥ 1
 * @return false when an argument is out of range or the result would overflow; *ret is then
 * untouched
 */
bool policy_sheets_compute(const struct policy_page_run *runs, size_t runs_length,
                           uint32_t number_up, enum policy_sides sides, uint32_t copies,
                           struct policy_sheets *ret);

/**
 * How many sheets the first `impressions` sides of a job took: the evidence of a device that
 * reports impressions turned into sheets. Same rules as above, collated copies; never more than the
 * whole job, and 0 when the job is out of range.
 */
uint64_t policy_sheets_for_impressions(const struct policy_page_run *runs, size_t runs_length,
                                       uint32_t number_up, enum policy_sides sides, uint32_t copies,
                                       uint64_t impressions);

#endif

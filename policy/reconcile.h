/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Reconciling a device's counter with the books: what it counted between two readings, less what
 * our jobs and registered copies took, is paper nobody registered. Pure functions.
 *
 * A counter counts *sheets* of paper, or *impressions* (sides). What a sheet on two sides adds
 * differs between devices: an impression counter may add the sides marked or always two (also for
 * the blank back of a last page); a sheet counter adds one, or two where its maker meant sides. A
 * device's `duplex_step` says which; as long as it is not known, a job's part is a range, and only
 * what lies outside of the range is reported.
 *
 * Our books are in sheets of A4, in which a sheet of A3 is two, while the device took one: also a
 * range, unless all paper was A4.
 */
#ifndef POLICY_RECONCILE_H
#define POLICY_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POLICY_COUNT_UNKNOWN = -1 };

enum policy_counter { POLICY_COUNTER_AUTO, POLICY_COUNTER_SHEETS, POLICY_COUNTER_IMPRESSIONS };

/** What a device said at a moment of rest. */
struct policy_reading {
    int64_t impressions;  /**< POLICY_COUNT_UNKNOWN: it does not say */
    int64_t media_sheets; /**< likewise */
    const char *serial;   /**< "" not known */
};

/** What one job or registered copy took. */
struct policy_printed {
    int64_t sheets;      /**< of A4, charged */
    int64_t planned;     /**< of A4; more than `sheets` when it was not finished */
    int64_t impressions; /**< planned, all copies; 0 not known (copies made by hand) */
    int64_t weight;      /**< sheets of A4 its largest sheet counts, ≥ 1 (policy/sheets.h) */
    bool two_sided;      /**< or not known, as of copies made by hand */
};

/** From low to high, both included; in the counter's unit. */
struct policy_range {
    int64_t low;
    int64_t high;
};

/**
 * What a job adds to a counter.
 *
 * @param counter      POLICY_COUNTER_SHEETS or POLICY_COUNTER_IMPRESSIONS
 * @param duplex_step  what a sheet on two sides adds: 1, 2; 0 not known (a sheet counter then adds
 * 1)
 */
struct policy_range policy_printed_range(enum policy_counter counter, unsigned duplex_step,
                                         const struct policy_printed *printed);

/** The counter two readings can be compared by: the one wanted, else the sheets where both have
 * them, else the impressions; POLICY_COUNTER_AUTO when there is none. */
enum policy_counter policy_counter_of(enum policy_counter wanted,
                                      const struct policy_reading *before,
                                      const struct policy_reading *after);

enum policy_reconciled {
    POLICY_EVEN,         /**< within the tolerance */
    POLICY_UNREGISTERED, /**< the device took more than is in the books */
    POLICY_MISSING,      /**< the books have more than the device took */
    POLICY_RESET,        /**< the counter went back to about 0 */
    POLICY_REPLACED,     /**< another serial number: nothing can be compared */
    POLICY_NOT_COUNTED,  /**< no counter that both readings have */
    POLICY_RECONCILED
};
/** The keyword of an outcome: "even", "unregistered", "missing", "reset", "replaced",
 * "not-counted"; static. */
const char *policy_reconciled_keyword(enum policy_reconciled outcome);

struct policy_reconciliation {
    enum policy_reconciled outcome;
    enum policy_counter counter; /**< AUTO: none */
    bool wrapped;                /**< the counter ran over its end: counted on behind it */
    int64_t delta; /**< in the counter's unit; after a reset at least so much; POLICY_COUNT_UNKNOWN
                    */
    int64_t unregistered; /**< beyond what the books can have taken, ≥ 0 */
    int64_t missing;      /**< short of what the books must have taken, ≥ 0 */
};

/**
 * Compares.
 *
 * @param wanted     the counter to go by
 * @param booked     what the books say, by policy_printed_range() in the unit of
 * policy_counter_of(wanted, before, after), summed up
 * @param tolerance  of a day, in that unit; a difference up to it is even
 * @param let_pass   what of it is used up already: policy_let_pass() of the day's earlier
 * comparisons, in their order; 0 for the first
 */
struct policy_reconciliation policy_reconcile(const struct policy_reading *before,
                                              const struct policy_reading *after,
                                              enum policy_counter wanted,
                                              const struct policy_range *booked, int64_t tolerance,
                                              int64_t let_pass);

/** What a day has let pass so far, with this comparison: a device that is read often must not have
 * its tolerance as often. What was missing makes up for it; what was reported is done with. */
int64_t policy_let_pass(int64_t let_pass, const struct policy_reconciliation *found);

/** True for outcomes a person has to explain: all but even and not-counted. */
bool policy_reconciled_is_mismatch(enum policy_reconciled outcome);

#endif

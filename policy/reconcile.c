/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A counter that is lower than before ran over its end, or began anew. Counters in the field end at
 * 999,999 (six digits), 2^24 or 2^32; it is taken for a run over the end when the paper that would
 * have to lie between is what a device can print between two readings, the least such end first.
 * Everything else is a reset. A counter reset within that distance of its end looks the same; the
 * paper this seems to have taken is then reported as unregistered, so that it does not pass in
 * silence either.
 */
#include "policy/reconcile.h"

#include <string.h>

/* More than any device of an office prints between two readings. */
enum { BETWEEN_READINGS_MAX = 20000 };

static const char *const keywords[] = {
    [POLICY_EVEN] = "even",         [POLICY_UNREGISTERED] = "unregistered",
    [POLICY_MISSING] = "missing",   [POLICY_RESET] = "reset",
    [POLICY_REPLACED] = "replaced", [POLICY_NOT_COUNTED] = "not-counted",
};
_Static_assert(sizeof keywords / sizeof keywords[0] == POLICY_RECONCILED,
               "every outcome has its keyword");

const char *policy_reconciled_keyword(enum policy_reconciled outcome)
{
    return keywords[outcome];
}

bool policy_reconciled_is_mismatch(enum policy_reconciled outcome)
{
    return outcome != POLICY_EVEN && outcome != POLICY_NOT_COUNTED;
}

static struct policy_range sheets_range(const struct policy_printed *printed)
{
    int64_t weight = printed->weight > 1 ? printed->weight : 1;

    return (struct policy_range){(printed->sheets + weight - 1) / weight, printed->sheets};
}

struct policy_range policy_printed_range(enum policy_counter counter, unsigned duplex_step,
                                         const struct policy_printed *printed)
{
    struct policy_range range = sheets_range(printed);
    bool whole = printed->sheets == printed->planned && printed->impressions > 0;

    if (counter == POLICY_COUNTER_SHEETS) {
        if (printed->two_sided && duplex_step == 2) {
            /* Copies made by hand may have been on one side after all. */
            range.low = printed->impressions > 0 ? 2 * range.low : range.low;
            range.high *= 2;
        }
        return range;
    }
    if (!printed->two_sided) {
        return whole ? (struct policy_range){printed->impressions, printed->impressions} : range;
    }
    range.high *= 2;
    if (whole) {
        range.low = duplex_step == 2 ? range.low * 2 : printed->impressions;
        range.high = duplex_step == 1 || range.high < printed->impressions ? printed->impressions
                                                                           : range.high;
        range.low = range.low > range.high ? range.high : range.low;
    }
    return range;
}

static int64_t count_of(enum policy_counter counter, const struct policy_reading *reading)
{
    return counter == POLICY_COUNTER_SHEETS ? reading->media_sheets : reading->impressions;
}

static bool both_have(enum policy_counter counter, const struct policy_reading *before,
                      const struct policy_reading *after)
{
    return count_of(counter, before) >= 0 && count_of(counter, after) >= 0;
}

enum policy_counter policy_counter_of(enum policy_counter wanted,
                                      const struct policy_reading *before,
                                      const struct policy_reading *after)
{
    if (wanted != POLICY_COUNTER_AUTO) {
        return both_have(wanted, before, after) ? wanted : POLICY_COUNTER_AUTO;
    }
    if (both_have(POLICY_COUNTER_SHEETS, before, after)) {
        return POLICY_COUNTER_SHEETS;
    }
    return both_have(POLICY_COUNTER_IMPRESSIONS, before, after) ? POLICY_COUNTER_IMPRESSIONS
                                                                : POLICY_COUNTER_AUTO;
}

/* True when the counter ran over one of the known ends; *ret_delta is then what it counted. */
static bool ran_over(int64_t before, int64_t after, int64_t plausible, int64_t *ret_delta)
{
    static const int64_t ends[] = {1000000, INT64_C(1) << 24, INT64_C(1) << 32};

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (before < ends[i] && ends[i] - before + after <= plausible) {
            *ret_delta = ends[i] - before + after;
            return true;
        }
    }
    return false;
}

struct policy_reconciliation policy_reconcile(const struct policy_reading *before,
                                              const struct policy_reading *after,
                                              enum policy_counter wanted,
                                              const struct policy_range *booked, int64_t tolerance,
                                              int64_t let_pass)
{
    struct policy_reconciliation found = {.outcome = POLICY_NOT_COUNTED,
                                          .counter = policy_counter_of(wanted, before, after),
                                          .delta = POLICY_COUNT_UNKNOWN};

    if (before->serial[0] != '\0' && after->serial[0] != '\0' &&
        strcmp(before->serial, after->serial) != 0) {
        found.outcome = POLICY_REPLACED;
        return found;
    }
    if (found.counter == POLICY_COUNTER_AUTO) {
        return found;
    }
    int64_t first = count_of(found.counter, before);
    int64_t last = count_of(found.counter, after);
    bool reset = false;

    if (last >= first) {
        found.delta = last - first;
    } else {
        found.wrapped = ran_over(first, last, BETWEEN_READINGS_MAX + booked->high, &found.delta);
        reset = !found.wrapped;
        found.delta = reset ? last : found.delta;
    }
    found.unregistered = found.delta > booked->high ? found.delta - booked->high : 0;
    found.missing = !reset && found.delta < booked->low ? booked->low - found.delta : 0;
    if (reset) {
        found.outcome = POLICY_RESET;
    } else if (found.unregistered > 0 &&
               found.unregistered + (let_pass > 0 ? let_pass : 0) > tolerance) {
        found.outcome = POLICY_UNREGISTERED;
    } else {
        found.outcome = found.missing > tolerance ? POLICY_MISSING : POLICY_EVEN;
    }
    return found;
}

int64_t policy_let_pass(int64_t let_pass, const struct policy_reconciliation *found)
{
    if (found->outcome == POLICY_UNREGISTERED) {
        return 0;
    }
    return found->outcome == POLICY_EVEN ? let_pass + found->unregistered - found->missing
                                         : let_pass;
}

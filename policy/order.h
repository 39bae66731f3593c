/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The order of printing: urgent before ordinary, short before long, and nobody waits for ever.
 *
 * Every job has a *turn*, a moment in milliseconds; the job with the earliest turn is printed next.
 * The turn is the moment the job became ready, put off by what it is: an ordinary job by two hours,
 * and each sheet by six seconds up to an hour. Ageing needs no clock: turns stay as they are while
 * new ones lie ever later, so a turn can be kept in a column and an index.
 *
 * What follows, for any two jobs:
 *  - ready at the same time, an urgent one is printed before every ordinary one, however long;
 *  - of two of the same urgency, the shorter goes first unless the longer has waited longer by six
 *    seconds a sheet of difference;
 *  - a job that has waited POLICY_ORDER_PATIENCE_MS is overtaken by no job that comes then or
 * later. Its wait is thus at most that patience and the printing of what was ready before its end.
 */
#ifndef POLICY_ORDER_H
#define POLICY_ORDER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    POLICY_ORDER_ORDINARY_MS = 2 * 60 * 60 * 1000, /**< head start of an urgent job */
    POLICY_ORDER_SHEET_MS = 6 * 1000,              /**< head start of a job shorter by a sheet */
    POLICY_ORDER_SHEETS_MAX = 600,                 /**< longer jobs count as so long */
    POLICY_ORDER_PATIENCE_MS =
        POLICY_ORDER_ORDINARY_MS + POLICY_ORDER_SHEETS_MAX * POLICY_ORDER_SHEET_MS
};

/**
 * The turn of a job: least first; of equal ones the one that was opened first.
 *
 * @param ready_ms  when it became ready to print, milliseconds since 1970 UTC, ≥ 0
 * @param sheets    of all copies
 */
int64_t policy_order_turn(int64_t ready_ms, uint64_t sheets, bool urgent);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/order.h"

_Static_assert(POLICY_ORDER_SHEETS_MAX *POLICY_ORDER_SHEET_MS < POLICY_ORDER_ORDINARY_MS,
               "the longest urgent job goes before the shortest ordinary one");

int64_t policy_order_turn(int64_t ready_ms, uint64_t sheets, bool urgent)
{
    const int64_t counted =
        sheets < POLICY_ORDER_SHEETS_MAX ? (int64_t)sheets : POLICY_ORDER_SHEETS_MAX;
    int64_t turn;
    if (__builtin_add_overflow(
            ready_ms, counted * POLICY_ORDER_SHEET_MS + (urgent ? 0 : POLICY_ORDER_ORDINARY_MS),
            &turn)) {
        return INT64_MAX;
    }
    return turn;
}

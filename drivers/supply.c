/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/supply.h"

enum { SOME_IS_LEFT = -3 };

void supply_judge(struct device_supply *supply, int64_t level, int64_t capacity,
                  int64_t low_percent)
{
    supply->level_percent = DEVICE_UNKNOWN;
    supply->state = level == SOME_IS_LEFT ? DEVICE_SUPPLY_OK : DEVICE_SUPPLY_UNKNOWN;
    if (level < 0 || capacity <= 0 || level > capacity) {
        return;
    }
    supply->level_percent = (int)((double)level * 100.0 / (double)capacity);
    supply->state = level == 0                            ? DEVICE_SUPPLY_EMPTY
                    : supply->level_percent < low_percent ? DEVICE_SUPPLY_LOW
                                                          : DEVICE_SUPPLY_OK;
}

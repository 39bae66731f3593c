/* SPDX-License-Identifier: GPL-2.0-or-later */
/** How much of a supply is left, from the numbers of the Printer MIB, whoever told them. */
#ifndef DRIVERS_SUPPLY_H
#define DRIVERS_SUPPLY_H

#include <stdint.h>

#include "drivers/driver.h"

enum { SUPPLY_LOW_PERCENT = 10 };

/**
 * Fills in level and state.
 *
 * @param level        prtMarkerSuppliesLevel (RFC 3805): −1 other, −2 unknown, −3 some is left; of
 * a waste box the room that is left
 * @param capacity     prtMarkerSuppliesMaxCapacity, in the same unit; negative when it is unknown
 * @param low_percent  below this it is low
 */
void supply_judge(struct device_supply *supply, int64_t level, int64_t capacity,
                  int64_t low_percent);

#endif

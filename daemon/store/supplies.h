/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What devices are fed with: levels as they last said, and the stock in the cupboard. */
#ifndef DAEMON_STORE_SUPPLIES_H
#define DAEMON_STORE_SUPPLIES_H

#include <jansson.h>

#include "daemon/store/devices.h"

enum { STOCK_ITEM_BYTES = 401, STOCK_NOTE_BYTES = 801, STOCK_CHANGE_MAX = 1000000 };

/** Replaces what is known of a device's supplies by an answer's lines (cleaned, see
 * daemon/devices/answers.h). */
int supplies_set(struct store_tx *tx, int64_t device, const json_t *lines);
/**
 * Appends supplies by device, as objects: device, name, kind, color, level_percent (null not
 * known), state, low, seen_at.
 *
 * @param device       key, 0 all active devices
 * @param low_percent  at and below which one is low, whatever the device says
 * @param low_only     only those that are low or empty
 */
int supplies_list(struct store_tx *tx, int64_t device, unsigned low_percent, bool low_only,
                  json_t *list);

struct stock_move {
    const char *item;   /**< one line of 1–100 characters */
    int64_t change;     /**< + came in, − was used; not 0; ±STOCK_CHANGE_MAX */
    int64_t minimum;    /**< from now on, −1 as it is */
    const char *device; /**< name, "" none */
    const char *note;   /**< one line, or "" */
};
/**
 * Books it, with an audit leaf "stock.add" or "stock.use". An item that is not known is made by the
 * first that comes in.
 *
 * @return PR_OK; PR_EINVAL, PR_ENOENT (device, or an item that never came in), PR_EBALANCE (not so
 * much is there)
 */
int stock_book(struct store_tx *tx, const struct stock_move *move, const char *actor);
/** Appends items by name, as objects: item, amount, minimum, low. `item` NULL: all. */
int stock_list(struct store_tx *tx, const char *item, bool low_only, json_t *list);

#endif

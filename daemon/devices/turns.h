/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Whose turn it is in the daily round (daemon/devices/rounds.h). One thread at a time; nothing of
 * it outlives the daemon, which asks everybody once more when it starts.
 */
#ifndef DAEMON_DEVICES_TURNS_H
#define DAEMON_DEVICES_TURNS_H

#include "daemon/clock.h"
#include "daemon/store/devices.h"

/** How long a device is left alone that did not answer. */
enum { DEVICE_SILENT_MS = 15 * 60 * 1000 };

/** What a visit has shown. */
enum device_found {
    DEVICE_FOUND_ANSWERING, /**< it was read, or may be the next time */
    DEVICE_FOUND_BUSY,      /**< it was printing or being emptied: nothing was asked */
    DEVICE_FOUND_UNABLE     /**< it has no counter that can be asked for */
};

struct device_turns;

/** NULL when memory is short. */
struct device_turns *device_turns_new(void);
void device_turns_free(struct device_turns *turns);

/**
 * Whether it is the device's turn, which then counts as taken: once a day, again DEVICE_SILENT_MS
 * after it was taken, and at once when the device has other addresses than then.
 *
 * @param day     of now
 * @param now_ms  store_now_ms()
 */
bool device_turn_take(struct device_turns *turns, const struct device_record *device,
                      const char *day, int64_t now_ms);

/** After the visit: one that was busy has its turn at once, one that is unable not until the next
 * day. */
void device_turn_note(struct device_turns *turns, int64_t device, enum device_found found);

#endif

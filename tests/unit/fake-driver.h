/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A driver without a device: what lies on it is a table of names, and how it fails is set by the
 * test. See tests/unit/test-device-purge.c.
 */
#ifndef TESTS_UNIT_FAKE_DRIVER_H
#define TESTS_UNIT_FAKE_DRIVER_H

#include "drivers/driver.h"

enum { FAKE_ITEMS_MAX = 8 };

/** What a deletion does. */
struct fake_deletion {
    enum device_result result; /**< what the driver is told */
    const char *code;
    bool deletes;    /**< the item is gone afterwards */
    bool sends;      /**< bytes went out: there is a transcript */
    bool loses_line; /**< nothing works afterwards until it is revived */
};

struct fake_item {
    const char *name; /**< NULL: none */
    bool stays;       /**< a font */
    struct fake_deletion deletion;
};

struct fake_session {
    struct device_session head;
    struct fake_item items[FAKE_ITEMS_MAX];

    /* Faults. Listings are counted from 1; 0 is never. */
    unsigned list_fails_at;
    enum device_result list_result;
    bool list_fails_ever_after;
    const char *unread;        /**< beginning of keys that cannot be read in the second listing */
    const char *comes_between; /**< an item that is in the second listing only */
    bool cannot_revive, no_list, no_counters, remove_all_works;
    unsigned delay_ms; /**< of every deletion */

    /* What was asked. */
    unsigned listings, deletions, revivals, all_deletions, closed;
    int64_t deadline_ms;

    bool line_lost;
    struct device_transcript transcript;
};

/** Makes a session of it; what the test has set stays. */
struct device_session *fake_session(struct fake_session *fake);

#endif

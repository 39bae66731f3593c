/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What lies on a device, item by item, and what could not be seen. */
#ifndef DRIVERS_LISTING_H
#define DRIVERS_LISTING_H

#include "drivers/driver.h"

/** A listing is zeroed before it is used, and cleared after. */
void listing_clear(struct device_listing *listing);

/**
 * Adds an item whose key is not in it yet.
 *
 * @return false when it is full: then it is incomplete and has a gap that says so
 */
bool listing_add(struct device_listing *listing, const struct device_item *item);

/** The item of that key, NULL when there is none. */
const struct device_item *listing_find(const struct device_listing *listing, const char *key);

/** Notes that something is out of reach; once. @param what  from a device, is cleaned */
void listing_gap(struct device_listing *listing, enum device_gap_why why, const char *what);

/** Notes that nothing below this beginning of keys could be read. "" is everything. */
void listing_unread(struct device_listing *listing, const char *key_prefix);

/** Whether an item that is not in the listing is thereby known to be gone. */
bool listing_covers(const struct device_listing *listing, const char *key);

/** @return how many are residue */
size_t listing_residue(const struct device_listing *listing);

/** The worst of what the gaps allow. */
enum device_outcome listing_outcome(const struct device_listing *listing);

/** The keyword of an outcome, "verified-absent". */
const char *outcome_word(enum device_outcome outcome);

/* Gaps ----------------------------------------------------------------------------------------- */

/** The keyword of a gap, "volume-locked". */
const char *gap_word(enum device_gap_why why);
const char *gap_english(enum device_gap_why why);
const char *gap_chinese(enum device_gap_why why);
/** The best outcome of a purge that has such a gap: not OUTCOME_VERIFIED_ABSENT where job data may
 * be left behind unseen; others only limit what may be claimed. */
enum device_outcome gap_outcome(enum device_gap_why why);
/** The gap for a URI or list that gave another result than DEVICE_OK. */
enum device_gap_why gap_for(enum device_result result);

#endif

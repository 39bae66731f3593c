/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Emptying a device: list, delete, list again, and say of each thing what the second list shows.
 * Knows drivers only by their callbacks, and prints nothing.
 */
#ifndef DRIVERS_PURGE_H
#define DRIVERS_PURGE_H

#include "drivers/driver.h"
#include "drivers/listing.h"

enum { PURGE_PARTS_MAX = 16 };

/** What became of one item. */
struct purge_step {
    const struct device_item *item; /**< of a listing; lives as long as the purge */
    enum device_result said;        /**< what the driver made of the deletion */
    bool begun;                     /**< bytes went out */
    enum device_outcome outcome;
    char code[DEVICE_CODE_BYTES];
    char message[DEVICE_TEXT_BYTES];
    size_t request_bytes, reply_bytes;
    unsigned char *request, *reply; /**< evidence, as far as it was kept */
};

/** What one session reaches. */
struct purge_part {
    struct device_session *session;
    bool listed; /**< it has a list at all */
    struct device_listing before, after;
    size_t steps_length;
    struct purge_step *steps; /**< one for each residue before, then those that came in between */
};

struct purge {
    size_t parts_length;
    struct purge_part parts[PURGE_PARTS_MAX];
    struct device_listing gaps; /**< of the whole device: only its gaps are used */
    bool counted_before, counted_after;
    struct device_counters counters_before, counters_after;
    const struct device_session *counting; /**< who told them */
    enum device_outcome outcome;           /**< the worst */
    size_t found, counts[DEVICE_OUTCOMES]; /**< steps by outcome */
    size_t evidence_left_bytes;
};

/**
 * Empties what the sessions reach. Each session whose driver has a list is a part.
 *
 * @param sessions     their deadlines are moved within this one
 * @param deadline_ms  CLOCK_MONOTONIC, ms; what was not deleted by then is OUTCOME_UNREACHABLE with
 * the code "time", and some of the time is kept for the second look
 * @param progress     called after each deletion; may be NULL
 * @param ret          filled whatever happens; purge_clear() it
 */
void purge_run(struct device_session *const *sessions, size_t sessions_length, int64_t deadline_ms,
               void (*progress)(size_t done, size_t found), struct purge *ret);

/** Only looks: fills in parts with their listings before, and the outcome: OUTCOME_REFUSED when
 * there is residue. */
void purge_look(struct device_session *const *sessions, size_t sessions_length, struct purge *ret);

/** The first session that knows its counters. @return NULL when none does */
struct device_session *purge_count(struct device_session *const *sessions, size_t sessions_length,
                                   struct device_counters *ret, char ret_message[DEVICE_TEXT_BYTES],
                                   enum device_result *ret_result);

void purge_clear(struct purge *purge);

#endif

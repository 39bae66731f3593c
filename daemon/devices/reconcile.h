/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Counters against the books: what policy/reconcile.h decides, fed from the store. */
#ifndef DAEMON_DEVICES_RECONCILE_H
#define DAEMON_DEVICES_RECONCILE_H

#include <jansson.h>

#include "daemon/office.h"
#include "daemon/store/counters.h"
#include "policy/reconcile.h"

/** One interval between two readings at rest. */
struct reconciled {
    char day[DAY_BYTES]; /**< the day it began */
    struct policy_reconciliation found;
    int64_t jobs;     /**< sheets of A4 that our jobs were charged */
    int64_t copies;   /**< likewise, registered walk-up copies */
    int64_t let_pass; /**< that the day had let pass before, ≥ 0, in the counter's unit */
    struct policy_range booked;
};

/** Reconciles the time between two readings of a device. `let_pass` as policy_reconcile(). */
int reconcile_between(struct store_tx *tx, const struct office *office,
                      const struct device_reading *before, const struct device_reading *after,
                      int64_t let_pass, struct reconciled *ret);

/**
 * Stores a reading and, when it was taken at rest, compares it with the one before. What was found
 * is kept and gets into the month's figures, a difference beyond the tolerance is a violation
 * "counter-mismatch" as well, all in the same transaction.
 */
int reconcile_reading(struct store_tx *tx, const struct office *office,
                      const struct device_record *device, struct device_reading *reading);

/** Fills in a reading from a counters line (cleaned, daemon/devices/answers.h) of now. */
void reading_from_line(const struct device_record *device, const json_t *line, const char *occasion,
                       struct device_reading *ret_reading);

/**
 * The month of a device by interval between readings at rest, with the day each began, as an array
 * of objects {"day", "outcome", "counter", "delta", "wrapped", "jobs", "copies", "unregistered",
 * "missing", "tolerance", "now"}. It is what was found when the later reading came, and stands in
 * the month's figures and among the violations; `now` is an object of the same members where the
 * books or the settings tell something else since, else null.
 */
int reconcile_month(struct store_tx *tx, const struct office *office,
                    const struct device_record *device, const char *month, json_t *list);

#endif

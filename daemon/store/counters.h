/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Readings of devices' counters (append only), and what our own books say of the time between two
 * of them. */
#ifndef DAEMON_STORE_COUNTERS_H
#define DAEMON_STORE_COUNTERS_H

#include <jansson.h>

#include "daemon/store/devices-register.h"
#include "daemon/store/jobs.h"

enum { READING_KEYWORD_BYTES = 16, READING_UNKNOWN = -1 };

struct device_reading {
    int64_t key;
    int64_t device;
    int64_t at;                           /**< ms */
    char day[DAY_BYTES];                  /**< local */
    char occasion[READING_KEYWORD_BYTES]; /**< "day-start", "purge-before", "purge-after",
                                             "request" (may have been printing) */
    char source[READING_KEYWORD_BYTES];   /**< "ipp", "pjl", "postscript" */
    char serial[DEVICE_SERIAL_BYTES];     /**< "" not known */
    int64_t impressions;                  /**< READING_UNKNOWN: it does not say; so the others */
    int64_t color_impressions;
    int64_t media_sheets;
};

/** Appends; `key` is not read, it is set. */
int reading_add(struct store_tx *tx, struct device_reading *reading);
/** The latest reading of a device (at rest: not one on request). PR_ENOENT. */
int reading_latest(struct store_tx *tx, int64_t device, bool at_rest, struct device_reading *ret);
/** True when the day's first reading was taken. */
bool reading_of_day(struct store_tx *tx, int64_t device, const char *day);
/**
 * Readings at rest of a month, in order, with the last one before it first (when there is one) and
 * the first one after it last.
 *
 * @param month  "YYYY-MM"
 */
int reading_each(struct store_tx *tx, int64_t device, const char *month,
                 int (*callback)(void *context, const struct device_reading *), void *context);

/** A job or a registered copy that took paper of a device. */
struct counted_job {
    int64_t job;
    bool walk_up;
    bool two_sided;
    int64_t sheets;      /**< of A4, charged */
    int64_t planned;     /**< of A4 */
    int64_t impressions; /**< planned; 0 not known */
};
/** Calls back for each that ended in (after_ms, until_ms]. */
int counted_each(struct store_tx *tx, int64_t device, int64_t after_ms, int64_t until_ms,
                 int (*callback)(void *context, const struct counted_job *), void *context);

/** What was found between two readings at rest; texts borrowed. Figures but the last are in the
 * counter's unit. */
struct device_interval {
    int64_t reading; /**< the later one */
    int64_t device;
    const char *day;     /**< of the earlier one */
    const char *outcome; /**< policy_reconciled_keyword() */
    const char *counter; /**< "sheets", "impressions", "" none that both have */
    int64_t delta;       /**< READING_UNKNOWN: they cannot be compared */
    int64_t jobs;        /**< sheets our jobs were charged */
    int64_t copies;      /**< of registered copies, likewise */
    int64_t unregistered;
    int64_t missing;
    int64_t tolerance;
    int64_t unregistered_sheets; /**< beyond the tolerance, with what the day had let pass before:
                                    what the month's figures count */
};
/** Appends; the month's figures are added to. */
int interval_add(struct store_tx *tx, const struct device_interval *interval);
/** What a day of a device has let pass so far: policy_let_pass() of its intervals. */
int interval_let_pass(struct store_tx *tx, int64_t device, const char *day, int64_t *ret_let_pass);
/** What was found up to a reading, as an object {"day", "outcome", "counter", "delta", "jobs",
 * "copies", "unregistered", "missing", "tolerance"}; a new reference. PR_ENOENT: it was compared to
 * none. */
int interval_document(struct store_tx *tx, int64_t reading, json_t **ret_document);

/** Writes a violation of a device down ("counter-mismatch"), with an audit leaf "violation.add".
 * `detail` is stolen. */
int violation_add_device(struct store_tx *tx, const struct device_record *device, const char *month,
                         const char *kind, json_t *detail);

#endif

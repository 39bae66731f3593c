/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The maintenance register: entries are opened once, closed once, never deleted. */
#ifndef DAEMON_STORE_MAINTENANCE_H
#define DAEMON_STORE_MAINTENANCE_H

#include <jansson.h>

#include "daemon/store/devices.h"

enum { MAINTENANCE_NOTE_BYTES = 1601, MAINTENANCE_VENDOR_BYTES = 401 };

/** Kinds of entry, ends with NULL: cleaning, calibration, part, fault, service. */
extern const char *const maintenance_kinds[];

struct maintenance_entry {
    const char *device;   /**< name */
    const char *kind;     /**< one of maintenance_kinds */
    const char *note;     /**< one line of 1–400 characters */
    const char *vendor;   /**< who did it, "" the office itself; 0–100 characters */
    const char *next_due; /**< "YYYY-MM-DD" it is due (again), "" no day */
};
/**
 * Opens an entry, with an audit leaf "maintenance.add". A part, a cleaning, a calibration or a
 * service that names no next day is over with its entry and is closed at once; a fault and
 * everything with a next day stay open until somebody closes them.
 *
 * @return PR_OK; PR_ENOENT (device), PR_EINVAL
 */
int maintenance_add(struct store_tx *tx, const struct maintenance_entry *entry, const char *actor,
                    int64_t *ret_key);
/** Closes, with an audit leaf "maintenance.close". PR_ENOENT, PR_ESTATE (closed before), PR_EINVAL
 * (note as above). */
int maintenance_close(struct store_tx *tx, int64_t key, const char *note, const char *actor);

struct maintenance_filter {
    int64_t key;         /**< 0 any */
    const char *device;  /**< name, NULL or "" any */
    bool open;           /**< only open ones */
    const char *due_day; /**< only open ones due on this day or before; NULL any */
};
/** Appends entries, newest first, as objects: number, device, kind, note, vendor, next_due (null
 * none), opened_by, opened_at, closed_by, closed_at, closing_note (null: open). */
int maintenance_list(struct store_tx *tx, const struct maintenance_filter *filter, json_t *list);

#endif

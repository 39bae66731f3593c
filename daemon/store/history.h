/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the audit log tells of one person or department. */
#ifndef DAEMON_STORE_HISTORY_H
#define DAEMON_STORE_HISTORY_H

#include <jansson.h>
#include <stdint.h>

#include "daemon/store/store.h"

enum history_kind { HISTORY_PERSON, HISTORY_DEPARTMENT };

/** A leaf, read back; borrowed by the callback. */
struct history_entry {
    int64_t at; /**< ms */
    const char *actor;
    const char *event; /**< "person.change" … */
    json_t *detail;
};

/**
 * Calls back for each leaf of a person ("person.…") or department ("department.…", "quota.…"),
 * oldest first; a result other than PR_OK ends the walk and is returned. No leaf is no error.
 *
 * @param object  login or code
 * @param most    only the latest so many
 */
int history_each(struct store_tx *tx, enum history_kind kind, const char *object, unsigned most,
                 int (*callback)(void *context, const struct history_entry *entry), void *context);

#endif

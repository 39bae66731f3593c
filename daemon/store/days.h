/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Working days and the recipients of their keys. */
#ifndef DAEMON_STORE_DAYS_H
#define DAEMON_STORE_DAYS_H

#include <stdbool.h>

#include "daemon/store/store.h"
#include "daemon/vault/age.h"
#include "daemon/vault/keys.h"

struct day_record {
    char day[DAY_BYTES];
    char recipient[AGE_RECIPIENT_TEXT_BYTES];
    bool destroyed;
};

/**
 * Remembers a day's recipient for ever, with an audit leaf "day.open".
 *
 * @param day        "YYYY-MM-DD", a date of the calendar
 * @param recipient  "age1…" (X25519)
 * @return PR_OK; PR_EINVAL; PR_EEXIST when the day has a key or the key a day (neither is sticky)
 */
int day_add(struct store_tx *tx, const char *day, const char *recipient);
/** True for "YYYY-MM-DD" of a day that the calendar has. */
bool day_of_calendar(const char *day);
/** PR_ENOENT when the day never had a key. */
int day_find(struct store_tx *tx, const char *day, struct day_record *ret_day);

#endif

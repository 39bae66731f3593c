/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/days.h"

#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"

static bool digits_at(const char *text, size_t length, unsigned *ret_number)
{
    unsigned number = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        number = number * 10 + (unsigned)(text[i] - '0');
    }
    *ret_number = number;
    return true;
}

bool day_of_calendar(const char *day)
{
    static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year;
    unsigned month;
    unsigned date;

    if (strnlen(day, DAY_BYTES) != DAY_BYTES - 1 || day[4] != '-' || day[7] != '-' ||
        !digits_at(day, 4, &year) || !digits_at(day + 5, 2, &month) ||
        !digits_at(day + 8, 2, &date) || year < 1970 || month < 1 || month > 12) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return date >= 1 && date <= lengths[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/** Bech32's alphabet behind the prefix; the vault made it, so that its checksum need not be checked
 * again. */
static bool is_recipient(const char *recipient)
{
    return strnlen(recipient, AGE_RECIPIENT_TEXT_BYTES) == AGE_RECIPIENT_TEXT_BYTES - 1 &&
           strncmp(recipient, "age1", 4) == 0 &&
           text_is_of(recipient + 4, "qpzry9x8gf2tvdw0s3jn54khce6mua7l", AGE_RECIPIENT_TEXT_BYTES);
}

/** PR_EEXIST when the day has a key or the key a day. */
static int look_for_rival(struct store_tx *tx, const char *day, const char *recipient)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM day WHERE day = ?1 OR recipient = ?2");

    store_bind_text(statement, 1, day);
    store_bind_text(statement, 2, recipient);
    int step = store_step(tx, statement);
    return step > 0 ? PR_EEXIST : step;
}

int day_add(struct store_tx *tx, const char *day, const char *recipient)
{
    if (!day_of_calendar(day) || !is_recipient(recipient)) {
        return PR_EINVAL;
    }
    int result = look_for_rival(tx, day, recipient);
    if (result != PR_OK) {
        return result;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO day (day, recipient, created_at) VALUES (?1, ?2, ?3)");

    store_bind_text(statement, 1, day);
    store_bind_text(statement, 2, recipient);
    store_bind_int(statement, 3, store_now_ms());
    result = store_step(tx, statement);
    if (result != PR_OK) {
        return result;
    }
    return audit_append_made(tx, "printroomd", "day.open", day,
                             json_pack("{s:s}", "recipient", recipient));
}

int day_find(struct store_tx *tx, const char *day, struct day_record *ret_day)
{
    struct day_record found;
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT day, recipient, destroyed_at IS NOT NULL FROM day WHERE day = ?1");

    store_bind_text(statement, 1, day);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    store_column_text(statement, 0, found.day, sizeof found.day);
    store_column_text(statement, 1, found.recipient, sizeof found.recipient);
    found.destroyed = sqlite3_column_int(statement, 2) != 0;
    int result = store_tx_error(tx);
    if (result == PR_OK) {
        *ret_day = found;
    }
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/counters.h"

#include <stdlib.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/rows.h"

static void bind_count(sqlite3_stmt *statement, int index, int64_t value)
{
    if (value < 0) {
        store_bind_null(statement, index);
    } else {
        store_bind_int(statement, index, value);
    }
}

int reading_add(struct store_tx *tx, struct device_reading *reading)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO reading (device, at, day, occasion, source, serial, impressions,"
            " color_impressions, media_sheets) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

    store_bind_int(statement, 1, reading->device);
    store_bind_int(statement, 2, reading->at);
    store_bind_text(statement, 3, reading->day);
    store_bind_text(statement, 4, reading->occasion);
    store_bind_text(statement, 5, reading->source);
    store_bind_text(statement, 6, reading->serial);
    bind_count(statement, 7, reading->impressions);
    bind_count(statement, 8, reading->color_impressions);
    bind_count(statement, 9, reading->media_sheets);
    int result = store_step(tx, statement);
    if (result == PR_OK) {
        reading->key = store_last_id(tx);
    }
    return result;
}

#define SELECT_READING                                                                             \
    "SELECT reading, device, at, day, occasion, source, serial, coalesce(impressions, -1),"        \
    " coalesce(color_impressions, -1), coalesce(media_sheets, -1) FROM reading "

static void read_reading(sqlite3_stmt *statement, struct device_reading *reading)
{
    *reading = (struct device_reading){
        .key = sqlite3_column_int64(statement, 0),
        .device = sqlite3_column_int64(statement, 1),
        .at = sqlite3_column_int64(statement, 2),
        .impressions = sqlite3_column_int64(statement, 7),
        .color_impressions = sqlite3_column_int64(statement, 8),
        .media_sheets = sqlite3_column_int64(statement, 9),
    };
    store_column_text(statement, 3, reading->day, sizeof reading->day);
    store_column_text(statement, 4, reading->occasion, sizeof reading->occasion);
    store_column_text(statement, 5, reading->source, sizeof reading->source);
    store_column_text(statement, 6, reading->serial, sizeof reading->serial);
}

int reading_latest(struct store_tx *tx, int64_t device, bool at_rest, struct device_reading *ret)
{
    sqlite3_stmt *statement =
        store_statement(tx, SELECT_READING "WHERE device = ?1 AND (NOT ?2 OR occasion <> 'request')"
                                           " ORDER BY at DESC, reading DESC LIMIT 1");

    store_bind_int(statement, 1, device);
    store_bind_int(statement, 2, at_rest);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    read_reading(statement, ret);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

bool reading_of_day(struct store_tx *tx, int64_t device, const char *day)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM reading WHERE device = ?1 AND day = ?2"
                            " AND occasion <> 'request' LIMIT 1");

    store_bind_int(statement, 1, device);
    store_bind_text(statement, 2, day);
    return store_step(tx, statement) > 0;
}

int reading_each(struct store_tx *tx, int64_t device, const char *month,
                 int (*callback)(void *context, const struct device_reading *), void *context)
{
    sqlite3_stmt *statement = store_statement(
        tx, SELECT_READING
        "WHERE device = ?1 AND occasion <> 'request'"
        " AND at >= coalesce((SELECT max(b.at) FROM reading AS b WHERE b.device = ?1"
        "   AND b.occasion <> 'request' AND b.day < ?2 || '-01'), 0)"
        " AND at <= coalesce((SELECT min(a.at) FROM reading AS a WHERE a.device = ?1"
        "   AND a.occasion <> 'request' AND a.day > ?2 || '-31'), 9223372036854775807)"
        " ORDER BY at, reading");
    int step;

    store_bind_int(statement, 1, device);
    store_bind_text(statement, 2, month);
    while ((step = store_step(tx, statement)) > 0) {
        struct device_reading reading;

        read_reading(statement, &reading);
        int result = callback(context, &reading);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

int counted_each(struct store_tx *tx, int64_t device, int64_t after_ms, int64_t until_ms,
                 int (*callback)(void *context, const struct counted_job *), void *context)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT j.job, j.source = 'walk-up', coalesce(j.sides_decided, j.sides) <> 'one-sided',"
            " l.sheets, coalesce(j.sheets, 0), coalesce(j.impressions, 0)"
            " FROM job AS j JOIN ledger AS l ON l.job = j.job AND l.kind = 'settle'"
            " WHERE j.device = ?1 AND j.completed_at > ?2 AND j.completed_at <= ?3 AND l.sheets > 0"
            " ORDER BY j.completed_at");
    int step;

    store_bind_int(statement, 1, device);
    store_bind_int(statement, 2, after_ms);
    store_bind_int(statement, 3, until_ms);
    while ((step = store_step(tx, statement)) > 0) {
        const struct counted_job job = {
            .job = sqlite3_column_int64(statement, 0),
            .walk_up = sqlite3_column_int(statement, 1) != 0,
            .two_sided = sqlite3_column_int(statement, 2) != 0,
            .sheets = sqlite3_column_int64(statement, 3),
            .planned = sqlite3_column_int64(statement, 4),
            .impressions = sqlite3_column_int64(statement, 5),
        };
        int result = callback(context, &job);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

int interval_add(struct store_tx *tx, const struct device_interval *interval)
{
    sqlite3_stmt *statement = store_statement(
        tx,
        "INSERT INTO reconciliation (reading, device, month, day, outcome, counter, delta, jobs,"
        " copies, unregistered, missing, tolerance, unregistered_sheets) VALUES (?1, ?2,"
        " substr(?3, 1, 7), ?3, ?4, ?5, nullif(?6, -1), ?7, ?8, ?9, ?10, ?11, ?12)");

    store_bind_int(statement, 1, interval->reading);
    store_bind_int(statement, 2, interval->device);
    store_bind_text(statement, 3, interval->day);
    store_bind_text(statement, 4, interval->outcome);
    store_bind_text(statement, 5, interval->counter);
    store_bind_int(statement, 6, interval->delta);
    store_bind_int(statement, 7, interval->jobs);
    store_bind_int(statement, 8, interval->copies);
    store_bind_int(statement, 9, interval->unregistered);
    store_bind_int(statement, 10, interval->missing);
    store_bind_int(statement, 11, interval->tolerance);
    store_bind_int(statement, 12, interval->unregistered_sheets);
    return store_step(tx, statement);
}

int interval_let_pass(struct store_tx *tx, int64_t device, const char *day, int64_t *ret_let_pass)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT coalesce(sum(unregistered - missing), 0) FROM reconciliation"
            " WHERE device = ?1 AND month = substr(?2, 1, 7) AND day = ?2 AND outcome = 'even'"
            " AND reading > coalesce((SELECT max(r.reading) FROM reconciliation AS r"
            "   WHERE r.device = ?1 AND r.month = substr(?2, 1, 7) AND r.day = ?2"
            "   AND r.outcome = 'unregistered'), 0)");

    store_bind_int(statement, 1, device);
    store_bind_text(statement, 2, day);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_EDB;
    }
    *ret_let_pass = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int interval_document(struct store_tx *tx, int64_t reading, json_t **ret_document)
{
    static const struct row_column columns[] = {{"day", ROW_TEXT},
                                                {"outcome", ROW_TEXT},
                                                {"counter", ROW_TEXT},
                                                {"delta", ROW_NUMBER},
                                                {"jobs", ROW_NUMBER},
                                                {"copies", ROW_NUMBER},
                                                {"unregistered", ROW_NUMBER},
                                                {"missing", ROW_NUMBER},
                                                {"tolerance", ROW_NUMBER},
                                                {NULL, ROW_TEXT}};
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT day, outcome, nullif(counter, ''), delta, jobs, copies, unregistered, missing,"
            " tolerance FROM reconciliation WHERE reading = ?1");
    json_t *list = json_array();

    store_bind_int(statement, 1, reading);
    int result = rows_read(tx, statement, columns, list);
    if (result == PR_OK && json_array_size(list) == 0) {
        result = PR_ENOENT;
    }
    if (result == PR_OK) {
        *ret_document = json_incref(json_array_get(list, 0));
    }
    json_decref(list);
    return result;
}

int violation_add_device(struct store_tx *tx, const struct device_record *device, const char *month,
                         const char *kind, json_t *detail)
{
    char *text = detail != NULL ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO violation (kind, month, at, device, detail)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)");

    if (text == NULL) {
        json_decref(detail);
        return store_tx_fail(tx, PR_ENOMEM);
    }
    store_bind_text(statement, 1, kind);
    store_bind_text(statement, 2, month);
    store_bind_int(statement, 3, store_now_ms());
    store_bind_int(statement, 4, device->key);
    store_bind_text(statement, 5, text);
    free(text);
    int result = store_step(tx, statement);
    if (result != PR_OK) {
        json_decref(detail);
        return result;
    }
    json_object_set_new(detail, "device", json_string(device->name));
    return audit_append_made(tx, "printroomd", "violation.add", kind, detail);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/maintenance.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/days.h"
#include "daemon/store/rows.h"
#include "daemon/store/text.h"

enum { NOTE_CHARACTERS_MAX = 400, VENDOR_CHARACTERS_MAX = 100 };

const char *const maintenance_kinds[] = {"cleaning", "calibration", "part",
                                         "fault",    "service",     NULL};

static bool is_entry(const struct maintenance_entry *entry)
{
    const char *const *kind = maintenance_kinds;

    while (*kind != NULL && strcmp(*kind, entry->kind) != 0) {
        kind++;
    }
    return *kind != NULL &&
           text_is_line(entry->note, 1, NOTE_CHARACTERS_MAX, MAINTENANCE_NOTE_BYTES) &&
           text_is_line(entry->vendor, 0, VENDOR_CHARACTERS_MAX, MAINTENANCE_VENDOR_BYTES) &&
           (entry->next_due[0] == '\0' || day_of_calendar(entry->next_due));
}

int maintenance_add(struct store_tx *tx, const struct maintenance_entry *entry, const char *actor,
                    int64_t *ret_key)
{
    struct device_record device;

    if (!is_entry(entry)) {
        return PR_EINVAL;
    }
    int result = device_find(tx, entry->device, &device);
    if (result != PR_OK) {
        return result;
    }
    bool over = entry->next_due[0] == '\0' && strcmp(entry->kind, "fault") != 0;
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO maintenance (device, kind, note, vendor, next_due, opened_by, opened_at,"
            " closed_by, closed_at, closing_note) VALUES (?1, ?2, ?3, ?4, nullif(?5, ''), ?6, ?7,"
            " iif(?8, ?6, NULL), iif(?8, ?7, NULL), iif(?8, ?3, NULL))");

    store_bind_int(statement, 1, device.key);
    store_bind_text(statement, 2, entry->kind);
    store_bind_text(statement, 3, entry->note);
    store_bind_text(statement, 4, entry->vendor);
    store_bind_text(statement, 5, entry->next_due);
    store_bind_text(statement, 6, actor);
    store_bind_int(statement, 7, store_now_ms());
    store_bind_int(statement, 8, over);
    result = store_step(tx, statement);
    int64_t key = store_last_id(tx);

    if (result == PR_OK) {
        result = audit_append_made(tx, actor, "maintenance.add", entry->device,
                                   json_pack("{s:s, s:s, s:s, s:I, s:s}", "kind", entry->kind,
                                             "next_due", entry->next_due, "note", entry->note,
                                             "number", (json_int_t)key, "vendor", entry->vendor));
    }
    if (result == PR_OK) {
        *ret_key = key;
    }
    return result;
}

int maintenance_close(struct store_tx *tx, int64_t key, const char *note, const char *actor)
{
    const struct maintenance_filter filter = {.key = key};
    json_t *list = json_array();
    int result = PR_EINVAL;

    if (text_is_line(note, 1, NOTE_CHARACTERS_MAX, MAINTENANCE_NOTE_BYTES)) {
        result = maintenance_list(tx, &filter, list);
    }
    const json_t *entry = json_array_get(list, 0);

    if (result == PR_OK && entry == NULL) {
        result = PR_ENOENT;
    } else if (result == PR_OK && !json_is_null(json_object_get(entry, "closed_at"))) {
        result = PR_ESTATE;
    }
    if (result == PR_OK) {
        sqlite3_stmt *statement =
            store_statement(tx, "UPDATE maintenance SET closed_by = ?2, closed_at = ?3,"
                                " closing_note = ?4 WHERE maintenance = ?1");

        store_bind_int(statement, 1, key);
        store_bind_text(statement, 2, actor);
        store_bind_int(statement, 3, store_now_ms());
        store_bind_text(statement, 4, note);
        result = store_step(tx, statement);
    }
    if (result == PR_OK) {
        result = audit_append_made(
            tx, actor, "maintenance.close", json_string_value(json_object_get(entry, "device")),
            json_pack("{s:s, s:I}", "note", note, "number", (json_int_t)key));
    }
    json_decref(list);
    return result;
}

int maintenance_list(struct store_tx *tx, const struct maintenance_filter *filter, json_t *list)
{
    static const struct row_column columns[] = {
        {"number", ROW_NUMBER},    {"device", ROW_TEXT},       {"kind", ROW_TEXT},
        {"note", ROW_TEXT},        {"vendor", ROW_TEXT},       {"next_due", ROW_TEXT},
        {"opened_by", ROW_TEXT},   {"opened_at", ROW_MOMENT},  {"closed_by", ROW_TEXT},
        {"closed_at", ROW_MOMENT}, {"closing_note", ROW_TEXT}, {NULL, ROW_TEXT}};
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT m.maintenance, d.name, m.kind, m.note, m.vendor, m.next_due, m.opened_by,"
            " m.opened_at, m.closed_by, m.closed_at, m.closing_note"
            " FROM maintenance AS m JOIN device AS d USING (device)"
            " WHERE (?1 = 0 OR m.maintenance = ?1) AND (?2 = '' OR d.name = ?2)"
            " AND (NOT ?3 OR m.closed_at IS NULL)"
            " AND (?4 IS NULL OR (m.closed_at IS NULL AND m.next_due <= ?4))"
            " ORDER BY m.maintenance DESC");

    store_bind_int(statement, 1, filter->key);
    store_bind_text(statement, 2, filter->device != NULL ? filter->device : "");
    store_bind_int(statement, 3, filter->open);
    store_bind_text(statement, 4, filter->due_day);
    return rows_read(tx, statement, columns, list);
}

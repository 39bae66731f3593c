/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/devices-register.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/rows.h"
#include "daemon/store/text.h"

enum { CONTACT_CHARACTERS_MAX = 200 };

int device_counting(struct store_tx *tx, int64_t device, struct device_counting *ret)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT counter, duplex_step, serial, serial_seen FROM device"
                            " WHERE device = ?1");

    store_bind_int(statement, 1, device);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    store_column_text(statement, 0, ret->counter, sizeof ret->counter);
    ret->duplex_step = sqlite3_column_int(statement, 1);
    store_column_text(statement, 2, ret->serial, sizeof ret->serial);
    store_column_text(statement, 3, ret->serial_seen, sizeof ret->serial_seen);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int device_details(struct store_tx *tx, int64_t device, json_t **ret_details)
{
    static const struct row_column columns[] = {{"maker", ROW_TEXT},
                                                {"model", ROW_TEXT},
                                                {"serial", ROW_TEXT},
                                                {"serial_seen", ROW_TEXT},
                                                {"firmware", ROW_TEXT},
                                                {"languages", ROW_JSON},
                                                {"can", ROW_JSON},
                                                {"vendor_steps", ROW_JSON},
                                                {"probed_at", ROW_MOMENT},
                                                {"answered_at", ROW_MOMENT},
                                                {"vendor_contact", ROW_TEXT},
                                                {"counter", ROW_TEXT},
                                                {"duplex_step", ROW_NUMBER},
                                                {"unreachable_at", ROW_MOMENT},
                                                {NULL, ROW_TEXT}};
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT maker, model, serial, serial_seen, firmware, languages, can, vendor_steps,"
            " probed_at, answered_at, vendor_contact, counter, duplex_step, unreachable_at"
            " FROM device WHERE device = ?1");
    json_t *list = json_array();

    store_bind_int(statement, 1, device);
    int result = rows_read(tx, statement, columns, list);
    json_t *details = json_incref(json_array_get(list, 0));

    json_decref(list);
    if (result == PR_OK && details == NULL) {
        result = PR_ENOENT;
    }
    if (result != PR_OK) {
        json_decref(details);
        return result;
    }
    *ret_details = details;
    return PR_OK;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static void bind_json(sqlite3_stmt *statement, int index, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    char *text = json_is_array(value) ? json_dumps(value, JSON_COMPACT) : NULL;

    store_bind_text(statement, index, text != NULL ? text : "[]");
    free(text);
}

int device_set_probe(struct store_tx *tx, const struct device_record *device, const json_t *probe,
                     bool adopt, const char *actor)
{
    struct device_counting before = {.serial = ""};
    const char *serial = text_of(probe, "serial");
    int result = device_counting(tx, device->key, &before);

    if (result != PR_OK) {
        return result;
    }
    bool same = before.serial[0] == '\0' || serial[0] == '\0' || strcmp(before.serial, serial) == 0;
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE device SET serial_seen = iif(?4 = '', serial_seen, ?4), answered_at = ?9,"
            " unreachable_at = NULL,"
            " maker = iif(?10, ?2, maker), model = iif(?10, ?3, model),"
            " serial = iif(?10 AND ?4 <> '', ?4, serial), firmware = iif(?10, ?5, firmware),"
            " languages = iif(?10, ?6, languages), can = iif(?10, ?7, can),"
            " vendor_steps = iif(?10, ?8, vendor_steps), probed_at = iif(?10, ?9, probed_at)"
            " WHERE device = ?1");

    store_bind_int(statement, 1, device->key);
    store_bind_text(statement, 2, text_of(probe, "make"));
    store_bind_text(statement, 3, text_of(probe, "model"));
    store_bind_text(statement, 4, serial);
    store_bind_text(statement, 5, text_of(probe, "firmware"));
    bind_json(statement, 6, probe, "languages");
    bind_json(statement, 7, probe, "can");
    bind_json(statement, 8, probe, "vendor_steps");
    store_bind_int(statement, 9, store_now_ms());
    store_bind_int(statement, 10, adopt || same);
    result = store_step(tx, statement);
    bool seen_before = strcmp(before.serial_seen, serial) == 0 || serial[0] == '\0';

    if (result != PR_OK || (!adopt && seen_before)) {
        return result;
    }
    return audit_append_made(
        tx, actor, "device.probe", device->name,
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "firmware", text_of(probe, "firmware"), "maker",
                  text_of(probe, "make"), "model", text_of(probe, "model"), "serial", serial,
                  "serial_before", before.serial, "adopted", (int)(adopt || same)));
}

int device_set_answered(struct store_tx *tx, int64_t device, bool answered)
{
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE device SET answered_at = iif(?2, ?3, answered_at),"
            " unreachable_at = iif(?2, NULL, coalesce(unreachable_at, ?3)) WHERE device = ?1");

    store_bind_int(statement, 1, device);
    store_bind_int(statement, 2, answered);
    store_bind_int(statement, 3, store_now_ms());
    return store_step(tx, statement);
}

/** Lays the change over the device; false when it then is none. */
static bool apply(const struct device_change *change, struct device_record *device)
{
    bool valid = change->uris_length <= DEVICE_URIS_MAX;

    if (change->area != NULL) {
        valid &= snprintf(device->area, sizeof device->area, "%s", change->area) <
                 (int)sizeof device->area;
    }
    if (change->max_level != NULL) {
        valid &= snprintf(device->max_level, sizeof device->max_level, "%s", change->max_level) <
                 (int)sizeof device->max_level;
    }
    if (change->uris_length > 0 && valid) {
        device->uris_length = (unsigned)change->uris_length;
        for (unsigned i = 0; i < device->uris_length; i++) {
            valid &= snprintf(device->uris[i], sizeof device->uris[i], "%s", change->uris[i]) <
                     (int)sizeof device->uris[i];
        }
    }
    if (change->active >= 0) {
        device->active = change->active != 0;
    }
    return valid && device_record_is_sound(device) &&
           (change->vendor_contact == NULL ||
            text_is_line(change->vendor_contact, 0, CONTACT_CHARACTERS_MAX,
                         DEVICE_CONTACT_BYTES)) &&
           (change->counter == NULL || strcmp(change->counter, "auto") == 0 ||
            strcmp(change->counter, "sheets") == 0 ||
            strcmp(change->counter, "impressions") == 0) &&
           change->duplex_step <= 2;
}

static json_t *change_document(const struct device_change *change,
                               const struct device_record *device)
{
    json_t *detail = json_object();

    if (change->area != NULL) {
        json_object_set_new(detail, "area", json_string(device->area));
    }
    if (change->max_level != NULL) {
        json_object_set_new(detail, "max_level", json_string(device->max_level));
    }
    if (change->vendor_contact != NULL) {
        json_object_set_new(detail, "vendor_contact", json_string(change->vendor_contact));
    }
    if (change->counter != NULL) {
        json_object_set_new(detail, "counter", json_string(change->counter));
    }
    if (change->duplex_step >= 0) {
        json_object_set_new(detail, "duplex_step", json_integer(change->duplex_step));
    }
    if (change->active >= 0) {
        json_object_set_new(detail, "active", json_boolean(device->active));
    }
    if (change->uris_length > 0) {
        json_object_set_new(detail, "manage", device_uris_document(device));
    }
    return detail;
}

int device_change(struct store_tx *tx, const char *name, const struct device_change *change,
                  const char *actor)
{
    struct device_record device;
    int result = device_find(tx, name, &device);

    if (result != PR_OK) {
        return result;
    }
    if (!apply(change, &device)) {
        return PR_EINVAL;
    }
    json_t *uris = device_uris_document(&device);
    char *manage = json_dumps(uris, JSON_COMPACT);
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE device SET area = ?2, max_level = ?3, manage = ?4, active = ?5,"
            " vendor_contact = coalesce(?6, vendor_contact), counter = coalesce(?7, counter),"
            " duplex_step = iif(?8 < 0, duplex_step, ?8) WHERE device = ?1");

    store_bind_int(statement, 1, device.key);
    store_bind_text(statement, 2, device.area);
    store_bind_text(statement, 3, device.max_level);
    store_bind_text(statement, 4, manage);
    store_bind_int(statement, 5, device.active);
    store_bind_text(statement, 6, change->vendor_contact);
    store_bind_text(statement, 7, change->counter);
    store_bind_int(statement, 8, change->duplex_step);
    free(manage);
    json_decref(uris);
    result = store_step(tx, statement);
    return result != PR_OK ? result
                           : audit_append_made(tx, actor, "device.change", name,
                                               change_document(change, &device));
}

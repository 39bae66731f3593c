/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/devices.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"

/** A CUPS queue's name: printable ASCII but space, '/', '#' (lpadmin(8)), and none of what a shell
 * or a URI would read. */
static bool is_queue(const char *queue)
{
    return text_is_of(queue, TEXT_LOWER TEXT_UPPER TEXT_DIGITS "-_.+@", DEVICE_QUEUE_BYTES);
}

/**
 * A URI as RFC 3986 writes them: scheme, ':', visible ASCII. Passwords have no place in one: it is
 * shown to everybody who may see the device, and stands in the audit log for ever.
 */
static bool is_manage_uri(const char *uri)
{
    size_t length = strnlen(uri, DEVICE_URI_BYTES);
    size_t scheme = strspn(uri, TEXT_LOWER TEXT_DIGITS "+-.");

    if (length >= DEVICE_URI_BYTES || scheme == 0 || uri[scheme] != ':' ||
        strchr(TEXT_LOWER, uri[0]) == NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (uri[i] <= 0x20 || uri[i] >= 0x7f) {
            return false;
        }
    }
    if (strncmp(uri + scheme, "://", 3) != 0) {
        return uri[scheme + 1] != '\0';
    }
    const char *authority = uri + scheme + 3;

    return memchr(authority, '@', strcspn(authority, "/?#")) == NULL;
}

bool device_record_is_sound(const struct device_record *device)
{
    bool valid =
        text_is_of(device->name, TEXT_LOWER TEXT_UPPER TEXT_DIGITS "-_.", DEVICE_NAME_BYTES) &&
        is_queue(device->queue) &&
        text_is_line(device->area, 0, DEVICE_AREA_BYTES, DEVICE_AREA_BYTES) &&
        (device->max_level[0] == '\0' ||
         text_is_of(device->max_level, TEXT_LOWER TEXT_DIGITS "-", DEVICE_LEVEL_BYTES)) &&
        device->uris_length <= DEVICE_URIS_MAX;

    for (unsigned i = 0; valid && i < device->uris_length; i++) {
        valid = is_manage_uri(device->uris[i]);
    }
    return valid;
}

json_t *device_uris_document(const struct device_record *device)
{
    json_t *uris = json_array();

    for (unsigned i = 0; i < device->uris_length; i++) {
        json_array_append_new(uris, json_string(device->uris[i]));
    }
    return uris;
}

static bool uris_from_json(const char *text, struct device_record *device)
{
    json_t *uris = json_loads(text, 0, NULL);
    size_t i;
    json_t *uri;
    bool valid = json_is_array(uris) && json_array_size(uris) <= DEVICE_URIS_MAX;

    if (valid) {
        json_array_foreach(uris, i, uri)
        {
            if (!json_is_string(uri) || json_string_length(uri) >= DEVICE_URI_BYTES) {
                valid = false;
                break;
            }
            memcpy(device->uris[i], json_string_value(uri), json_string_length(uri) + 1);
        }
        device->uris_length = (unsigned)json_array_size(uris);
    }
    json_decref(uris);
    return valid;
}

#define SELECT_DEVICE "SELECT device, name, queue, manage, area, max_level, active FROM device "

static int read_device(struct store_tx *tx, sqlite3_stmt *statement,
                       struct device_record *ret_device)
{
    struct device_record found = {
        .key = sqlite3_column_int64(statement, 0),
        .active = sqlite3_column_int(statement, 6) != 0,
    };
    const char *manage = (const char *)sqlite3_column_text(statement, 3);

    store_column_text(statement, 1, found.name, sizeof found.name);
    store_column_text(statement, 2, found.queue, sizeof found.queue);
    store_column_text(statement, 4, found.area, sizeof found.area);
    store_column_text(statement, 5, found.max_level, sizeof found.max_level);
    if (manage == NULL || !uris_from_json(manage, &found)) {
        return store_tx_fail(tx, PR_EDB);
    }
    int result = store_tx_error(tx);
    if (result == PR_OK) {
        *ret_device = found;
    }
    return result;
}

static int one_device(struct store_tx *tx, sqlite3_stmt *statement,
                      struct device_record *ret_device)
{
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    return read_device(tx, statement, ret_device);
}

int device_find(struct store_tx *tx, const char *name, struct device_record *ret_device)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_DEVICE "WHERE name = ?1");

    store_bind_text(statement, 1, name);
    return one_device(tx, statement, ret_device);
}

int device_get(struct store_tx *tx, int64_t key, struct device_record *ret_device)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_DEVICE "WHERE device = ?1");

    store_bind_int(statement, 1, key);
    return one_device(tx, statement, ret_device);
}

int device_each(struct store_tx *tx,
                int (*callback)(void *context, const struct device_record *device), void *context)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_DEVICE "ORDER BY name");
    int step;

    while ((step = store_step(tx, statement)) > 0) {
        struct device_record device;
        int result = read_device(tx, statement, &device);

        if (result == PR_OK) {
            result = callback(context, &device);
        }
        if (result != PR_OK) {
            return result;
        }
    }
    return step;
}

/** PR_EEXIST when a device has the name or the queue. */
static int look_for_rival(struct store_tx *tx, const struct device_record *device)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM device WHERE name = ?1 OR queue = ?2");

    store_bind_text(statement, 1, device->name);
    store_bind_text(statement, 2, device->queue);
    int step = store_step(tx, statement);
    return step > 0 ? PR_EEXIST : step;
}

static int insert_device(struct store_tx *tx, const struct device_record *device)
{
    json_t *uris = device_uris_document(device);
    char *manage = json_dumps(uris, JSON_COMPACT);
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO device (name, queue, manage, area, max_level, active,"
                            " created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    store_bind_text(statement, 1, device->name);
    store_bind_text(statement, 2, device->queue);
    store_bind_text(statement, 3, manage);
    store_bind_text(statement, 4, device->area);
    store_bind_text(statement, 5, device->max_level);
    store_bind_int(statement, 6, device->active);
    store_bind_int(statement, 7, store_now_ms());
    free(manage);
    json_decref(uris);
    return store_step(tx, statement);
}

int device_add(struct store_tx *tx, const struct device_record *device, const char *actor,
               int64_t *ret_key)
{
    if (!device_record_is_sound(device)) {
        return PR_EINVAL;
    }
    int result = look_for_rival(tx, device);
    if (result == PR_OK) {
        result = insert_device(tx, device);
    }
    if (result != PR_OK) {
        return result;
    }
    int64_t key = store_last_id(tx);

    result =
        audit_append_made(tx, actor, "device.add", device->name,
                          json_pack("{s:b, s:s, s:o, s:s, s:s}", "active", (int)device->active,
                                    "area", device->area, "manage", device_uris_document(device),
                                    "max_level", device->max_level, "queue", device->queue));
    if (result == PR_OK && ret_key != NULL) {
        *ret_key = key;
    }
    return result;
}

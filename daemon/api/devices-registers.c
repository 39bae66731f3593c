/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maintenance, stock, and counters against the books. */
#include <string.h>

#include "daemon/api/devices.h"
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/devices/reconcile.h"
#include "daemon/error.h"
#include "daemon/store/maintenance.h"
#include "daemon/store/supplies.h"

enum { DEVICE, KIND, NOTE, VENDOR, NEXT_DUE };
static const char *const kinds[] = {"cleaning", "calibration", "part", "fault", "service", NULL};
static const struct api_field maintenance_add_fields[] = {
    [DEVICE] = {"device", API_TEXT, .required = true, .min = 1, .max = DEVICE_NAME_BYTES - 1},
    [KIND] = {"kind", API_CHOICE, .required = true, .choices = kinds},
    [NOTE] = {"note", API_TEXT, .required = true, .min = 1, .max = MAINTENANCE_NOTE_BYTES - 1},
    [VENDOR] = {"vendor", API_TEXT, .min = 0, .max = MAINTENANCE_VENDOR_BYTES - 1},
    [NEXT_DUE] = {"next_due", API_TEXT, .min = 0, .max = 10},
};
const struct api_fields api_maintenance_add_fields = API_FIELDS(maintenance_add_fields);

enum { LIST_DEVICE, LIST_OPEN, LIST_DUE };
static const struct api_field maintenance_list_fields[] = {
    [LIST_DEVICE] = {"device", API_TEXT, .min = 1, .max = DEVICE_NAME_BYTES - 1},
    [LIST_OPEN] = {.name = "open", .type = API_BOOLEAN},
    [LIST_DUE] = {.name = "due", .type = API_BOOLEAN},
};
const struct api_fields api_maintenance_list_fields = API_FIELDS(maintenance_list_fields);

static const struct api_field maintenance_close_fields[] = {
    {"note", API_TEXT, .required = true, .min = 1, .max = MAINTENANCE_NOTE_BYTES - 1},
};
const struct api_fields api_maintenance_close_fields = API_FIELDS(maintenance_close_fields);

enum { ITEM, CHANGE, MINIMUM, FOR_DEVICE, STOCK_NOTE };
static const struct api_field stock_book_fields[] = {
    [ITEM] = {"item", API_TEXT, .required = true, .min = 1, .max = STOCK_ITEM_BYTES - 1},
    [CHANGE] = {"change", API_INTEGER, .required = true, .min = -STOCK_CHANGE_MAX,
                .max = STOCK_CHANGE_MAX},
    [MINIMUM] = {"minimum", API_INTEGER, .min = 0, .max = STOCK_CHANGE_MAX},
    [FOR_DEVICE] = {"device", API_TEXT, .min = 1, .max = DEVICE_NAME_BYTES - 1},
    [STOCK_NOTE] = {"note", API_TEXT, .min = 0, .max = STOCK_NOTE_BYTES - 1},
};
const struct api_fields api_stock_book_fields = API_FIELDS(stock_book_fields);

static const struct api_field reconciliation_fields[] = {{.name = "month", .type = API_MONTH}};
const struct api_fields api_device_reconciliation_fields = API_FIELDS(reconciliation_fields);

/* Maintenance ---------------------------------------------------------------------------------- */

static int walk_maintenance(struct api_listing *listing)
{
    const struct api_value *value = listing->request->value;
    char day[DAY_BYTES];
    struct maintenance_filter filter = {.device = value[LIST_DEVICE].text,
                                        .open = value[LIST_OPEN].boolean};

    clock_day(store_now_ms(), day);
    if (value[LIST_DUE].boolean) {
        filter.due_day = day;
    }
    int result = maintenance_list(listing->tx, &filter, listing->list);

    api_moments(listing->list);
    return result;
}

void api_maintenance_list(struct api_request *request)
{
    api_reply_listing(request, walk_maintenance);
}

static void reply_entry(struct api_request *request, unsigned status, int64_t key)
{
    const struct maintenance_filter filter = {.key = key};
    json_t *list = json_array();
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = maintenance_list(tx, &filter, list);
        store_rollback(tx);
    }
    api_moments(list);
    json_t *entry = json_incref(json_array_get(list, 0));

    json_decref(list);
    if (error != PR_OK) {
        json_decref(entry);
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, status, entry);
}

void api_maintenance_add(struct api_request *request)
{
    const struct api_value *value = request->value;
    const struct maintenance_entry entry = {
        .device = value[DEVICE].text,
        .kind = value[KIND].text,
        .note = value[NOTE].text,
        .vendor = value[VENDOR].text,
        .next_due = value[NEXT_DUE].text,
    };
    struct store_tx *tx = NULL;
    int64_t key = 0;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, maintenance_add(tx, &entry, request->peer->actor, &key));
    }
    if (error == PR_ENOENT) {
        api_refuse(request, API_DEVICE_NOT_FOUND, entry.device, NULL);
    } else if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "note, vendor, next_due",
                   api_words(request, "lines of visible characters, and a day as 2026-12-31",
                             "单行可见文字，日期形如 2026-12-31"));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    } else {
        reply_entry(request, 201, key);
    }
}

void api_maintenance_close(struct api_request *request)
{
    struct store_tx *tx = NULL;
    int64_t key = api_number(request->parameter[0]);
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = key <= 0 ? PR_ENOENT
                         : maintenance_close(tx, key, request->value[0].text, request->peer->actor);
        error = api_tx_end(tx, error);
    }
    if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "note",
                   api_words(request, "one line of 1 to 400 visible characters",
                             "一行 1 至 400 个可见字符"));
    } else if (error == PR_ESTATE) {
        api_refuse(request, API_NOT_IN_THIS_STATE, request->parameter[0],
                   api_words(request, "closed before", "已关闭"));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, request->parameter[0]);
    } else {
        reply_entry(request, 200, key);
    }
}

/* Stock ---------------------------------------------------------------------------------------- */

static int walk_stock(struct api_listing *listing)
{
    return stock_list(listing->tx, NULL, false, listing->list);
}

void api_stock_list(struct api_request *request)
{
    api_reply_listing(request, walk_stock);
}

static void reply_item(struct api_request *request, const char *item)
{
    json_t *list = json_array();
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = stock_list(tx, item, false, list);
        store_rollback(tx);
    }
    if (error == PR_OK) {
        api_reply_json(request, 200, json_incref(json_array_get(list, 0)));
    } else {
        api_refuse_error(request, error, item);
    }
    json_decref(list);
}

void api_stock_book(struct api_request *request)
{
    const struct api_value *value = request->value;
    const struct stock_move move = {
        .item = value[ITEM].text,
        .change = value[CHANGE].integer,
        .minimum = value[MINIMUM].given ? value[MINIMUM].integer : -1,
        .device = value[FOR_DEVICE].text,
        .note = value[STOCK_NOTE].text,
    };
    struct store_tx *tx = NULL;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, stock_book(tx, &move, request->peer->actor));
    }
    if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "item, change, note",
                   api_words(request, "lines of visible characters, and a number other than 0",
                             "单行可见文字，数量不为 0"));
    } else if (error == PR_EBALANCE) {
        api_refuse(request, API_FIELD_INVALID, "change",
                   api_words(request, "no more than there is", "不超过现有库存"));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, error == PR_ENOENT ? move.item : NULL);
    } else {
        reply_item(request, move.item);
    }
}

/* Counters against the books ------------------------------------------------------------------- */

void api_device_reconciliation(struct api_request *request)
{
    struct device_record device;
    char month[POLICY_MONTH_BYTES];
    struct store_tx *tx = NULL;

    if (!api_device_take(request, &device)) {
        return;
    }
    json_t *list = json_array();

    api_month(&request->value[0], month);
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = reconcile_month(tx, request->office, &device, month, list);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        json_decref(list);
        api_refuse_error(request, error, device.name);
        return;
    }
    api_reply_json(
        request, 200,
        json_pack("{s:s, s:s, s:o}", "device", device.name, "month", month, "intervals", list));
}

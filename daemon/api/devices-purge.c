/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emptying devices, its history, and what people attest. */
#include "daemon/devices/purge.h"

#include <string.h>

#include "daemon/api/devices.h"
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/store/purges.h"

enum { STEP, NOTE };
static const struct api_field attest_fields[] = {
    [STEP] = {"step", API_TEXT, .required = true, .min = 1, .max = ATTESTATION_STEP_BYTES - 1},
    [NOTE] = {"note", API_TEXT, .required = true, .min = 1, .max = ATTESTATION_NOTE_BYTES - 1},
};
const struct api_fields api_device_attest_fields = API_FIELDS(attest_fields);

/** Adds what its outcome and method mean, in words. */
static void add_words(const struct api_request *request, json_t *purge)
{
    const char *outcome = json_string_value(json_object_get(purge, "outcome"));
    const char *overwrite =
        json_string_value(json_object_get(json_object_get(purge, "summary"), "overwrite"));

    json_object_set_new(purge, "words",
                        json_string(outcome != NULL
                                        ? purge_outcome_words(outcome, request->language)
                                        : api_words(request, "under way", "进行中")));
    json_object_set_new(purge, "method_words",
                        json_string(purge_method_words(overwrite != NULL ? overwrite : "unknown",
                                                       request->language)));
}

static int read_purges(struct api_request *request, int64_t device, int64_t number, json_t *list)
{
    struct store_tx *tx = NULL;
    size_t i;
    json_t *purge;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = purge_list(tx, device, number, list);
        store_rollback(tx);
    }
    json_array_foreach(list, i, purge)
    {
        add_words(request, purge);
    }
    api_moments(list);
    return error;
}

static void reply_purge(struct api_request *request, unsigned status, int64_t device,
                        int64_t number)
{
    json_t *list = json_array();
    int error = read_purges(request, device, number, list);
    json_t *purge = json_incref(json_array_get(list, 0));

    json_decref(list);
    if (error == PR_OK && purge != NULL) {
        api_reply_json(request, status, purge);
        return;
    }
    json_decref(purge);
    api_refuse_error(request, error != PR_OK ? error : PR_ENOENT, request->parameter[1]);
}

void api_device_purge(struct api_request *request)
{
    struct device_record device;
    int64_t number = 0;

    if (!api_device_take(request, &device)) {
        return;
    }
    int error = device_purge(request->office, &device, "request", request->peer->actor, &number);

    if (error == PR_ESTATE) {
        api_refuse(request, API_NOT_IN_THIS_STATE, device.name,
                   api_words(request, "retired", "已停用"));
    } else if (error != PR_OK) {
        api_refuse_device(request, &device, error, NULL);
    } else {
        reply_purge(request, 200, device.key, number);
    }
}

void api_device_purges(struct api_request *request)
{
    struct device_record device;

    if (!api_device_take(request, &device)) {
        return;
    }
    json_t *list = json_array();
    int error = read_purges(request, device.key, 0, list);

    if (error != PR_OK) {
        json_decref(list);
        api_refuse_error(request, error, device.name);
        return;
    }
    api_reply_json(request, 200, list);
}

void api_device_purge_show(struct api_request *request)
{
    struct device_record device;
    int64_t number = api_number(request->parameter[1]);

    if (!api_device_take(request, &device)) {
        return;
    }
    reply_purge(request, 200, device.key, number > 0 ? number : -1);
}

void api_device_attest(struct api_request *request)
{
    struct device_record device;
    struct store_tx *tx = NULL;

    if (!api_device_take(request, &device)) {
        return;
    }
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, attestation_add(tx, &device, request->value[STEP].text,
                                               request->value[NOTE].text, request->peer->actor));
    }
    if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "note",
                   api_words(request, "one line of 1 to 400 visible characters",
                             "一行 1 至 400 个可见字符"));
    } else if (error == PR_ENOENT) {
        api_refuse(request, API_FIELD_INVALID, "step",
                   api_words(request, "the id of one of the device's vendor steps (device show)",
                             "该设备厂商步骤的编号（见 device show）"));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, device.name);
    } else {
        api_reply_device(request, 200, device.name, NULL);
    }
}

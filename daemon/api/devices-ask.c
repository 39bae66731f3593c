/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of a device while somebody waits for the answer: status, counters, supplies,
 * residue. */
#include <string.h>

#include "daemon/api/devices.h"
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/cups/device-evidence.h"
#include "daemon/devices/ask.h"
#include "daemon/devices/purge.h"
#include "daemon/devices/rounds.h"
#include "daemon/error.h"
#include "daemon/store/supplies.h"

void api_refuse_device(struct api_request *request, const struct device_record *device, int error,
                       const struct device_answer *answer)
{
    const char *message =
        answer != NULL && answer->message[0] != '\0' ? answer->message : pr_strerror(error);

    switch (error) {
    case PR_EUNREACHABLE:
    case PR_ETIMEOUT:
        api_refuse(request, API_UNREACHABLE, device->name, NULL);
        break;
    case PR_EREFUSED:
    case PR_EUNSUPPORTED:
    case PR_EFORMAT:
    case PR_ECRASHED:
    case PR_EINVAL:
        api_refuse(request, API_DEVICE_CANNOT, device->name, message);
        break;
    case PR_EBUSY:
    case PR_EEXIST:
        api_refuse(request, API_DEVICE_PRINTING, device->name, NULL);
        break;
    default:
        api_refuse_error(request, error, device->name);
    }
}

static json_t *count_or_null(int64_t count)
{
    return count >= 0 ? json_integer(count) : json_null();
}

static json_t *status_document(const struct device_record *device,
                               const struct device_evidence_status *status)
{
    static const char *const states[] = {[DEVICE_EVIDENCE_DEVICE_IDLE] = "idle",
                                         [DEVICE_EVIDENCE_DEVICE_PROCESSING] = "processing",
                                         [DEVICE_EVIDENCE_DEVICE_STOPPED] = "stopped"};

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "device", device->name, "state",
                     states[status->state], "reasons", status->reasons, "message", status->message,
                     "make_and_model", status->make_and_model, "impressions",
                     count_or_null(status->impressions_completed), "media_sheets",
                     count_or_null(status->media_sheets_completed));
}

/** The first URI that answers serves. */
void api_device_status(struct api_request *request)
{
    const struct settings *settings = request->office->settings;
    struct device_record device;
    struct device_evidence_status status;
    /* As device_ask() says them. */
    const char *const options[] = {"--snmp-community", settings->devices.snmp_community,
                                   settings->cups_server[0] != '\0' ? "--cups-server" : NULL,
                                   settings->cups_server, NULL};
    int error = PR_EUNREACHABLE;

    if (!api_device_take(request, &device)) {
        return;
    }
    for (unsigned i = 0; i < device.uris_length && error != PR_OK; i++) {
        error = device_evidence_status(settings->device_program, device.uris[i], options,
                                       settings->delivery.device_timeout_s, &status);
    }
    if (error != PR_OK) {
        api_refuse_device(request, &device, error, NULL);
        return;
    }
    api_reply_json(request, 200, status_document(&device, &status));
}

void api_device_counters(struct api_request *request)
{
    struct device_record device;
    struct device_answer answer = {.lines = NULL};

    if (!api_device_take(request, &device)) {
        return;
    }
    int error = device_read_counters(request->office, &device, "request", &answer);

    if (error != PR_OK) {
        api_refuse_device(request, &device, error, &answer);
    } else {
        json_object_set_new(answer.last, "device", json_string(device.name));
        json_object_del(answer.last, "type");
        api_reply_json(request, 200, json_incref(answer.last));
    }
    device_answer_clear(&answer);
}

void api_device_supplies(struct api_request *request)
{
    struct device_record device;
    struct device_answer answer = {.lines = NULL};
    struct store_tx *tx = NULL;

    if (!api_device_take(request, &device)) {
        return;
    }
    int error = device_read_supplies(request->office, &device, &answer);

    if (error != PR_OK) {
        api_refuse_device(request, &device, error, &answer);
        device_answer_clear(&answer);
        return;
    }
    device_answer_clear(&answer);
    json_t *list = json_array();

    error = store_begin_read(request->office->store, &tx);
    if (error == PR_OK) {
        error = supplies_list(tx, device.key, request->office->settings->devices.supply_low_percent,
                              false, list);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        json_decref(list);
        api_refuse_error(request, error, device.name);
        return;
    }
    api_moments(list);
    api_reply_json(request, 200, list);
}

/** Splits an answer's lines by their type. */
static json_t *residue_document(const struct device_record *device,
                                const struct device_answer *answer)
{
    json_t *residue = json_array();
    json_t *not_covered = json_array();
    size_t i;
    json_t *line;

    json_array_foreach(answer->lines, i, line)
    {
        const char *type = json_string_value(json_object_get(line, "type"));

        if (strcmp(type, "residue") == 0) {
            json_array_append(residue, line);
        } else if (strcmp(type, "not-covered") == 0) {
            json_array_append(not_covered, line);
        }
        json_object_del(line, "type");
    }
    return json_pack("{s:s, s:o, s:o}", "device", device->name, "items", residue, "not_covered",
                     not_covered);
}

void api_device_residue(struct api_request *request)
{
    struct device_record device;
    struct device_answer answer = {.lines = NULL};

    if (!api_device_take(request, &device)) {
        return;
    }
    int error = device_residue(request->office, &device, &answer);

    if (error != PR_OK) {
        api_refuse_device(request, &device, error, &answer);
    } else {
        api_reply_json(request, 200, residue_document(&device, &answer));
    }
    device_answer_clear(&answer);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/devices.h"

#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/jobs/dispatch.h"

enum { NAME, QUEUE, MANAGE, AREA, MAX_LEVEL };
static const struct api_field add_fields[] = {
    [NAME] = {"name", API_TEXT, .required = true, .min = 1, .max = DEVICE_NAME_BYTES - 1},
    [QUEUE] = {"queue", API_TEXT, .required = true, .min = 1, .max = DEVICE_QUEUE_BYTES - 1},
    [MANAGE] = {"manage", API_TEXTS, .required = true, .min = 3, .max = DEVICE_URI_BYTES - 1},
    [AREA] = {"area", API_TEXT, .min = 0, .max = DEVICE_AREA_BYTES - 1},
    [MAX_LEVEL] = {"max_level", API_TEXT, .min = 0, .max = 100},
};
const struct api_fields api_device_add_fields = API_FIELDS(add_fields);

static json_t *device_document(const struct office *office, const struct device_record *device)
{
    json_t *uris = json_array();
    char problem[512] = "";

    if (office->dispatcher != NULL) {
        dispatcher_device_problem(office->dispatcher, device->key, problem, sizeof problem);
    }

    for (unsigned i = 0; i < device->uris_length; i++) {
        json_array_append_new(uris, json_string(device->uris[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:s}", "name", device->name, "queue",
                     device->queue, "area", device->area, "max_level", device->max_level, "manage",
                     uris, "active", (int)device->active, "problem", problem);
}

struct listing {
    const struct office *office;
    json_t *list;
};

static int add_to_list(void *context, const struct device_record *device)
{
    const struct listing *listing = context;

    return json_array_append_new(listing->list, device_document(listing->office, device)) == 0
               ? PR_OK
               : PR_ENOMEM;
}

int api_device_documents(const struct office *office, json_t **ret_list)
{
    struct listing listing = {office, json_array()};
    struct store_tx *tx = NULL;
    int error = store_begin_read(office->store, &tx);

    if (error == PR_OK) {
        error = device_each(tx, add_to_list, &listing);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        json_decref(listing.list);
        return error;
    }
    *ret_list = listing.list;
    return PR_OK;
}

void api_device_list(struct api_request *request)
{
    json_t *list = NULL;
    int error = api_device_documents(request->office, &list);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, 200, list);
}

void api_device_show(struct api_request *request)
{
    struct device_record device;
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = device_find(tx, request->parameter[0], &device);
        store_rollback(tx);
    }
    if (error == PR_ENOENT) {
        api_refuse(request, API_DEVICE_NOT_FOUND, request->parameter[0], NULL);
    } else if (error != PR_OK) {
        api_refuse_error(request, error, request->parameter[0]);
    } else {
        api_reply_json(request, 200, device_document(request->office, &device));
    }
}

/** Fills in the level's id from an id or name; false after a refusal. */
static bool level_of(struct api_request *request, char level_id[DEVICE_LEVEL_BYTES])
{
    const struct policy_ladder *ladder = &request->office->settings->policy.ladder;
    const char *asked = request->value[MAX_LEVEL].text;
    char known[POLICY_LEVELS_MAX * (POLICY_LEVEL_ID_BYTES + 2)] = "";
    int rank = policy_ladder_find(ladder, asked);

    if (asked[0] == '\0') {
        level_id[0] = '\0';
        return true;
    }
    if (rank >= 0) {
        snprintf(level_id, DEVICE_LEVEL_BYTES, "%s", ladder->level[rank].id);
        return true;
    }
    for (size_t i = 0; i < ladder->levels; i++) {
        size_t length = strlen(known);

        snprintf(known + length, sizeof known - length, "%s%s", i > 0 ? ", " : "",
                 ladder->level[i].id);
    }
    api_refuse(request, API_LEVEL_UNKNOWN, asked, known);
    return false;
}

static void copy_text(char *buffer, size_t size, const char *text)
{
    snprintf(buffer, size, "%s", text);
}

static bool device_of(struct api_request *request, struct device_record *device)
{
    const struct api_value *manage = &request->value[MANAGE];

    *device = (struct device_record){.active = true};
    copy_text(device->name, sizeof device->name, request->value[NAME].text);
    copy_text(device->queue, sizeof device->queue, request->value[QUEUE].text);
    copy_text(device->area, sizeof device->area, request->value[AREA].text);
    if (manage->texts_length > DEVICE_URIS_MAX) {
        api_refuse(request, API_FIELD_INVALID, "manage",
                   api_words(request, "at most 8 addresses", "最多 8 个地址"));
        return false;
    }
    for (size_t i = 0; i < manage->texts_length; i++) {
        copy_text(device->uris[device->uris_length++], DEVICE_URI_BYTES, manage->texts[i]);
    }
    return level_of(request, device->max_level);
}

void api_device_add(struct api_request *request)
{
    struct device_record device;
    struct store_tx *tx = NULL;
    char location[API_PARAMETER_BYTES * 3];

    if (!device_of(request, &device)) {
        return;
    }
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, device_add(tx, &device, request->peer->actor, &device.key));
    }
    if (error == PR_EINVAL) {
        api_refuse(
            request, API_FIELD_INVALID, "name, queue, area, manage",
            api_words(request,
                      "a name and a queue of letters, digits, '-', '_' and '.', an area in one "
                      "line, and addresses such as ipp://HOST/ipp/print without a password",
                      "由字母、数字、“-”、“_”和“.”组成的名称和队列、单行的区域，以及形如 "
                      "ipp://HOST/ipp/print 且不含密码的地址"));
        return;
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, device.name);
        return;
    }
    dispatcher_wake(request->office->dispatcher);
    snprintf(location, sizeof location, "/v1/devices/%s", device.name);
    api_reply_location(request, location);
    api_reply_json(request, 201, device_document(request->office, &device));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/encoding.h"
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/devices/ask.h"
#include "daemon/devices/rounds.h"
#include "daemon/error.h"
#include "daemon/jobs/deliver.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/store/devices-register.h"
#include "daemon/store/maintenance.h"
#include "daemon/store/purges.h"

enum { NAME, QUEUE, MANAGE, AREA, MAX_LEVEL };
static const struct api_field add_fields[] = {
    [NAME] = {"name", API_TEXT, .required = true, .min = 1, .max = DEVICE_NAME_BYTES - 1},
    [QUEUE] = {"queue", API_TEXT, .required = true, .min = 1, .max = DEVICE_QUEUE_BYTES - 1},
    [MANAGE] = {"manage", API_TEXTS, .required = true, .min = 3, .max = DEVICE_URI_BYTES - 1},
    [AREA] = {"area", API_TEXT, .min = 0, .max = DEVICE_AREA_BYTES - 1},
    [MAX_LEVEL] = {"max_level", API_TEXT, .min = 0, .max = 100},
};
const struct api_fields api_device_add_fields = API_FIELDS(add_fields);

enum { SET_MANAGE, SET_AREA, SET_MAX_LEVEL, SET_CONTACT, SET_COUNTER, SET_STEP, SET_ACTIVE };
static const char *const counters[] = {"auto", "sheets", "impressions", NULL};
static const struct api_field set_fields[] = {
    [SET_MANAGE] = {"manage", API_TEXTS, .min = 3, .max = DEVICE_URI_BYTES - 1},
    [SET_AREA] = {"area", API_TEXT, .min = 0, .max = DEVICE_AREA_BYTES - 1},
    [SET_MAX_LEVEL] = {"max_level", API_TEXT, .min = 0, .max = 100},
    [SET_CONTACT] = {"vendor_contact", API_TEXT, .min = 0, .max = DEVICE_CONTACT_BYTES - 1},
    [SET_COUNTER] = {"counter", API_CHOICE, .choices = counters},
    [SET_STEP] = {"duplex_step", API_INTEGER, .min = 0, .max = 2},
    [SET_ACTIVE] = {.name = "active", .type = API_BOOLEAN},
};
const struct api_fields api_device_set_fields = API_FIELDS(set_fields);

static void make_moment(json_t *object, const char *name, const json_t *value)
{
    size_t length = strlen(name);
    char text[CLOCK_TEXT_BYTES];

    if (json_is_integer(value) &&
        (strcmp(name, "at") == 0 || (length > 3 && strcmp(name + length - 3, "_at") == 0))) {
        clock_format(json_integer_value(value), text);
        json_object_set_new(object, name, json_string(text));
    }
}

void api_moments(json_t *value)
{
    const char *name;
    void *next;
    json_t *member;
    size_t i;

    json_object_foreach_safe(value, next, name, member)
    {
        make_moment(value, name, member);
        api_moments(member);
    }
    json_array_foreach(value, i, member)
    {
        api_moments(member);
    }
}

int64_t api_number(const char *text)
{
    return strspn(text, "0123456789") == strlen(text) && strlen(text) < 18 ? strtoll(text, NULL, 10)
                                                                           : 0;
}

/** Who watches over devices sees the register; others which devices there are and whether they
 * print. */
static const uint32_t sees_register = API_ROLE(ROLE_OPERATOR) | API_ROLE(ROLE_SUPERVISOR) |
                                      API_ROLE(ROLE_DIRECTOR) | API_ROLE(ROLE_AUDITOR) |
                                      API_ROLE(ROLE_ADMIN);

static void leave_register_out(const struct api_request *request, json_t *document)
{
    static const char *const everybodys[] = {"name",   "queue",   "area",   "max_level",
                                             "active", "problem", "purging"};
    const char *name;
    void *next;
    json_t *value;

    if (api_may(request, sees_register)) {
        return;
    }
    json_object_foreach_safe(document, next, name, value)
    {
        bool kept = false;

        for (size_t i = 0; i < sizeof everybodys / sizeof everybodys[0]; i++) {
            kept = kept || strcmp(everybodys[i], name) == 0;
        }
        if (!kept) {
            json_object_del(document, name);
        }
    }
}

/** As lists have it. */
static json_t *device_document(struct store_tx *tx, const struct office *office,
                               const struct device_record *device)
{
    json_t *details = NULL;
    char problem[512] = "";

    if (device_details(tx, device->key, &details) != PR_OK) {
        return NULL;
    }
    if (office->dispatcher != NULL) {
        dispatcher_device_problem(office->dispatcher, device->key, problem, sizeof problem);
    }
    json_t *document =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:s, s:b}", "name", device->name, "queue",
                  device->queue, "area", device->area, "max_level", device->max_level, "manage",
                  device_uris_document(device), "active", (int)device->active, "problem", problem,
                  "purging", (int)purge_is_open(tx, device->key));

    json_object_update(document, details);
    json_decref(details);
    api_moments(document);
    return document;
}

struct listing {
    struct store_tx *tx;
    const struct office *office;
    json_t *list;
};

static int add_to_list(void *context, const struct device_record *device)
{
    const struct listing *listing = context;

    return json_array_append_new(listing->list,
                                 device_document(listing->tx, listing->office, device)) == 0
               ? PR_OK
               : PR_ENOMEM;
}

int api_device_documents(const struct api_request *request, json_t **ret_list)
{
    struct listing listing = {NULL, request->office, json_array()};
    int error = store_begin_read(request->office->store, &listing.tx);
    size_t i;
    json_t *document;

    if (error == PR_OK) {
        error = device_each(listing.tx, add_to_list, &listing);
        store_rollback(listing.tx);
    }
    if (error != PR_OK) {
        json_decref(listing.list);
        return error;
    }
    json_array_foreach(listing.list, i, document)
    {
        leave_register_out(request, document);
    }
    *ret_list = listing.list;
    return PR_OK;
}

void api_device_list(struct api_request *request)
{
    json_t *list = NULL;
    int error = api_device_documents(request, &list);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, 200, list);
}

bool api_device_take(struct api_request *request, struct device_record *ret_device)
{
    int error = device_lookup(request->office, request->parameter[0], ret_device);

    if (error == PR_ENOENT) {
        api_refuse(request, API_DEVICE_NOT_FOUND, request->parameter[0], NULL);
    } else if (error != PR_OK) {
        api_refuse_error(request, error, request->parameter[0]);
    }
    return error == PR_OK;
}

/** As it is shown alone: with its maintenance and what people said was done at it. */
static int whole_document(struct store_tx *tx, const struct office *office,
                          const struct device_record *device, json_t **ret_document)
{
    const struct maintenance_filter filter = {.device = device->name};
    json_t *maintenance = json_array();
    json_t *attestations = json_array();
    json_t *document = device_document(tx, office, device);
    int error = document != NULL ? maintenance_list(tx, &filter, maintenance) : PR_ENOMEM;

    if (error == PR_OK) {
        error = attestation_list(tx, device->key, attestations);
    }
    api_moments(maintenance);
    api_moments(attestations);
    json_object_set_new(document, "maintenance", maintenance);
    json_object_set_new(document, "attestations", attestations);
    if (error != PR_OK) {
        json_decref(document);
        return error;
    }
    *ret_document = document;
    return PR_OK;
}

void api_reply_device(struct api_request *request, unsigned status, const char *name, json_t *probe)
{
    struct device_record device;
    struct store_tx *tx = NULL;
    json_t *document = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = device_find(tx, name, &device);
        if (error == PR_OK) {
            error = whole_document(tx, request->office, &device, &document);
        }
        store_rollback(tx);
    }
    if (error == PR_OK && probe != NULL) {
        json_object_set(document, "probe", probe);
    }
    json_decref(probe);
    leave_register_out(request, document);
    if (error == PR_ENOENT) {
        api_refuse(request, API_DEVICE_NOT_FOUND, name, NULL);
    } else if (error != PR_OK) {
        api_refuse_error(request, error, name);
    } else {
        api_reply_json(request, status, document);
    }
}

void api_device_show(struct api_request *request)
{
    api_reply_device(request, 200, request->parameter[0], NULL);
}

/** Fills in the level's id from an id or name; false after a refusal. */
static bool level_of(struct api_request *request, const char *asked,
                     char level_id[DEVICE_LEVEL_BYTES])
{
    const struct policy_ladder *ladder = &request->office->settings->policy.ladder;
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
    return level_of(request, request->value[MAX_LEVEL].text, device->max_level);
}

static void refuse_form(struct api_request *request, const char *fields)
{
    api_refuse(request, API_FIELD_INVALID, fields,
               api_words(request,
                         "a name and a queue of letters, digits, '-', '_' and '.', texts in one "
                         "line, and addresses such as ipp://HOST/ipp/print without a password",
                         "由字母、数字、“-”、“_”和“.”组成的名称和队列、单行文字，以及形如 "
                         "ipp://HOST/ipp/print 且不含密码的地址"));
}

/** Asks the device who it is and takes that over; what came of it. */
static json_t *probe(struct api_request *request, const struct device_record *device)
{
    struct device_answer answer = {.lines = NULL};
    int error = device_read_probe(request->office, device, true, request->peer->actor, &answer);
    json_t *document = json_pack("{s:b, s:s}", "answered", (int)(error == PR_OK), "message",
                                 error == PR_OK              ? ""
                                 : answer.message[0] != '\0' ? answer.message
                                                             : pr_strerror(error));

    device_answer_clear(&answer);
    return document;
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
        refuse_form(request, "name, queue, area, manage");
        return;
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, device.name);
        return;
    }
    dispatcher_wake(request->office->dispatcher);
    snprintf(location, sizeof location, "/v1/devices/%s", device.name);
    api_reply_location(request, location);
    api_reply_device(request, 201, device.name, probe(request, &device));
}

static void refuse_change(struct api_request *request, int error)
{
    if (error == PR_EINVAL) {
        refuse_form(request, "area, manage, vendor_contact");
    } else if (error == PR_ENOENT) {
        api_refuse(request, API_DEVICE_NOT_FOUND, request->parameter[0], NULL);
    } else {
        api_refuse_error(request, error, request->parameter[0]);
    }
}

/** Changes the device, unless a job that cupsd has for it could not be printed then. */
static int change_device(struct api_request *request, struct store_tx *tx,
                         const struct device_change *change, char ret_job[JOB_ID_BYTES])
{
    struct device_record before;
    int error = device_find(tx, request->parameter[0], &before);

    if (error == PR_OK) {
        error = device_change(tx, before.name, change, request->peer->actor);
    }
    return error == PR_OK ? deliver_stands_in_the_way(request->office, tx, &before, ret_job)
                          : error;
}

static void refuse_because_of(struct api_request *request, const char *job)
{
    char sentence[1024];

    fill_places(api_words(request,
                          "Job {b} has been handed to device {a}, which may not print it after "
                          "this change. Let it come out, or cancel it (printroom cancel {b}), and "
                          "change the device then.",
                          "作业 {b} 已交给设备 {a}，而更改后该设备不得打印此作业。"
                          "请待其打印完毕，或先取消（printroom cancel {b}），再更改设备。"),
                request->parameter[0], job, sentence, sizeof sentence);
    api_refuse_words(request, API_DEVICE_PRINTING, NULL, sentence);
}

void api_device_set(struct api_request *request)
{
    const struct api_value *value = request->value;
    char level[DEVICE_LEVEL_BYTES];
    char job[JOB_ID_BYTES] = "";
    struct device_change change = {
        .area = value[SET_AREA].given ? value[SET_AREA].text : NULL,
        .vendor_contact = value[SET_CONTACT].given ? value[SET_CONTACT].text : NULL,
        .counter = value[SET_COUNTER].given ? value[SET_COUNTER].text : NULL,
        .duplex_step = value[SET_STEP].given ? (int)value[SET_STEP].integer : -1,
        .active = value[SET_ACTIVE].given ? value[SET_ACTIVE].boolean : -1,
        .uris_length = value[SET_MANAGE].texts_length,
        .uris = value[SET_MANAGE].texts,
    };
    struct store_tx *tx = NULL;

    if (value[SET_MAX_LEVEL].given) {
        if (!level_of(request, value[SET_MAX_LEVEL].text, level)) {
            return;
        }
        change.max_level = level;
    }
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, change_device(request, tx, &change, job));
    }
    if (error == PR_EBUSY && job[0] != '\0') {
        refuse_because_of(request, job);
        return;
    }
    if (error != PR_OK) {
        refuse_change(request, error);
        return;
    }
    dispatcher_wake(request->office->dispatcher);
    api_reply_device(request, 200, request->parameter[0], NULL);
}

void api_device_probe(struct api_request *request)
{
    struct device_record device;

    if (api_device_take(request, &device)) {
        api_reply_device(request, 200, device.name, probe(request, &device));
    }
}

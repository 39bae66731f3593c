/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPP devices, by libcups. Requests are built here attribute by attribute; only what is needed is
 * asked for, because small devices answer slowly when asked for all.
 *
 * A job is looked for in two lists: first in the jobs that are not completed, then in the completed
 * ones. A job that ends between the two is thus seen in the second; the other order could miss it.
 * `which-jobs=all` would be one request, but many devices refuse it (it is PWG 5100.7, not RFC
 * 8011).
 *
 * Left out: the certificate of an ipps device is not checked, as devices sign their own; what is
 * read here is evidence for settlement, and who can stand between the appliance and a device can as
 * well stand between it and the paper.
 */
#include "drivers/device.h"

#include <cups/cups.h>
#include <stdbool.h>
#include <string.h>

#include "drivers/text.h"

enum { CONNECT_MS = 10000, JOBS_LIMIT = 500 };

static const char *const ipp_schemes[] = {"ipp", "ipps", NULL};

static const char *const list_attributes[] = {"job-id", "job-name"};

static const char *const job_attributes[] = {"job-id",
                                             "job-name",
                                             "job-state",
                                             "job-state-reasons",
                                             "job-state-message",
                                             "job-impressions-completed",
                                             "job-media-sheets-completed"};

static const char *const printer_attributes[] = {"printer-state",
                                                 "printer-state-reasons",
                                                 "printer-state-message",
                                                 "printer-impressions-completed",
                                                 "printer-media-sheets-completed",
                                                 "printer-make-and-model"};

struct exchange {
    const struct device_target *target;
    http_t *http;
    char resource[HTTP_MAX_URI];
    char *message; /**< DEVICE_TEXT_BYTES */
};

/* The connection ------------------------------------------------------------------------------- */

static const char *no_password(const char *prompt, http_t *http, const char *method,
                               const char *resource, void *context)
{
    (void)prompt, (void)http, (void)method, (void)resource, (void)context;
    return NULL;
}

static int give_up(http_t *http, void *context)
{
    (void)http, (void)context;
    return 0;
}

static enum device_result fail(struct exchange *e, enum device_result result, const char *words)
{
    text_clean(e->message, DEVICE_TEXT_BYTES, words);
    return result;
}

static enum device_result begin(struct exchange *e, const struct device_target *target,
                                char *message)
{
    char scheme[32];
    char userpass[64];
    char host[HTTP_MAX_HOST];
    int port = 0;
    *e = (struct exchange){.target = target, .message = message};
    if (httpSeparateURI(HTTP_URI_CODING_ALL, target->uri, scheme, sizeof scheme, userpass,
                        sizeof userpass, host, sizeof host, &port, e->resource,
                        sizeof e->resource) < HTTP_URI_STATUS_OK) {
        return fail(e, DEVICE_UNSUPPORTED, "the device's URI cannot be read");
    }
    cupsSetPasswordCB2(no_password, NULL);
    cupsSetUser(target->user);
    e->http = httpConnect2(host, port, NULL, AF_UNSPEC,
                           strcmp(scheme, "ipps") == 0 ? HTTP_ENCRYPTION_ALWAYS
                                                       : HTTP_ENCRYPTION_IF_REQUESTED,
                           1, CONNECT_MS, NULL);
    if (e->http == NULL) {
        return fail(e, DEVICE_UNREACHABLE, cupsLastErrorString());
    }
    httpSetTimeout(e->http, target->silence_s, give_up, NULL);
    return DEVICE_OK;
}

static ipp_t *new_request(const struct exchange *e, ipp_op_t operation,
                          const char *const *attributes, size_t attributes_length)
{
    ipp_t *request = ippNewRequest(operation);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, e->target->uri);
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL,
                     e->target->user);
        ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                      (int)attributes_length, NULL, attributes);
    }
    return request;
}

/** Sends a request (consumed) and takes the answer, to be freed with ippDelete(). */
static enum device_result ask(struct exchange *e, ipp_t *request, ipp_t **ret_response)
{
    ipp_t *response = request != NULL ? cupsDoRequest(e->http, request, e->resource) : NULL;
    if (response == NULL) {
        /* libcups has no answer also when the device spoke HTTP, only not IPP. */
        const http_status_t status = httpGetStatus(e->http);
        const bool answered = status >= HTTP_STATUS_MULTIPLE_CHOICES;
        return fail(e, answered ? DEVICE_REFUSED : DEVICE_UNREACHABLE, cupsLastErrorString());
    }
    const ipp_status_t status = ippGetStatusCode(response);
    if (status <= IPP_STATUS_OK_EVENTS_COMPLETE) {
        *ret_response = response;
        return DEVICE_OK;
    }
    ippDelete(response);
    const bool absent = status == IPP_STATUS_ERROR_NOT_FOUND || status == IPP_STATUS_ERROR_GONE;
    return fail(e, absent ? DEVICE_NOT_FOUND : DEVICE_REFUSED, cupsLastErrorString());
}

/* Reading answers ------------------------------------------------------------------------------ */

static int64_t count_of(ipp_t *response, const char *name)
{
    ipp_attribute_t *attribute = ippFindAttribute(response, name, IPP_TAG_INTEGER);
    const int64_t value = attribute != NULL ? ippGetInteger(attribute, 0) : DEVICE_UNKNOWN;
    return value >= 0 ? value : DEVICE_UNKNOWN;
}

static void read_text(char *to, size_t to_bytes, ipp_t *response, const char *name)
{
    ipp_attribute_t *attribute = ippFindAttribute(response, name, IPP_TAG_TEXT);
    text_clean(to, to_bytes, attribute != NULL ? ippGetString(attribute, 0, NULL) : NULL);
}

static void read_reasons(struct device_reasons *to, ipp_t *response, const char *name)
{
    ipp_attribute_t *attribute = ippFindAttribute(response, name, IPP_TAG_KEYWORD);
    to->length = 0;
    for (int i = 0; attribute != NULL && i < ippGetCount(attribute); i++) {
        if (to->length == DEVICE_REASONS_MAX) {
            return;
        }
        text_clean(to->keywords[to->length++], DEVICE_KEYWORD_BYTES,
                   ippGetString(attribute, i, NULL));
    }
}

/** @return false when there is no such enum, or not with a value that RFC 8011 knows */
static bool read_state(char *to, ipp_t *response, const char *name, int first, int last)
{
    ipp_attribute_t *attribute = ippFindAttribute(response, name, IPP_TAG_ENUM);
    const int value = attribute != NULL ? ippGetInteger(attribute, 0) : 0;
    if (value < first || value > last) {
        return false;
    }
    text_clean(to, DEVICE_KEYWORD_BYTES, ippEnumString(name, value));
    return true;
}

/* A job ---------------------------------------------------------------------------------------- */

/** The highest job-id that goes with that name in a list, 0 when there is none. Attributes come in
 * any order. */
static int find_name(ipp_t *response, const char *name)
{
    int job_id = 0;
    bool named = false;
    int found = 0;
    for (ipp_attribute_t *attribute = ippFirstAttribute(response); attribute != NULL;
         attribute = ippNextAttribute(response)) {
        const char *attribute_name = ippGetName(attribute);
        if (ippGetGroupTag(attribute) != IPP_TAG_JOB || attribute_name == NULL) {
            job_id = 0;
            named = false;
        } else if (strcmp(attribute_name, "job-id") == 0 &&
                   ippGetValueTag(attribute) == IPP_TAG_INTEGER) {
            job_id = ippGetInteger(attribute, 0);
        } else if (strcmp(attribute_name, "job-name") == 0) {
            const char *value = ippGetString(attribute, 0, NULL);
            named = value != NULL && strcmp(value, name) == 0;
        }
        if (named && job_id > found) {
            found = job_id;
        }
    }
    return found;
}

static enum device_result list(struct exchange *e, const char *which, const char *name,
                               int *ret_job_id)
{
    ipp_t *request = new_request(e, IPP_OP_GET_JOBS, list_attributes,
                                 sizeof list_attributes / sizeof list_attributes[0]);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, which);
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", JOBS_LIMIT);
    }
    ipp_t *response = NULL;
    const enum device_result result = ask(e, request, &response);
    if (result == DEVICE_OK) {
        *ret_job_id = find_name(response, name);
        ippDelete(response);
    }
    return result;
}

static enum device_result read_job(struct exchange *e, int job_id, struct device_job *ret)
{
    ipp_t *request = new_request(e, IPP_OP_GET_JOB_ATTRIBUTES, job_attributes,
                                 sizeof job_attributes / sizeof job_attributes[0]);
    if (request != NULL) {
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job_id);
    }
    ipp_t *response = NULL;
    const enum device_result result = ask(e, request, &response);
    if (result != DEVICE_OK) {
        return result;
    }
    struct device_job job = {.job_id = job_id};
    const bool sound =
        read_state(job.state, response, "job-state", IPP_JSTATE_PENDING, IPP_JSTATE_COMPLETED);
    job.impressions_completed = count_of(response, "job-impressions-completed");
    job.media_sheets_completed = count_of(response, "job-media-sheets-completed");
    read_text(job.message, sizeof job.message, response, "job-state-message");
    read_reasons(&job.reasons, response, "job-state-reasons");
    ippDelete(response);
    if (!sound) {
        return fail(e, DEVICE_MALFORMED, "the device gives the job no state");
    }
    *ret = job;
    return DEVICE_OK;
}

static enum device_result ipp_job(const struct device_target *target, const char *name,
                                  struct device_job *ret, char ret_message[DEVICE_TEXT_BYTES])
{
    static const char *const lists[] = {"not-completed", "completed"};
    struct exchange e;
    int job_id = 0;
    enum device_result result = begin(&e, target, ret_message);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && result == DEVICE_OK && job_id == 0;
         i++) {
        result = list(&e, lists[i], name, &job_id);
    }
    if (result == DEVICE_OK) {
        result = job_id != 0 ? read_job(&e, job_id, ret)
                             : fail(&e, DEVICE_NOT_FOUND, "the device has no job of that name");
    }
    httpClose(e.http);
    return result;
}

/* The device ----------------------------------------------------------------------------------- */

static enum device_result ipp_status(const struct device_target *target, struct device_status *ret,
                                     char ret_message[DEVICE_TEXT_BYTES])
{
    struct exchange e;
    ipp_t *response = NULL;
    struct device_status status = {0};
    enum device_result result = begin(&e, target, ret_message);
    if (result == DEVICE_OK) {
        result = ask(&e,
                     new_request(&e, IPP_OP_GET_PRINTER_ATTRIBUTES, printer_attributes,
                                 sizeof printer_attributes / sizeof printer_attributes[0]),
                     &response);
    }
    if (result != DEVICE_OK) {
        goto out;
    }
    if (!read_state(status.state, response, "printer-state", IPP_PSTATE_IDLE, IPP_PSTATE_STOPPED)) {
        result = fail(&e, DEVICE_MALFORMED, "the device has no state");
        goto out;
    }
    status.impressions_completed = count_of(response, "printer-impressions-completed");
    status.media_sheets_completed = count_of(response, "printer-media-sheets-completed");
    read_text(status.message, sizeof status.message, response, "printer-state-message");
    read_text(status.make_and_model, sizeof status.make_and_model, response,
              "printer-make-and-model");
    read_reasons(&status.reasons, response, "printer-state-reasons");
    *ret = status;
out:
    ippDelete(response);
    httpClose(e.http);
    return result;
}

const struct device_transport device_transport_ipp = {
    .schemes = ipp_schemes, .job = ipp_job, .status = ipp_status};

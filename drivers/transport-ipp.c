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

#include <stdbool.h>
#include <string.h>

#include "drivers/ipp-exchange.h"

enum { JOBS_LIMIT = 500 };

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

static enum device_result list(struct ipp_exchange *e, const char *which, const char *name,
                               int *ret_job_id)
{
    ipp_t *request = ipp_exchange_request(e, IPP_OP_GET_JOBS, list_attributes,
                                          sizeof list_attributes / sizeof list_attributes[0]);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, which);
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", JOBS_LIMIT);
    }
    ipp_t *response = NULL;
    const enum device_result result = ipp_exchange_ask(e, request, &response);
    if (result == DEVICE_OK) {
        *ret_job_id = find_name(response, name);
        ippDelete(response);
    }
    return result;
}

static enum device_result read_job(struct ipp_exchange *e, int job_id, struct device_job *ret)
{
    ipp_t *request = ipp_exchange_request(e, IPP_OP_GET_JOB_ATTRIBUTES, job_attributes,
                                          sizeof job_attributes / sizeof job_attributes[0]);
    if (request != NULL) {
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job_id);
    }
    ipp_t *response = NULL;
    const enum device_result result = ipp_exchange_ask(e, request, &response);
    if (result != DEVICE_OK) {
        return result;
    }
    struct device_job job = {.job_id = job_id};
    const bool sound =
        ipp_read_state(job.state, response, "job-state", IPP_JSTATE_PENDING, IPP_JSTATE_COMPLETED);
    job.impressions_completed = ipp_read_count(response, "job-impressions-completed");
    job.media_sheets_completed = ipp_read_count(response, "job-media-sheets-completed");
    ipp_read_text(job.message, sizeof job.message, response, "job-state-message");
    ipp_read_reasons(&job.reasons, response, "job-state-reasons");
    ippDelete(response);
    if (!sound) {
        return ipp_exchange_fail(e, DEVICE_MALFORMED, "the device gives the job no state");
    }
    *ret = job;
    return DEVICE_OK;
}

static enum device_result ipp_job(const struct device_target *target, const char *name,
                                  struct device_job *ret, char ret_message[DEVICE_TEXT_BYTES])
{
    static const char *const lists[] = {"not-completed", "completed"};
    struct ipp_exchange e;
    int job_id = 0;
    enum device_result result = ipp_exchange_begin(&e, target, ret_message);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && result == DEVICE_OK && job_id == 0;
         i++) {
        result = list(&e, lists[i], name, &job_id);
    }
    if (result == DEVICE_OK) {
        result = job_id != 0 ? read_job(&e, job_id, ret)
                             : ipp_exchange_fail(&e, DEVICE_NOT_FOUND,
                                                 "the device has no job of that name");
    }
    ipp_exchange_end(&e);
    return result;
}

/* The device ----------------------------------------------------------------------------------- */

static enum device_result ipp_status(const struct device_target *target, struct device_status *ret,
                                     char ret_message[DEVICE_TEXT_BYTES])
{
    struct ipp_exchange e;
    ipp_t *response = NULL;
    struct device_status status = {0};
    enum device_result result = ipp_exchange_begin(&e, target, ret_message);
    if (result == DEVICE_OK) {
        result = ipp_exchange_ask(
            &e,
            ipp_exchange_request(&e, IPP_OP_GET_PRINTER_ATTRIBUTES, printer_attributes,
                                 sizeof printer_attributes / sizeof printer_attributes[0]),
            &response);
    }
    if (result != DEVICE_OK) {
        goto out;
    }
    if (!ipp_read_state(status.state, response, "printer-state", IPP_PSTATE_IDLE,
                        IPP_PSTATE_STOPPED)) {
        result = ipp_exchange_fail(&e, DEVICE_MALFORMED, "the device has no state");
        goto out;
    }
    status.impressions_completed = ipp_read_count(response, "printer-impressions-completed");
    status.media_sheets_completed = ipp_read_count(response, "printer-media-sheets-completed");
    ipp_read_text(status.message, sizeof status.message, response, "printer-state-message");
    ipp_read_text(status.make_and_model, sizeof status.make_and_model, response,
                  "printer-make-and-model");
    ipp_read_reasons(&status.reasons, response, "printer-state-reasons");
    *ret = status;
out:
    ippDelete(response);
    ipp_exchange_end(&e);
    return result;
}

const struct device_transport device_transport_ipp = {
    .schemes = ipp_schemes, .job = ipp_job, .status = ipp_status};

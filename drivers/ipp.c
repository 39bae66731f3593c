/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem. Where a device keeps jobs is said in two vocabularies (`which-jobs` of PWG 5100.7
 * and 5100.11), how one is deleted in four operations, none of which every device has, and a device
 * that says "canceled" has said nothing about the data.
 *
 * The way chosen. The device is asked which lists it has (`which-jobs-supported`) and every list of
 * either vocabulary that it names is read; the two that RFC 8011 requires are read always. What is
 * in the list of completed jobs counts as history unless its reasons say that the data is there. A
 * job is canceled by the first of Cancel-Job, Cancel-Jobs, Cancel-Document that the device has and
 * takes. Purge-Jobs is kept for the last, and for those who allow it, because it destroys the
 * device's accounting. Whether it helped is shown by the lists, read again (purge.c).
 */
#include "drivers/ipp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/ipp-exchange.h"
#include "drivers/ipp-read.h"
#include "drivers/listing.h"
#include "drivers/text.h"

enum { JOBS_LIMIT = 1000, WHICH_MAX = 16, PRINT_BYTES = 64 * 1024 };

struct ipp_session {
    struct device_session head;
    struct ipp_exchange exchange;
    struct device_transcript transcript;
    const struct residue_rules *rules;
    bool purge_jobs;
    bool operations_told;
    bool operations[0x4000]; /**< that the device says it has */
    size_t which_length;
    char which[WHICH_MAX][DEVICE_KEYWORD_BYTES];
    char message[DEVICE_TEXT_BYTES];
};

static const struct device_driver ipp_driver;

static struct ipp_session *own(struct device_session *s)
{
    return (struct ipp_session *)s;
}

/** The exchange has put words into the session: gives them out. */
static enum device_result tell(struct ipp_session *p, enum device_result result, char *message)
{
    if (result != DEVICE_OK) {
        memcpy(message, p->message, DEVICE_TEXT_BYTES);
    }
    return result;
}

static enum device_result get_printer(struct ipp_session *p, const char *const *attributes,
                                      size_t length, ipp_t **ret_response)
{
    return ipp_exchange_ask(
        &p->exchange,
        ipp_exchange_request(&p->exchange, IPP_OP_GET_PRINTER_ATTRIBUTES, attributes, length),
        ret_response);
}

/* The beginning -------------------------------------------------------------------------------- */

/** Lists of jobs whose data is there, in either vocabulary; a '*' stands for any ending. */
static const char *const data_lists[] = {"fetchable",         "saved",       "stored-*",
                                         "proof-and-suspend", "proof-print", "pending-held"};

static bool is_data_list(const char *which)
{
    for (size_t i = 0; i < sizeof data_lists / sizeof data_lists[0]; i++) {
        const size_t length = strlen(data_lists[i]);
        const bool any = data_lists[i][length - 1] == '*';
        if (any ? strncmp(which, data_lists[i], length - 1) == 0
                : strcmp(which, data_lists[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void read_abilities(struct ipp_session *p, ipp_t *response)
{
    ipp_attribute_t *operations = ippFindAttribute(response, "operations-supported", IPP_TAG_ENUM);
    ipp_attribute_t *which = ippFindAttribute(response, "which-jobs-supported", IPP_TAG_KEYWORD);
    p->operations_told = operations != NULL;
    for (int i = 0; operations != NULL && i < ippGetCount(operations); i++) {
        const int operation = ippGetInteger(operations, i);
        if (operation >= 0 && operation < (int)sizeof p->operations) {
            p->operations[operation] = true;
        }
    }
    for (int i = 0; which != NULL && i < ippGetCount(which) && p->which_length < WHICH_MAX; i++) {
        const char *word = ippGetString(which, i, NULL);
        if (word != NULL && strlen(word) < DEVICE_KEYWORD_BYTES && is_data_list(word)) {
            (void)snprintf(p->which[p->which_length++], DEVICE_KEYWORD_BYTES, "%s", word);
        }
    }
}

enum device_result ipp_session_open(const struct device_target *target, const char *uri,
                                    const struct residue_rules *rules, bool purge_jobs,
                                    int64_t deadline_ms, struct device_session **ret,
                                    char ret_message[DEVICE_TEXT_BYTES])
{
    static const char *const attributes[] = {"operations-supported", "which-jobs-supported"};
    struct ipp_session *p = calloc(1, sizeof *p);
    ipp_t *response = NULL;
    if (p == NULL) {
        text_clean(ret_message, DEVICE_TEXT_BYTES, strerror(ENOMEM));
        return DEVICE_UNREACHABLE;
    }
    p->head = (struct device_session){.driver = &ipp_driver, .uri = uri};
    p->rules = rules;
    p->purge_jobs = purge_jobs;
    enum device_result result = ipp_exchange_begin(&p->exchange, target, p->message);
    p->exchange.transcript = &p->transcript;
    p->exchange.deadline_ms = deadline_ms;
    if (result == DEVICE_OK) {
        result = get_printer(p, attributes, sizeof attributes / sizeof attributes[0], &response);
    }
    if (result != DEVICE_OK) {
        (void)tell(p, result, ret_message);
        ipp_exchange_end(&p->exchange);
        free(p);
        return result;
    }
    read_abilities(p, response);
    ippDelete(response);
    *ret = &p->head;
    return DEVICE_OK;
}

/* Questions ------------------------------------------------------------------------------------ */

static enum device_result ipp_identify(struct device_session *s, struct device_facts *facts,
                                       char *message)
{
    static const char *const attributes[] = {
        "printer-make-and-model", "printer-device-id", "printer-serial-number",
        "printer-firmware-string-version", "document-format-supported"};
    struct ipp_session *p = own(s);
    ipp_t *response = NULL;
    const enum device_result result =
        get_printer(p, attributes, sizeof attributes / sizeof attributes[0], &response);
    if (result == DEVICE_OK) {
        ipp_read_facts(response, facts);
        ippDelete(response);
    }
    return tell(p, result, message);
}

static enum device_result ipp_status(struct device_session *s, struct device_status *ret,
                                     char *message)
{
    return device_transport_ipp.status(&own(s)->exchange.target, ret, message);
}

static enum device_result ipp_counters(struct device_session *s, struct device_counters *ret,
                                       char *message)
{
    static const char *const attributes[] = {"printer-impressions-completed",
                                             "printer-impressions-completed-col",
                                             "printer-media-sheets-completed"};
    struct ipp_session *p = own(s);
    ipp_t *response = NULL;
    enum device_result result =
        get_printer(p, attributes, sizeof attributes / sizeof attributes[0], &response);
    if (result == DEVICE_OK && !ipp_read_counters(response, ret)) {
        result = ipp_exchange_fail(&p->exchange, DEVICE_UNSUPPORTED,
                                   "the device has no counters of its own");
    }
    ippDelete(response);
    return tell(p, result, message);
}

static enum device_result ipp_supplies(struct device_session *s, struct device_supplies *ret,
                                       char *message)
{
    static const char *const attributes[] = {"printer-supply",   "printer-supply-description",
                                             "marker-names",     "marker-types",
                                             "marker-colors",    "marker-levels",
                                             "marker-low-levels"};
    struct ipp_session *p = own(s);
    ipp_t *response = NULL;
    enum device_result result =
        get_printer(p, attributes, sizeof attributes / sizeof attributes[0], &response);
    if (result == DEVICE_OK) {
        ipp_read_supplies(response, ret);
        if (ret->length == 0) {
            result = ipp_exchange_fail(&p->exchange, DEVICE_UNSUPPORTED,
                                       "the device tells of no supplies");
        }
    }
    ippDelete(response);
    return tell(p, result, message);
}

/* Jobs ----------------------------------------------------------------------------------------- */

static enum device_result read_list(struct ipp_session *p, const char *which,
                                    struct device_listing *listing)
{
    static const char *const attributes[] = {"job-id", "job-name", "job-state", "job-state-reasons",
                                             "job-k-octets"};
    ipp_t *response = NULL;
    ipp_t *request = ipp_exchange_request(&p->exchange, IPP_OP_GET_JOBS, attributes,
                                          sizeof attributes / sizeof attributes[0]);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, which);
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", JOBS_LIMIT);
    }
    const enum device_result result = ipp_exchange_ask(&p->exchange, request, &response);
    if (result != DEVICE_OK) {
        return result;
    }
    if (ipp_read_jobs(response, which, p->rules, listing) >= JOBS_LIMIT) {
        listing->incomplete = true;
        listing_gap(listing, GAP_TOO_MANY, which);
    }
    ippDelete(response);
    return DEVICE_OK;
}

static enum device_result ipp_list(struct device_session *s, struct device_listing *listing,
                                   char *message)
{
    struct ipp_session *p = own(s);
    enum device_result result = read_list(p, "not-completed", listing);
    if (p->which_length == 0) {
        listing_gap(listing, GAP_STORED_JOBS, s->uri);
    }
    for (size_t i = 0; i <= p->which_length && result == DEVICE_OK; i++) {
        const char *which = i < p->which_length ? p->which[i] : "completed";
        result = read_list(p, which, listing);
        if (result == DEVICE_REFUSED || result == DEVICE_NOT_FOUND) {
            listing->incomplete = true;
            listing_gap(listing, GAP_JOBS_UNREADABLE, which);
            result = DEVICE_OK;
        }
    }
    return tell(p, result, message);
}

/* Deleting ------------------------------------------------------------------------------------- */

static void add_job_id(ipp_t *request, const struct device_item *item)
{
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", item->job_id);
}

static void add_job_ids(ipp_t *request, const struct device_item *item)
{
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-ids", item->job_id);
}

static void add_document(ipp_t *request, const struct device_item *item)
{
    add_job_id(request, item);
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "document-number", 1);
}

static const struct {
    ipp_op_t operation;
    void (*add)(ipp_t *request, const struct device_item *item);
} ways[] = {{IPP_OP_CANCEL_JOB, add_job_id},
            {IPP_OP_CANCEL_JOBS, add_job_ids},
            {IPP_OP_CANCEL_DOCUMENT, add_document}};

/** Cancel-Job is required of every device (RFC 8011 3.3); the others are tried where they are told.
 */
static bool has(const struct ipp_session *p, ipp_op_t operation)
{
    return p->operations_told ? p->operations[operation] : operation == IPP_OP_CANCEL_JOB;
}

static enum device_result ipp_remove(struct device_session *s, const struct device_item *item,
                                     char *code, char *message)
{
    struct ipp_session *p = own(s);
    enum device_result result = DEVICE_UNSUPPORTED;
    transcript_clear(&p->transcript);
    (void)snprintf(p->message, sizeof p->message, "the device has no operation to delete jobs");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (!has(p, ways[i].operation)) {
            continue;
        }
        ipp_t *request = ipp_exchange_request(&p->exchange, ways[i].operation, NULL, 0);
        if (request != NULL) {
            ways[i].add(request, item);
        }
        result = ipp_exchange_ask(&p->exchange, request, NULL);
        if (result != DEVICE_REFUSED) {
            break;
        }
        (void)snprintf(code, DEVICE_CODE_BYTES, "%s", ippErrorString(p->exchange.status));
    }
    if (result == DEVICE_OK) {
        code[0] = '\0';
    }
    return tell(p, result, message);
}

static enum device_result ipp_remove_all(struct device_session *s, char *code, char *message)
{
    struct ipp_session *p = own(s);
    if (!p->purge_jobs || !p->operations[IPP_OP_PURGE_JOBS]) {
        return DEVICE_UNSUPPORTED;
    }
    const enum device_result result = ipp_exchange_ask(
        &p->exchange, ipp_exchange_request(&p->exchange, IPP_OP_PURGE_JOBS, NULL, 0), NULL);
    if (result == DEVICE_REFUSED) {
        (void)snprintf(code, DEVICE_CODE_BYTES, "%s", ippErrorString(p->exchange.status));
    }
    return tell(p, result, message);
}

/* Printing ------------------------------------------------------------------------------------- */

static enum device_result send_document(struct ipp_session *p, int fd, int64_t *ret_bytes)
{
    struct ipp_exchange *e = &p->exchange;
    char *bytes = malloc(PRINT_BYTES);
    ipp_t *request = ipp_exchange_request(e, IPP_OP_PRINT_JOB, NULL, 0);
    http_status_t status = HTTP_STATUS_ERROR;
    ssize_t length = -1;
    int64_t sent = 0;
    if (request != NULL && bytes != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL,
                     "printroom-device");
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL,
                     "application/octet-stream");
        status = cupsSendRequest(e->http, request, e->resource, CUPS_LENGTH_VARIABLE);
    }
    while (status == HTTP_STATUS_CONTINUE && (length = read(fd, bytes, PRINT_BYTES)) > 0) {
        status = cupsWriteRequestData(e->http, bytes, (size_t)length);
        sent += length;
    }
    free(bytes);
    ippDelete(request);
    if (status != HTTP_STATUS_CONTINUE || length < 0) {
        return ipp_exchange_fail(e, DEVICE_UNREACHABLE, cupsLastErrorString());
    }
    ipp_t *response = cupsGetResponse(e->http, e->resource);
    const enum device_result result = response == NULL ? DEVICE_UNREACHABLE
                                      : ippGetStatusCode(response) <= IPP_STATUS_OK_EVENTS_COMPLETE
                                          ? DEVICE_OK
                                          : DEVICE_REFUSED;
    ippDelete(response);
    if (result == DEVICE_OK) {
        *ret_bytes = sent;
        return DEVICE_OK;
    }
    return ipp_exchange_fail(e, result, cupsLastErrorString());
}

static enum device_result ipp_print(struct device_session *s, int fd, int64_t *ret_bytes,
                                    char *message)
{
    return tell(own(s), send_document(own(s), fd, ret_bytes), message);
}

/* The rest ------------------------------------------------------------------------------------- */

static enum device_result ipp_revive(struct device_session *s, char *message)
{
    struct ipp_session *p = own(s);
    const struct device_target target = p->exchange.target;
    const int64_t deadline_ms = p->exchange.deadline_ms;
    ipp_exchange_end(&p->exchange);
    const enum device_result result = ipp_exchange_begin(&p->exchange, &target, p->message);
    p->exchange.transcript = &p->transcript;
    p->exchange.deadline_ms = deadline_ms;
    return tell(p, result, message);
}

static void ipp_set_deadline(struct device_session *s, int64_t deadline_ms)
{
    own(s)->exchange.deadline_ms = deadline_ms;
}

static const struct device_transcript *ipp_transcript(struct device_session *s)
{
    return &own(s)->transcript;
}

static void ipp_close(struct device_session *s)
{
    ipp_exchange_end(&own(s)->exchange);
    free(s);
}

static const struct device_driver ipp_driver = {.name = "ipp",
                                                .identify = ipp_identify,
                                                .status = ipp_status,
                                                .counters = ipp_counters,
                                                .supplies = ipp_supplies,
                                                .list = ipp_list,
                                                .remove = ipp_remove,
                                                .remove_all = ipp_remove_all,
                                                .print = ipp_print,
                                                .revive = ipp_revive,
                                                .set_deadline = ipp_set_deadline,
                                                .transcript = ipp_transcript,
                                                .close = ipp_close};

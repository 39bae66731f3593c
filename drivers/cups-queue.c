/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cupsd forgets the documents of a job that is over, unless it is told to preserve them
 * (PreserveJobFiles), and some are told. A job that is over and still has documents is residue as
 * much as one on the device. Jobs that still wait are the house's own and are left alone.
 *
 * cupsd counts as `number-of-documents` the files that it has. Cancel-Job with `purge-job` (an
 * extension of CUPS's) removes them, for those who may.
 */
#include "drivers/cups-queue.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "drivers/ipp-exchange.h"
#include "drivers/ipp-read.h"
#include "drivers/listing.h"
#include "drivers/text.h"

enum { JOBS_LIMIT = 1000, CONNECT_MS = 5000 };

struct cups_session {
    struct device_session head;
    struct ipp_exchange exchange;
    struct device_transcript transcript;
    const struct residue_rules *rules;
    char printer_uri[HTTP_MAX_URI];
    char user[DEVICE_NAME_BYTES];
    char message[DEVICE_TEXT_BYTES];
};

static const struct device_driver cups_driver;

static struct cups_session *own(struct device_session *s)
{
    return (struct cups_session *)s;
}

static enum device_result tell(struct cups_session *p, enum device_result result, char *message)
{
    if (result != DEVICE_OK) {
        memcpy(message, p->message, DEVICE_TEXT_BYTES);
    }
    return result;
}

const char *cups_queue_name(const char *uri)
{
    static const char scheme[] = "cups:";
    const char *name = uri + sizeof scheme - 1;
    return strncasecmp(uri, scheme, sizeof scheme - 1) == 0 && *name != '\0' &&
                   strpbrk(name, "/ #?") == NULL
               ? name
               : NULL;
}

/* cupsd ---------------------------------------------------------------------------------------- */

static const char *no_password(const char *prompt, http_t *http, const char *method,
                               const char *resource, void *context)
{
    (void)prompt, (void)http, (void)method, (void)resource, (void)context;
    return NULL;
}

static enum device_result connect_cupsd(struct cups_session *p)
{
    /* By socket credentials cupsd believes only the name of the account that we run as. */
    const struct passwd *account = getpwuid(geteuid());
    cupsSetPasswordCB2(no_password, NULL);
    (void)snprintf(p->user, sizeof p->user, "%s",
                   account != NULL ? account->pw_name : p->exchange.target.user);
    p->exchange.target.user = p->user;
    cupsSetUser(p->user);
    p->exchange.http = httpConnect2(cupsServer(), ippPort(), NULL, AF_UNSPEC, cupsEncryption(), 1,
                                    CONNECT_MS, NULL);
    return p->exchange.http != NULL
               ? DEVICE_OK
               : ipp_exchange_fail(&p->exchange, DEVICE_UNREACHABLE, cupsLastErrorString());
}

static enum device_result read_device_uri(struct cups_session *p,
                                          char ret_device_uri[CUPS_DEVICE_URI_BYTES])
{
    static const char *const attributes[] = {"device-uri"};
    ipp_t *response = NULL;
    enum device_result result = ipp_exchange_ask(
        &p->exchange,
        ipp_exchange_request(&p->exchange, IPP_OP_GET_PRINTER_ATTRIBUTES, attributes, 1),
        &response);
    if (result != DEVICE_OK) {
        return result;
    }
    ipp_attribute_t *attribute = ippFindAttribute(response, "device-uri", IPP_TAG_URI);
    const char *uri = attribute != NULL ? ippGetString(attribute, 0, NULL) : NULL;
    if (uri == NULL || strlen(uri) >= CUPS_DEVICE_URI_BYTES) {
        result = ipp_exchange_fail(&p->exchange, DEVICE_REFUSED,
                                   "the queue does not say where it prints to");
    } else {
        (void)snprintf(ret_device_uri, CUPS_DEVICE_URI_BYTES, "%s", uri);
    }
    ippDelete(response);
    return result;
}

enum device_result cups_session_open(const struct device_target *target, const char *uri,
                                     const struct residue_rules *rules, int64_t deadline_ms,
                                     char ret_device_uri[CUPS_DEVICE_URI_BYTES],
                                     struct device_session **ret,
                                     char ret_message[DEVICE_TEXT_BYTES])
{
    const char *name = cups_queue_name(uri);
    struct cups_session *p = calloc(1, sizeof *p);
    if (p == NULL || name == NULL) {
        free(p);
        text_clean(ret_message, DEVICE_TEXT_BYTES,
                   name == NULL ? "the queue's name cannot be read" : strerror(ENOMEM));
        return name == NULL ? DEVICE_UNSUPPORTED : DEVICE_UNREACHABLE;
    }
    p->head = (struct device_session){.driver = &cups_driver, .uri = uri};
    p->rules = rules;
    (void)httpAssembleURIf(HTTP_URI_CODING_ALL, p->printer_uri, sizeof p->printer_uri, "ipp", NULL,
                           "localhost", 0, "/printers/%s", name);
    p->exchange = (struct ipp_exchange){.target = *target,
                                        .deadline_ms = deadline_ms,
                                        .transcript = &p->transcript,
                                        .status = IPP_STATUS_OK,
                                        .message = p->message};
    p->exchange.target.uri = p->printer_uri;
    (void)snprintf(p->exchange.resource, sizeof p->exchange.resource, "/");
    enum device_result result = connect_cupsd(p);
    if (result == DEVICE_OK) {
        result = read_device_uri(p, ret_device_uri);
    }
    if (result != DEVICE_OK) {
        (void)tell(p, result, ret_message);
        ipp_exchange_end(&p->exchange);
        free(p);
        return result;
    }
    *ret = &p->head;
    return DEVICE_OK;
}

/* Jobs ----------------------------------------------------------------------------------------- */

static enum device_result cups_list(struct device_session *s, struct device_listing *listing,
                                    char *message)
{
    static const char *const attributes[] = {"job-id", "job-name", "job-state", "job-k-octets",
                                             "number-of-documents"};
    struct cups_session *p = own(s);
    ipp_t *response = NULL;
    ipp_t *request = ipp_exchange_request(&p->exchange, IPP_OP_GET_JOBS, attributes,
                                          sizeof attributes / sizeof attributes[0]);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, "completed");
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", JOBS_LIMIT);
    }
    cupsSetUser(p->user);
    const enum device_result result = ipp_exchange_ask(&p->exchange, request, &response);
    if (result != DEVICE_OK) {
        return tell(p, result, message);
    }
    if (ipp_read_jobs(response, IPP_JOBS_KEPT, p->rules, listing) >= JOBS_LIMIT) {
        listing->incomplete = true;
        listing_gap(listing, GAP_TOO_MANY, s->uri);
    }
    ippDelete(response);
    return DEVICE_OK;
}

static enum device_result cups_remove(struct device_session *s, const struct device_item *item,
                                      char *code, char *message)
{
    struct cups_session *p = own(s);
    ipp_t *request = ipp_exchange_request(&p->exchange, IPP_OP_CANCEL_JOB, NULL, 0);
    if (request != NULL) {
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", item->job_id);
        ippAddBoolean(request, IPP_TAG_OPERATION, "purge-job", 1);
    }
    (void)snprintf(p->exchange.resource, sizeof p->exchange.resource, "/jobs/");
    cupsSetUser(p->user);
    const enum device_result result = ipp_exchange_ask(&p->exchange, request, NULL);
    (void)snprintf(p->exchange.resource, sizeof p->exchange.resource, "/");
    if (result == DEVICE_REFUSED) {
        (void)snprintf(code, DEVICE_CODE_BYTES, "%s", ippErrorString(p->exchange.status));
    }
    return tell(p, result, message);
}

/* The rest ------------------------------------------------------------------------------------- */

static enum device_result cups_revive(struct device_session *s, char *message)
{
    struct cups_session *p = own(s);
    ipp_exchange_end(&p->exchange);
    return tell(p, connect_cupsd(p), message);
}

static void cups_set_deadline(struct device_session *s, int64_t deadline_ms)
{
    own(s)->exchange.deadline_ms = deadline_ms;
}

static const struct device_transcript *cups_transcript(struct device_session *s)
{
    return &own(s)->transcript;
}

static void cups_close(struct device_session *s)
{
    ipp_exchange_end(&own(s)->exchange);
    free(s);
}

static const struct device_driver cups_driver = {.name = "cups",
                                                 .identify = NULL,
                                                 .status = NULL,
                                                 .counters = NULL,
                                                 .supplies = NULL,
                                                 .list = cups_list,
                                                 .remove = cups_remove,
                                                 .remove_all = NULL,
                                                 .print = NULL,
                                                 .revive = cups_revive,
                                                 .set_deadline = cups_set_deadline,
                                                 .transcript = cups_transcript,
                                                 .close = cups_close};

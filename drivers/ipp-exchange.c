/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem. libcups gives up when nothing comes for a while, and begins to count anew with each
 * byte: a device that sends one now and then would be listened to for as long as the whole run may
 * take.
 *
 * The way chosen. A timer of the process shuts the connection down under libcups when the time of
 * the exchange is over, and once more each second should libcups have connected again. A thread
 * would be in the way of the process that watches over paused queues (queue-pause.c).
 *
 * Left out: sending a document (ipp.c), which takes as long as it takes.
 */
#include "drivers/ipp-exchange.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "drivers/stream.h"
#include "drivers/text.h"

enum { CONNECT_MS = 10000 };

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

enum device_result ipp_exchange_fail(struct ipp_exchange *e, enum device_result result,
                                     const char *words)
{
    text_clean(e->message, DEVICE_TEXT_BYTES, words);
    return result;
}

enum device_result ipp_exchange_begin(struct ipp_exchange *e, const struct device_target *target,
                                      char *message)
{
    char scheme[32];
    char userpass[64];
    char host[HTTP_MAX_HOST];
    int port = 0;
    const unsigned silence_ms = target->silence_s * 1000;
    *e = (struct ipp_exchange){
        .target = *target, .deadline_ms = INT64_MAX, .message = message, .status = IPP_STATUS_OK};
    if (httpSeparateURI(HTTP_URI_CODING_ALL, target->uri, scheme, sizeof scheme, userpass,
                        sizeof userpass, host, sizeof host, &port, e->resource,
                        sizeof e->resource) < HTTP_URI_STATUS_OK) {
        return ipp_exchange_fail(e, DEVICE_UNSUPPORTED, "the device's URI cannot be read");
    }
    cupsSetPasswordCB2(no_password, NULL);
    cupsSetUser(target->user);
    e->http = httpConnect2(host, port, NULL, AF_UNSPEC,
                           strcmp(scheme, "ipps") == 0 ? HTTP_ENCRYPTION_ALWAYS
                                                       : HTTP_ENCRYPTION_IF_REQUESTED,
                           1, silence_ms < CONNECT_MS ? (int)silence_ms : CONNECT_MS, NULL);
    if (e->http == NULL) {
        return ipp_exchange_fail(e, DEVICE_UNREACHABLE, cupsLastErrorString());
    }
    return DEVICE_OK;
}

void ipp_exchange_end(struct ipp_exchange *e)
{
    httpClose(e->http);
    e->http = NULL;
}

/* Requests ------------------------------------------------------------------------------------- */

ipp_t *ipp_exchange_request(const struct ipp_exchange *e, ipp_op_t operation,
                            const char *const *attributes, size_t attributes_length)
{
    ipp_t *request = ippNewRequest(operation);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, e->target.uri);
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL,
                     e->target.user);
    }
    if (request != NULL && attributes != NULL) {
        ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                      (int)attributes_length, NULL, attributes);
    }
    return request;
}

static ssize_t keep_request(void *transcript, ipp_uchar_t *bytes, size_t size)
{
    transcript_request(transcript, bytes, size);
    return (ssize_t)size;
}

static ssize_t keep_reply(void *transcript, ipp_uchar_t *bytes, size_t size)
{
    transcript_reply(transcript, bytes, size);
    return (ssize_t)size;
}

/** The message as it goes over the wire (RFC 8010). */
static void keep(struct ipp_exchange *e, ipp_iocb_t side, ipp_t *message)
{
    if (e->transcript != NULL && message != NULL) {
        (void)ippSetState(message, IPP_STATE_IDLE);
        (void)ippWriteIO(e->transcript, side, 1, NULL, message);
        (void)ippSetState(message, IPP_STATE_IDLE);
    }
}

/* Time ----------------------------------------------------------------------------------------- */

static http_t *volatile watched;
static volatile sig_atomic_t watch_struck;

static void strike(int signal_number)
{
    (void)signal_number;
    if (watched != NULL) {
        watch_struck = 1;
        (void)shutdown(httpGetFd(watched), SHUT_RDWR);
    }
}

/** @return false when there is no timer to be had: then the whole run's time limit is left */
static bool watch(http_t *http, double seconds, timer_t *ret_timer)
{
    const struct sigaction action = {.sa_handler = strike, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const time_t whole = (time_t)seconds;
    const struct itimerspec when = {
        .it_value = {.tv_sec = whole, .tv_nsec = 1 + (long)((seconds - (double)whole) * 999999998)},
        .it_interval = {.tv_sec = 1}};
    watch_struck = 0;
    if (sigaction(SIGUSR1, &action, NULL) != 0 ||
        timer_create(CLOCK_MONOTONIC, &event, ret_timer) != 0) {
        return false;
    }
    watched = http;
    (void)timer_settime(*ret_timer, 0, &when, NULL);
    return true;
}

/** @return whether the exchange took too long */
static bool end_watch(timer_t timer)
{
    (void)timer_delete(timer);
    watched = NULL;
    return watch_struck != 0;
}

/** @param ret_seconds  how long the exchange may take. @return false when the time is over */
static bool limit_time(struct ipp_exchange *e, double *ret_seconds)
{
    double silence_s = e->target.silence_s;
    if (e->deadline_ms != INT64_MAX) {
        const double left_s = (double)(e->deadline_ms - stream_now_ms()) / 1000.0;
        silence_s = left_s < silence_s ? left_s : silence_s;
    }
    httpSetTimeout(e->http, silence_s, give_up, NULL);
    *ret_seconds = silence_s;
    return silence_s > 0;
}

/** As cupsDoRequest(), in time. */
static ipp_t *request_in_time(struct ipp_exchange *e, ipp_t *request, double seconds)
{
    timer_t timer;
    const bool is_watched = watch(e->http, seconds, &timer);
    ipp_t *response = cupsDoRequest(e->http, request, e->resource);
    if (is_watched && end_watch(timer)) {
        ippDelete(response);
        response = NULL;
        ipp_exchange_end(e);
    }
    return response;
}

enum device_result ipp_exchange_ask(struct ipp_exchange *e, ipp_t *request, ipp_t **ret_response)
{
    if (e->transcript != NULL) {
        transcript_clear(e->transcript);
    }
    double seconds = 0;
    if (e->http == NULL || !limit_time(e, &seconds)) {
        ippDelete(request);
        return ipp_exchange_fail(e, DEVICE_UNREACHABLE,
                                 e->http == NULL ? "the connection was lost" : "the time is over");
    }
    keep(e, keep_request, request);
    ipp_t *response = request != NULL ? request_in_time(e, request, seconds) : NULL;
    if (e->http == NULL) {
        return ipp_exchange_fail(e, DEVICE_UNREACHABLE,
                                 "the device did not answer to the end in time");
    }
    if (response == NULL) {
        /* libcups has no answer also when the device spoke HTTP, only not IPP. */
        const http_status_t status = httpGetStatus(e->http);
        const bool answered = status >= HTTP_STATUS_MULTIPLE_CHOICES;
        e->status = cupsLastError();
        return ipp_exchange_fail(e, answered ? DEVICE_REFUSED : DEVICE_UNREACHABLE,
                                 cupsLastErrorString());
    }
    keep(e, keep_reply, response);
    e->status = ippGetStatusCode(response);
    if (e->status <= IPP_STATUS_OK_EVENTS_COMPLETE) {
        if (ret_response != NULL) {
            *ret_response = response;
        } else {
            ippDelete(response);
        }
        return DEVICE_OK;
    }
    ippDelete(response);
    const bool absent =
        e->status == IPP_STATUS_ERROR_NOT_FOUND || e->status == IPP_STATUS_ERROR_GONE;
    return ipp_exchange_fail(e, absent ? DEVICE_NOT_FOUND : DEVICE_REFUSED, cupsLastErrorString());
}

/* Reading answers ------------------------------------------------------------------------------ */

int64_t ipp_read_count(ipp_t *response, const char *name)
{
    ipp_attribute_t *attribute = ippFindAttribute(response, name, IPP_TAG_INTEGER);
    const int64_t value = attribute != NULL ? ippGetInteger(attribute, 0) : DEVICE_UNKNOWN;
    return value >= 0 ? value : DEVICE_UNKNOWN;
}

void ipp_read_text(char *to, size_t to_bytes, ipp_t *response, const char *name)
{
    ipp_attribute_t *attribute = ippFindAttribute(response, name, IPP_TAG_TEXT);
    text_clean(to, to_bytes, attribute != NULL ? ippGetString(attribute, 0, NULL) : NULL);
}

void ipp_read_reasons(struct device_reasons *to, ipp_t *response, const char *name)
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

bool ipp_read_state(char *to, ipp_t *response, const char *name, int first, int last)
{
    ipp_attribute_t *attribute = ippFindAttribute(response, name, IPP_TAG_ENUM);
    const int value = attribute != NULL ? ippGetInteger(attribute, 0) : 0;
    if (value < first || value > last) {
        return false;
    }
    text_clean(to, DEVICE_KEYWORD_BYTES, ippEnumString(name, value));
    return true;
}

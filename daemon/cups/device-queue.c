/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection: connect, authenticate, exchange a request for an answer, stream a document.
 *
 * Problem. libcups offers cupsDoRequest(), which hides the connection, waits for ever and may ask
 * for a password on the terminal; and a document must be authenticated before its body is sent,
 * because cupsd checks the queue's operation policy only when the whole body has arrived.
 *
 * Chosen way. cupsSendRequest() and cupsGetResponse() are used one by one, with a timeout on the
 * connection. On a Unix socket every request names the socket's own credentials from the start
 * (scheme PeerCred), so no request has to be sent twice; where cupsd asks on another kind of
 * connection, libcups may try once more, without ever asking for a password.
 *
 * Left out. Kerberos, passwords, remote cupsd with accounts: the device queues are on the
 * appliance.
 */
#include "daemon/cups/device-queue.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/cups/device-queue-private.h"
#include "daemon/error.h"

enum { AUTHENTICATION_TRIES = 2, ABORT_ANSWER_MS = 5000 };

static const char resource[] = "/";

void device_queue_copy_text(char *to, size_t to_bytes, const char *from)
{
    size_t length = strnlen(from, to_bytes);
    if (length >= to_bytes) {
        length = to_bytes - 1;
        /* A byte 10xxxxxx at the cut belongs to a character that began before it. */
        while (length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)from[i];
        to[i] = byte < 0x20 || byte == 0x7F ? ' ' : from[i];
    }
    to[length] = '\0';
}

/* Opening -------------------------------------------------------------------------------------- */

static int parse_port(const char *text, int *ret_port)
{
    char *end = NULL;
    errno = 0;
    const long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 1 || port > 65535) {
        return PR_EINVAL;
    }
    *ret_port = (int)port;
    return PR_OK;
}

static int parse_server(const char *server, struct device_queue *q)
{
    const size_t length = strlen(server);
    if (length == 0 || length >= sizeof q->host) {
        return PR_EINVAL;
    }
    q->port = 631;
    memcpy(q->host, server, length + 1);
    if (server[0] == '/') {
        return PR_OK;
    }
    char *colon = strrchr(q->host, ':');
    char *bracket = strrchr(q->host, ']');
    if (q->host[0] == '[') {
        if (bracket == NULL || (bracket[1] != '\0' && bracket[1] != ':')) {
            return PR_EINVAL;
        }
        const int error = bracket[1] == ':' ? parse_port(bracket + 2, &q->port) : PR_OK;
        *bracket = '\0';
        memmove(q->host, q->host + 1, strlen(q->host));
        return error;
    }
    if (colon == NULL) {
        return PR_OK;
    }
    *colon = '\0';
    return q->host[0] == '\0' ? PR_EINVAL : parse_port(colon + 1, &q->port);
}

static int own_account(char *ret_user, size_t user_bytes)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char buffer[4096];
    if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) != 0 || found == NULL ||
        strlen(found->pw_name) >= user_bytes) {
        return PR_EINVAL;
    }
    memcpy(ret_user, found->pw_name, strlen(found->pw_name) + 1);
    return PR_OK;
}

int device_queue_open(const char *cups_server, const char *queue, struct device_queue **ret)
{
    struct device_queue *q = calloc(1, sizeof *q);
    if (q == NULL) {
        return PR_ENOMEM;
    }
    q->silence_s = DEVICE_QUEUE_SILENCE_S;
    int error = parse_server(cups_server, q);
    if (error == PR_OK) {
        error = own_account(q->user, sizeof q->user);
    }
    if (error == PR_OK &&
        (queue[0] == '\0' || strpbrk(queue, "/#?") != NULL || strlen(queue) > 127 ||
         httpAssembleURIf(HTTP_URI_CODING_ALL, q->uri, sizeof q->uri, "ipp", NULL, "localhost", 0,
                          "/printers/%s", queue) != HTTP_URI_STATUS_OK)) {
        error = PR_EINVAL;
    }
    if (error != PR_OK) {
        free(q);
        return error;
    }
    *ret = q;
    return PR_OK;
}

void device_queue_set_silence(struct device_queue *q, unsigned silence_s)
{
    q->silence_s = silence_s;
}

static void disconnect(struct device_queue *q)
{
    httpClose(q->http);
    q->http = NULL;
    q->streaming_job = 0;
}

void device_queue_close(struct device_queue *q)
{
    if (q == NULL) {
        return;
    }
    (void)device_queue_send_abort(q);
    disconnect(q);
    free(q);
}

const char *device_queue_message(const struct device_queue *q)
{
    return q->message;
}

/* Errors --------------------------------------------------------------------------------------- */

static const struct {
    ipp_status_t status;
    int error;
} status_errors[] = {
    {IPP_STATUS_ERROR_NOT_FOUND, PR_ENOENT},
    {IPP_STATUS_ERROR_GONE, PR_ENOENT},
    {IPP_STATUS_ERROR_FORBIDDEN, PR_EACCESS},
    {IPP_STATUS_ERROR_NOT_AUTHENTICATED, PR_EACCESS},
    {IPP_STATUS_ERROR_NOT_AUTHORIZED, PR_EACCESS},
    {IPP_STATUS_ERROR_CUPS_AUTHENTICATION_CANCELED, PR_EACCESS},
    {IPP_STATUS_ERROR_NOT_POSSIBLE, PR_ESTATE},
    {IPP_STATUS_ERROR_BUSY, PR_EBUSY},
    {IPP_STATUS_ERROR_TOO_MANY_JOBS, PR_EBUSY},
    {IPP_STATUS_ERROR_TEMPORARY, PR_EBUSY},
    {IPP_STATUS_ERROR_NOT_ACCEPTING_JOBS, PR_EBUSY},
    {IPP_STATUS_ERROR_SERVICE_UNAVAILABLE, PR_EBUSY},
};

static int error_from_status(ipp_status_t status)
{
    for (size_t i = 0; i < sizeof status_errors / sizeof status_errors[0]; i++) {
        if (status_errors[i].status == status) {
            return status_errors[i].error;
        }
    }
    return PR_EREFUSED;
}

static int error_from_http(const struct device_queue *q, http_status_t status)
{
    if (q->timed_out) {
        return PR_ETIMEOUT;
    }
    switch (status) {
    case HTTP_STATUS_UNAUTHORIZED:
    case HTTP_STATUS_FORBIDDEN:
    case HTTP_STATUS_CUPS_AUTHORIZATION_CANCELED:
        return PR_EACCESS;
    case HTTP_STATUS_NOT_FOUND:
        return PR_ENOENT;
    case HTTP_STATUS_REQUEST_TOO_LARGE:
        return PR_EREFUSED;
    default:
        return PR_EUNREACHABLE;
    }
}

/** Ends a failed exchange: what is half said on the connection cannot be continued. */
static int fail_transport(struct device_queue *q, http_status_t status)
{
    const int error = error_from_http(q, status);
    const char *words = httpStatus(status);
    if (error == PR_EUNREACHABLE || error == PR_ETIMEOUT) {
        words = q->timed_out ? "cupsd does not answer" : "the connection to cupsd broke";
    }
    device_queue_copy_text(q->message, sizeof q->message, words);
    disconnect(q);
    return error;
}

static int take_status(struct device_queue *q, ipp_t *response)
{
    const ipp_status_t status = ippGetStatusCode(response);
    if (status <= IPP_STATUS_OK_EVENTS_COMPLETE) {
        q->message[0] = '\0';
        return PR_OK;
    }
    ipp_attribute_t *words = ippFindAttribute(response, "status-message", IPP_TAG_TEXT);
    device_queue_copy_text(q->message, sizeof q->message,
                           words != NULL ? ippGetString(words, 0, NULL) : ippErrorString(status));
    return error_from_status(status);
}

/* Connecting ----------------------------------------------------------------------------------- */

static int silence_is_over(http_t *http, void *context)
{
    (void)http;
    struct device_queue *q = context;
    q->timed_out = true;
    return 0;
}

static const char *no_password(const char *prompt, http_t *http, const char *method,
                               const char *path, void *context)
{
    (void)prompt, (void)http, (void)method, (void)path, (void)context;
    return NULL;
}

/** True when cupsd has closed the connection, or sent what nobody asked for, since the last answer.
 */
static bool connection_is_stale(http_t *http)
{
    struct pollfd wait = {.fd = httpGetFd(http), .events = POLLIN};
    return wait.fd < 0 || httpGetReady(http) > 0 || poll(&wait, 1, 0) != 0;
}

static int ensure_connected(struct device_queue *q)
{
    /* Both are kept per thread by libcups, and the object may have come from another thread. */
    cupsSetUser(q->user);
    cupsSetPasswordCB2(no_password, NULL);
    q->timed_out = false;
    if (q->http != NULL && connection_is_stale(q->http)) {
        disconnect(q);
    }
    if (q->http != NULL) {
        return PR_OK;
    }
    q->http = httpConnect2(q->host, q->port, NULL, AF_UNSPEC, HTTP_ENCRYPTION_IF_REQUESTED, 1,
                           DEVICE_QUEUE_CONNECT_MS, NULL);
    if (q->http == NULL) {
        device_queue_copy_text(q->message, sizeof q->message, "cannot connect to cupsd");
        return PR_EUNREACHABLE;
    }
    httpSetTimeout(q->http, q->silence_s, silence_is_over, q);
    if (httpAddrFamily(httpGetAddress(q->http)) == AF_LOCAL) {
        httpSetAuthString(q->http, "PeerCred", q->user);
    }
    return PR_OK;
}

/* Requests ------------------------------------------------------------------------------------- */

ipp_t *device_queue_request(const struct device_queue *q, ipp_op_t operation, const char *user)
{
    ipp_t *request = ippNewRequest(operation);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, q->uri);
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL,
                     user != NULL ? user : q->user);
    }
    return request;
}

ipp_t *device_queue_job_request(const struct device_queue *q, ipp_op_t operation, int job_id)
{
    ipp_t *request = device_queue_request(q, operation, NULL);
    if (request != NULL) {
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job_id);
    }
    return request;
}

static int exchange_once(struct device_queue *q, ipp_t *request, ipp_t **ret_response,
                         bool *ret_again)
{
    *ret_again = false;
    int error = ensure_connected(q);
    if (error != PR_OK) {
        return error;
    }
    http_status_t status = cupsSendRequest(q->http, request, resource, ippLength(request));
    if (status != HTTP_STATUS_CONTINUE && status != HTTP_STATUS_OK) {
        return fail_transport(q, status);
    }
    ipp_t *response = cupsGetResponse(q->http, resource);
    if (response == NULL) {
        status = httpGetStatus(q->http);
        *ret_again = status == HTTP_STATUS_UNAUTHORIZED;
        return *ret_again ? PR_EACCESS : fail_transport(q, status);
    }
    error = take_status(q, response);
    if (error != PR_OK || ret_response == NULL) {
        ippDelete(response);
        return error;
    }
    *ret_response = response;
    return PR_OK;
}

int device_queue_exchange(struct device_queue *q, ipp_t *request, ipp_t **ret_response)
{
    if (request == NULL) {
        return PR_ENOMEM;
    }
    int error = PR_ESTATE;
    bool again = q->streaming_job == 0;
    for (int tries = 0; again && tries < AUTHENTICATION_TRIES; tries++) {
        error = exchange_once(q, request, ret_response, &again);
    }
    if (again) {
        error = fail_transport(q, HTTP_STATUS_UNAUTHORIZED);
    }
    ippDelete(request);
    return error;
}

/* The stream ----------------------------------------------------------------------------------- */

int device_queue_send_begin(struct device_queue *q, int job_id)
{
    if (q->streaming_job != 0) {
        return PR_ESTATE;
    }
    if (job_id <= 0) {
        return PR_EINVAL;
    }
    int error = ensure_connected(q);
    if (error != PR_OK) {
        return error;
    }
    ipp_t *request = device_queue_job_request(q, IPP_OP_SEND_DOCUMENT, job_id);
    if (request == NULL) {
        return PR_ENOMEM;
    }
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL,
                 "application/pdf");
    ippAddBoolean(request, IPP_TAG_OPERATION, "last-document", 1);
    const http_status_t status = cupsSendRequest(q->http, request, resource, CUPS_LENGTH_VARIABLE);
    ippDelete(request);
    if (status != HTTP_STATUS_CONTINUE) {
        return fail_transport(q, status);
    }
    q->streaming_job = job_id;
    return PR_OK;
}

int device_queue_send_data(struct device_queue *q, const void *data, size_t length)
{
    if (q->streaming_job == 0) {
        return PR_ESTATE;
    }
    /* An empty chunk would end the body. */
    if (length == 0) {
        return PR_OK;
    }
    if (cupsWriteRequestData(q->http, data, length) == HTTP_STATUS_CONTINUE) {
        return PR_OK;
    }
    device_queue_copy_text(q->message, sizeof q->message, "cupsd stopped taking the document");
    return error_from_http(q, httpGetStatus(q->http));
}

int device_queue_send_hold(struct device_queue *q)
{
    if (q->streaming_job == 0) {
        return PR_ESTATE;
    }
    ipp_t *response = cupsGetResponse(q->http, resource);
    if (response == NULL) {
        return fail_transport(q, httpGetStatus(q->http));
    }
    const int error = take_status(q, response);
    ippDelete(response);
    q->streaming_job = 0;
    return error;
}

int device_queue_send_finish(struct device_queue *q)
{
    const int job_id = q->streaming_job;
    const int error = device_queue_send_hold(q);
    return error != PR_OK ? error : device_queue_release_job(q, job_id);
}

/**
 * Ends the sending direction only and waits until cupsd has answered or closed: then it has dealt
 * with the piece of document and a Cancel-Job removes it, while one that overtook it would leave
 * the piece in the spool.
 */
static void end_stream(http_t *http)
{
    struct pollfd wait = {.fd = httpGetFd(http), .events = POLLIN};
    if (shutdown(wait.fd, SHUT_WR) == 0) {
        (void)poll(&wait, 1, ABORT_ANSWER_MS);
    }
}

int device_queue_send_abort(struct device_queue *q)
{
    const int job_id = q->streaming_job;
    if (job_id == 0) {
        return PR_OK;
    }
    end_stream(q->http);
    disconnect(q);
    return device_queue_cancel_job(q, job_id);
}

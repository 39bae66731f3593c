/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One exchange, from headers to answer.
 *
 * libmicrohttpd calls api_exchange_handle() once when the headers are in, then with pieces of the
 * body, then once more at its end; only in the first and the last of these can an answer be queued.
 * A refusal that comes up in between (or in the first, while the peer is already sending) therefore
 * waits: the rest of the body is read away, so that the peer, busy writing, gets to read why. Two
 * cases are answered at once: a peer that waits for "100 Continue", and a body that announced
 * itself too large. A body that never ends is cut off at the drain limit.
 *
 * What stands between a request and its handler is the list of guards below, in their order; each
 * lets pass or answers.
 */
#include "daemon/api/exchange.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/api/encoding.h"
#include "daemon/api/fields.h"
#include "daemon/api/match.h"
#include "daemon/error.h"
#include "daemon/log.h"

enum { UNUSED_BODY_BYTES = 4096, JSON_BODY_BYTES = 65536, DRAIN_BYTES = 1 << 20 };

struct exchange {
    struct api_server *server;
    struct MHD_Connection *connection;
    const char *url;
    const char *method;
    struct api_request request;
    struct api_peer peer;
    struct api_reply reply;
    bool has_body;
    uint64_t limit;    /* bytes of body the route takes */
    uint64_t drain;    /* bytes of body that are read at all */
    uint64_t received; /* bytes of body so far */
    char *body;        /* API_JSON: what came so far */
    size_t body_size;  /* room in it */
    json_t *document;  /* API_JSON or query: what the values point into */
    void *context;     /* API_STREAM: the handler's */
};

static const char *header(const struct exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* Guards: true to go on, false after an answer */

static bool guard_running(struct exchange *exchange)
{
    struct api_server *server = exchange->server;

    pthread_mutex_lock(&server->lock);
    bool stopping = server->stopping;

    pthread_mutex_unlock(&server->lock);
    if (stopping) {
        api_refuse(&exchange->request, API_STOPPING, NULL, NULL);
    }
    return !stopping;
}

static bool guard_peer(struct exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const struct api_credentials *credentials = info != NULL ? info->socket_context : NULL;
    enum api_problem problem = API_INTERNAL;

    if (credentials == NULL) {
        api_refuse(&exchange->request, API_INTERNAL, NULL, NULL);
        return false;
    }
    if (api_peer_identify(exchange->server->office->store, &exchange->server->accounts, credentials,
                          header(exchange, "Printroom-As"), &exchange->peer, &problem) != PR_OK) {
        api_refuse(&exchange->request, problem, "Printroom-As", NULL);
        return false;
    }
    return true;
}

/** A token takes the place of what the socket says; with Printroom-As it would be two answers to
 * one question. */
static bool guard_token(struct exchange *exchange)
{
    const char *authorization = header(exchange, MHD_HTTP_HEADER_AUTHORIZATION);
    enum api_problem problem = API_INTERNAL;

    if (authorization == NULL) {
        return true;
    }
    if (header(exchange, "Printroom-As") != NULL) {
        api_refuse(&exchange->request, API_BAD_REQUEST, "Authorization, Printroom-As", NULL);
        return false;
    }
    if (api_peer_present_token(exchange->server->office->store, authorization, &exchange->peer,
                               &problem) != PR_OK) {
        api_refuse(&exchange->request, problem, NULL, NULL);
        return false;
    }
    return true;
}

static bool guard_route(struct exchange *exchange)
{
    struct api_request *request = &exchange->request;
    enum api_method method = API_METHODS;
    uint32_t methods = 0;
    bool known = api_method_parse(exchange->method, &method);

    request->route = api_match(exchange->server->routes, known ? method : API_METHODS,
                               exchange->url, request->parameter, &methods);
    if (request->route != NULL) {
        return true;
    }
    if (methods == 0) {
        char path[API_PARAMETER_BYTES];
        size_t length = utf8_cut(exchange->url, strlen(exchange->url), sizeof path - 1);

        memcpy(path, exchange->url, length);
        path[length] = '\0';
        api_refuse(request, API_NO_SUCH_PATH, path, NULL);
        return false;
    }
    api_methods_format(methods, exchange->reply.allow, sizeof exchange->reply.allow);
    if (strcmp(exchange->method, MHD_HTTP_METHOD_OPTIONS) == 0) {
        api_reply_text(request, MHD_HTTP_NO_CONTENT, NULL, strdup(""));
    } else {
        api_refuse(request, API_METHOD_NOT_ALLOWED, exchange->reply.allow, NULL);
    }
    return false;
}

static bool guard_access(struct exchange *exchange)
{
    struct api_request *request = &exchange->request;
    const struct api_peer *peer = &exchange->peer;
    char who[256];

    if (api_peer_may(peer, request->route->access)) {
        return true;
    }
    if (!peer->known && !peer->backend) {
        api_refuse(request, API_PERSON_UNKNOWN, peer->login[0] != '\0' ? peer->login : peer->actor,
                   NULL);
    } else if (peer->known && !peer->person.active) {
        api_refuse(request, API_PERSON_INACTIVE, peer->login, NULL);
    } else {
        api_access_format(request->route->access, request->language, ", ", who, sizeof who);
        api_refuse(request, API_ROLE_NEEDED, who, NULL);
    }
    return false;
}

static uint64_t route_limit(const struct exchange *exchange)
{
    const struct api_route *route = exchange->request.route;

    if (route->body_max > 0) {
        return route->body_max;
    }
    switch (route->body) {
    case API_STREAM:
        return exchange->server->office->settings->limits.document_bytes;
    case API_JSON:
        return JSON_BODY_BYTES;
    case API_NO_BODY:
        break;
    }
    return UNUSED_BODY_BYTES;
}

static bool guard_length(struct exchange *exchange)
{
    const char *length_text = header(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);
    uint64_t length = length_text != NULL ? strtoull(length_text, NULL, 10) : 0;
    char limit[24];

    exchange->has_body = length > 0 || header(exchange, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
    exchange->limit = route_limit(exchange);
    if (exchange->limit > exchange->drain) {
        exchange->drain = exchange->limit;
    }
    if (length <= exchange->limit) {
        return true;
    }
    snprintf(limit, sizeof limit, "%" PRIu64, exchange->limit);
    api_refuse(&exchange->request, API_TOO_LARGE, limit, NULL);
    return false;
}

/** True when a Content-Type names this type, whatever its parameters. */
static bool type_is(const char *content_type, const char *type)
{
    size_t length = strlen(type);

    return strncasecmp(content_type, type, length) == 0 &&
           strchr(" \t;", content_type[length]) != NULL; /* the NUL counts */
}

static bool guard_type(struct exchange *exchange)
{
    const struct api_route *route = exchange->request.route;
    const char *type = header(exchange, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *wanted = route->body == API_STREAM ? route->media_type : "application/json";

    if (route->body == API_NO_BODY || (route->body == API_JSON && !exchange->has_body)) {
        return true;
    }
    if (type != NULL && (type_is(type, wanted) || (route->body == API_STREAM &&
                                                   type_is(type, "application/octet-stream")))) {
        return true;
    }
    api_refuse(&exchange->request, API_WRONG_MEDIA_TYPE, wanted, NULL);
    return false;
}

static enum MHD_Result add_argument(void *context, enum MHD_ValueKind kind, const char *key,
                                    const char *value)
{
    json_t *query = context;
    char name[64];
    char text[2048];

    (void)kind;
    if (value == NULL) {
        value = "";
    }
    if (!percent_decode(key, strlen(key), name, sizeof name) ||
        !percent_decode(value, strlen(value), text, sizeof text) ||
        json_object_get(query, name) != NULL ||
        json_object_set_new(query, name, json_string(text)) != 0) {
        json_object_set_new(query, "", json_null()); /* "" is no parameter's name: the mark */
        return MHD_NO;
    }
    return MHD_YES;
}

static bool read_fields(struct exchange *exchange, const struct api_fields *fields, bool query)
{
    static const struct api_fields none = {NULL, 0};
    struct api_request *request = &exchange->request;
    struct api_field_error error;

    if (api_fields_read(fields != NULL ? fields : &none, exchange->document, query,
                        request->language, request->value, &error)) {
        return true;
    }
    api_refuse(request, error.problem, error.field, error.expected);
    return false;
}

/** A query is read where the fields are its own; a route with a JSON body takes none. */
static bool guard_query(struct exchange *exchange)
{
    const struct api_route *route = exchange->request.route;

    exchange->document = json_object();
    if (exchange->document == NULL) {
        api_refuse(&exchange->request, API_BUSY, NULL, NULL);
        return false;
    }
    MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, add_argument,
                              exchange->document);
    if (json_object_get(exchange->document, "") != NULL) {
        api_refuse(&exchange->request, API_BAD_REQUEST, "query", NULL);
        return false;
    }
    return read_fields(exchange, route->body == API_JSON ? NULL : route->fields, true);
}

static bool guard_stream(struct exchange *exchange)
{
    struct api_request *request = &exchange->request;

    if (request->route->body == API_STREAM) {
        request->route->stream->begin(request, &exchange->context);
    }
    return !exchange->reply.given;
}

static bool (*const guards[])(struct exchange *exchange) = {
    guard_running, guard_peer, guard_token, guard_route,  guard_access,
    guard_length,  guard_type, guard_query, guard_stream,
};

/* The life of an exchange */

static struct exchange *exchange_new(struct api_server *server, struct MHD_Connection *connection,
                                     const char *url, const char *method)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);

    if (exchange == NULL) {
        return NULL;
    }
    exchange->server = server;
    exchange->connection = connection;
    exchange->url = url;
    exchange->method = method;
    exchange->drain = DRAIN_BYTES;
    exchange->request.office = server->office;
    exchange->request.server = server;
    exchange->request.peer = &exchange->peer;
    exchange->request.reply = &exchange->reply;
    const char *language = header(exchange, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);

    exchange->request.language =
        language != NULL ? policy_language_parse(language) : server->office->settings->language;
    pthread_mutex_lock(&server->lock);
    server->active++;
    pthread_mutex_unlock(&server->lock);
    return exchange;
}

/** Ends the handler's part of a stream: its context goes before the answer is sent. */
static void release_context(struct exchange *exchange)
{
    if (exchange->context != NULL) {
        exchange->request.route->stream->destroy(exchange->context);
        exchange->context = NULL;
    }
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        MHD_add_response_header(response, name, value);
    }
}

static enum MHD_Result send_reply(struct exchange *exchange)
{
    static const char *const language_tags[POLICY_LANGUAGES] = {"en", "zh-CN"};
    struct api_reply *reply = &exchange->reply;
    const struct api_route *route = exchange->request.route;
    bool later = reply->status == 503;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->length, reply->text, MHD_RESPMEM_MUST_FREE);

    log_write(reply->status >= 500 ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
              "api: %s %s by %s: %u %s%s%s", exchange->method, route != NULL ? route->pattern : "-",
              exchange->peer.actor, reply->status,
              reply->problem_id != NULL ? reply->problem_id : "", reply->error != PR_OK ? ", " : "",
              reply->error != PR_OK ? pr_strerror(reply->error) : "");
    if (response == NULL) {
        return MHD_NO;
    }
    reply->text = NULL;
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
               reply->status == 401 ? "Bearer realm=\"printroom\"" : NULL);
    add_header(response, MHD_HTTP_HEADER_LOCATION, reply->location);
    add_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, later ? "5" : NULL);
    if (reply->problem_id != NULL) {
        add_header(response, MHD_HTTP_HEADER_CONTENT_LANGUAGE,
                   language_tags[exchange->request.language]);
    }
    if (later) {
        add_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    enum MHD_Result result = MHD_queue_response(exchange->connection, reply->status, response);

    MHD_destroy_response(response);
    return result;
}

/**
 * The idle limit is about the peer, but libmicrohttpd counts the time a handler takes for a piece
 * of a body as well and would then drop the sender; setting the limit anew from "none" starts it
 * again. (After the last piece it does so by itself.)
 */
static void restart_idle_time(const struct exchange *exchange)
{
    const struct api_tuning *tuning = &exchange->server->tuning;

    MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
    MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                              exchange->peer.backend ? tuning->backend_idle_s : tuning->idle_s);
}

static enum MHD_Result begin(struct exchange *exchange)
{
    const char *expect;
    size_t i = 0;

    while (i < sizeof guards / sizeof guards[0] && guards[i](exchange)) {
        i++;
    }
    if (!exchange->reply.given) {
        return MHD_YES;
    }
    release_context(exchange);
    expect = header(exchange, MHD_HTTP_HEADER_EXPECT);
    if ((expect != NULL && strcasecmp(expect, "100-continue") == 0) ||
        exchange->reply.status == api_problem_status(API_TOO_LARGE)) {
        return send_reply(exchange);
    }
    return MHD_YES;
}

static void append_json(struct exchange *exchange, const char *data, size_t size)
{
    size_t before = (size_t)exchange->received - size;

    if (exchange->received > exchange->body_size) {
        size_t room = (size_t)exchange->received * 2;
        char *grown = realloc(exchange->body, room);

        if (grown == NULL) {
            api_refuse(&exchange->request, API_BUSY, NULL, NULL);
            return;
        }
        exchange->body = grown;
        exchange->body_size = room;
    }
    memcpy(exchange->body + before, data, size);
}

static enum MHD_Result take(struct exchange *exchange, const char *data, size_t size)
{
    struct api_request *request = &exchange->request;

    exchange->received += size;
    if (exchange->received > exchange->drain) {
        return MHD_NO;
    }
    if (exchange->reply.given) {
        return MHD_YES;
    }
    if (exchange->received > exchange->limit) {
        char limit[24];

        snprintf(limit, sizeof limit, "%" PRIu64, exchange->limit);
        exchange->drain = exchange->received + DRAIN_BYTES;
        api_refuse(request, API_TOO_LARGE, limit, NULL);
    } else if (request->route->body == API_STREAM) {
        request->route->stream->data(request, exchange->context, (const uint8_t *)data, size);
        restart_idle_time(exchange);
    } else if (request->route->body == API_JSON) {
        append_json(exchange, data, size);
    }
    if (exchange->reply.given) {
        release_context(exchange);
    }
    return MHD_YES;
}

static void run_handler(struct exchange *exchange)
{
    struct api_request *request = &exchange->request;
    const struct api_route *route = request->route;
    char error[256];

    if (route->body == API_STREAM) {
        route->stream->end(request, exchange->context);
        release_context(exchange);
        return;
    }
    if (route->body == API_JSON) {
        json_decref(exchange->document);
        exchange->document =
            api_json_parse(exchange->body, (size_t)exchange->received, error, sizeof error);
        if (exchange->document == NULL) {
            api_refuse(request, API_BAD_JSON, error, NULL);
            return;
        }
        if (!read_fields(exchange, route->fields, false)) {
            return;
        }
    }
    route->handle(request);
}

static enum MHD_Result finish(struct exchange *exchange)
{
    if (!exchange->reply.given) {
        run_handler(exchange);
    }
    if (!exchange->reply.given) {
        log_write(LOG_LEVEL_ERROR, "api: %s gave no answer", exchange->request.route->pattern);
        api_refuse(&exchange->request, API_INTERNAL, NULL, NULL);
    }
    return send_reply(exchange);
}

enum MHD_Result api_exchange_handle(void *server, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload_data, size_t *upload_data_size,
                                    void **exchange)
{
    (void)version;
    if (*exchange == NULL) {
        *exchange = exchange_new(server, connection, url, method);
        return *exchange != NULL ? begin(*exchange) : MHD_NO;
    }
    if (*upload_data_size > 0) {
        enum MHD_Result result = take(*exchange, upload_data, *upload_data_size);

        *upload_data_size = 0;
        return result;
    }
    return finish(*exchange);
}

void api_exchange_completed(void *context, struct MHD_Connection *connection, void **exchange_place,
                            enum MHD_RequestTerminationCode reason)
{
    struct api_server *server = context;
    struct exchange *exchange = *exchange_place;

    (void)connection;
    (void)reason;
    if (exchange == NULL) {
        return;
    }
    release_context(exchange);
    json_decref(exchange->document);
    free(exchange->reply.text);
    /* There may have been a password in it. */
    if (exchange->body != NULL) {
        sodium_memzero(exchange->body, exchange->body_size);
    }
    free(exchange->body);
    free(exchange);
    *exchange_place = NULL;
    pthread_mutex_lock(&server->lock);
    if (--server->active == 0) {
        pthread_cond_broadcast(&server->idle);
    }
    pthread_mutex_unlock(&server->lock);
}

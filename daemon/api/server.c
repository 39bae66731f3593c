/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/server.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/accept.h"
#include "daemon/api/exchange.h"
#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/store.h"

enum {
    IDLE_S = 30,
    BACKEND_IDLE_S = 600,
    THREAD_STACK_BYTES = 512 * 1024, /* touched pages count, not these */
    CONNECTION_MEMORY_BYTES = 128 * 1024,
    SLACK = 16 /* places are counted in accept.c; libmicrohttpd's own limit must never be met */
};

static void write_log(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/** What libmicrohttpd says is about peers that misbehave: nothing that anybody must read. */
static void write_log(void *context, const char *format, va_list arguments)
{
    char line[512];

    (void)context;
    if (vsnprintf(line, sizeof line, format, arguments) > 0) {
        log_write(LOG_LEVEL_DEBUG, "api: %s", line);
    }
}

/** Paths and queries stay percent-encoded: they are decoded by segment, strictly. */
static size_t leave_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/** libmicrohttpd has a connection open, or has closed it. */
static void connection_changed(void *context, struct MHD_Connection *handle, void **socket_context,
                               enum MHD_ConnectionNotificationCode what)
{
    struct api_server *server = context;

    int fd = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        api_accept_closed(server, fd);
        free(*socket_context);
        *socket_context = NULL;
        return;
    }
    struct api_credentials *credentials = malloc(sizeof *credentials);

    /* Without credentials every request on it is refused. */
    if (credentials != NULL && api_credentials_read(fd, credentials) != PR_OK) {
        free(credentials);
        credentials = NULL;
    }
    *socket_context = credentials;
}

static void find_accounts(const struct settings *settings, struct api_accounts *accounts)
{
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;

    accounts->service = geteuid();
    if (settings->backend_user != NULL &&
        getpwnam_r(settings->backend_user, &entry, buffer, sizeof buffer, &found) == 0 &&
        found != NULL) {
        accounts->backend_known = true;
        accounts->backend = found->pw_uid;
    } else {
        log_write(
            LOG_LEVEL_WARNING,
            "api: there is no account \"%s\" (backend-user); only root's backends can hand in",
            settings->backend_user != NULL ? settings->backend_user : "");
    }
}

static struct MHD_Daemon *start_daemon(struct api_server *server, unsigned connections)
{
    return MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
            MHD_USE_ERROR_LOG | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET,
        0, NULL, NULL, api_exchange_handle, server, MHD_OPTION_EXTERNAL_LOGGER, write_log, NULL,
        MHD_OPTION_CONNECTION_LIMIT, connections + SLACK, MHD_OPTION_CONNECTION_TIMEOUT,
        server->tuning.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        api_exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
        MHD_OPTION_END);
}

static void server_free(struct api_server *server)
{
    pthread_cond_destroy(&server->place);
    pthread_cond_destroy(&server->idle);
    pthread_mutex_destroy(&server->lock);
    free(server->uids);
    free(server);
}

int api_server_start_tuned(struct office *office, const struct api_routes *routes,
                           const struct api_tuning *tuning, struct api_server **ret_server)
{
    unsigned connections = office->settings->limits.connections;
    struct api_server *server = calloc(1, sizeof *server);
    pthread_condattr_t attributes;

    if (server == NULL) {
        return PR_ENOMEM;
    }
    server->office = office;
    server->routes = routes;
    server->tuning = *tuning;
    server->started_ms = store_now_ms();
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&server->idle, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_cond_init(&server->place, NULL);
    server->uids = calloc(connections + 1u, sizeof *server->uids);
    find_accounts(office->settings, &server->accounts);
    int error = server->uids != NULL ? api_socket_open(office->settings->socket, &server->socket)
                                     : PR_ENOMEM;

    if (error == PR_OK) {
        server->daemon = start_daemon(server, connections);
        error = server->daemon != NULL ? api_accept_start(server) : PR_EIO;
        if (error != PR_OK) {
            log_write(LOG_LEVEL_ERROR, "api: libmicrohttpd or its threads could not be started");
            if (server->daemon != NULL) {
                MHD_stop_daemon(server->daemon);
            }
            api_socket_close(&server->socket);
        }
    }
    if (error != PR_OK) {
        server_free(server);
        return error;
    }
    *ret_server = server;
    return PR_OK;
}

int api_server_start(struct office *office, const struct api_routes *routes,
                     struct api_server **ret_server)
{
    struct api_tuning tuning = {.idle_s = IDLE_S,
                                .backend_idle_s = BACKEND_IDLE_S,
                                .uid_connections = office->settings->limits.connections / 2 + 1};

    return api_server_start_tuned(office, routes, &tuning, ret_server);
}

static void wait_until_idle(struct api_server *server, unsigned patience_ms)
{
    struct timespec end;
    int result = 0;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += patience_ms / 1000;
    end.tv_nsec += (long)(patience_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    while (server->active > 0 && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&server->idle, &server->lock, &end);
    }
    if (server->active > 0) {
        log_write(LOG_LEVEL_WARNING, "api: %u requests did not end in %u ms", server->active,
                  patience_ms);
    }
    pthread_mutex_unlock(&server->lock);
}

void api_server_stop(struct api_server *server, unsigned patience_ms)
{
    if (server == NULL) {
        return;
    }
    wait_until_idle(server, patience_ms);
    api_accept_stop(server);
    MHD_stop_daemon(server->daemon);
    api_socket_close(&server->socket);
    server_free(server);
}

int64_t api_server_started_ms(const struct api_server *server)
{
    return server->started_ms;
}

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

#include "daemon/api/exchange.h"
#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/store.h"

enum {
    IDLE_S = 30,
    THREAD_STACK_BYTES = 512 * 1024, /* touched pages count, not these */
    CONNECTION_MEMORY_BYTES = 128 * 1024
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

/** Counts a connection of this uid in or out; false when it has too many. */
static bool count_uid(struct api_server *server, uid_t uid, bool in)
{
    struct api_uid *entry = NULL;
    bool fits = true;

    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->uids_length; i++) {
        if (server->uids[i].uid == uid) {
            entry = &server->uids[i];
        }
    }
    if (entry == NULL && in) {
        /* As many places as there can be connections, so one is free. */
        entry = &server->uids[server->uids_length++];
        *entry = (struct api_uid){.uid = uid};
    }
    if (entry != NULL && in) {
        fits = entry->connections < server->tuning.uid_connections;
        entry->connections += fits ? 1 : 0;
    } else if (entry != NULL) {
        entry->connections--;
    }
    if (entry != NULL && entry->connections == 0) {
        *entry = server->uids[--server->uids_length];
    }
    pthread_mutex_unlock(&server->lock);
    return fits;
}

/** One person must not keep all others out: said in words, since nothing was asked yet in no
 * language. */
static void turn_away(int fd)
{
    static const char answer[] =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
        "Content-Type: application/problem+json\r\n\r\n"
        "{\"type\":\"urn:printroom:problem:busy\",\"title\":\"Busy\",\"status\":503,"
        "\"detail\":\"Too many connections of yours are open. 您打开的连接过多。\"}";

    send(fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_RDWR);
}

static void connection_changed(void *context, struct MHD_Connection *handle, void **socket_context,
                               enum MHD_ConnectionNotificationCode what)
{
    struct api_server *server = context;
    struct api_connection *connection = *socket_context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (connection != NULL && connection->counted) {
            count_uid(server, connection->credentials.uid, false);
        }
        free(connection);
        *socket_context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);

    connection = calloc(1, sizeof *connection);
    if (connection == NULL || info == NULL ||
        api_credentials_read(info->connect_fd, &connection->credentials) != PR_OK) {
        /* Without a context every request on it is refused. */
        free(connection);
        return;
    }
    uid_t uid = connection->credentials.uid;
    bool exempt = uid == 0 || uid == server->accounts.service ||
                  (server->accounts.backend_known && uid == server->accounts.backend);

    *socket_context = connection;
    if (!exempt) {
        connection->counted = count_uid(server, uid, true);
        if (!connection->counted) {
            turn_away(info->connect_fd);
        }
    }
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
            MHD_USE_ERROR_LOG | MHD_USE_ITC,
        0, NULL, NULL, api_exchange_handle, server, MHD_OPTION_EXTERNAL_LOGGER, write_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, server->socket.fd, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, server->tuning.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, api_exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        connection_changed, server, MHD_OPTION_END);
}

static void server_free(struct api_server *server)
{
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
    server->uids = calloc(connections + 1u, sizeof *server->uids);
    find_accounts(office->settings, &server->accounts);
    int error = server->uids != NULL ? api_socket_open(office->settings->socket, &server->socket)
                                     : PR_ENOMEM;

    if (error == PR_OK) {
        server->daemon = start_daemon(server, connections);
        if (server->daemon == NULL) {
            log_write(LOG_LEVEL_ERROR, "api: libmicrohttpd could not be started");
            api_socket_close(&server->socket);
            error = PR_EIO;
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
    MHD_stop_daemon(server->daemon);
    server->socket.fd = -1; /* closed with the daemon */
    api_socket_close(&server->socket);
    server_free(server);
}

int64_t api_server_started_ms(const struct api_server *server)
{
    return server->started_ms;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections are accepted here and not by libmicrohttpd, which closes those beyond its limit: a
 * sender would see its connection break without a word. Here nobody is accepted while all places
 * are taken, so that a peer waits in the socket's queue until there is one. One person who holds
 * too many is told so and sent away, lest they keep all others out; root, the service and the
 * backend may hold any number.
 *
 * Left out: several people who together hold all places are waited for until their connections have
 * been idle too long.
 */
#include "config.h"

#include "daemon/api/accept.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"

enum { PAUSE_MS = 50 };

static bool is_exempt(const struct api_server *server, uid_t uid)
{
    const struct api_accounts *accounts = &server->accounts;

    return uid == 0 || uid == accounts->service ||
           (accounts->backend_known && uid == accounts->backend);
}

/** The entry of a uid, made when there is none; the lock is held. */
static struct api_uid *entry_of(struct api_server *server, uid_t uid)
{
    for (size_t i = 0; i < server->uids_length; i++) {
        if (server->uids[i].uid == uid) {
            return &server->uids[i];
        }
    }
    /* As many entries as there can be connections, so one is free. */
    struct api_uid *entry = &server->uids[server->uids_length++];

    *entry = (struct api_uid){.uid = uid};
    return entry;
}

/** Takes a place for a connection of this uid; false when it has too many. */
static bool take_place(struct api_server *server, uid_t uid)
{
    bool fits = true;

    pthread_mutex_lock(&server->lock);
    if (!is_exempt(server, uid)) {
        struct api_uid *entry = entry_of(server, uid);

        fits = entry->connections < server->tuning.uid_connections;
        entry->connections += fits ? 1 : 0;
    }
    server->connections += fits ? 1 : 0;
    pthread_mutex_unlock(&server->lock);
    return fits;
}

static void give_place(struct api_server *server, uid_t uid)
{
    pthread_mutex_lock(&server->lock);
    if (!is_exempt(server, uid)) {
        struct api_uid *entry = entry_of(server, uid);

        if (--entry->connections == 0) {
            *entry = server->uids[--server->uids_length];
        }
    }
    server->connections--;
    pthread_cond_signal(&server->place);
    pthread_mutex_unlock(&server->lock);
}

void api_accept_closed(struct api_server *server, int connection_fd)
{
    struct api_credentials credentials;

    /* What was read when it was let in can be read again as long as it is open. */
    if (api_credentials_read(connection_fd, &credentials) == PR_OK) {
        give_place(server, credentials.uid);
    }
}

/** In both languages, since nothing was asked yet in either. */
static void turn_away(int fd)
{
    static const char answer[] =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
        "Content-Type: application/problem+json\r\n\r\n"
        "{\"type\":\"urn:printroom:problem:busy\",\"title\":\"Busy\",\"status\":503,"
        "\"detail\":\"Too many connections of yours are open. 您打开的连接过多。\"}";

    send(fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
}

static void let_in(struct api_server *server, int fd)
{
    const struct sockaddr_un nameless = {.sun_family = AF_UNIX};
    struct api_credentials credentials;

    if (api_credentials_read(fd, &credentials) != PR_OK) {
        close(fd);
        return;
    }
    if (!take_place(server, credentials.uid)) {
        turn_away(fd);
        return;
    }
    /* It closes the descriptor when it cannot take it. */
    if (MHD_add_connection(server->daemon, fd, (const struct sockaddr *)&nameless,
                           sizeof nameless.sun_family) != MHD_YES) {
        give_place(server, credentials.uid);
    }
}

/** Waits until there is a place; false when accepting shall end. */
static bool wait_for_place(struct api_server *server)
{
    pthread_mutex_lock(&server->lock);
    while (!server->closing &&
           server->connections >= server->office->settings->limits.connections) {
        pthread_cond_wait(&server->place, &server->lock);
    }
    bool go_on = !server->closing;

    pthread_mutex_unlock(&server->lock);
    return go_on;
}

static void *accept_all(void *context)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    struct api_server *server = context;
    struct pollfd polled[] = {{.fd = server->socket.fd, .events = POLLIN},
                              {.fd = server->wake_fd, .events = POLLIN}};

    while (wait_for_place(server)) {
        if (poll(polled, 2, -1) < 0 || polled[1].revents != 0) {
            continue;
        }
        int fd = accept4(server->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            let_in(server, fd);
        } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            /* Out of descriptors or memory: others have to give some back first. */
            nanosleep(&pause, NULL);
        }
    }
    return NULL;
}

int api_accept_start(struct api_server *server)
{
    server->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (server->wake_fd < 0) {
        return PR_ENOMEM;
    }
    if (pthread_create(&server->acceptor, NULL, accept_all, server) != 0) {
        close(server->wake_fd);
        return PR_ENOMEM;
    }
    return PR_OK;
}

void api_accept_stop(struct api_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->closing = true;
    pthread_cond_signal(&server->place);
    pthread_mutex_unlock(&server->lock);
    eventfd_write(server->wake_fd, 1);
    pthread_join(server->acceptor, NULL);
    close(server->wake_fd);
}

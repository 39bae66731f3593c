/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw TCP (AppSocket, "port 9100"). Most printers take one connection at a time and let others wait
 * or refuse them, so nothing is connected twice at once.
 *
 * Left out: a resolver with a deadline of its own. Whoever runs us bounds the whole run.
 */
#include "drivers/stream.h"

#include <cups/http.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/text.h"

enum { PORT_DEFAULT = 9100 };

struct socket_stream {
    struct device_stream head;
    int fd;
    char words[DEVICE_TEXT_BYTES];
};

static struct socket_stream *own(struct device_stream *stream)
{
    return (struct socket_stream *)stream;
}

static int left_ms(int64_t deadline_ms)
{
    const int64_t left = deadline_ms - stream_now_ms();
    return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/** @return whether the events came before the deadline */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = events};
        const int ready = poll(&wait, 1, left_ms(deadline_ms));
        if (ready >= 0 || errno != EINTR) {
            return ready > 0;
        }
    }
}

static ssize_t fail(struct socket_stream *s, const char *words)
{
    text_clean(s->words, sizeof s->words, words);
    return -(ssize_t)DEVICE_UNREACHABLE;
}

static ssize_t socket_write(struct device_stream *stream, const void *bytes, size_t size,
                            int64_t deadline_ms)
{
    struct socket_stream *s = own(stream);
    for (;;) {
        if (!wait_for(s->fd, POLLOUT, deadline_ms)) {
            return fail(s, "the device takes no more bytes");
        }
        const ssize_t written = send(s->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written > 0) {
            return written;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return fail(s, strerror(errno));
        }
    }
}

static ssize_t socket_read(struct device_stream *stream, void *bytes, size_t size,
                           int64_t deadline_ms)
{
    struct socket_stream *s = own(stream);
    for (;;) {
        if (!wait_for(s->fd, POLLIN, deadline_ms)) {
            return 0;
        }
        const ssize_t length = recv(s->fd, bytes, size, MSG_DONTWAIT);
        if (length > 0) {
            return length;
        }
        if (length == 0) {
            return fail(s, "the device has closed the connection");
        }
        if (errno != EAGAIN && errno != EINTR) {
            return fail(s, strerror(errno));
        }
    }
}

static void socket_close(struct device_stream *stream)
{
    (void)close(own(stream)->fd);
    free(stream);
}

static const char *socket_words(struct device_stream *stream)
{
    return own(stream)->words;
}

static const struct device_stream_carrier socket_carrier = {.name = "socket",
                                                            .write = socket_write,
                                                            .read = socket_read,
                                                            .close = socket_close,
                                                            .device_id = NULL,
                                                            .words = socket_words};

/* Connecting ----------------------------------------------------------------------------------- */

/** @return a connected descriptor, or −1 with errno */
static int connect_one(const struct addrinfo *address, int64_t deadline_ms)
{
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    int error = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        socklen_t length = sizeof error;
        error = ETIMEDOUT;
        if (wait_for(fd, POLLOUT, deadline_ms) &&
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
            error = errno;
        }
    }
    if (error == 0) {
        return fd;
    }
    (void)close(fd);
    errno = error;
    return -1;
}

static int connect_any(const char *host, int port, int64_t deadline_ms, char *message)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    char service[16];
    int fd = -1;
    (void)snprintf(service, sizeof service, "%d", port);
    const int trouble = getaddrinfo(host, service, &hints, &addresses);
    if (trouble != 0) {
        text_clean(message, DEVICE_TEXT_BYTES, gai_strerror(trouble));
        return -1;
    }
    for (const struct addrinfo *at = addresses; at != NULL && fd < 0; at = at->ai_next) {
        fd = connect_one(at, deadline_ms);
        if (fd < 0) {
            text_clean(message, DEVICE_TEXT_BYTES, strerror(errno));
        }
    }
    freeaddrinfo(addresses);
    return fd;
}

enum device_result socket_stream_open(const struct device_target *target, const char *uri,
                                      int64_t deadline_ms, struct device_stream **ret,
                                      char ret_message[DEVICE_TEXT_BYTES])
{
    char scheme[32];
    char userpass[64];
    char host[HTTP_MAX_HOST];
    char resource[HTTP_MAX_URI];
    char bare[HTTP_MAX_URI];
    int port = 0;
    (void)target;
    /* What stands behind '?' is not about the connection, and libcups takes it only after a '/'. */
    (void)snprintf(bare, sizeof bare, "%.*s", (int)strcspn(uri, "?"), uri);
    if (httpSeparateURI(HTTP_URI_CODING_ALL, bare, scheme, sizeof scheme, userpass, sizeof userpass,
                        host, sizeof host, &port, resource, sizeof resource) < HTTP_URI_STATUS_OK ||
        host[0] == '\0') {
        text_clean(ret_message, DEVICE_TEXT_BYTES, "the device's URI cannot be read");
        return DEVICE_UNSUPPORTED;
    }
    struct socket_stream *s = calloc(1, sizeof *s);
    if (s == NULL) {
        text_clean(ret_message, DEVICE_TEXT_BYTES, strerror(ENOMEM));
        return DEVICE_UNREACHABLE;
    }
    s->head.carrier = &socket_carrier;
    s->fd = connect_any(host, port > 0 ? port : PORT_DEFAULT, deadline_ms, ret_message);
    if (s->fd < 0) {
        free(s);
        return DEVICE_UNREACHABLE;
    }
    *ret = &s->head;
    return DEVICE_OK;
}

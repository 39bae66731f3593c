/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/cups/backend-http.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* A signal that comes between a look at *stop and a wait is noticed at the end of the step. */
enum { STEP_MS = 200 };

bool http_connect(struct http_connection *connection, const char *path)
{
    const struct timeval patience = {.tv_sec = HTTP_CONNECT_SECONDS};
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (connection->fd >= 0) {
        return true;
    }
    if (strlen(path) >= sizeof address.sun_path) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return false;
    }
    /* A full queue of connections makes connect() wait; this limits it (unix(7)). */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return false;
    }
    connection->fd = fd;
    connection->buffered = 0;
    return true;
}

void http_close(struct http_connection *connection)
{
    if (connection->fd >= 0) {
        close(connection->fd);
        connection->fd = -1;
    }
}

bool http_has_news(const struct http_connection *connection)
{
    struct pollfd event = {.fd = connection->fd, .events = POLLIN};

    return connection->buffered > 0 || poll(&event, 1, 0) > 0;
}

/** Waits until the socket can be written to (POLLOUT) or read (POLLIN). */
static bool wait_for(const struct http_connection *connection, short what, int seconds,
                     bool heed_stop)
{
    struct pollfd event = {.fd = connection->fd, .events = what};

    for (long waited_ms = 0; waited_ms < seconds * 1000L; waited_ms += STEP_MS) {
        if (poll(&event, 1, STEP_MS) > 0) {
            return true;
        }
        if (heed_stop && *connection->stop) {
            return false;
        }
    }
    return false;
}

/** Takes what was sent off the front. @return how many parts are left */
static size_t advance(struct iovec *parts, size_t length, size_t sent)
{
    size_t done = 0;

    while (done < length && sent >= parts[done].iov_len) {
        sent -= parts[done++].iov_len;
    }
    if (done < length) {
        parts[done].iov_base = (char *)parts[done].iov_base + sent;
        parts[done].iov_len -= sent;
    }
    memmove(parts, parts + done, (length - done) * sizeof *parts);
    return length - done;
}

bool http_send(struct http_connection *connection, const struct iovec *parts, size_t length)
{
    enum { FOREVER_SECONDS = 365 * 24 * 3600 }; /* a daemon that is slow is still at it */
    struct iovec left[HTTP_SEND_PARTS_MAX];

    memcpy(left, parts, length * sizeof *parts);
    length = advance(left, length, 0);
    while (length > 0) {
        struct msghdr message = {.msg_iov = left, .msg_iovlen = length};
        ssize_t sent = sendmsg(connection->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent >= 0) {
            length = advance(left, length, (size_t)sent);
        } else if (errno != EINTR &&
                   (errno != EAGAIN || !wait_for(connection, POLLOUT, FOREVER_SECONDS, true))) {
            http_close(connection);
            return false;
        }
    }
    return true;
}

/** Reads more behind what is buffered. @return false at the end, or when nothing more comes */
static bool fill(struct http_connection *connection, int seconds, bool heed_stop)
{
    size_t room = sizeof connection->buffer - connection->buffered;

    if (room == 0 || !wait_for(connection, POLLIN, seconds, heed_stop)) {
        return false;
    }
    ssize_t got = recv(connection->fd, connection->buffer + connection->buffered, room, 0);

    if (got <= 0) {
        return got < 0 && errno == EINTR;
    }
    connection->buffered += (size_t)got;
    return true;
}

static void drop(struct http_connection *connection, size_t length)
{
    connection->buffered -= length;
    memmove(connection->buffer, connection->buffer + length, connection->buffered);
}

struct head {
    int status;
    bool has_length;
    size_t length; /**< of the body */
    bool last;     /**< the connection ends with this answer */
};

/** The value of a line when it is this field, or NULL. */
static const char *field(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncasecmp(line, name, length) != 0 || line[length] != ':') {
        return NULL;
    }
    return line + length + 1 + strspn(line + length + 1, " \t");
}

/** "HTTP/1.1 200 …", then fields; `text` is changed. */
static bool parse_head(char *text, struct head *ret_head)
{
    char *rest = NULL;
    const char *line = strtok_r(text, "\r\n", &rest);

    *ret_head = (struct head){.status = 0};
    if (line == NULL || strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12) {
        return false;
    }
    ret_head->status = (int)strtol(line + 9, NULL, 10);
    ret_head->last = line[7] == '0';
    while ((line = strtok_r(NULL, "\r\n", &rest)) != NULL) {
        const char *length = field(line, "Content-Length");
        const char *connection = field(line, "Connection");
        char *end = NULL;

        if (length != NULL) {
            errno = 0;
            ret_head->length = strtoul(length, &end, 10);
            ret_head->has_length = errno == 0 && end != length && *end == '\0';
        }
        ret_head->last =
            ret_head->last || (connection != NULL && strcasecmp(connection, "close") == 0);
    }
    return ret_head->status >= 100 && ret_head->status <= 599;
}

/** Reads one head and takes it off the buffer. */
static bool read_head(struct http_connection *connection, int seconds, bool heed_stop,
                      struct head *ret_head)
{
    static const char end_of_head[] = "\r\n\r\n";
    char *end;

    while ((end = memmem(connection->buffer, connection->buffered, end_of_head,
                         strlen(end_of_head))) == NULL) {
        if (!fill(connection, seconds, heed_stop)) {
            return false;
        }
    }
    size_t length = (size_t)(end - connection->buffer) + strlen(end_of_head);

    *end = '\0';
    bool good = parse_head(connection->buffer, ret_head);

    drop(connection, length);
    return good;
}

static bool read_body(struct http_connection *connection, int seconds, bool heed_stop, char *body,
                      size_t length)
{
    size_t taken = 0;

    for (;;) {
        size_t more = connection->buffered < length - taken ? connection->buffered : length - taken;

        memcpy(body + taken, connection->buffer, more);
        drop(connection, more);
        taken += more;
        if (taken == length) {
            return true;
        }
        if (!fill(connection, seconds, heed_stop)) {
            return false;
        }
    }
}

int http_read_answer(struct http_connection *connection, int seconds, bool heed_stop,
                     size_t body_max, char **ret_body, size_t *ret_length)
{
    struct head head = {.status = 0};
    char *body = NULL;
    bool good;

    do {
        /* 1xx come before the answer itself (RFC 9110 §15.2). */
        good = read_head(connection, seconds, heed_stop, &head);
    } while (good && head.status < 200);
    good = good && head.has_length && head.length <= body_max;
    if (good) {
        body = malloc(head.length + 1);
        good = body != NULL && read_body(connection, seconds, heed_stop, body, head.length);
    }
    if (!good || head.last) {
        http_close(connection);
    }
    if (!good) {
        free(body);
        return 0;
    }
    *ret_body = body;
    *ret_length = head.length;
    return head.status;
}

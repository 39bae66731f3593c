/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * HTTP/1.1 (RFC 9112) on the daemon's Unix socket, as far as a backend needs it: one request at a
 * time on a kept connection, bodies out by length or in chunks, answers in by Content-Length, which
 * the daemon always states. An answer in any other shape counts as none.
 *
 * All functions that wait give up as soon as *stop is set, except where they say otherwise.
 */
#ifndef DAEMON_CUPS_BACKEND_HTTP_H
#define DAEMON_CUPS_BACKEND_HTTP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

enum { HTTP_CONNECT_SECONDS = 5, HTTP_HEAD_BYTES_MAX = 8192, HTTP_SEND_PARTS_MAX = 4 };

struct http_connection {
    int fd; /**< -1: not connected */
    const volatile sig_atomic_t *stop;
    size_t buffered; /**< bytes of an answer that were read beyond what was asked for */
    char buffer[HTTP_HEAD_BYTES_MAX];
};

/** Connects; a connection that is there is kept. @return false when nobody answers there */
bool http_connect(struct http_connection *connection, const char *path);
void http_close(struct http_connection *connection);

/** True when something came in, or the other end has closed: between two requests that is an end.
 */
bool http_has_news(const struct http_connection *connection);

/**
 * Sends all parts (at most HTTP_SEND_PARTS_MAX).
 *
 * @return false, and the connection is closed, when the other end is gone
 */
bool http_send(struct http_connection *connection, const struct iovec *parts, size_t length);

/**
 * Reads an answer to its end; closes the connection when none comes or it is the last one.
 *
 * @param seconds    how long it may take to begin, and between its parts
 * @param heed_stop  give up when *stop is set
 * @param ret_body   malloc'd, the caller's to free; at most body_max bytes are taken
 * @return the status, 0 when there was no whole answer (nothing is returned then)
 */
int http_read_answer(struct http_connection *connection, int seconds, bool heed_stop,
                     size_t body_max, char **ret_body, size_t *ret_length);

#endif

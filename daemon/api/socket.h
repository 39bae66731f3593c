/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The listening Unix socket: made without races, a dead daemon's removed, a living one's left
 * alone. */
#ifndef DAEMON_API_SOCKET_H
#define DAEMON_API_SOCKET_H

struct api_socket {
    int fd;      /**< listening */
    int lock_fd; /**< of PATH.lock, held while the socket is ours */
    char *path;
};

/** As api_server_start() says. */
int api_socket_open(const char *path, struct api_socket *ret_socket);
/** Removes the socket, closes it, lets go of the lock. */
void api_socket_close(struct api_socket *socket);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The HTTP server on the Unix socket: a thread a connection, libmicrohttpd. Knows routes, not
 * resources. */
#ifndef DAEMON_API_SERVER_H
#define DAEMON_API_SERVER_H

#include <stdint.h>

#include "daemon/api/route.h"

struct api_server;

/**
 * Listens at settings->socket (mode 0666: who comes is known from its credentials) and answers.
 * Call after privileges were dropped: the effective uid of the caller is the service's own account.
 *
 * A socket a dead daemon left is removed; one that answers, or anything that is no socket, is left
 * alone (PR_EBUSY, PR_EEXIST). A lock on `SOCKET.lock` keeps two daemons from doing this at the
 * same time.
 *
 * @param office  borrowed; must outlive the server
 * @param routes  borrowed; &api_routes but in tests
 * @return PR_OK; PR_EBUSY another daemon is running, PR_EEXIST something else is in the way,
 * PR_EINVAL path too long, PR_EIO, PR_ENOMEM (all logged)
 */
int api_server_start(struct office *office, const struct api_routes *routes,
                     struct api_server **ret_server);

/**
 * Stops gracefully: from now on requests are refused with 503, running ones are let finish for at
 * most `patience_ms`, then connections are closed, handlers waited for, the socket removed. NULL is
 * allowed.
 */
void api_server_stop(struct api_server *server, unsigned patience_ms);

/** When it was started, milliseconds since 1970. */
int64_t api_server_started_ms(const struct api_server *server);

#endif

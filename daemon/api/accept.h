/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Letting connections in: as many as there are places, and not too many of one person. */
#ifndef DAEMON_API_ACCEPT_H
#define DAEMON_API_ACCEPT_H

#include "daemon/api/exchange.h"

/** Starts the thread that accepts. PR_OK, PR_ENOMEM. */
int api_accept_start(struct api_server *server);
/** Ends it and waits for it; who has not been let in by then never is. */
void api_accept_stop(struct api_server *server);

/** Gives back the place of a connection that is about to be closed. */
void api_accept_closed(struct api_server *server, int connection_fd);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One request and its answer, between libmicrohttpd and a handler. Of the server's own files only.
 */
#ifndef DAEMON_API_EXCHANGE_H
#define DAEMON_API_EXCHANGE_H

#include <microhttpd.h>
#include <pthread.h>

#include "daemon/api/peer.h"
#include "daemon/api/route.h"
#include "daemon/api/socket.h"

/** What tests make smaller. */
struct api_tuning {
    unsigned idle_s;          /**< a connection on which nothing moves is closed */
    unsigned backend_idle_s;  /**< the same in the middle of a document from cupsd's backend: the
                                 filters before it may think for a while */
    unsigned uid_connections; /**< of one uid at a time, root, service and backend excepted */
};

struct api_server {
    struct office *office;
    const struct api_routes *routes;
    struct api_accounts accounts;
    struct api_tuning tuning;
    struct api_socket socket;
    struct MHD_Daemon *daemon;
    int64_t started_ms;
    pthread_t acceptor;
    int wake_fd;          /**< wakes the acceptor */
    pthread_mutex_t lock; /**< guards what follows */
    pthread_cond_t idle;  /**< active became 0 */
    pthread_cond_t place; /**< connections became fewer, or closing true */
    unsigned active;      /**< requests begun and not yet answered in full */
    bool stopping;
    bool closing;         /**< nobody is accepted any more */
    unsigned connections; /**< let in and not yet closed */
    size_t uids_length;   /**< connections by uid */
    struct api_uid {
        uid_t uid;
        unsigned connections;
    } * uids;
};

struct api_reply {
    bool given;
    unsigned status;
    const char *content_type;
    char *text; /**< malloc'd */
    size_t length;
    char location[API_PARAMETER_BYTES * 4];
    char allow[64];
    const char *problem_id; /**< for the log, NULL when it is none */
    int error;              /**< for the log, the code behind the problem; PR_OK: none */
};

/** As libmicrohttpd's access handler and request-completed callback; `server` is the context. */
enum MHD_Result api_exchange_handle(void *server, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload_data, size_t *upload_data_size,
                                    void **exchange);
void api_exchange_completed(void *server, struct MHD_Connection *connection, void **exchange,
                            enum MHD_RequestTerminationCode reason);

/** As api_server_start(), with other numbers. */
int api_server_start_tuned(struct office *office, const struct api_routes *routes,
                           const struct api_tuning *tuning, struct api_server **ret_server);

#endif

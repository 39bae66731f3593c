/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What device-queue.c (the connection) and device-queue-jobs.c (the operations) share. */
#ifndef DAEMON_CUPS_DEVICE_QUEUE_PRIVATE_H
#define DAEMON_CUPS_DEVICE_QUEUE_PRIVATE_H

#include <cups/cups.h>

#include "daemon/cups/device-queue.h"

enum { DEVICE_QUEUE_HOST_BYTES = 256, DEVICE_QUEUE_USER_BYTES = 64 };

struct device_queue {
    http_t *http; /**< NULL: not connected */
    char host[DEVICE_QUEUE_HOST_BYTES];
    int port;
    char uri[HTTP_MAX_URI];             /**< printer-uri */
    char user[DEVICE_QUEUE_USER_BYTES]; /**< the account of this process */
    char message[DEVICE_QUEUE_MESSAGE_BYTES];
    unsigned silence_s;
    bool timed_out;    /**< set by the timeout callback */
    int streaming_job; /**< job-id while a document is being sent, else 0 */
};

/** A request with charset, language, printer-uri, requesting-user-name. Free with ippDelete().
 * NULL: no memory. */
ipp_t *device_queue_request(const struct device_queue *q, ipp_op_t operation, const char *user);

/** The same with a job-id. */
ipp_t *device_queue_job_request(const struct device_queue *q, ipp_op_t operation, int job_id);

/**
 * Sends a request without a document and takes the answer.
 *
 * @param request       consumed in every case; NULL gives PR_ENOMEM
 * @param ret_response  free with ippDelete(); NULL when the answer is not wanted
 */
int device_queue_exchange(struct device_queue *q, ipp_t *request, ipp_t **ret_response);

/** Copies text that came from outside: cut at a character's border, control characters become
 * spaces. */
void device_queue_copy_text(char *to, size_t to_bytes, const char *from);

#endif

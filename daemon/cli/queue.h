/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Handing a file to the managed queue, as any program that prints does (libcups). */
#ifndef DAEMON_CLI_QUEUE_H
#define DAEMON_CLI_QUEUE_H

#include <jansson.h>
#include <stddef.h>

#include "daemon/cli/client.h"

enum { QUEUE_ORIGIN_BYTES = 128, QUEUE_MESSAGE_BYTES = 512 };

struct queue_job {
    int id;                          /**< at cupsd */
    char origin[QUEUE_ORIGIN_BYTES]; /**< job-uuid */
};

/**
 * Creates a job and sends its document; cupsd finds out what kind it is.
 *
 * @param queue   name of the managed queue
 * @param person  who prints, NULL for the user of this process
 * @param fields  options by their API field: title, copies, level, sides, urgent, document_number
 * @param ret_message  why not, cupsd's words
 * @return PR_OK; PR_EUNREACHABLE (no cupsd), PR_EREFUSED, PR_EIO (the document cannot be read:
 * document->error)
 */
int queue_submit(const char *queue, const char *person, const json_t *fields,
                 struct client_document *document, struct queue_job *ret_job,
                 char ret_message[QUEUE_MESSAGE_BYTES]);

/**
 * What cupsd makes of a job.
 *
 * @param ret_message  its words on the job
 * @return PR_OK while it is under way or was completed; PR_EREFUSED when it was canceled or
 * aborted; PR_EUNREACHABLE
 */
int queue_look(const struct queue_job *job, char ret_message[QUEUE_MESSAGE_BYTES]);

#endif

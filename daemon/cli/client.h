/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * HTTP over printroomd's Unix socket, by libcurl: libcups, which is linked anyway, cannot send a
 * header of somebody else's (Printroom-As).
 */
#ifndef DAEMON_CLI_CLIENT_H
#define DAEMON_CLI_CLIENT_H

#include <jansson.h>
#include <stddef.h>

#include "policy/words.h"

struct client;
struct client_answer {
    long status;
    char *text; /**< body as it came, NUL-terminated; owned */
    size_t length;
    json_t *body; /**< NULL when it is no JSON; owned */
};

/** @param as  login to act as, NULL for oneself. PR_OK, PR_EINVAL (a login that cannot be one),
 * PR_ENOMEM. */
int client_new(const char *socket, const char *as, enum policy_language language,
               struct client **ret_client);
/** Presents a bearer token with every request from now on. PR_OK, PR_ENOMEM. */
int client_use_token(struct client *client, const char *token);
void client_free(struct client *client);

/**
 * Asks; every answer is PR_OK, whatever its status.
 *
 * @param path  with its query, percent-encoded
 * @param body  sent as JSON, NULL none; borrowed
 * @return PR_OK; PR_EUNREACHABLE, PR_EIO (the connection broke), PR_ENOMEM
 */
int client_ask(struct client *client, const char *method, const char *path, const json_t *body,
               struct client_answer *ret_answer);

/** A document that is sent: what was read of it already, then the rest of a descriptor. */
struct client_document {
    int fd;
    const unsigned char *head;
    size_t head_length;
    const char *type; /**< NULL: application/pdf */
    int error;        /**< errno of a failed read */
};
/** Streams a document. As client_ask(); PR_EIO as well when the document cannot be read
 * (document->error is then set). */
int client_send(struct client *client, const char *method, const char *path,
                struct client_document *document, struct client_answer *ret_answer);

void client_answer_clear(struct client_answer *answer);

/** Appends "?name=value" or "&name=value" for each member of an object of texts, numbers and
 * booleans. PR_ELIMIT when it does not fit. */
int client_add_query(char *path, size_t size, json_t *fields);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The backend's way to printroomd: the part of its API on the Unix socket that takes documents in.
 *
 * All functions give up as soon as *stop is set (a signal handler may do that), except where they
 * say otherwise.
 */
#ifndef DAEMON_CUPS_BACKEND_LINK_H
#define DAEMON_CUPS_BACKEND_LINK_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/** How long the daemon may take for an answer; inspecting a big document takes a while. */
enum { LINK_ANSWER_SECONDS = 600, LINK_ANSWER_BYTES_MAX = 1024 * 1024 };

struct link;

/** What the daemon answered. body is NULL or a JSON object, owned by whoever holds the answer. */
struct link_answer {
    int status; /**< HTTP status, 0 when there was no answer */
    json_t *body;
};

/**
 * @param path      of the daemon's socket
 * @param language  for the words in answers: LANG's value
 * @param stop      see above
 * @return NULL when out of memory; to be freed with link_free(). Nothing is connected yet.
 */
struct link *link_new(const char *path, const char *language, const volatile sig_atomic_t *stop);
void link_free(struct link *link);

/** Sends one JSON body; connects if necessary. */
struct link_answer link_post(struct link *link, const char *resource, const json_t *body);

/**
 * Begins to send a document of unknown length. Nothing is sent before its first bytes are there:
 * the filters may think about a document for longer than the daemon lets a connection idle.
 *
 * @return false when the job's id is none
 */
bool link_document_begin(struct link *link, const char *job_id);
/** Sends a part of it. @return false when the daemon has answered already or cannot be reached any
 * more */
bool link_document_write(struct link *link, const char *bytes, size_t length);
/**
 * Reads the answer to the document.
 *
 * @param complete  the whole document was written: ends it, and waits for the answer whether *stop
 * is set or not, since the daemon may have accepted it. Otherwise only an answer that is there
 * already is read.
 */
struct link_answer link_document_end(struct link *link, bool complete);

/** Closes the connection; what was not ended is not accepted by the daemon. */
void link_close(struct link *link);

/** A text field of an answer's body, or "". */
const char *link_answer_text(const struct link_answer *answer, const char *field);

#endif

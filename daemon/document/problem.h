/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The words in which `printroom-document` says that a document could not be read: what goes over
 * the pipe, what the job is told (IPP job-state-reasons, RFC 8011 §5.3.8) and what the daemon's
 * functions return, on one row each.
 */
#ifndef DAEMON_DOCUMENT_PROBLEM_H
#define DAEMON_DOCUMENT_PROBLEM_H

enum { PROBLEM_MESSAGE_BYTES = 192, PROBLEM_LINE_BYTES = 512 };

/** Why a document was refused. */
struct problem {
    int code;                            /**< enum pr_error */
    char message[PROBLEM_MESSAGE_BYTES]; /**< English, printable ASCII, nothing quoted from the
                                            document */
};

/** Fills a problem and returns its code, so that a function can end with it. */
int problem_set(struct problem *ret_problem, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The name on the wire of a code ("format", "encrypted", "limit", "timeout", "crashed"); "crashed"
 * for others. */
const char *problem_kind(int code);
/** The keyword for the job: "document-format-error" or "document-unprintable-error". */
const char *problem_keyword(int code);
/** The code of a name on the wire, PR_ECRASHED for names that are not known. */
int problem_code(const char *kind);

/**
 * Writes the JSON line for a problem. Async-signal-safe when `message` is a plain string.
 *
 * @param message  without '"', '\\' or control characters (they are replaced)
 * @return length of the line with its newline, < PROBLEM_LINE_BYTES
 */
unsigned problem_line(char line[PROBLEM_LINE_BYTES], int code, const char *message);

#endif

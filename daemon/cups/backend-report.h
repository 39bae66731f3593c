/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What the backend tells cupsd on stderr: `INFO:`, `WARNING:` and `ERROR:` lines (words for the
 * person, shown as the job's and the queue's message) and `STATE:` lines (printer-state-reasons).
 * Words come in the language of the job.
 */
#ifndef DAEMON_CUPS_BACKEND_REPORT_H
#define DAEMON_CUPS_BACKEND_REPORT_H

#include <jansson.h>
#include <stdbool.h>

/** Why a document cannot be handed over now. */
enum report_trouble {
    REPORT_NONE,
    REPORT_UNREACHABLE, /**< printroomd does not answer */
    REPORT_NO_SPACE,    /**< it has no room for the document */
    REPORT_UNAVAILABLE, /**< it answers, but cannot accept anything now (key missing, stopping, …)
                         */
    REPORT_INTERRUPTED, /**< the connection broke in the middle of a document */
    REPORT_TROUBLES
};

struct report {
    bool chinese;
    enum report_trouble shown; /**< the trouble whose STATE: is set now */
    unsigned left_behind; /**< set of (1u << trouble) whose STATE: an earlier run of the backend
                             left set */
};

/**
 * @param language         value of LANG, may be NULL
 * @param printer_reasons  the queue's printer-state-reasons at the start (PRINTER_STATE_REASONS),
 * may be NULL
 */
void report_init(struct report *report, const char *language, const char *printer_reasons);

/**
 * Says what is wrong and that the document is kept and tried again; nothing is repeated when the
 * trouble is the one shown already.
 *
 * @param detail  the daemon's own words in the person's language, or ""
 */
void report_trouble(struct report *report, enum report_trouble trouble, const char *detail);

/** Takes back the STATE: of the trouble shown last. */
void report_clear(struct report *report);

/** What became of an accepted job: its number and its messages. */
void report_accepted(const json_t *job);

/** Why a job was refused: its messages, or `fallback` when it has none. */
void report_refused(const json_t *job, const char *fallback);

/** One ERROR: line. */
void report_error(const char *words);

/** The sentence for a document that cupsd's filters did not finish, and for several documents in a
 * broken stream. */
const char *report_words_split_failed(const struct report *report);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The log: one line an event on stderr, with sd-daemon(3) level prefixes (`<3>` …) when stderr is
 * the journal (JOURNAL_STREAM is set), else with an RFC 3339 time. Never log titles, document
 * contents or keys.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/** Sets the most detailed level that is written. The default is LOG_LEVEL_INFO. Call before threads
 * start. */
void log_set_level(enum log_level level);

/**
 * Reads a level's name ("error" … "debug").
 *
 * @return true and *ret_level set, or false
 */
bool log_level_parse(const char *name, enum log_level *ret_level);

/** Writes one line. Control characters in it are replaced, so that no input can forge a line.
 * Thread-safe. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

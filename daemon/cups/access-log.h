/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * One line of cupsd's log of accesses: HOST - USER [DATE] "POST RESOURCE HTTP/1.1" STATUS BYTES
 * OPERATION IPP-STATUS (access_log of cups-files.conf(5), Common Log Format with two words more).
 */
#ifndef DAEMON_CUPS_ACCESS_LOG_H
#define DAEMON_CUPS_ACCESS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACCESS_HOST_BYTES = 256, ACCESS_USER_BYTES = 65, ACCESS_QUEUE_BYTES = 128 };

enum access_answer { ACCESS_ALLOWED, ACCESS_CHALLENGED, ACCESS_FORBIDDEN, ACCESS_OTHER };

struct access_line {
    char host[ACCESS_HOST_BYTES];   /**< who connected, as cupsd writes it; "localhost" over its
                                       socket too */
    char user[ACCESS_USER_BYTES];   /**< whom cupsd has authenticated, "" nobody */
    char queue[ACCESS_QUEUE_BYTES]; /**< of /printers/QUEUE or /classes/QUEUE, "" another resource.
                                       The sender chooses it; cupsd goes by the request's
                                       printer-uri */
    int64_t at_ms;                  /**< when the request began */
    bool prints;                    /**< Create-Job, Print-Job, Print-URI or Validate-Job */
    enum access_answer answer;      /**< HTTP 200, 401, 403, any other */
};

/**
 * Reads a line. Nothing in it is trusted: what is not exactly of this form, holds a byte that is no
 * visible ASCII, or a name longer than its place, is no line.
 *
 * @param line    without its newline; need not end with a NUL
 * @param length  bytes
 * @return false: no such line, *ret unset
 */
bool access_line_parse(const char *line, size_t length, struct access_line *ret);

#endif

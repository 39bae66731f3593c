/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Spreadsheets and PDF are made by printroom-report, a program of its own: the daemon loads no
 * fonts. */
#ifndef DAEMON_REPORT_RENDER_H
#define DAEMON_REPORT_RENDER_H

#include <jansson.h>
#include <stddef.h>

#include "policy/words.h"

enum { REPORT_FILE_BYTES_MAX = 16 * 1024 * 1024, REPORT_TIMEOUT_MS = 60000 };

/**
 * Runs the program with the document on its standard input.
 *
 * @param program   path of printroom-report
 * @param format    "xlsx" or "pdf"
 * @param ret_file  malloc'd
 * @return PR_OK; PR_ETIMEOUT, PR_ECRASHED, PR_ELIMIT (the file is too large), PR_EIO, PR_ENOMEM
 */
int report_render(const char *program, const char *format, enum policy_language language,
                  const json_t *document, char **ret_file, size_t *ret_length);

#endif

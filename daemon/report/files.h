/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What printroom-report makes of a report document (openapi.yaml: Report). */
#ifndef DAEMON_REPORT_FILES_H
#define DAEMON_REPORT_FILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/report/columns.h"

/** Where libxlsxwriter makes the parts of a workbook: files, which must be in memory only. */
#define REPORT_SCRATCH "/dev/shm"

/** Writes a workbook into an empty file. False, with a line on stderr, when it failed. */
bool report_write_xlsx(const json_t *document, enum policy_language language, int fd);
/** Likewise a PDF. */
bool report_write_pdf(const json_t *document, enum policy_language language, int fd);

/** A text member, "" when there is none; a number member, 0 when there is none. */
const char *report_text(const json_t *row, const char *name);
json_int_t report_number(const json_t *row, const char *name);

#endif

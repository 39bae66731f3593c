/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The monthly report as a JSON document (openapi.yaml: Report) and as CSV. */
#ifndef DAEMON_REPORT_DOCUMENT_H
#define DAEMON_REPORT_DOCUMENT_H

#include <jansson.h>

#include "daemon/report/columns.h"
#include "daemon/store/store.h"
#include "policy/level.h"

struct report_view {
    const char *month;
    int64_t department; /**< the only one that counts, 0: all */
    const char *scope;  /**< name of that department, "" all */
    const char *person; /**< the only person named by name, NULL: all */
    enum policy_language language;
    const struct policy_ladder *ladder; /**< names of levels */
};

/** @param ret_document  a new reference
 *  @return PR_OK, PR_EINVAL (month), PR_ENOMEM or an error of the store */
int report_document(struct store_tx *tx, const struct report_view *view, json_t **ret_document);

/**
 * The document as CSV (RFC 4180): UTF-8 with a byte order mark, so that spreadsheets read it as
 * such, CRLF, one heading, then a row a part's row. A text a spreadsheet would take for a formula
 * gets an apostrophe before it.
 *
 * @return malloc'd, or NULL when out of memory
 */
char *report_csv(const json_t *document, enum policy_language language);

#endif

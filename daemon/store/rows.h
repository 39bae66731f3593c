/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Registers that are only read to be shown: rows of a query as JSON objects, without a struct for
 * each. */
#ifndef DAEMON_STORE_ROWS_H
#define DAEMON_STORE_ROWS_H

#include <jansson.h>

#include "daemon/store/store.h"

enum row_kind {
    ROW_TEXT,
    ROW_NUMBER, /**< NULL: null */
    ROW_BOOLEAN,
    ROW_JSON,  /**< text that is JSON */
    ROW_MOMENT /**< milliseconds since 1970, NULL: null; whoever shows it formats it */
};

/** A column of the query, in its order; a name of NULL ends the list. */
struct row_column {
    const char *name;
    enum row_kind kind;
};

/**
 * Steps through a statement (bound by the caller) and appends an object a row.
 *
 * @param list  array, borrowed
 * @return PR_OK, PR_EDB (JSON that is none; sticky), PR_ENOMEM, the sticky error
 */
int rows_read(struct store_tx *tx, sqlite3_stmt *statement, const struct row_column *columns,
              json_t *list);

#endif

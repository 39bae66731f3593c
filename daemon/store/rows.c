/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/rows.h"

#include "daemon/error.h"

static json_t *value_of(sqlite3_stmt *statement, int column, enum row_kind kind)
{
    const char *text = NULL;

    if (kind != ROW_JSON && sqlite3_column_type(statement, column) == SQLITE_NULL) {
        return json_null();
    }
    switch (kind) {
    case ROW_BOOLEAN:
        return json_boolean(sqlite3_column_int(statement, column) != 0);
    case ROW_NUMBER:
    case ROW_MOMENT:
        return json_integer(sqlite3_column_int64(statement, column));
    case ROW_JSON:
        text = (const char *)sqlite3_column_text(statement, column);
        return text != NULL ? json_loads(text, 0, NULL) : json_null();
    case ROW_TEXT:
        break;
    }
    text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? json_string(text) : NULL;
}

static json_t *row_of(sqlite3_stmt *statement, const struct row_column *columns)
{
    json_t *row = json_object();

    for (int i = 0; columns[i].name != NULL; i++) {
        if (json_object_set_new(row, columns[i].name, value_of(statement, i, columns[i].kind)) !=
            0) {
            json_decref(row);
            return NULL;
        }
    }
    return row;
}

int rows_read(struct store_tx *tx, sqlite3_stmt *statement, const struct row_column *columns,
              json_t *list)
{
    int step;

    while ((step = store_step(tx, statement)) > 0) {
        if (json_array_append_new(list, row_of(statement, columns)) != 0) {
            sqlite3_reset(statement);
            return store_tx_fail(tx, PR_EDB);
        }
    }
    return step;
}

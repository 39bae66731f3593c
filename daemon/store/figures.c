/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"

/* The columns in the order of enum report_column. */
#define SUMS                                                                                       \
    "sum(f.jobs), sum(f.pages), sum(f.impressions), sum(f.sheets), sum(f.color_impressions),"      \
    " sum(f.duplex_sheets), sum(f.duplex_saved), sum(f.walk_up_sheets), sum(f.grants),"            \
    " sum(f.granted_sheets), sum(f.duplicates), sum(f.duplicate_sheets), sum(f.violations),"       \
    " sum(f.unregistered_sheets)"

#define OF_MONTH      " WHERE f.month = ?1 AND f.dimension = ?2 AND (?3 = 0 OR f.department = ?3)"
#define LARGEST_FIRST " ORDER BY sum(f.sheets) DESC, 1, 3"

enum { COLUMN_KEY, COLUMN_NAME, COLUMN_DEPARTMENT, COLUMN_FIRST_SUM };

static const char *const statements[] = {
    /* An active department without figures is a row of zeros: it has used nothing, which is said.
     */
    [REPORT_BY_DEPARTMENT] = "SELECT coalesce(d.code, ''), coalesce(d.name, ''), '', " SUMS
                             " FROM (SELECT department FROM department WHERE active = 1 UNION"
                             " SELECT f.department FROM figure AS f" OF_MONTH ") AS w"
                             " LEFT JOIN figure AS f ON f.month = ?1 AND f.dimension = ?2 AND "
                             "f.department = w.department"
                             " LEFT JOIN department AS d ON d.department = w.department"
                             " WHERE ?3 = 0 OR w.department = ?3"
                             " GROUP BY w.department ORDER BY coalesce(sum(f.sheets), 0) DESC, 1",
    [REPORT_BY_PERSON] =
        "SELECT f.key, coalesce(p.name, ''), coalesce(d.code, ''), " SUMS " FROM figure AS f"
        " LEFT JOIN person AS p ON p.login = f.key LEFT JOIN department AS d"
        " ON d.department = f.department" OF_MONTH " GROUP BY f.department, f.key" LARGEST_FIRST,
    [REPORT_BY_DEVICE] =
        "SELECT f.key, '', '', " SUMS " FROM figure AS f" OF_MONTH " GROUP BY f.key" LARGEST_FIRST,
    [REPORT_BY_LEVEL] =
        "SELECT f.key, '', '', " SUMS " FROM figure AS f" OF_MONTH " GROUP BY f.key" LARGEST_FIRST,
    [REPORT_BY_SOURCE] =
        "SELECT f.key, '', '', " SUMS " FROM figure AS f" OF_MONTH " GROUP BY f.key" LARGEST_FIRST,
    /* A month without figures is a row of zeros: an aggregate without GROUP BY always gives one. */
    [REPORT_BY_MONTH] = "SELECT '', '', '', " SUMS " FROM figure AS f" OF_MONTH,
};
_Static_assert(sizeof statements / sizeof statements[0] == REPORT_PARTS,
               "every part has its statement");

static void read_row(sqlite3_stmt *statement, const char *month, struct figure_row *row)
{
    memset(row, 0, sizeof *row);
    snprintf(row->month, sizeof row->month, "%s", month);
    store_column_text(statement, COLUMN_KEY, row->key, sizeof row->key);
    store_column_text(statement, COLUMN_NAME, row->name, sizeof row->name);
    store_column_text(statement, COLUMN_DEPARTMENT, row->department, sizeof row->department);
    for (int i = 0; i < REPORT_COLUMNS; i++) {
        row->value[i] = sqlite3_column_int64(statement, COLUMN_FIRST_SUM + i);
    }
}

static int each_of_month(struct store_tx *tx, enum report_part part, const char *month,
                         int64_t department, figure_callback callback, void *context)
{
    const char *dimension =
        report_part_dimension(part == REPORT_BY_MONTH ? REPORT_BY_DEPARTMENT : part);
    sqlite3_stmt *statement = store_statement(tx, statements[part]);
    struct figure_row row;
    int step;

    store_bind_text(statement, 1, month);
    store_bind_text(statement, 2, dimension);
    store_bind_int(statement, 3, department);
    while ((step = store_step(tx, statement)) == 1) {
        read_row(statement, month, &row);
        int result = callback(context, &row);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

/** Goes back by a number of months below 12; months before 1970 do not exist. */
static bool month_before(const char *month, int months, char ret_month[POLICY_MONTH_BYTES])
{
    int year = (int)strtol(month, NULL, 10); /* its form was checked */
    int number = (int)strtol(month + 5, NULL, 10) - months;

    if (number < 1) {
        number += 12;
        year--;
    }
    return policy_month_format(year, number, ret_month);
}

int figure_each(struct store_tx *tx, enum report_part part, const char *month, int64_t department,
                figure_callback callback, void *context)
{
    char earlier[POLICY_MONTH_BYTES];
    int result = PR_OK;

    if (!policy_month_valid(month)) {
        return PR_EINVAL;
    }
    if (part != REPORT_BY_MONTH) {
        return each_of_month(tx, part, month, department, callback, context);
    }
    for (int back = 11; back >= 0 && result == PR_OK; back--) {
        if (month_before(month, back, earlier)) {
            result = each_of_month(tx, part, earlier, department, callback, context);
        }
    }
    return result;
}

/* Rows of one side that the other does not have just so. Both sides are read, since a row may be
 * missing in either. */
static const char sql_differences[] =
    "WITH differs AS (SELECT * FROM (SELECT * FROM figure EXCEPT SELECT * FROM figure_sum)"
    " UNION SELECT * FROM (SELECT * FROM figure_sum EXCEPT SELECT * FROM figure)),"
    " place AS (SELECT DISTINCT month, dimension, department, key FROM differs)"
    " SELECT count(*) OVER (), p.month, p.dimension, p.department, p.key,"
    " coalesce((SELECT f.sheets FROM figure AS f WHERE (f.month, f.dimension, f.department, f.key)"
    "   = (p.month, p.dimension, p.department, p.key)), 0),"
    " coalesce((SELECT sum(s.sheets) FROM figure_fact AS s"
    "   WHERE (s.month, s.dimension, s.department, s.key)"
    "   = (p.month, p.dimension, p.department, p.key)), 0)"
    " FROM place AS p ORDER BY 2, 3, 4, 5 LIMIT 1";

int figure_check(struct store_tx *tx, int64_t *ret_rows, struct figure_difference *ret)
{
    sqlite3_stmt *statement = store_statement(tx, sql_differences);
    int step = store_step(tx, statement);

    if (step < 0) {
        return step;
    }
    if (step == 0) {
        *ret_rows = 0;
        return PR_OK;
    }
    *ret_rows = sqlite3_column_int64(statement, 0);
    store_column_text(statement, 1, ret->month, sizeof ret->month);
    store_column_text(statement, 2, ret->dimension, sizeof ret->dimension);
    ret->department = sqlite3_column_int64(statement, 3);
    store_column_text(statement, 4, ret->key, sizeof ret->key);
    ret->kept = sqlite3_column_int64(statement, 5);
    ret->facts = sqlite3_column_int64(statement, 6);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int figure_rebuild(struct store_tx *tx, const char *actor, int64_t *ret_rows)
{
    struct figure_difference difference;
    int64_t rows = 0;
    int result = figure_check(tx, &rows, &difference);

    if (result == PR_OK) {
        result = store_step(tx, store_statement(tx, "DELETE FROM figure"));
    }
    if (result == PR_OK) {
        result = store_step(tx, store_statement(tx, "INSERT INTO figure SELECT * FROM figure_sum"));
    }
    if (result == PR_OK) {
        result = audit_append_made(tx, actor, "report.rebuild", "figures",
                                   json_pack("{s:I}", "rows", (json_int_t)rows));
    }
    if (result == PR_OK) {
        *ret_rows = rows;
    }
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The figures of the monthly report. What is counted, and when it is added up, is defined in
 * daemon/store/schema/004-report.sql; reading them does not touch jobs or the ledger, so that it
 * costs the same however many jobs are stored.
 */
#ifndef DAEMON_STORE_FIGURES_H
#define DAEMON_STORE_FIGURES_H

#include "daemon/report/columns.h"
#include "daemon/store/people.h"
#include "daemon/store/store.h"
#include "policy/quota.h"

enum { FIGURE_KEY_BYTES = 72 };

/** One row: a part of one month. */
struct figure_row {
    char month[POLICY_MONTH_BYTES];
    char key[FIGURE_KEY_BYTES];  /**< department code, login, device name, level id, source; ""
                                    unknown. Of months: "" */
    char name[STORE_NAME_BYTES]; /**< of the department or person, "" otherwise */
    char department[DEPARTMENT_CODE_BYTES]; /**< of a person's figures, else "" */
    int64_t value[REPORT_COLUMNS];
};
typedef int (*figure_callback)(void *context, const struct figure_row *row);

/**
 * Calls back for each row of a part of a month, most sheets first, then by key. REPORT_BY_MONTH
 * gives the month and the eleven before it, oldest first, those without figures too;
 * REPORT_BY_DEPARTMENT gives the active departments without figures too. A person who
 * printed for two departments has two rows.
 *
 * @param department  key of the only department that counts, 0: all
 * @return PR_OK, PR_EINVAL (month), what the callback returned, or an error
 */
int figure_each(struct store_tx *tx, enum report_part part, const char *month, int64_t department,
                figure_callback callback, void *context);

/** Where the kept sums and the facts differ first. */
struct figure_difference {
    char month[POLICY_MONTH_BYTES];
    char dimension[16];
    char key[FIGURE_KEY_BYTES];
    int64_t department;
    int64_t kept;  /**< sheets */
    int64_t facts; /**< sheets */
};
/**
 * Adds everything up from jobs, ledger, events and violations and compares. Reads all of them.
 *
 * @param ret_rows  rows that differ; 0: they agree
 * @param ret       the first of them; unset when they agree
 */
int figure_check(struct store_tx *tx, int64_t *ret_rows, struct figure_difference *ret);
/** Makes the kept sums anew from the facts, with an audit leaf "report.rebuild". *ret_rows: rows
 * that differed. */
int figure_rebuild(struct store_tx *tx, const char *actor, int64_t *ret_rows);

#endif

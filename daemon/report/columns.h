/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The columns, parts and kinds of the monthly report and their words, for all that shows it: the
 * API, CSV, tables, XLSX, PDF. */
#ifndef DAEMON_REPORT_COLUMNS_H
#define DAEMON_REPORT_COLUMNS_H

#include "policy/words.h"

/** What is counted; the order is the order of the columns of `figure`
 * (daemon/store/schema/004-report.sql, 009-devices.sql). */
enum report_column {
    REPORT_JOBS,
    REPORT_PAGES,
    REPORT_IMPRESSIONS,
    REPORT_SHEETS,
    REPORT_COLOR_IMPRESSIONS,
    REPORT_DUPLEX_SHEETS,
    REPORT_DUPLEX_SAVED,
    REPORT_WALK_UP_SHEETS,
    REPORT_GRANTS,
    REPORT_GRANTED_SHEETS,
    REPORT_DUPLICATES,
    REPORT_DUPLICATE_SHEETS,
    REPORT_VIOLATIONS,
    REPORT_UNREGISTERED_SHEETS, /**< that devices counted beyond jobs and registered copies */
    REPORT_COLUMNS
};
/** The member of the report's JSON, e.g. "color_impressions". */
const char *report_column_name(enum report_column column);
/** The heading, e.g. "彩色面数". */
const char *report_column_words(enum report_column column, enum policy_language language);

/** The ways a month is divided, and the months before it. */
enum report_part {
    REPORT_BY_DEPARTMENT,
    REPORT_BY_PERSON,
    REPORT_BY_DEVICE,
    REPORT_BY_LEVEL,
    REPORT_BY_SOURCE,
    REPORT_BY_MONTH,
    REPORT_PARTS
};
/** The member of the report's JSON, e.g. "departments". */
const char *report_part_name(enum report_part part);
/** The heading, e.g. "按部门". */
const char *report_part_words(enum report_part part, enum policy_language language);
/** The dimension of `figure`, e.g. "department"; NULL for REPORT_BY_MONTH. */
const char *report_part_dimension(enum report_part part);

/** What a source of jobs ("cups", "walk-up") or a kind of violation ("discrepancy") is called; the
 * keyword itself when there are no words for it. */
const char *report_source_words(const char *source, enum policy_language language);
const char *report_violation_words(const char *kind, enum policy_language language);

#endif

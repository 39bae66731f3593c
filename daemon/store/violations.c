/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/violations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"

enum { COMMENT_CHARACTERS_MAX = 400, DAY_MS = 24 * 60 * 60 * 1000 };

int violation_add(struct store_tx *tx, const struct job_record *job, const char *kind,
                  json_t *detail)
{
    char *text = detail != NULL ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO violation (kind, month, at, job, device, person, department, detail)"
            " SELECT ?2, j.month, ?3, j.job, j.device, j.person, j.department, ?4"
            " FROM job AS j WHERE j.job = ?1 ON CONFLICT DO NOTHING");

    json_decref(detail);
    if (text == NULL) {
        return store_tx_fail(tx, PR_ENOMEM);
    }
    store_bind_int(statement, 1, job->key);
    store_bind_text(statement, 2, kind);
    store_bind_int(statement, 3, store_now_ms());
    store_bind_text(statement, 4, text);
    free(text);
    return store_step(tx, statement);
}

int violation_add_attempt(struct store_tx *tx, const struct violation_attempt *attempt,
                          json_t *detail)
{
    char *text = detail != NULL ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO violation (kind, month, at, person, department, detail, device)"
            " SELECT ?1, ?2, ?3, ?4, (SELECT department FROM person WHERE login = ?4), ?5,"
            " nullif(?7, 0)"
            " WHERE NOT EXISTS (SELECT 1 FROM violation AS v WHERE v.month = ?2 AND v.kind = ?1"
            " AND v.person = ?4 AND abs(v.at - ?3) < ?6 AND (v.detail = ?5"
            " OR json_extract(v.detail, '$.queue') = json_extract(?5, '$.queue')))"
            " RETURNING violation");

    if (text == NULL) {
        json_decref(detail);
        return store_tx_fail(tx, PR_ENOMEM);
    }
    store_bind_text(statement, 1, attempt->kind);
    store_bind_text(statement, 2, attempt->month);
    store_bind_int(statement, 3, attempt->at_ms);
    store_bind_text(statement, 4, attempt->person);
    store_bind_text(statement, 5, text);
    store_bind_int(statement, 6, DAY_MS);
    store_bind_int(statement, 7, attempt->device);
    free(text);
    int step = store_step(tx, statement);
    if (step != 1) {
        json_decref(detail);
        return step;
    }
    sqlite3_reset(statement);
    return audit_append_made(tx, attempt->actor, "violation.add",
                             attempt->person[0] != '\0' ? attempt->person : attempt->kind, detail);
}

#define VIOLATION_COLUMNS                                                                          \
    "SELECT v.violation, v.kind, v.month, v.at,"                                                   \
    " coalesce(j.month || '-' || printf('%06d', j.number), ''), coalesce(e.name, ''), v.person,"   \
    " coalesce(d.code, ''), v.detail, v.acknowledged_by, v.acknowledged_at, v.comment"             \
    " FROM violation AS v LEFT JOIN job AS j ON j.job = v.job"                                     \
    " LEFT JOIN device AS e ON e.device = v.device"                                                \
    " LEFT JOIN department AS d ON d.department = v.department "

static void read_record(sqlite3_stmt *statement, struct violation_record *record)
{
    memset(record, 0, sizeof *record);
    record->key = sqlite3_column_int64(statement, 0);
    store_column_text(statement, 1, record->kind, sizeof record->kind);
    store_column_text(statement, 2, record->month, sizeof record->month);
    record->at = sqlite3_column_int64(statement, 3);
    store_column_text(statement, 4, record->job, sizeof record->job);
    store_column_text(statement, 5, record->device, sizeof record->device);
    store_column_text(statement, 6, record->person, sizeof record->person);
    store_column_text(statement, 7, record->department, sizeof record->department);
    store_column_text(statement, 8, record->detail, sizeof record->detail);
    if (sqlite3_column_bytes(statement, 8) >= (int)sizeof record->detail) {
        strcpy(record->detail, "{}");
    }
    store_column_text(statement, 9, record->acknowledged_by, sizeof record->acknowledged_by);
    record->acknowledged_at = sqlite3_column_int64(statement, 10);
    store_column_text(statement, 11, record->comment, sizeof record->comment);
}

int violation_each(struct store_tx *tx, const struct violation_filter *filter,
                   int (*callback)(void *context, const struct violation_record *), void *context)
{
    sqlite3_stmt *statement =
        store_statement(tx, VIOLATION_COLUMNS "WHERE (?1 = 0 OR v.acknowledged_at IS NULL)"
                                              " AND (?2 = '' OR v.month = ?2)"
                                              " ORDER BY v.violation DESC");
    struct violation_record record;
    int step;

    store_bind_int(statement, 1, filter->open);
    store_bind_text(statement, 2, filter->month != NULL ? filter->month : "");
    while ((step = store_step(tx, statement)) == 1) {
        read_record(statement, &record);
        int result = callback(context, &record);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

static int find(struct store_tx *tx, int64_t key, struct violation_record *ret)
{
    sqlite3_stmt *statement = store_statement(tx, VIOLATION_COLUMNS "WHERE v.violation = ?1");

    store_bind_int(statement, 1, key);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    read_record(statement, ret);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int violation_acknowledge(struct store_tx *tx, int64_t key, const char *comment, const char *actor,
                          struct violation_record *ret)
{
    char object[32];

    if (!text_is_line(comment, 1, COMMENT_CHARACTERS_MAX, VIOLATION_COMMENT_BYTES)) {
        return PR_EINVAL;
    }
    int result = find(tx, key, ret);
    if (result != PR_OK) {
        return result;
    }
    if (ret->acknowledged_at != 0) {
        return PR_ESTATE;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE violation SET acknowledged_by = ?2, acknowledged_at = ?3,"
                            " comment = ?4 WHERE violation = ?1");

    store_bind_int(statement, 1, key);
    store_bind_text(statement, 2, actor);
    store_bind_int(statement, 3, store_now_ms());
    store_bind_text(statement, 4, comment);
    result = store_step(tx, statement);
    snprintf(object, sizeof object, "%lld", (long long)key);
    if (result == PR_OK) {
        result = audit_append_made(tx, actor, "violation.acknowledge", object,
                                   json_pack("{s:s, s:s}", "comment", comment, "kind", ret->kind));
    }
    return result == PR_OK ? find(tx, key, ret) : result;
}

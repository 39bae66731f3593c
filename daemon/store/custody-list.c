/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Custody read back: copies, their events and readers, the reckoning, what is overdue. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/custody.h"
#include "daemon/store/text.h"
#include "daemon/store/violations.h"

#define COLUMNS                                                                                    \
    "SELECT c.copy, c.document, c.number, c.job, j.month || '-' || printf('%06d', j.number),"      \
    " j.person, j.level, c.state, c.holder, c.outside, coalesce(c.due, ''),"                       \
    " coalesce(j.completed_at, 0),"                                                                \
    " (SELECT count(DISTINCT r.person) FROM copy_reader AS r"                                      \
    " WHERE r.copy = c.copy AND r.received_at IS NOT NULL),"                                       \
    " (SELECT count(*) FROM copy_reader AS r WHERE r.copy = c.copy AND r.received_at IS NULL)"     \
    " FROM copy AS c JOIN job AS j ON j.job = c.job "

static void read_copy(sqlite3_stmt *statement, struct custody_copy *copy)
{
    char state[JOB_KEYWORD_BYTES];

    memset(copy, 0, sizeof *copy);
    copy->key = sqlite3_column_int64(statement, 0);
    store_column_text(statement, 1, copy->document, sizeof copy->document);
    copy->number = (uint32_t)sqlite3_column_int64(statement, 2);
    copy->job = sqlite3_column_int64(statement, 3);
    store_column_text(statement, 4, copy->job_id, sizeof copy->job_id);
    store_column_text(statement, 5, copy->person, sizeof copy->person);
    store_column_text(statement, 6, copy->level, sizeof copy->level);
    store_column_text(statement, 7, state, sizeof state);
    (void)custody_state_parse(state, &copy->state);
    store_column_text(statement, 8, copy->holder, sizeof copy->holder);
    copy->outside = sqlite3_column_int64(statement, 9) != 0;
    store_column_text(statement, 10, copy->due, sizeof copy->due);
    copy->printed_at = sqlite3_column_int64(statement, 11);
    copy->readers = (uint32_t)sqlite3_column_int64(statement, 12);
    copy->waiting = (uint32_t)sqlite3_column_int64(statement, 13);
}

int custody_find(struct store_tx *tx, int64_t job, uint32_t number, struct custody_copy *ret_copy)
{
    sqlite3_stmt *statement = store_statement(tx, COLUMNS "WHERE c.job = ?1 AND c.number = ?2");

    store_bind_int(statement, 1, job);
    store_bind_int(statement, 2, number);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    read_copy(statement, ret_copy);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int custody_find_code(struct store_tx *tx, const char *code, struct custody_copy *ret_copy)
{
    const char *slash = strchr(code, '/');
    char id[JOB_ID_BYTES];
    struct job_record job;

    if (slash == NULL || (size_t)(slash - code) >= sizeof id ||
        !text_is_of(slash + 1, TEXT_DIGITS, sizeof "000001")) {
        return PR_EFORMAT;
    }
    memcpy(id, code, (size_t)(slash - code));
    id[slash - code] = '\0';
    int result = job_find(tx, id, &job);
    return result == PR_OK
               ? custody_find(tx, job.key, (uint32_t)strtoul(slash + 1, NULL, 10), ret_copy)
               : result;
}

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

int custody_each(struct store_tx *tx, const struct custody_filter *filter,
                 int (*callback)(void *context, const struct custody_copy *), void *context)
{
    sqlite3_stmt *statement =
        store_statement(tx, COLUMNS "WHERE (?1 = 0 OR c.job = ?1) AND (?2 = '' OR c.document = ?2)"
                                    " AND (?3 = '' OR c.holder = ?3) AND (?4 = '' OR c.due < ?4)"
                                    " AND (?5 = 0 OR c.due IS NOT NULL)"
                                    " AND (?6 = 0 OR c.state IN ('lost', 'written-off'))"
                                    " ORDER BY iif(?5, c.due, ''), c.document, c.number");
    struct custody_copy copy;
    int step;

    store_bind_int(statement, 1, filter->job);
    store_bind_text(statement, 2, text_or_none(filter->document));
    store_bind_text(statement, 3, text_or_none(filter->holder));
    store_bind_text(statement, 4, text_or_none(filter->overdue_on));
    store_bind_int(statement, 5, filter->due);
    store_bind_int(statement, 6, filter->lost);
    while ((step = store_step(tx, statement)) == 1) {
        read_copy(statement, &copy);
        int result = callback(context, &copy);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

int custody_history(struct store_tx *tx, int64_t copy,
                    int (*callback)(void *context, const struct custody_entry *), void *context)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT at, name, from_state, to_state, actor, holder, outside, coalesce(due, ''),"
            " witness, note FROM copy_event WHERE copy = ?1 ORDER BY event");
    struct custody_entry entry;
    int step;

    store_bind_int(statement, 1, copy);
    while ((step = store_step(tx, statement)) == 1) {
        entry.at = sqlite3_column_int64(statement, 0);
        store_column_text(statement, 1, entry.name, sizeof entry.name);
        store_column_text(statement, 2, entry.from, sizeof entry.from);
        store_column_text(statement, 3, entry.to, sizeof entry.to);
        store_column_text(statement, 4, entry.actor, sizeof entry.actor);
        store_column_text(statement, 5, entry.holder, sizeof entry.holder);
        entry.outside = sqlite3_column_int64(statement, 6) != 0;
        store_column_text(statement, 7, entry.due, sizeof entry.due);
        store_column_text(statement, 8, entry.witness, sizeof entry.witness);
        store_column_text(statement, 9, entry.note, sizeof entry.note);
        int result = callback(context, &entry);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

int custody_readers(struct store_tx *tx, int64_t copy,
                    int (*callback)(void *context, const char *person, int64_t received_at),
                    void *context)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT person, coalesce(received_at, 0) FROM copy_reader"
                            " WHERE copy = ?1 ORDER BY position");
    char person[PERSON_LOGIN_BYTES];
    int step;

    store_bind_int(statement, 1, copy);
    while ((step = store_step(tx, statement)) == 1) {
        store_column_text(statement, 0, person, sizeof person);
        int result = callback(context, person, sqlite3_column_int64(statement, 1));

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

int custody_reckon(struct store_tx *tx, const char *document, int64_t ret_counts[CUSTODY_STATES])
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT state, count(*) FROM copy WHERE document = ?1 GROUP BY state");
    int64_t counts[CUSTODY_STATES] = {0};
    char name[JOB_KEYWORD_BYTES];
    enum custody_state state;
    bool found = false;
    int step;

    store_bind_text(statement, 1, document);
    while ((step = store_step(tx, statement)) == 1) {
        store_column_text(statement, 0, name, sizeof name);
        if (custody_state_parse(name, &state)) {
            counts[state] = sqlite3_column_int64(statement, 1);
        }
        found = true;
    }
    if (step != PR_OK) {
        return step;
    }
    if (!found) {
        return PR_ENOENT;
    }
    memcpy(ret_counts, counts, sizeof counts);
    return PR_OK;
}

/** The next copy that is overdue and not yet written down. PR_ENOENT: none. */
static int next_overdue(struct store_tx *tx, const char *today, struct custody_copy *ret_copy)
{
    sqlite3_stmt *statement =
        store_statement(tx, COLUMNS "WHERE c.due < ?1 AND c.overdue_noted IS NULL LIMIT 1");

    store_bind_text(statement, 1, today);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    read_copy(statement, ret_copy);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int custody_note_overdue(struct store_tx *tx, const char *today, const char *month,
                         unsigned *ret_noted)
{
    struct custody_copy copy;
    char code[CUSTODY_CODE_BYTES];
    unsigned noted = 0;
    int result;

    while ((result = next_overdue(tx, today, &copy)) == PR_OK) {
        sqlite3_stmt *statement =
            store_statement(tx, "UPDATE copy SET overdue_noted = ?2 WHERE copy = ?1");

        store_bind_int(statement, 1, copy.key);
        store_bind_int(statement, 2, store_now_ms());
        custody_code(&copy, code);
        result = store_step(tx, statement);
        if (result == PR_OK) {
            const struct violation_attempt attempt = {.kind = "copy-overdue",
                                                      .person = copy.holder,
                                                      .actor = "printroomd",
                                                      .month = month,
                                                      .at_ms = store_now_ms()};

            result = violation_add_attempt(tx, &attempt,
                                           json_pack("{s:s, s:s, s:s}", "copy", code, "document",
                                                     copy.document, "due", copy.due));
        }
        if (result != PR_OK) {
            return result;
        }
        noted++;
    }
    if (result != PR_ENOENT) {
        return result;
    }
    *ret_noted = noted;
    return PR_OK;
}

int custody_trace_key(struct store_tx *tx, char ret_id[TRACE_KEY_ID_BYTES])
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT id FROM trace_key");
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    store_column_text(statement, 0, ret_id, TRACE_KEY_ID_BYTES);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int custody_remember_trace_key(struct store_tx *tx, const char *id)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO trace_key (only, id, created_at) VALUES (1, ?1, ?2)");

    store_bind_text(statement, 1, id);
    store_bind_int(statement, 2, store_now_ms());
    int result = store_step(tx, statement);
    return result == PR_OK ? audit_append(tx, "printroomd", "trace-key.begin", id, NULL) : result;
}

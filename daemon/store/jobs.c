/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"

static const struct {
    const char *name;
    bool final;
} states[] = {
    [JOB_INCOMING] = {"incoming", false},
    [JOB_PENDING_HELD] = {"pending-held", false},
    [JOB_PENDING] = {"pending", false},
    [JOB_PROCESSING] = {"processing", false},
    [JOB_PROCESSING_STOPPED] = {"processing-stopped", false},
    [JOB_COMPLETED] = {"completed", true},
    [JOB_CANCELED] = {"canceled", true},
    [JOB_ABORTED] = {"aborted", true},
};
_Static_assert(sizeof states / sizeof states[0] == JOB_STATES, "every state has its row");

static const char *const settlements[] = {
    [SETTLEMENT_NONE] = "",
    [SETTLEMENT_DEVICE_JOB] = "device-job",
    [SETTLEMENT_DEVICE_COUNTER] = "device-counter",
    [SETTLEMENT_ESTIMATE] = "estimate",
    [SETTLEMENT_OPERATOR] = "operator",
};
_Static_assert(sizeof settlements / sizeof settlements[0] == SETTLEMENTS,
               "every kind has its name");

const char *job_state_name(enum job_state state)
{
    return states[state].name;
}

bool job_state_parse(const char *name, enum job_state *ret_state)
{
    for (size_t i = 0; i < JOB_STATES; i++) {
        if (strcmp(name, states[i].name) == 0) {
            *ret_state = (enum job_state)i;
            return true;
        }
    }
    return false;
}

bool job_state_is_final(enum job_state state)
{
    return states[state].final;
}

const char *settlement_name(enum settlement settlement)
{
    return settlements[settlement];
}

bool job_has_reason(const struct job_record *job, const char *reason)
{
    for (unsigned i = 0; i < job->reasons_length; i++) {
        if (strcmp(job->reasons[i], reason) == 0) {
            return true;
        }
    }
    return false;
}

int job_insert(struct store_tx *tx, const char *month, const struct job_request *request,
               int64_t *ret_key)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO job (month, number, state, source, origin, document, person, host,"
            " level_asked, urgent, document_number, copies, sides, media, color_mode, submitted_at)"
            " VALUES (?1, 1 + coalesce((SELECT max(number) FROM job WHERE month = ?1), 0),"
            " 'incoming', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");

    if (statement != NULL) {
        store_bind_text(statement, 1, month);
        store_bind_text(statement, 2, request->source);
        store_bind_text(statement, 3, request->origin);
        store_bind_int(statement, 4, request->document);
        store_bind_text(statement, 5, request->person);
        store_bind_text(statement, 6, request->host);
        store_bind_text(statement, 7, request->level);
        store_bind_int(statement, 8, request->urgent);
        store_bind_text(statement, 9, request->document_number);
        store_bind_int(statement, 10, request->copies);
        store_bind_text(statement, 11, policy_sides_keyword(request->sides));
        store_bind_text(statement, 12, request->media);
        store_bind_text(statement, 13, request->color_mode);
        store_bind_int(statement, 14, store_now_ms());
    }
    int result = store_step(tx, statement);
    if (result < 0) {
        return result;
    }
    *ret_key = store_last_id(tx);
    return PR_OK;
}

/* Columns of every query that reads whole jobs; read_job() knows their order. */
#define JOB_COLUMNS                                                                                \
    "SELECT j.job, j.month, j.number, j.state, j.source, j.origin, j.document, j.person, j.host,"  \
    " j.title, j.level_asked, j.urgent, j.document_number, j.copies, j.sides, j.media, "           \
    "j.color_mode,"                                                                                \
    " coalesce(j.department, 0), coalesce(p.code, ''), coalesce(p.name, ''),"                      \
    " coalesce(j.pages, -1), coalesce(j.color_pages, -1), coalesce(j.impressions, -1),"            \
    " coalesce(j.sheets, -1), coalesce(j.fingerprint, ''), coalesce(j.sha256, ''),"                \
    " coalesce(j.size_bytes, -1), coalesce(j.marked_level, ''), coalesce(j.spool_name, ''),"       \
    " coalesce(j.spool_day, ''), coalesce(j.device, 0), coalesce(d.name, ''),"                     \
    " coalesce(j.settlement, ''), j.submitted_at, coalesce(j.completed_at, 0), j.level,"           \
    " coalesce(j.sides_decided, j.sides), coalesce(j.color_mode_decided, j.color_mode),"           \
    " coalesce(j.urgent_decided, j.urgent), coalesce(j.decided_at, 0), j.archive"                  \
    " FROM job AS j LEFT JOIN department AS p ON p.department = j.department"                      \
    " LEFT JOIN device AS d ON d.device = j.device "

static void read_request(sqlite3_stmt *statement, struct job_request *request)
{
    char sides[JOB_KEYWORD_BYTES];

    store_column_text(statement, 4, request->source, sizeof request->source);
    store_column_text(statement, 5, request->origin, sizeof request->origin);
    request->document = (uint32_t)sqlite3_column_int64(statement, 6);
    store_column_text(statement, 7, request->person, sizeof request->person);
    store_column_text(statement, 8, request->host, sizeof request->host);
    store_column_text(statement, 9, request->title, sizeof request->title);
    store_column_text(statement, 10, request->level, sizeof request->level);
    request->urgent = sqlite3_column_int(statement, 11) != 0;
    store_column_text(statement, 12, request->document_number, sizeof request->document_number);
    request->copies = (uint32_t)sqlite3_column_int64(statement, 13);
    store_column_text(statement, 14, sides, sizeof sides);
    policy_sides_parse(sides, &request->sides);
    store_column_text(statement, 15, request->media, sizeof request->media);
    store_column_text(statement, 16, request->color_mode, sizeof request->color_mode);
}

static void read_job(sqlite3_stmt *statement, struct job_record *job)
{
    char month[POLICY_MONTH_BYTES];
    char state[JOB_KEYWORD_BYTES];
    char sides[JOB_KEYWORD_BYTES];

    memset(job, 0, sizeof *job);
    job->key = sqlite3_column_int64(statement, 0);
    store_column_text(statement, 1, month, sizeof month);
    snprintf(job->id, sizeof job->id, "%s-%06d", month, sqlite3_column_int(statement, 2));
    store_column_text(statement, 3, state, sizeof state);
    job_state_parse(state, &job->state);
    read_request(statement, &job->request);
    job->department = sqlite3_column_int64(statement, 17);
    store_column_text(statement, 18, job->department_code, sizeof job->department_code);
    store_column_text(statement, 19, job->department_name, sizeof job->department_name);
    job->pages = sqlite3_column_int64(statement, 20);
    job->color_pages = sqlite3_column_int64(statement, 21);
    job->impressions = sqlite3_column_int64(statement, 22);
    job->sheets = sqlite3_column_int64(statement, 23);
    store_column_text(statement, 24, job->fingerprint, sizeof job->fingerprint);
    store_column_text(statement, 25, job->sha256, sizeof job->sha256);
    job->size_bytes = sqlite3_column_int64(statement, 26);
    store_column_text(statement, 27, job->marked_level, sizeof job->marked_level);
    store_column_text(statement, 28, job->spool_name, sizeof job->spool_name);
    store_column_text(statement, 29, job->spool_day, sizeof job->spool_day);
    job->device = sqlite3_column_int64(statement, 30);
    store_column_text(statement, 31, job->device_name, sizeof job->device_name);
    store_column_text(statement, 32, job->settlement, sizeof job->settlement);
    job->submitted_at = sqlite3_column_int64(statement, 33);
    job->completed_at = sqlite3_column_int64(statement, 34);
    store_column_text(statement, 35, job->level, sizeof job->level);
    store_column_text(statement, 36, sides, sizeof sides);
    policy_sides_parse(sides, &job->sides);
    store_column_text(statement, 37, job->color_mode, sizeof job->color_mode);
    job->urgent = sqlite3_column_int(statement, 38) != 0;
    job->decided_at = sqlite3_column_int64(statement, 39);
    job->archive = sqlite3_column_int(statement, 40) != 0;
}

static int read_reasons(struct store_tx *tx, struct job_record *job)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT reason FROM job_reason WHERE job = ?1 ORDER BY reason");
    int result;

    if (statement != NULL) {
        store_bind_int(statement, 1, job->key);
    }
    while ((result = store_step(tx, statement)) == 1) {
        if (job->reasons_length < JOB_REASONS_MAX) {
            store_column_text(statement, 0, job->reasons[job->reasons_length++], JOB_REASON_BYTES);
        }
    }
    return result;
}

/* Reads the one job a bound statement selects. */
static int read_one(struct store_tx *tx, sqlite3_stmt *statement, struct job_record *ret_job)
{
    struct job_record job;
    int result = store_step(tx, statement);

    if (result < 0) {
        return result;
    }
    if (result == 0) {
        return PR_ENOENT;
    }
    read_job(statement, &job);
    sqlite3_reset(statement);
    result = read_reasons(tx, &job);
    if (result < 0) {
        return result;
    }
    *ret_job = job;
    return PR_OK;
}

int job_get(struct store_tx *tx, int64_t key, struct job_record *ret_job)
{
    sqlite3_stmt *statement = store_statement(tx, JOB_COLUMNS "WHERE j.job = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, key);
    }
    return read_one(tx, statement, ret_job);
}

int job_find(struct store_tx *tx, const char *id, struct job_record *ret_job)
{
    char month[POLICY_MONTH_BYTES];
    char *end;

    if (strlen(id) < 9 || strlen(id) > 16 || id[7] != '-' ||
        strspn(id + 8, "0123456789") != strlen(id + 8)) {
        return PR_ENOENT;
    }
    memcpy(month, id, 7);
    month[7] = '\0';
    long number = strtol(id + 8, &end, 10);
    sqlite3_stmt *statement =
        store_statement(tx, JOB_COLUMNS "WHERE j.month = ?1 AND j.number = ?2");

    if (statement != NULL) {
        store_bind_text(statement, 1, month);
        store_bind_int(statement, 2, number);
    }
    return read_one(tx, statement, ret_job);
}

int job_find_origin(struct store_tx *tx, const char *origin, uint32_t document,
                    struct job_record *ret_job)
{
    sqlite3_stmt *statement =
        store_statement(tx, JOB_COLUMNS "WHERE j.origin = ?1 AND j.document = ?2");

    if (statement != NULL) {
        store_bind_text(statement, 1, origin);
        store_bind_int(statement, 2, document);
    }
    return read_one(tx, statement, ret_job);
}

int job_each(struct store_tx *tx, const struct job_filter *filter, job_callback callback,
             void *context)
{
    sqlite3_stmt *statement = store_statement(
        tx, JOB_COLUMNS "WHERE (?1 IS NULL OR j.state = ?1) AND (?2 IS NULL OR j.person = ?2)"
                        " AND (?3 IS NULL OR p.code = ?3) AND (?4 IS NULL OR j.month = ?4)"
                        " AND (?5 IS NULL OR j.origin = ?5) AND (?7 IS NULL OR j.source = ?7)"
                        " ORDER BY j.job DESC LIMIT ?6");
    struct job_record job;
    int result;

    if (statement != NULL) {
        store_bind_text(statement, 1, filter->state);
        store_bind_text(statement, 2, filter->person);
        store_bind_text(statement, 3, filter->department);
        store_bind_text(statement, 4, filter->month);
        store_bind_text(statement, 5, filter->origin);
        store_bind_text(statement, 7, filter->source);
        store_bind_int(statement, 6, filter->limit > 0 ? (int64_t)filter->limit : -1);
    }
    while ((result = store_step(tx, statement)) == 1) {
        read_job(statement, &job);
        result = read_reasons(tx, &job);
        if (result == PR_OK) {
            result = callback(context, &job);
        }
        if (result != PR_OK) {
            sqlite3_reset(statement);
            break;
        }
    }
    return result;
}

int job_keys_in_state(struct store_tx *tx, enum job_state state, int64_t **ret_keys,
                      size_t *ret_length)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT job FROM job WHERE state = ?1"
                            " AND state NOT IN ('completed', 'canceled', 'aborted') ORDER BY job");
    int64_t *keys = NULL;
    size_t length = 0;
    size_t room = 0;
    int result;

    if (statement != NULL) {
        store_bind_text(statement, 1, job_state_name(state));
    }
    while ((result = store_step(tx, statement)) == 1) {
        if (length == room) {
            room = room == 0 ? 64 : 2 * room;
            int64_t *larger = reallocarray(keys, room, sizeof *keys);
            if (larger == NULL) {
                sqlite3_reset(statement);
                free(keys);
                return store_tx_fail(tx, PR_ENOMEM);
            }
            keys = larger;
        }
        keys[length++] = sqlite3_column_int64(statement, 0);
    }
    if (result < 0) {
        free(keys);
        return result;
    }
    *ret_keys = keys;
    *ret_length = length;
    return PR_OK;
}

/* Adds the rows of (state, number) a statement gives; states it does not name stay as they are. */
static int take_counts(struct store_tx *tx, sqlite3_stmt *statement, int64_t counts[JOB_STATES])
{
    char name[JOB_KEYWORD_BYTES];
    enum job_state state;
    int result;

    while ((result = store_step(tx, statement)) == 1) {
        store_column_text(statement, 0, name, sizeof name);
        if (job_state_parse(name, &state)) {
            counts[state] = sqlite3_column_int64(statement, 1);
        }
    }
    return result;
}

int job_count_unfinished(struct store_tx *tx, int64_t ret_counts[JOB_STATES])
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT state, count(*) FROM job WHERE state NOT IN"
                            " ('completed', 'canceled', 'aborted') GROUP BY state");
    int64_t counts[JOB_STATES] = {0};
    int result = take_counts(tx, statement, counts);

    if (result == 0) {
        memcpy(ret_counts, counts, sizeof counts);
    }
    return result;
}

int job_count_finished(struct store_tx *tx, const char *month, int64_t counts[JOB_STATES])
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT state, count(*) FROM job WHERE month = ?1 AND state IN"
                            " ('completed', 'canceled', 'aborted') GROUP BY state");

    store_bind_text(statement, 1, month);
    return take_counts(tx, statement, counts);
}

int job_set_device(struct store_tx *tx, int64_t job, int64_t device)
{
    sqlite3_stmt *statement = store_statement(tx, "UPDATE job SET device = ?2 WHERE job = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
        store_bind_int(statement, 2, device);
    }
    return store_step(tx, statement);
}

int job_set_title(struct store_tx *tx, int64_t job, const char *title)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE job SET title = ?2 WHERE job = ?1 AND title <> ?2");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
        store_bind_text(statement, 2, title);
    }
    return store_step(tx, statement);
}

int job_set_reasons(struct store_tx *tx, int64_t job, const char *const *reasons,
                    size_t reasons_length)
{
    sqlite3_stmt *statement = store_statement(tx, "DELETE FROM job_reason WHERE job = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    int result = store_step(tx, statement);

    for (size_t i = 0; i < reasons_length && result >= 0; i++) {
        statement = store_statement(tx, "INSERT OR IGNORE INTO job_reason VALUES (?1, ?2)");
        if (statement != NULL) {
            store_bind_int(statement, 1, job);
            store_bind_text(statement, 2, reasons[i]);
        }
        result = store_step(tx, statement);
    }
    return result;
}

int job_clear_spool(struct store_tx *tx, int64_t job)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE job SET spool_name = NULL, spool_day = NULL WHERE job = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    return store_step(tx, statement);
}

bool job_needs_spool(struct store_tx *tx, const char *spool_name)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM job WHERE state NOT IN"
                            " ('completed', 'canceled', 'aborted') AND spool_name = ?1");

    if (statement != NULL) {
        store_bind_text(statement, 1, spool_name);
    }
    int result = store_step(tx, statement);

    /* A store that cannot answer must not cost a document. */
    return result != 0;
}

int job_next_pending(struct store_tx *tx, const char *levels, int64_t device, int64_t *ret_key)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT job FROM job INDEXED BY job_turn WHERE state = 'pending'"
            " AND level IN (SELECT value FROM json_each(?1))"
            /* Of several releases the last is the one that counts. */
            " AND coalesce((SELECT r.device FROM job_release AS r WHERE r.job = job.job"
            "               ORDER BY r.printing DESC LIMIT 1), ?2) = ?2"
            " ORDER BY turn_at, job LIMIT 1");

    if (statement != NULL) {
        store_bind_text(statement, 1, levels);
        store_bind_int(statement, 2, device);
    }
    int result = store_step(tx, statement);
    if (result != 1) {
        return result < 0 ? result : PR_ENOENT;
    }
    *ret_key = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return PR_OK;
}

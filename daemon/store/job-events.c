/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to a job, and its deliveries to devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/jobs.h"

int job_event_append(struct store_tx *tx, int64_t job, const char *name, enum job_state from,
                     enum job_state to, const char *actor, const json_t *detail)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO event (job, at, name, from_state, to_state, actor, detail)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    char *text = detail == NULL ? NULL : json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
        store_bind_int(statement, 2, store_now_ms());
        store_bind_text(statement, 3, name);
        store_bind_text(statement, 4, job_state_name(from));
        store_bind_text(statement, 5, job_state_name(to));
        store_bind_text(statement, 6, actor);
        store_bind_text(statement, 7, text != NULL ? text : "{}");
    }
    int result = store_step(tx, statement);
    free(text);
    return result;
}

int job_events(struct store_tx *tx, int64_t job, int (*callback)(void *, const struct job_event *),
               void *context)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT at, name, from_state, to_state, actor, detail FROM event"
                            " WHERE job = ?1 ORDER BY event");
    int result;

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    while ((result = store_step(tx, statement)) == 1) {
        struct job_event event;

        event.at = sqlite3_column_int64(statement, 0);
        store_column_text(statement, 1, event.name, sizeof event.name);
        store_column_text(statement, 2, event.from, sizeof event.from);
        store_column_text(statement, 3, event.to, sizeof event.to);
        store_column_text(statement, 4, event.actor, sizeof event.actor);
        event.detail = json_loads((const char *)sqlite3_column_text(statement, 5), 0, NULL);
        result = callback(context, &event);
        json_decref(event.detail);
        if (result != PR_OK) {
            sqlite3_reset(statement);
            break;
        }
    }
    return result;
}

static const char *const outcomes[] = {
    [DELIVERY_OPEN] = NULL,
    [DELIVERY_PRINTED] = "printed",
    [DELIVERY_NOTHING_PRINTED] = "nothing-printed",
    [DELIVERY_PARTLY_PRINTED] = "partly-printed",
    [DELIVERY_UNCERTAIN] = "uncertain",
};
_Static_assert(sizeof outcomes / sizeof outcomes[0] == DELIVERY_OUTCOMES, "every outcome named");

int delivery_begin(struct store_tx *tx, const struct job_record *job, int64_t device,
                   struct delivery *ret_delivery)
{
    struct delivery delivery = {.job = job->key, .device = device};
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 + coalesce(max(attempt), 0) FROM delivery WHERE job = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, job->key);
    }
    int result = store_step(tx, statement);
    if (result != 1) {
        return result < 0 ? result : store_tx_fail(tx, PR_EDB);
    }
    delivery.attempt = (uint32_t)sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    snprintf(delivery.token, sizeof delivery.token, "%s/%u", job->id, delivery.attempt);

    statement = store_statement(tx, "INSERT INTO delivery (job, attempt, device, token, started_at)"
                                    " VALUES (?1, ?2, ?3, ?4, ?5)");
    if (statement != NULL) {
        store_bind_int(statement, 1, job->key);
        store_bind_int(statement, 2, delivery.attempt);
        store_bind_int(statement, 3, device);
        store_bind_text(statement, 4, delivery.token);
        store_bind_int(statement, 5, store_now_ms());
    }
    result = store_step(tx, statement);
    if (result < 0) {
        return result;
    }
    delivery.key = store_last_id(tx);
    *ret_delivery = delivery;
    return PR_OK;
}

#define DELIVERY_COLUMNS                                                                           \
    "SELECT v.delivery, v.job, v.attempt, v.device, v.token, coalesce(v.cups_job, 0), v.sent"      \
    " FROM delivery AS v "

static int read_delivery(struct store_tx *tx, sqlite3_stmt *statement,
                         struct delivery *ret_delivery)
{
    int result = store_step(tx, statement);

    if (result != 1) {
        return result < 0 ? result : PR_ENOENT;
    }
    ret_delivery->key = sqlite3_column_int64(statement, 0);
    ret_delivery->job = sqlite3_column_int64(statement, 1);
    ret_delivery->attempt = (uint32_t)sqlite3_column_int(statement, 2);
    ret_delivery->device = sqlite3_column_int64(statement, 3);
    store_column_text(statement, 4, ret_delivery->token, sizeof ret_delivery->token);
    ret_delivery->cups_job = sqlite3_column_int(statement, 5);
    ret_delivery->sent = sqlite3_column_int(statement, 6) != 0;
    sqlite3_reset(statement);
    return PR_OK;
}

int delivery_open(struct store_tx *tx, int64_t job, struct delivery *ret_delivery)
{
    sqlite3_stmt *statement =
        store_statement(tx, DELIVERY_COLUMNS "WHERE v.job = ?1 AND v.ended_at IS NULL"
                                             " ORDER BY v.attempt DESC LIMIT 1");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    return read_delivery(tx, statement, ret_delivery);
}

int delivery_open_at(struct store_tx *tx, int64_t device, struct delivery *ret_delivery)
{
    sqlite3_stmt *statement =
        store_statement(tx, DELIVERY_COLUMNS "WHERE v.device = ?1"
                                             " AND v.ended_at IS NULL ORDER BY v.delivery LIMIT 1");

    if (statement != NULL) {
        store_bind_int(statement, 1, device);
    }
    return read_delivery(tx, statement, ret_delivery);
}

int delivery_failures(struct store_tx *tx, int64_t job, int *ret_failures)
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT count(*) FROM delivery WHERE job = ?1"
                                                  " AND outcome = 'nothing-printed'");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    int result = store_step(tx, statement);
    if (result != 1) {
        return result < 0 ? result : store_tx_fail(tx, PR_EDB);
    }
    *ret_failures = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return PR_OK;
}

bool device_has_counted(struct store_tx *tx, int64_t device)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT 1 FROM delivery AS v JOIN job AS j ON j.job = v.job WHERE v.device = ?1"
            " AND v.outcome = 'printed' AND j.settlement = 'device-job' LIMIT 1");

    if (statement != NULL) {
        store_bind_int(statement, 1, device);
    }
    bool counted = store_step(tx, statement) == 1;

    if (counted) {
        sqlite3_reset(statement);
    }
    return counted;
}

int delivery_set_cups_job(struct store_tx *tx, int64_t delivery, int cups_job)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE delivery SET cups_job = ?2 WHERE delivery = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, delivery);
        store_bind_int(statement, 2, cups_job);
    }
    return store_step(tx, statement);
}

int delivery_set_sent(struct store_tx *tx, int64_t delivery)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE delivery SET sent = 1 WHERE delivery = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, delivery);
    }
    return store_step(tx, statement);
}

int delivery_end(struct store_tx *tx, int64_t delivery, enum delivery_outcome outcome)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE delivery SET outcome = ?2, ended_at = ?3 WHERE delivery = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, delivery);
        store_bind_text(statement, 2, outcomes[outcome]);
        store_bind_int(statement, 3, store_now_ms());
    }
    return store_step(tx, statement);
}

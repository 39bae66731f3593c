/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/purges.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/devices-register.h"
#include "daemon/store/rows.h"
#include "daemon/store/text.h"

enum { NOTE_CHARACTERS_MAX = 400, HEX_BYTES = 2 * crypto_hash_sha256_BYTES + 1 };

int purge_begin(struct store_tx *tx, const struct device_record *device, const char *occasion,
                const char *actor, int64_t *ret_key)
{
    if (purge_is_open(tx, device->key)) {
        return PR_EEXIST;
    }
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO purge (device, occasion, actor, began_at) VALUES (?1, ?2, ?3, ?4)");

    store_bind_int(statement, 1, device->key);
    store_bind_text(statement, 2, occasion);
    store_bind_text(statement, 3, actor);
    store_bind_int(statement, 4, store_now_ms());
    int result = store_step(tx, statement);
    int64_t key = store_last_id(tx);

    if (result == PR_OK) {
        result = audit_append_made(
            tx, actor, "device.purge-begin", device->name,
            json_pack("{s:I, s:s}", "number", (json_int_t)key, "occasion", occasion));
    }
    if (result == PR_OK) {
        *ret_key = key;
    }
    return result;
}

int purge_set_queue(struct store_tx *tx, int64_t purge, const char *queue)
{
    sqlite3_stmt *statement = store_statement(tx, "UPDATE purge SET queue = ?2 WHERE purge = ?1");

    store_bind_int(statement, 1, purge);
    store_bind_text(statement, 2, queue);
    return store_step(tx, statement);
}

static void hash_text(const char *text, char ret_hex[HEX_BYTES])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    sodium_bin2hex(ret_hex, HEX_BYTES, hash, sizeof hash);
}

static json_t *end_document(int64_t purge, const struct purge_end *end, const char *sha256)
{
    static const char *const figures[] = {"found", "verified_absent", "sent_unverified", "refused",
                                          "unreachable"};
    json_t *detail = json_pack("{s:s, s:I, s:s, s:s}", "error", end->error, "number",
                               (json_int_t)purge, "outcome", end->outcome, "sha256", sha256);

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        json_t *figure = json_object_get(end->summary, figures[i]);

        if (json_is_integer(figure)) {
            json_object_set(detail, figures[i], figure);
        }
    }
    return detail;
}

int purge_end(struct store_tx *tx, int64_t purge, const struct device_record *device,
              const struct purge_end *end, const char *actor)
{
    char sha256[HEX_BYTES];
    char *summary = json_dumps(end->summary, JSON_COMPACT);
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE purge SET ended_at = ?2, outcome = ?3, error = ?4, summary = ?5, evidence = ?6,"
            " sha256 = ?7 WHERE purge = ?1 AND ended_at IS NULL RETURNING purge");

    hash_text(end->evidence, sha256);
    store_bind_int(statement, 1, purge);
    store_bind_int(statement, 2, store_now_ms());
    store_bind_text(statement, 3, end->outcome);
    store_bind_text(statement, 4, end->error);
    store_bind_text(statement, 5, summary != NULL ? summary : "{}");
    store_bind_text(statement, 6, end->evidence);
    store_bind_text(statement, 7, sha256);
    free(summary);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ESTATE;
    }
    sqlite3_reset(statement);
    return audit_append_made(tx, actor, "device.purge", device->name,
                             end_document(purge, end, sha256));
}

int purge_each_left(struct store_tx *tx, int (*callback)(void *context, const struct purge_left *),
                    void *context)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT purge, device, began_at, ended_at IS NOT NULL,"
                            " queue = 'stopped' FROM purge WHERE ended_at IS NULL"
                            " OR queue = 'stopped' ORDER BY purge");
    int step;

    while ((step = store_step(tx, statement)) > 0) {
        const struct purge_left left = {
            .key = sqlite3_column_int64(statement, 0),
            .device = sqlite3_column_int64(statement, 1),
            .began_at = sqlite3_column_int64(statement, 2),
            .ended = sqlite3_column_int(statement, 3) != 0,
            .stopped = sqlite3_column_int(statement, 4) != 0,
        };
        int result = callback(context, &left);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

bool purge_is_open(struct store_tx *tx, int64_t device)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM purge WHERE device = ?1 AND ended_at IS NULL");

    store_bind_int(statement, 1, device);
    return store_step(tx, statement) > 0;
}

static const struct row_column purge_columns[] = {
    {"number", ROW_NUMBER},   {"device", ROW_TEXT},     {"occasion", ROW_TEXT}, {"actor", ROW_TEXT},
    {"began_at", ROW_MOMENT}, {"ended_at", ROW_MOMENT}, {"outcome", ROW_TEXT},  {"error", ROW_TEXT},
    {"summary", ROW_JSON},    {"sha256", ROW_TEXT},     {"queue", ROW_TEXT},    {NULL, ROW_TEXT}};
/* What lay on the device is told of a single one only: there may be thousands of things. */
#define PURGE_COLUMNS                                                                              \
    "SELECT p.purge, d.name, p.occasion, p.actor, p.began_at, p.ended_at, p.outcome, p.error,"     \
    " iif(?2 = 0, json_remove(p.summary, '$.before', '$.after'), p.summary), p.sha256, p.queue"
#define FROM_PURGE                                                                                 \
    " FROM purge AS p JOIN device AS d USING (device) WHERE (?1 = 0 OR p.device = ?1)"

int purge_list(struct store_tx *tx, int64_t device, int64_t purge, json_t *list)
{
    static const struct row_column evidence_column[] = {{"evidence", ROW_TEXT}, {NULL, ROW_TEXT}};
    sqlite3_stmt *statement =
        store_statement(tx, PURGE_COLUMNS FROM_PURGE
                        " AND (?2 = 0 OR p.purge = ?2) ORDER BY p.purge DESC LIMIT 1000");

    store_bind_int(statement, 1, device);
    store_bind_int(statement, 2, purge);
    int result = rows_read(tx, statement, purge_columns, list);

    if (result != PR_OK || purge == 0 || json_array_size(list) == 0) {
        return result;
    }
    json_t *texts = json_array();

    statement = store_statement(tx, "SELECT coalesce(evidence, '') FROM purge WHERE purge = ?1");
    store_bind_int(statement, 1, purge);
    result = rows_read(tx, statement, evidence_column, texts);
    if (result == PR_OK) {
        json_object_update(json_array_get(list, 0), json_array_get(texts, 0));
    }
    json_decref(texts);
    return result;
}

int purge_count(struct store_tx *tx, int (*callback)(void *, const char *outcome, int64_t number),
                void *context)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT outcome, count(*) FROM purge WHERE outcome IS NOT NULL GROUP BY outcome");
    int step;

    while ((step = store_step(tx, statement)) > 0) {
        char outcome[PURGE_OUTCOME_BYTES];

        store_column_text(statement, 0, outcome, sizeof outcome);
        int result = callback(context, outcome, sqlite3_column_int64(statement, 1));

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

/** PR_ENOENT when the device has no such vendor step. */
static int look_for_step(struct store_tx *tx, int64_t device, const char *step)
{
    json_t *details = NULL;
    int result = device_details(tx, device, &details);
    bool found = false;
    size_t i;
    json_t *known;

    if (result != PR_OK) {
        return result;
    }
    json_array_foreach(json_object_get(details, "vendor_steps"), i, known)
    {
        const char *id = json_string_value(json_object_get(known, "id"));

        found |= id != NULL && strcmp(id, step) == 0;
    }
    json_decref(details);
    return found ? PR_OK : PR_ENOENT;
}

int attestation_add(struct store_tx *tx, const struct device_record *device, const char *step,
                    const char *note, const char *actor)
{
    if (strlen(step) >= ATTESTATION_STEP_BYTES ||
        !text_is_line(note, 1, NOTE_CHARACTERS_MAX, ATTESTATION_NOTE_BYTES)) {
        return PR_EINVAL;
    }
    int result = look_for_step(tx, device->key, step);
    if (result != PR_OK) {
        return result;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO attestation (device, step, note, actor, at)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)");

    store_bind_int(statement, 1, device->key);
    store_bind_text(statement, 2, step);
    store_bind_text(statement, 3, note);
    store_bind_text(statement, 4, actor);
    store_bind_int(statement, 5, store_now_ms());
    result = store_step(tx, statement);
    return result != PR_OK ? result
                           : audit_append_made(tx, actor, "device.attest", device->name,
                                               json_pack("{s:s, s:s}", "note", note, "step", step));
}

int attestation_list(struct store_tx *tx, int64_t device, json_t *list)
{
    static const struct row_column columns[] = {{"step", ROW_TEXT},
                                                {"note", ROW_TEXT},
                                                {"actor", ROW_TEXT},
                                                {"at", ROW_MOMENT},
                                                {NULL, ROW_TEXT}};
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT step, note, actor, at FROM attestation WHERE device = ?1"
                            " ORDER BY attestation DESC LIMIT 1000");

    store_bind_int(statement, 1, device);
    return rows_read(tx, statement, columns, list);
}

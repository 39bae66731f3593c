/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was found in a job's document and what was decided on it. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "daemon/error.h"
#include "daemon/store/jobs.h"
#include "policy/order.h"

static char *runs_to_text(const struct policy_page_run *runs, size_t length)
{
    json_t *array = json_array();

    for (size_t i = 0; i < length; i++) {
        json_array_append_new(array, json_pack("[I,I,I]", (json_int_t)runs[i].pages,
                                               (json_int_t)runs[i].width_um,
                                               (json_int_t)runs[i].height_um));
    }
    char *text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    return text;
}

int job_set_document(struct store_tx *tx, int64_t job, const struct job_document *document)
{
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE job SET pages = ?2, color_pages = ?3, page_runs = ?4, fingerprint = ?5,"
            " sha256 = ?6, size_bytes = ?7, marked_level = ?8, spool_name = ?9, spool_day = ?10"
            " WHERE job = ?1");
    char sha256[JOB_HEX_BYTES];
    char fingerprint[JOB_HEX_BYTES];
    char *runs = NULL;

    if (statement == NULL) {
        return store_tx_error(tx);
    }
    store_bind_int(statement, 1, job);
    if (document->facts != NULL) {
        const struct document_facts *facts = document->facts;

        runs = runs_to_text(facts->runs, facts->runs_length);
        if (runs == NULL) {
            return store_tx_fail(tx, PR_ENOMEM);
        }
        sodium_bin2hex(fingerprint, sizeof fingerprint, facts->fingerprint,
                       sizeof facts->fingerprint);
        store_bind_int(statement, 2, facts->pages);
        store_bind_int(statement, 3, facts->color_pages);
        store_bind_text(statement, 4, runs);
        store_bind_text(statement, 5, fingerprint);
        store_bind_text(statement, 8, facts->marked_level);
    }
    sodium_bin2hex(sha256, sizeof sha256, document->sha256, SPOOL_SHA256_BYTES);
    store_bind_text(statement, 6, sha256);
    store_bind_int(statement, 7, (int64_t)document->size_bytes);
    store_bind_text(statement, 9, document->spool_name);
    store_bind_text(statement, 10, document->spool_day);
    int result = store_step(tx, statement);
    free(runs);
    return result;
}

static int parse_runs(const char *text, struct policy_page_run **ret_runs, size_t *ret_length)
{
    json_t *array = json_loads(text, 0, NULL);
    size_t length = json_array_size(array);
    struct policy_page_run *runs = calloc(length > 0 ? length : 1, sizeof *runs);
    int result = PR_EFORMAT;

    if (length == 0 || runs == NULL) {
        goto out;
    }
    for (size_t i = 0; i < length; i++) {
        json_int_t pages;
        json_int_t width;
        json_int_t height;
        if (json_unpack(json_array_get(array, i), "[I,I,I]", &pages, &width, &height) != 0) {
            goto out;
        }
        runs[i] = (struct policy_page_run){(uint32_t)pages, (uint32_t)width, (uint32_t)height};
    }
    *ret_runs = runs;
    *ret_length = length;
    runs = NULL;
    result = PR_OK;
out:
    free(runs);
    json_decref(array);
    return result;
}

int job_page_runs(struct store_tx *tx, int64_t job, struct policy_page_run **ret_runs,
                  size_t *ret_length)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT page_runs FROM job WHERE job = ?1 AND page_runs IS NOT NULL");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    int result = store_step(tx, statement);
    if (result != 1) {
        return result < 0 ? result : PR_ENOENT;
    }
    result = parse_runs((const char *)sqlite3_column_text(statement, 0), ret_runs, ret_length);
    sqlite3_reset(statement);
    return result;
}

static const char *const effects[] = {
    [POLICY_PRINT] = "print", [POLICY_HOLD] = "hold", [POLICY_REFUSE] = "refuse"};

static int insert_finding(struct store_tx *tx, int64_t job, size_t place,
                          const struct policy_finding *finding)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO finding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
        store_bind_int(statement, 2, (int64_t)place);
        store_bind_text(statement, 3, policy_rule_id(finding->rule));
        store_bind_text(statement, 4, effects[finding->effect]);
        store_bind_text(statement, 5,
                        finding->effect == POLICY_PRINT ? ""
                                                        : policy_reason_keyword(finding->reason));
        store_bind_int(statement, 6, finding->a);
        store_bind_int(statement, 7, finding->b);
    }
    return store_step(tx, statement);
}

int job_set_decision(struct store_tx *tx, int64_t job, const struct policy_settings *settings,
                     const struct job_decided *decided)
{
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE job SET level = ?2, department = ?3, impressions = ?4, sheets = ?5,"
            " sides_decided = ?6, color_mode_decided = ?7, urgent_decided = ?8, duplicate_of = ?9,"
            " turn_at = ?10, decided_at = coalesce(decided_at, ?11), archive = ?12 WHERE job = ?1");
    const struct policy_decision *decision = decided->decision;
    int64_t now_ms = store_now_ms();

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
        store_bind_text(statement, 2, settings->ladder.level[decision->level].id);
        if (decided->department != 0) {
            store_bind_int(statement, 3, decided->department);
        }
        store_bind_int(statement, 4, (int64_t)decision->cost.impressions);
        store_bind_int(statement, 5, (int64_t)decision->cost.sheets);
        store_bind_text(statement, 6, policy_sides_keyword(decision->sides));
        store_bind_text(statement, 7, decided->color_mode);
        store_bind_int(statement, 8, decision->urgent);
        if (decided->duplicate_of != 0) {
            store_bind_int(statement, 9, decided->duplicate_of);
        }
        store_bind_int(statement, 10,
                       policy_order_turn(now_ms, decision->cost.sheets, decision->urgent));
        store_bind_int(statement, 11, now_ms);
        store_bind_int(statement, 12, decision->archive);
    }
    store_step(tx, statement);
    statement = store_statement(tx, "DELETE FROM finding WHERE job = ?1");
    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    int result = store_step(tx, statement);
    for (size_t i = 0; i < decision->findings_length && result >= 0; i++) {
        result = insert_finding(tx, job, i, &decision->findings[i]);
    }
    return result;
}

int job_set_duplex_saved(struct store_tx *tx, int64_t job, int64_t sheets)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE job SET duplex_saved = ?2 WHERE job = ?1");

    store_bind_int(statement, 1, job);
    store_bind_int(statement, 2, sheets);
    return store_step(tx, statement);
}

static bool read_finding(sqlite3_stmt *statement, struct policy_finding *finding)
{
    char text[JOB_REASON_BYTES];
    size_t rule = 0;
    size_t effect = 0;

    memset(finding, 0, sizeof *finding);
    store_column_text(statement, 0, text, sizeof text);
    while (rule < POLICY_RULES && strcmp(text, policy_rule_id((enum policy_rule)rule)) != 0) {
        rule++;
    }
    store_column_text(statement, 1, text, sizeof text);
    while (effect < 3 && strcmp(text, effects[effect]) != 0) {
        effect++;
    }
    if (rule == POLICY_RULES || effect == 3) {
        return false;
    }
    finding->rule = (enum policy_rule)rule;
    finding->effect = (enum policy_outcome)effect;
    store_column_text(statement, 2, text, sizeof text);
    policy_reason_parse(text, &finding->reason);
    finding->a = sqlite3_column_int64(statement, 3);
    finding->b = sqlite3_column_int64(statement, 4);
    return true;
}

int job_findings(struct store_tx *tx, int64_t job, struct policy_finding ret_findings[POLICY_RULES])
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT rule, effect, reason, a, b FROM finding WHERE job = ?1 ORDER BY place");
    int length = 0;
    int result;

    if (statement != NULL) {
        store_bind_int(statement, 1, job);
    }
    while ((result = store_step(tx, statement)) == 1) {
        /* A rule of another version of the program has no words any more: it is left out. */
        if (length < POLICY_RULES && read_finding(statement, &ret_findings[length])) {
            length++;
        }
    }
    return result < 0 ? result : length;
}

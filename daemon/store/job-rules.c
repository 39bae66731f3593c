/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/job-rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"

int job_find_duplicate(struct store_tx *tx, const struct duplicate_search *search,
                       struct duplicate *ret_duplicate)
{
    /* Two that were decided on in the same millisecond go by their order of opening. */
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT job, month, number, decided_at FROM job INDEXED BY job_by_content"
            " WHERE fingerprint = ?1 AND department = ?2 AND decided_at >= ?3 AND decided_at <= ?4"
            " AND job <> ?5 AND (decided_at < ?4 OR job < ?5)"
            " AND state NOT IN ('incoming', 'canceled', 'aborted')"
            " ORDER BY decided_at DESC, job DESC LIMIT 1");
    char month[POLICY_MONTH_BYTES];

    store_bind_text(statement, 1, search->fingerprint);
    store_bind_int(statement, 2, search->department);
    store_bind_int(statement, 3, search->since_ms);
    store_bind_int(statement, 4, search->before_ms);
    store_bind_int(statement, 5, search->job);
    int result = store_step(tx, statement);

    if (result != 1) {
        return result < 0 ? result : PR_ENOENT;
    }
    ret_duplicate->job = sqlite3_column_int64(statement, 0);
    store_column_text(statement, 1, month, sizeof month);
    snprintf(ret_duplicate->id, sizeof ret_duplicate->id, "%s-%06d", month,
             sqlite3_column_int(statement, 2));
    ret_duplicate->decided_at = sqlite3_column_int64(statement, 3);
    sqlite3_reset(statement);
    return PR_OK;
}

int job_duplicate_of(struct store_tx *tx, int64_t job, char ret_id[JOB_ID_BYTES])
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT e.month, e.number FROM job AS j JOIN job AS e"
                            " ON e.job = j.duplicate_of WHERE j.job = ?1");
    char month[POLICY_MONTH_BYTES];

    store_bind_int(statement, 1, job);
    int result = store_step(tx, statement);

    if (result != 1) {
        return result < 0 ? result : PR_ENOENT;
    }
    store_column_text(statement, 0, month, sizeof month);
    snprintf(ret_id, JOB_ID_BYTES, "%s-%06d", month, sqlite3_column_int(statement, 1));
    sqlite3_reset(statement);
    return PR_OK;
}

int job_repeats_of_ended(struct store_tx *tx, int64_t **ret_keys, size_t *ret_length)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT j.job FROM job AS j INDEXED BY job_unfinished"
                            " CROSS JOIN job AS e ON e.job = j.duplicate_of"
                            " WHERE j.state = 'pending-held'"
                            " AND j.state NOT IN ('completed', 'canceled', 'aborted')"
                            " AND e.state IN ('canceled', 'aborted') ORDER BY j.job");
    int64_t *keys = NULL;
    size_t length = 0;
    int step;

    while ((step = store_step(tx, statement)) == 1) {
        int64_t *grown = reallocarray(keys, length + 1, sizeof *keys);

        if (grown == NULL) {
            sqlite3_reset(statement);
            free(keys);
            return store_tx_fail(tx, PR_ENOMEM);
        }
        keys = grown;
        keys[length++] = sqlite3_column_int64(statement, 0);
    }
    if (step < 0) {
        free(keys);
        return step;
    }
    *ret_keys = keys;
    *ret_length = length;
    return PR_OK;
}

int job_count_urgent(struct store_tx *tx, const char *person, int64_t since_ms, int64_t job,
                     uint32_t most, uint32_t *ret_count)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT count(*) FROM (SELECT 1 FROM job INDEXED BY job_urgent"
            " WHERE person = ?1 AND urgent_decided = 1 AND decided_at >= ?2 AND job <> ?3"
            " AND state NOT IN ('canceled', 'aborted') LIMIT ?4)");

    store_bind_text(statement, 1, person);
    store_bind_int(statement, 2, since_ms);
    store_bind_int(statement, 3, job);
    store_bind_int(statement, 4, most);
    int result = store_step(tx, statement);

    if (result < 0) {
        return result;
    }
    *ret_count = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return PR_OK;
}

int job_add_confirmation(struct store_tx *tx, const struct job_record *job, enum policy_rule rule,
                         const char *actor)
{
    if (job_is_confirmed(tx, job->key, rule)) {
        return PR_EEXIST;
    }
    sqlite3_stmt *statement = store_statement(tx, "INSERT INTO confirmation (job, rule, actor, at)"
                                                  " VALUES (?1, ?2, ?3, ?4)");

    store_bind_int(statement, 1, job->key);
    store_bind_text(statement, 2, policy_rule_id(rule));
    store_bind_text(statement, 3, actor);
    store_bind_int(statement, 4, store_now_ms());
    int result = store_step(tx, statement);

    if (result != PR_OK) {
        return result;
    }
    return audit_append_made(tx, actor, "job.confirm", job->id,
                             json_pack("{s:s}", "rule", policy_rule_id(rule)));
}

bool job_is_confirmed(struct store_tx *tx, int64_t job, enum policy_rule rule)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM confirmation WHERE job = ?1 AND rule = ?2");

    store_bind_int(statement, 1, job);
    store_bind_text(statement, 2, policy_rule_id(rule));
    bool found = store_step(tx, statement) == 1;

    if (found) {
        sqlite3_reset(statement);
    }
    return found;
}

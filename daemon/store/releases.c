/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/releases.h"

#include "daemon/error.h"

int release_printing(struct store_tx *tx, int64_t job, uint32_t *ret_printing, int64_t *ret_since)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT count(*), coalesce(max(at), 0) FROM event WHERE job = ?1"
            " AND to_state = 'pending-held' AND from_state NOT IN ('incoming', 'pending-held')");

    store_bind_int(statement, 1, job);
    int step = store_step(tx, statement);
    if (step != 1) {
        return step < 0 ? step : store_tx_fail(tx, PR_EDB);
    }
    *ret_printing = (uint32_t)sqlite3_column_int64(statement, 0);
    *ret_since = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int release_add(struct store_tx *tx, const struct job_record *job,
                const struct release_record *release)
{
    uint32_t printing = 0;
    int64_t since = 0;
    int result = release_printing(tx, job->key, &printing, &since);

    if (result != PR_OK) {
        return result;
    }
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO job_release (job, sha256, level, device, supervisor, actor, reference,"
            " released_at, printing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

    store_bind_int(statement, 1, job->key);
    store_bind_text(statement, 2, job->sha256);
    store_bind_text(statement, 3, job->level);
    store_bind_int(statement, 4, release->device->key);
    store_bind_text(statement, 5, release->supervisor);
    store_bind_text(statement, 6, release->actor);
    store_bind_text(statement, 7, release->reference);
    store_bind_int(statement, 8, store_now_ms());
    store_bind_int(statement, 9, printing);
    return store_step(tx, statement);
}

bool release_covers(struct store_tx *tx, int64_t job)
{
    uint32_t printing = 0;
    int64_t since = 0;

    if (release_printing(tx, job, &printing, &since) != PR_OK) {
        return false;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM job_release AS r JOIN job AS j ON j.job = r.job"
                            " WHERE r.job = ?1 AND r.sha256 = j.sha256 AND r.level = j.level"
                            " AND r.printing = ?2");

    store_bind_int(statement, 1, job);
    store_bind_int(statement, 2, printing);
    bool found = store_step(tx, statement) == 1;

    if (found) {
        sqlite3_reset(statement);
    }
    return found;
}

int release_device_of(struct store_tx *tx, int64_t job, struct device_record *ret_device)
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT device FROM job_release WHERE job = ?1"
                                                  " ORDER BY printing DESC LIMIT 1");

    store_bind_int(statement, 1, job);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    int64_t device = sqlite3_column_int64(statement, 0);

    sqlite3_reset(statement);
    return device_get(tx, device, ret_device);
}

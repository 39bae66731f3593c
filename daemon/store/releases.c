/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/releases.h"

int release_add(struct store_tx *tx, const struct job_record *job,
                const struct release_record *release)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO job_release (job, sha256, level, device, supervisor, actor, reference,"
            " released_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

    store_bind_int(statement, 1, job->key);
    store_bind_text(statement, 2, job->sha256);
    store_bind_text(statement, 3, job->level);
    store_bind_int(statement, 4, release->device->key);
    store_bind_text(statement, 5, release->supervisor);
    store_bind_text(statement, 6, release->actor);
    store_bind_text(statement, 7, release->reference);
    store_bind_int(statement, 8, store_now_ms());
    return store_step(tx, statement);
}

bool release_covers(struct store_tx *tx, int64_t job)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 FROM job_release AS r JOIN job AS j ON j.job = r.job"
                            " WHERE r.job = ?1 AND r.sha256 = j.sha256 AND r.level = j.level");

    store_bind_int(statement, 1, job);
    bool found = store_step(tx, statement) == 1;

    if (found) {
        sqlite3_reset(statement);
    }
    return found;
}

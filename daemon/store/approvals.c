/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/approvals.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"

static const struct {
    const char *name;
    enum policy_reason reason;
} kinds[] = {
    [APPROVAL_OVER_QUOTA] = {"over-quota", POLICY_ACCOUNT_LIMIT_REACHED},
    [APPROVAL_CLASSIFIED] = {"classified", POLICY_SUSPENDED_FOR_APPROVAL},
};
_Static_assert(sizeof kinds / sizeof kinds[0] == APPROVAL_KINDS, "every kind has its row");

static const char *const states[] = {
    [APPROVAL_OPEN] = "open",           [APPROVAL_APPROVED] = "approved",
    [APPROVAL_DENIED] = "denied",       [APPROVAL_EXPIRED] = "expired",
    [APPROVAL_WITHDRAWN] = "withdrawn",
};
_Static_assert(sizeof states / sizeof states[0] == APPROVAL_STATES, "every state has its name");

const char *approval_kind_name(enum approval_kind kind)
{
    return kinds[kind].name;
}

const char *approval_kind_reason(enum approval_kind kind)
{
    return policy_reason_keyword(kinds[kind].reason);
}

const char *approval_state_name(enum approval_state state)
{
    return states[state];
}

/* Reading -----------------------------------------------------------------------------------------
 */

#define SELECT_APPROVAL                                                                            \
    "SELECT approval, kind, job, sha256, asked_at, sheets_missing, state, decided_by, decided_at," \
    " comment, told_at, reminded_at, level, reference FROM approval "

/* PR_EDB for a word that is in no table: the schema's CHECKs and the tables here have parted. */
static int read_approval(struct store_tx *tx, sqlite3_stmt *statement,
                         struct approval *ret_approval)
{
    char kind[JOB_KEYWORD_BYTES];
    char state[JOB_KEYWORD_BYTES];
    struct approval found = {
        .key = sqlite3_column_int64(statement, 0),
        .kind = APPROVAL_KINDS,
        .job = sqlite3_column_int64(statement, 2),
        .asked_at = sqlite3_column_int64(statement, 4),
        .sheets_missing = sqlite3_column_int64(statement, 5),
        .state = APPROVAL_STATES,
        .decided_at = sqlite3_column_int64(statement, 8),
        .told_at = sqlite3_column_int64(statement, 10),
        .reminded_at = sqlite3_column_int64(statement, 11),
    };

    store_column_text(statement, 1, kind, sizeof kind);
    store_column_text(statement, 3, found.sha256, sizeof found.sha256);
    store_column_text(statement, 6, state, sizeof state);
    store_column_text(statement, 7, found.decided_by, sizeof found.decided_by);
    store_column_text(statement, 9, found.comment, sizeof found.comment);
    store_column_text(statement, 12, found.level, sizeof found.level);
    store_column_text(statement, 13, found.reference, sizeof found.reference);
    for (int i = 0; i < APPROVAL_KINDS; i++) {
        found.kind = strcmp(kind, kinds[i].name) == 0 ? (enum approval_kind)i : found.kind;
    }
    for (int i = 0; i < APPROVAL_STATES; i++) {
        found.state = strcmp(state, states[i]) == 0 ? (enum approval_state)i : found.state;
    }
    if (found.kind == APPROVAL_KINDS || found.state == APPROVAL_STATES) {
        return store_tx_fail(tx, PR_EDB);
    }
    *ret_approval = found;
    return store_tx_error(tx);
}

static int one_approval(struct store_tx *tx, sqlite3_stmt *statement, struct approval *ret_approval)
{
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    return read_approval(tx, statement, ret_approval);
}

int approval_get(struct store_tx *tx, int64_t key, struct approval *ret_approval)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_APPROVAL "WHERE approval = ?1");

    store_bind_int(statement, 1, key);
    return one_approval(tx, statement, ret_approval);
}

int approval_open_of(struct store_tx *tx, int64_t job, enum approval_kind kind,
                     struct approval *ret_approval)
{
    sqlite3_stmt *statement =
        store_statement(tx, SELECT_APPROVAL "WHERE job = ?1 AND kind = ?2 AND state = 'open'");

    store_bind_int(statement, 1, job);
    store_bind_text(statement, 2, kinds[kind].name);
    return one_approval(tx, statement, ret_approval);
}

int approval_latest_of(struct store_tx *tx, int64_t job, struct approval *ret_approval)
{
    sqlite3_stmt *statement = store_statement(
        tx, SELECT_APPROVAL "WHERE job = ?1 ORDER BY state = 'open' DESC, approval DESC LIMIT 1");

    store_bind_int(statement, 1, job);
    return one_approval(tx, statement, ret_approval);
}

int approval_given(struct store_tx *tx, int64_t job, struct approval *ret_approval)
{
    sqlite3_stmt *statement = store_statement(
        tx, SELECT_APPROVAL "WHERE job = ?1 AND kind = 'classified' AND state = 'approved'"
                            " AND (sha256, level) = (SELECT j.sha256, j.level FROM job AS j"
                            " WHERE j.job = ?1) ORDER BY approval DESC LIMIT 1");

    store_bind_int(statement, 1, job);
    return one_approval(tx, statement, ret_approval);
}

int approval_each(struct store_tx *tx, bool open_only, uint32_t limit,
                  int (*callback)(void *context, const struct approval *approval), void *context)
{
    sqlite3_stmt *statement =
        open_only
            ? store_statement(tx, SELECT_APPROVAL "WHERE state = 'open' ORDER BY approval LIMIT ?1")
            : store_statement(tx, "SELECT * FROM (" SELECT_APPROVAL
                                  "ORDER BY approval DESC LIMIT ?1) ORDER BY approval");
    int step;

    store_bind_int(statement, 1, limit > 0 ? (int64_t)limit : -1);
    while ((step = store_step(tx, statement)) > 0) {
        struct approval approval;
        int result = read_approval(tx, statement, &approval);

        if (result == PR_OK) {
            result = callback(context, &approval);
        }
        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

struct keys {
    int64_t *key;
    size_t length;
    size_t room;
};

static int add_key(void *context, const struct approval *approval)
{
    struct keys *keys = context;

    if (keys->length == keys->room) {
        size_t room = 2 * keys->room + 16;
        int64_t *grown = reallocarray(keys->key, room, sizeof *grown);

        if (grown == NULL) {
            return PR_ENOMEM;
        }
        keys->key = grown;
        keys->room = room;
    }
    keys->key[keys->length++] = approval->key;
    return PR_OK;
}

int approval_open_keys(struct store_tx *tx, int64_t **ret_keys, size_t *ret_length)
{
    struct keys keys = {0};
    int result = approval_each(tx, true, 0, add_key, &keys);

    if (result != PR_OK) {
        free(keys.key);
        return result;
    }
    *ret_keys = keys.key;
    *ret_length = keys.length;
    return PR_OK;
}

/* Writing -----------------------------------------------------------------------------------------
 */

bool approval_comment_ok(const char *comment, bool needed)
{
    return (!needed && comment[0] == '\0') ||
           text_is_line(comment, 1, APPROVAL_COMMENT_CHARACTERS, APPROVAL_COMMENT_BYTES);
}

struct closing {
    enum approval_state state;
    const char *reference;
    const char *comment;
    const char *actor;
};

static int close_as(struct store_tx *tx, const struct approval *approval, const char *job_id,
                    const struct closing *closing)
{
    const enum approval_state state = closing->state;
    struct approval now;
    char event[JOB_REASON_BYTES] = "approval.";

    if (state == APPROVAL_OPEN ||
        !approval_comment_ok(closing->comment, state == APPROVAL_DENIED)) {
        return PR_EINVAL;
    }
    int result = approval_get(tx, approval->key, &now);
    if (result != PR_OK || now.state != APPROVAL_OPEN) {
        return result != PR_OK ? result : PR_ESTATE;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE approval SET state = ?2, decided_by = ?3, decided_at = ?4,"
                            " comment = ?5, reference = ?6 WHERE approval = ?1");

    store_bind_int(statement, 1, approval->key);
    store_bind_text(statement, 2, states[state]);
    store_bind_text(statement, 3, closing->actor);
    store_bind_int(statement, 4, store_now_ms());
    store_bind_text(statement, 5, closing->comment);
    store_bind_text(statement, 6, closing->reference);
    result = store_step(tx, statement);
    if (result != PR_OK) {
        return result;
    }
    strncat(event, states[state], sizeof event - strlen(event) - 1);
    return audit_append_made(
        tx, closing->actor, event, job_id,
        json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "approval", (json_int_t)approval->key,
                  "comment", closing->comment, "kind", kinds[approval->kind].name, "level",
                  approval->level, "reference", closing->reference, "sha256", approval->sha256));
}

int approval_ask(struct store_tx *tx, const struct job_record *job, enum approval_kind kind,
                 int64_t sheets_missing, const char *actor)
{
    struct approval existing;
    int result = approval_open_of(tx, job->key, kind, &existing);

    if (result != PR_ENOENT) {
        return result == PR_OK ? PR_EEXIST : result;
    }
    if (job->sha256[0] == '\0' || (kind == APPROVAL_CLASSIFIED && job->level[0] == '\0')) {
        return PR_ESTATE;
    }
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO approval (kind, job, sha256, asked_at, sheets_missing, level)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    store_bind_text(statement, 1, kinds[kind].name);
    store_bind_int(statement, 2, job->key);
    store_bind_text(statement, 3, job->sha256);
    store_bind_int(statement, 4, store_now_ms());
    store_bind_int(statement, 5, sheets_missing);
    store_bind_text(statement, 6, kind == APPROVAL_CLASSIFIED ? job->level : "");
    result = store_step(tx, statement);
    if (result != PR_OK) {
        return result;
    }
    return audit_append_made(tx, actor, "approval.asked", job->id,
                             json_pack("{s:I, s:s, s:s, s:s, s:I}", "approval",
                                       (json_int_t)store_last_id(tx), "kind", kinds[kind].name,
                                       "level", job->level, "sha256", job->sha256, "sheets_missing",
                                       (json_int_t)sheets_missing));
}

int approval_close(struct store_tx *tx, const struct approval *approval, const char *job_id,
                   enum approval_state state, const char *comment, const char *actor)
{
    return close_as(tx, approval, job_id,
                    &(struct closing){state, .reference = "", .comment = comment, .actor = actor});
}

int approval_close_with_reference(struct store_tx *tx, const struct approval *approval,
                                  const char *job_id, const char *reference, const char *comment,
                                  const char *actor)
{
    const struct closing closing = {APPROVAL_APPROVED, reference, comment, actor};

    if (reference[0] != '\0' &&
        (approval->kind != APPROVAL_CLASSIFIED ||
         !text_is_line(reference, 1, APPROVAL_REFERENCE_CHARACTERS, APPROVAL_REFERENCE_BYTES))) {
        return PR_EINVAL;
    }
    return close_as(tx, approval, job_id, &closing);
}

int approval_set_told(struct store_tx *tx, const struct approval *approval, const char *job_id,
                      bool reminder, const char *actor)
{
    sqlite3_stmt *statement =
        reminder ? store_statement(tx, "UPDATE approval SET reminded_at = ?2 WHERE approval = ?1")
                 : store_statement(tx, "UPDATE approval SET told_at = ?2 WHERE approval = ?1");

    store_bind_int(statement, 1, approval->key);
    store_bind_int(statement, 2, store_now_ms());
    int result = store_step(tx, statement);
    if (result != PR_OK) {
        return result;
    }
    return audit_append_made(tx, actor, reminder ? "approval.reminded" : "approval.told", job_id,
                             json_pack("{s:I}", "approval", (json_int_t)approval->key));
}

/* Deputies ----------------------------------------------------------------------------------------
 */

/* A day of the calendar: SQLite knows that there is no 30 February. */
static int check_days(struct store_tx *tx, const char *from, const char *to)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT coalesce(length(?1) = 10 AND length(?2) = 10"
                            " AND date(?1, '+0 days') = ?1 AND date(?2, '+0 days') = ?2"
                            " AND ?1 <= ?2, 0)");

    store_bind_text(statement, 1, from);
    store_bind_text(statement, 2, to);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : store_tx_fail(tx, PR_EDB);
    }
    int good = sqlite3_column_int(statement, 0);

    sqlite3_reset(statement);
    return good != 0 ? PR_OK : PR_EINVAL;
}

static int write_deputy(struct store_tx *tx, int64_t person, int64_t stand_in,
                        const struct deputy *deputy)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO deputy (person, deputy, from_day, to_day) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (person, from_day)"
            " DO UPDATE SET deputy = excluded.deputy, to_day = excluded.to_day");

    store_bind_int(statement, 1, person);
    store_bind_int(statement, 2, stand_in);
    store_bind_text(statement, 3, deputy->from);
    store_bind_text(statement, 4, deputy->to);
    return store_step(tx, statement);
}

int deputy_set(struct store_tx *tx, const struct deputy *deputy, const char *actor)
{
    struct person director;
    struct person stand_in;
    int result = check_days(tx, deputy->from, deputy->to);

    if (result == PR_OK) {
        result = person_find(tx, deputy->person, &director);
    }
    if (result == PR_OK) {
        result = person_find(tx, deputy->deputy, &stand_in);
    }
    if (result != PR_OK) {
        return result;
    }
    if (director.key == stand_in.key) {
        return PR_EINVAL;
    }
    if ((director.roles & 1U << ROLE_DIRECTOR) == 0 || !person_may_approve(&stand_in)) {
        return PR_EACCESS;
    }
    result = write_deputy(tx, director.key, stand_in.key, deputy);
    if (result != PR_OK) {
        return result;
    }
    return audit_append_made(tx, actor, "deputy.set", director.login,
                             json_pack("{s:s, s:s, s:s}", "deputy", stand_in.login, "from",
                                       deputy->from, "to", deputy->to));
}

int deputy_each(struct store_tx *tx, int (*callback)(void *context, const struct deputy *deputy),
                void *context)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT p.login, s.login, d.from_day, d.to_day FROM deputy AS d"
            " JOIN person AS p ON p.person = d.person JOIN person AS s ON s.person = d.deputy"
            " ORDER BY p.login, d.from_day");
    int step;

    while ((step = store_step(tx, statement)) > 0) {
        struct deputy found;

        store_column_text(statement, 0, found.person, sizeof found.person);
        store_column_text(statement, 1, found.deputy, sizeof found.deputy);
        store_column_text(statement, 2, found.from, sizeof found.from);
        store_column_text(statement, 3, found.to, sizeof found.to);
        int result = store_tx_error(tx);
        if (result == PR_OK) {
            result = callback(context, &found);
        }
        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

int approval_may_decide(struct store_tx *tx, const struct person *person, const char *day)
{
    if (!person_may_approve(person)) {
        return PR_EACCESS;
    }
    if ((person->roles & 1U << ROLE_DIRECTOR) != 0) {
        return PR_OK;
    }
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT 1 FROM deputy AS d JOIN person AS p ON p.person = d.person"
            " JOIN person_role AS r ON r.person = p.person AND r.role = 'director'"
            " WHERE d.deputy = ?1 AND ?2 BETWEEN d.from_day AND d.to_day AND p.active = 1 LIMIT 1");

    store_bind_int(statement, 1, person->key);
    store_bind_text(statement, 2, day);
    int step = store_step(tx, statement);
    if (step < 0) {
        return step;
    }
    sqlite3_reset(statement);
    return step > 0 ? PR_OK : PR_EACCESS;
}

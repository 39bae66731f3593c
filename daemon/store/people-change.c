/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of people and departments: each compares, writes what differs, and leaves one audit leaf
 * with both sides. */
#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/ledger.h"
#include "daemon/store/people.h"

/** What a leaf says: the members that changed, on both sides. */
struct difference {
    json_t *before;
    json_t *after;
};

static struct difference difference_new(void)
{
    return (struct difference){json_object(), json_object()};
}

/** Steals both values. */
static void differ(struct difference *difference, const char *member, json_t *before, json_t *after)
{
    json_object_set_new(difference->before, member, before);
    json_object_set_new(difference->after, member, after);
}

static bool is_empty(const struct difference *difference)
{
    return json_object_size(difference->after) == 0;
}

/** The last word of the leaf's event: (de)activating alone has words of its own. */
static const char *word_of(const struct difference *difference)
{
    const json_t *active = json_object_get(difference->after, "active");

    if (active == NULL || json_object_size(difference->after) > 1) {
        return "change";
    }
    return json_is_true(active) ? "reactivate" : "deactivate";
}

/** Appends the leaf, or nothing when nothing changed; the difference is used up. */
static int conclude(struct store_tx *tx, const char *actor, const char *kind, const char *object,
                    struct difference *difference, bool *ret_changed)
{
    char event[48];
    bool changed = !is_empty(difference);
    int result = PR_OK;

    if (changed) {
        snprintf(event, sizeof event, "%s.%s", kind, word_of(difference));
        result = audit_append_made(
            tx, actor, event, object,
            json_pack("{s:O, s:O}", "after", difference->after, "before", difference->before));
    }
    json_decref(difference->before);
    json_decref(difference->after);
    if (result == PR_OK && ret_changed != NULL) {
        *ret_changed = changed;
    }
    return result;
}

static bool wanted_active(enum active_change change, bool now)
{
    return change == ACTIVE_KEEP ? now : change == ACTIVE_ON;
}

/** The head that is to be: key 0 nobody. PR_ESTATE when they cannot be one. */
static int find_head(struct store_tx *tx, const char *login, int64_t *ret_key)
{
    struct person person;
    int result = login[0] == '\0' ? PR_OK : person_find(tx, login, &person);

    if (login[0] == '\0') {
        *ret_key = 0;
    } else if (result == PR_OK && person_may_approve(&person)) {
        *ret_key = person.key;
    } else if (result == PR_OK || result == PR_ENOENT) {
        result = PR_ESTATE;
    }
    return result;
}

static int set_head(struct store_tx *tx, int64_t department, int64_t head)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE department SET head = nullif(?2, 0) WHERE department = ?1");

    store_bind_int(statement, 1, department);
    store_bind_int(statement, 2, head);
    return store_step(tx, statement);
}

int department_change(struct store_tx *tx, const char *code, const struct department_change *change,
                      const char *actor, bool *ret_changed)
{
    struct department now;
    int64_t head = 0;

    if (change->name != NULL && !person_name_valid(change->name)) {
        return PR_EINVAL;
    }
    int result = department_find(tx, code, &now);
    const bool new_head =
        result == PR_OK && change->head != NULL && strcmp(change->head, now.head) != 0;

    if (new_head) {
        result = find_head(tx, change->head, &head);
    }
    if (result != PR_OK) {
        return result;
    }
    const char *name = change->name != NULL ? change->name : now.name;
    bool active = wanted_active(change->active, now.active);
    struct difference difference = difference_new();

    if (strcmp(name, now.name) != 0) {
        differ(&difference, "name", json_string(now.name), json_string(name));
    }
    if (active != now.active) {
        differ(&difference, "active", json_boolean(now.active), json_boolean(active));
    }
    if (!is_empty(&difference)) {
        sqlite3_stmt *statement = store_statement(
            tx, "UPDATE department SET name = ?2, active = ?3 WHERE department = ?1");

        store_bind_int(statement, 1, now.key);
        store_bind_text(statement, 2, name);
        store_bind_int(statement, 3, active);
        store_step(tx, statement);
    }
    if (new_head) {
        differ(&difference, "head", json_string(now.head), json_string(change->head));
        set_head(tx, now.key, head);
    }
    return conclude(tx, actor, "department", code, &difference, ret_changed);
}

/** The department a person is to be in: PR_ESTATE when nobody can move there. */
static int find_target(struct store_tx *tx, const struct person *now, const char *code,
                       struct department *ret_department)
{
    int result = department_find(tx, code, ret_department);

    if (result == PR_ENOENT) {
        return PR_ESTATE;
    }
    if (result == PR_OK && !ret_department->active && ret_department->key != now->department) {
        return PR_ESTATE;
    }
    return result;
}

static void replace_roles(struct store_tx *tx, int64_t person, uint32_t roles)
{
    sqlite3_stmt *statement = store_statement(tx, "DELETE FROM person_role WHERE person = ?1");

    store_bind_int(statement, 1, person);
    store_step(tx, statement);
    person_insert_roles(tx, person, roles);
}

static void update_person(struct store_tx *tx, const struct person *person)
{
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE person SET name = ?2, department = ?3, active = ?4 WHERE person = ?1");

    store_bind_int(statement, 1, person->key);
    store_bind_text(statement, 2, person->name);
    store_bind_int(statement, 3, person->department);
    store_bind_int(statement, 4, person->active);
    store_step(tx, statement);
}

static void end_tokens(struct store_tx *tx, int64_t person)
{
    sqlite3_stmt *statement = store_statement(tx, "DELETE FROM token WHERE person = ?1");

    store_bind_int(statement, 1, person);
    store_step(tx, statement);
}

/** The person as the change makes them. */
static int change_person(struct store_tx *tx, const struct person_change *change,
                         const struct person *now, struct person *ret_then)
{
    struct department department;
    int result = PR_OK;

    *ret_then = *now;
    ret_then->active = wanted_active(change->active, now->active);
    if (change->name != NULL) {
        snprintf(ret_then->name, sizeof ret_then->name, "%s", change->name);
    }
    if (change->roles != NULL) {
        ret_then->roles = *change->roles;
    }
    if (change->department_code != NULL) {
        result = find_target(tx, now, change->department_code, &department);
        if (result == PR_OK) {
            ret_then->department = department.key;
            memcpy(ret_then->department_code, department.code, sizeof department.code);
        }
    }
    return result;
}

static struct difference compare_people(const struct person *now, const struct person *then)
{
    struct difference difference = difference_new();

    if (strcmp(now->name, then->name) != 0) {
        differ(&difference, "name", json_string(now->name), json_string(then->name));
    }
    if (now->department != then->department) {
        differ(&difference, "department", json_string(now->department_code),
               json_string(then->department_code));
    }
    if (now->roles != then->roles) {
        differ(&difference, "roles", roles_document(now->roles), roles_document(then->roles));
    }
    if (now->active != then->active) {
        differ(&difference, "active", json_boolean(now->active), json_boolean(then->active));
    }
    return difference;
}

int person_change(struct store_tx *tx, const char *login, const struct person_change *change,
                  const char *actor, bool *ret_changed)
{
    struct person now;
    struct person then;

    if ((change->name != NULL && !person_name_valid(change->name)) ||
        (change->roles != NULL && !roles_compatible(*change->roles))) {
        return PR_EINVAL;
    }
    int result = person_find(tx, login, &now);
    if (result == PR_OK) {
        result = change_person(tx, change, &now, &then);
    }
    if (result != PR_OK) {
        return result;
    }
    struct difference difference = compare_people(&now, &then);

    if (!is_empty(&difference)) {
        update_person(tx, &then);
    }
    if (now.roles != then.roles) {
        replace_roles(tx, now.key, then.roles);
    }
    if (now.active && !then.active) {
        end_tokens(tx, now.key);
    }
    return conclude(tx, actor, "person", login, &difference, ret_changed);
}

int person_set_cap(struct store_tx *tx, const char *login, int64_t sheets, const char *actor)
{
    struct person now;

    if (sheets < -1 || sheets > LEDGER_SHEETS_MAX) {
        return PR_EINVAL;
    }
    int result = person_find(tx, login, &now);
    if (result != PR_OK || now.cap == sheets) {
        return result;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE person SET sheets_cap = nullif(?2, -1) WHERE person = ?1");
    struct difference difference = difference_new();

    store_bind_int(statement, 1, now.key);
    store_bind_int(statement, 2, sheets);
    store_step(tx, statement);
    differ(&difference, "cap", now.cap < 0 ? json_null() : json_integer(now.cap),
           sheets < 0 ? json_null() : json_integer(sheets));
    result = audit_append_made(
        tx, actor, "person.cap", login,
        json_pack("{s:o, s:o}", "after", difference.after, "before", difference.before));
    return result;
}

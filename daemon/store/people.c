/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/people.h"

#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"

/** Characters of a name; STORE_NAME_BYTES holds them at four bytes each. */
enum { NAME_CHARACTERS_MAX = 100 };
_Static_assert(STORE_NAME_BYTES == 4 * NAME_CHARACTERS_MAX + 1, "a name fits its buffer");

/** Whom the audit log calls the daemon: no person may be called so. */
static const char login_of_daemon[] = "printroomd";

bool person_login_valid(const char *login)
{
    return text_is_line(login, 1, PERSON_LOGIN_BYTES - 1, PERSON_LOGIN_BYTES) &&
           strpbrk(login, " /") == NULL && strcmp(login, login_of_daemon) != 0;
}

bool person_name_valid(const char *name)
{
    return text_is_line(name, 1, NAME_CHARACTERS_MAX, STORE_NAME_BYTES);
}

#define SELECT_DEPARTMENT                                                                          \
    "SELECT department, code, name, active, coalesce(standing_quota, -1),"                         \
    " coalesce((SELECT p.login FROM person AS p WHERE p.person = head), '') FROM department "

static void read_department(sqlite3_stmt *statement, struct department *ret_department)
{
    struct department found = {
        .key = sqlite3_column_int64(statement, 0),
        .active = sqlite3_column_int(statement, 3) != 0,
        .standing_quota = sqlite3_column_int64(statement, 4),
    };

    store_column_text(statement, 1, found.code, sizeof found.code);
    store_column_text(statement, 2, found.name, sizeof found.name);
    store_column_text(statement, 5, found.head, sizeof found.head);
    *ret_department = found;
}

/** The one department a statement finds. */
static int one_department(struct store_tx *tx, sqlite3_stmt *statement,
                          struct department *ret_department)
{
    struct department found;
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    read_department(statement, &found);
    int result = store_tx_error(tx);
    if (result == PR_OK) {
        *ret_department = found;
    }
    return result;
}

int department_find(struct store_tx *tx, const char *code, struct department *ret_department)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_DEPARTMENT "WHERE code = ?1");

    store_bind_text(statement, 1, code);
    return one_department(tx, statement, ret_department);
}

int department_get(struct store_tx *tx, int64_t key, struct department *ret_department)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_DEPARTMENT "WHERE department = ?1");

    store_bind_int(statement, 1, key);
    return one_department(tx, statement, ret_department);
}

int department_each(struct store_tx *tx,
                    int (*callback)(void *context, const struct department *department),
                    void *context)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_DEPARTMENT "ORDER BY code");
    int step;

    while ((step = store_step(tx, statement)) > 0) {
        struct department department;

        read_department(statement, &department);
        int result = store_tx_error(tx);
        if (result == PR_OK) {
            result = callback(context, &department);
        }
        if (result != PR_OK) {
            return result;
        }
    }
    return step;
}

int department_add(struct store_tx *tx, const char *code, const char *name, const char *actor,
                   int64_t *ret_key)
{
    struct department existing;

    if (!text_is_of(code, TEXT_LOWER TEXT_DIGITS "-", DEPARTMENT_CODE_BYTES) ||
        !person_name_valid(name)) {
        return PR_EINVAL;
    }
    int result = department_find(tx, code, &existing);
    if (result != PR_ENOENT) {
        return result == PR_OK ? PR_EEXIST : result;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO department (code, name, created_at) VALUES (?1, ?2, ?3)");

    store_bind_text(statement, 1, code);
    store_bind_text(statement, 2, name);
    store_bind_int(statement, 3, store_now_ms());
    result = store_step(tx, statement);
    if (result != PR_OK) {
        return result;
    }
    int64_t key = store_last_id(tx);

    result = audit_append_made(tx, actor, "department.add", code, json_pack("{s:s}", "name", name));
    if (result == PR_OK && ret_key != NULL) {
        *ret_key = key;
    }
    return result;
}

#define SELECT_PERSON                                                                              \
    "SELECT p.person, p.login, p.name, p.active, d.department, d.code, d.name, d.active,"          \
    " coalesce(p.sheets_cap, -1)"                                                                  \
    " FROM person AS p JOIN department AS d USING (department) "

static int read_roles(struct store_tx *tx, int64_t person, uint32_t *ret_roles)
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT role FROM person_role WHERE person = ?1");
    uint32_t roles = 0;
    int step;

    store_bind_int(statement, 1, person);
    while ((step = store_step(tx, statement)) > 0) {
        char name[16];
        enum role role;

        store_column_text(statement, 0, name, sizeof name);
        if (!role_parse(name, &role)) {
            return store_tx_fail(tx, PR_EDB);
        }
        roles |= 1U << role;
    }
    if (step == PR_OK) {
        *ret_roles = roles;
    }
    return step;
}

static int read_person(struct store_tx *tx, sqlite3_stmt *statement, struct person *ret_person)
{
    struct person found = {
        .key = sqlite3_column_int64(statement, 0),
        .active = sqlite3_column_int(statement, 3) != 0,
        .department = sqlite3_column_int64(statement, 4),
        .department_active = sqlite3_column_int(statement, 7) != 0,
        .cap = sqlite3_column_int64(statement, 8),
    };

    store_column_text(statement, 1, found.login, sizeof found.login);
    store_column_text(statement, 2, found.name, sizeof found.name);
    store_column_text(statement, 5, found.department_code, sizeof found.department_code);
    store_column_text(statement, 6, found.department_name, sizeof found.department_name);
    int result = read_roles(tx, found.key, &found.roles);
    if (result == PR_OK) {
        *ret_person = found;
    }
    return result;
}

bool person_may_approve(const struct person *person)
{
    return person->active && roles_compatible(person->roles | 1U << ROLE_DIRECTOR);
}

int person_find(struct store_tx *tx, const char *login, struct person *ret_person)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_PERSON "WHERE p.login = ?1");

    store_bind_text(statement, 1, login);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    return read_person(tx, statement, ret_person);
}

int person_each(struct store_tx *tx, int (*callback)(void *context, const struct person *person),
                void *context)
{
    sqlite3_stmt *statement = store_statement(tx, SELECT_PERSON "ORDER BY p.login");
    int step;

    while ((step = store_step(tx, statement)) > 0) {
        struct person person;
        int result = read_person(tx, statement, &person);

        if (result == PR_OK) {
            result = callback(context, &person);
        }
        if (result != PR_OK) {
            return result;
        }
    }
    return step;
}

int person_insert_roles(struct store_tx *tx, int64_t person, uint32_t roles)
{
    int result = PR_OK;

    for (unsigned i = 0; i < ROLES && result == PR_OK; i++) {
        if ((roles & 1U << i) == 0) {
            continue;
        }
        sqlite3_stmt *statement =
            store_statement(tx, "INSERT INTO person_role (person, role) VALUES (?1, ?2)");

        store_bind_int(statement, 1, person);
        store_bind_text(statement, 2, role_name((enum role)i));
        result = store_step(tx, statement);
    }
    return result;
}

static int insert_person(struct store_tx *tx, const char *login, const char *name,
                         int64_t department, int64_t *ret_key)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO person (login, name, department, created_at) VALUES (?1, ?2, ?3, ?4)");

    store_bind_text(statement, 1, login);
    store_bind_text(statement, 2, name);
    store_bind_int(statement, 3, department);
    store_bind_int(statement, 4, store_now_ms());
    int result = store_step(tx, statement);
    if (result == PR_OK) {
        *ret_key = store_last_id(tx);
    }
    return result;
}

json_t *roles_document(uint32_t roles)
{
    json_t *names = json_array();

    for (unsigned i = 0; i < ROLES; i++) {
        if ((roles & 1U << i) != 0) {
            json_array_append_new(names, json_string(role_name((enum role)i)));
        }
    }
    return names;
}

int person_add(struct store_tx *tx, const char *login, const char *name,
               const char *department_code, uint32_t roles, const char *actor, int64_t *ret_key)
{
    struct department department;
    struct person existing;
    int64_t key = 0;

    if (!person_login_valid(login) || !person_name_valid(name) || !roles_compatible(roles)) {
        return PR_EINVAL;
    }
    int result = department_find(tx, department_code, &department);
    if (result != PR_OK) {
        return result;
    }
    result = person_find(tx, login, &existing);
    if (result != PR_ENOENT) {
        return result == PR_OK ? PR_EEXIST : result;
    }
    result = insert_person(tx, login, name, department.key, &key);
    if (result == PR_OK) {
        result = person_insert_roles(tx, key, roles);
    }
    if (result == PR_OK) {
        result = audit_append_made(tx, actor, "person.add", login,
                                   json_pack("{s:s, s:s, s:o}", "department", department.code,
                                             "name", name, "roles", roles_document(roles)));
    }
    if (result == PR_OK && ret_key != NULL) {
        *ret_key = key;
    }
    return result;
}

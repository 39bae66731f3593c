/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Departments and people. Strings are UTF-8. */
#ifndef DAEMON_STORE_PEOPLE_H
#define DAEMON_STORE_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/store.h"

enum { DEPARTMENT_CODE_BYTES = 33, PERSON_LOGIN_BYTES = 65, STORE_NAME_BYTES = 401 };

/** Roles (mission: People). A person's roles are a set (1u << role). */
enum role { ROLE_STAFF, ROLE_OPERATOR, ROLE_SUPERVISOR, ROLE_DIRECTOR, ROLE_ARCHIVIST, ROLE_AUDITOR, ROLE_ADMIN, ROLES };
const char *role_name(enum role role);
bool role_parse(const char *name, enum role *ret_role);
/** False when the set breaks the separation of powers 三权分立: at most one of admin; supervisor, director, archivist or
 *  operator; auditor. */
bool roles_compatible(uint32_t roles);

struct department {
    int64_t key;
    char code[DEPARTMENT_CODE_BYTES];
    char name[STORE_NAME_BYTES];
    bool active;
    int64_t standing_quota; /**< sheets a month, -1: never set */
};
struct person {
    int64_t key;
    char login[PERSON_LOGIN_BYTES];
    char name[STORE_NAME_BYTES];
    int64_t department;
    char department_code[DEPARTMENT_CODE_BYTES];
    char department_name[STORE_NAME_BYTES];
    bool active;
    bool department_active;
    uint32_t roles;
};

/*
 * A name is one line of 1–100 characters of UTF-8 without invisible ones (see text.h). What is added gets its audit leaf
 * ("department.add", "person.add") from `actor`. ret_key may be NULL. Refusals (PR_EINVAL, PR_ENOENT, PR_EEXIST) change
 * nothing and are not sticky; finding nothing is PR_ENOENT.
 */

/** Adds; PR_EINVAL when code or name is not of the form (code: lower case letters, digits, '-', 1–32), PR_EEXIST. */
int department_add(struct store_tx *tx, const char *code, const char *name, const char *actor, int64_t *ret_key);
int department_find(struct store_tx *tx, const char *code, struct department *ret_department);
int department_get(struct store_tx *tx, int64_t key, struct department *ret_department);
/** Calls back for each, by code; a callback result other than PR_OK ends the walk and is returned. */
int department_each(struct store_tx *tx, int (*callback)(void *context, const struct department *), void *context);

/** Adds; PR_EINVAL (login: UTF-8 without control characters, spaces, '/', 1–64 bytes, not "printroomd"; roles
 *  incompatible), PR_ENOENT (department), PR_EEXIST. */
int person_add(struct store_tx *tx, const char *login, const char *name, const char *department_code, uint32_t roles,
               const char *actor, int64_t *ret_key);
int person_find(struct store_tx *tx, const char *login, struct person *ret_person);
/** As department_each(), by login. */
int person_each(struct store_tx *tx, int (*callback)(void *context, const struct person *), void *context);

#endif

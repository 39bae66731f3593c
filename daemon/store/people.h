/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Departments and people. Strings are UTF-8. */
#ifndef DAEMON_STORE_PEOPLE_H
#define DAEMON_STORE_PEOPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/store.h"

enum { DEPARTMENT_CODE_BYTES = 33, PERSON_LOGIN_BYTES = 65, STORE_NAME_BYTES = 401 };

/** Roles (mission: People). A person's roles are a set (1u << role). */
enum role {
    ROLE_STAFF,
    ROLE_OPERATOR,
    ROLE_SUPERVISOR,
    ROLE_DIRECTOR,
    ROLE_ARCHIVIST,
    ROLE_AUDITOR,
    ROLE_ADMIN,
    ROLES
};
const char *role_name(enum role role);
bool role_parse(const char *name, enum role *ret_role);
/** False when the set breaks the separation of powers 三权分立: at most one of admin; supervisor,
 * director, archivist or operator; auditor. */
bool roles_compatible(uint32_t roles);

struct department {
    int64_t key;
    char code[DEPARTMENT_CODE_BYTES];
    char name[STORE_NAME_BYTES];
    bool active;
    int64_t standing_quota;        /**< sheets a month, -1: never set */
    char head[PERSON_LOGIN_BYTES]; /**< login of who heads it (部门负责人), "" nobody is named */
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
    int64_t cap; /**< sheets a month, -1: none */
};

/*
 * A name is one line of 1–100 characters of UTF-8 without invisible ones (see text.h). What is
 * added gets its audit leaf
 * ("department.add", "person.add") from `actor`. ret_key may be NULL. Refusals (PR_EINVAL,
 * PR_ENOENT, PR_EEXIST) change nothing and are not sticky; finding nothing is PR_ENOENT.
 */

/** Adds; PR_EINVAL when code or name is not of the form (code: lower case letters, digits, '-',
 * 1–32), PR_EEXIST. */
int department_add(struct store_tx *tx, const char *code, const char *name, const char *actor,
                   int64_t *ret_key);
int department_find(struct store_tx *tx, const char *code, struct department *ret_department);
int department_get(struct store_tx *tx, int64_t key, struct department *ret_department);
/** Calls back for each, by code; a callback result other than PR_OK ends the walk and is returned.
 */
int department_each(struct store_tx *tx, int (*callback)(void *context, const struct department *),
                    void *context);

/** Adds; PR_EINVAL (login: UTF-8 without control characters, spaces, '/', 1–64 bytes, not
 * "printroomd"; roles incompatible), PR_ENOENT (department), PR_EEXIST. */
int person_add(struct store_tx *tx, const char *login, const char *name,
               const char *department_code, uint32_t roles, const char *actor, int64_t *ret_key);
int person_find(struct store_tx *tx, const char *login, struct person *ret_person);
/** As department_each(), by login. */
int person_each(struct store_tx *tx, int (*callback)(void *context, const struct person *),
                void *context);

/*
 * Changes. History stays: nothing is ever deleted, jobs keep pointing at whoever sent them. A
 * change that changes something gets one audit leaf ("person.change", "person.deactivate",
 * "person.reactivate", the same for departments) with what was changed as it was before and is
 * after; one that changes nothing gets none, *ret_changed is then false. ret_changed may be NULL.
 */
enum active_change { ACTIVE_KEEP, ACTIVE_ON, ACTIVE_OFF };
/** NULL keeps what there is. */
struct department_change {
    const char *name;
    const char *head; /**< login; "" nobody */
    enum active_change active;
};
/** PR_EINVAL (name), PR_ENOENT, PR_ESTATE (the head is not an active person, or one whose role is
 * kept apart from approvals: see person_may_approve()). */
int department_change(struct store_tx *tx, const char *code, const struct department_change *change,
                      const char *actor, bool *ret_changed);

struct person_change {
    const char *name;            /**< NULL keeps */
    const char *department_code; /**< NULL keeps */
    const uint32_t *roles;       /**< NULL keeps; the whole new set otherwise */
    enum active_change active;   /**< who is made inactive is signed out everywhere */
};
/** PR_EINVAL (name; roles incompatible), PR_ENOENT (nobody has the login), PR_ESTATE (there is no
 * such department, or a person is to move into one that is not active). */
int person_change(struct store_tx *tx, const char *login, const struct person_change *change,
                  const char *actor, bool *ret_changed);
/** Sets the most sheets a month the person's jobs may take, -1 for no cap of their own; leaf
 * "person.cap". PR_EINVAL, PR_ENOENT. What the person has reserved already stays. */
int person_set_cap(struct store_tx *tx, const char *login, int64_t sheets, const char *actor);

/** Whether somebody may be asked for approvals at all: active, and of no power (administration,
 * audit) that is kept apart from the director's. */
bool person_may_approve(const struct person *person);
/** True when a login or a name is of the form (see person_add()). */
bool person_login_valid(const char *login);
bool person_name_valid(const char *name);
/** Adds roles to a person who has none of another power, for this folder only: without an audit
 * leaf. */
int person_insert_roles(struct store_tx *tx, int64_t person, uint32_t roles);
/** The names of a set of roles as a new array of texts; NULL when out of memory. */
json_t *roles_document(uint32_t roles);

#endif

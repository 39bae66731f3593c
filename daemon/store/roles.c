/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <string.h>

#include "daemon/store/people.h"

/** Powers that one person must not unite 三权分立. */
enum power { POWER_NONE, POWER_SYSTEM, POWER_SECURITY, POWER_AUDIT };

static const struct {
    const char *name;
    enum power power;
} roles[] = {
    [ROLE_STAFF] = {"staff", POWER_NONE},
    [ROLE_OPERATOR] = {"operator", POWER_SECURITY},
    [ROLE_SUPERVISOR] = {"supervisor", POWER_SECURITY},
    [ROLE_DIRECTOR] = {"director", POWER_SECURITY},
    [ROLE_ARCHIVIST] = {"archivist", POWER_SECURITY},
    [ROLE_AUDITOR] = {"auditor", POWER_AUDIT},
    [ROLE_ADMIN] = {"admin", POWER_SYSTEM},
};
_Static_assert(sizeof roles / sizeof roles[0] == ROLES, "every role has its row");

const char *role_name(enum role role)
{
    return roles[role].name;
}

bool role_parse(const char *name, enum role *ret_role)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (strcmp(roles[i].name, name) == 0) {
            *ret_role = (enum role)i;
            return true;
        }
    }
    return false;
}

bool roles_compatible(uint32_t set)
{
    enum power held = POWER_NONE;

    if (set >> ROLES != 0) {
        return false;
    }
    for (size_t i = 0; i < ROLES; i++) {
        if ((set & 1U << i) == 0 || roles[i].power == POWER_NONE) {
            continue;
        }
        if (held != POWER_NONE && held != roles[i].power) {
            return false;
        }
        held = roles[i].power;
    }
    return true;
}

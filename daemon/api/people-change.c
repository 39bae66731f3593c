/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One person: who they are, what they used, what was changed; and changing it. */
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/reconsider.h"
#include "daemon/store/history.h"
#include "daemon/store/ledger.h"

enum { SET_NAME, SET_DEPARTMENT, SET_ROLES, SET_ACTIVE };
static const struct api_field set_fields[] = {
    [SET_NAME] = {"name", API_TEXT, .min = 1, .max = STORE_NAME_BYTES - 1},
    [SET_DEPARTMENT] = {"department", API_TEXT, .min = 1, .max = DEPARTMENT_CODE_BYTES - 1},
    [SET_ROLES] = {"roles", API_TEXTS, .min = 1, .max = 32},
    [SET_ACTIVE] = {.name = "active", .type = API_BOOLEAN},
};
const struct api_fields api_person_set_fields = API_FIELDS(set_fields);

static const struct api_field cap_fields[] = {
    {"sheets", API_INTEGER, .min = 0, .max = LEDGER_SHEETS_MAX},
};
const struct api_fields api_person_cap_fields = API_FIELDS(cap_fields);

/** Who sees everybody; others see themselves. */
static const uint32_t sees_all = API_ROLE(ROLE_DIRECTOR) | API_ROLE(ROLE_OPERATOR) |
                                 API_ROLE(ROLE_AUDITOR) | API_ROLE(ROLE_ADMIN);

static int read_use(struct store_tx *tx, const char *login, json_t **ret_use)
{
    struct ledger_person use;
    char month[POLICY_MONTH_BYTES];

    clock_month(store_now_ms(), month);
    int error = ledger_of_person(tx, login, month, &use);

    if (error == PR_OK) {
        *ret_use = json_pack("{s:s, s:I, s:I, s:o}", "month", month, "reserved",
                             (json_int_t)use.reserved, "used", (json_int_t)use.used, "left",
                             use.cap < 0 ? json_null() : json_integer(ledger_person_left(&use)));
    }
    return error;
}

int api_person_document_whole(struct store_tx *tx, const char *login, json_t **ret_document)
{
    struct person person;
    json_t *use = NULL;
    json_t *changes = NULL;
    int error = person_find(tx, login, &person);

    if (error == PR_OK) {
        error = read_use(tx, login, &use);
    }
    if (error == PR_OK) {
        error = api_history_document(tx, HISTORY_PERSON, login, &changes);
    }
    if (error != PR_OK) {
        json_decref(use);
        return error;
    }
    *ret_document = api_person_document(&person);
    json_object_set_new(*ret_document, "use", use);
    json_object_set_new(*ret_document, "changes", changes);
    return PR_OK;
}

static void refuse(struct api_request *request, int error)
{
    if (error == PR_ENOENT) {
        api_refuse(request, API_PERSON_NOT_FOUND, request->parameter[0], NULL);
    } else if (error == PR_ESTATE) {
        api_refuse(request, API_DEPARTMENT_NOT_FOUND, request->value[SET_DEPARTMENT].text, NULL);
    } else if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "name",
                   api_words(request, "1 to 100 visible characters", "1 至 100 个可见字符"));
    } else {
        api_refuse_error(request, error, request->parameter[0]);
    }
}

void api_person_show(struct api_request *request)
{
    const char *login = request->parameter[0];
    json_t *document = NULL;
    struct store_tx *tx = NULL;

    if (!api_may(request, sees_all) && strcmp(request->peer->login, login) != 0) {
        api_refuse(request, API_NOT_YOURS, login, NULL);
        return;
    }
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_person_document_whole(tx, login, &document);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        refuse(request, error);
        return;
    }
    api_reply_json(request, 200, document);
}

/** Ends a change: answers with the person as they are then. */
static void conclude(struct api_request *request, struct store_tx *tx, int error)
{
    json_t *document = NULL;

    if (error == PR_OK) {
        error = api_person_document_whole(tx, request->parameter[0], &document);
    }
    error = api_tx_end(tx, error);
    if (error != PR_OK) {
        json_decref(document);
        refuse(request, error);
        return;
    }
    jobs_reconsider(request->office);
    api_reply_json(request, 200, document);
}

bool api_is_self(const struct api_request *request, const char *login)
{
    return !request->peer->service && strcmp(request->peer->login, login) == 0;
}

void api_person_set(struct api_request *request)
{
    const struct api_value *value = request->value;
    const char *login = request->parameter[0];
    uint32_t roles = 0;
    struct store_tx *tx = NULL;

    if (value[SET_ROLES].given && !api_roles_read(request, &value[SET_ROLES], &roles)) {
        return;
    }
    if (api_is_self(request, login) && (value[SET_ROLES].given || value[SET_ACTIVE].given)) {
        api_refuse(request, API_OWN_ROLES, NULL, NULL);
        return;
    }
    const struct person_change change = {
        .name = value[SET_NAME].given ? value[SET_NAME].text : NULL,
        .department_code = value[SET_DEPARTMENT].given ? value[SET_DEPARTMENT].text : NULL,
        .roles = value[SET_ROLES].given ? &roles : NULL,
        .active = !value[SET_ACTIVE].given    ? ACTIVE_KEEP
                  : value[SET_ACTIVE].boolean ? ACTIVE_ON
                                              : ACTIVE_OFF,
    };
    int error = store_begin(request->office->store, &tx);

    if (error != PR_OK) {
        api_refuse_error(request, error, login);
        return;
    }
    conclude(request, tx, person_change(tx, login, &change, request->peer->actor, NULL));
}

void api_person_cap(struct api_request *request)
{
    const struct api_value *sheets = &request->value[0];
    struct store_tx *tx = NULL;
    int error = store_begin(request->office->store, &tx);

    if (error != PR_OK) {
        api_refuse_error(request, error, request->parameter[0]);
        return;
    }
    conclude(request, tx,
             person_set_cap(tx, request->parameter[0], sheets->given ? sheets->integer : -1,
                            request->peer->actor));
}

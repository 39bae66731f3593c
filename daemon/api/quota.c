/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/jobs/quota-words.h"
#include "daemon/jobs/reconsider.h"
#include "daemon/store/ledger.h"

enum { MESSAGE_BYTES = 1024 };

enum { LIST_MONTH, LIST_DEPARTMENT };
static const struct api_field list_fields[] = {
    [LIST_MONTH] = {.name = "month", .type = API_MONTH},
    [LIST_DEPARTMENT] = {"department", API_TEXT, .min = 1, .max = DEPARTMENT_CODE_BYTES - 1},
};
const struct api_fields api_quota_list_fields = API_FIELDS(list_fields);

static const struct api_field show_fields[] = {{.name = "month", .type = API_MONTH}};
const struct api_fields api_quota_show_fields = API_FIELDS(show_fields);

enum { SET_SHEETS, SET_MONTH };
static const struct api_field set_fields[] = {
    [SET_SHEETS] = {"sheets", API_INTEGER, .required = true, .min = 0, .max = LEDGER_SHEETS_MAX},
    [SET_MONTH] = {.name = "month", .type = API_MONTH},
};
const struct api_fields api_quota_set_fields = API_FIELDS(set_fields);

enum { GRANT_SHEETS, GRANT_REASON, GRANT_MONTH };
static const struct api_field grant_fields[] = {
    [GRANT_SHEETS] = {"sheets", API_INTEGER, .required = true, .min = 1, .max = LEDGER_SHEETS_MAX},
    [GRANT_REASON] = {"reason", API_TEXT, .required = true, .min = 1, .max = 400},
    [GRANT_MONTH] = {.name = "month", .type = API_MONTH},
};
const struct api_fields api_quota_grant_fields = API_FIELDS(grant_fields);

/** Who sees every department's account; others see their own. */
static const uint32_t sees_all = API_ROLE(ROLE_DIRECTOR) | API_ROLE(ROLE_OPERATOR) |
                                 API_ROLE(ROLE_AUDITOR) | API_ROLE(ROLE_ADMIN);

static bool may_see(const struct api_request *request, const char *code)
{
    return api_may(request, sees_all) ||
           (request->peer->known && strcmp(request->peer->person.department_code, code) == 0);
}

static json_t *quota_document(const struct api_request *request,
                              const struct department *department, const char *month,
                              const struct policy_balance *balance)
{
    static const char *const warnings[] = {[POLICY_QUOTA_CALM] = "none",
                                           [POLICY_QUOTA_NEAR] = "near",
                                           [POLICY_QUOTA_REACHED] = "reached"};
    char message[MESSAGE_BYTES];

    quota_warning_words(balance, department->name, month, request->language, message,
                        sizeof message);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "department",
                     department->code, "department_name", department->name, "month", month,
                     "allotted", (json_int_t)balance->allotted, "granted",
                     (json_int_t)balance->granted, "reserved", (json_int_t)balance->reserved,
                     "used", (json_int_t)balance->used, "available",
                     (json_int_t)policy_balance_available(balance), "percent",
                     (json_int_t)policy_balance_percent(balance), "warning",
                     warnings[policy_balance_warning(balance)], "message", message);
}

struct listing {
    struct api_request *request;
    struct store_tx *tx;
    const char *only; /* department, "" all */
    char month[POLICY_MONTH_BYTES];
    json_t *list;
};

static int add_to_list(void *context, const struct department *department)
{
    struct listing *listing = context;
    struct policy_balance balance;

    if (!may_see(listing->request, department->code) ||
        (listing->only[0] != '\0' && strcmp(listing->only, department->code) != 0)) {
        return PR_OK;
    }
    int error = ledger_peek(listing->tx, department->key, listing->month, &balance);

    if (error != PR_OK) {
        return error;
    }
    return json_array_append_new(listing->list, quota_document(listing->request, department,
                                                               listing->month, &balance)) == 0
               ? PR_OK
               : PR_ENOMEM;
}

void api_quota_list(struct api_request *request)
{
    struct listing listing = {
        .request = request, .only = request->value[LIST_DEPARTMENT].text, .list = json_array()};
    int error = store_begin_read(request->office->store, &listing.tx);

    api_month(&request->value[LIST_MONTH], listing.month);
    if (error == PR_OK) {
        error = department_each(listing.tx, add_to_list, &listing);
        store_rollback(listing.tx);
    }
    if (error != PR_OK) {
        json_decref(listing.list);
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, 200, listing.list);
}

/** A department whose account is nearly or quite used up, as `status` warns of it. */
static int add_warning(void *context, const struct department *department)
{
    struct listing *listing = context;
    struct policy_balance balance;
    char message[MESSAGE_BYTES];
    const enum policy_language language = listing->request->language;

    if (!department->active || !may_see(listing->request, department->code)) {
        return PR_OK;
    }
    int error = ledger_peek(listing->tx, department->key, listing->month, &balance);

    if (error != PR_OK || policy_balance_warning(&balance) == POLICY_QUOTA_CALM) {
        return error;
    }
    quota_warning_words(&balance, department->name, listing->month, language, message,
                        sizeof message);
    return json_array_append_new(listing->list,
                                 json_pack("{s:s, s:s, s:s, s:s}", "check", "quota", "result",
                                           "warning", "message", message, "action",
                                           quota_warning_action(language))) == 0
               ? PR_OK
               : PR_ENOMEM;
}

int api_quota_warnings(struct api_request *request, const char *month, json_t *list)
{
    struct listing listing = {.request = request, .only = "", .list = list};
    int error = store_begin_read(request->office->store, &listing.tx);

    snprintf(listing.month, sizeof listing.month, "%s", month);
    if (error == PR_OK) {
        error = department_each(listing.tx, add_warning, &listing);
        store_rollback(listing.tx);
    }
    return error;
}

static void refuse_department(struct api_request *request, int error)
{
    if (error == PR_ENOENT) {
        api_refuse(request, API_DEPARTMENT_NOT_FOUND, request->parameter[0], NULL);
    } else {
        api_refuse_error(request, error, request->parameter[0]);
    }
}

void api_quota_show(struct api_request *request)
{
    struct department department = {0};
    struct policy_balance balance = {0};
    struct store_tx *tx = NULL;
    char month[POLICY_MONTH_BYTES];

    if (!may_see(request, request->parameter[0])) {
        api_refuse(request, API_NOT_YOURS, request->parameter[0], NULL);
        return;
    }
    int error = store_begin_read(request->office->store, &tx);

    api_month(&request->value[0], month);
    if (error == PR_OK) {
        error = department_find(tx, request->parameter[0], &department);
        if (error == PR_OK) {
            error = ledger_peek(tx, department.key, month, &balance);
        }
        store_rollback(tx);
    }
    if (error != PR_OK) {
        refuse_department(request, error);
        return;
    }
    api_reply_json(request, 200, quota_document(request, &department, month, &balance));
}

/** A change of an account: sets (reason NULL) or grants; answers with the account as it is then. */
static void change(struct api_request *request, const struct api_value *month_value, int64_t sheets,
                   const char *reason)
{
    const char *actor = request->peer->actor;
    struct department department = {0};
    struct policy_balance balance = {0};
    struct store_tx *tx = NULL;
    char month[POLICY_MONTH_BYTES];
    int error = store_begin(request->office->store, &tx);

    api_month(month_value, month);
    if (error == PR_OK) {
        error = department_find(tx, request->parameter[0], &department);
        if (error == PR_OK && reason == NULL) {
            error = ledger_set_quota(tx, department.key, month, sheets, month_value->given, actor);
        } else if (error == PR_OK) {
            error = ledger_grant(tx, department.key, month, sheets, reason, actor);
        }
        if (error == PR_OK) {
            error = ledger_peek(tx, department.key, month, &balance);
        }
        error = api_tx_end(tx, error);
    }
    if (error == PR_EBALANCE) {
        api_refuse(request, API_ALLOTMENT_TOO_SMALL, request->parameter[0], month);
        return;
    }
    if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "reason",
                   api_words(request, "one line of visible characters", "一行可见字符"));
        return;
    }
    if (error != PR_OK) {
        refuse_department(request, error);
        return;
    }
    jobs_reconsider(request->office);
    api_reply_json(request, 200, quota_document(request, &department, month, &balance));
}

void api_quota_set(struct api_request *request)
{
    change(request, &request->value[SET_MONTH], request->value[SET_SHEETS].integer, NULL);
}

void api_quota_grant(struct api_request *request)
{
    change(request, &request->value[GRANT_MONTH], request->value[GRANT_SHEETS].integer,
           request->value[GRANT_REASON].text);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/jobs/reconsider.h"

enum { CODE, NAME };
static const struct api_field add_fields[] = {
    [CODE] = {"code", API_TEXT, .required = true, .min = 1, .max = DEPARTMENT_CODE_BYTES - 1},
    [NAME] = {"name", API_TEXT, .required = true, .min = 1, .max = STORE_NAME_BYTES - 1},
};
const struct api_fields api_department_add_fields = API_FIELDS(add_fields);

enum { SET_NAME, SET_ACTIVE, SET_HEAD };
static const struct api_field set_fields[] = {
    [SET_NAME] = {"name", API_TEXT, .min = 1, .max = STORE_NAME_BYTES - 1},
    [SET_ACTIVE] = {.name = "active", .type = API_BOOLEAN},
    [SET_HEAD] = {"head", API_TEXT, .min = 0, .max = PERSON_LOGIN_BYTES - 1},
};
const struct api_fields api_department_set_fields = API_FIELDS(set_fields);

static json_t *department_document(const struct department *department)
{
    json_t *quota =
        department->standing_quota >= 0 ? json_integer(department->standing_quota) : json_null();

    return json_pack("{s:s, s:s, s:b, s:o, s:o}", "code", department->code, "name",
                     department->name, "active", (int)department->active, "standing_quota", quota,
                     "head", api_text_or_null(department->head));
}

static int add_to_list(void *context, const struct department *department)
{
    return api_listing_add(context, department_document(department));
}

static int walk(struct api_listing *listing)
{
    return department_each(listing->tx, add_to_list, listing);
}

void api_department_list(struct api_request *request)
{
    api_reply_listing(request, walk);
}

void api_department_add(struct api_request *request)
{
    const char *code = request->value[CODE].text;
    struct department department = {0};
    struct store_tx *tx = NULL;
    int64_t key;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = department_add(tx, code, request->value[NAME].text, request->peer->actor, &key);
        if (error == PR_OK) {
            error = department_get(tx, key, &department);
        }
        error = api_tx_end(tx, error);
    }
    if (error == PR_EINVAL) {
        api_refuse(
            request, API_FIELD_INVALID, "code, name",
            api_words(request,
                      "a code of 1 to 32 small letters, digits and '-', and a name of 1 to "
                      "100 visible characters",
                      "1 至 32 个小写字母、数字和“-”组成的代码，以及 1 至 100 个可见字符的名称"));
        return;
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, code);
        return;
    }
    jobs_reconsider(request->office);
    api_reply_json(request, 201, department_document(&department));
}

/** A department with its history. */
static int document_whole(struct store_tx *tx, const char *code, json_t **ret_document)
{
    struct department department;
    json_t *changes = NULL;
    int error = department_find(tx, code, &department);

    if (error == PR_OK) {
        error = api_history_document(tx, HISTORY_DEPARTMENT, code, &changes);
    }
    if (error == PR_OK) {
        *ret_document = department_document(&department);
        json_object_set_new(*ret_document, "changes", changes);
    }
    return error;
}

static void refuse(struct api_request *request, int error)
{
    if (error == PR_ENOENT) {
        api_refuse(request, API_DEPARTMENT_NOT_FOUND, request->parameter[0], NULL);
    } else if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "name",
                   api_words(request, "1 to 100 visible characters", "1 至 100 个可见字符"));
    } else if (error == PR_ESTATE) {
        api_refuse(request, API_FIELD_INVALID, "head",
                   api_words(request,
                             "the login of an active person without the roles admin and auditor",
                             "在用人员的登录名，且不是系统管理员或审计员"));
    } else {
        api_refuse_error(request, error, request->parameter[0]);
    }
}

void api_department_show(struct api_request *request)
{
    json_t *document = NULL;
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = document_whole(tx, request->parameter[0], &document);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        refuse(request, error);
        return;
    }
    api_reply_json(request, 200, document);
}

void api_department_set(struct api_request *request)
{
    const struct api_value *value = request->value;
    const struct department_change change = {
        .name = value[SET_NAME].given ? value[SET_NAME].text : NULL,
        .head = value[SET_HEAD].given ? value[SET_HEAD].text : NULL,
        .active = !value[SET_ACTIVE].given    ? ACTIVE_KEEP
                  : value[SET_ACTIVE].boolean ? ACTIVE_ON
                                              : ACTIVE_OFF,
    };
    json_t *document = NULL;
    struct store_tx *tx = NULL;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = department_change(tx, request->parameter[0], &change, request->peer->actor, NULL);
        if (error == PR_OK) {
            error = document_whole(tx, request->parameter[0], &document);
        }
        error = api_tx_end(tx, error);
    }
    if (error != PR_OK) {
        json_decref(document);
        refuse(request, error);
        return;
    }
    jobs_reconsider(request->office);
    api_reply_json(request, 200, document);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/peer.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/jobs/reconsider.h"

enum { LOGIN, NAME, DEPARTMENT, ROLES_FIELD };
static const struct api_field add_fields[] = {
    [LOGIN] = {"login", API_TEXT, .required = true, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
    [NAME] = {"name", API_TEXT, .required = true, .min = 1, .max = STORE_NAME_BYTES - 1},
    [DEPARTMENT] = {"department", API_TEXT, .required = true, .min = 1,
                    .max = DEPARTMENT_CODE_BYTES - 1},
    [ROLES_FIELD] = {"roles", API_TEXTS, .min = 1, .max = 32},
};
const struct api_fields api_person_add_fields = API_FIELDS(add_fields);

json_t *api_person_document(const struct person *person)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o}", "login", person->login, "name",
                     person->name, "department", person->department_code, "department_name",
                     person->department_name, "active", (int)person->active, "roles",
                     roles_document(person->roles), "cap",
                     person->cap < 0 ? json_null() : json_integer(person->cap));
}

static int add_to_list(void *context, const struct person *person)
{
    return api_listing_add(context, api_person_document(person));
}

static int walk(struct api_listing *listing)
{
    return person_each(listing->tx, add_to_list, listing);
}

void api_person_list(struct api_request *request)
{
    api_reply_listing(request, walk);
}

bool api_roles_read(struct api_request *request, const struct api_value *value, uint32_t *ret_roles)
{
    uint32_t roles = value->texts_length == 0 ? API_ROLE(ROLE_STAFF) : 0;
    char words[256];

    for (size_t i = 0; i < value->texts_length; i++) {
        enum role role;

        if (!role_parse(value->texts[i], &role)) {
            snprintf(words, sizeof words, "%s",
                     api_words(request, "an array of: ", "由下列角色组成的数组："));
            for (unsigned known = 0; known < ROLES; known++) {
                size_t length = strlen(words);

                snprintf(words + length, sizeof words - length, "%s%s", known > 0 ? ", " : "",
                         role_name((enum role)known));
            }
            api_refuse(request, API_FIELD_INVALID, "roles", words);
            return false;
        }
        roles |= API_ROLE(role);
    }
    if (!roles_compatible(roles)) {
        api_access_format(roles, request->language, ", ", words, sizeof words);
        api_refuse(request, API_ROLES_INCOMPATIBLE, words, NULL);
        return false;
    }
    *ret_roles = roles;
    return true;
}

static void refuse_add(struct api_request *request, int error)
{
    if (error == PR_EINVAL) {
        api_refuse(
            request, API_FIELD_INVALID, "login, name",
            api_words(request,
                      "a login without spaces and '/', at most 64 bytes, and a name of 1 to "
                      "100 visible characters",
                      "不含空格和“/”、不超过 64 字节的登录名，以及 1 至 100 个可见字符的姓名"));
    } else if (error == PR_ENOENT) {
        api_refuse(request, API_DEPARTMENT_NOT_FOUND, request->value[DEPARTMENT].text, NULL);
    } else {
        api_refuse_error(request, error, request->value[LOGIN].text);
    }
}

void api_person_add(struct api_request *request)
{
    const char *login = request->value[LOGIN].text;
    struct person person = {0};
    struct store_tx *tx = NULL;
    uint32_t roles;
    int64_t key;

    if (!api_roles_read(request, &request->value[ROLES_FIELD], &roles)) {
        return;
    }
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = person_add(tx, login, request->value[NAME].text, request->value[DEPARTMENT].text,
                           roles, request->peer->actor, &key);
        if (error == PR_OK) {
            error = person_find(tx, login, &person);
        }
        error = api_tx_end(tx, error);
    }
    if (error != PR_OK) {
        refuse_add(request, error);
        return;
    }
    jobs_reconsider(request->office);
    api_reply_json(request, 201, api_person_document(&person));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who decides for an absent director. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/store/approvals.h"

enum { DEPUTY, FROM, TO };
static const struct api_field set_fields[] = {
    [DEPUTY] = {"deputy", API_TEXT, .required = true, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
    [FROM] = {"from", API_TEXT, .required = true, .min = DAY_BYTES - 1, .max = DAY_BYTES - 1},
    [TO] = {"to", API_TEXT, .required = true, .min = DAY_BYTES - 1, .max = DAY_BYTES - 1},
};
const struct api_fields api_deputy_set_fields = API_FIELDS(set_fields);

static json_t *deputy_document(const struct deputy *deputy)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "person", deputy->person, "deputy", deputy->deputy,
                     "from", deputy->from, "to", deputy->to);
}

static int add_to_list(void *context, const struct deputy *deputy)
{
    return api_listing_add(context, deputy_document(deputy));
}

static int walk(struct api_listing *listing)
{
    return deputy_each(listing->tx, add_to_list, listing);
}

void api_deputy_list(struct api_request *request)
{
    api_reply_listing(request, walk);
}

void api_deputy_set(struct api_request *request)
{
    const char *person = request->parameter[0];
    struct deputy deputy;
    struct store_tx *tx = NULL;

    if (strlen(person) >= sizeof deputy.person) {
        api_refuse(request, API_PERSON_NOT_FOUND, person, NULL);
        return;
    }
    memcpy(deputy.person, person, strlen(person) + 1);
    snprintf(deputy.deputy, sizeof deputy.deputy, "%s", request->value[DEPUTY].text);
    snprintf(deputy.from, sizeof deputy.from, "%s", request->value[FROM].text);
    snprintf(deputy.to, sizeof deputy.to, "%s", request->value[TO].text);
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, deputy_set(tx, &deputy, request->peer->actor));
    }
    if (error == PR_ENOENT) {
        api_refuse(request, API_PERSON_NOT_FOUND, deputy.deputy, NULL);
    } else if (error == PR_EACCESS) {
        api_refuse(request, API_FIELD_INVALID, "deputy",
                   api_words(request,
                             "an active person without a role of administration or audit, and "
                             "whom they stand in for a director",
                             "在职且不兼系统管理或审计角色的人员，被代理人须为主任"));
    } else if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "from, to",
                   api_words(request,
                             "days as YYYY-MM-DD, the first not after the last, and the deputy "
                             "another person",
                             "形如 YYYY-MM-DD 的日期，起不晚于止，且代理人须为他人"));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, deputy.person);
    } else {
        api_reply_json(request, 200, deputy_document(&deputy));
    }
}

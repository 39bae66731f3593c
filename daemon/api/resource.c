/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/resource.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"

int api_tx_end(struct store_tx *tx, int error)
{
    if (error == PR_OK) {
        return store_commit(tx);
    }
    store_rollback(tx);
    return error;
}

int api_listing_add(struct api_listing *listing, json_t *document)
{
    return json_array_append_new(listing->list, document) == 0 ? PR_OK : PR_ENOMEM;
}

void api_reply_listing(struct api_request *request, int (*walk)(struct api_listing *listing))
{
    struct api_listing listing = {.request = request, .list = json_array()};
    int error = store_begin_read(request->office->store, &listing.tx);

    if (error == PR_OK) {
        error = walk(&listing);
        store_rollback(listing.tx);
    }
    if (error != PR_OK) {
        json_decref(listing.list);
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, 200, listing.list);
}

json_t *api_text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

json_t *api_moment_or_null(int64_t at_ms)
{
    char text[CLOCK_TEXT_BYTES];

    if (at_ms == 0) {
        return json_null();
    }
    clock_format(at_ms, text);
    return json_string(text);
}

const char *api_words(const struct api_request *request, const char *english, const char *chinese)
{
    return request->language == POLICY_CHINESE ? chinese : english;
}

void api_month(const struct api_value *value, char ret_month[POLICY_MONTH_BYTES])
{
    if (value->given) {
        memcpy(ret_month, value->text, POLICY_MONTH_BYTES); /* its form was checked */
    } else {
        clock_month(store_now_ms(), ret_month);
    }
}

static int add_entry(void *context, const struct history_entry *entry)
{
    json_t *list = context;
    char at[CLOCK_TEXT_BYTES];

    clock_format(entry->at, at);
    return json_array_append_new(list,
                                 json_pack("{s:s, s:s, s:s, s:O}", "at", at, "actor", entry->actor,
                                           "event", entry->event, "detail", entry->detail)) == 0
               ? PR_OK
               : PR_ENOMEM;
}

int api_history_document(struct store_tx *tx, enum history_kind kind, const char *object,
                         json_t **ret_list)
{
    enum { CHANGES_MAX = 200 };
    json_t *list = json_array();
    int error = history_each(tx, kind, object, CHANGES_MAX, add_entry, list);

    if (error != PR_OK) {
        json_decref(list);
        return error;
    }
    *ret_list = list;
    return PR_OK;
}

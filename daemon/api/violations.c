/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/report/columns.h"
#include "daemon/store/violations.h"

enum { LIST_OPEN, LIST_MONTH };
static const struct api_field list_fields[] = {
    [LIST_OPEN] = {.name = "open", .type = API_BOOLEAN},
    [LIST_MONTH] = {.name = "month", .type = API_MONTH},
};
const struct api_fields api_violation_list_fields = API_FIELDS(list_fields);

enum { COMMENT };
static const struct api_field acknowledge_fields[] = {
    [COMMENT] = {"comment", API_TEXT, .required = true, .min = 1,
                 .max = VIOLATION_COMMENT_BYTES - 1},
};
const struct api_fields api_violation_acknowledge_fields = API_FIELDS(acknowledge_fields);

static json_t *violation_document(const struct api_request *request,
                                  const struct violation_record *record)
{
    json_t *detail = json_loads(record->detail, 0, NULL);

    return json_pack(
        "{s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "number",
        (json_int_t)record->key, "kind", record->kind, "words",
        report_violation_words(record->kind, request->language), "month", record->month, "at",
        api_moment_or_null(record->at), "job", api_text_or_null(record->job), "device",
        api_text_or_null(record->device), "person", record->person, "department",
        api_text_or_null(record->department), "detail", detail != NULL ? detail : json_object(),
        "acknowledged_by", api_text_or_null(record->acknowledged_by), "acknowledged_at",
        api_moment_or_null(record->acknowledged_at), "comment", api_text_or_null(record->comment));
}

static int add_to_list(void *context, const struct violation_record *record)
{
    struct api_listing *listing = context;

    return api_listing_add(listing, violation_document(listing->request, record));
}

static int walk(struct api_listing *listing)
{
    const struct api_value *value = listing->request->value;
    const struct violation_filter filter = {.open = value[LIST_OPEN].boolean,
                                            .month = value[LIST_MONTH].text};

    return violation_each(listing->tx, &filter, add_to_list, listing);
}

void api_violation_list(struct api_request *request)
{
    api_reply_listing(request, walk);
}

/** The number in the path; 0 when it is none. */
static int64_t number_of(const char *text)
{
    return strspn(text, "0123456789") == strlen(text) && strlen(text) < 18 ? strtoll(text, NULL, 10)
                                                                           : 0;
}

void api_violation_acknowledge(struct api_request *request)
{
    struct violation_record record = {.key = 0};
    struct store_tx *tx = NULL;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, violation_acknowledge(tx, number_of(request->parameter[0]),
                                                     request->value[COMMENT].text,
                                                     request->peer->actor, &record));
    }
    if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "comment",
                   api_words(request, "one line of 1 to 400 visible characters",
                             "一行 1 至 400 个可见字符"));
    } else if (error == PR_ESTATE) {
        api_refuse(request, API_NOT_IN_THIS_STATE, request->parameter[0],
                   api_words(request, "acknowledged before", "已由他人确认"));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, request->parameter[0]);
    } else {
        api_reply_json(request, 200, violation_document(request, &record));
    }
}

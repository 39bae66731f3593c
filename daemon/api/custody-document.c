/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/custody-document.h"

#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/vault/trace-token.h"

static const char *const state_words[CUSTODY_STATES][POLICY_LANGUAGES] = {
    [CUSTODY_PRINTING] = {"being printed", "印制中"},
    [CUSTODY_VOID] = {"never printed", "未印出"},
    [CUSTODY_IN_DOUBT] = {"unknown whether it was printed: the operator says so",
                          "是否印出待文印员认定"},
    [CUSTODY_PRINTED] = {"printed, not collected", "已印，待领取"},
    [CUSTODY_COLLECTED] = {"collected", "已领取"},
    [CUSTODY_ISSUED] = {"issued", "已分发"},
    [CUSTODY_CIRCULATING] = {"in circulation", "传阅中"},
    [CUSTODY_RETURNED] = {"returned", "已收回"},
    [CUSTODY_ARCHIVED] = {"archived", "已归档"},
    [CUSTODY_DESTROYED] = {"destroyed", "已销毁"},
    [CUSTODY_LOST] = {"reported lost", "已报遗失，查找中"},
    [CUSTODY_WRITTEN_OFF] = {"lost, and the matter closed", "遗失，已结案"},
};

const char *api_custody_state_words(enum custody_state state, enum policy_language language)
{
    return state_words[state][language];
}

json_t *api_custody_document(const struct api_request *request, const struct custody_copy *copy)
{
    char code[CUSTODY_CODE_BYTES];

    custody_code(copy, code);
    return json_pack(
        "{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:I, s:I}", "code", code,
        "document", copy->document, "number", (json_int_t)copy->number, "job", copy->job_id,
        "person", copy->person, "level", copy->level, "state", custody_state_name(copy->state),
        "words", api_custody_state_words(copy->state, request->language), "holder",
        api_text_or_null(copy->holder), "outside", copy->outside, "due",
        api_text_or_null(copy->due), "printed_at", api_moment_or_null(copy->printed_at), "readers",
        (json_int_t)copy->readers, "waiting", (json_int_t)copy->waiting);
}

static int append(json_t *list, json_t *document)
{
    return document != NULL && json_array_append_new(list, document) == 0 ? PR_OK : PR_ENOMEM;
}

static int add_event(void *context, const struct custody_entry *entry)
{
    return append(context, json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o}", "at",
                                     api_moment_or_null(entry->at), "event", entry->name, "from",
                                     entry->from, "to", entry->to, "actor", entry->actor, "holder",
                                     api_text_or_null(entry->holder), "outside", entry->outside,
                                     "due", api_text_or_null(entry->due), "witness",
                                     api_text_or_null(entry->witness), "note",
                                     api_text_or_null(entry->note)));
}

static int add_reader(void *context, const char *person, int64_t received_at)
{
    return append(context, json_pack("{s:s, s:o}", "person", person, "received_at",
                                     api_moment_or_null(received_at)));
}

int api_custody_document_whole(const struct api_request *request, struct store_tx *tx,
                               const struct custody_copy *copy, json_t **ret_document)
{
    json_t *document = api_custody_document(request, copy);
    json_t *events = json_array();
    json_t *list = json_array();
    int error = document != NULL && events != NULL && list != NULL
                    ? custody_history(tx, copy->key, add_event, events)
                    : PR_ENOMEM;

    if (error == PR_OK) {
        error = custody_readers(tx, copy->key, add_reader, list);
    }
    if (error == PR_OK && (json_object_set(document, "events", events) != 0 ||
                           json_object_set(document, "reader_list", list) != 0)) {
        error = PR_ENOMEM;
    }
    json_decref(events);
    json_decref(list);
    if (error != PR_OK) {
        json_decref(document);
        return error;
    }
    *ret_document = document;
    return PR_OK;
}

int api_custody_find(const struct office *office, struct store_tx *tx, const char *text,
                     struct custody_copy *ret_copy, uint32_t *ret_page)
{
    struct trace_token token;
    int error = custody_find_code(tx, text, ret_copy);

    if (error != PR_EFORMAT) {
        *ret_page = 0;
        return error;
    }
    error = trace_token_parse(text, &token);
    if (error != PR_OK) {
        return error;
    }
    if (office->trace_key == NULL) {
        return PR_ENOKEY;
    }
    error = trace_token_check(office->trace_key, &token);
    if (error != PR_OK) {
        return error;
    }
    *ret_page = token.code.page;
    return custody_find(tx, token.code.job, token.code.copy, ret_copy);
}

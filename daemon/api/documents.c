/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of documents received 收文登记表 and dispatched 发文登记. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/custody-document.h"
#include "daemon/api/handlers.h"
#include "daemon/api/peer.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/store/documents.h"

static const char *const directions[] = {"received", "dispatched", NULL};
static const char *const urgencies[] = {"ordinary", "urgent", "extra-urgent", NULL};
static const char *const conditions[] = {"complete", "damaged", "missing-pages", NULL};
static const char *const events[] = {"sign", "review", "print", "seal", "distribute", NULL};
static const char *const formats[] = {"json", "csv", NULL};

enum {
    ADD_DIRECTION,
    ADD_DAY,
    ADD_NUMBER,
    ADD_LEVEL,
    ADD_URGENCY,
    ADD_FROM,
    ADD_TO,
    ADD_SIGNER,
    ADD_COPIES,
    ADD_CONDITION,
    ADD_NOTE
};
static const struct api_field add_fields[] = {
    [ADD_DIRECTION] = {"direction", API_CHOICE, .required = true, .choices = directions},
    [ADD_DAY] = {"day", API_TEXT, .min = DAY_BYTES - 1, .max = DAY_BYTES - 1},
    [ADD_NUMBER] = {"document_number", API_TEXT, .required = true, .min = 1,
                    .max = JOB_NUMBER_BYTES - 1},
    [ADD_LEVEL] = {"level", API_TEXT, .min = 1, .max = POLICY_LEVEL_NAME_BYTES - 1},
    [ADD_URGENCY] = {"urgency", API_CHOICE, .choices = urgencies},
    [ADD_FROM] = {"from", API_TEXT, .min = 1, .max = DOCUMENT_PARTY_BYTES - 1},
    [ADD_TO] = {"to", API_TEXTS, .required = true, .min = 1, .max = DOCUMENT_PARTY_BYTES - 1},
    [ADD_SIGNER] = {"signer", API_TEXT, .min = 1, .max = DOCUMENT_PARTY_BYTES - 1},
    [ADD_COPIES] = {"copies", API_INTEGER, .min = 1, .max = UINT16_MAX},
    [ADD_CONDITION] = {"condition", API_CHOICE, .choices = conditions},
    [ADD_NOTE] = {"note", API_TEXT, .min = 1, .max = DOCUMENT_NOTE_BYTES - 1},
};
const struct api_fields api_document_add_fields = API_FIELDS(add_fields);

enum { LIST_DIRECTION, LIST_YEAR, LIST_FORMAT };
static const struct api_field list_fields[] = {
    [LIST_DIRECTION] = {"direction", API_CHOICE, .required = true, .choices = directions},
    [LIST_YEAR] = {"year", API_INTEGER, .min = 1970, .max = 9999},
    [LIST_FORMAT] = {"format", API_CHOICE, .choices = formats},
};
const struct api_fields api_document_list_fields = API_FIELDS(list_fields);

enum { MOVE_EVENT, MOVE_TO, MOVE_NOTE };
static const struct api_field move_fields[] = {
    [MOVE_EVENT] = {"event", API_CHOICE, .required = true, .choices = events},
    [MOVE_TO] = {"to", API_TEXTS, .min = 1, .max = DOCUMENT_PARTY_BYTES - 1},
    [MOVE_NOTE] = {"note", API_TEXT, .min = 1, .max = DOCUMENT_NOTE_BYTES - 1},
};
const struct api_fields api_document_move_fields = API_FIELDS(move_fields);

/* Words ------------------------------------------------------------------------------------ */

/** What a keyword of the registers is called in a register people read. */
static const char *words_of(const char *keyword, enum policy_language language)
{
    static const struct {
        const char *keyword;
        const char *words[POLICY_LANGUAGES];
    } rows[] = {
        {"ordinary", {"ordinary", "平件"}},
        {"urgent", {"urgent", "加急"}},
        {"extra-urgent", {"extra urgent", "特急"}},
        {"complete", {"complete", "完好"}},
        {"damaged", {"damaged", "破损"}},
        {"missing-pages", {"pages missing", "缺页"}},
        {"registered", {"registered", "已登记"}},
        {"signed", {"signed off", "已签批"}},
        {"draft", {"draft", "拟稿"}},
        {"reviewed", {"reviewed", "已审核"}},
        {"printed", {"printed", "已印制"}},
        {"sealed", {"sealed", "已用印"}},
        {"distributed", {"distributed", "已分发"}},
        {"receive", {"received", "收文登记"}},
        {"sign", {"signed off", "领导签批"}},
        {"review", {"reviewed", "审核"}},
        {"print", {"printed", "印制"}},
        {"seal", {"sealed", "用印"}},
        {"distribute", {"distributed", "分发"}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].keyword, keyword) == 0) {
            return rows[i].words[language];
        }
    }
    return keyword;
}

/** The name of a level; its id when it is not on the ladder any more. */
static const char *level_words(const struct api_request *request, const char *id)
{
    const struct policy_ladder *ladder = &request->office->settings->policy.ladder;
    int rank = policy_ladder_find(ladder, id);
    const char *name = rank < 0                              ? ""
                       : request->language == POLICY_CHINESE ? ladder->level[rank].name_zh
                                                             : ladder->level[rank].name_en;

    return name[0] != '\0' ? name : id;
}

/* Documents -------------------------------------------------------------------------------- */

static json_t *recipients_of(const struct document_record *record)
{
    char list[sizeof record->recipients];
    char *next = list;
    json_t *array = json_array();

    memcpy(list, record->recipients, sizeof list);
    for (char *name = strsep(&next, "\n"); name != NULL; name = strsep(&next, "\n")) {
        json_array_append_new(array, json_string(name));
    }
    return array;
}

static json_t *document_of(const struct api_request *request, const struct document_record *record)
{
    json_t *words = json_pack("{s:s, s:s, s:s, s:s}", "level", level_words(request, record->level),
                              "urgency", words_of(record->urgency, request->language), "condition",
                              words_of(record->condition, request->language), "state",
                              words_of(record->state, request->language));

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:s, s:o}", "id",
                     record->id, "direction", document_direction_name(record->direction), "day",
                     record->day, "document_number", record->document_number, "level",
                     record->level, "urgency", record->urgency, "from",
                     api_text_or_null(record->sender), "to", recipients_of(record), "signer",
                     api_text_or_null(record->signer), "copies", (json_int_t)record->copies,
                     "condition", record->condition, "state", record->state, "words", words);
}

static int append(json_t *list, json_t *item)
{
    return item != NULL && json_array_append_new(list, item) == 0 ? PR_OK : PR_ENOMEM;
}

/** A list in the making. */
struct items {
    const struct api_request *request;
    json_t *list;
};

static int add_step(void *context, const struct document_step *step)
{
    const struct items *steps = context;

    return append(steps->list,
                  json_pack("{s:o, s:s, s:s, s:s, s:s, s:o}", "at", api_moment_or_null(step->at),
                            "event", step->name, "words",
                            words_of(step->name, steps->request->language), "to", step->to, "actor",
                            step->actor, "note", api_text_or_null(step->note)));
}

static int add_copy(void *context, const struct custody_copy *copy)
{
    const struct items *copies = context;

    return append(copies->list, api_custody_document(copies->request, copy));
}

/** With its history and the numbered copies of its number. */
static int whole(const struct api_request *request, struct store_tx *tx,
                 const struct document_record *record, json_t **ret_document)
{
    const struct custody_filter filter = {.document = record->document_number};
    json_t *document = document_of(request, record);
    struct items history = {request, json_array()}, copies = {request, json_array()};
    int error = document != NULL && history.list != NULL && copies.list != NULL
                    ? document_history(tx, record->key, add_step, &history)
                    : PR_ENOMEM;

    if (error == PR_OK) {
        error = custody_each(tx, &filter, add_copy, &copies);
    }
    if (error == PR_OK && (json_object_set(document, "events", history.list) != 0 ||
                           json_object_set(document, "numbered_copies", copies.list) != 0)) {
        error = PR_ENOMEM;
    }
    json_decref(history.list);
    json_decref(copies.list);
    if (error != PR_OK) {
        json_decref(document);
        return error;
    }
    *ret_document = document;
    return PR_OK;
}

/* Lists ------------------------------------------------------------------------------------ */

static int add_to_list(void *context, const struct document_record *record)
{
    const struct items *documents = context;

    return append(documents->list, document_of(documents->request, record));
}

/** Quoted always; a leading '=' and the like must stay text. */
static void write_cell(FILE *stream, const char *text, const char *after)
{
    fputs(strspn(text, "=+-@\t\r") > 0 ? "\"'" : "\"", stream);
    for (; *text != '\0'; text++) {
        fputs(*text == '"' ? "\"\"" : (const char[]){*text, '\0'}, stream);
    }
    fprintf(stream, "\"%s", after);
}

static void write_row(FILE *stream, const json_t *document)
{
    static const char *const members[] = {"id",    "day",     "document_number",
                                          "level", "urgency", "from"};
    const json_t *words = json_object_get(document, "words");
    const json_t *recipients = json_object_get(document, "to");
    const char *signer = json_string_value(json_object_get(document, "signer"));

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *word = json_object_get(words, members[i]);
        const char *text =
            json_string_value(word != NULL ? word : json_object_get(document, members[i]));

        write_cell(stream, text != NULL ? text : "", ",");
    }
    char names[DOCUMENT_RECIPIENTS_MAX * (DOCUMENT_PARTY_BYTES + 2)] = "";
    size_t length = 0;

    for (size_t i = 0; i < json_array_size(recipients); i++) {
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? "; " : "",
                                   json_string_value(json_array_get(recipients, i)));
    }
    write_cell(stream, names, ",");
    write_cell(stream, signer != NULL ? signer : "", ",");
    fprintf(stream, "%" JSON_INTEGER_FORMAT ",",
            json_integer_value(json_object_get(document, "copies")));
    write_cell(stream, json_string_value(json_object_get(words, "condition")), ",");
    write_cell(stream, json_string_value(json_object_get(words, "state")), "\r\n");
}

/** RFC 4180 with a byte order mark, or NULL. */
static char *csv_of(const json_t *list, enum policy_language language)
{
    static const char *const headings[POLICY_LANGUAGES] = {
        "Id,Day,Document number,Level,Urgency,From,To,Signer,Copies,Condition,State",
        "编号,日期,发文字号,密级,紧急程度,来文单位,收文人,签发人,份数,完好情况,状态"};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    if (stream == NULL) {
        return NULL;
    }
    fprintf(stream, "\xef\xbb\xbf%s\r\n", headings[language]);
    for (size_t i = 0; i < json_array_size(list); i++) {
        write_row(stream, json_array_get(list, i));
    }
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

void api_document_list(struct api_request *request)
{
    const struct api_value *value = request->value;
    struct store_tx *tx = NULL;
    json_t *list = json_array();
    struct items documents = {request, list};
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = document_each(tx, (enum document_direction)value[LIST_DIRECTION].integer,
                              value[LIST_YEAR].integer, add_to_list, &documents);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        json_decref(list);
        api_refuse_error(request, error, NULL);
    } else if (value[LIST_FORMAT].integer == 1) {
        char *text = csv_of(list, request->language);

        json_decref(list);
        if (text == NULL) {
            api_refuse_error(request, PR_ENOMEM, NULL);
        } else {
            api_reply_text(request, 200, "text/csv; charset=utf-8; header=present", text);
        }
    } else {
        api_reply_json(request, 200, list);
    }
}

/* One document ----------------------------------------------------------------------------- */

static void answer(struct api_request *request, unsigned status, struct store_tx *tx, int error,
                   const struct document_record *record, const char *what)
{
    json_t *document = NULL;

    if (error == PR_OK) {
        error = whole(request, tx, record, &document);
    }
    error = api_tx_end(tx, error);
    if (error != PR_OK) {
        json_decref(document);
        api_refuse_error(request, error, what);
        return;
    }
    api_reply_json(request, status, document);
}

void api_document_show(struct api_request *request)
{
    struct document_record record;
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    error = document_find(tx, request->parameter[0], &record);
    answer(request, 200, tx, error, &record, request->parameter[0]);
}

static const char *choice_or(const struct api_value *value, const char *otherwise)
{
    return value->given ? value->text : otherwise;
}

void api_document_add(struct api_request *request)
{
    const struct api_value *value = request->value;
    const struct policy_ladder *ladder = &request->office->settings->policy.ladder;
    char today[DAY_BYTES];
    struct document_record record;
    struct store_tx *tx = NULL;
    int rank = value[ADD_LEVEL].given ? policy_ladder_find(ladder, value[ADD_LEVEL].text) : 0;

    if (rank < 0) {
        api_refuse(request, API_LEVEL_UNKNOWN, value[ADD_LEVEL].text, "");
        return;
    }
    clock_day(store_now_ms(), today);
    const struct document_entry entry = {
        .direction = (enum document_direction)value[ADD_DIRECTION].integer,
        .day = choice_or(&value[ADD_DAY], today),
        .document_number = value[ADD_NUMBER].text,
        .level = ladder->level[rank].id,
        .urgency = choice_or(&value[ADD_URGENCY], "ordinary"),
        .sender = value[ADD_FROM].text,
        .signer = value[ADD_SIGNER].text,
        .copies = value[ADD_COPIES].given ? (uint32_t)value[ADD_COPIES].integer : 1,
        .condition = choice_or(&value[ADD_CONDITION], "complete"),
        .recipients = value[ADD_TO].texts,
        .recipients_length = value[ADD_TO].texts_length,
        .note = value[ADD_NOTE].text,
        .actor = request->peer->actor,
        .login = request->peer->login,
    };
    int error = store_begin(request->office->store, &tx);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    error = document_register(tx, &entry, &record);
    if (error == PR_EINVAL) {
        store_rollback(tx);
        api_refuse(request, API_FIELD_INVALID, "day, from, condition, to, note",
                   api_words(request,
                             "of a received document: whom it is from; a day YYYY-MM-DD; lines of "
                             "visible characters",
                             "来文须注明来文单位，日期为 YYYY-MM-DD，各项为一行可见字符"));
    } else if (error == PR_ENOENT) {
        store_rollback(tx);
        api_refuse(request, API_PERSON_NOT_FOUND, api_words(request, "A recipient", "收文人"),
                   NULL);
    } else {
        answer(request, 201, tx, error, &record, NULL);
    }
}

static void refuse_move(struct api_request *request, int error,
                        const struct document_record *record)
{
    char words[512];
    const bool zh = request->language == POLICY_CHINESE;

    if (error == PR_ESTATE) {
        snprintf(words, sizeof words,
                 zh ? "%s 当前状态为“%s”，不能执行此操作；印制须先有该发文字号的作业完成。"
                    : "%s is %s; this cannot be done now. Printing needs a completed job with its "
                      "document number.",
                 record->id, words_of(record->state, request->language));
        api_refuse_words(request, API_NOT_IN_THIS_STATE, NULL, words);
    } else if (error == PR_EACCESS) {
        api_refuse_words(request, API_OWN_JOB, NULL,
                         api_words(request,
                                   "Who drafted a document does not review it. Ask another "
                                   "director.",
                                   "拟稿人不能审核本人所拟文件，请由其他主任审核。"));
    } else if (error == PR_ENOENT) {
        api_refuse(request, API_FIELD_INVALID, "to",
                   api_words(request, "exactly the recipients the document is registered for",
                             "与登记的收文单位或人员完全一致"));
    } else if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "note",
                   api_words(request, "one line of 1 to 200 visible characters",
                             "一行 1 至 200 个可见字符"));
    } else {
        api_refuse_error(request, error, record->id);
    }
}

void api_document_move(struct api_request *request)
{
    const struct api_value *value = request->value;
    struct document_change change = {.recipients = value[MOVE_TO].texts,
                                     .recipients_length = value[MOVE_TO].texts_length,
                                     .note = value[MOVE_NOTE].text,
                                     .actor = request->peer->actor,
                                     .login = request->peer->login};
    struct document_record record;
    struct store_tx *tx = NULL;
    char who[256];

    if (!document_event_parse(value[MOVE_EVENT].text, &change.event) ||
        !api_may(request, document_event_roles(change.event))) {
        api_access_format(document_event_roles(change.event), request->language, ", ", who,
                          sizeof who);
        api_refuse(request, API_ROLE_NEEDED, who, NULL);
        return;
    }
    int error = store_begin(request->office->store, &tx);

    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    error = document_find(tx, request->parameter[0], &record);
    if (error != PR_OK) {
        answer(request, 200, tx, error, &record, request->parameter[0]);
        return;
    }
    error = document_move(tx, &record, &change);
    if (error != PR_OK) {
        store_rollback(tx);
        refuse_move(request, error, &record);
        return;
    }
    answer(request, 200, tx, error, &record, record.id);
}

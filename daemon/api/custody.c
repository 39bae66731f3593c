/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbered copies: who has them, and handing them on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/api/custody-document.h"
#include "daemon/api/handlers.h"
#include "daemon/api/peer.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/store/secrets.h"

/* Who sees all copies; anybody sees those they hold. */
static const uint32_t overseers = API_ROLE(ROLE_OPERATOR) | API_ROLE(ROLE_ARCHIVIST) |
                                  API_ROLE(ROLE_SUPERVISOR) | API_ROLE(ROLE_DIRECTOR) |
                                  API_ROLE(ROLE_AUDITOR);

enum { LIST_JOB, LIST_DOCUMENT, LIST_HOLDER, LIST_OVERDUE, LIST_DUE, LIST_LOST };
static const struct api_field list_fields[] = {
    [LIST_JOB] = {"job", API_TEXT, .min = 1, .max = JOB_ID_BYTES - 1},
    [LIST_DOCUMENT] = {"document", API_TEXT, .min = 1, .max = JOB_NUMBER_BYTES - 1},
    [LIST_HOLDER] = {"holder", API_TEXT, .min = 1, .max = CUSTODY_HOLDER_BYTES - 1},
    [LIST_OVERDUE] = {.name = "overdue", .type = API_BOOLEAN},
    [LIST_DUE] = {.name = "due", .type = API_BOOLEAN},
    [LIST_LOST] = {.name = "lost", .type = API_BOOLEAN},
};
const struct api_fields api_custody_list_fields = API_FIELDS(list_fields);

static int add_copy(void *context, const struct custody_copy *copy)
{
    struct api_listing *listing = context;

    return api_listing_add(listing, api_custody_document(listing->request, copy));
}

static int walk(struct api_listing *listing)
{
    const struct api_value *value = listing->request->value;
    char today[DAY_BYTES];
    struct job_record job = {.key = 0};
    struct custody_filter filter = {
        .document = value[LIST_DOCUMENT].text,
        .holder = value[LIST_HOLDER].text,
        .due = value[LIST_DUE].boolean || value[LIST_OVERDUE].boolean,
        .lost = value[LIST_LOST].boolean,
    };

    clock_day(store_now_ms(), today);
    if (value[LIST_OVERDUE].boolean) {
        filter.overdue_on = today;
    }
    if (value[LIST_JOB].given) {
        int error = job_find(listing->tx, value[LIST_JOB].text, &job);

        if (error != PR_OK) {
            return error;
        }
        filter.job = job.key;
    }
    return custody_each(listing->tx, &filter, add_copy, listing);
}

void api_custody_list(struct api_request *request)
{
    const struct api_value *holder = &request->value[LIST_HOLDER];

    if (!api_may(request, overseers) && (!holder->given || !api_is_self(request, holder->text))) {
        api_refuse(request, API_NOT_YOURS, api_words(request, "This list", "该清单"), NULL);
        return;
    }
    api_reply_listing(request, walk);
}

/* Reckoning -------------------------------------------------------------------------------- */

enum { RECKON_DOCUMENT };
static const struct api_field reckon_fields[] = {
    [RECKON_DOCUMENT] = {"document", API_TEXT, .required = true, .min = 1,
                         .max = JOB_NUMBER_BYTES - 1},
};
const struct api_fields api_custody_reckon_fields = API_FIELDS(reckon_fields);

void api_custody_reckon(struct api_request *request)
{
    const char *document = request->value[RECKON_DOCUMENT].text;
    int64_t counts[CUSTODY_STATES];
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = custody_reckon(tx, document, counts);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, document);
        return;
    }
    const int64_t held = counts[CUSTODY_PRINTED] + counts[CUSTODY_COLLECTED];
    const int64_t issued = counts[CUSTODY_ISSUED] + counts[CUSTODY_CIRCULATING];
    const int64_t lost = counts[CUSTODY_LOST] + counts[CUSTODY_WRITTEN_OFF];
    const int64_t printed = held + issued + counts[CUSTODY_RETURNED] + counts[CUSTODY_ARCHIVED] +
                            counts[CUSTODY_DESTROYED] + lost;

    api_reply_json(request, 200,
                   json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                             "document", document, "lost", (json_int_t)lost, "written_off",
                             (json_int_t)counts[CUSTODY_WRITTEN_OFF], "printed",
                             (json_int_t)printed, "held", (json_int_t)held, "issued",
                             (json_int_t)issued, "returned", (json_int_t)counts[CUSTODY_RETURNED],
                             "archived", (json_int_t)counts[CUSTODY_ARCHIVED], "destroyed",
                             (json_int_t)counts[CUSTODY_DESTROYED], "printing",
                             (json_int_t)counts[CUSTODY_PRINTING], "in_doubt",
                             (json_int_t)counts[CUSTODY_IN_DOUBT], "void",
                             (json_int_t)counts[CUSTODY_VOID]));
}

/* Handing on --------------------------------------------------------------------------------- */

static const char *const event_keywords[] = {"found",     "absent",  "collect",   "issue",
                                             "circulate", "return",  "archive",   "destroy",
                                             "lost",      "recover", "write-off", NULL};
enum {
    MOVE_EVENT,
    MOVE_CODES,
    MOVE_TO,
    MOVE_OUTSIDE,
    MOVE_DUE,
    MOVE_WITNESS,
    MOVE_SECRET,
    MOVE_NOTE
};
static const struct api_field move_fields[] = {
    [MOVE_EVENT] = {"event", API_CHOICE, .required = true, .choices = event_keywords},
    [MOVE_CODES] = {"codes", API_TEXTS, .required = true, .min = 1, .max = 200},
    [MOVE_TO] = {"to", API_TEXTS, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
    [MOVE_OUTSIDE] = {"outside", API_TEXT, .min = 1, .max = CUSTODY_HOLDER_BYTES - 1},
    [MOVE_DUE] = {"due", API_TEXT, .min = DAY_BYTES - 1, .max = DAY_BYTES - 1},
    [MOVE_WITNESS] = {"witness", API_TEXT, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
    [MOVE_SECRET] = {"witness_secret", API_TEXT, .min = 1, .max = SECRET_BYTES_MAX},
    [MOVE_NOTE] = {"note", API_TEXT, .min = 1, .max = CUSTODY_NOTE_BYTES - 1},
};
const struct api_fields api_custody_move_fields = API_FIELDS(move_fields);

/** A PIN when it looks like one and the witness has one, else the password. */
static enum secret_kind kind_of(struct store *store, const char *login, const char *secret)
{
    struct store_tx *tx = NULL;
    int has = PR_ENOENT;

    if (secret_valid(SECRET_PIN, secret) && store_begin_read(store, &tx) == PR_OK) {
        has = secret_exists(tx, login, SECRET_PIN);
        store_rollback(tx);
    }
    return has == PR_OK ? SECRET_PIN : SECRET_PASSWORD;
}

/** The witness shows who they are. False after a refusal. */
static bool witness_present(struct api_request *request)
{
    const struct api_value *witness = &request->value[MOVE_WITNESS];
    const struct api_value *secret = &request->value[MOVE_SECRET];
    struct store *store = request->office->store;
    struct person person;
    int64_t wait_ms = 0;
    char seconds[24];

    if (!witness->given) {
        return true;
    }
    if (!secret->given) {
        api_refuse(request, API_FIELD_MISSING, "witness_secret", NULL);
        return false;
    }
    int error = secret_check(store, witness->text, kind_of(store, witness->text, secret->text),
                             secret->text, &person, &wait_ms);
    if (error == PR_EACCESS) {
        api_refuse(request, API_SIGN_IN_FAILED, NULL, NULL);
    } else if (error == PR_EBUSY && wait_ms > 0) {
        snprintf(seconds, sizeof seconds, "%" PRId64, (wait_ms + 999) / 1000);
        api_refuse(request, API_SIGN_IN_LATER, seconds, NULL);
    } else if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    }
    return error == PR_OK;
}

/** What an event was refused for, in words. */
static void refuse_move(struct api_request *request, int error, const struct custody_copy *copy,
                        const char *code)
{
    char words[1024];
    const bool zh = request->language == POLICY_CHINESE;

    switch (error) {
    case PR_ESTATE:
        snprintf(words, sizeof words,
                 zh ? "%s 当前状态为“%s”，不能执行此操作。可用 printroom copy list %s 查看。"
                    : "Copy %s is %s; this cannot be done now. Look at it with: printroom copy "
                      "list %s.",
                 code, api_custody_state_words(copy->state, request->language), copy->job_id);
        api_refuse_words(request, API_NOT_IN_THIS_STATE, NULL, words);
        break;
    case PR_EACCESS:
        api_refuse(
            request, API_FIELD_INVALID, "witness",
            api_words(request, "somebody else than who destroys the copy", "销毁人以外的另一人"));
        break;
    case PR_EINVAL:
        api_refuse(request, API_FIELD_INVALID, "to, outside, due, note, witness",
                   api_words(request,
                             "as this event takes them: a person or an outside body for issue, a "
                             "day YYYY-MM-DD for issue and circulate, a witness for destroy; a "
                             "loss, its outcome and a return after it in words, on one line",
                             "该操作所需的内容：分发须注明人员或外单位，限期为 YYYY-MM-DD"
                             "（分发、传阅），销毁须有监销人；报遗失、找回和结案须用一行文字说明"));
        break;
    case PR_ENOENT:
        api_refuse_words(request, API_PERSON_NOT_FOUND, NULL,
                         api_words(request,
                                   "Nobody active has that login, or nobody is left on the list of "
                                   "readers: name the next with --to, or take the copy back.",
                                   "登录名不存在或已停用，或传阅名单已读完：请用 --to "
                                   "指定下一位，或收回该份。"));
        break;
    default:
        api_refuse_error(request, error, code);
    }
}

/** What a code was refused for. */
static void refuse_code(struct api_request *request, int error, const char *code)
{
    if (error == PR_ECRYPTO || error == PR_EFORMAT) {
        api_refuse(request, API_FIELD_INVALID, "codes",
                   api_words(request, "JOB/NUMBER or the genuine code of a sheet",
                             "“作业号/份号”或纸面上的真实编码"));
    } else {
        api_refuse_error(request, error, code);
    }
}

static bool move_one(struct api_request *request, struct store_tx *tx, const char *code,
                     const struct custody_change *change, json_t *list)
{
    struct custody_copy copy;
    uint32_t page;
    int error = api_custody_find(request->office, tx, code, &copy, &page);

    if (error != PR_OK) {
        refuse_code(request, error, code);
        return false;
    }
    error = custody_move(tx, &copy, change);
    if (error != PR_OK) {
        refuse_move(request, error, &copy, code);
        return false;
    }
    json_t *document = api_custody_document(request, &copy);

    if (document == NULL || json_array_append_new(list, document) != 0) {
        api_refuse_error(request, PR_ENOMEM, NULL);
        return false;
    }
    return true;
}

/** False after a refusal: form the table of fields cannot say. */
static bool read_change(struct api_request *request, struct custody_change *change)
{
    const struct api_value *value = request->value;
    char who[256];

    if (!custody_event_parse(value[MOVE_EVENT].text, &change->event)) {
        api_refuse_error(request, PR_EINVAL, value[MOVE_EVENT].text);
        return false;
    }
    const uint32_t roles = custody_event_roles(change->event);

    if (!api_may(request, roles)) {
        api_access_format(roles, request->language, ", ", who, sizeof who);
        api_refuse(request, API_ROLE_NEEDED, who, NULL);
        return false;
    }
    if (change->event == CUSTODY_EVENT_CIRCULATE) {
        change->readers = value[MOVE_TO].texts;
        change->readers_length = value[MOVE_TO].texts_length;
    } else if (value[MOVE_TO].texts_length > 1 ||
               (value[MOVE_TO].texts_length > 0 && value[MOVE_OUTSIDE].given)) {
        api_refuse(request, API_FIELD_INVALID, "to",
                   api_words(request, "one person, unless copies circulate", "一个人（传阅除外）"));
        return false;
    } else if (value[MOVE_TO].texts_length > 0) {
        change->to = value[MOVE_TO].texts[0];
    }
    if (value[MOVE_OUTSIDE].given) {
        change->to = value[MOVE_OUTSIDE].text;
        change->outside = true;
    }
    return true;
}

void api_custody_move(struct api_request *request)
{
    const struct api_value *value = request->value;
    char month[POLICY_MONTH_BYTES];
    struct custody_change change = {
        .actor = request->peer->actor,
        .login = request->peer->login,
        .due = value[MOVE_DUE].text,
        .witness = value[MOVE_WITNESS].text,
        .note = value[MOVE_NOTE].text,
        .month = month,
    };
    struct store_tx *tx = NULL;

    clock_month(store_now_ms(), month);
    if (!read_change(request, &change) || !witness_present(request)) {
        return;
    }
    json_t *list = json_array();
    int error = store_begin(request->office->store, &tx);

    if (error != PR_OK) {
        json_decref(list);
        api_refuse_error(request, error, NULL);
        return;
    }
    /* All of them or none: half a distribution is what nobody can reckon up. */
    for (size_t i = 0; i < value[MOVE_CODES].texts_length; i++) {
        if (!move_one(request, tx, value[MOVE_CODES].texts[i], &change, list)) {
            store_rollback(tx);
            json_decref(list);
            return;
        }
    }
    error = store_commit(tx);
    if (error != PR_OK) {
        json_decref(list);
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, 200, list);
}

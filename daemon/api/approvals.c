/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits for somebody's word: list, approve, deny. */
#include "daemon/jobs/approvals.h"

#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/job-document.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/words.h"
#include "daemon/store/ledger.h"

enum { LIST_ALL, LIST_LIMIT };
enum { LIST_LIMIT_DEFAULT = 200 };
static const struct api_field list_fields[] = {
    [LIST_ALL] = {.name = "all", .type = API_BOOLEAN},
    [LIST_LIMIT] = {"limit", API_INTEGER, .min = 1, .max = 10000},
};
const struct api_fields api_approval_list_fields = API_FIELDS(list_fields);

enum { WORD_COMMENT, WORD_REFERENCE };
static const struct api_field approve_fields[] = {
    [WORD_COMMENT] = {"comment", API_TEXT, .min = 0, .max = APPROVAL_COMMENT_BYTES - 1},
    [WORD_REFERENCE] = {"reference", API_TEXT, .min = 1, .max = APPROVAL_REFERENCE_BYTES - 1},
};
const struct api_fields api_approve_fields = API_FIELDS(approve_fields);

static const struct api_field deny_fields[] = {
    {"comment", API_TEXT, .required = true, .min = 1, .max = APPROVAL_COMMENT_BYTES - 1},
};
const struct api_fields api_deny_fields = API_FIELDS(deny_fields);

/* The department's month as it is now, and the sheets the job lacks in it. */
static int add_account(json_t *document, struct store_tx *tx, const struct job_record *job,
                       enum approval_kind kind)
{
    struct policy_balance balance = {0};
    char month[POLICY_MONTH_BYTES];

    clock_month(store_now_ms(), month);
    int error = job->department == 0 ? PR_OK : ledger_peek(tx, job->department, month, &balance);
    if (error != PR_OK) {
        return error;
    }
    int64_t available = policy_balance_available(&balance);
    bool lacking = kind == APPROVAL_OVER_QUOTA && job->sheets > available;
    int64_t missing = lacking ? job->sheets - available : 0;
    bool held = job->state == JOB_PENDING_HELD;

    json_object_set_new(document, "month", json_string(month));
    json_object_set_new(document, "missing_now", held ? json_integer(missing) : json_null());
    return json_object_set_new(
               document, "quota",
               json_pack("{s:I, s:I, s:I, s:I, s:I}", "allotted", (json_int_t)balance.allotted,
                         "granted", (json_int_t)balance.granted, "reserved",
                         (json_int_t)balance.reserved, "used", (json_int_t)balance.used,
                         "available", (json_int_t)available)) == 0
               ? PR_OK
               : PR_ENOMEM;
}

static int approval_document(const struct api_request *request, struct store_tx *tx,
                             const struct approval *approval, const struct job_record *job,
                             json_t **ret_document)
{
    json_t *document = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:s}", "approval",
        (json_int_t)approval->key, "kind", approval_kind_name(approval->kind), "state",
        approval_state_name(approval->state), "job", job->id, "person", job->request.person,
        "department", api_text_or_null(job->department_code), "title", job->request.title, "level",
        api_text_or_null(approval->level[0] != '\0' ? approval->level : job->level), "pages",
        (json_int_t)job->pages, "copies", (json_int_t)job->request.copies, "sheets",
        (json_int_t)job->sheets, "sheets_missing", (json_int_t)approval->sheets_missing, "sha256",
        approval->sha256);

    if (document == NULL) {
        return PR_ENOMEM;
    }
    json_object_set_new(document, "asked_at", api_moment_or_null(approval->asked_at));
    json_object_set_new(document, "decided_at", api_moment_or_null(approval->decided_at));
    json_object_set_new(document, "decided_by", api_text_or_null(approval->decided_by));
    json_object_set_new(document, "comment", json_string(approval->comment));
    json_object_set_new(document, "messages",
                        job_messages(request->office, tx, job, request->language));
    json_object_set_new(document, "reference", api_text_or_null(approval->reference));
    json_object_set_new(
        document, "approver",
        json_string(policy_approval_word(approval->kind == APPROVAL_CLASSIFIED
                                             ? approvals_of_level(request->office, approval->level)
                                             : POLICY_APPROVAL_DIRECTOR)));
    int error = add_account(document, tx, job, approval->kind);

    if (error != PR_OK) {
        json_decref(document);
        return error;
    }
    *ret_document = document;
    return PR_OK;
}

struct approval_listing {
    struct api_listing *listing;
    struct person reader; /**< key 0: not registered */
    bool sees_all;
};

/* Everybody sees what is asked about their own jobs, and what they may answer. */
static int check_reader(const struct approval_listing *approvals, const struct approval *approval,
                        const struct job_record *job)
{
    const struct api_request *request = approvals->listing->request;

    if (approvals->sees_all || strcmp(job->request.person, request->peer->login) == 0) {
        return PR_OK;
    }
    return approvals->reader.key == 0
               ? PR_EACCESS
               : approvals_may_answer(request->office, approvals->listing->tx, &approvals->reader,
                                      job, approval->kind);
}

static int add_to_list(void *context, const struct approval *approval)
{
    const struct approval_listing *approvals = context;
    struct api_listing *listing = approvals->listing;
    struct job_record job;
    json_t *document = NULL;
    int error = job_get(listing->tx, approval->job, &job);

    if (error == PR_OK) {
        error = check_reader(approvals, approval, &job);
    }
    if (error != PR_OK) {
        return error == PR_EACCESS ? PR_OK : error;
    }
    error = approval_document(listing->request, listing->tx, approval, &job, &document);
    return error != PR_OK ? error : api_listing_add(listing, document);
}

static int walk(struct api_listing *listing)
{
    const struct api_request *request = listing->request;
    const struct api_value *value = request->value;
    struct approval_listing approvals = {
        .listing = listing,
        .sees_all = api_may(request, API_SEES_ALL_JOBS) ||
                    approvals_may_decide(listing->tx, request->peer->login) == PR_OK,
    };
    if (person_find(listing->tx, request->peer->login, &approvals.reader) != PR_OK) {
        approvals.reader.key = 0;
    }
    uint32_t limit =
        value[LIST_LIMIT].given ? (uint32_t)value[LIST_LIMIT].integer : LIST_LIMIT_DEFAULT;

    return approval_each(listing->tx, !value[LIST_ALL].boolean, limit, add_to_list, &approvals);
}

void api_approval_list(struct api_request *request)
{
    api_reply_listing(request, walk);
}

/* Who was faster, and how: what stands before the name, between it and the job, and after. */
static void refuse_decided(struct api_request *request, const struct approval *approval)
{
    static const char *const how[APPROVAL_STATES][POLICY_LANGUAGES][3] = {
        [APPROVAL_APPROVED] = {{"", " has approved ", " already"}, {"", " 已批准 ", ""}},
        [APPROVAL_DENIED] = {{"", " has denied ", " already"}, {"", " 已否决 ", ""}},
        [APPROVAL_EXPIRED] = {{"Nobody decided in time, so ", " ended ", ""},
                              {"逾期未审批，", " 已结束 ", ""}},
        [APPROVAL_WITHDRAWN] = {{"After what ", " did, ", " needs no approval any more"},
                                {"因 ", " 的操作，", " 已无须审批"}},
    };
    const char *const *words = how[approval->state][request->language];
    bool comment = approval->comment[0] != '\0';
    char detail[2 * APPROVAL_COMMENT_BYTES];

    snprintf(detail, sizeof detail, "%s%s%s%s%s%s%s%s", words[0], approval->decided_by, words[1],
             request->parameter[0], words[2], comment ? api_words(request, ": ", "：") : "",
             approval->comment, api_words(request, ".", "。"));
    api_refuse_words(request, API_APPROVAL_DECIDED, NULL, detail);
}

static void refuse(struct api_request *request, int error, const struct approval *approval)
{
    const char *id = request->parameter[0];

    switch (error) {
    case PR_ENOENT:
        api_refuse(request, API_JOB_NOT_FOUND, id, NULL);
        break;
    case PR_EACCESS:
        api_refuse(request, API_NOT_APPROVER, NULL, NULL);
        break;
    case PR_EREFUSED:
        api_refuse(request, API_OWN_JOB, id, NULL);
        break;
    case PR_EEXIST:
        refuse_decided(request, approval);
        break;
    case PR_ESTATE:
        api_refuse(request, API_NOTHING_TO_APPROVE, id, NULL);
        break;
    case PR_EINVAL:
        api_refuse(request, API_FIELD_INVALID, "comment",
                   api_words(request, "one line of at most 200 visible characters",
                             "不超过 200 个可见字符的一行文字"));
        break;
    case PR_EFORMAT:
        api_refuse(request, API_FIELD_INVALID, "reference",
                   api_words(request,
                             "given for a job whose level needs the reference of the authority "
                             "that classified the document (--reference), and only for jobs that "
                             "wait for approval of their level: one line of at most 100 characters",
                             "须经原定密机关同意的密级，应用 --reference 注明其批准文号，为不超过 "
                             "100 个字符的一行文字；不涉及密级审批的作业不填"));
        break;
    default:
        api_refuse_error(request, error, id);
    }
}

static void decide(struct api_request *request, bool deny)
{
    const struct approval_word word = {
        .job_id = request->parameter[0],
        .login = request->peer->login,
        .actor = request->peer->actor,
        .comment = request->value[WORD_COMMENT].text,
        .reference = deny ? "" : request->value[WORD_REFERENCE].text,
        .deny = deny,
    };
    struct approval approval = {0};
    struct job_record job;
    int error = job_decide_approval(request->office, &word, &job, &approval);

    if (error != PR_OK) {
        refuse(request, error, &approval);
        return;
    }
    api_reply_job(request, 200, &job);
}

void api_approve(struct api_request *request)
{
    decide(request, false);
}

void api_deny(struct api_request *request)
{
    decide(request, true);
}

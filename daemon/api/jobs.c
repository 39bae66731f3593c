/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs: list, show, and what people may do to them. Handing documents in is daemon/api/intake.c. */
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/job-document.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/jobs/control.h"

enum { LIST_STATE, LIST_PERSON, LIST_DEPARTMENT, LIST_MONTH, LIST_ORIGIN, LIST_LIMIT };
enum { LIST_LIMIT_DEFAULT = 500 };
static const char *const state_names[] = {
    "incoming",  "pending-held", "pending", "processing", "processing-stopped",
    "completed", "canceled",     "aborted", NULL};
static const struct api_field list_fields[] = {
    [LIST_STATE] = {"state", API_CHOICE, .choices = state_names},
    [LIST_PERSON] = {"person", API_TEXT, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
    [LIST_DEPARTMENT] = {"department", API_TEXT, .min = 1, .max = DEPARTMENT_CODE_BYTES - 1},
    [LIST_MONTH] = {.name = "month", .type = API_MONTH},
    [LIST_ORIGIN] = {"origin", API_TEXT, .min = 1, .max = JOB_ORIGIN_BYTES - 1},
    [LIST_LIMIT] = {"limit", API_INTEGER, .min = 1, .max = 100000},
};
const struct api_fields api_job_list_fields = API_FIELDS(list_fields);

static const struct api_field settle_fields[] = {
    {"sheets", API_INTEGER, .required = true, .min = 0, .max = 1000000000},
};
const struct api_fields api_job_settle_fields = API_FIELDS(settle_fields);

static int add_to_list(void *context, const struct job_record *job)
{
    struct api_listing *listing = context;

    if (!api_may_see_job(listing->request, job)) {
        return PR_OK;
    }
    return api_listing_add(listing, api_job_document(listing->request, listing->tx, job, false));
}

static const char *given(const struct api_value *value)
{
    return value->given ? value->text : NULL;
}

static int walk(struct api_listing *listing)
{
    const struct api_request *request = listing->request;
    const struct api_value *value = request->value;
    struct job_filter filter = {
        .state = given(&value[LIST_STATE]),
        .person = given(&value[LIST_PERSON]),
        .department = given(&value[LIST_DEPARTMENT]),
        .month = given(&value[LIST_MONTH]),
        .origin = given(&value[LIST_ORIGIN]),
        .limit = value[LIST_LIMIT].given ? (uint32_t)value[LIST_LIMIT].integer : LIST_LIMIT_DEFAULT,
    };

    /* Who may see only their own asks for their own, so that the limit counts what they get. */
    if (!api_may(request, API_SEES_ALL_JOBS | API_BACKEND) && filter.person == NULL) {
        filter.person = request->peer->login;
    }
    return job_each(listing->tx, &filter, add_to_list, listing);
}

void api_job_list(struct api_request *request)
{
    api_reply_listing(request, walk);
}

/* Reads the job the path names. False when the request was answered: there is none, or it is not
 * for this peer. */
static bool find(struct api_request *request, struct job_record *ret_job)
{
    const char *id = request->parameter[0];
    struct store_tx *tx;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = job_find(tx, id, ret_job);
        store_rollback(tx);
    }
    if (error == PR_ENOENT) {
        api_refuse(request, API_JOB_NOT_FOUND, id, NULL);
        return false;
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, id);
        return false;
    }
    if (!api_may_see_job(request, ret_job)) {
        api_refuse(request, API_NOT_YOURS, id, NULL);
        return false;
    }
    return true;
}

void api_job_show(struct api_request *request)
{
    struct job_record job;

    if (find(request, &job)) {
        api_reply_job(request, 200, &job);
    }
}

static void answer(struct api_request *request, int error, const struct job_record *before,
                   const struct job_record *job)
{
    if (error == PR_ESTATE) {
        api_refuse(request, API_NOT_IN_THIS_STATE, before->id, job_state_name(before->state));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, before->id);
    } else {
        api_reply_job(request, 200, job);
    }
}

/* The same for what only the sender and the operator may do: seeing a job is not yet a right to
 * change it. */
static bool find_to_change(struct api_request *request, struct job_record *ret_job, bool *ret_own)
{
    if (!find(request, ret_job)) {
        return false;
    }
    *ret_own = strcmp(request->peer->login, ret_job->request.person) == 0;
    if (!*ret_own && !api_may(request, API_ROLE(ROLE_OPERATOR))) {
        api_refuse(request, API_NOT_YOURS, ret_job->id, NULL);
        return false;
    }
    return true;
}

void api_job_cancel(struct api_request *request)
{
    struct job_record before;
    struct job_record job;
    bool own;

    if (!find_to_change(request, &before, &own)) {
        return;
    }
    int error = job_cancel(request->office, before.id,
                           own ? "job-canceled-by-user" : "job-canceled-by-operator",
                           request->peer->actor, &job);
    answer(request, error, &before, &job);
}

/* What the peer may confirm of a job: duplicates as its sender or operator, marks as the director
 * of somebody else's. */
static uint32_t confirmable(const struct api_request *request, const struct job_record *job)
{
    bool own = strcmp(request->peer->login, job->request.person) == 0;
    uint32_t rules = 0;

    if (own || api_may(request, API_ROLE(ROLE_OPERATOR))) {
        rules |= 1U << POLICY_RULE_DUPLICATE;
    }
    if (!own && api_may(request, API_ROLE(ROLE_DIRECTOR))) {
        rules |= 1U << POLICY_RULE_LEVEL_MARKS;
    }
    return rules;
}

void api_job_confirm(struct api_request *request)
{
    struct job_record before;
    struct job_record job;

    if (!find(request, &before)) {
        return;
    }
    uint32_t rules = confirmable(request, &before);

    if (rules == 0) {
        api_refuse(request, API_NOT_YOURS, before.id, NULL);
        return;
    }
    int error = job_confirm(request->office, before.id, rules, request->peer->actor, &job);

    if (error == PR_ESTATE && before.state == JOB_PENDING_HELD) {
        api_refuse(request, API_NOTHING_TO_CONFIRM, before.id, NULL);
        return;
    }
    answer(request, error, &before, &job);
}

void api_job_settle(struct api_request *request)
{
    struct job_record before;
    struct job_record job;

    if (!find(request, &before)) {
        return;
    }
    int error = job_settle_by_operator(request->office, before.id, request->value[0].integer,
                                       request->peer->actor, &job);
    if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "sheets",
                   request->language == POLICY_CHINESE ? "不得超过为此作业预留的张数"
                                                       : "at most the sheets reserved for the job");
        return;
    }
    answer(request, error, &before, &job);
}

void api_job_reprint(struct api_request *request)
{
    struct job_record before;
    struct job_record job;

    if (!find(request, &before)) {
        return;
    }
    int error = job_reprint(request->office, before.id, request->peer->actor, &job);
    answer(request, error, &before, &job);
}

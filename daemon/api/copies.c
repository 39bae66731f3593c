/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walk-up copies. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/job-document.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/jobs/copies.h"
#include "daemon/store/devices.h"

enum { REGISTER_DEVICE, REGISTER_SHEETS, REGISTER_PERSON, REGISTER_LEVEL, REGISTER_OVER };
static const struct api_field register_fields[] = {
    [REGISTER_DEVICE] = {"device", API_TEXT, .required = true, .min = 1,
                         .max = DEVICE_NAME_BYTES - 1},
    [REGISTER_SHEETS] = {"sheets", API_INTEGER, .required = true, .min = 1,
                         .max = COPIES_SHEETS_MAX},
    [REGISTER_PERSON] = {"person", API_TEXT, .required = true, .min = 1,
                         .max = PERSON_LOGIN_BYTES - 1},
    [REGISTER_LEVEL] = {"level", API_TEXT, .min = 0, .max = POLICY_LEVEL_NAME_BYTES - 1},
    [REGISTER_OVER] = {"over", API_TEXT, .min = 1, .max = 400},
};
const struct api_fields api_copy_register_fields = API_FIELDS(register_fields);

enum { LIST_MONTH, LIST_DEVICE };
static const struct api_field list_fields[] = {
    [LIST_MONTH] = {.name = "month", .type = API_MONTH},
    [LIST_DEVICE] = {"device", API_TEXT, .min = 1, .max = DEVICE_NAME_BYTES - 1},
};
const struct api_fields api_copy_list_fields = API_FIELDS(list_fields);

static void refuse_unknown(struct api_request *request, enum copies_unknown unknown)
{
    static const struct {
        enum api_problem problem;
        int field;
    } refusals[] = {
        [COPIES_PERSON] = {API_PERSON_NOT_FOUND, REGISTER_PERSON},
        [COPIES_DEVICE] = {API_DEVICE_NOT_FOUND, REGISTER_DEVICE},
        [COPIES_LEVEL] = {API_LEVEL_UNKNOWN, REGISTER_LEVEL},
    };

    api_refuse(request, refusals[unknown].problem, request->value[refusals[unknown].field].text,
               "");
}

/** With the numbers: the operator has to decide what to do. */
static void refuse_balance(struct api_request *request, const struct copies_answer *answer)
{
    char words[STORE_NAME_BYTES + 512];
    long long sheets = (long long)request->value[REGISTER_SHEETS].integer;
    long long available = (long long)answer->available;

    if (request->language == POLICY_CHINESE) {
        snprintf(words, sizeof words,
                 "需 %lld 张，%s %s 尚余 %lld 张。请领导追加额度，或以 --over "
                 "注明原因登记（记入违规登记簿）。",
                 sheets, answer->department, answer->month, available);
    } else {
        snprintf(words, sizeof words,
                 "These copies need %lld sheets; %lld are left in %s for %s. The director may "
                 "grant more, or register them with --over and the reason, which is written down "
                 "as a violation.",
                 sheets, available, answer->department, answer->month);
    }
    api_refuse_words(request, API_BALANCE, NULL, words);
}

void api_copy_register(struct api_request *request)
{
    const struct copies_request copies = {
        .person = request->value[REGISTER_PERSON].text,
        .device = request->value[REGISTER_DEVICE].text,
        .level = request->value[REGISTER_LEVEL].text,
        .sheets = request->value[REGISTER_SHEETS].integer,
        .over = request->value[REGISTER_OVER].text,
    };
    struct copies_answer answer;
    int error = copies_register(request->office, &copies, request->peer->actor, &answer);

    if (error == PR_ENOENT && answer.unknown != 0) {
        refuse_unknown(request, answer.unknown);
    } else if (error == PR_EBALANCE) {
        refuse_balance(request, &answer);
    } else if (error == PR_EACCESS) {
        api_refuse(request, API_COPY_NOT_ALLOWED, NULL, NULL);
    } else if (error == PR_EINVAL) {
        api_refuse(request, API_FIELD_INVALID, "over",
                   api_words(request, "one line of visible characters", "一行可见字符"));
    } else if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    } else {
        api_reply_job(request, 201, &answer.job);
    }
}

static int add_to_list(void *context, const struct job_record *job)
{
    struct api_listing *listing = context;
    const char *device = listing->request->value[LIST_DEVICE].text;

    if (device[0] != '\0' && strcmp(device, job->device_name) != 0) {
        return PR_OK;
    }
    return api_listing_add(listing, api_job_document(listing->request, listing->tx, job, false));
}

static int walk(struct api_listing *listing)
{
    char month[POLICY_MONTH_BYTES];
    const struct job_filter filter = {.month = month, .source = COPIES_SOURCE};

    api_month(&listing->request->value[LIST_MONTH], month);
    return job_each(listing->tx, &filter, add_to_list, listing);
}

void api_copy_list(struct api_request *request)
{
    api_reply_listing(request, walk);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing documents in: open a job, stream its document. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/job-document.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/intake.h"

enum {
    OPEN_SOURCE,
    OPEN_ORIGIN,
    OPEN_DOCUMENT,
    OPEN_QUEUE,
    OPEN_QUEUE_LEVEL,
    OPEN_PERSON,
    OPEN_HOST,
    OPEN_TITLE,
    OPEN_COPIES,
    OPEN_LEVEL,
    OPEN_URGENT,
    OPEN_NUMBER,
    OPEN_SIDES,
    OPEN_MEDIA,
    OPEN_COLOR,
    OPEN_JOB_NUMBER
};
static const char *const sides_keywords[] = {"one-sided", "two-sided-long-edge",
                                             "two-sided-short-edge", NULL};
static const char *const color_keywords[] = {"auto", "color", "monochrome", NULL};
static const struct api_field open_fields[] = {
    [OPEN_SOURCE] = {"source", API_TEXT, .min = 1, .max = JOB_KEYWORD_BYTES - 1},
    [OPEN_ORIGIN] = {"origin", API_TEXT, .required = true, .min = 1, .max = JOB_ORIGIN_BYTES - 1},
    [OPEN_DOCUMENT] = {"document", API_INTEGER, .min = 1, .max = 1000000},
    [OPEN_QUEUE] = {"queue", API_TEXT, .min = 0, .max = 127},
    [OPEN_QUEUE_LEVEL] = {"queue_level", API_TEXT, .min = 1, .max = POLICY_LEVEL_NAME_BYTES - 1},
    [OPEN_PERSON] = {"person", API_TEXT, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
    [OPEN_HOST] = {"host", API_LABEL, .min = 0, .max = JOB_HOST_BYTES - 1},
    [OPEN_TITLE] = {"title", API_LABEL, .min = 0, .max = JOB_TITLE_BYTES - 1},
    [OPEN_COPIES] = {"copies", API_INTEGER, .min = 1, .max = 9999},
    [OPEN_LEVEL] = {"level", API_TEXT, .min = 0, .max = POLICY_LEVEL_NAME_BYTES - 1},
    [OPEN_URGENT] = {.name = "urgent", .type = API_BOOLEAN},
    [OPEN_NUMBER] = {"document_number", API_TEXT, .min = 0, .max = JOB_NUMBER_BYTES - 1},
    [OPEN_SIDES] = {"sides", API_CHOICE, .choices = sides_keywords},
    [OPEN_MEDIA] = {"media", API_TEXT, .min = 0, .max = JOB_MEDIA_BYTES - 1},
    [OPEN_COLOR] = {"color_mode", API_CHOICE, .choices = color_keywords},
    [OPEN_JOB_NUMBER] = {"job_number", API_INTEGER, .min = 0, .max = 2147483647},
};
const struct api_fields api_job_open_fields = API_FIELDS(open_fields);

static void copy(char *to, size_t size, const struct api_value *value, const char *otherwise)
{
    snprintf(to, size, "%s", value->given && value->text[0] != '\0' ? value->text : otherwise);
}

/* The level by any of its names becomes its id; false when the request was refused. */
static bool take_level(struct api_request *request, const struct api_value *value,
                       char ret_level[JOB_LEVEL_BYTES])
{
    const struct policy_ladder *ladder = &request->office->settings->policy.ladder;
    char known[512] = "";

    ret_level[0] = '\0';
    if (!value->given || value->text[0] == '\0') {
        return true;
    }
    int rank = policy_ladder_find(ladder, value->text);

    if (rank >= 0) {
        snprintf(ret_level, JOB_LEVEL_BYTES, "%s", ladder->level[rank].id);
        return true;
    }
    for (size_t i = 0; i < ladder->levels; i++) {
        size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", i == 0 ? "" : ", ",
                 ladder->level[i].id);
    }
    api_refuse(request, API_LEVEL_UNKNOWN, value->text, known);
    return false;
}

/* What is sent to a queue of a level has at least that level. */
static bool take_levels(struct api_request *request, char ret_level[JOB_LEVEL_BYTES])
{
    const struct policy_ladder *ladder = &request->office->settings->policy.ladder;
    char of_queue[JOB_LEVEL_BYTES];

    if (!take_level(request, &request->value[OPEN_LEVEL], ret_level) ||
        !take_level(request, &request->value[OPEN_QUEUE_LEVEL], of_queue)) {
        return false;
    }
    if (policy_ladder_find(ladder, of_queue) > policy_ladder_find(ladder, ret_level)) {
        memcpy(ret_level, of_queue, sizeof of_queue);
    }
    return true;
}

/* Whose job it is: the backend and the service say so; others send in their own name only. */
static bool take_person(struct api_request *request, const struct api_value *value,
                        char ret_person[PERSON_LOGIN_BYTES])
{
    copy(ret_person, PERSON_LOGIN_BYTES, value, request->peer->login);
    if (!api_may(request, API_BACKEND) && strcmp(ret_person, request->peer->login) != 0) {
        api_refuse(request, API_NOT_YOURS, ret_person, NULL);
        return false;
    }
    return true;
}

void api_job_open(struct api_request *request)
{
    const struct api_value *value = request->value;
    struct job_request asked = {
        .document = value[OPEN_DOCUMENT].given ? (uint32_t)value[OPEN_DOCUMENT].integer : 1,
        .copies = value[OPEN_COPIES].given ? (uint32_t)value[OPEN_COPIES].integer : 1,
        .urgent = value[OPEN_URGENT].boolean,
        .sides = POLICY_ONE_SIDED,
    };
    struct job_record job;
    bool created;

    if (!take_person(request, &value[OPEN_PERSON], asked.person) ||
        !take_levels(request, asked.level)) {
        return;
    }
    copy(asked.source, sizeof asked.source, &value[OPEN_SOURCE], "cli");
    copy(asked.origin, sizeof asked.origin, &value[OPEN_ORIGIN], "");
    copy(asked.host, sizeof asked.host, &value[OPEN_HOST], "");
    copy(asked.title, sizeof asked.title, &value[OPEN_TITLE], "");
    copy(asked.document_number, sizeof asked.document_number, &value[OPEN_NUMBER], "");
    copy(asked.media, sizeof asked.media, &value[OPEN_MEDIA], "");
    copy(asked.color_mode, sizeof asked.color_mode, &value[OPEN_COLOR], "auto");
    if (value[OPEN_SIDES].given) {
        policy_sides_parse(value[OPEN_SIDES].text, &asked.sides);
    }
    int error = intake_open(request->office, &asked, request->peer->actor, &job, &created);

    if (error != PR_OK) {
        api_refuse_error(request, error, asked.origin);
    } else if (!api_may_see_job(request, &job)) {
        api_refuse(request, API_NOT_YOURS, asked.origin, NULL);
    } else {
        api_reply_job(request, created ? 201 : 200, &job);
    }
}

static void refuse_intake(struct api_request *request, int error)
{
    char day[DAY_BYTES];

    if (error == PR_ENOKEY) {
        clock_day(store_now_ms(), day);
        api_refuse(request, API_NO_KEY, day, NULL);
    } else if (error == PR_ENOENT) {
        api_refuse(request, API_JOB_NOT_FOUND, request->parameter[0], NULL);
    } else if (error == PR_ESTATE) {
        api_refuse(request, API_DOCUMENT_PRESENT, request->parameter[0], NULL);
    } else if (error == PR_EUNREACHABLE) {
        api_refuse(request, API_HELPER_FAILED, NULL, NULL);
    } else {
        api_refuse_error(request, error, request->parameter[0]);
    }
}

static bool may_upload(struct api_request *request)
{
    struct job_record job;
    struct store_tx *tx;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = job_find(tx, request->parameter[0], &job);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        refuse_intake(request, error);
        return false;
    }
    if (!api_may(request, API_BACKEND) && strcmp(request->peer->login, job.request.person) != 0) {
        api_refuse(request, API_NOT_YOURS, job.id, NULL);
        return false;
    }
    return true;
}

static void document_begin(struct api_request *request, void **ret_context)
{
    struct intake *intake;

    if (!may_upload(request)) {
        return;
    }
    int error = intake_begin(request->office, request->parameter[0], &intake);

    if (error != PR_OK) {
        refuse_intake(request, error);
        return;
    }
    *ret_context = intake;
}

static void document_data(struct api_request *request, void *context, const uint8_t *data,
                          size_t size)
{
    int error = intake_write(context, data, size);

    if (error != PR_OK) {
        refuse_intake(request, error);
    }
}

static void document_end(struct api_request *request, void *context)
{
    struct job_record job;
    int error = intake_finish(context, request->peer->actor, &job);

    if (error != PR_OK) {
        refuse_intake(request, error);
        return;
    }
    api_reply_job(request, 200, &job);
}

static void document_destroy(void *context)
{
    intake_free(context);
}

const struct api_stream api_job_document_stream = {
    .begin = document_begin,
    .data = document_data,
    .end = document_end,
    .destroy = document_destroy,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A supervisor lets a classified job be printed. */
#include "daemon/jobs/release.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/api/encoding.h"
#include "daemon/api/handlers.h"
#include "daemon/api/job-document.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"

enum { RELEASE_SUPERVISOR, RELEASE_SUPERVISOR_SECRET, RELEASE_DEVICE, RELEASE_REFERENCE };
static const struct api_field fields[] = {
    [RELEASE_SUPERVISOR] = {"supervisor", API_TEXT, .required = true, .min = 1,
                            .max = PERSON_LOGIN_BYTES - 1},
    [RELEASE_SUPERVISOR_SECRET] = {"secret", API_TEXT, .required = true, .min = 1,
                                   .max = SECRET_BYTES_MAX},
    [RELEASE_DEVICE] = {"device", API_TEXT, .min = 1, .max = DEVICE_NAME_BYTES - 1},
    [RELEASE_REFERENCE] = {"reference", API_TEXT, .min = 1, .max = 400},
};
const struct api_fields api_job_release_fields = API_FIELDS(fields);

/* What is wrong and what to do; {a}: the job, {b}: the answer's text. */
static const struct {
    enum api_problem problem;
    const char *words[POLICY_LANGUAGES]; /**< NULL: the problem's own, about the job */
} refusals[RELEASE_REFUSALS] = {
    [RELEASE_NO_JOB] = {API_JOB_NOT_FOUND, {NULL, NULL}},
    [RELEASE_NOT_HELD] = {API_NOT_IN_THIS_STATE,
                          {"Job {a} does not wait for a supervisor's release. Look at it with: "
                           "printroom show {a}.",
                           "作业 {a} 无待监印放行事项。可用 printroom show {a} 查看。"}},
    [RELEASE_OWN_JOB] = {API_OWN_JOB,
                         {"Nobody releases a job of their own. Ask another supervisor to come and "
                          "release {a}.",
                          "不能监印放行自己的作业。请由另一位监印人员到场放行 {a}。"}},
    [RELEASE_OTHER_HOLDS] = {API_NOT_IN_THIS_STATE,
                             {"Something else holds job {a} as well, and that comes first: "
                              "printroom show {a} says what, and whom to ask. Release it then.",
                              "作业 {a} 另有待处理事项，须先办理：请用 printroom show {a} "
                              "查看事项和联系人，之后再放行。"}},
    [RELEASE_BAD_REFERENCE] = {API_FIELD_INVALID,
                               {"The reference must be one line of at most 100 visible characters. "
                                "Correct it and release the job again.",
                                "批准文号应为不超过 100 个可见字符的一行文字。请更正后重新放行。"}},
    [RELEASE_NO_DEVICE] = {API_DEVICE_NOT_FOUND,
                           {"There is no device named \"{b}\". printroom device list shows those "
                            "there are.",
                            "没有名为“{b}”的设备。可用 printroom device list 查看现有设备。"}},
    [RELEASE_WHICH_DEVICE] = {API_FIELD_MISSING,
                              {"Several devices may print {a}. Say with --device at which of them "
                               "you are; printroom device list shows them.",
                               "有多台设备可以打印 {a}。请用 --device 指明您所在的设备；"
                               "可用 printroom device list 查看。"}},
    [RELEASE_DEVICE_LEVEL] =
        {API_DEVICE_NOT_ALLOWED,
         {"No device here may print the level of {a}, or not the one you "
          "named. Choose another one (printroom device list), or have the "
          "administrator set the device's highest level.",
          "没有可打印作业 {a} 密级的设备，或所选设备不得打印该密级。"
          "请另选设备（printroom device list），或请系统管理员设定设备的最高密级。"}},
    [RELEASE_DEVICE_AREA] = {API_DEVICE_NOT_ALLOWED,
                             {"Device {b} stands outside of the areas in which the level of {a} "
                              "may be printed. Go to a device within them (printroom device "
                              "list).",
                              "设备 {b} 不在作业 {a} 密级的限定打印区域内。"
                              "请改用区域内的设备（printroom device list）。"}},
    [RELEASE_DEVICE_PROBLEM] = {API_DEVICE_NOT_ALLOWED,
                                {"The device cannot print now ({b}). Put that right first: a "
                                 "released job should be printed while you are there.",
                                 "设备目前无法打印（{b}）。请先排除故障，"
                                 "以便放行后当场打印。"}},
    [RELEASE_SECRET] = {API_SIGN_IN_FAILED, {NULL, NULL}},
    [RELEASE_LATER] = {API_SIGN_IN_LATER, {NULL, NULL}},
    [RELEASE_NOT_SUPERVISOR] = {API_ROLE_NEEDED,
                                {"Jobs are released only by supervisors. Ask one of them to come "
                                 "and release {a}.",
                                 "作业只能由监印人员放行。请联系监印人员到场放行 {a}。"}},
};

static void refuse(struct api_request *request, const struct release_answer *answer)
{
    const char *words = refusals[answer->refusal].words[request->language];
    const char *id = request->parameter[0];
    char seconds[24];
    char sentence[1024];

    if (answer->refusal == RELEASE_FAILED) {
        api_refuse_error(request, answer->error, id);
    } else if (words != NULL) {
        fill_places(words, id, answer->text, sentence, sizeof sentence);
        api_refuse_words(request, refusals[answer->refusal].problem, NULL, sentence);
    } else {
        snprintf(seconds, sizeof seconds, "%" PRId64, (answer->wait_ms + 999) / 1000);
        api_refuse(request, refusals[answer->refusal].problem,
                   answer->refusal == RELEASE_LATER ? seconds : id, NULL);
    }
}

/* Whoever may see the job may have it released; the word is the supervisor's. */
static bool may_ask(struct api_request *request)
{
    const char *id = request->parameter[0];
    struct job_record job;
    struct store_tx *tx = NULL;
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = job_find(tx, id, &job);
        store_rollback(tx);
    }
    if (error == PR_ENOENT) {
        api_refuse(request, API_JOB_NOT_FOUND, id, NULL);
    } else if (error != PR_OK) {
        api_refuse_error(request, error, id);
    } else if (!api_may_see_job(request, &job)) {
        api_refuse(request, API_NOT_YOURS, id, NULL);
        error = PR_EACCESS;
    }
    return error == PR_OK;
}

void api_job_release(struct api_request *request)
{
    const struct api_value *value = request->value;
    const struct release_wish wish = {
        .job_id = request->parameter[0],
        .supervisor = value[RELEASE_SUPERVISOR].text,
        .secret = value[RELEASE_SUPERVISOR_SECRET].text,
        .actor = request->peer->actor,
        .device = value[RELEASE_DEVICE].given ? value[RELEASE_DEVICE].text : NULL,
        .reference = value[RELEASE_REFERENCE].given ? value[RELEASE_REFERENCE].text : NULL,
    };
    struct release_answer answer;

    if (!may_ask(request)) {
        return;
    }
    if (job_release(request->office, &wish, &answer)) {
        api_reply_job(request, 200, &answer.job);
    } else {
        refuse(request, &answer);
    }
}

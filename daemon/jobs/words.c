/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/words.h"

#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/deliver-steps.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/quota-words.h"
#include "daemon/store/approvals.h"
#include "daemon/store/devices.h"
#include "daemon/store/job-rules.h"
#include "daemon/store/ledger.h"

enum { SENTENCE_BYTES = 2048 };

/* Reasons that policy does not explain itself. {d}: the device, {j}: the job's id. Keywords of
 * devices stand here without the suffix -error, -warning or -report. */
static const struct {
    const char *keyword;
    const char *words[POLICY_LANGUAGES];
} sentences[] = {
    {"job-incoming", {"The document has not arrived completely yet.", "文件尚未完整送达。"}},
    {"submission-interrupted",
     {"The document never arrived; print it again.", "文件一直未送达，请重新打印。"}},
    {"document-format-error",
     {"The document is damaged, locked with a password or not a PDF; export it again and print the "
      "new file.",
      "文件已损坏、设有密码或不是 PDF，请重新导出后再打印。"}},
    {"document-unprintable-error",
     {"The document cannot be printed as it is; split it or export it anew.",
      "文件无法按现状打印，请拆分或重新导出。"}},
    {"processing-to-stop-point",
     {"The job is being cancelled; the device is told to stop.", "正在取消作业，已通知设备停止。"}},
    {"job-canceled-by-user", {"The job was cancelled.", "作业已取消。"}},
    {"job-canceled-by-operator", {"The operator cancelled the job.", "文印员已取消此作业。"}},
    {"job-canceled-at-device", {"The job was cancelled at {d}.", "作业已在 {d} 上取消。"}},
    {"job-suspended-by-system",
     {"Nobody can tell whether this job was printed at {d}. Operator: look at the tray, then say "
      "`printroom settle {j} SHEETS` for what came out, or `printroom reprint {j}` if nothing did.",
      "无法确定作业是否已在 {d} 印出。请文印员查看出纸盘：已印出的，用 printroom settle {j} 张数 "
      "登记；"
      "未印出的，用 printroom reprint {j} 重印。"}},
    {"resources-are-not-ready",
     {"The print service (cupsd) does not answer; the job goes on when it is back.",
      "打印服务 (cupsd) 无应答，恢复后自动继续。"}},
    {"media-empty", {"{d} is out of paper; load paper.", "{d} 缺纸，请装纸。"}},
    {"media-needed", {"{d} needs paper of another kind; load it.", "{d} 需要装入所需纸张。"}},
    {"media-jam", {"Paper is jammed in {d}; remove it.", "{d} 卡纸，请取出卡纸。"}},
    {"cover-open", {"A cover of {d} is open; close it.", "{d} 机盖未关，请关好。"}},
    {"door-open", {"A door of {d} is open; close it.", "{d} 机门未关，请关好。"}},
    {"interlock-open", {"A cover of {d} is open; close it.", "{d} 机盖未关，请关好。"}},
    {"toner-empty", {"{d} is out of toner; replace the cartridge.", "{d} 碳粉用尽，请更换硒鼓。"}},
    {"marker-supply-empty",
     {"{d} is out of ink or toner; replace the cartridge.", "{d} 墨粉用尽，请更换墨盒或硒鼓。"}},
    {"marker-waste-full",
     {"The waste container of {d} is full; replace it.", "{d} 废粉盒已满，请更换。"}},
    {"output-area-full", {"The tray of {d} is full; empty it.", "{d} 出纸盘已满，请取走纸张。"}},
    {"offline", {"{d} is offline; switch it on or connect it.", "{d} 离线，请开机或接好线缆。"}},
    {"connecting-to-device",
     {"{d} does not answer; check that it is on and connected. The job goes on by itself.",
      "{d} 无应答，请检查电源和网线，恢复后自动继续。"}},
    {"timed-out",
     {"{d} does not answer; check that it is on and connected.", "{d} 无应答，请检查电源和网线。"}},
    {"shutdown", {"{d} is being switched off.", "{d} 正在关机。"}},
    {"paused",
     {"The queue of {d} is paused; the operator can resume it.",
      "{d} 的队列已暂停，请文印员恢复。"}},
    {"input-tray-missing",
     {"A paper tray of {d} is missing; insert it.", "{d} 纸盒未装好，请装入。"}},
    {"output-tray-missing", {"An output tray of {d} is missing.", "{d} 出纸盘未装好。"}},
    {"opc-life-over", {"The drum of {d} is used up; replace it.", "{d} 感光鼓寿命已到，请更换。"}},
    {"fuser-over-temp", {"{d} is too hot; let it cool down.", "{d} 定影器过热，请待其冷却。"}},
    {"stopped-partly",
     {"A part of {d} has stopped; look at its display.", "{d} 部分停机，请查看面板。"}},
    {"job-release-wait",
     {"No supervisor released this job in time, so it has ended; if it is still needed, make an "
      "appointment with a supervisor and print it again.",
      "此作业在规定时间内无人监印放行，已结束；如仍需要，请与监印人员约定时间后重新打印。"}},
    {"job-not-kept-overnight",
     {"Jobs of this level are not kept overnight, so it has ended and its document was removed; "
      "print "
      "it again on a day when it can be released and printed.",
      "此密级的作业不过夜保留，已结束，文件已清除；请在能够放行并印完的当日重新送印。"}},
    {"aborted-by-system", {"The job was given up.", "作业已中止。"}},
};

/* Why the operator is asked, before that sentence. `alone`: instead of it, there is nothing to look
 * for in the tray. */
static const struct {
    const char *why;
    bool alone;
    const char *words[POLICY_LANGUAGES];
} whys[] = {
    {DELIVERY_WHY_QUEUE_LOST,
     false,
     {"The print service (cupsd) has lost this job.", "打印服务 (cupsd) 丢失了此作业。"}},
    {DELIVERY_WHY_DEVICE_FORGOT,
     false,
     {"{d} knows nothing of this job any more; it may have been switched off while printing.",
      "{d} 已无此作业的记录，可能在打印途中断过电。"}},
    {DELIVERY_WHY_DEVICE_AWAY,
     false,
     {"{d} does not answer, so it cannot be asked what it printed.",
      "{d} 无应答，无法查询已印张数。"}},
    {DELIVERY_WHY_UNSTAMPABLE,
     true,
     {"The copies cannot be numbered and stamped, so nothing was printed. Operator: see what the "
      "log and `printroom doctor` say, then `printroom reprint {j}`; or cancel it and have the "
      "document exported anew.",
      "无法为文件逐份编号加盖追溯码，作业未打印。请文印员查看日志和 printroom doctor，再用 "
      "printroom "
      "reprint {j} 重印；或取消作业，请送印人重新导出文件。"}},
    {DELIVERY_WHY_UNREADABLE,
     true,
     {"The stored document cannot be opened, so nothing was printed. Operator: have the day's key "
      "put back (`printroom doctor` says more), then say `printroom reprint {j}`; or cancel it.",
      "无法打开已存文件，作业未打印。请文印员恢复当日密钥（详见 printroom doctor），再用 printroom "
      "reprint {j} 重印，或取消作业。"}},
};

static size_t base_length(const char *keyword)
{
    static const char *const suffixes[] = {"-error", "-warning", "-report"};
    size_t length = strlen(keyword);

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t suffix = strlen(suffixes[i]);
        if (length > suffix && strcmp(keyword + length - suffix, suffixes[i]) == 0) {
            return length - suffix;
        }
    }
    return length;
}

static const char *find_sentence(const char *keyword, enum policy_language language)
{
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        size_t length = strlen(sentences[i].keyword);
        /* "document-format-error" is a keyword of its own, "media-empty-error" one with a suffix.
         */
        if (strcmp(keyword, sentences[i].keyword) == 0 ||
            (base_length(keyword) == length &&
             memcmp(keyword, sentences[i].keyword, length) == 0)) {
            return sentences[i].words[language];
        }
    }
    return NULL;
}

static void fill_in(const char *sentence, const char *device, const char *job, char *buffer,
                    size_t size)
{
    size_t length = 0;

    for (const char *at = sentence; *at != '\0' && length + 1 < size; at++) {
        const char *value = strncmp(at, "{d}", 3) == 0   ? device
                            : strncmp(at, "{j}", 3) == 0 ? job
                                                         : NULL;
        if (value == NULL) {
            buffer[length++] = *at;
            continue;
        }
        length += (size_t)snprintf(buffer + length, size - length, "%s", value);
        at += 2;
    }
    buffer[length < size ? length : size - 1] = '\0';
}

bool job_reason_words(const char *reason, const char *device, enum policy_language language,
                      char *buffer, size_t size)
{
    const char *sentence = find_sentence(reason, language);

    buffer[0] = '\0';
    if (sentence == NULL) {
        return false;
    }
    fill_in(sentence, device, "", buffer, size);
    return true;
}

json_t *finding_messages(const struct policy_settings *settings,
                         const struct policy_finding *findings, size_t length,
                         const struct policy_names *names, enum policy_language language,
                         enum policy_outcome effect)
{
    char sentence[SENTENCE_BYTES];
    json_t *messages = json_array();

    for (size_t i = 0; i < length; i++) {
        if (findings[i].effect == effect && effect != POLICY_PRINT) {
            policy_finding_words(settings, &findings[i], names, language, sentence,
                                 sizeof sentence);
            json_array_append_new(messages, json_string(sentence));
        }
    }
    return messages;
}

/* True when no device can take a job; the problem of one of them. */
struct readiness {
    struct office *office;
    bool ready;
    char *problem;
    size_t size;
};

static int look_at_device(void *context, const struct device_record *device)
{
    struct readiness *readiness = context;
    char problem[256];

    dispatcher_device_problem(readiness->office->dispatcher, device->key, problem, sizeof problem);
    if (problem[0] == '\0') {
        readiness->ready = true;
    } else {
        snprintf(readiness->problem, readiness->size, "%s: %s", device->name, problem);
    }
    return PR_OK;
}

static bool device_problem(struct office *office, struct store_tx *tx, char *problem, size_t size)
{
    struct readiness readiness = {.office = office, .problem = problem, .size = size};

    snprintf(problem, size, "-");
    device_each(tx, look_at_device, &readiness);
    return !readiness.ready;
}

/* A text of the latest event's detail. */
struct latest {
    const char *name;
    json_t *text;
};

static int look_at_event(void *context, const struct job_event *event)
{
    struct latest *latest = context;
    json_t *text = json_object_get(event->detail, latest->name);

    json_decref(latest->text);
    latest->text = json_string_length(text) > 0 ? json_incref(text) : NULL;
    return PR_OK;
}

/* The helper's or queue's own words in the event that brought the job where it is. */
static void add_own_words(struct store_tx *tx, const struct job_record *job, json_t *messages)
{
    struct latest latest = {.name = "message"};

    job_events(tx, job->key, look_at_event, &latest);
    if (latest.text != NULL) {
        json_array_append(messages, latest.text);
    }
    json_decref(latest.text);
}

/* Why the operator is asked. False when that says all there is to say. */
static bool add_why(struct store_tx *tx, const struct job_record *job,
                    enum policy_language language, json_t *messages)
{
    struct latest latest = {.name = "why"};
    char sentence[SENTENCE_BYTES];
    bool alone = false;

    job_events(tx, job->key, look_at_event, &latest);
    for (size_t i = 0; latest.text != NULL && i < sizeof whys / sizeof whys[0]; i++) {
        if (strcmp(whys[i].why, json_string_value(latest.text)) == 0) {
            fill_in(whys[i].words[language], job->device_name, job->id, sentence, sizeof sentence);
            json_array_append_new(messages, json_string(sentence));
            alone = whys[i].alone;
        }
    }
    json_decref(latest.text);
    return !alone;
}

static void add_notes(const struct policy_settings *settings, const struct policy_finding *findings,
                      size_t length, const struct policy_names *names,
                      enum policy_language language, json_t *messages)
{
    char sentence[SENTENCE_BYTES];

    for (size_t i = 0; i < length; i++) {
        if (policy_rule_is_note(findings[i].rule)) {
            policy_finding_words(settings, &findings[i], names, language, sentence,
                                 sizeof sentence);
            json_array_append_new(messages, json_string(sentence));
        }
    }
}

/* What policy said of a job: of a refused one only what refused it, since nothing else matters any
 * more; of a held one what holds it; of one that waits, held or not, what was changed about it. */
static json_t *finding_part(struct office *office, struct store_tx *tx,
                            const struct job_record *job, enum policy_language language)
{
    const struct policy_settings *settings = &office->settings->policy;
    struct policy_finding findings[POLICY_RULES];
    char month[POLICY_MONTH_BYTES];
    char earlier[JOB_ID_BYTES] = "";
    bool waits = job->state == JOB_PENDING_HELD || job->state == JOB_PENDING;
    enum policy_outcome effect = job->state == JOB_ABORTED ? POLICY_REFUSE : POLICY_HOLD;
    int found = waits || job->state == JOB_ABORTED ? job_findings(tx, job->key, findings) : 0;
    size_t length = found > 0 ? (size_t)found : 0;
    const struct policy_names names = {.person = job->request.person,
                                       .department = job->department_name,
                                       .month = month,
                                       .earlier = earlier};

    clock_month(store_now_ms(), month);
    if (job->state == JOB_PENDING_HELD) {
        job_duplicate_of(tx, job->key, earlier);
    }
    json_t *messages = finding_messages(settings, findings, length, &names, language, effect);
    if (waits) {
        add_notes(settings, findings, length, &names, language, messages);
    }
    return messages;
}

/* Why a job that waited for approval ended: who said no in which words, or that nobody said
 * anything. */
static void add_approval(struct store_tx *tx, const struct job_record *job,
                         enum policy_language language, json_t *messages)
{
    struct approval approval;
    char sentence[SENTENCE_BYTES] = "";
    bool chinese = language == POLICY_CHINESE;

    if ((job->state != JOB_CANCELED && job->state != JOB_ABORTED) ||
        approval_latest_of(tx, job->key, &approval) != PR_OK) {
        return;
    }
    if (approval.state == APPROVAL_DENIED) {
        snprintf(sentence, sizeof sentence,
                 chinese ? "%s 未批准此作业：%s" : "%s did not approve this job: %s",
                 approval.decided_by, approval.comment);
    } else if (approval.state == APPROVAL_EXPIRED) {
        snprintf(sentence, sizeof sentence, "%s",
                 chinese ? "此作业在规定时间内无人审批，已结束；如仍需要，请与主任联系后重新打印。"
                         : "Nobody approved this job in time, so it has ended; if it is still "
                           "needed, speak to the director and print it again.");
    }
    if (sentence[0] != '\0') {
        json_array_append_new(messages, json_string(sentence));
    }
}

/* A pending job waits for a device; what keeps the devices from taking it is said. */
static void add_waiting(struct office *office, struct store_tx *tx, const struct job_record *job,
                        enum policy_language language, json_t *messages)
{
    static const char *const words[POLICY_LANGUAGES][2] = {
        [POLICY_ENGLISH] = {"Accepted; it is printed when its turn comes.",
                            "Accepted as urgent; it is printed before ordinary jobs."},
        [POLICY_CHINESE] = {"已受理，按顺序打印。", "已受理（加急），排在普通作业之前打印。"},
    };
    char problem[256];
    char sentence[SENTENCE_BYTES];

    json_array_append_new(messages, json_string(words[language][job->urgent]));
    if (device_problem(office, tx, problem, sizeof problem)) {
        snprintf(sentence, sizeof sentence,
                 language == POLICY_CHINESE ? "目前没有可用的打印机（%s），请联系文印员。"
                                            : "No printer is ready now (%s); tell the operator.",
                 problem);
        json_array_append_new(messages, json_string(sentence));
    }
}

/* Whether a reason is said now: not who cancels while that is under way, and not in general what
 * policy said of a refusal in particular. */
static bool is_said(const struct job_record *job, const char *reason, bool explained)
{
    if (strncmp(reason, "job-canceled-", strlen("job-canceled-")) == 0) {
        return job_state_is_final(job->state);
    }
    return !explained || job->state != JOB_ABORTED;
}

/* The sender learns in time that the department's paper runs out. */
static void add_quota(struct store_tx *tx, const struct job_record *job,
                      enum policy_language language, json_t *messages)
{
    struct policy_balance balance;
    char month[POLICY_MONTH_BYTES];
    char sentence[SENTENCE_BYTES];

    clock_month(store_now_ms(), month);
    if (job->department == 0 || ledger_peek(tx, job->department, month, &balance) != PR_OK) {
        return;
    }
    quota_warning_words(&balance, job->department_name, month, language, sentence, sizeof sentence);
    if (sentence[0] != '\0') {
        json_array_append_new(messages, json_string(sentence));
    }
}

json_t *job_messages(struct office *office, struct store_tx *tx, const struct job_record *job,
                     enum policy_language language)
{
    json_t *messages = finding_part(office, tx, job, language);

    add_approval(tx, job, language, messages);
    bool explained = json_array_size(messages) > 0;
    char sentence[SENTENCE_BYTES];

    for (unsigned i = 0; i < job->reasons_length; i++) {
        const char *words = find_sentence(job->reasons[i], language);

        if (words == NULL || !is_said(job, job->reasons[i], explained) ||
            (strcmp(job->reasons[i], "job-suspended-by-system") == 0 &&
             !add_why(tx, job, language, messages))) {
            continue;
        }
        fill_in(words, job->device_name, job->id, sentence, sizeof sentence);
        json_array_append_new(messages, json_string(sentence));
    }
    if ((job->state == JOB_ABORTED && !explained) ||
        (job->state == JOB_PROCESSING_STOPPED && json_array_size(messages) == 0)) {
        add_own_words(tx, job, messages);
    }
    if (job->state == JOB_PENDING) {
        add_waiting(office, tx, job, language, messages);
    }
    if (job->state == JOB_PENDING || job->state == JOB_PENDING_HELD) {
        add_quota(tx, job, language, messages);
    }
    return messages;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/event-words.h"

#include <stdio.h>
#include <string.h>

#include "daemon/jobs/deliver-steps.h"
#include "daemon/jobs/words.h"

/** Text that grows in a buffer of JOB_EVENT_WORDS_BYTES. */
struct line {
    char *buffer;
    size_t length;
    bool full;
    enum policy_language language;
};

static void add_bytes(struct line *line, const char *text, size_t length)
{
    size_t room = JOB_EVENT_WORDS_BYTES - 1 - line->length;

    if (line->full) {
        return;
    }
    if (length > room) {
        line->full = true;
        length = room;
        /* Not in the middle of a character. */
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    memcpy(line->buffer + line->length, text, length);
    line->length += length;
    line->buffer[line->length] = '\0';
}

static void add_text(struct line *line, const char *text)
{
    add_bytes(line, text, strlen(text));
}

/** Words of both languages; {v} is the value, {s} an "s" unless the value is 1. */
struct words {
    const char *words[POLICY_LANGUAGES];
};

/** Adds a part of the sentence. */
static void add_words(struct line *line, const struct words *words, const char *value)
{
    static const char *const separators[POLICY_LANGUAGES] = {
        [POLICY_ENGLISH] = ", ", [POLICY_CHINESE] = "，"};

    if (line->length > 0) {
        add_text(line, separators[line->language]);
    }
    for (const char *at = words->words[line->language]; *at != '\0';) {
        size_t plain = strcspn(at, "{");

        add_bytes(line, at, plain);
        at += plain;
        if (*at != '\0') {
            add_text(line, at[1] == 'v' ? value : strcmp(value, "1") == 0 ? "" : "s");
            at += strlen("{v}");
        }
    }
}

const char *job_why_words(const char *why, enum policy_language language)
{
    static const struct {
        const char *why;
        const char *chinese;
    } table[] = {
        {DELIVERY_WHY_QUEUE_LOST, "cupsd 丢失了作业，设备也无法说明"},
        {DELIVERY_WHY_DEVICE_FORGOT, "设备已无此作业的记录"},
        {DELIVERY_WHY_DEVICE_AWAY, "设备无应答"},
        {DELIVERY_WHY_FORBIDDEN, "设备已不得打印此密级，未打印"},
        {DELIVERY_WHY_UNREADABLE, "无法打开已存文件，未打印"},
        {DELIVERY_WHY_UNSTAMPABLE, "无法编号加盖追溯码，未打印"},
        {DELIVERY_WHY_RESTARTED, "放行之前服务重新启动"},
        {DELIVERY_WHY_NOT_TAKEN, "cupsd 未接收文件"},
        {DELIVERY_WHY_GIVEN_UP, "打印队列放弃了作业"},
    };

    for (size_t i = 0; language == POLICY_CHINESE && i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].why, why) == 0) {
            return table[i].chinese;
        }
    }
    return why;
}

static const char *evidence_words(const char *evidence, enum policy_language language)
{
    static const struct {
        enum settlement settlement;
        struct words words;
    } table[] = {
        {SETTLEMENT_DEVICE_JOB, {{"as the device says of the job", "按设备对该作业的记录"}}},
        {SETTLEMENT_DEVICE_COUNTER, {{"by the device's counter", "按设备计数器"}}},
        {SETTLEMENT_ESTIMATE, {{"estimated, the device does not tell", "设备未说明，按预计数"}}},
        {SETTLEMENT_OPERATOR, {{"as the operator counted", "按文印员清点"}}},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(settlement_name(table[i].settlement), evidence) == 0) {
            return table[i].words.words[language];
        }
    }
    return evidence;
}

/* The members of details, in the order they are told. */
static const struct {
    const char *member;
    struct words words;
    bool unless_one; /**< a 1 is not worth telling */
} members[] = {
    {"document", {{"document {v} of its job", "同一作业的第 {v} 份文件"}}, true},
    {"device", {{"at {v}", "设备 {v}"}}, false},
    {"attempt", {{"attempt {v}", "第 {v} 次"}}, true},
    {"sheets", {{"{v} sheet{s}", "{v} 张"}}, false},
    {"impressions", {{"{v} side{s}", "{v} 面"}}, false},
    {"level", {{"level {v}", "密级 {v}"}}, false},
    {"month", {{"account of {v}", "{v} 额度"}}, false},
    {"evidence", {{"{v}", "{v}"}}, false},
    {"device_impressions", {{"it counted {v} side{s}", "设备计 {v} 面"}}, false},
    {"why", {{"{v}", "{v}"}}, false},
    {"error", {{"{v}", "{v}"}}, false},
    {"message", {{"{v}", "{v}"}}, false},
    {"comment", {{"{v}", "{v}"}}, false},
};

static const char *value_words(const char *member, const char *value, enum policy_language language)
{
    if (strcmp(member, "why") == 0) {
        return job_why_words(value, language);
    }
    return strcmp(member, "evidence") == 0 ? evidence_words(value, language) : value;
}

/* What the device waits for. True when there was something to say. */
static bool add_trouble(struct line *line, const json_t *trouble)
{
    static const struct words device = {{"the device", "设备"}};
    static const struct words sentence = {{"{v}", "{v}"}};
    char text[JOB_EVENT_WORDS_BYTES];

    for (size_t i = 0; i < json_array_size(trouble); i++) {
        const char *keyword = json_string_value(json_array_get(trouble, i));

        if (keyword != NULL) {
            bool known = job_reason_words(keyword, device.words[line->language], line->language,
                                          text, sizeof text);
            /* What to do about it is for those who look at the job now. */
            text[known ? strcspn(text, ";.") : 0] = '\0';
            char *advice = strstr(text, "，");

            if (advice != NULL) {
                *advice = '\0';
            }
            add_words(line, &sentence, known ? text : keyword);
        }
    }
    return json_array_size(trouble) > 0;
}

static bool is_told(const json_t *detail, const char *member)
{
    const char *evidence = json_string_value(json_object_get(detail, "evidence"));

    /* What a device says that does not count would only contradict. */
    return strcmp(member, "device_impressions") != 0 || evidence == NULL ||
           strcmp(evidence, settlement_name(SETTLEMENT_ESTIMATE)) != 0;
}

void job_event_words(const struct job_event *event, enum policy_language language, char *buffer)
{
    static const struct words differs = {{"not as planned", "与预计不符"}};
    struct line line = {.buffer = buffer, .language = language};
    char number[24];

    buffer[0] = '\0';
    if (add_trouble(&line, json_object_get(event->detail, "trouble"))) {
        return;
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *value = json_object_get(event->detail, members[i].member);
        const char *text = json_string_value(value);

        if (json_is_integer(value)) {
            snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            text = number;
        }
        if (text != NULL && text[0] != '\0' && is_told(event->detail, members[i].member) &&
            !(members[i].unless_one && strcmp(text, "1") == 0)) {
            add_words(&line, &members[i].words, value_words(members[i].member, text, language));
        }
    }
    if (json_is_true(json_object_get(event->detail, "discrepancy"))) {
        add_words(&line, &differs, "");
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cli/values.h"

#include <stdio.h>
#include <string.h>

const char *value_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

const char *value_number(const json_t *object, const char *name, char *buffer)
{
    const json_t *number = json_object_get(object, name);

    if (json_is_integer(number)) {
        snprintf(buffer, VALUE_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    } else {
        snprintf(buffer, VALUE_BYTES, "-");
    }
    return buffer;
}

const char *value_time(const json_t *object, const char *name, char *buffer)
{
    const char *text = value_text(object, name);
    enum { DATE_LENGTH = 10, TIME_LENGTH = 8 };

    if (strlen(text) < DATE_LENGTH + 1 + TIME_LENGTH) {
        snprintf(buffer, VALUE_BYTES, "-");
    } else {
        snprintf(buffer, VALUE_BYTES, "%.*s %.*s", DATE_LENGTH, text, TIME_LENGTH,
                 text + DATE_LENGTH + 1);
    }
    return buffer;
}

void value_list(const json_t *object, const char *name, char *buffer, size_t size)
{
    const json_t *list = json_object_get(object, name);
    size_t length = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < json_array_size(list) && length < size; i++) {
        const char *text = json_string_value(json_array_get(list, i));

        length += (size_t)snprintf(buffer + length, size - length, "%s%s", i > 0 ? ", " : "",
                                   text != NULL ? text : "");
    }
}

const char *value_state(const struct cli *cli, const char *state)
{
    static const struct {
        const char *state;
        const char *words[POLICY_LANGUAGES];
    } states[] = {
        {"incoming", {"arriving", "接收中"}},        {"pending-held", {"held", "挂起"}},
        {"pending", {"waiting", "等待打印"}},        {"processing", {"printing", "打印中"}},
        {"processing-stopped", {"stopped", "中断"}}, {"completed", {"completed", "已完成"}},
        {"canceled", {"canceled", "已取消"}},        {"aborted", {"given up", "已中止"}},
    };

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i].state, state) == 0) {
            return states[i].words[cli->language];
        }
    }
    return state;
}

const char *value_active(const json_t *object)
{
    return json_is_false(json_object_get(object, "active")) ? "(-)" : "";
}

const char *value_event(const struct cli *cli, const char *event)
{
    static const struct {
        const char *event;
        const char *words[POLICY_LANGUAGES];
    } events[] = {
        {"opened", {"announced", "开始提交"}},
        {"accepted", {"accepted", "已受理"}},
        {"held", {"held", "挂起"}},
        {"refused", {"refused", "未受理"}},
        {"abandoned", {"given up: the document never came", "放弃：文件一直未送达"}},
        {"holds-changed", {"still held", "仍挂起"}},
        {"released", {"released", "放行"}},
        {"dispatched", {"sent to the device", "送往设备"}},
        {"returned", {"back in the queue, not printed", "未打印，重新排队"}},
        {"device-stopped", {"the device stopped", "设备中断"}},
        {"device-resumed", {"the device goes on", "设备恢复"}},
        {"cancel-requested", {"cancelling", "请求取消"}},
        {"canceled", {"canceled", "已取消"}},
        {"printed", {"printed", "已打印"}},
        {"failed", {"given up by the device", "设备放弃"}},
        {"uncertain", {"the operator is asked", "待文印员确认"}},
        {"operator-settled", {"counted by the operator", "文印员清点"}},
        {"registered", {"registered", "已登记"}},
        {"reprint", {"to be printed again", "重新打印"}},
        {"reprint-held", {"to be printed again when released", "待放行后重新打印"}},
        {"taken-back", {"to be released again", "收回，须重新放行"}},
        {"denied", {"not approved", "未获批准"}},
        {"expired", {"expired", "已过期"}},
    };

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (strcmp(events[i].event, event) == 0) {
            return events[i].words[cli->language];
        }
    }
    return event;
}

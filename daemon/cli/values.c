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
        {"canceled", {"canceled", "已取消"}},        {"aborted", {"refused", "未受理"}},
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

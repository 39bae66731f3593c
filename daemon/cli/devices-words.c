/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keywords of devices in Chinese. In English they are words as they are. */
#include <string.h>

#include "daemon/cli/values.h"

static const struct {
    const char *keyword;
    const char *chinese;
} words[] = {
    /* states of a device */
    {"idle", "空闲"},
    {"processing", "打印中"},
    {"stopped", "已停止"},
    /* supplies */
    {"toner", "墨粉"},
    {"ink", "墨水"},
    {"drum", "硒鼓"},
    {"waste", "废粉"},
    {"fuser", "定影器"},
    {"paper", "纸张"},
    {"other", "其他"},
    {"ok", "正常"},
    {"low", "不足"},
    {"empty", "用尽"},
    {"unknown", "不明"},
    /* what lies on a device */
    {"job", "作业"},
    {"file", "文件"},
    /* counters and books */
    {"even", "相符"},
    {"unregistered", "有未登记用纸"},
    {"missing", "计数短缺"},
    {"reset", "计数器归零"},
    {"replaced", "设备或主板已更换"},
    {"not-counted", "无法计数"},
    {"sheets", "张数"},
    {"impressions", "印面"},
    /* maintenance */
    {"cleaning", "清洁"},
    {"calibration", "校准"},
    {"part", "换件"},
    {"fault", "故障"},
    {"service", "维修"},
};

static void translate(json_t *object, const char *member)
{
    const char *keyword = json_string_value(json_object_get(object, member));

    for (size_t i = 0; keyword != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].keyword, keyword) == 0) {
            json_object_set_new(object, member, json_string(words[i].chinese));
            return;
        }
    }
}

void value_device_words(const struct cli *cli, json_t *body, const char *const *members)
{
    size_t i;
    json_t *item;

    if (cli->language != POLICY_CHINESE) {
        return;
    }
    for (; *members != NULL; members++) {
        translate(body, *members);
        json_array_foreach(body, i, item)
        {
            translate(item, *members);
        }
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/report/columns.h"

#include <string.h>

static const struct {
    const char *name;
    const char *words[POLICY_LANGUAGES];
} columns[] = {
    [REPORT_JOBS] = {"jobs", {"Jobs", "作业数"}},
    [REPORT_PAGES] = {"pages", {"Pages", "文件页数"}},
    [REPORT_IMPRESSIONS] = {"impressions", {"Impressions", "印面数"}},
    [REPORT_SHEETS] = {"sheets", {"Sheets", "用纸张数"}},
    [REPORT_COLOR_IMPRESSIONS] = {"color_impressions", {"Colour impressions", "彩色印面"}},
    [REPORT_DUPLEX_SHEETS] = {"duplex_sheets", {"Two-sided sheets", "双面张数"}},
    [REPORT_DUPLEX_SAVED] = {"duplex_saved", {"Saved by two sides", "双面节约"}},
    [REPORT_WALK_UP_SHEETS] = {"walk_up_sheets", {"Walk-up sheets", "现场复印张数"}},
    [REPORT_GRANTS] = {"grants", {"Grants", "追加次数"}},
    [REPORT_GRANTED_SHEETS] = {"granted_sheets", {"Granted sheets", "追加张数"}},
    [REPORT_DUPLICATES] = {"duplicates", {"Duplicates avoided", "避免重复"}},
    [REPORT_DUPLICATE_SHEETS] = {"duplicate_sheets", {"Sheets avoided", "避免重复张数"}},
    [REPORT_VIOLATIONS] = {"violations", {"Violations", "违规"}},
    [REPORT_UNREGISTERED_SHEETS] = {"unregistered_sheets", {"Sheets not booked", "未登记张数"}},
};
_Static_assert(sizeof columns / sizeof columns[0] == REPORT_COLUMNS, "every column has its words");

static const struct {
    const char *name;
    const char *dimension;
    const char *words[POLICY_LANGUAGES];
} parts[] = {
    [REPORT_BY_DEPARTMENT] = {"departments", "department", {"By department", "按部门"}},
    [REPORT_BY_PERSON] = {"people", "person", {"By person", "按人员"}},
    [REPORT_BY_DEVICE] = {"devices", "device", {"By device", "按设备"}},
    [REPORT_BY_LEVEL] = {"levels", "level", {"By level", "按密级"}},
    [REPORT_BY_SOURCE] = {"sources", "source", {"By source", "按来源"}},
    [REPORT_BY_MONTH] = {"months", NULL, {"Twelve months", "近十二个月"}},
};
_Static_assert(sizeof parts / sizeof parts[0] == REPORT_PARTS, "every part has its words");

struct keyword {
    const char *keyword;
    const char *words[POLICY_LANGUAGES];
};

static const struct keyword sources[] = {
    {"cups", {"Print queue", "打印队列"}},
    {"cli", {"Handed in", "命令行提交"}},
    {"walk-up", {"Walk-up copies", "现场复印"}},
};

static const struct keyword violations[] = {
    {"label-below-marks", {"label below the document's marks", "标注密级低于文件密级"}},
    {"level-refused", {"level refused", "密级不获准"}},
    {"unknown-person", {"person not registered", "人员未登记"}},
    {"operator-settled", {"settled by the operator", "由文印员认定张数"}},
    {"discrepancy", {"device and reservation differ", "设备计数与预留不符"}},
    {"bypass-attempt", {"attempt to act as somebody else", "企图冒用他人身份"}},
    {"queue-bypass", {"attempt to print past the print room", "企图绕过文印室直接打印"}},
    {"copies-over-quota", {"walk-up copies over quota", "现场复印超额"}},
    {"copy-overdue", {"numbered copy not given back in time", "编号文件逾期未还"}},
    {"copy-lost", {"numbered copy lost", "编号文件遗失"}},
    {"code-forged", {"forged code on a sheet", "纸面编码系伪造"}},
    {"counter-mismatch", {"counter and books differ", "设备计数与台账不符"}},
    {"copies-not-allowed", {"copies by somebody who may not copy the level", "无权人员复印"}},
    {"copies-outside-area", {"copies outside of the level's areas", "在限定区域外复印"}},
    {"copies-above-level", {"copies above the device's level", "复印密级高于设备许可"}},
};

const char *report_column_name(enum report_column column)
{
    return columns[column].name;
}

const char *report_column_words(enum report_column column, enum policy_language language)
{
    return columns[column].words[language];
}

const char *report_part_name(enum report_part part)
{
    return parts[part].name;
}

const char *report_part_words(enum report_part part, enum policy_language language)
{
    return parts[part].words[language];
}

const char *report_part_dimension(enum report_part part)
{
    return parts[part].dimension;
}

static const char *words_of(const struct keyword *table, size_t length, const char *keyword,
                            enum policy_language language)
{
    for (size_t i = 0; i < length; i++) {
        if (strcmp(table[i].keyword, keyword) == 0) {
            return table[i].words[language];
        }
    }
    return keyword;
}

const char *report_source_words(const char *source, enum policy_language language)
{
    return words_of(sources, sizeof sources / sizeof sources[0], source, language);
}

const char *report_violation_words(const char *kind, enum policy_language language)
{
    return words_of(violations, sizeof violations / sizeof violations[0], kind, language);
}

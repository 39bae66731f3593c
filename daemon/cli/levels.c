/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ladder of levels. */
#include <stdio.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/values.h"

enum { PEOPLE_BYTES = 1024 };

static const char *flag(const json_t *level, const char *name)
{
    return json_is_true(json_object_get(level, name)) ? "+" : "";
}

/* Keywords as Chinese readers call them; in English they are what settings say. */
static const char *chinese_of(const char *keyword)
{
    static const struct {
        const char *keyword;
        const char *words;
    } rows[] = {
        {"none", "无"},
        {"nobody", "无人"},
        {"department-head", "部门负责人"},
        {"director", "办公室主任"},
        {"external", "主任凭批准文号"},
        {"keep", "保留"},
        {"purge", "清除"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].keyword, keyword) == 0) {
            return rows[i].words;
        }
    }
    return keyword;
}

static void add_level(const json_t *level, struct table *table, bool chinese)
{
    const char *approval = value_text(level, "approval");
    const char *overnight = value_text(level, "overnight");
    char print[PEOPLE_BYTES];
    char copy[PEOPLE_BYTES];
    char areas[PEOPLE_BYTES];
    char copies[VALUE_BYTES];

    value_list(level, "may_print", print, sizeof print);
    value_list(level, "may_copy", copy, sizeof copy);
    value_list(level, "areas", areas, sizeof areas);
    value_number(level, "copies_max", copies);
    const char *const cells[] = {value_text(level, "id"),
                                 value_text(level, "term"),
                                 chinese ? chinese_of(print) : print,
                                 chinese ? chinese_of(copy) : copy,
                                 chinese ? chinese_of(approval) : approval,
                                 flag(level, "supervised"),
                                 areas,
                                 strcmp(copies, "0") == 0 ? "" : copies, /* no limit */
                                 flag(level, "stamp"),
                                 flag(level, "archive"),
                                 chinese ? chinese_of(overnight) : overnight};

    table_add(table, cells);
}

static void english_cells(const json_t *level, struct table *table)
{
    add_level(level, table, false);
}

static void chinese_cells(const json_t *level, struct table *table)
{
    add_level(level, table, true);
}

static void print_levels(const struct cli *cli, json_t *body)
{
    static const char *const english[] = {"LEVEL",    "TERM",       "PRINTED BY", "COPIED BY",
                                          "APPROVAL", "SUPERVISED", "AREAS",      ">COPIES",
                                          "STAMP",    "ARCHIVE",    "OVERNIGHT",  NULL};
    static const char *const chinese[] = {"密级", "期限",      "可打印",   "可复印", "审批", "监印",
                                          "区域", ">份数上限", "编号盖章", "归档",   "过夜", NULL};

    if (cli->language == POLICY_CHINESE) {
        cli_print_list(body, chinese, chinese_cells);
    } else {
        cli_print_list(body, english, english_cells);
    }
}

enum cli_exit cli_level_list(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/levels", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, print_levels);
}

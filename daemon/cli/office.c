/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The office: departments, people, quotas. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/encoding.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

void cli_print_list(const json_t *list, const char *const columns[],
                    void (*cells_of)(const json_t *item, struct table *table))
{
    struct table *table = table_new(columns);

    if (table == NULL) {
        return;
    }
    if (json_is_array(list)) {
        for (size_t i = 0; i < json_array_size(list); i++) {
            cells_of(json_array_get(list, i), table);
        }
    } else {
        cells_of(list, table);
    }
    table_write(table, stdout);
    table_free(table);
}

bool cli_path_of(char *path, const char *before, const char *name, const char *after)
{
    char encoded[CLI_PATH_BYTES / 2];

    if (name[0] == '\0' || !percent_encode(name, encoded, sizeof encoded)) {
        return false;
    }
    snprintf(path, CLI_PATH_BYTES, "%s%s%s", before, encoded, after);
    return true;
}

enum cli_exit cli_no_such_name(const struct cli *cli)
{
    return cli_refuse(cli, cli_words(cli, "this cannot be a name", "名称无效"));
}

bool cli_set_text(json_t *fields, const char *name, const char *text)
{
    return json_object_set_new(fields, name, json_string(text)) == 0;
}

bool cli_set_number(json_t *fields, const char *name, const char *text)
{
    char *end = NULL;

    errno = 0;
    long long number = strtoll(text, &end, 10);

    return errno == 0 && end != text && *end == '\0' &&
           json_object_set_new(fields, name, json_integer(number)) == 0;
}

enum cli_exit cli_not_a_number(const struct cli *cli)
{
    cli_refuse(cli, cli_words(cli, "SHEETS must be a whole number", "张数应为整数"));
    return CLI_USAGE;
}

/* Departments ------------------------------------------------------------------------------------
 */

static void department_cells(const json_t *department, struct table *table)
{
    char quota[VALUE_BYTES];
    const char *const cells[] = {value_text(department, "code"), value_text(department, "name"),
                                 value_text(department, "head"),
                                 value_number(department, "standing_quota", quota),
                                 value_active(department)};

    table_add(table, cells);
}

static void cli_print_departments(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"CODE", "NAME", "HEAD", ">SHEETS A MONTH", "", NULL};
    const char *const chinese[] = {"代码", "名称", "负责人", ">每月张数", "", NULL};

    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, department_cells);
}

enum cli_exit cli_department_add(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};

    if (!cli_set_text(arguments->fields, "code", arguments->positional[0]) ||
        !cli_set_text(arguments->fields, "name", arguments->positional[1])) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "POST", "/v1/departments", arguments->fields, &answer);

    return cli_finish(cli, error, &answer, cli_print_departments);
}

enum cli_exit cli_department_list(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/departments", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, cli_print_departments);
}

/* People -----------------------------------------------------------------------------------------
 */

static void person_cells(const json_t *person, struct table *table)
{
    char roles[256];

    value_list(person, "roles", roles, sizeof roles);
    const char *const cells[] = {value_text(person, "login"), value_text(person, "name"),
                                 value_text(person, "department"), roles, value_active(person)};

    table_add(table, cells);
}

static void cli_print_people(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"LOGIN", "NAME", "DEPARTMENT", "ROLES", "", NULL};
    const char *const chinese[] = {"登录名", "姓名", "部门", "角色", "", NULL};

    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, person_cells);
}

enum cli_exit cli_person_add(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};

    if (!cli_set_text(arguments->fields, "login", arguments->positional[0]) ||
        !cli_set_text(arguments->fields, "name", arguments->positional[1])) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "POST", "/v1/people", arguments->fields, &answer);

    return cli_finish(cli, error, &answer, cli_print_people);
}

enum cli_exit cli_person_list(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/people", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, cli_print_people);
}

/* Quotas -----------------------------------------------------------------------------------------
 */

static void quota_cells(const json_t *quota, struct table *table)
{
    static const char *const names[] = {"allotted", "granted",   "reserved",
                                        "used",     "available", "percent"};
    enum { TEXTS = 3, NUMBERS = sizeof names / sizeof names[0] };
    char numbers[NUMBERS][VALUE_BYTES];
    const char *cells[TEXTS + NUMBERS] = {value_text(quota, "department"),
                                          value_text(quota, "department_name"),
                                          value_text(quota, "month")};

    for (size_t i = 0; i < NUMBERS; i++) {
        cells[TEXTS + i] = value_number(quota, names[i], numbers[i]);
    }
    table_add(table, cells);
}

static void print_quota_message(const json_t *quota)
{
    if (value_text(quota, "message")[0] != '\0') {
        table_write_text(stdout, value_text(quota, "message"));
        putchar('\n');
    }
}

static void print_quota(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"DEPARTMENT", "NAME",  "MONTH",      ">ALLOTTED", ">GRANTED",
                                   ">RESERVED",  ">USED", ">AVAILABLE", ">%",        NULL};
    const char *const chinese[] = {"部门",  "名称",  "月份",  ">核定", ">追加",
                                   ">预留", ">已用", ">可用", ">%",    NULL};

    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, quota_cells);
    if (!json_is_array(body)) {
        print_quota_message(body);
    }
    for (size_t k = 0; k < json_array_size(body); k++) {
        print_quota_message(json_array_get(body, k));
    }
}

enum cli_exit cli_quota_show(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char path[CLI_PATH_BYTES] = "/v1/quota";

    if (arguments->length > 0 && !cli_path_of(path, "/v1/quota/", arguments->positional[0], "")) {
        return cli_no_such_name(cli);
    }
    int error = client_add_query(path, sizeof path, arguments->fields);

    if (error == PR_OK) {
        error = client_ask(cli->client, "GET", path, NULL, &answer);
    }
    return cli_finish(cli, error, &answer, print_quota);
}

static enum cli_exit change_quota(struct cli *cli, struct cli_arguments *arguments,
                                  const char *method, const char *after)
{
    struct client_answer answer = {0};
    char path[CLI_PATH_BYTES];

    if (!cli_path_of(path, "/v1/quota/", arguments->positional[0], after)) {
        return cli_no_such_name(cli);
    }
    if (!cli_set_number(arguments->fields, "sheets", arguments->positional[1])) {
        return cli_not_a_number(cli);
    }
    int error = client_ask(cli->client, method, path, arguments->fields, &answer);

    return cli_finish(cli, error, &answer, print_quota);
}

enum cli_exit cli_quota_set(struct cli *cli, struct cli_arguments *arguments)
{
    return change_quota(cli, arguments, "PUT", "");
}

enum cli_exit cli_quota_grant(struct cli *cli, struct cli_arguments *arguments)
{
    return change_quota(cli, arguments, "POST", "/grants");
}

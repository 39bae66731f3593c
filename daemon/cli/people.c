/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One person or department: showing, changing; people from a table. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

/* Showing ----------------------------------------------------------------------------------------
 */

static void print_field(const struct cli *cli, const char *english, const char *chinese,
                        const char *value)
{
    printf("%s: ", cli->language == POLICY_CHINESE ? chinese : english);
    table_write_text(stdout, value);
    putchar('\n');
}

static void change_cells(const json_t *change, struct table *table)
{
    char at[VALUE_BYTES];
    char *detail = json_dumps(json_object_get(change, "detail"), JSON_COMPACT);
    const char *const cells[] = {value_time(change, "at", at), value_text(change, "actor"),
                                 value_text(change, "event"), detail};

    table_add(table, cells);
    free(detail);
}

static void print_changes(const struct cli *cli, const json_t *body)
{
    const char *const english[] = {"WHEN", "BY", "CHANGE", "DETAILS", NULL};
    const char *const chinese[] = {"时间", "操作人", "变更", "内容", NULL};

    putchar('\n');
    cli_print_list(json_object_get(body, "changes"),
                   cli->language == POLICY_CHINESE ? chinese : english, change_cells);
}

static void print_active(const struct cli *cli, const json_t *body)
{
    print_field(cli, "active", "启用",
                json_is_true(json_object_get(body, "active")) ? cli_words(cli, "yes", "是")
                                                              : cli_words(cli, "no", "否"));
}

static void print_department(const struct cli *cli, json_t *body)
{
    char sheets[VALUE_BYTES];

    print_field(cli, "code", "代码", value_text(body, "code"));
    print_field(cli, "name", "名称", value_text(body, "name"));
    print_field(cli, "sheets a month", "每月张数", value_number(body, "standing_quota", sheets));
    print_active(cli, body);
    print_changes(cli, body);
}

static void print_person(const struct cli *cli, json_t *body)
{
    const json_t *use = json_object_get(body, "use");
    char roles[256];
    char number[VALUE_BYTES];

    print_field(cli, "login", "登录名", value_text(body, "login"));
    print_field(cli, "name", "姓名", value_text(body, "name"));
    print_field(cli, "department", "部门", value_text(body, "department"));
    value_list(body, "roles", roles, sizeof roles);
    print_field(cli, "roles", "角色", roles);
    print_active(cli, body);
    print_field(cli, "cap, sheets a month", "每月上限（张）", value_number(body, "cap", number));
    print_field(cli, "used this month", "本月已用（张）", value_number(use, "used", number));
    print_field(cli, "reserved this month", "本月预留（张）",
                value_number(use, "reserved", number));
    print_changes(cli, body);
}

typedef void (*print_function)(const struct cli *cli, json_t *body);

static enum cli_exit ask_about(struct cli *cli, const struct cli_arguments *arguments,
                               const char *method, const char *folder, const char *after,
                               const json_t *body, print_function print)
{
    struct client_answer answer = {0};
    char path[CLI_PATH_BYTES];

    if (!cli_path_of(path, folder, arguments->positional[0], after)) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, method, path, body, &answer);

    return cli_finish(cli, error, &answer, print);
}

enum cli_exit cli_department_show(struct cli *cli, struct cli_arguments *arguments)
{
    return ask_about(cli, arguments, "GET", "/v1/departments/", "", NULL, print_department);
}

enum cli_exit cli_person_show(struct cli *cli, struct cli_arguments *arguments)
{
    return ask_about(cli, arguments, "GET", "/v1/people/", "", NULL, print_person);
}

/* Changing ---------------------------------------------------------------------------------------
 */

enum cli_exit cli_department_set(struct cli *cli, struct cli_arguments *arguments)
{
    return ask_about(cli, arguments, "PUT", "/v1/departments/", "", arguments->fields,
                     print_department);
}

static enum cli_exit set_active(struct cli *cli, struct cli_arguments *arguments,
                                const char *folder, bool active, print_function print)
{
    json_object_set_new(arguments->fields, "active", json_boolean(active));
    return ask_about(cli, arguments, "PUT", folder, "", arguments->fields, print);
}

enum cli_exit cli_department_deactivate(struct cli *cli, struct cli_arguments *arguments)
{
    return set_active(cli, arguments, "/v1/departments/", false, print_department);
}

enum cli_exit cli_department_reactivate(struct cli *cli, struct cli_arguments *arguments)
{
    return set_active(cli, arguments, "/v1/departments/", true, print_department);
}

enum cli_exit cli_person_set(struct cli *cli, struct cli_arguments *arguments)
{
    if (json_object_size(arguments->fields) == 0) {
        cli_refuse(cli, cli_words(cli, "say what to change: --name, --department, --role",
                                  "请给出要更改的内容：--name、--department、--role"));
        return CLI_USAGE;
    }
    return ask_about(cli, arguments, "PUT", "/v1/people/", "", arguments->fields, print_person);
}

enum cli_exit cli_person_deactivate(struct cli *cli, struct cli_arguments *arguments)
{
    return set_active(cli, arguments, "/v1/people/", false, print_person);
}

enum cli_exit cli_person_reactivate(struct cli *cli, struct cli_arguments *arguments)
{
    return set_active(cli, arguments, "/v1/people/", true, print_person);
}

enum cli_exit cli_quota_cap(struct cli *cli, struct cli_arguments *arguments)
{
    if (strcmp(arguments->positional[1], "none") != 0 &&
        !cli_set_number(arguments->fields, "sheets", arguments->positional[1])) {
        return cli_not_a_number(cli);
    }
    return ask_about(cli, arguments, "PUT", "/v1/people/", "/cap", arguments->fields, print_person);
}

/* Importing --------------------------------------------------------------------------------------
 */

static void print_import(const struct cli *cli, json_t *body)
{
    char added[VALUE_BYTES];
    char changed[VALUE_BYTES];
    char unchanged[VALUE_BYTES];

    printf(cli_words(cli, "added %s, changed %s, as before %s\n", "新增 %s，更改 %s，未变 %s\n"),
           value_number(body, "added", added), value_number(body, "changed", changed),
           value_number(body, "unchanged", unchanged));
}

/** One line on stderr for each mistake, as compilers do: FILE:LINE: message. */
static void print_mistakes(const char *file, const struct client_answer *answer)
{
    const json_t *mistakes = json_object_get(answer->body, "errors");

    for (size_t i = 0; i < json_array_size(mistakes); i++) {
        const json_t *mistake = json_array_get(mistakes, i);

        table_write_text(stderr, file);
        fprintf(stderr, ":%" JSON_INTEGER_FORMAT ": ",
                json_integer_value(json_object_get(mistake, "line")));
        table_write_text(stderr, value_text(mistake, "message"));
        fputc('\n', stderr);
    }
}

enum cli_exit cli_person_import(struct cli *cli, struct cli_arguments *arguments)
{
    const char *file = arguments->positional[0];
    bool standard = strcmp(file, "-") == 0;
    struct client_document document = {.type = "text/csv"};
    struct client_answer answer = {0};
    char message[512];

    document.fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (document.fd < 0) {
        snprintf(message, sizeof message, "%s: %s", file, strerror(errno));
        return cli_refuse(cli, message);
    }
    int error = client_send(cli->client, "POST", "/v1/people-import", &document, &answer);

    if (!standard) {
        close(document.fd);
    }
    if (document.error != 0) {
        client_answer_clear(&answer);
        snprintf(message, sizeof message, "%s: %s", file, strerror(document.error));
        return cli_refuse(cli, message);
    }
    if (error == PR_OK) {
        print_mistakes(file, &answer);
    }
    return cli_finish(cli, error, &answer, print_import);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How things stand: status, doctor. */
#include <stdio.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

/** A check that complains: what it found, and what to do, on lines of their own. */
static void print_finding(const struct cli *cli, const json_t *finding)
{
    static const char *const marks[] = {"ok", "warning", "failed"};
    static const char *const chinese[] = {"正常", "警告", "故障"};
    const char *result = value_text(finding, "result");

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strcmp(result, marks[i]) == 0) {
            result = cli_words(cli, marks[i], chinese[i]);
            break;
        }
    }
    printf("%s: %s: ", result, value_text(finding, "check"));
    table_write_text(stdout, value_text(finding, "message"));
    fputc('\n', stdout);
    if (value_text(finding, "action")[0] != '\0') {
        fputs("    → ", stdout);
        table_write_text(stdout, value_text(finding, "action"));
        fputc('\n', stdout);
    }
}

static void print_devices(const struct cli *cli, const json_t *devices)
{
    const char *const english[] = {"DEVICE", "QUEUE", "AREA", "LEVEL", "PROBLEM", NULL};
    const char *const chinese[] = {"设备", "队列", "区域", "最高密级", "故障", NULL};
    struct table *table = table_new(cli->language == POLICY_CHINESE ? chinese : english);

    for (size_t i = 0; table != NULL && i < json_array_size(devices); i++) {
        const json_t *device = json_array_get(devices, i);
        const char *const cells[] = {value_text(device, "name"), value_text(device, "queue"),
                                     value_text(device, "area"), value_text(device, "max_level"),
                                     value_text(device, "problem")};

        table_add(table, cells);
    }
    if (table != NULL && json_array_size(devices) > 0) {
        fputc('\n', stdout);
        table_write(table, stdout);
    }
    table_free(table);
}

static void print_status(const struct cli *cli, json_t *body)
{
    json_t *jobs = json_object_get(body, "jobs");
    const json_t *warnings = json_object_get(body, "warnings");
    const char *state;
    json_t *number;

    printf(cli_words(cli, "day %s, month %s, queue %s\n", "日期 %s，月份 %s，队列 %s\n"),
           value_text(body, "day"), value_text(body, "month"), value_text(body, "queue"));
    fputs(cli_words(cli, "jobs:", "作业："), stdout);
    json_object_foreach(jobs, state, number)
    {
        printf(" %s %" JSON_INTEGER_FORMAT, value_state(cli, state), json_integer_value(number));
    }
    fputc('\n', stdout);
    print_devices(cli, json_object_get(body, "devices"));
    if (json_array_size(warnings) > 0) {
        fputc('\n', stdout);
    }
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        print_finding(cli, json_array_get(warnings, i));
    }
}

enum cli_exit cli_status(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/status", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, print_status);
}

static void print_doctor(const struct cli *cli, json_t *body)
{
    for (size_t i = 0; i < json_array_size(body); i++) {
        print_finding(cli, json_array_get(body, i));
    }
}

enum cli_exit cli_doctor(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/doctor", NULL, &answer);
    bool failed = false;

    (void)arguments;
    for (size_t i = 0; i < json_array_size(answer.body); i++) {
        failed |= strcmp(value_text(json_array_get(answer.body, i), "result"), "failed") == 0;
    }
    enum cli_exit status = cli_finish(cli, error, &answer, print_doctor);

    return status == CLI_DONE && failed ? CLI_REFUSED : status;
}

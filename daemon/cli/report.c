/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monthly report, walk-up copies, violations. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/encoding.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"
#include "daemon/report/columns.h"

enum { PATH_BYTES = 2048 };

/* What a terminal has room for; all columns are in the other formats. */
static const enum report_column shown[] = {
    REPORT_JOBS,
    REPORT_IMPRESSIONS,
    REPORT_SHEETS,
    REPORT_COLOR_IMPRESSIONS,
    REPORT_DUPLEX_SAVED,
    REPORT_GRANTS,
    REPORT_DUPLICATES,
    REPORT_VIOLATIONS,
    REPORT_UNREGISTERED_SHEETS,
};
enum {
    SHOWN = sizeof shown / sizeof shown[0],
    COLUMNS = SHOWN + 2,
    HEADING_BYTES = 64,
    PERCENT_BYTES = 32,
};
_Static_assert((int)COLUMNS <= (int)TABLE_COLUMNS_MAX, "the table has room");

/** "33.4 %" */
static const char *percent(const json_t *row, char *buffer)
{
    json_int_t permille = json_integer_value(json_object_get(row, "duplex_permille"));

    snprintf(buffer, PERCENT_BYTES, "%" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT " %%",
             permille / 10, permille % 10);
    return buffer;
}

static void add_figures(struct table *table, const char *name, const json_t *row)
{
    char numbers[SHOWN][VALUE_BYTES];
    char share[PERCENT_BYTES];
    const char *cells[COLUMNS] = {name};

    for (int i = 0; i < SHOWN; i++) {
        cells[i + 1] = value_number(row, report_column_name(shown[i]), numbers[i]);
    }
    cells[COLUMNS - 1] = percent(row, share);
    table_add(table, cells);
}

static struct table *new_table(const struct cli *cli, const char *title)
{
    char headings[SHOWN][HEADING_BYTES];
    const char *columns[COLUMNS + 1] = {title};

    for (int i = 0; i < SHOWN; i++) {
        snprintf(headings[i], sizeof headings[i], ">%s",
                 report_column_words(shown[i], cli->language));
        columns[i + 1] = headings[i];
    }
    columns[COLUMNS - 1] = cli_words(cli, ">Two-sided", ">双面率");
    return table_new(columns);
}

static void print_part(const struct cli *cli, const json_t *body, enum report_part part)
{
    const json_t *rows = json_object_get(body, report_part_name(part));
    struct table *table = new_table(cli, report_part_words(part, cli->language));

    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        add_figures(table, value_text(row, "name"), row);
    }
    if (part == REPORT_BY_DEPARTMENT) {
        add_figures(table, cli_words(cli, "Total", "合计"), json_object_get(body, "total"));
    }
    table_write(table, stdout);
    table_free(table);
}

static void print_report(const struct cli *cli, json_t *body)
{
    char month[POLICY_MONTH_WORDS_BYTES];

    policy_month_words(value_text(body, "month"), cli->language, month);
    printf(cli_words(cli, "Report of %s", "%s用纸月报"), month);
    if (value_text(body, "scope")[0] != '\0') {
        fputs(", ", stdout);
        table_write_text(stdout, value_text(body, "scope"));
    }
    fputc('\n', stdout);
    for (int part = 0; part < REPORT_PARTS; part++) {
        fputc('\n', stdout);
        print_part(cli, body, (enum report_part)part);
    }
}

/** Writes an answer as it came to a file or to standard output. */
static enum cli_exit write_file(const struct cli *cli, const char *path,
                                struct client_answer *answer)
{
    bool to_stdout = path == NULL || strcmp(path, "-") == 0;
    FILE *file = to_stdout ? stdout : fopen(path, "wb");
    bool failed = file == NULL;
    char words[512];

    if (!failed) {
        failed = fwrite(answer->text, 1, answer->length, file) != answer->length;
        failed = (to_stdout ? fflush(file) : fclose(file)) != 0 || failed;
    }
    client_answer_clear(answer);
    if (!failed) {
        return CLI_DONE;
    }
    snprintf(words, sizeof words, "%s: %s", to_stdout ? "-" : path, strerror(errno));
    return cli_refuse(cli, words);
}

enum cli_exit cli_report_month(struct cli *cli, struct cli_arguments *arguments)
{
    const char *format = json_string_value(json_object_get(arguments->fields, "format"));
    const char *output = json_string_value(json_object_get(arguments->fields, "output"));
    bool table = format == NULL || strcmp(format, "table") == 0;
    struct client_answer answer = {0};
    char month[64];
    char path[PATH_BYTES];

    if (!percent_encode(arguments->positional[0], month, sizeof month)) {
        return cli_refuse(cli, cli_words(cli, "a month is YYYY-MM", "月份形式为 YYYY-MM"));
    }
    if (table && output != NULL) {
        cli_refuse(cli, cli_words(cli, "-o needs --format json, csv, xlsx or pdf",
                                  "-o 须与 --format json、csv、xlsx 或 pdf 同用"));
        return CLI_USAGE;
    }
    if (!table && isatty(STDOUT_FILENO) && output == NULL &&
        (strcmp(format, "xlsx") == 0 || strcmp(format, "pdf") == 0)) {
        cli_refuse(cli, cli_words(cli, "-o FILE says where to write it", "请用 -o 指明文件"));
        return CLI_USAGE;
    }
    snprintf(path, sizeof path, "/v1/reports/%s", month);
    if (!table) {
        json_t *query = json_pack("{s:s}", "format", format);
        int failed = client_add_query(path, sizeof path, query);

        json_decref(query);
        if (failed != PR_OK) {
            return cli_refuse(cli, pr_strerror(failed));
        }
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    if (table || error != PR_OK || answer.status >= 400) {
        return cli_finish(cli, error, &answer, print_report);
    }
    return write_file(cli, output, &answer);
}

static void print_rebuilt(const struct cli *cli, json_t *body)
{
    char number[VALUE_BYTES];

    printf(cli_words(cli, "figures corrected: %s\n", "更正的数据：%s\n"),
           value_number(body, "corrected", number));
}

enum cli_exit cli_report_rebuild(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "POST", "/v1/reports/rebuild", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, print_rebuilt);
}

/* Walk-up copies --------------------------------------------------------------------------------
 */

static void print_copies(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"NUMBER", "TIME",  "DEVICE",  "PERSON",
                                   "DEPT",   "LEVEL", ">SHEETS", NULL};
    const char *const chinese[] = {"编号", "时间", "设备", "人员", "部门", "密级", ">张数", NULL};
    struct table *table = table_new(cli->language == POLICY_CHINESE ? chinese : english);

    for (size_t i = 0; table != NULL && i < json_array_size(body); i++) {
        const json_t *job = json_array_get(body, i);
        char at[VALUE_BYTES];
        char sheets[VALUE_BYTES];
        const char *const cells[] = {value_text(job, "id"),
                                     value_time(job, "completed_at", at),
                                     value_text(job, "device"),
                                     value_text(job, "person"),
                                     value_text(job, "department"),
                                     value_text(job, "level"),
                                     value_number(job, "sheets", sheets)};

        table_add(table, cells);
    }
    if (table != NULL) {
        table_write(table, stdout);
        table_free(table);
    }
}

enum cli_exit cli_copy_register(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "POST", "/v1/copies", arguments->fields, &answer);

    return cli_finish(cli, error, &answer, cli_print_job_line);
}

enum cli_exit cli_copy_list(struct cli *cli, struct cli_arguments *arguments)
{
    char path[PATH_BYTES] = "/v1/copies";
    struct client_answer answer = {0};

    if (client_add_query(path, sizeof path, arguments->fields) != PR_OK) {
        return cli_refuse(cli, pr_strerror(PR_ELIMIT));
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    return cli_finish(cli, error, &answer, print_copies);
}

/* Violations ------------------------------------------------------------------------------------
 */

enum { WHO_BYTES = 272 };

/** Who did it; of somebody unknown at least the host. */
static const char *violator(const json_t *violation, char buffer[WHO_BYTES])
{
    const char *person = value_text(violation, "person");
    const char *host = value_text(json_object_get(violation, "detail"), "host");

    if (person[0] != '\0' || host[0] == '\0') {
        return person;
    }
    snprintf(buffer, WHO_BYTES, "? (%s)", host);
    return buffer;
}

static void add_violation(struct table *table, const json_t *violation)
{
    char number[VALUE_BYTES];
    char at[VALUE_BYTES];
    char who[WHO_BYTES];
    const char *const cells[] = {value_number(violation, "number", number),
                                 value_time(violation, "at", at),
                                 value_text(violation, "words"),
                                 value_text(violation, "job"),
                                 value_text(violation, "device"),
                                 violator(violation, who),
                                 value_text(violation, "acknowledged_by"),
                                 value_text(violation, "comment")};

    table_add(table, cells);
}

static void print_violations(const struct cli *cli, json_t *body)
{
    const char *const english[] = {
        ">NO.", "TIME", "WHAT", "JOB", "DEVICE", "PERSON", "ACKNOWLEDGED BY", "COMMENT", NULL};
    const char *const chinese[] = {">序号", "时间",   "事由", "作业", "设备",
                                   "人员",  "确认人", "意见", NULL};
    struct table *table = table_new(cli->language == POLICY_CHINESE ? chinese : english);

    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < json_array_size(body); i++) {
        add_violation(table, json_array_get(body, i));
    }
    if (json_is_object(body)) {
        add_violation(table, body);
    }
    table_write(table, stdout);
    table_free(table);
}

enum cli_exit cli_violations(struct cli *cli, struct cli_arguments *arguments)
{
    char path[PATH_BYTES] = "/v1/violations";
    struct client_answer answer = {0};

    if (client_add_query(path, sizeof path, arguments->fields) != PR_OK) {
        return cli_refuse(cli, pr_strerror(PR_ELIMIT));
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    return cli_finish(cli, error, &answer, print_violations);
}

enum cli_exit cli_violation_acknowledge(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char number[PATH_BYTES / 2];
    char path[PATH_BYTES];

    if (arguments->positional[0][0] == '\0' ||
        !percent_encode(arguments->positional[0], number, sizeof number)) {
        return cli_refuse(cli, cli_words(cli, "this cannot be a number", "序号无效"));
    }
    snprintf(path, sizeof path, "/v1/violations/%s/acknowledge", number);
    int error = client_ask(cli->client, "POST", path, arguments->fields, &answer);

    return cli_finish(cli, error, &answer, print_violations);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs: list, show, what can be done to them, and why a document would be decided on as it would.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/encoding.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

enum { PATH_BYTES = 4096 };

static void print_messages(const json_t *object)
{
    const json_t *messages = json_object_get(object, "messages");

    for (size_t i = 0; i < json_array_size(messages); i++) {
        fputs("    ", stdout);
        table_write_text(stdout, json_string_value(json_array_get(messages, i)));
        fputc('\n', stdout);
    }
}

void cli_print_job_line(const struct cli *cli, json_t *job)
{
    char sheets[VALUE_BYTES];

    printf("%s: %s", value_text(job, "id"), value_state(cli, value_text(job, "state")));
    if (json_is_integer(json_object_get(job, "sheets"))) {
        const bool one = json_integer_value(json_object_get(job, "sheets")) == 1;

        printf(cli_words(cli, one ? ", %s sheet" : ", %s sheets", "，%s 张"),
               value_number(job, "sheets", sheets));
    }
    fputc('\n', stdout);
    print_messages(job);
}

/** The room keeps no titles of classified documents. */
static const char *title_of(const struct cli *cli, const json_t *job)
{
    return json_is_null(json_object_get(job, "title")) ? cli_words(cli, "(classified)", "（涉密）")
                                                       : value_text(job, "title");
}

static void add_job(struct table *table, const struct cli *cli, const json_t *job)
{
    char pages[VALUE_BYTES];
    char copies[VALUE_BYTES];
    char sheets[VALUE_BYTES];
    const char *const cells[] = {value_text(job, "id"),
                                 value_state(cli, value_text(job, "state")),
                                 value_text(job, "person"),
                                 value_text(job, "department"),
                                 value_text(job, "level"),
                                 value_number(job, "pages", pages),
                                 value_number(job, "copies", copies),
                                 value_number(job, "sheets", sheets),
                                 title_of(cli, job)};

    table_add(table, cells);
}

static void print_jobs(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"JOB",    "STATE",   "PERSON",  "DEPARTMENT", "LEVEL",
                                   ">PAGES", ">COPIES", ">SHEETS", "TITLE",      NULL};
    const char *const chinese[] = {"作业",  "状态",  "人员",  "部门", "密级",
                                   ">页数", ">份数", ">张数", "标题", NULL};
    struct table *table = table_new(cli->language == POLICY_CHINESE ? chinese : english);

    for (size_t i = 0; table != NULL && i < json_array_size(body); i++) {
        add_job(table, cli, json_array_get(body, i));
    }
    if (table != NULL) {
        table_write(table, stdout);
    }
    table_free(table);
}

enum cli_exit cli_jobs(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char path[PATH_BYTES] = "/v1/jobs";
    int error = client_add_query(path, sizeof path, arguments->fields);

    if (error == PR_OK) {
        error = client_ask(cli->client, "GET", path, NULL, &answer);
    }
    return cli_finish(cli, error, &answer, print_jobs);
}

/** One field of a job: what it is called and how it is shown. */
static const struct {
    const char *name;
    const char *words[POLICY_LANGUAGES];
    enum { SHOW_TEXT, SHOW_TITLE, SHOW_NUMBER, SHOW_TIME, SHOW_FLAG } as;
} shown[] = {
    {"person", {"person", "人员"}, SHOW_TEXT},
    {"department", {"department", "部门"}, SHOW_TEXT},
    {"title", {"title", "标题"}, SHOW_TITLE},
    {"level", {"level", "密级"}, SHOW_TEXT},
    {"archive", {"archived", "归档"}, SHOW_FLAG},
    {"urgent", {"urgent", "加急"}, SHOW_FLAG},
    {"document_number", {"document number", "发文字号"}, SHOW_TEXT},
    {"pages", {"pages", "页数"}, SHOW_NUMBER},
    {"color_pages", {"colour pages", "彩色页数"}, SHOW_NUMBER},
    {"copies", {"copies", "份数"}, SHOW_NUMBER},
    {"impressions", {"impressions", "印面数"}, SHOW_NUMBER},
    {"sides", {"sides", "单双面"}, SHOW_TEXT},
    {"media", {"media", "纸张"}, SHOW_TEXT},
    {"sheets", {"sheets", "张数"}, SHOW_NUMBER},
    {"sheets_reserved", {"sheets reserved", "预留张数"}, SHOW_NUMBER},
    {"sheets_charged", {"sheets charged", "计费张数"}, SHOW_NUMBER},
    {"settlement", {"settled by", "结算依据"}, SHOW_TEXT},
    {"device", {"device", "设备"}, SHOW_TEXT},
    {"submitted_at", {"submitted", "提交时间"}, SHOW_TIME},
    {"completed_at", {"ended", "结束时间"}, SHOW_TIME},
    {"fingerprint", {"fingerprint", "内容指纹"}, SHOW_TEXT},
    {"sha256", {"SHA-256", "SHA-256"}, SHOW_TEXT},
};

static void print_fields(const struct cli *cli, const json_t *job)
{
    const char *const columns[] = {"", "", NULL};
    struct table *table = table_new(columns);

    for (size_t i = 0; table != NULL && i < sizeof shown / sizeof shown[0]; i++) {
        char buffer[VALUE_BYTES];
        const char *value = NULL;

        switch (shown[i].as) {
        case SHOW_TEXT:
            value = value_text(job, shown[i].name);
            break;
        case SHOW_TITLE:
            value = title_of(cli, job);
            break;
        case SHOW_NUMBER:
            value = value_number(job, shown[i].name, buffer);
            break;
        case SHOW_TIME:
            value = value_time(job, shown[i].name, buffer);
            break;
        case SHOW_FLAG:
            value = json_is_true(json_object_get(job, shown[i].name)) ? cli_words(cli, "yes", "是")
                                                                      : cli_words(cli, "no", "否");
            break;
        }
        const char *const cells[] = {shown[i].words[cli->language], value};

        table_add(table, cells);
    }
    if (table != NULL) {
        table_write(table, stdout);
    }
    table_free(table);
}

/* Where a job came from stands in the line above. */
static void print_events(const struct cli *cli, const json_t *events)
{
    const char *const english[] = {"AT", "EVENT", "STATE", "BY", "DETAIL", NULL};
    const char *const chinese[] = {"时间", "事件", "状态", "操作者", "说明", NULL};
    struct table *table = table_new(cli->language == POLICY_CHINESE ? chinese : english);

    for (size_t i = 0; table != NULL && i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        char at[VALUE_BYTES];
        const char *const cells[] = {value_time(event, "at", at),
                                     value_event(cli, value_text(event, "event")),
                                     value_state(cli, value_text(event, "to")),
                                     value_text(event, "actor"), value_text(event, "words")};

        table_add(table, cells);
    }
    if (table != NULL) {
        fputc('\n', stdout);
        table_write(table, stdout);
    }
    table_free(table);
}

static void print_job(const struct cli *cli, json_t *job)
{
    char reasons[512];

    value_list(job, "reasons", reasons, sizeof reasons);
    printf("%s: %s", value_text(job, "id"), value_state(cli, value_text(job, "state")));
    if (reasons[0] != '\0') {
        printf(" (%s)", reasons);
    }
    fputc('\n', stdout);
    print_messages(job);
    print_fields(cli, job);
    print_events(cli, json_object_get(job, "events"));
}

/** Asks about one job. `fields` may be NULL. */
static enum cli_exit ask_job(struct cli *cli, const char *method, const char *id, const char *after,
                             const json_t *fields,
                             void (*print)(const struct cli *cli, json_t *body))
{
    struct client_answer answer = {0};
    char encoded[PATH_BYTES / 2];
    char path[PATH_BYTES];

    if (id[0] == '\0' || !percent_encode(id, encoded, sizeof encoded)) {
        return cli_refuse(cli, cli_words(cli, "this cannot be a job", "作业编号无效"));
    }
    snprintf(path, sizeof path, "/v1/jobs/%s%s", encoded, after);
    int error = client_ask(cli->client, method, path, fields, &answer);

    return cli_finish(cli, error, &answer, print);
}

enum cli_exit cli_show(struct cli *cli, struct cli_arguments *arguments)
{
    return ask_job(cli, "GET", arguments->positional[0], "", NULL, print_job);
}

enum cli_exit cli_cancel(struct cli *cli, struct cli_arguments *arguments)
{
    return ask_job(cli, "POST", arguments->positional[0], "/cancel", NULL, cli_print_job_line);
}

enum cli_exit cli_confirm(struct cli *cli, struct cli_arguments *arguments)
{
    return ask_job(cli, "POST", arguments->positional[0], "/confirm", NULL, cli_print_job_line);
}

enum cli_exit cli_release(struct cli *cli, struct cli_arguments *arguments)
{
    char prompt[PATH_BYTES];
    char secret[CLI_SECRET_BYTES] = "";

    snprintf(prompt, sizeof prompt, cli_words(cli, "PIN or password of %s", "%s 的 PIN 或密码"),
             value_text(arguments->fields, "supervisor"));
    bool given =
        cli_ask_secret(prompt, secret) && cli_set_text(arguments->fields, "secret", secret);

    explicit_bzero(secret, sizeof secret);
    if (!given) {
        return cli_refuse(cli, cli_words(cli, "nothing was entered", "没有输入"));
    }
    return ask_job(cli, "POST", arguments->positional[0], "/release", arguments->fields,
                   cli_print_job_line);
}

enum cli_exit cli_reprint(struct cli *cli, struct cli_arguments *arguments)
{
    return ask_job(cli, "POST", arguments->positional[0], "/reprint", NULL, cli_print_job_line);
}

enum cli_exit cli_settle(struct cli *cli, struct cli_arguments *arguments)
{
    char *end = NULL;

    errno = 0;
    long long sheets = strtoll(arguments->positional[1], &end, 10);

    if (errno != 0 || end == arguments->positional[1] || *end != '\0') {
        cli_refuse(cli, cli_words(cli, "SHEETS must be a whole number", "张数应为整数"));
        return CLI_USAGE;
    }
    json_object_set_new(arguments->fields, "sheets", json_integer(sheets));
    return ask_job(cli, "POST", arguments->positional[0], "/settle", arguments->fields,
                   cli_print_job_line);
}

static void print_explanation(const struct cli *cli, json_t *body)
{
    static const struct {
        const char *outcome;
        const char *words[POLICY_LANGUAGES];
    } outcomes[] = {{"print", {"It would be printed.", "可以打印。"}},
                    {"hold", {"It would be held.", "将被挂起。"}},
                    {"refuse", {"It would be refused.", "不予受理。"}}};
    const json_t *findings = json_object_get(body, "findings");
    char pages[VALUE_BYTES];
    char sheets[VALUE_BYTES];

    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        if (strcmp(outcomes[i].outcome, value_text(body, "outcome")) == 0) {
            puts(outcomes[i].words[cli->language]);
        }
    }
    printf(cli_words(cli, "%s pages, %s sheets, level %s\n", "%s 页，%s 张，密级 %s\n"),
           value_number(body, "pages", pages), value_number(body, "sheets", sheets),
           value_text(body, "level"));
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);

        printf("  %-7s %-18s ", value_text(finding, "effect"), value_text(finding, "rule"));
        table_write_text(stdout, value_text(finding, "message"));
        fputc('\n', stdout);
    }
}

enum cli_exit cli_explain(struct cli *cli, struct cli_arguments *arguments)
{
    const char *file = arguments->positional[0];
    struct client_answer answer = {0};
    struct client_document document = {.fd = STDIN_FILENO};
    char path[PATH_BYTES] = "/v1/explain";
    char message[512];

    if (strcmp(file, "-") != 0) {
        document.fd = open(file, O_RDONLY | O_CLOEXEC);
    }
    if (document.fd < 0) {
        snprintf(message, sizeof message, "%s: %s", file, strerror(errno));
        return cli_refuse(cli, message);
    }
    int error = client_add_query(path, sizeof path, arguments->fields);

    if (error == PR_OK) {
        error = client_send(cli->client, "POST", path, &document, &answer);
    }
    close(document.fd);
    if (document.error != 0) {
        client_answer_clear(&answer);
        snprintf(message, sizeof message, "%s: %s", file, strerror(document.error));
        return cli_refuse(cli, message);
    }
    return cli_finish(cli, error, &answer, print_explanation);
}

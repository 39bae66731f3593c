/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits for somebody's word, the pages it is about, and who gives the word instead. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/encoding.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

enum { PATH_BYTES = 2048, QUESTION_BYTES = 128 };

/** A path with a word from the command line in it. False when that is not possible. */
static bool path_of(char path[PATH_BYTES], const char *before, const char *word, const char *after)
{
    char encoded[PATH_BYTES / 2];

    if (word[0] == '\0' || !percent_encode(word, encoded, sizeof encoded)) {
        return false;
    }
    snprintf(path, PATH_BYTES, "%s%s%s", before, encoded, after);
    return true;
}

static enum cli_exit no_such_job(const struct cli *cli)
{
    return cli_refuse(cli, cli_words(cli, "this cannot be a job", "作业编号无效"));
}

/* Approvals --------------------------------------------------------------------------------------
 */

static const char *state_words(const struct cli *cli, const char *state)
{
    static const struct {
        const char *state;
        const char *words[POLICY_LANGUAGES];
    } rows[] = {{"open", {"open", "待审批"}},
                {"approved", {"approved", "已批准"}},
                {"denied", {"denied", "已否决"}},
                {"expired", {"expired", "已逾期"}},
                {"withdrawn", {"withdrawn", "已撤回"}}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].state, state) == 0) {
            return rows[i].words[cli->language];
        }
    }
    return state;
}

/* What it is about: paper, or a level. */
static const char *question_words(const struct cli *cli, const json_t *approval, char *buffer)
{
    if (strcmp(value_text(approval, "kind"), "classified") != 0) {
        return cli_words(cli, "over quota", "超额");
    }
    snprintf(buffer, QUESTION_BYTES, cli_words(cli, "level %s", "密级 %s"),
             value_text(approval, "level"));
    return buffer;
}

static void add_approval(struct table *table, const struct cli *cli, const json_t *approval)
{
    char question[QUESTION_BYTES];
    char sheets[VALUE_BYTES];
    char missing[VALUE_BYTES];
    char available[VALUE_BYTES];
    char asked[VALUE_BYTES];
    bool open = strcmp(value_text(approval, "state"), "open") == 0;
    const char *const cells[] = {
        value_text(approval, "job"),
        value_text(approval, "person"),
        value_text(approval, "department"),
        question_words(cli, approval, question),
        value_number(approval, "sheets", sheets),
        value_number(json_object_get(approval, "quota"), "available", available),
        value_number(approval, open ? "missing_now" : "sheets_missing", missing),
        value_time(approval, "asked_at", asked),
        state_words(cli, value_text(approval, "state")),
        value_text(approval, "decided_by"),
        value_text(approval, "title"),
    };

    table_add(table, cells);
}

static void print_approvals(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"JOB",     "PERSON", "DEPARTMENT", "QUESTION",
                                   ">SHEETS", ">LEFT",  ">MISSING",   "ASKED",
                                   "STATE",   "BY",     "TITLE",      NULL};
    const char *const chinese[] = {"作业",  "人员",     "部门", "事由",   ">张数", ">余额",
                                   ">缺额", "送审时间", "状态", "审批人", "标题",  NULL};
    struct table *table = table_new(cli->language == POLICY_CHINESE ? chinese : english);

    for (size_t i = 0; table != NULL && i < json_array_size(body); i++) {
        add_approval(table, cli, json_array_get(body, i));
    }
    if (table != NULL) {
        table_write(table, stdout);
    }
    table_free(table);
}

enum cli_exit cli_approvals(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char path[PATH_BYTES] = "/v1/approvals";
    int error = client_add_query(path, sizeof path, arguments->fields);

    if (error == PR_OK) {
        error = client_ask(cli->client, "GET", path, NULL, &answer);
    }
    return cli_finish(cli, error, &answer, print_approvals);
}

static enum cli_exit decide(struct cli *cli, struct cli_arguments *arguments, const char *after)
{
    struct client_answer answer = {0};
    char path[PATH_BYTES];

    if (!path_of(path, "/v1/jobs/", arguments->positional[0], after)) {
        return no_such_job(cli);
    }
    int error = client_ask(cli->client, "POST", path, arguments->fields, &answer);

    return cli_finish(cli, error, &answer, cli_print_job_line);
}

enum cli_exit cli_approve(struct cli *cli, struct cli_arguments *arguments)
{
    return decide(cli, arguments, "/approve");
}

enum cli_exit cli_deny(struct cli *cli, struct cli_arguments *arguments)
{
    return decide(cli, arguments, "/deny");
}

/* Pages ------------------------------------------------------------------------------------------
 */

static enum cli_exit refuse_file(const struct cli *cli, const char *file)
{
    char message[512];

    snprintf(message, sizeof message, "%s: %s", file, strerror(errno));
    return cli_refuse(cli, message);
}

/* A document's page is for its reader alone: mode 0600. */
static enum cli_exit write_file(const struct cli *cli, const char *file, const char *data,
                                size_t size)
{
    bool out = strcmp(file, "-") == 0;
    int fd =
        out ? STDOUT_FILENO : open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);

    if (fd < 0) {
        return refuse_file(cli, file);
    }
    while (size > 0) {
        ssize_t written = write(fd, data, size);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            enum cli_exit status = refuse_file(cli, file);

            if (!out) {
                close(fd);
            }
            return status;
        }
        data += written;
        size -= (size_t)written;
    }
    return out || close(fd) == 0 ? CLI_DONE : refuse_file(cli, file);
}

enum cli_exit cli_preview(struct cli *cli, struct cli_arguments *arguments)
{
    const char *file = json_string_value(json_object_get(arguments->fields, "file"));
    const json_t *page = json_object_get(arguments->fields, "page");
    const json_t *dpi = json_object_get(arguments->fields, "dpi");
    struct client_answer answer = {0};
    char after[96];
    char path[PATH_BYTES];
    int length = snprintf(after, sizeof after, "/pages/%" JSON_INTEGER_FORMAT,
                          page != NULL ? json_integer_value(page) : 1);

    if (dpi != NULL) {
        snprintf(after + length, sizeof after - (size_t)length, "?dpi=%" JSON_INTEGER_FORMAT,
                 json_integer_value(dpi));
    }
    if (!path_of(path, "/v1/jobs/", arguments->positional[0], after)) {
        return no_such_job(cli);
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    if (error != PR_OK || answer.status != 200) {
        return cli_finish(cli, error, &answer, NULL);
    }
    enum cli_exit status = write_file(cli, file, answer.text, answer.length);

    client_answer_clear(&answer);
    return status;
}

/* Deputies ---------------------------------------------------------------------------------------
 */

static void print_deputies(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"DIRECTOR", "DEPUTY", "FROM", "TO", NULL};
    const char *const chinese[] = {"主任", "代理人", "起", "止", NULL};
    struct table *table = table_new(cli->language == POLICY_CHINESE ? chinese : english);
    size_t length = json_is_array(body) ? json_array_size(body) : 1;

    for (size_t i = 0; table != NULL && i < length; i++) {
        const json_t *deputy = json_is_array(body) ? json_array_get(body, i) : body;
        const char *const cells[] = {value_text(deputy, "person"), value_text(deputy, "deputy"),
                                     value_text(deputy, "from"), value_text(deputy, "to")};

        table_add(table, cells);
    }
    if (table != NULL) {
        table_write(table, stdout);
    }
    table_free(table);
}

enum cli_exit cli_deputy_set(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char path[PATH_BYTES];

    if (!path_of(path, "/v1/deputies/", arguments->positional[0], "") ||
        json_object_set_new(arguments->fields, "deputy", json_string(arguments->positional[1])) !=
            0) {
        return cli_refuse(cli, cli_words(cli, "this cannot be a name", "名称无效"));
    }
    int error = client_ask(cli->client, "PUT", path, arguments->fields, &answer);

    return cli_finish(cli, error, &answer, print_deputies);
}

enum cli_exit cli_deputy_list(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/deputies", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, print_deputies);
}

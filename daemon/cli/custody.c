/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbered copies: who has them, handing them on, whose a sheet is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

/* Lists ------------------------------------------------------------------------------------ */

static void copy_cells(const json_t *copy, struct table *table)
{
    char number[VALUE_BYTES];
    char readers[VALUE_BYTES];
    const char *const cells[] = {value_text(copy, "code"),
                                 value_text(copy, "document"),
                                 value_number(copy, "number", number),
                                 value_text(copy, "level"),
                                 value_text(copy, "words"),
                                 value_text(copy, "holder"),
                                 value_text(copy, "due"),
                                 value_number(copy, "readers", readers)};

    table_add(table, cells);
}

static void print_copies(const struct cli *cli, json_t *body)
{
    static const char *const english[] = {"COPY",   "DOCUMENT", ">NO.",     "LEVEL", "STATE",
                                          "HOLDER", "DUE",      ">READERS", NULL};
    static const char *const chinese[] = {"编号",   "文号", ">份号",     "密级", "状态",
                                          "持有人", "限期", ">传阅人数", NULL};

    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, copy_cells);
}

enum cli_exit cli_custody_list(struct cli *cli, struct cli_arguments *arguments)
{
    static const char *const theirs[] = {"document", "holder", "due", "overdue", "lost"};
    char path[CLI_PATH_BYTES] = "/v1/custody";
    struct client_answer answer = {0};
    bool numbered = arguments->length > 0;

    for (size_t i = 0; i < sizeof theirs / sizeof theirs[0]; i++) {
        numbered = numbered || json_object_get(arguments->fields, theirs[i]) != NULL;
    }
    if (!numbered) {
        return cli_copy_list(cli, arguments);
    }
    if (arguments->length > 0 &&
        !cli_set_text(arguments->fields, "job", arguments->positional[0])) {
        return cli_no_such_name(cli);
    }
    if (client_add_query(path, sizeof path, arguments->fields) != PR_OK) {
        return cli_refuse(cli, pr_strerror(PR_ELIMIT));
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    return cli_finish(cli, error, &answer, print_copies);
}

static void print_reckoning(const struct cli *cli, json_t *body)
{
    static const struct {
        const char *name;
        const char *words[POLICY_LANGUAGES];
    } rows[] = {
        {"printed", {"printed", "印制"}},
        {"held", {"held", "在库"}},
        {"issued", {"issued", "分发"}},
        {"returned", {"returned", "收回"}},
        {"archived", {"archived", "归档"}},
        {"destroyed", {"destroyed", "销毁"}},
        {"lost", {"lost", "遗失"}},
        {"printing", {"printing", "印制中"}},
        {"in_doubt", {"in doubt", "存疑"}},
        {"void", {"never printed", "未印出"}},
        {"written_off", {"of the lost: closed", "遗失中已结案"}},
    };
    static const char *const columns[] = {"", ">", NULL};
    struct table *table = table_new(columns);
    char number[VALUE_BYTES];

    for (size_t i = 0; table != NULL && i < sizeof rows / sizeof rows[0]; i++) {
        const char *const cells[] = {rows[i].words[cli->language],
                                     value_number(body, rows[i].name, number)};

        table_add(table, cells);
    }
    if (table != NULL) {
        table_write(table, stdout);
        table_free(table);
    }
}

enum cli_exit cli_copy_reckon(struct cli *cli, struct cli_arguments *arguments)
{
    char path[CLI_PATH_BYTES] = "/v1/reckoning";
    struct client_answer answer = {0};

    if (!cli_set_text(arguments->fields, "document", arguments->positional[0]) ||
        client_add_query(path, sizeof path, arguments->fields) != PR_OK) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    return cli_finish(cli, error, &answer, print_reckoning);
}

/* Handing on ------------------------------------------------------------------------------- */

/* The verb's second word is the event. */
enum cli_exit cli_copy_move(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    json_t *codes = json_array();

    for (size_t i = 0; i < arguments->length; i++) {
        json_array_append_new(codes, json_string(arguments->positional[i]));
    }
    if (json_array_size(codes) != arguments->length ||
        json_object_set(arguments->fields, "codes", codes) != 0 ||
        !cli_set_text(arguments->fields, "event", cli->verb->sub)) {
        json_decref(codes);
        return cli_no_such_name(cli);
    }
    json_decref(codes);
    int error = client_ask(cli->client, "POST", "/v1/custody", arguments->fields, &answer);

    return cli_finish(cli, error, &answer, print_copies);
}

enum cli_exit cli_copy_destroy(struct cli *cli, struct cli_arguments *arguments)
{
    char prompt[256];
    char secret[CLI_SECRET_BYTES] = "";

    snprintf(prompt, sizeof prompt, cli_words(cli, "PIN or password of %s", "%s 的 PIN 或密码"),
             value_text(arguments->fields, "witness"));
    bool given =
        cli_ask_secret(prompt, secret) && cli_set_text(arguments->fields, "witness_secret", secret);

    explicit_bzero(secret, sizeof secret);
    if (!given) {
        return cli_refuse(cli, cli_words(cli, "nothing was entered", "没有输入"));
    }
    return cli_copy_move(cli, arguments);
}

/* Tracing ---------------------------------------------------------------------------------- */

static void event_cells(const json_t *event, struct table *table)
{
    char at[VALUE_BYTES];
    const char *const cells[] = {value_time(event, "at", at),  value_text(event, "event"),
                                 value_text(event, "to"),      value_text(event, "actor"),
                                 value_text(event, "holder"),  value_text(event, "due"),
                                 value_text(event, "witness"), value_text(event, "note")};

    table_add(table, cells);
}

static void print_line(const struct cli *cli, const char *english, const char *chinese,
                       const char *text)
{
    printf("%s", cli->language == POLICY_CHINESE ? chinese : english);
    table_write_text(stdout, text);
    putchar('\n');
}

static void print_copy(const struct cli *cli, const json_t *code, const json_t *copy)
{
    static const char *const english[] = {"TIME", "EVENT",   "STATE", "BY", "HOLDER",
                                          "DUE",  "WITNESS", "NOTE",  NULL};
    static const char *const chinese[] = {"时间", "事项",   "状态", "经办人", "持有人",
                                          "限期", "监销人", "备注", NULL};
    char text[VALUE_BYTES];

    print_line(cli, "copy:     ", "编号：    ", value_text(copy, "code"));
    print_line(cli, "document: ", "文号：    ", value_text(copy, "document"));
    print_line(cli, "page:     ", "页：      ", value_number(code, "page", text));
    print_line(cli, "level:    ", "密级：    ", value_text(copy, "level"));
    print_line(cli, "sent by:  ", "送印人：  ", value_text(copy, "person"));
    print_line(cli, "printed:  ", "印制时间：", value_time(copy, "printed_at", text));
    print_line(cli, "state:    ", "状态：    ", value_text(copy, "words"));
    print_line(cli, "holder:   ", "持有人：  ", value_text(copy, "holder"));
    cli_print_list(json_object_get(copy, "events"),
                   cli->language == POLICY_CHINESE ? chinese : english, event_cells);
}

static void print_trace(const struct cli *cli, json_t *body)
{
    const json_t *codes = json_object_get(body, "codes");

    for (size_t i = 0; i < json_array_size(codes); i++) {
        const json_t *code = json_array_get(codes, i);
        const json_t *copy = json_object_get(code, "copy");

        if (i > 0) {
            putchar('\n');
        }
        table_write_text(stdout, value_text(code, "text"));
        fputs(": ", stdout);
        table_write_text(stdout, value_text(code, "words"));
        putchar('\n');
        if (json_is_object(copy)) {
            print_copy(cli, code, copy);
        }
    }
}

static enum cli_exit trace_code(struct cli *cli, struct cli_arguments *arguments)
{
    char path[CLI_PATH_BYTES] = "/v1/trace";
    struct client_answer answer = {0};

    if (!cli_set_text(arguments->fields, "code", arguments->positional[0]) ||
        client_add_query(path, sizeof path, arguments->fields) != PR_OK) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    return cli_finish(cli, error, &answer, print_trace);
}

static enum cli_exit refuse_file(const struct cli *cli, const char *file, int reason)
{
    char message[512];

    snprintf(message, sizeof message, "%s: %s", file, strerror(reason));
    return cli_refuse(cli, message);
}

/* What is a file is read, anything else is a code: codes have no file's name. */
enum cli_exit cli_trace(struct cli *cli, struct cli_arguments *arguments)
{
    const char *what = arguments->positional[0];
    struct client_document document = {.type = "application/octet-stream"};
    struct client_answer answer = {0};
    struct stat status;

    if (stat(what, &status) != 0) {
        return trace_code(cli, arguments);
    }
    document.fd = open(what, O_RDONLY | O_CLOEXEC);
    if (document.fd < 0 || S_ISDIR(status.st_mode)) {
        int reason = document.fd < 0 ? errno : EISDIR;

        if (document.fd >= 0) {
            close(document.fd);
        }
        return refuse_file(cli, what, reason);
    }
    int error = client_send(cli->client, "POST", "/v1/trace", &document, &answer);

    close(document.fd);
    if (document.error != 0) {
        client_answer_clear(&answer);
        return refuse_file(cli, what, document.error);
    }
    return cli_finish(cli, error, &answer, print_trace);
}

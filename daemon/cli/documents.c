/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of documents received and dispatched. */
#include <stdio.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

enum { NAMES_BYTES = 1024 };

static void document_cells(const json_t *document, struct table *table)
{
    const json_t *words = json_object_get(document, "words");
    char names[NAMES_BYTES];
    char copies[VALUE_BYTES];

    value_list(document, "to", names, sizeof names);
    const char *const cells[] = {value_text(document, "id"),
                                 value_text(document, "day"),
                                 value_text(document, "document_number"),
                                 value_text(words, "level"),
                                 value_text(words, "urgency"),
                                 value_text(document, "from"),
                                 names,
                                 value_text(document, "signer"),
                                 value_number(document, "copies", copies),
                                 value_text(words, "condition"),
                                 value_text(words, "state")};

    table_add(table, cells);
}

static void print_documents(const struct cli *cli, json_t *body)
{
    static const char *const english[] = {"ID",      "DAY",       "DOCUMENT", "LEVEL",
                                          "URGENCY", "FROM",      "TO",       "SIGNER",
                                          ">COPIES", "CONDITION", "STATE",    NULL};
    static const char *const chinese[] = {"编号",     "日期",     "发文字号", "密级",
                                          "紧急程度", "来文单位", "收文人",   "签发人",
                                          ">份数",    "完好情况", "状态",     NULL};

    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, document_cells);
}

static void event_cells(const json_t *event, struct table *table)
{
    char at[VALUE_BYTES];
    const char *const cells[] = {value_time(event, "at", at), value_text(event, "words"),
                                 value_text(event, "actor"), value_text(event, "note")};

    table_add(table, cells);
}

static void copy_cells(const json_t *copy, struct table *table)
{
    const char *const cells[] = {value_text(copy, "code"), value_text(copy, "words"),
                                 value_text(copy, "holder"), value_text(copy, "due")};

    table_add(table, cells);
}

static void print_whole(const struct cli *cli, json_t *body)
{
    static const char *const english[] = {"TIME", "EVENT", "BY", "NOTE", NULL};
    static const char *const chinese[] = {"时间", "事项", "经办人", "备注", NULL};
    static const char *const copies_english[] = {"COPY", "STATE", "HOLDER", "DUE", NULL};
    static const char *const copies_chinese[] = {"编号", "状态", "持有人", "限期", NULL};
    const json_t *copies = json_object_get(body, "numbered_copies");
    const bool zh = cli->language == POLICY_CHINESE;

    print_documents(cli, body);
    putchar('\n');
    cli_print_list(json_object_get(body, "events"), zh ? chinese : english, event_cells);
    if (json_array_size(copies) > 0) {
        putchar('\n');
        cli_print_list(copies, zh ? copies_chinese : copies_english, copy_cells);
    }
}

static enum cli_exit add(struct cli *cli, struct cli_arguments *arguments, const char *direction)
{
    struct client_answer answer = {0};

    if (!cli_set_text(arguments->fields, "direction", direction) ||
        !cli_set_text(arguments->fields, "document_number", arguments->positional[0])) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "POST", "/v1/documents", arguments->fields, &answer);

    return cli_finish(cli, error, &answer, print_documents);
}

enum cli_exit cli_document_receive(struct cli *cli, struct cli_arguments *arguments)
{
    return add(cli, arguments, "received");
}

enum cli_exit cli_document_dispatch(struct cli *cli, struct cli_arguments *arguments)
{
    return add(cli, arguments, "dispatched");
}

enum cli_exit cli_document_list(struct cli *cli, struct cli_arguments *arguments)
{
    char path[CLI_PATH_BYTES] = "/v1/documents";
    struct client_answer answer = {0};
    const bool csv = json_object_get(arguments->fields, "csv") != NULL;

    json_object_del(arguments->fields, "csv");
    if (!cli_set_text(arguments->fields, "direction", arguments->positional[0]) ||
        (csv && !cli_set_text(arguments->fields, "format", "csv")) ||
        client_add_query(path, sizeof path, arguments->fields) != PR_OK) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    if (!csv || error != PR_OK || answer.status >= 400) {
        return cli_finish(cli, error, &answer, print_documents);
    }
    bool failed = fwrite(answer.text, 1, answer.length, stdout) != answer.length;

    client_answer_clear(&answer);
    return failed || fflush(stdout) != 0 ? cli_refuse(cli, pr_strerror(PR_EIO)) : CLI_DONE;
}

enum cli_exit cli_document_show(struct cli *cli, struct cli_arguments *arguments)
{
    char path[CLI_PATH_BYTES];
    struct client_answer answer = {0};

    if (!cli_path_of(path, "/v1/documents/", arguments->positional[0], "")) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "GET", path, NULL, &answer);

    return cli_finish(cli, error, &answer, print_whole);
}

/* The verb's second word is the event. */
enum cli_exit cli_document_move(struct cli *cli, struct cli_arguments *arguments)
{
    char path[CLI_PATH_BYTES];
    struct client_answer answer = {0};

    if (!cli_path_of(path, "/v1/documents/", arguments->positional[0], "") ||
        !cli_set_text(arguments->fields, "event", cli->verb->sub)) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "POST", path, arguments->fields, &answer);

    return cli_finish(cli, error, &answer, print_documents);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maintenance register and the stock. */
#include <stdio.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

static void entry_cells(const json_t *entry, struct table *table)
{
    char number[VALUE_BYTES];
    char times[2][VALUE_BYTES];
    const char *const cells[] = {value_number(entry, "number", number),
                                 value_text(entry, "device"),
                                 value_text(entry, "kind"),
                                 value_time(entry, "opened_at", times[0]),
                                 value_text(entry, "opened_by"),
                                 value_text(entry, "next_due"),
                                 value_time(entry, "closed_at", times[1]),
                                 value_text(entry, "vendor"),
                                 value_text(entry, "note"),
                                 value_text(entry, "closing_note")};

    table_add(table, cells);
}

void cli_print_maintenance(const struct cli *cli, json_t *body)
{
    static const char *const members[] = {"kind", NULL};
    static const char *const english[] = {">NO",    "DEVICE", "KIND", "OPENED",       "BY", "DUE",
                                          "CLOSED", "VENDOR", "NOTE", "CLOSING NOTE", NULL};
    static const char *const chinese[] = {">编号", "设备", "种类", "登记",     "经办", "到期",
                                          "关闭",  "厂商", "说明", "关闭说明", NULL};

    value_device_words(cli, body, members);
    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, entry_cells);
}

enum cli_exit cli_maintenance_add(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};

    if (!cli_set_text(arguments->fields, "device", arguments->positional[0])) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "POST", "/v1/maintenance", arguments->fields, &answer);

    return cli_finish(cli, error, &answer, cli_print_maintenance);
}

enum cli_exit cli_maintenance_list(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char path[CLI_PATH_BYTES] = "/v1/maintenance";

    if (arguments->length > 0 &&
        !cli_set_text(arguments->fields, "device", arguments->positional[0])) {
        return cli_no_such_name(cli);
    }
    int error = client_add_query(path, sizeof path, arguments->fields);

    if (error == PR_OK) {
        error = client_ask(cli->client, "GET", path, NULL, &answer);
    }
    return cli_finish(cli, error, &answer, cli_print_maintenance);
}

enum cli_exit cli_maintenance_close(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char path[CLI_PATH_BYTES];

    if (!cli_path_of(path, "/v1/maintenance/", arguments->positional[0], "/close")) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, "POST", path, arguments->fields, &answer);

    return cli_finish(cli, error, &answer, cli_print_maintenance);
}

/* Stock ---------------------------------------------------------------------------------------- */

static void item_cells(const json_t *item, struct table *table)
{
    char numbers[2][VALUE_BYTES];
    const char *const cells[] = {value_text(item, "item"), value_number(item, "amount", numbers[0]),
                                 value_number(item, "minimum", numbers[1]),
                                 json_is_true(json_object_get(item, "low")) ? "!" : ""};

    table_add(table, cells);
}

static void print_stock(const struct cli *cli, json_t *body)
{
    static const char *const english[] = {"ITEM", ">IN STOCK", ">MINIMUM", "", NULL};
    static const char *const chinese[] = {"品名", ">库存", ">下限", "", NULL};

    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, item_cells);
}

static enum cli_exit book(struct cli *cli, struct cli_arguments *arguments, int sign)
{
    struct client_answer answer = {0};

    if (!cli_set_text(arguments->fields, "item", arguments->positional[0])) {
        return cli_no_such_name(cli);
    }
    if (!cli_set_number(arguments->fields, "change", arguments->positional[1])) {
        cli_refuse(cli, cli_words(cli, "N must be a whole number", "数量应为整数"));
        return CLI_USAGE;
    }
    json_int_t amount = json_integer_value(json_object_get(arguments->fields, "change"));

    if (amount <= 0 || amount > 1000000) {
        cli_refuse(cli, cli_words(cli, "N must be between 1 and 1000000", "数量应为 1 至 1000000"));
        return CLI_USAGE;
    }
    json_object_set_new(arguments->fields, "change", json_integer(sign * amount));
    int error = client_ask(cli->client, "POST", "/v1/stock", arguments->fields, &answer);

    return cli_finish(cli, error, &answer, print_stock);
}

enum cli_exit cli_stock_add(struct cli *cli, struct cli_arguments *arguments)
{
    return book(cli, arguments, 1);
}

enum cli_exit cli_stock_use(struct cli *cli, struct cli_arguments *arguments)
{
    return book(cli, arguments, -1);
}

enum cli_exit cli_stock_list(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/stock", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, print_stock);
}

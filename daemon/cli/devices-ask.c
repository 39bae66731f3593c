/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device says, how it was emptied, and how its counter compares with the books. */
#include <stdio.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

static const char *const *columns_of(const struct cli *cli, const char *const *english,
                                     const char *const *chinese)
{
    return cli->language == POLICY_CHINESE ? chinese : english;
}

static void status_cells(const json_t *status, struct table *table)
{
    char numbers[2][VALUE_BYTES];
    const char *const cells[] = {value_text(status, "device"),
                                 value_text(status, "state"),
                                 value_text(status, "reasons"),
                                 value_text(status, "message"),
                                 value_number(status, "impressions", numbers[0]),
                                 value_number(status, "media_sheets", numbers[1])};

    table_add(table, cells);
}

static void print_status(const struct cli *cli, json_t *body)
{
    static const char *const members[] = {"state", NULL};
    static const char *const english[] = {"DEVICE",       "STATE",   "REASONS", "MESSAGE",
                                          ">IMPRESSIONS", ">SHEETS", NULL};
    static const char *const chinese[] = {"设备", "状态", "原因", "信息", ">印面", ">张数", NULL};

    value_device_words(cli, body, members);
    cli_print_list(body, columns_of(cli, english, chinese), status_cells);
}

enum cli_exit cli_device_status(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "GET", "/status", NULL, print_status);
}

static void counter_cells(const json_t *counters, struct table *table)
{
    char numbers[3][VALUE_BYTES];
    const char *const cells[] = {value_text(counters, "device"), value_text(counters, "source"),
                                 value_number(counters, "impressions", numbers[0]),
                                 value_number(counters, "color_impressions", numbers[1]),
                                 value_number(counters, "media_sheets", numbers[2])};

    table_add(table, cells);
}

static void print_counters(const struct cli *cli, json_t *body)
{
    static const char *const english[] = {"DEVICE",  "SOURCE",  ">IMPRESSIONS",
                                          ">COLOUR", ">SHEETS", NULL};
    static const char *const chinese[] = {"设备", "来源", ">印面", ">彩色印面", ">张数", NULL};

    cli_print_list(body, columns_of(cli, english, chinese), counter_cells);
}

enum cli_exit cli_device_counters(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "GET", "/counters", NULL, print_counters);
}

static void supply_cells(const json_t *supply, struct table *table)
{
    char number[VALUE_BYTES];
    const char *const cells[] = {value_text(supply, "device"),
                                 value_text(supply, "name"),
                                 value_text(supply, "kind"),
                                 value_text(supply, "color"),
                                 value_number(supply, "level_percent", number),
                                 value_text(supply, "state"),
                                 json_is_true(json_object_get(supply, "low")) ? "!" : ""};

    table_add(table, cells);
}

static void print_supplies(const struct cli *cli, json_t *body)
{
    static const char *const members[] = {"kind", "state", NULL};
    static const char *const english[] = {"DEVICE", "SUPPLY", "KIND", "COLOUR",
                                          ">%",     "STATE",  "",     NULL};
    static const char *const chinese[] = {"设备", "耗材", "种类", "颜色", ">%", "状态", "", NULL};

    value_device_words(cli, body, members);
    cli_print_list(body, columns_of(cli, english, chinese), supply_cells);
}

enum cli_exit cli_device_supplies(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "GET", "/supplies", NULL, print_supplies);
}

static void residue_cells(const json_t *item, struct table *table)
{
    char number[VALUE_BYTES];
    const char *const cells[] = {
        value_text(item, "kind"),  value_text(item, "where"),
        value_text(item, "name"),  value_number(item, "size_bytes", number),
        value_text(item, "state"), json_is_true(json_object_get(item, "residue")) ? "!" : ""};

    table_add(table, cells);
}

/** Sentences of the helper, in the person's language, each after its name. */
static void print_sentences(const struct cli *cli, const char *heading, const char *name,
                            const json_t *list)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        const char *subject = value_text(item, name);

        fputs(i == 0 ? heading : "", stdout);
        fputs("  ", stdout);
        table_write_text(stdout, subject);
        fputs(subject[0] != '\0' ? ": " : "", stdout);
        table_write_text(stdout, value_text(item, cli_words(cli, "en", "zh")));
        putchar('\n');
    }
}

/** @param body  with what was not looked at */
static void print_not_covered(const struct cli *cli, const json_t *body)
{
    print_sentences(cli, cli_words(cli, "Not covered:\n", "未涵盖：\n"), "what",
                    json_object_get(body, "not_covered"));
}

static void print_residue(const struct cli *cli, json_t *body)
{
    static const char *const members[] = {"kind", NULL};
    static const char *const english[] = {"KIND", "WHERE", "NAME", ">BYTES", "STATE", "", NULL};
    static const char *const chinese[] = {"种类", "位置", "名称", ">字节", "状态", "", NULL};

    value_device_words(cli, json_object_get(body, "items"), members);
    cli_print_list(json_object_get(body, "items"), columns_of(cli, english, chinese),
                   residue_cells);
    print_not_covered(cli, body);
}

enum cli_exit cli_device_residue(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "GET", "/residue", NULL, print_residue);
}

/* Purges --------------------------------------------------------------------------------------- */

static void purge_cells(const json_t *purge, struct table *table)
{
    const json_t *summary = json_object_get(purge, "summary");
    char numbers[3][VALUE_BYTES];
    char time[VALUE_BYTES];
    const char *const cells[] = {value_number(purge, "number", numbers[0]),
                                 value_time(purge, "began_at", time),
                                 value_text(purge, "actor"),
                                 value_text(purge, "outcome"),
                                 value_number(summary, "found", numbers[1]),
                                 value_number(summary, "verified_absent", numbers[2]),
                                 value_text(purge, "words")};

    table_add(table, cells);
}

static void print_purges(const struct cli *cli, json_t *body)
{
    static const char *const english[] = {">NO",    "BEGAN",     "BY", "OUTCOME",
                                          ">FOUND", ">VERIFIED", "",   NULL};
    static const char *const chinese[] = {">编号", "开始",      "经办", "结果",
                                          ">发现", ">核实已删", "",     NULL};

    cli_print_list(body, columns_of(cli, english, chinese), purge_cells);
}

static void print_purge(const struct cli *cli, json_t *purge)
{
    const json_t *summary = json_object_get(purge, "summary");

    print_purges(cli, purge);
    printf("%s\n", value_text(purge, "method_words"));
    print_not_covered(cli, summary);
    print_sentences(cli,
                    cli_words(cli, "Left to a person (then: printroom device attest):\n",
                              "须由人员在设备上完成（之后用 printroom device attest 登记）：\n"),
                    "id", json_object_get(summary, "vendor_steps"));
    if (value_text(purge, "error")[0] != '\0') {
        table_write_text(stdout, value_text(purge, "error"));
        putchar('\n');
    }
    printf("sha256 %s\n", value_text(purge, "sha256"));
}

enum cli_exit cli_device_purge(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "POST", "/purge", NULL, print_purge);
}

/** JSON in ASCII, as printroom-device made it: what it is the hash of. Should it be something else,
 * the terminal gets none of it. */
static void print_lines(const char *text)
{
    for (; *text != '\0'; text++) {
        putchar(*text == '\n' || (*text >= ' ' && *text <= '~') ? *text : '?');
    }
}

static void print_evidence(const struct cli *cli, json_t *purge)
{
    print_purge(cli, purge);
    putchar('\n');
    print_lines(value_text(purge, "evidence"));
}

enum cli_exit cli_device_purges(struct cli *cli, struct cli_arguments *arguments)
{
    char after[64];

    if (arguments->length < 2) {
        return cli_device_call(cli, arguments, "GET", "/purges", NULL, print_purges);
    }
    const char *number = arguments->positional[1];

    if (strspn(number, "0123456789") != strlen(number) || strlen(number) > 18) {
        return cli_refuse(cli, cli_words(cli, "this is no number of a purge", "编号无效"));
    }
    snprintf(after, sizeof after, "/purges/%s", number);
    return cli_device_call(cli, arguments, "GET", after, NULL, print_evidence);
}

/* Counter and books ---------------------------------------------------------------------------- */

static void interval_cells(const json_t *interval, struct table *table)
{
    static const char *const names[] = {"delta", "jobs", "copies", "unregistered", "missing"};
    enum { TEXTS = 3, NUMBERS = sizeof names / sizeof names[0] };
    char numbers[NUMBERS][VALUE_BYTES];
    const char *cells[TEXTS + NUMBERS] = {value_text(interval, "day"),
                                          value_text(interval, "outcome"),
                                          value_text(interval, "counter")};

    for (size_t i = 0; i < NUMBERS; i++) {
        cells[TEXTS + i] = value_number(interval, names[i], numbers[i]);
    }
    table_add(table, cells);
}

/** A row of its own below the interval for what would be found now. */
static json_t *rows_of(const struct cli *cli, const json_t *intervals)
{
    json_t *rows = json_array();
    size_t i;
    json_t *interval;

    json_array_foreach(intervals, i, interval)
    {
        json_t *now = json_object_get(interval, "now");

        json_array_append(rows, interval);
        if (json_is_object(now)) {
            json_object_set_new(now, "day", json_string(cli_words(cli, "  (now)", "  （现在）")));
            json_array_append(rows, now);
        }
    }
    return rows;
}

static void print_intervals(const struct cli *cli, json_t *body)
{
    static const char *const members[] = {"outcome", "counter", NULL};
    static const char *const english[] = {"DAY",           "OUTCOME",  "COUNTER",
                                          ">COUNTED",      ">JOBS",    ">COPIES",
                                          ">UNREGISTERED", ">MISSING", NULL};
    static const char *const chinese[] = {"日期",  "结果",    "计数器", ">计数", ">作业",
                                          ">复印", ">未登记", ">短缺",  NULL};

    json_t *rows = rows_of(cli, json_object_get(body, "intervals"));

    value_device_words(cli, rows, members);
    cli_print_list(rows, columns_of(cli, english, chinese), interval_cells);
    json_decref(rows);
}

enum cli_exit cli_device_reconcile(struct cli *cli, struct cli_arguments *arguments)
{
    char after[128] = "/reconciliation";

    if (client_add_query(after, sizeof after, arguments->fields) != PR_OK) {
        return cli_no_such_name(cli);
    }
    return cli_device_call(cli, arguments, "GET", after, NULL, print_intervals);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device register: add, set, list, show. */
#include "daemon/cli/devices.h"

#include <stdio.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

static void device_cells(const json_t *device, struct table *table)
{
    char uris[1024];
    char model[300];

    value_list(device, "manage", uris, sizeof uris);
    snprintf(model, sizeof model, "%s%s%s", value_text(device, "maker"),
             value_text(device, "maker")[0] != '\0' ? " " : "", value_text(device, "model"));
    const char *const cells[] = {value_text(device, "name"),
                                 value_text(device, "queue"),
                                 value_text(device, "area"),
                                 value_text(device, "max_level"),
                                 model,
                                 value_text(device, "problem"),
                                 value_active(device),
                                 uris};

    table_add(table, cells);
}

static void print_devices(const struct cli *cli, json_t *body)
{
    const char *const english[] = {"DEVICE",  "QUEUE", "AREA",       "MAX LEVEL", "MODEL",
                                   "PROBLEM", "",      "MANAGED AT", NULL};
    const char *const chinese[] = {"设备", "队列", "区域",     "最高密级", "型号",
                                   "故障", "",     "管理地址", NULL};

    cli_print_list(body, cli->language == POLICY_CHINESE ? chinese : english, device_cells);
}

static void print_line(const char *label, const char *text)
{
    if (text[0] != '\0') {
        printf("%s: ", label);
        table_write_text(stdout, text);
        putchar('\n');
    }
}

static void print_steps(const struct cli *cli, const json_t *device)
{
    size_t i;
    json_t *step;

    json_array_foreach(json_object_get(device, "vendor_steps"), i, step)
    {
        printf(cli_words(cli, "at the device (%s): ", "需在设备上操作（%s）："),
               value_text(step, "id"));
        table_write_text(stdout, value_text(step, cli->language == POLICY_CHINESE ? "zh" : "en"));
        putchar('\n');
    }
    json_array_foreach(json_object_get(device, "attestations"), i, step)
    {
        char time[VALUE_BYTES];

        printf("  %s %s %s: ", value_time(step, "at", time), value_text(step, "actor"),
               value_text(step, "step"));
        table_write_text(stdout, value_text(step, "note"));
        putchar('\n');
    }
}

/** How its counter is compared with the books, where a person has said so. */
static void print_counting(const struct cli *cli, const json_t *device)
{
    char step[VALUE_BYTES];
    const char *counter = value_text(device, "counter");

    print_line(cli_words(cli, "compared by", "核对所用计数器"),
               strcmp(counter, "auto") == 0 ? "" : counter);
    if (json_integer_value(json_object_get(device, "duplex_step")) > 0) {
        print_line(cli_words(cli, "a sheet on two sides counts", "双面一张计数"),
                   value_number(device, "duplex_step", step));
    }
}

static void print_device(const struct cli *cli, json_t *device)
{
    static const char *const members[] = {"counter", NULL};
    const json_t *probe = json_object_get(device, "probe");
    char texts[512];

    print_devices(cli, device);
    putchar('\n');
    print_line(cli_words(cli, "serial number", "序列号"), value_text(device, "serial"));
    if (strcmp(value_text(device, "serial"), value_text(device, "serial_seen")) != 0) {
        print_line(cli_words(cli, "serial number last seen", "最近读到的序列号"),
                   value_text(device, "serial_seen"));
    }
    print_line(cli_words(cli, "firmware", "固件"), value_text(device, "firmware"));
    value_list(device, "languages", texts, sizeof texts);
    print_line(cli_words(cli, "languages", "语言"), texts);
    value_list(device, "can", texts, sizeof texts);
    print_line(cli_words(cli, "can be asked for", "可查询"), texts);
    print_line(cli_words(cli, "vendor", "厂商联系方式"), value_text(device, "vendor_contact"));
    value_device_words(cli, device, members);
    print_counting(cli, device);
    print_steps(cli, device);
    if (probe != NULL && !json_is_true(json_object_get(probe, "answered"))) {
        print_line(cli_words(cli, "it did not say who it is", "未能识别设备"),
                   value_text(probe, "message"));
    }
    if (json_array_size(json_object_get(device, "maintenance")) > 0) {
        putchar('\n');
        cli_print_maintenance(cli, json_object_get(device, "maintenance"));
    }
}

/** Makes the queue when there is none; false with the reason said. */
static bool make_queue(const struct cli *cli, const json_t *fields, const char *printer,
                       const char *driver)
{
    const char *queue = value_text(fields, "queue");

    if (device_queue_exists(queue)) {
        return true;
    }
    if (device_queue_make(queue, printer, driver) == PR_OK) {
        return true;
    }
    cli_refuse(
        cli, cli_words(
                 cli,
                 "the queue could not be made (see above); cupsd.conf needs the "
                 "operation policy \"device\", and you the right to add printers",
                 "无法建立队列（见上）；cupsd.conf 须有操作策略 device，且您须有添加打印机的权限"));
    return false;
}

/** Where the device is asked when nothing else is said: where it prints, else through its queue. */
static bool default_uri(json_t *fields, const char *printer)
{
    char uri[256];

    snprintf(uri, sizeof uri, "cups:%s", value_text(fields, "queue"));
    return json_object_get(fields, "manage") != NULL ||
           json_object_set_new(fields, "manage",
                               json_pack("[s]", printer != NULL ? printer : uri)) == 0;
}

enum cli_exit cli_device_add(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    json_t *printer = json_incref(json_object_get(arguments->fields, "printer"));
    json_t *driver = json_incref(json_object_get(arguments->fields, "driver"));
    enum cli_exit status = CLI_REFUSED;

    json_object_del(arguments->fields, "printer");
    json_object_del(arguments->fields, "driver");
    if (!cli_set_text(arguments->fields, "name", arguments->positional[0]) ||
        !default_uri(arguments->fields, json_string_value(printer))) {
        status = cli_no_such_name(cli);
    } else if (printer == NULL || make_queue(cli, arguments->fields, json_string_value(printer),
                                             json_string_value(driver))) {
        int error = client_ask(cli->client, "POST", "/v1/devices", arguments->fields, &answer);

        status = cli_finish(cli, error, &answer, print_device);
    }
    json_decref(printer);
    json_decref(driver);
    return status;
}

enum cli_exit cli_device_list(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/devices", NULL, &answer);

    (void)arguments;
    return cli_finish(cli, error, &answer, print_devices);
}

enum cli_exit cli_device_call(struct cli *cli, const struct cli_arguments *arguments,
                              const char *method, const char *after, json_t *body,
                              void (*print)(const struct cli *cli, json_t *body))
{
    struct client_answer answer = {0};
    char path[CLI_PATH_BYTES];

    if (!cli_path_of(path, "/v1/devices/", arguments->positional[0], after)) {
        return cli_no_such_name(cli);
    }
    int error = client_ask(cli->client, method, path, body, &answer);

    return cli_finish(cli, error, &answer, print);
}

enum cli_exit cli_device_show(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "GET", "", NULL, print_device);
}

enum cli_exit cli_device_set(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "PUT", "", arguments->fields, print_device);
}

static enum cli_exit set_active(struct cli *cli, struct cli_arguments *arguments, bool active)
{
    json_object_set_new(arguments->fields, "active", json_boolean(active));
    return cli_device_set(cli, arguments);
}

enum cli_exit cli_device_retire(struct cli *cli, struct cli_arguments *arguments)
{
    return set_active(cli, arguments, false);
}

enum cli_exit cli_device_reactivate(struct cli *cli, struct cli_arguments *arguments)
{
    return set_active(cli, arguments, true);
}

enum cli_exit cli_device_probe(struct cli *cli, struct cli_arguments *arguments)
{
    return cli_device_call(cli, arguments, "POST", "/probe", NULL, print_device);
}

enum cli_exit cli_device_attest(struct cli *cli, struct cli_arguments *arguments)
{
    if (!cli_set_text(arguments->fields, "step", arguments->positional[1])) {
        return cli_no_such_name(cli);
    }
    return cli_device_call(cli, arguments, "POST", "/attestations", arguments->fields,
                           print_device);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures for Prometheus, in its text format 0.0.4. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/api/server.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/counts.h"
#include "daemon/store/devices-register.h"
#include "daemon/store/ledger.h"
#include "daemon/store/purges.h"
#include "daemon/store/supplies.h"

static void heading(FILE *text, const char *name, const char *help)
{
    fprintf(text, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static int write_jobs(FILE *text, struct office *office, const char *month)
{
    json_t *counts = NULL;
    const char *state;
    json_t *number;
    int error = jobs_count_states(office, month, &counts);

    if (error != PR_OK) {
        return error;
    }
    heading(text, "printroom_jobs", "Jobs by state; those that are over, of this month.");
    json_object_foreach(counts, state, number)
    {
        fprintf(text, "printroom_jobs{state=\"%s\"} %" JSON_INTEGER_FORMAT "\n", state,
                json_integer_value(number));
    }
    json_decref(counts);
    return PR_OK;
}

struct ledger_walk {
    FILE *text;
    struct store_tx *tx;
    const char *month;
};

/* Codes of departments are small letters, digits and '-': nothing that a label would have to
 * escape. */
static int write_account(void *context, const struct department *department)
{
    const struct ledger_walk *walk = context;
    struct policy_balance balance;
    int error = ledger_peek(walk->tx, department->key, walk->month, &balance);

    if (error != PR_OK) {
        return error;
    }
    const struct {
        const char *kind;
        int64_t sheets;
    } figures[] = {{"allotted", balance.allotted},
                   {"granted", balance.granted},
                   {"reserved", balance.reserved},
                   {"used", balance.used}};

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        fprintf(walk->text, "printroom_sheets{department=\"%s\",kind=\"%s\"} %" PRId64 "\n",
                department->code, figures[i].kind, figures[i].sheets);
    }
    return PR_OK;
}

static int write_ledger(FILE *text, struct office *office, const char *month)
{
    struct ledger_walk walk = {text, NULL, month};
    int error = store_begin_read(office->store, &walk.tx);

    if (error != PR_OK) {
        return error;
    }
    heading(text, "printroom_sheets", "Sheets of A4 in this month's accounts.");
    error = department_each(walk.tx, write_account, &walk);
    store_rollback(walk.tx);
    return error;
}

/* Names of devices are letters, digits, '-', '_' and '.': nothing to escape. */
static int write_device(void *context, const struct device_record *device)
{
    const struct ledger_walk *walk = context;
    json_t *details = NULL;
    int error = device_details(walk->tx, device->key, &details);

    if (error == PR_OK && device->active) {
        fprintf(walk->text, "printroom_device_answers{device=\"%s\"} %d\n", device->name,
                json_is_null(json_object_get(details, "unreachable_at")) ? 1 : 0);
    }
    json_decref(details);
    return error;
}

static int write_purges(void *context, const char *outcome, int64_t number)
{
    const struct ledger_walk *walk = context;

    fprintf(walk->text, "printroom_purges{outcome=\"%s\"} %" PRId64 "\n", outcome, number);
    return PR_OK;
}

static int write_devices(FILE *text, struct office *office)
{
    struct ledger_walk walk = {text, NULL, NULL};
    json_t *low = json_array();
    int error = store_begin_read(office->store, &walk.tx);

    if (error == PR_OK) {
        heading(text, "printroom_device_answers", "1: the device answered when last asked.");
        error = device_each(walk.tx, write_device, &walk);
        if (error == PR_OK) {
            heading(text, "printroom_purges", "Purges of devices by outcome.");
            error = purge_count(walk.tx, write_purges, &walk);
        }
        if (error == PR_OK) {
            error =
                supplies_list(walk.tx, 0, office->settings->devices.supply_low_percent, true, low);
        }
        store_rollback(walk.tx);
    }
    heading(text, "printroom_supplies_low", "Supplies of devices that are low or empty.");
    fprintf(text, "printroom_supplies_low %zu\n", json_array_size(low));
    json_decref(low);
    return error;
}

static void write_process(FILE *text, const struct api_server *server)
{
    char line[128] = "";
    FILE *stream = fopen("/proc/self/statm", "re");

    if (stream != NULL) {
        if (fgets(line, sizeof line, stream) == NULL) {
            line[0] = '\0';
        }
        fclose(stream);
    }
    /* Pages of the whole program, then those in memory (proc(5)). */
    const char *resident_text = strchr(line, ' ');
    unsigned long long resident = resident_text != NULL ? strtoull(resident_text, NULL, 10) : 0;

    heading(text, "process_resident_memory_bytes", "Memory in use.");
    fprintf(text, "process_resident_memory_bytes %llu\n",
            resident * (unsigned long long)sysconf(_SC_PAGESIZE));
    heading(text, "process_start_time_seconds", "When the service was started, since 1970.");
    fprintf(text, "process_start_time_seconds %" PRId64 "\n", api_server_started_ms(server) / 1000);
    heading(text, "printroom_uptime_seconds", "Since the service was started.");
    fprintf(text, "printroom_uptime_seconds %" PRId64 "\n",
            (store_now_ms() - api_server_started_ms(server)) / 1000);
}

void api_metrics(struct api_request *request)
{
    char month[POLICY_MONTH_BYTES];
    char *buffer = NULL;
    size_t size = 0;
    FILE *text = open_memstream(&buffer, &size);
    int error = text != NULL ? PR_OK : PR_ENOMEM;

    clock_month(store_now_ms(), month);
    if (error == PR_OK) {
        error = write_jobs(text, request->office, month);
        if (error == PR_OK) {
            error = write_ledger(text, request->office, month);
        }
        if (error == PR_OK) {
            error = write_devices(text, request->office);
        }
        write_process(text, request->server);
        if (fclose(text) != 0 && error == PR_OK) {
            error = PR_ENOMEM;
        }
    }
    if (error != PR_OK) {
        free(buffer);
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", buffer);
}

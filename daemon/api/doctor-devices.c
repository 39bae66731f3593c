/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of the device register: what is remembered of the devices, without asking them. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/doctor.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/store/devices-register.h"
#include "daemon/store/maintenance.h"
#include "daemon/store/supplies.h"

/** Appends to the finding's list of names, "…" when it is full. */
static void append(struct doctor_finding *finding, const char *words)
{
    size_t used = strlen(finding->a);
    size_t room = sizeof finding->a - used;

    if (used + strlen(words) + sizeof ", …" < sizeof finding->a) {
        snprintf(finding->a + used, room, "%s%s", used > 0 ? ", " : "", words);
    } else if (room > sizeof ", …" && strstr(finding->a, "…") == NULL) {
        snprintf(finding->a + used, room, "%s", ", …");
    }
    finding->result = DOCTOR_WARNING;
}

struct look {
    struct office *office;
    struct store_tx *tx;
    struct doctor_finding *finding;
};

/** Walks the active devices; `see` appends those it finds fault with. */
static void look_at_devices(struct office *office, struct doctor_finding *finding,
                            int (*see)(void *context, const struct device_record *device))
{
    struct look look = {.office = office, .finding = finding};
    int error = store_begin_read(office->store, &look.tx);

    finding->result = DOCTOR_OK;
    if (error == PR_OK) {
        error = device_each(look.tx, see, &look);
        store_rollback(look.tx);
    }
    if (error != PR_OK) {
        finding->result = DOCTOR_FAILED;
        snprintf(finding->a, sizeof finding->a, "%s", pr_strerror(error));
    }
}

static int see_area(void *context, const struct device_record *device)
{
    const struct look *look = context;
    const struct policy_ladder *ladder = &look->office->settings->policy.ladder;
    int highest = policy_ladder_find(ladder, device->max_level);
    bool classified = false;

    for (int i = 0; device->max_level[0] != '\0' && i <= highest; i++) {
        classified |= ladder->level[i].supervised;
    }
    if (device->active && classified && device->area[0] == '\0') {
        append(look->finding, device->name);
    }
    return PR_OK;
}

void doctor_device_areas(struct office *office, struct doctor_finding *finding)
{
    look_at_devices(office, finding, see_area);
}

static int see_silence(void *context, const struct device_record *device)
{
    const struct look *look = context;
    json_t *details = NULL;
    int error = device->active ? device_details(look->tx, device->key, &details) : PR_OK;

    if (json_is_integer(json_object_get(details, "unreachable_at"))) {
        append(look->finding, device->name);
    }
    json_decref(details);
    return error;
}

void doctor_device_answers(struct office *office, struct doctor_finding *finding)
{
    look_at_devices(office, finding, see_silence);
}

static int see_serial(void *context, const struct device_record *device)
{
    const struct look *look = context;
    struct device_counting counting;
    char words[2 * DEVICE_SERIAL_BYTES + DEVICE_NAME_BYTES + 16];
    int error = device_counting(look->tx, device->key, &counting);

    if (error == PR_OK && device->active && counting.serial[0] != '\0' &&
        counting.serial_seen[0] != '\0' && strcmp(counting.serial, counting.serial_seen) != 0) {
        snprintf(words, sizeof words, "%s (%s → %s)", device->name, counting.serial,
                 counting.serial_seen);
        append(look->finding, words);
    }
    return error;
}

void doctor_device_serials(struct office *office, struct doctor_finding *finding)
{
    look_at_devices(office, finding, see_serial);
}

/* Lists ---------------------------------------------------------------------------------------- */

/** Appends an entry for each item: two of its members. */
static void append_items(struct doctor_finding *finding, const json_t *list, const char *first,
                         const char *second)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        const json_t *value = json_object_get(item, second);
        char words[256];

        if (json_is_string(value)) {
            snprintf(words, sizeof words, "%s: %s", json_string_value(json_object_get(item, first)),
                     json_string_value(value));
        } else {
            snprintf(words, sizeof words, "%s: %lld",
                     json_string_value(json_object_get(item, first)),
                     (long long)json_integer_value(value));
        }
        append(finding, words);
    }
}

static int list_due(struct store_tx *tx, const struct office *office, json_t *list)
{
    char day[DAY_BYTES];
    const struct maintenance_filter filter = {.open = true, .due_day = day};

    (void)office;
    clock_day(store_now_ms(), day);
    return maintenance_list(tx, &filter, list);
}

static int list_low(struct store_tx *tx, const struct office *office, json_t *list)
{
    return supplies_list(tx, 0, office->settings->devices.supply_low_percent, true, list);
}

static int list_short(struct store_tx *tx, const struct office *office, json_t *list)
{
    (void)office;
    return stock_list(tx, NULL, true, list);
}

static void look_at_list(struct office *office, struct doctor_finding *finding,
                         int (*read)(struct store_tx *, const struct office *, json_t *),
                         const char *first, const char *second)
{
    json_t *list = json_array();
    struct store_tx *tx = NULL;
    int error = store_begin_read(office->store, &tx);

    finding->result = DOCTOR_OK;
    if (error == PR_OK) {
        error = read(tx, office, list);
        store_rollback(tx);
    }
    if (error != PR_OK) {
        finding->result = DOCTOR_FAILED;
        snprintf(finding->a, sizeof finding->a, "%s", pr_strerror(error));
    } else {
        append_items(finding, list, first, second);
    }
    json_decref(list);
}

void doctor_maintenance(struct office *office, struct doctor_finding *finding)
{
    look_at_list(office, finding, list_due, "device", "note");
}

void doctor_supplies(struct office *office, struct doctor_finding *finding)
{
    look_at_list(office, finding, list_low, "device", "name");
}

void doctor_stock(struct office *office, struct doctor_finding *finding)
{
    look_at_list(office, finding, list_short, "item", "amount");
}

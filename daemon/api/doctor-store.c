/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of what the store holds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/doctor.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/store/days.h"
#include "daemon/store/devices.h"
#include "daemon/store/people.h"
#include "daemon/store/store.h"
#include "daemon/vault/keys.h"

void doctor_store(struct office *office, struct doctor_finding *finding)
{
    const char *problem = "";
    int error = store_check(office->store, &problem);

    if (error == PR_OK) {
        finding->result = DOCTOR_OK;
    }
    snprintf(finding->a, sizeof finding->a, "%s", error == PR_EDB ? problem : pr_strerror(error));
}

static int load_key(const struct settings *settings, const struct day_record *day)
{
    struct age_recipient recipient;
    struct age_identity *identity = NULL;
    char path[4096];
    int error = age_recipient_parse(day->recipient, &recipient);

    if (error != PR_OK) {
        return error;
    }
    snprintf(path, sizeof path, "%s/keys", settings->state_directory);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (directory < 0) {
        return pr_error_from_errno(errno);
    }
    error = day_key_load(directory, day->day, &recipient, &identity);
    if (error == PR_OK) {
        age_identity_free(identity);
    }
    close(directory);
    return error;
}

void doctor_day_key(struct office *office, struct doctor_finding *finding)
{
    struct day_record day;
    struct store_tx *tx = NULL;
    char today[DAY_BYTES];
    int error = store_begin_read(office->store, &tx);

    clock_day(store_now_ms(), today);
    snprintf(finding->a, sizeof finding->a, "%s", today);
    if (error == PR_OK) {
        error = day_find(tx, today, &day);
        store_rollback(tx);
    }
    if (error == PR_OK && !day.destroyed) {
        error = load_key(office->settings, &day);
    } else if (error == PR_ENOENT) {
        error = PR_OK; /* none yet: made with the first document */
    }
    snprintf(finding->b, sizeof finding->b, "%s", pr_strerror(error));
    if (error == PR_OK) {
        finding->result = DOCTOR_OK;
    }
}

void doctor_trace_key(struct office *office, struct doctor_finding *finding)
{
    finding->result = office->trace_key != NULL ? DOCTOR_OK : DOCTOR_FAILED;
}

struct numbers {
    unsigned departments;
    unsigned people;
    unsigned devices;
};

static int count_department(void *context, const struct department *department)
{
    ((struct numbers *)context)->departments += department->active ? 1 : 0;
    return PR_OK;
}

static int count_person(void *context, const struct person *person)
{
    ((struct numbers *)context)->people += person->active && person->department_active ? 1 : 0;
    return PR_OK;
}

static int count_device(void *context, const struct device_record *device)
{
    ((struct numbers *)context)->devices += device->active ? 1 : 0;
    return PR_OK;
}

static int count(struct office *office, struct numbers *numbers)
{
    struct store_tx *tx = NULL;
    int error = store_begin_read(office->store, &tx);

    if (error != PR_OK) {
        return error;
    }
    error = department_each(tx, count_department, numbers);
    if (error == PR_OK) {
        error = person_each(tx, count_person, numbers);
    }
    if (error == PR_OK) {
        error = device_each(tx, count_device, numbers);
    }
    store_rollback(tx);
    return error;
}

void doctor_people(struct office *office, struct doctor_finding *finding)
{
    struct numbers numbers = {0};
    int error = count(office, &numbers);

    snprintf(finding->a, sizeof finding->a, "%u", numbers.people);
    snprintf(finding->b, sizeof finding->b, "%u", numbers.departments);
    if (error == PR_OK) {
        finding->result = numbers.people > 0 ? DOCTOR_OK : DOCTOR_WARNING;
    }
}

void doctor_devices(struct office *office, struct doctor_finding *finding)
{
    struct numbers numbers = {0};
    int error = count(office, &numbers);

    snprintf(finding->a, sizeof finding->a, "%u", numbers.devices);
    if (error == PR_OK) {
        finding->result = numbers.devices > 0 ? DOCTOR_OK : DOCTOR_WARNING;
    }
}

void doctor_authentication(struct office *office, struct doctor_finding *finding)
{
    finding->result = office->settings->queue_authenticated ? DOCTOR_OK : DOCTOR_WARNING;
}

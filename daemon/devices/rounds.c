/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/devices/rounds.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/clock.h"
#include "daemon/devices/ask.h"
#include "daemon/devices/purge.h"
#include "daemon/devices/reconcile.h"
#include "daemon/error.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/log.h"
#include "daemon/store/counters.h"
#include "daemon/store/supplies.h"

/* How often is looked, how long a silent device is left alone, how many are asked at a time. */
enum { LOOK_S = 5, SILENT_MS = 15 * 60 * 1000, TOGETHER = 32 };

struct visit {
    struct office *office;
    struct device_record device;
    pthread_t thread;
};

struct asked;
struct device_rounds {
    struct office *office;
    struct store_tx *tx;
    char day[DAY_BYTES];
    char asked_day[DAY_BYTES]; /* on a new day everybody is asked at once */
    struct asked *asked;
    size_t length;
    struct visit visits[TOGETHER];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
    int64_t started_ms;
};

/* Questions whose answers are kept ------------------------------------------------------------- */

int device_read_counters(struct office *office, const struct device_record *device,
                         const char *occasion, struct device_answer *answer)
{
    struct device_counting counting;
    struct device_reading reading;
    struct store_tx *tx = NULL;
    int result = device_question(office, device, DEVICE_COUNTERS, answer);

    if (result == PR_OK) {
        result = store_begin(office->store, &tx);
    }
    if (result != PR_OK) {
        return result;
    }
    reading_from_line(device, answer->last, occasion, &reading);
    result = device_counting(tx, device->key, &counting);
    if (result == PR_OK) {
        snprintf(reading.serial, sizeof reading.serial, "%s", counting.serial_seen);
        result = reconcile_reading(tx, office, device, &reading);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

int device_read_supplies(struct office *office, const struct device_record *device,
                         struct device_answer *answer)
{
    struct store_tx *tx = NULL;
    int result = device_question(office, device, DEVICE_SUPPLIES, answer);

    if (result == PR_OK) {
        result = store_begin(office->store, &tx);
    }
    if (result != PR_OK) {
        return result;
    }
    result = supplies_set(tx, device->key, answer->lines);
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

int device_read_probe(struct office *office, const struct device_record *device, bool adopt,
                      const char *actor, struct device_answer *answer)
{
    struct store_tx *tx = NULL;
    int result = device_question(office, device, DEVICE_PROBE, answer);

    if (result == PR_OK) {
        result = store_begin(office->store, &tx);
    }
    if (result != PR_OK) {
        return result;
    }
    result = device_set_probe(tx, device, answer->last, adopt, actor);
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

/* The round ------------------------------------------------------------------------------------ */

static void *pay_visit(void *context)
{
    struct visit *visit = context;
    struct device_answer answer = {.lines = NULL};

    /* Its counters mean something only at rest; a device that is printing is visited later. */
    if (dispatcher_hold(visit->office->dispatcher, visit->device.key) != PR_OK) {
        return NULL;
    }
    int result = device_read_probe(visit->office, &visit->device, false, "printroomd", &answer);
    device_answer_clear(&answer);
    if (result != PR_EUNREACHABLE && result != PR_ETIMEOUT) {
        result = device_read_counters(visit->office, &visit->device, "day-start", &answer);
        device_answer_clear(&answer);
    }
    dispatcher_release(visit->office->dispatcher, visit->device.key);
    if (result == PR_OK) {
        result = device_read_supplies(visit->office, &visit->device, &answer);
        device_answer_clear(&answer);
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_INFO, "device %s: not read: %s", visit->device.name,
                  pr_strerror(result));
    }
    return NULL;
}

/* When a device was last asked, so that one that does not answer is not asked all the time. */
struct asked {
    struct asked *next;
    int64_t device;
    int64_t at_ms;
};

/* True when it is the device's turn, which then counts as asked. */
static bool take_turn(struct device_rounds *rounds, int64_t device, int64_t now_ms)
{
    struct asked *asked = rounds->asked;

    while (asked != NULL && asked->device != device) {
        asked = asked->next;
    }
    if (asked == NULL) {
        asked = calloc(1, sizeof *asked);
        if (asked == NULL) {
            return false;
        }
        asked->device = device;
        asked->next = rounds->asked;
        rounds->asked = asked;
    } else if (now_ms - asked->at_ms < SILENT_MS && strcmp(rounds->asked_day, rounds->day) == 0) {
        return false;
    }
    asked->at_ms = now_ms;
    return true;
}

static int plan(void *context, const struct device_record *device)
{
    struct device_rounds *rounds = context;

    if (device->active && rounds->length < TOGETHER &&
        !reading_of_day(rounds->tx, device->key, rounds->day) &&
        take_turn(rounds, device->key, store_now_ms())) {
        rounds->visits[rounds->length++] =
            (struct visit){.office = rounds->office, .device = *device};
    }
    return PR_OK;
}

static void make_round(struct device_rounds *rounds)
{
    bool started[TOGETHER] = {false};

    rounds->length = 0;
    clock_day(store_now_ms(), rounds->day);
    if (store_begin_read(rounds->office->store, &rounds->tx) != PR_OK) {
        return;
    }
    (void)device_each(rounds->tx, plan, rounds);
    store_rollback(rounds->tx);
    memcpy(rounds->asked_day, rounds->day, sizeof rounds->asked_day);
    for (size_t i = 0; i < rounds->length; i++) {
        started[i] =
            pthread_create(&rounds->visits[i].thread, NULL, pay_visit, &rounds->visits[i]) == 0;
    }
    for (size_t i = 0; i < rounds->length; i++) {
        if (started[i]) {
            pthread_join(rounds->visits[i].thread, NULL);
        }
    }
}

static bool wait_a_while(struct device_rounds *rounds)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_S;
    pthread_mutex_lock(&rounds->lock);
    while (!rounds->stopping &&
           pthread_cond_timedwait(&rounds->changed, &rounds->lock, &until) == 0) {
    }
    bool go_on = !rounds->stopping;
    pthread_mutex_unlock(&rounds->lock);
    return go_on;
}

static void *go_round(void *context)
{
    struct device_rounds *rounds = context;

    device_recover_queues(rounds->office);
    do {
        purges_recover(rounds->office, rounds->started_ms);
        make_round(rounds);
    } while (wait_a_while(rounds));
    return NULL;
}

static void free_rounds(struct device_rounds *rounds)
{
    while (rounds->asked != NULL) {
        struct asked *asked = rounds->asked;

        rounds->asked = asked->next;
        free(asked);
    }
    pthread_cond_destroy(&rounds->changed);
    pthread_mutex_destroy(&rounds->lock);
    free(rounds);
}

int device_rounds_start(struct office *office, struct device_rounds **ret_rounds)
{
    struct device_rounds *rounds = calloc(1, sizeof *rounds);
    pthread_condattr_t attributes;

    if (rounds == NULL) {
        return PR_ENOMEM;
    }
    rounds->office = office;
    rounds->started_ms = store_now_ms();
    pthread_mutex_init(&rounds->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&rounds->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&rounds->thread, NULL, go_round, rounds) != 0) {
        free_rounds(rounds);
        return PR_ENOMEM;
    }
    *ret_rounds = rounds;
    return PR_OK;
}

void device_rounds_stop(struct device_rounds *rounds)
{
    if (rounds == NULL) {
        return;
    }
    pthread_mutex_lock(&rounds->lock);
    rounds->stopping = true;
    pthread_cond_broadcast(&rounds->changed);
    pthread_mutex_unlock(&rounds->lock);
    pthread_join(rounds->thread, NULL);
    free_rounds(rounds);
}

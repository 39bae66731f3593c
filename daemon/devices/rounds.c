/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/devices/rounds.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/clock.h"
#include "daemon/devices/ask.h"
#include "daemon/devices/purge.h"
#include "daemon/devices/reconcile.h"
#include "daemon/devices/turns.h"
#include "daemon/error.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/log.h"
#include "daemon/store/counters.h"
#include "daemon/store/supplies.h"

/* How often is looked, how many devices are asked at a time. */
enum { LOOK_S = 5, TOGETHER = 32 };

/* A place for a device that is asked, and the thread that asks it. The thread of the rounds alone
 * fills and clears it; only `over` is another's, and under the lock. */
struct visit {
    struct device_rounds *rounds;
    struct device_record device;
    pthread_t thread;
    bool taken;
    bool over;
    enum device_found found;
};

struct device_rounds {
    struct office *office;
    struct store_tx *tx;
    char day[DAY_BYTES];
    struct device_turns *turns;
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

static void note(const struct visit *visit, const char *what, int error)
{
    if (error != PR_OK && error != PR_EUNSUPPORTED) {
        log_write(LOG_LEVEL_INFO, "device %s: %s: %s", visit->device.name, what,
                  pr_strerror(error));
    }
}

static bool is_silence(int error)
{
    return error == PR_EUNREACHABLE || error == PR_ETIMEOUT;
}

/** Then one question is waited for, and not three. */
static bool is_stopping(struct device_rounds *rounds)
{
    pthread_mutex_lock(&rounds->lock);
    bool stopping = rounds->stopping;
    pthread_mutex_unlock(&rounds->lock);
    return stopping;
}

static enum device_found ask_all(const struct visit *visit)
{
    struct office *office = visit->rounds->office;
    const struct device_record *device = &visit->device;
    struct device_answer answer = {.lines = NULL};

    /* Its counters mean something only at rest. */
    if (dispatcher_hold(office->dispatcher, device->key) != PR_OK) {
        return DEVICE_FOUND_BUSY;
    }
    int result = device_read_probe(office, device, false, "printroomd", &answer);
    device_answer_clear(&answer);
    if (!is_silence(result) && !is_stopping(visit->rounds)) {
        result = device_read_counters(office, device, "day-start", &answer);
        device_answer_clear(&answer);
    }
    dispatcher_release(office->dispatcher, device->key);
    note(visit, "its counters were not read", result);
    if (!is_silence(result) && !is_stopping(visit->rounds)) {
        note(visit, "its supplies were not read", device_read_supplies(office, device, &answer));
        device_answer_clear(&answer);
    }
    return result == PR_EUNSUPPORTED ? DEVICE_FOUND_UNABLE : DEVICE_FOUND_ANSWERING;
}

static void *pay_visit(void *context)
{
    struct visit *visit = context;
    struct device_rounds *rounds = visit->rounds;

    visit->found = ask_all(visit);
    pthread_mutex_lock(&rounds->lock);
    visit->over = true;
    pthread_mutex_unlock(&rounds->lock);
    return NULL;
}

/* Clears the places of visits that are over. */
static void collect(struct device_rounds *rounds, bool wait)
{
    for (size_t i = 0; i < TOGETHER; i++) {
        struct visit *visit = &rounds->visits[i];

        pthread_mutex_lock(&rounds->lock);
        bool over = visit->taken && (wait || visit->over);
        pthread_mutex_unlock(&rounds->lock);
        if (over) {
            pthread_join(visit->thread, NULL);
            device_turn_note(rounds->turns, visit->device.key, visit->found);
            visit->taken = false;
        }
    }
}

/** A place for a visit to the device; NULL when it is being visited, or so many others are. */
static struct visit *find_place(struct device_rounds *rounds, int64_t device)
{
    struct visit *place = NULL;

    for (size_t i = 0; i < TOGETHER; i++) {
        struct visit *visit = &rounds->visits[i];

        if (visit->taken && visit->device.key == device) {
            return NULL;
        }
        place = visit->taken ? place : visit;
    }
    return place;
}

static int visit_in_turn(void *context, const struct device_record *device)
{
    struct device_rounds *rounds = context;
    struct visit *visit = find_place(rounds, device->key);

    if (device->active && visit != NULL && !reading_of_day(rounds->tx, device->key, rounds->day) &&
        device_turn_take(rounds->turns, device, rounds->day, store_now_ms())) {
        *visit = (struct visit){.rounds = rounds, .device = *device};
        visit->taken = pthread_create(&visit->thread, NULL, pay_visit, visit) == 0;
        if (!visit->taken) {
            device_turn_note(rounds->turns, device->key, DEVICE_FOUND_BUSY);
        }
    }
    return PR_OK;
}

/** A visit that takes long keeps its own place, and nobody waits for it. */
static void make_round(struct device_rounds *rounds)
{
    collect(rounds, false);
    clock_day(store_now_ms(), rounds->day);
    if (store_begin_read(rounds->office->store, &rounds->tx) == PR_OK) {
        (void)device_each(rounds->tx, visit_in_turn, rounds);
        store_rollback(rounds->tx);
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
    collect(rounds, true);
    return NULL;
}

static void free_rounds(struct device_rounds *rounds)
{
    device_turns_free(rounds->turns);
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
    rounds->turns = device_turns_new();
    rounds->started_ms = store_now_ms();
    pthread_mutex_init(&rounds->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&rounds->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (rounds->turns == NULL || pthread_create(&rounds->thread, NULL, go_round, rounds) != 0) {
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

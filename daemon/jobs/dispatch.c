/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/dispatch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/error.h"
#include "daemon/jobs/deliver.h"
#include "daemon/log.h"

enum { PROBLEM_BYTES = 256, IDLE_MS = 30000, QUEUE_STOPPED_MS = 2000, RETRY_MS = 2000 };
enum { HOLD_PATIENCE_S = 2 };

struct worker {
    struct worker *next;
    struct dispatcher *dispatcher;
    pthread_t thread;
    struct delivery_line line;
    unsigned long seen;          /* the news the worker knows of; its own thread's */
    bool at_work;                /* has or takes a job; guarded by the dispatcher's lock */
    char problem[PROBLEM_BYTES]; /* guarded by the dispatcher's lock */
};

/* A device that is kept from printing while it is read or emptied. */
struct hold {
    struct hold *next;
    int64_t device;
};

struct dispatcher {
    struct office *office;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned long news; /* counted up by dispatcher_wake() */
    bool stopping;
    pthread_t warden;
    struct worker *workers; /* changed by the warden only, under the lock */
    struct hold *holds;
};

/* Waits until there is news after `*seen` (NULL: whatever the news), the daemon stops (false) or
 * the time is over. */
static bool wait_for_news(struct dispatcher *dispatcher, unsigned long *seen, unsigned timeout_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&dispatcher->lock);
    while (!dispatcher->stopping && (seen == NULL || dispatcher->news == *seen) &&
           pthread_cond_timedwait(&dispatcher->changed, &dispatcher->lock, &until) == 0) {
    }
    if (seen != NULL) {
        *seen = dispatcher->news;
    }
    bool go_on = !dispatcher->stopping;
    pthread_mutex_unlock(&dispatcher->lock);
    return go_on;
}

/* Waits its time out: what happens in between (new jobs, mostly) does not concern a delivery under
 * way. */
static bool worker_wait(void *context, unsigned timeout_ms)
{
    struct worker *worker = context;

    return wait_for_news(worker->dispatcher, NULL, timeout_ms);
}

static void set_problem(struct worker *worker, const char *problem)
{
    pthread_mutex_lock(&worker->dispatcher->lock);
    bool news = strcmp(worker->problem, problem) != 0;
    snprintf(worker->problem, sizeof worker->problem, "%s", problem);
    pthread_mutex_unlock(&worker->dispatcher->lock);
    if (news && problem[0] != '\0') {
        log_write(LOG_LEVEL_WARNING, "device %s: %s", worker->line.device.name, problem);
    }
}

/* Whether the queue takes jobs now; a job is not claimed for a queue that does not. */
static bool queue_is_ready(struct worker *worker)
{
    struct device_queue_printer printer;
    char problem[PROBLEM_BYTES] = "";
    int result = device_queue_get_printer(worker->line.queue, &printer);

    if (result != PR_OK) {
        snprintf(problem, sizeof problem, "%s: %s", pr_strerror(result),
                 device_queue_message(worker->line.queue));
    } else if (printer.state == DEVICE_QUEUE_PRINTER_STOPPED || !printer.accepting_jobs) {
        snprintf(problem, sizeof problem, "%.120s %.120s", printer.reasons, printer.message);
    }
    set_problem(worker, problem);
    return problem[0] == '\0';
}

static bool is_held(const struct dispatcher *dispatcher, int64_t device)
{
    for (const struct hold *hold = dispatcher->holds; hold != NULL; hold = hold->next) {
        if (hold->device == device) {
            return true;
        }
    }
    return false;
}

/* False while the device is held: then the worker leaves it alone. */
static bool begin_work(struct worker *worker)
{
    pthread_mutex_lock(&worker->dispatcher->lock);
    worker->at_work = !is_held(worker->dispatcher, worker->line.device.key);
    bool may = worker->at_work;
    pthread_mutex_unlock(&worker->dispatcher->lock);
    return may;
}

static void end_work(struct worker *worker)
{
    pthread_mutex_lock(&worker->dispatcher->lock);
    worker->at_work = false;
    pthread_cond_broadcast(&worker->dispatcher->changed);
    pthread_mutex_unlock(&worker->dispatcher->lock);
}

/* The register may have changed since: level, area, retirement. */
static bool refresh_device(struct worker *worker)
{
    struct delivery_line *line = &worker->line;
    struct device_record device;
    struct store_tx *tx;
    int result = store_begin_read(line->office->store, &tx);

    if (result == PR_OK) {
        result = device_get(tx, line->device.key, &device);
        store_rollback(tx);
    }
    if (result != PR_OK) {
        return false;
    }
    /* Others look at the key. */
    pthread_mutex_lock(&worker->dispatcher->lock);
    line->device = device;
    pthread_mutex_unlock(&worker->dispatcher->lock);
    return device.active;
}

/* What there is to do once, then how long to wait: -1 for news, else milliseconds. */
static int work_once(struct worker *worker, struct job_record *job, int64_t *resumed)
{
    struct delivery_line *line = &worker->line;
    struct delivery delivery;

    if (deliver_find_interrupted(line, job, &delivery) == PR_OK) {
        /* Left by a crash, or because the store did not take its end. */
        bool once_more = delivery.key == *resumed;

        *resumed = delivery.key;
        if (worker_wait(worker, once_more ? RETRY_MS : 0)) {
            deliver_run(line, job, &delivery, true);
        }
        return 0;
    }
    if (!refresh_device(worker)) {
        set_problem(worker, "");
        return -1;
    }
    if (!queue_is_ready(worker)) {
        return QUEUE_STOPPED_MS;
    }
    if (deliver_claim(line, job, &delivery) == PR_OK) {
        deliver_run(line, job, &delivery, false);
        return 0;
    }
    return -1;
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct job_record *job = malloc(sizeof *job);
    int64_t resumed = 0;

    if (job == NULL) {
        set_problem(worker, "out of memory");
        return NULL;
    }
    for (bool go_on = wait_for_news(worker->dispatcher, &worker->seen, 0); go_on;) {
        int wait_ms = -1;

        if (begin_work(worker)) {
            wait_ms = work_once(worker, job, &resumed);
            end_work(worker);
        }
        go_on = wait_ms < 0 ? wait_for_news(worker->dispatcher, &worker->seen, IDLE_MS)
                            : worker_wait(worker, (unsigned)wait_ms);
    }
    free(job);
    return NULL;
}

static bool has_worker(struct dispatcher *dispatcher, int64_t device)
{
    bool found = false;

    pthread_mutex_lock(&dispatcher->lock);
    for (const struct worker *worker = dispatcher->workers; worker != NULL; worker = worker->next) {
        found |= worker->line.device.key == device;
    }
    pthread_mutex_unlock(&dispatcher->lock);
    return found;
}

/* Starts the thread of a device that has none. */
static int hire(void *context, const struct device_record *device)
{
    struct dispatcher *dispatcher = context;

    if (!device->active || has_worker(dispatcher, device->key)) {
        return PR_OK;
    }
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL) {
        return PR_ENOMEM;
    }
    worker->dispatcher = dispatcher;
    worker->line = (struct delivery_line){
        .office = dispatcher->office,
        .device = *device,
        .wait = worker_wait,
        .context = worker,
    };
    int result = device_queue_open(dispatcher->office->settings->cups_server, device->queue,
                                   &worker->line.queue);
    if (result == PR_OK && pthread_create(&worker->thread, NULL, work, worker) != 0) {
        device_queue_close(worker->line.queue);
        result = PR_ENOMEM;
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "device %s cannot be used: %s", device->name,
                  pr_strerror(result));
        free(worker);
        return PR_OK;
    }
    pthread_mutex_lock(&dispatcher->lock);
    worker->next = dispatcher->workers;
    dispatcher->workers = worker;
    pthread_mutex_unlock(&dispatcher->lock);
    return PR_OK;
}

/* Looks for devices that were added. */
static void *watch(void *context)
{
    struct dispatcher *dispatcher = context;
    unsigned long seen = 0;

    do {
        struct store_tx *tx;

        if (store_begin_read(dispatcher->office->store, &tx) == PR_OK) {
            device_each(tx, hire, dispatcher);
            store_rollback(tx);
        }
    } while (wait_for_news(dispatcher, &seen, IDLE_MS));
    return NULL;
}

int dispatcher_start(struct office *office, struct dispatcher **ret_dispatcher)
{
    struct dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
    pthread_condattr_t attributes;

    if (dispatcher == NULL) {
        return PR_ENOMEM;
    }
    dispatcher->office = office;
    pthread_mutex_init(&dispatcher->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&dispatcher->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    office->dispatcher = dispatcher;
    if (pthread_create(&dispatcher->warden, NULL, watch, dispatcher) != 0) {
        office->dispatcher = NULL;
        pthread_cond_destroy(&dispatcher->changed);
        pthread_mutex_destroy(&dispatcher->lock);
        free(dispatcher);
        return PR_ENOMEM;
    }
    *ret_dispatcher = dispatcher;
    return PR_OK;
}

void dispatcher_stop(struct dispatcher *dispatcher)
{
    if (dispatcher == NULL) {
        return;
    }
    pthread_mutex_lock(&dispatcher->lock);
    dispatcher->stopping = true;
    pthread_cond_broadcast(&dispatcher->changed);
    pthread_mutex_unlock(&dispatcher->lock);
    pthread_join(dispatcher->warden, NULL);
    while (dispatcher->workers != NULL) {
        struct worker *worker = dispatcher->workers;

        dispatcher->workers = worker->next;
        pthread_join(worker->thread, NULL);
        device_queue_close(worker->line.queue);
        free(worker);
    }
    while (dispatcher->holds != NULL) {
        struct hold *hold = dispatcher->holds;

        dispatcher->holds = hold->next;
        free(hold);
    }
    pthread_cond_destroy(&dispatcher->changed);
    pthread_mutex_destroy(&dispatcher->lock);
    free(dispatcher);
}

void dispatcher_wake(struct dispatcher *dispatcher)
{
    if (dispatcher == NULL) {
        return;
    }
    pthread_mutex_lock(&dispatcher->lock);
    dispatcher->news++;
    pthread_cond_broadcast(&dispatcher->changed);
    pthread_mutex_unlock(&dispatcher->lock);
}

static bool is_at_work(const struct dispatcher *dispatcher, int64_t device)
{
    for (const struct worker *worker = dispatcher->workers; worker != NULL; worker = worker->next) {
        if (worker->line.device.key == device && worker->at_work) {
            return true;
        }
    }
    return false;
}

static void remove_hold(struct dispatcher *dispatcher, int64_t device)
{
    for (struct hold **place = &dispatcher->holds; *place != NULL; place = &(*place)->next) {
        if ((*place)->device == device) {
            struct hold *hold = *place;

            *place = hold->next;
            free(hold);
            return;
        }
    }
}

/* The worker may only be looking whether there is a job: that is waited for. */
static bool wait_at_rest(struct dispatcher *dispatcher, int64_t device)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += HOLD_PATIENCE_S;
    while (is_at_work(dispatcher, device) &&
           pthread_cond_timedwait(&dispatcher->changed, &dispatcher->lock, &until) == 0) {
    }
    return !is_at_work(dispatcher, device);
}

int dispatcher_hold(struct dispatcher *dispatcher, int64_t device)
{
    if (dispatcher == NULL) {
        return PR_OK;
    }
    struct hold *hold = malloc(sizeof *hold);
    int result = PR_OK;

    if (hold == NULL) {
        return PR_ENOMEM;
    }
    pthread_mutex_lock(&dispatcher->lock);
    if (is_held(dispatcher, device)) {
        result = PR_EEXIST;
        free(hold);
    } else {
        *hold = (struct hold){.next = dispatcher->holds, .device = device};
        dispatcher->holds = hold;
        if (!wait_at_rest(dispatcher, device)) {
            remove_hold(dispatcher, device);
            result = PR_EBUSY;
        }
    }
    pthread_mutex_unlock(&dispatcher->lock);
    return result;
}

void dispatcher_release(struct dispatcher *dispatcher, int64_t device)
{
    if (dispatcher == NULL) {
        return;
    }
    pthread_mutex_lock(&dispatcher->lock);
    remove_hold(dispatcher, device);
    pthread_mutex_unlock(&dispatcher->lock);
    dispatcher_wake(dispatcher);
}

void dispatcher_device_problem(struct dispatcher *dispatcher, int64_t device, char *buffer,
                               size_t size)
{
    snprintf(buffer, size, "%s", "");
    if (dispatcher == NULL) {
        return;
    }
    pthread_mutex_lock(&dispatcher->lock);
    for (const struct worker *worker = dispatcher->workers; worker != NULL; worker = worker->next) {
        if (worker->line.device.key == device) {
            snprintf(buffer, size, "%s", worker->problem);
        }
    }
    pthread_mutex_unlock(&dispatcher->lock);
}

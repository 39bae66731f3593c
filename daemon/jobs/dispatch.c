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

struct worker {
    struct worker *next;
    struct dispatcher *dispatcher;
    pthread_t thread;
    struct delivery_line line;
    unsigned long seen;          /* the news the worker knows of; its own thread's */
    char problem[PROBLEM_BYTES]; /* guarded by the dispatcher's lock */
};

struct dispatcher {
    struct office *office;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned long news; /* counted up by dispatcher_wake() */
    bool stopping;
    pthread_t warden;
    struct worker *workers; /* changed by the warden only, under the lock */
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

static void *work(void *context)
{
    struct worker *worker = context;
    struct delivery_line *line = &worker->line;
    struct job_record *job = malloc(sizeof *job);
    struct delivery delivery;
    int64_t resumed = 0;

    if (job == NULL) {
        set_problem(worker, "out of memory");
        return NULL;
    }
    for (bool go_on = wait_for_news(worker->dispatcher, &worker->seen, 0); go_on;) {
        if (deliver_find_interrupted(line, job, &delivery) == PR_OK) {
            /* Left by a crash, or because the store did not take its end. */
            bool once_more = delivery.key == resumed;

            resumed = delivery.key;
            go_on = worker_wait(worker, once_more ? RETRY_MS : 0);
            if (go_on) {
                deliver_run(line, job, &delivery, true);
            }
        } else if (!queue_is_ready(worker)) {
            go_on = worker_wait(worker, QUEUE_STOPPED_MS);
        } else if (deliver_claim(line, job, &delivery) == PR_OK) {
            deliver_run(line, job, &delivery, false);
            go_on = worker_wait(worker, 0);
        } else {
            go_on = wait_for_news(worker->dispatcher, &worker->seen, IDLE_MS);
        }
    }
    free(job);
    return NULL;
}

static bool has_worker(const struct dispatcher *dispatcher, int64_t device)
{
    for (const struct worker *worker = dispatcher->workers; worker != NULL; worker = worker->next) {
        if (worker->line.device.key == device) {
            return true;
        }
    }
    return false;
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

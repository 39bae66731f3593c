/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A purge and the printing beside it. The device must not print while it is emptied: a job that is
 * half way in would be found as residue and deleted, and a USB interface can be had by one only. So
 *   1. the dispatcher lets go of the device (a job in hand is finished first: PR_EBUSY);
 *   2. a row in the register says that a purge began;
 *   3. the device's queue at cupsd is stopped, since others than the dispatcher might reach it, and
 *      the row says so before it is done;
 *   4. printroom-device empties the device;
 *   5. one transaction: evidence, counters before and after, audit leaf;
 *   6. the queue is started again, the row says so, the dispatcher goes on.
 * A queue that an operator had stopped stays stopped. Whatever fails in 3 to 5, 6 is done. After a
 * crash the row tells what is left to do, purges_recover() does it: 3 to 5 end as "interrupted",
 * since what reached the device is not known; nothing is tried again by itself.
 *
 * Left out: a helper that survives the daemon goes on until its own time is over; it may then still
 * be deleting while the queue runs again. It loses its standard output with the daemon, and ends
 * with the next line it prints.
 */
#include "daemon/devices/purge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/cups/device-queue.h"
#include "daemon/devices/ask.h"
#include "daemon/devices/reconcile.h"
#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/log.h"
#include "daemon/store/purges.h"

enum { SETTLE_MS = 10000, LOOK_MS = 100 };

static const struct {
    const char *outcome;
    const char *words[POLICY_LANGUAGES];
} outcome_words[] = {
    {"verified-absent", {"deleted: a second look found none of it", "已删除：复查未再发现"}},
    {"sent-unverified",
     {"deletion was requested, the device does not let it be checked",
      "已发送删除命令，设备无法复查"}},
    {"refused", {"the device refused, or still has it", "设备拒绝，或数据仍在"}},
    {"unsupported", {"the device offers no way to delete job data", "设备不支持删除作业数据"}},
    {"unreachable", {"the device did not answer", "设备无应答"}},
    {"operator-attested", {"only a person's word says so", "仅由人员确认"}},
    {"interrupted", {"cut off half way: what was deleted is not known", "中途中断：删除情况不明"}},
    {"failed", {"could not be carried out", "未能执行"}},
};

const char *purge_outcome_words(const char *outcome, enum policy_language language)
{
    for (size_t i = 0; i < sizeof outcome_words / sizeof outcome_words[0]; i++) {
        if (strcmp(outcome_words[i].outcome, outcome) == 0) {
            return outcome_words[i].words[language];
        }
    }
    return outcome;
}

const char *purge_method_words(const char *overwrite, enum policy_language language)
{
    static const char *const below[] = {
        [POLICY_ENGLISH] = "job-data deletion, below SP 800-88 Clear",
        [POLICY_CHINESE] = "仅删除作业数据，未达到 SP 800-88 的 Clear 级"};
    static const char *const clear[] = {
        [POLICY_ENGLISH] = "job-data deletion; the device says that it overwrites what is deleted "
                           "(SP 800-88 Clear, of what was deleted)",
        [POLICY_CHINESE] = "删除作业数据，设备报告覆写已启用（所删部分为 SP 800-88 的 Clear 级）"};

    return (strcmp(overwrite, "on") == 0 ? clear : below)[language];
}

/* The queue ------------------------------------------------------------------------------------ */

static int write_queue(struct office *office, int64_t purge, const char *queue)
{
    struct store_tx *tx = NULL;
    int result = store_begin(office->store, &tx);

    if (result == PR_OK) {
        result = purge_set_queue(tx, purge, queue);
        int committed = store_commit(tx);

        result = result == PR_OK ? committed : result;
    }
    return result;
}

/* Until what the backend was sending is through. */
static void wait_still(struct device_queue *queue)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    struct device_queue_printer printer;

    for (unsigned waited_ms = 0; waited_ms < SETTLE_MS; waited_ms += LOOK_MS) {
        if (device_queue_get_printer(queue, &printer) != PR_OK ||
            printer.state != DEVICE_QUEUE_PRINTER_PROCESSING) {
            return;
        }
        nanosleep(&look, NULL);
    }
}

/**
 * Stops the queue, having written down that it will be. A cupsd that cannot be reached, or a queue
 * that it does not know, prints nothing: the purge goes on.
 */
static int stop_queue(struct office *office, const struct device_record *device, int64_t purge)
{
    struct device_queue *queue = NULL;
    struct device_queue_printer printer;
    int result = device_queue_open(office->settings->cups_server, device->queue, &queue);

    if (result != PR_OK) {
        return result;
    }
    result = device_queue_get_printer(queue, &printer);
    if (result == PR_OK && printer.state == DEVICE_QUEUE_PRINTER_STOPPED) {
        result = write_queue(office, purge, "was-stopped");
    } else if (result == PR_OK) {
        result = write_queue(office, purge, "stopped");
        FAULT_POINT("purge.stopping");
        if (result == PR_OK) {
            result = device_queue_stop(queue);
            wait_still(queue);
        }
    } else {
        result = result == PR_EUNREACHABLE || result == PR_ENOENT ? PR_OK : result;
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_WARNING, "device %s: its queue could not be stopped: %s %s",
                  device->name, pr_strerror(result), device_queue_message(queue));
    }
    device_queue_close(queue);
    return result;
}

static int start_queue(struct office *office, const struct device_record *device, int64_t purge)
{
    struct device_queue *queue = NULL;
    int result = device_queue_open(office->settings->cups_server, device->queue, &queue);

    if (result == PR_OK) {
        result = device_queue_resume(queue);
        device_queue_close(queue);
    }
    /* A queue that is not there any more need not be started. */
    if (result == PR_OK || result == PR_ENOENT) {
        return write_queue(office, purge, "resumed");
    }
    log_write(LOG_LEVEL_WARNING, "device %s: its queue could not be started again yet: %s",
              device->name, pr_strerror(result));
    return result;
}

/* The register --------------------------------------------------------------------------------- */

static int begin(struct office *office, const struct device_record *device, const char *occasion,
                 const char *actor, int64_t *ret_number)
{
    struct store_tx *tx = NULL;
    int64_t number = 0;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = purge_begin(tx, device, occasion, actor, &number);
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    result = store_commit(tx);
    if (result == PR_OK) {
        *ret_number = number;
    }
    return result;
}

/** The outcome of a purge whose helper gave no conclusion. */
static const char *outcome_of_error(int error)
{
    return error == PR_EUNREACHABLE                         ? "unreachable"
           : error == PR_EUNSUPPORTED || error == PR_EINVAL ? "unsupported"
           : error == PR_EREFUSED                           ? "refused"
                                                            : "failed";
}

static int store_counters(struct store_tx *tx, const struct office *office,
                          const struct device_record *device, const json_t *summary)
{
    static const struct {
        const char *member;
        const char *occasion;
    } readings[] = {{"counters_before", "purge-before"}, {"counters_after", "purge-after"}};
    const char *serial = json_string_value(json_object_get(summary, "serial"));
    int result = PR_OK;

    for (size_t i = 0; result == PR_OK && i < sizeof readings / sizeof readings[0]; i++) {
        const json_t *line = json_object_get(summary, readings[i].member);
        struct device_reading reading;

        if (!json_is_object(line)) {
            continue;
        }
        reading_from_line(device, line, readings[i].occasion, &reading);
        snprintf(reading.serial, sizeof reading.serial, "%s", serial != NULL ? serial : "");
        result = reconcile_reading(tx, office, device, &reading);
    }
    return result;
}

static int finish(struct office *office, const struct device_record *device, int64_t number,
                  const struct purge_end *end, const char *actor)
{
    struct store_tx *tx = NULL;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = purge_end(tx, number, device, end, actor);
    if (result == PR_OK) {
        result = store_counters(tx, office, device, end->summary);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

/** The helper's last line, and with it what it said was not covered and is left to people. New,
 * NULL when memory is short. */
static json_t *conclusion(const struct device_answer *answer)
{
    static const struct {
        const char *type, *list;
    } lists[] = {{"not-covered", "not_covered"}, {"vendor-step", "vendor_steps"}};
    json_t *summary = json_copy(answer->last);
    size_t i;
    json_t *line;

    for (size_t k = 0; summary != NULL && k < sizeof lists / sizeof lists[0]; k++) {
        json_t *list = json_array();

        json_array_foreach(answer->lines, i, line)
        {
            if (strcmp(json_string_value(json_object_get(line, "type")), lists[k].type) == 0) {
                json_array_append(list, line);
            }
        }
        if (json_object_set_new(summary, lists[k].list, list) != 0) {
            json_decref(summary);
            return NULL;
        }
    }
    return summary;
}

/* Steps 3 to 5. */
static int empty(struct office *office, const struct device_record *device, int64_t number,
                 const char *actor)
{
    struct device_answer answer = {.lines = NULL};
    char *evidence = NULL;
    char error[320] = "";
    int result = stop_queue(office, device, number);

    if (result == PR_OK) {
        FAULT_POINT("purge.device");
        result = device_ask(office, device, DEVICE_PURGE, office->settings->devices.purge_timeout_s,
                            &answer, &evidence);
    }
    if (result != PR_OK) {
        snprintf(error, sizeof error, "%s%s%s", pr_strerror(result),
                 answer.message[0] != '\0' ? ": " : "", answer.message);
    }
    /* A conclusion beside something malformed is none. */
    json_t *summary = result == PR_OK ? conclusion(&answer) : NULL;
    const char *outcome = json_string_value(json_object_get(summary, "outcome"));
    const struct purge_end end = {
        .outcome = outcome != NULL ? outcome : outcome_of_error(result),
        .error = error,
        .summary = summary,
        .evidence = evidence != NULL ? evidence : "",
    };

    result = finish(office, device, number, &end, actor);
    log_write(LOG_LEVEL_NOTICE, "device %s: purge %lld: %s%s%s", device->name, (long long)number,
              end.outcome, error[0] != '\0' ? ": " : "", error);
    json_decref(summary);
    device_answer_clear(&answer);
    free(evidence);
    return result;
}

/** Whether the queue waits for this purge. */
static bool queue_waits(struct office *office, int64_t number)
{
    struct store_tx *tx = NULL;
    json_t *list = json_array();
    const char *queue = NULL;
    bool waits = true;

    if (store_begin_read(office->store, &tx) == PR_OK) {
        if (purge_list(tx, 0, number, list) == PR_OK) {
            queue = json_string_value(json_object_get(json_array_get(list, 0), "queue"));
            waits = queue != NULL && strcmp(queue, "stopped") == 0;
        }
        store_rollback(tx);
    }
    json_decref(list);
    return waits;
}

static bool is_purging(struct office *office, const struct device_record *device)
{
    struct store_tx *tx = NULL;
    bool purging = true;

    if (store_begin_read(office->store, &tx) == PR_OK) {
        purging = purge_is_open(tx, device->key);
        store_rollback(tx);
    }
    return purging;
}

/** The daily round is waited for, another purge is not. */
static int take_hold(struct office *office, const struct device_record *device)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    int result = dispatcher_hold(office->dispatcher, device->key);

    for (unsigned waited_ms = 0;
         result == PR_EEXIST && waited_ms < SETTLE_MS && !is_purging(office, device);
         waited_ms += LOOK_MS) {
        nanosleep(&look, NULL);
        result = dispatcher_hold(office->dispatcher, device->key);
    }
    return result;
}

int device_purge(struct office *office, const struct device_record *device, const char *occasion,
                 const char *actor, int64_t *ret_number)
{
    int64_t number = 0;

    if (!device->active) {
        return PR_ESTATE;
    }
    int result = take_hold(office, device);

    if (result != PR_OK) {
        return result;
    }
    result = begin(office, device, occasion, actor, &number);
    if (result == PR_OK) {
        result = empty(office, device, number, actor);
        if (queue_waits(office, number)) {
            /* What does not succeed now is tried again by purges_recover(). */
            (void)start_queue(office, device, number);
        }
    }
    dispatcher_release(office->dispatcher, device->key);
    if (result == PR_OK) {
        *ret_number = number;
    }
    return result;
}

int device_residue(struct office *office, const struct device_record *device,
                   struct device_answer *answer)
{
    int result = take_hold(office, device);

    *answer = (struct device_answer){.lines = NULL};
    if (result == PR_OK) {
        result = device_question(office, device, DEVICE_RESIDUE, answer);
        dispatcher_release(office->dispatcher, device->key);
    }
    return result;
}

/* After a crash -------------------------------------------------------------------------------- */

enum { LEFT_MAX = 256 };
struct leftovers {
    size_t length;
    struct purge_left left[LEFT_MAX];
};

static int remember(void *context, const struct purge_left *left)
{
    struct leftovers *leftovers = context;

    if (leftovers->length < LEFT_MAX) {
        leftovers->left[leftovers->length++] = *left;
    }
    return PR_OK;
}

static void recover(struct office *office, const struct purge_left *left)
{
    static const struct purge_end end = {.outcome = "interrupted",
                                         .error = "printroomd ended while it was under way",
                                         .summary = NULL,
                                         .evidence = ""};
    struct device_record device;
    struct store_tx *tx = NULL;
    int result = store_begin_read(office->store, &tx);

    if (result == PR_OK) {
        result = device_get(tx, left->device, &device);
        store_rollback(tx);
    }
    if (result != PR_OK) {
        return;
    }
    if (!left->ended) {
        log_write(LOG_LEVEL_WARNING, "device %s: purge %lld was interrupted", device.name,
                  (long long)left->key);
        (void)finish(office, &device, left->key, &end, "printroomd");
    }
    if (left->stopped) {
        (void)start_queue(office, &device, left->key);
        dispatcher_wake(office->dispatcher);
    }
}

void purges_recover(struct office *office, int64_t started_ms)
{
    struct leftovers *leftovers = calloc(1, sizeof *leftovers);
    struct store_tx *tx = NULL;

    if (leftovers == NULL || store_begin_read(office->store, &tx) != PR_OK) {
        free(leftovers);
        return;
    }
    (void)purge_each_left(tx, remember, leftovers);
    store_rollback(tx);
    for (size_t i = 0; i < leftovers->length; i++) {
        const struct purge_left *left = &leftovers->left[i];

        if (left->began_at < started_ms || left->ended) {
            recover(office, left);
        }
    }
    free(leftovers);
}

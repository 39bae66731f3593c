/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Following a job that cupsd has: progress, trouble at the device in words, a cancel that comes in
 * meanwhile. */
#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/jobs/deliver-steps.h"
#include "daemon/log.h"

enum { TROUBLES_MAX = 6, POLL_FIRST_MS = 50 };

struct trouble {
    size_t length;
    char keyword[TROUBLES_MAX][JOB_REASON_BYTES];
};

static const char connecting[] = "connecting-to-device";

/* printer-state-reasons (RFC 8011 §5.4.12, PWG 5100.9) that keep paper from coming out. The
 * suffixes -error, -warning and -report are cut off before: drivers use them as they please. */
static const char *const stopping_reasons[] = {
    "media-empty",
    "media-needed",
    "media-jam",
    "cover-open",
    "door-open",
    "interlock-open",
    "toner-empty",
    "marker-supply-empty",
    "marker-waste-full",
    "output-area-full",
    "offline",
    "shutdown",
    "paused",
    "input-tray-missing",
    "output-tray-missing",
    "opc-life-over",
    "fuser-over-temp",
    "stopped-partly",
    connecting,
    "timed-out",
};

static size_t without_suffix(const char *reason, size_t length)
{
    static const char *const suffixes[] = {"-error", "-warning", "-report"};

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t suffix = strlen(suffixes[i]);
        if (length > suffix && memcmp(reason + length - suffix, suffixes[i], suffix) == 0) {
            return length - suffix;
        }
    }
    return length;
}

static bool is_stopping(const char *reason, size_t length)
{
    for (size_t i = 0; i < sizeof stopping_reasons / sizeof stopping_reasons[0]; i++) {
        if (strlen(stopping_reasons[i]) == length &&
            memcmp(stopping_reasons[i], reason, length) == 0) {
            return true;
        }
    }
    return false;
}

static void add_trouble(struct trouble *trouble, const char *keyword, size_t length)
{
    if (trouble->length < TROUBLES_MAX && length < JOB_REASON_BYTES) {
        memcpy(trouble->keyword[trouble->length], keyword, length);
        trouble->keyword[trouble->length++][length] = '\0';
    }
}

/* What keeps this job from being printed now; empty: nothing. */
static void find_trouble(struct delivery_run *run, const struct device_queue_job *queue_job,
                         struct trouble *ret_trouble)
{
    struct device_queue_printer printer;

    ret_trouble->length = 0;
    if (device_queue_get_printer(run->line->queue, &printer) != PR_OK) {
        return;
    }
    for (const char *reason = printer.reasons; *reason != '\0';) {
        size_t length = strcspn(reason, ",");
        size_t base = without_suffix(reason, length);
        if (is_stopping(reason, base)) {
            add_trouble(ret_trouble, reason, base);
        }
        reason += length + (reason[length] == ',');
    }
    if (ret_trouble->length == 0 && (printer.state == DEVICE_QUEUE_PRINTER_STOPPED ||
                                     queue_job->state == DEVICE_QUEUE_JOB_STOPPED)) {
        add_trouble(ret_trouble, "paused", strlen("paused"));
    }
    /* Its backends wait for a device that is off and do not say so. */
    if (ret_trouble->length == 0 && run->watch.away) {
        add_trouble(ret_trouble, connecting, strlen(connecting));
    }
}

static bool same_trouble(const struct job_record *job, const struct trouble *trouble)
{
    for (size_t i = 0; i < trouble->length; i++) {
        if (!job_has_reason(job, trouble->keyword[i])) {
            return false;
        }
    }
    return (job->state == JOB_PROCESSING_STOPPED) == (trouble->length > 0);
}

static json_t *keywords(const struct trouble *trouble)
{
    json_t *array = json_array();

    for (size_t i = 0; i < trouble->length; i++) {
        json_array_append_new(array, json_string(trouble->keyword[i]));
    }
    return array;
}

/* Writes stopped or resumed down when it is news. */
static void note_trouble(struct delivery_run *run, const struct trouble *trouble, const char *words)
{
    const char *reasons[TROUBLES_MAX + 1];
    size_t length = 0;

    if (same_trouble(run->job, trouble)) {
        return;
    }
    reasons[length++] = trouble->length > 0 ? "printer-stopped" : "job-printing";
    for (size_t i = 0; i < trouble->length; i++) {
        reasons[length++] = trouble->keyword[i];
    }
    struct job_change change = {
        .event = trouble->length > 0 ? JOB_EVENT_DEVICE_STOPPED : JOB_EVENT_DEVICE_RESUMED,
        .actor = JOB_ACTOR_DAEMON,
        .reasons = reasons,
        .reasons_length = length,
        .detail = json_pack("{s:o, s:s}", "trouble", keywords(trouble), "message", words),
    };
    int result = delivery_change(run, &change, DELIVERY_OPEN);

    if (result != PR_OK) {
        log_write(LOG_LEVEL_WARNING, "job %s: %s", run->job->id, pr_strerror(result));
    }
}

void delivery_note_trouble(struct delivery_run *run, const char *keyword, const char *words)
{
    struct trouble trouble = {0};

    if (keyword != NULL) {
        add_trouble(&trouble, keyword, strlen(keyword));
    }
    note_trouble(run, &trouble, words);
}

/* True when somebody asked for the job to end. */
static bool cancel_wanted(struct delivery_run *run)
{
    struct store_tx *tx;

    if (store_begin_read(run->line->office->store, &tx) == PR_OK) {
        job_get(tx, run->job->key, run->job);
        store_rollback(tx);
    }
    return job_has_reason(run->job, "processing-to-stop-point");
}

/* cupsd has begun the job before, and put it back or begun it anew: its queue was stopped, its
 * backend failed, or it was restarted itself. */
static bool is_begun_again(struct delivery_run *run, const struct device_queue_job *queue_job)
{
    bool waits = queue_job->state == DEVICE_QUEUE_JOB_PENDING ||
                 queue_job->state == DEVICE_QUEUE_JOB_STOPPED;

    if (run->processing_since == 0) {
        run->processing_since = queue_job->time_processing;
    }
    return run->queue_restarted || (run->processing_since != 0 &&
                                    (waits || queue_job->time_processing != run->processing_since));
}

/* A job cupsd must not print: the device has had it already, and would have it twice; or a restart
 * of cupsd has lost its document, and it would wait for ever. The device's word counts then. */
static bool is_spent(struct delivery_run *run, const struct device_queue_job *queue_job)
{
    unsigned timeout_s = run->line->office->settings->delivery.device_timeout_s;
    struct device_evidence evidence;

    if (queue_job->state == DEVICE_QUEUE_JOB_HELD) {
        return false;
    }
    if (queue_job->documents == 0) {
        return true;
    }
    if (!is_begun_again(run, queue_job)) {
        return false;
    }
    if (!run->suspected) {
        run->suspected = true;
        delivery_look(run, timeout_s, &evidence);
    }
    return run->watch.seen;
}

/* A job that is under way at cupsd: told to begin or to end, asked what keeps it. */
static void tend(struct delivery_run *run, const struct device_queue_job *queue_job, bool *canceled,
                 unsigned *connects)
{
    struct device_queue *queue = run->line->queue;
    struct trouble trouble;

    if (queue_job->state == DEVICE_QUEUE_JOB_HELD) {
        delivery_watch_begin(run, true);
        device_queue_release_job(queue, run->delivery->cups_job);
    }
    if (cancel_wanted(run) && !*canceled) {
        *canceled = device_queue_cancel_job(queue, run->delivery->cups_job) == PR_OK;
    }
    find_trouble(run, queue_job, &trouble);
    /* Connecting is how every job begins; trouble it is when it lasts. */
    if (trouble.length == 1 && strcmp(trouble.keyword[0], connecting) == 0 && !run->watch.away) {
        if (++*connects < 4) {
            trouble.length = 0;
        }
    } else {
        *connects = 0;
    }
    note_trouble(run, &trouble, queue_job->message);
}

/* One look. PR_OK: it goes on; PR_ESTATE: it has ended; PR_ENOENT: cupsd does not have it any more.
 */
static int look(struct delivery_run *run, bool *canceled, unsigned *connects,
                struct device_queue_job *ret_queue_job)
{
    struct device_queue *queue = run->line->queue;
    int result = device_queue_get_job(queue, run->delivery->cups_job, ret_queue_job);

    if (result == PR_OK && strcmp(ret_queue_job->name, run->delivery->token) != 0) {
        result = PR_ENOENT;
    }
    if (result == PR_ENOENT) {
        return PR_ENOENT;
    }
    if (result != PR_OK) {
        /* cupsd is away: its queue keeps the job, and so is followed when it is back. */
        run->queue_restarted = run->queue_restarted || result == PR_EUNREACHABLE;
        delivery_note_trouble(run, "resources-are-not-ready", device_queue_message(queue));
        delivery_look_if_due(run);
        return PR_OK;
    }
    if (device_queue_job_ended(ret_queue_job)) {
        return PR_ESTATE;
    }
    if (is_spent(run, ret_queue_job)) {
        result = device_queue_cancel_job(queue, run->delivery->cups_job);
        return result == PR_OK || result == PR_ESTATE ? PR_ENOENT : PR_OK;
    }
    delivery_look_if_due(run);
    tend(run, ret_queue_job, canceled, connects);
    return PR_OK;
}

enum delivery_end delivery_follow(struct delivery_run *run, struct device_queue_job *ret_queue_job)
{
    unsigned interval_ms = run->line->office->settings->delivery.poll_interval_ms;
    unsigned pause_ms = POLL_FIRST_MS;
    unsigned connects = 0;
    bool canceled = false;

    for (;;) {
        int result = look(run, &canceled, &connects, ret_queue_job);

        if (result == PR_ESTATE) {
            return DELIVERY_ENDED;
        }
        if (result == PR_ENOENT) {
            return DELIVERY_VANISHED;
        }
        if (!run->line->wait(run->line->context, pause_ms < interval_ms ? pause_ms : interval_ms)) {
            return DELIVERY_STOPPING;
        }
        pause_ms *= 2;
        if (pause_ms > interval_ms) {
            pause_ms = interval_ms;
        }
    }
}

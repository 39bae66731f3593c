/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. A device's queue takes jobs from the service only; cupsd refuses everybody else and
 * forgets it. The office wants to know who tried.
 *
 * Chosen way. cupsd's log of accesses is read, as the service's account, with the place kept in the
 * state directory (daemon/cups/log-follower.c), and every line is hostile until it has exactly its
 * form (daemon/cups/access-log.c). What it says of a person was authenticated by cupsd: the peer of
 * its socket, or a password. 403  cupsd knew who it was and refused: an attempt of that person. 401
 * cupsd asked who it is. Everybody who is somebody begins so; the answer follows, in a line with a
 * name for the same host and resource, or not at all. A challenge that was not answered within half
 * a minute is an attempt of somebody unknown. The resource in a line is chosen by the sender, while
 * cupsd goes by the request's printer-uri. So a resource is believed only as far as it names a
 * registered device's queue; what was refused under another name counts as an attempt on an unnamed
 * queue. The managed queue is the exception where cupsd asks its users who they are: being asked,
 * or refused, is ordinary there.
 *
 * The register cannot be filled: a person has one entry a queue and day, and queues are those that
 * are registered. Reading lines again, after a crash between the store's commit and the place's,
 * adds nothing for the same reason.
 *
 * Left out. Challenges that were open when the daemon ended. The name somebody only claimed
 * (requesting-user-name): cupsd does not log it, and it could be anybody's.
 */
#include "daemon/jobs/bypass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/cups/access-log.h"
#include "daemon/cups/log-follower.h"
#include "daemon/error.h"
#include "daemon/jobs/states.h"
#include "daemon/log.h"
#include "daemon/store/devices.h"
#include "daemon/store/violations.h"

enum { WAITING_MAX = 64, CHALLENGE_MS = 30000 };
/* What a line says of its time is believed within this; the time of a wrong clock is not. */
static const int64_t past_ms = 40LL * 24 * 3600 * 1000;

struct challenge {
    struct access_line line;
    int64_t seen_ms;
};

struct bypass_watch {
    const struct settings *settings;
    struct log_follower *follower;
    bool complained;
    struct office *office; /**< during a run */
    int64_t now_ms;        /**< of the run */
    int result;            /**< of the run; its place is kept only when all was written */
    size_t challenges;     /**< oldest first */
    struct challenge challenge[WAITING_MAX];
    size_t attempts; /**< to be written, each person and queue once */
    struct access_line attempt[WAITING_MAX];
};

int bypass_watch_new(const struct settings *settings, struct bypass_watch **ret)
{
    char place[4096];

    if (settings->cups_access_log[0] == '\0') {
        *ret = NULL;
        return PR_OK;
    }
    struct bypass_watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL) {
        return PR_ENOMEM;
    }
    watch->settings = settings;
    snprintf(place, sizeof place, "%s/cups-access.place", settings->state_directory);
    int result = log_follower_new(settings->cups_access_log, place, &watch->follower);

    if (result != PR_OK) {
        free(watch);
        return result;
    }
    *ret = watch;
    return PR_OK;
}

void bypass_watch_free(struct bypass_watch *watch)
{
    if (watch != NULL) {
        log_follower_free(watch->follower);
        free(watch);
    }
}

/* Writing down ------------------------------------------------------------------------------------
 */

struct search {
    const char *queue;
    int64_t device; /**< 0: no device has the queue */
};

static int compare_queue(void *context, const struct device_record *device)
{
    struct search *search = context;

    if (strcmp(device->queue, search->queue) == 0) {
        search->device = device->key;
    }
    return PR_OK;
}

static int write_attempt(struct bypass_watch *watch, struct store_tx *tx,
                         const struct access_line *line)
{
    bool believed = line->at_ms > watch->now_ms - past_ms && line->at_ms <= watch->now_ms;
    char month[POLICY_MONTH_BYTES];
    struct search search = {.queue = line->queue};
    int result = device_each(tx, compare_queue, &search);

    if (result != PR_OK) {
        return result;
    }
    if (search.device == 0 && line->answer == ACCESS_CHALLENGED &&
        watch->settings->queue_authenticated) {
        return PR_OK;
    }
    const struct violation_attempt attempt = {
        .kind = "queue-bypass",
        .person = line->user,
        .actor = JOB_ACTOR_DAEMON,
        .month = month,
        .at_ms = believed ? line->at_ms : watch->now_ms,
        .device = search.device,
    };

    clock_month(attempt.at_ms, month);
    return violation_add_attempt(tx, &attempt,
                                 json_pack("{s:s, s:s}", "host", line->host, "queue",
                                           search.device != 0 ? line->queue : ""));
}

static void write_attempts(struct bypass_watch *watch)
{
    struct store_tx *tx = NULL;

    if (watch->attempts == 0) {
        return;
    }
    int result = store_begin(watch->office->store, &tx);

    for (size_t i = 0; i < watch->attempts && result == PR_OK; i++) {
        result = write_attempt(watch, tx, &watch->attempt[i]);
    }
    if (result == PR_OK) {
        result = store_commit(tx);
    } else if (tx != NULL) {
        store_rollback(tx);
    }
    if (result == PR_OK) {
        watch->attempts = 0;
    } else {
        watch->result = result; /* they wait for the next run */
    }
}

static void add_attempt(struct bypass_watch *watch, const struct access_line *line)
{
    if (strcmp(line->user, watch->settings->user) == 0 ||
        (watch->settings->queue_authenticated &&
         strcmp(line->queue, watch->settings->managed_queue) == 0)) {
        return;
    }
    for (size_t i = 0; i < watch->attempts; i++) {
        if (strcmp(watch->attempt[i].user, line->user) == 0 &&
            strcmp(watch->attempt[i].queue, line->queue) == 0) {
            return;
        }
    }
    if (watch->attempts == WAITING_MAX) {
        write_attempts(watch);
    }
    if (watch->attempts < WAITING_MAX) {
        watch->attempt[watch->attempts++] = *line;
    }
}

/* Challenges --------------------------------------------------------------------------------------
 */

static void drop_challenge(struct bypass_watch *watch, size_t index)
{
    watch->challenges--;
    memmove(&watch->challenge[index], &watch->challenge[index + 1],
            (watch->challenges - index) * sizeof watch->challenge[0]);
}

static void add_challenge(struct bypass_watch *watch, const struct access_line *line)
{
    if (watch->challenges == WAITING_MAX) {
        add_attempt(watch, &watch->challenge[0].line);
        drop_challenge(watch, 0);
    }
    watch->challenge[watch->challenges++] =
        (struct challenge){.line = *line, .seen_ms = watch->now_ms};
}

/** One answer settles one challenge: more of them are somebody else's. */
static void settle_challenge(struct bypass_watch *watch, const struct access_line *line)
{
    for (size_t i = 0; i < watch->challenges; i++) {
        if (strcmp(watch->challenge[i].line.host, line->host) == 0 &&
            strcmp(watch->challenge[i].line.queue, line->queue) == 0) {
            drop_challenge(watch, i);
            return;
        }
    }
}

static void end_challenges(struct bypass_watch *watch)
{
    while (watch->challenges > 0 && watch->now_ms - watch->challenge[0].seen_ms >= CHALLENGE_MS) {
        add_attempt(watch, &watch->challenge[0].line);
        drop_challenge(watch, 0);
    }
}

/* ------------------------------------------------------------------------------------------------
 */

static void read_line(void *context, const char *text, size_t length)
{
    struct bypass_watch *watch = context;
    struct access_line line;

    if (!access_line_parse(text, length, &line) || !line.prints) {
        return;
    }
    if (line.user[0] != '\0') {
        settle_challenge(watch, &line);
    }
    if (line.answer == ACCESS_FORBIDDEN) {
        add_attempt(watch, &line);
    } else if (line.answer == ACCESS_CHALLENGED) {
        add_challenge(watch, &line);
    }
}

/** cupsd makes the file with its first line, so that there is none yet is no trouble. */
static void complain(struct bypass_watch *watch, int result)
{
    bool trouble = result != PR_OK && result != PR_ENOENT;

    if (trouble && !watch->complained) {
        log_write(LOG_LEVEL_ERROR, "%s: %s; attempts to print past the print room are not noted",
                  watch->settings->cups_access_log, pr_strerror(result));
    }
    watch->complained = trouble;
}

void bypass_watch_run(struct bypass_watch *watch, struct office *office, int64_t now_ms)
{
    if (watch == NULL) {
        return;
    }
    watch->office = office;
    watch->now_ms = now_ms;
    watch->result = PR_OK;
    int result = log_follower_read(watch->follower, read_line, watch);

    end_challenges(watch);
    write_attempts(watch);
    if (result == PR_OK || result == PR_ENOENT) {
        result = watch->result != PR_OK ? watch->result : result;
    }
    if (watch->result == PR_OK) {
        int remembered = log_follower_remember(watch->follower);

        result = remembered != PR_OK ? remembered : result;
    }
    complain(watch, result);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. cupsd's word alone is not enough to follow a job. Its backends wait for a device that is
 * off without a word that a program could read; a device that was restarted has forgotten its jobs,
 * which the ipp backend takes for "completed"; and devices forget ended jobs within minutes, so
 * that "no such job" at the end does not prove that nothing was printed.
 *
 * Chosen way. While the queue has the job, the device itself is asked for it by its token every few
 * seconds, for the first time when the document must have reached it. That tells in time
 * that the device is away, and leaves a record of sight: never seen, seen, lost from sight. Only a
 * job that was looked for without a gap since its release and never seen is proven not to have been
 * printed.
 *
 * Left out. Counters of the device, which would tell more about devices that answer for no job.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/error.h"
#include "daemon/jobs/deliver-steps.h"

enum {
    FIRST_LOOK_MS = 700,
    NEXT_LOOK_MS = 4000,
    /* Devices keep ended jobs for a minute at least (RFC 8011 §5.3.7 asks for five). */
    GAP_MS = 30000,
    LOOK_TIMEOUT_S = 5
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void delivery_watch_begin(struct delivery_run *run, bool from_release)
{
    run->watch = (struct delivery_watch){.looked_at_ms = now_ms(), .broken = !from_release};
}

int delivery_look(struct delivery_run *run, unsigned timeout_s, struct device_evidence *ret)
{
    const struct delivery_line *line = run->line;
    struct delivery_watch *watch = &run->watch;
    int result = PR_EUNREACHABLE;

    for (unsigned i = 0; i < line->device.uris_length && result != PR_OK; i++) {
        result = device_evidence_job(line->office->settings->device_program, line->device.uris[i],
                                     run->delivery->token, timeout_s, ret);
    }
    watch->broken = watch->broken || now_ms() - watch->looked_at_ms > GAP_MS;
    watch->looked_at_ms = now_ms();
    watch->looked = true;
    watch->away = result != PR_OK;
    if (result == PR_OK && ret->found) {
        watch->seen = true;
        watch->lost_sight = false;
        snprintf(watch->message, sizeof watch->message, "%s",
                 ret->message + strspn(ret->message, " "));
    } else if (result != PR_OK) {
        watch->lost_sight = true;
    }
    return result;
}

bool delivery_look_if_due(struct delivery_run *run)
{
    unsigned timeout_s = run->line->office->settings->delivery.device_timeout_s;
    int64_t pause_ms = run->watch.looked ? NEXT_LOOK_MS : FIRST_LOOK_MS;
    struct device_evidence evidence;

    if (run->line->device.uris_length == 0 || now_ms() - run->watch.looked_at_ms < pause_ms) {
        return false;
    }
    delivery_look(run, timeout_s < LOOK_TIMEOUT_S ? timeout_s : LOOK_TIMEOUT_S, &evidence);
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One delivery of one job to one device queue, from the claim to the settlement, also across a
 * crash. */
#ifndef DAEMON_JOBS_DELIVER_H
#define DAEMON_JOBS_DELIVER_H

#include <stdbool.h>

#include "daemon/cups/device-queue.h"
#include "daemon/office.h"
#include "daemon/store/devices.h"
#include "daemon/store/jobs.h"

/** A device's line: what its thread works with. */
struct delivery_line {
    struct office *office;
    struct device_record device;
    struct device_queue *queue;
    /** Waits timeout_ms; false, and at once, when the daemon stops. */
    bool (*wait)(void *context, unsigned timeout_ms);
    void *context;
};

/**
 * Claims the next pending job the device may print: urgent first, then in order of submission.
 *
 * @return PR_OK; PR_ENOENT when there is none
 */
int deliver_claim(struct delivery_line *line, struct job_record *ret_job,
                  struct delivery *ret_delivery);

/** Finds the delivery this device was at when the daemon ended. PR_ENOENT when there is none. */
int deliver_find_interrupted(struct delivery_line *line, struct job_record *ret_job,
                             struct delivery *ret_delivery);

/**
 * Carries a delivery on from wherever it is, to its end or until the daemon stops.
 *
 * @param resumed  it is found after a restart: what was done is asked of cupsd first
 */
void deliver_run(struct delivery_line *line, struct job_record *job, struct delivery *delivery,
                 bool resumed);

/**
 * Finds the job that forbids a change of a device: cupsd has it for this device, which may print it
 * no more after the change. cupsd may begin it at any moment, and nothing can take it back before
 * that for certain; so the change waits for the job, not the job for the change.
 *
 * @param tx       the writing transaction in which the device was changed
 * @param before   the device as it was
 * @param ret_job  the job's id, with PR_EBUSY
 * @return PR_OK: there is none; PR_EBUSY; PR_EDB
 */
int deliver_stands_in_the_way(const struct office *office, struct store_tx *tx,
                              const struct device_record *before, char ret_job[JOB_ID_BYTES]);

#endif

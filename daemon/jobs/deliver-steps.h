/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The steps deliver.c takes one after the other; private to the deliver files. */
#ifndef DAEMON_JOBS_DELIVER_STEPS_H
#define DAEMON_JOBS_DELIVER_STEPS_H

#include "daemon/jobs/deliver.h"
#include "daemon/jobs/states.h"

/** Between the steps: what one delivery knows. */
struct delivery_run {
    struct delivery_line *line;
    struct job_record *job; /**< as last read or written */
    struct delivery *delivery;
};

/**
 * One change of the job in a transaction of its own.
 *
 * @param change   stolen detail
 * @param outcome  DELIVERY_OPEN: the delivery goes on; else it ends with this
 * @return PR_OK; PR_ESTATE when somebody else changed the job so that this is not possible any
 * more; PR_EDB …
 */
int delivery_change(struct delivery_run *run, struct job_change *change,
                    enum delivery_outcome outcome);

/** Hands the document to the queue: held job, document, written down, released. PR_OK: cupsd has
 * it. */
int delivery_hand_over(struct delivery_run *run);

/** What is known of the CUPS job after a restart. */
enum delivery_resumption {
    DELIVERY_FOLLOW,  /**< cupsd has it: go on following */
    DELIVERY_NOTHING, /**< it was never released: nothing was printed */
    DELIVERY_LOST,    /**< it was released and cupsd knows nothing of it: uncertain */
    DELIVERY_UNKNOWN  /**< cupsd cannot be asked now */
};
enum delivery_resumption delivery_resume(struct delivery_run *run);

/** How following ended. */
enum delivery_end {
    DELIVERY_ENDED,    /**< cupsd is done with it; *ret_queue_job says how */
    DELIVERY_VANISHED, /**< cupsd does not know it any more */
    DELIVERY_STOPPING  /**< the daemon stops */
};
enum delivery_end delivery_follow(struct delivery_run *run, struct device_queue_job *ret_queue_job);

/** Asks the device for its evidence, reaches the verdict, writes it. */
void delivery_settle(struct delivery_run *run, const struct device_queue_job *queue_job);

/** Puts the job to the operator: nobody can tell whether it was printed. */
void delivery_ask_operator(struct delivery_run *run, const char *why);
/** Back to pending: it is proven that nothing was printed. */
void delivery_return(struct delivery_run *run, const char *why);

/** Removes the document of a job that has ended from the spool. */
void delivery_drop_document(struct delivery_run *run);

#endif

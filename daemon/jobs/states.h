/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The life of a job: state × event → action, next state; one table, one writer.
 *
 * job_transition() is the only place that writes job.state. Within the caller's transaction it
 * checks the table, closes the job's reservation in the ledger when the job ends, writes the state,
 * its reasons, the approvals these call for, the event and the audit leaf; they become durable
 * together or not at all.
 */
#ifndef DAEMON_JOBS_STATES_H
#define DAEMON_JOBS_STATES_H

#include <jansson.h>

#include "daemon/store/jobs.h"

enum job_event_kind {
    JOB_EVENT_OPENED,           /**< the sender announced a document */
    JOB_EVENT_ACCEPTED,         /**< document durable, nothing in the way */
    JOB_EVENT_HELD,             /**< document durable, something holds it */
    JOB_EVENT_REFUSED,          /**< decided against */
    JOB_EVENT_ABANDONED,        /**< the document never came */
    JOB_EVENT_HOLDS_CHANGED,    /**< still held, for other reasons */
    JOB_EVENT_RELEASED,         /**< the last hold is gone */
    JOB_EVENT_DISPATCHED,       /**< a device takes it */
    JOB_EVENT_RETURNED,         /**< proof that nothing was printed; it may be tried again */
    JOB_EVENT_DEVICE_STOPPED,   /**< the device waits for somebody */
    JOB_EVENT_DEVICE_RESUMED,   /**< the device goes on */
    JOB_EVENT_CANCEL_REQUESTED, /**< somebody wants it to end; the device is being told */
    JOB_EVENT_CANCELED,         /**< ended on somebody's wish */
    JOB_EVENT_PRINTED,          /**< the device is done */
    JOB_EVENT_FAILED,           /**< the device or its queue gave up */
    JOB_EVENT_UNCERTAIN, /**< nobody can tell whether it was printed: the operator is asked */
    JOB_EVENT_OPERATOR_SETTLED, /**< the operator said how many sheets came out */
    JOB_EVENT_REGISTERED,       /**< paper taken without a document, known only when it is over */
    JOB_EVENT_REPRINT,          /**< the operator said that nothing came out: once more */
    JOB_EVENT_REPRINT_HELD,     /**< the same, of a job that a supervisor has to release again */
    JOB_EVENT_TAKEN_BACK,       /**< the device it was released at may not print it any more */
    JOB_EVENT_DENIED,           /**< whoever was asked for approval said no */
    JOB_EVENT_EXPIRED, /**< nobody gave the approval or release in time, or the day is over */
    JOB_EVENTS
};
/** The name in events and audit leaves, e.g. "dispatched". */
const char *job_event_name(enum job_event_kind event);

/** What the ledger does with the job's open reservation. */
enum job_ledger_action {
    JOB_LEDGER_NONE,  /**< leaves it */
    JOB_LEDGER_VOID,  /**< gives it back: nothing can have been printed from this state */
    JOB_LEDGER_SETTLE /**< charges job_change.sheets, of evidence job_change.settlement */
};

struct job_rule {
    bool allowed;
    enum job_state next;
    enum job_ledger_action ledger;
};
/** The table's cell. */
const struct job_rule *job_rule(enum job_state state, enum job_event_kind event);

/** One change of a job. */
struct job_change {
    enum job_event_kind event;
    const char *actor;          /**< login, or JOB_ACTOR_DAEMON */
    const char *const *reasons; /**< the job's reasons from now on (keywords) */
    size_t reasons_length;
    int64_t sheets; /**< JOB_LEDGER_SETTLE: sheets the evidence shows; at most the reserved are
                       charged */
    enum settlement settlement; /**< JOB_LEDGER_SETTLE */
    json_t *detail; /**< for the event and the leaf; stolen; NULL for none; no titles, no reals */
};
#define JOB_ACTOR_DAEMON "printroomd"

/**
 * Carries an event out.
 *
 * @param job  the job as read in this transaction; state, reasons and completed_at are updated on
 * success
 * @return PR_OK; PR_ESTATE when the table does not allow it (nothing is written, the transaction is
 * not spoilt)
 */
int job_transition(struct store_tx *tx, struct job_record *job, struct job_change *change);

#endif

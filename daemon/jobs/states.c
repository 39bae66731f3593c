/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. A job is touched by many hands: the sender's connection, a device's thread, an operator,
 * a crash in between. Where each of them writes the state by itself, a job ends in two states, is
 * charged twice or not at all, or leaves no trace of who did it.
 *
 * Chosen way. What may happen is data: the table below, state × event. job_transition() is the only
 * function that writes job.state (a test reads the sources), and it writes everything that belongs
 * to the change in the caller's transaction: the ledger's closing entry, reasons, event, audit
 * leaf. A state that a job cannot be in with an open reservation cannot be reached without closing
 * it, because closing is part of the row.
 *
 * Left out. The states of a single sheet, and copies handed out: that is custody. Why a job is
 * held: that is policy; here reasons are keywords that come and go with the events.
 */
#include "daemon/jobs/states.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/jobs/approvals.h"
#include "daemon/jobs/numbering.h"
#include "daemon/store/audit.h"
#include "daemon/store/ledger.h"

static const char *const event_names[] = {
    [JOB_EVENT_OPENED] = "opened",
    [JOB_EVENT_ACCEPTED] = "accepted",
    [JOB_EVENT_HELD] = "held",
    [JOB_EVENT_REFUSED] = "refused",
    [JOB_EVENT_ABANDONED] = "abandoned",
    [JOB_EVENT_HOLDS_CHANGED] = "holds-changed",
    [JOB_EVENT_RELEASED] = "released",
    [JOB_EVENT_DISPATCHED] = "dispatched",
    [JOB_EVENT_RETURNED] = "returned",
    [JOB_EVENT_DEVICE_STOPPED] = "device-stopped",
    [JOB_EVENT_DEVICE_RESUMED] = "device-resumed",
    [JOB_EVENT_CANCEL_REQUESTED] = "cancel-requested",
    [JOB_EVENT_CANCELED] = "canceled",
    [JOB_EVENT_PRINTED] = "printed",
    [JOB_EVENT_FAILED] = "failed",
    [JOB_EVENT_UNCERTAIN] = "uncertain",
    [JOB_EVENT_OPERATOR_SETTLED] = "operator-settled",
    [JOB_EVENT_REGISTERED] = "registered",
    [JOB_EVENT_REPRINT] = "reprint",
    [JOB_EVENT_REPRINT_HELD] = "reprint-held",
    [JOB_EVENT_TAKEN_BACK] = "taken-back",
    [JOB_EVENT_DENIED] = "denied",
    [JOB_EVENT_EXPIRED] = "expired",
};
_Static_assert(sizeof event_names / sizeof event_names[0] == JOB_EVENTS,
               "every event has its name");

#define TO(next_state)                                                                             \
    {                                                                                              \
        true, next_state, JOB_LEDGER_NONE                                                          \
    }
#define END_VOID(next_state)                                                                       \
    {                                                                                              \
        true, next_state, JOB_LEDGER_VOID                                                          \
    }
#define END_SETTLED(next_state)                                                                    \
    {                                                                                              \
        true, next_state, JOB_LEDGER_SETTLE                                                        \
    }

/* Cells that are not named are forbidden; final states have no row at all. */
static const struct job_rule rules[JOB_STATES][JOB_EVENTS] = {
    [JOB_INCOMING] =
        {
            [JOB_EVENT_OPENED] = TO(JOB_INCOMING),
            [JOB_EVENT_REGISTERED] = END_SETTLED(JOB_COMPLETED),
            [JOB_EVENT_ACCEPTED] = TO(JOB_PENDING),
            [JOB_EVENT_HELD] = TO(JOB_PENDING_HELD),
            [JOB_EVENT_REFUSED] = END_VOID(JOB_ABORTED),
            [JOB_EVENT_ABANDONED] = END_VOID(JOB_ABORTED),
            [JOB_EVENT_CANCELED] = END_VOID(JOB_CANCELED),
        },
    [JOB_PENDING_HELD] =
        {
            [JOB_EVENT_HOLDS_CHANGED] = TO(JOB_PENDING_HELD),
            [JOB_EVENT_RELEASED] = TO(JOB_PENDING),
            [JOB_EVENT_REFUSED] = END_VOID(JOB_ABORTED),
            [JOB_EVENT_CANCELED] = END_VOID(JOB_CANCELED),
            /* A person's word cancels; time running out is the system's doing (RFC 8011 §5.3.7). */
            [JOB_EVENT_DENIED] = END_VOID(JOB_CANCELED),
            [JOB_EVENT_EXPIRED] = END_VOID(JOB_ABORTED),
        },
    [JOB_PENDING] =
        {
            [JOB_EVENT_DISPATCHED] = TO(JOB_PROCESSING),
            [JOB_EVENT_TAKEN_BACK] = TO(JOB_PENDING_HELD),
            [JOB_EVENT_CANCELED] = END_VOID(JOB_CANCELED),
            [JOB_EVENT_EXPIRED] = END_VOID(JOB_ABORTED),
        },
    [JOB_PROCESSING] =
        {
            [JOB_EVENT_RETURNED] = TO(JOB_PENDING),
            [JOB_EVENT_DEVICE_STOPPED] = TO(JOB_PROCESSING_STOPPED),
            [JOB_EVENT_CANCEL_REQUESTED] = TO(JOB_PROCESSING),
            [JOB_EVENT_CANCELED] = END_SETTLED(JOB_CANCELED),
            [JOB_EVENT_PRINTED] = END_SETTLED(JOB_COMPLETED),
            [JOB_EVENT_FAILED] = END_SETTLED(JOB_ABORTED),
            [JOB_EVENT_UNCERTAIN] = TO(JOB_PROCESSING_STOPPED),
        },
    [JOB_PROCESSING_STOPPED] =
        {
            [JOB_EVENT_RETURNED] = TO(JOB_PENDING),
            [JOB_EVENT_DEVICE_STOPPED] = TO(JOB_PROCESSING_STOPPED),
            [JOB_EVENT_DEVICE_RESUMED] = TO(JOB_PROCESSING),
            [JOB_EVENT_CANCEL_REQUESTED] = TO(JOB_PROCESSING_STOPPED),
            [JOB_EVENT_CANCELED] = END_SETTLED(JOB_CANCELED),
            [JOB_EVENT_PRINTED] = END_SETTLED(JOB_COMPLETED),
            [JOB_EVENT_FAILED] = END_SETTLED(JOB_ABORTED),
            [JOB_EVENT_UNCERTAIN] = TO(JOB_PROCESSING_STOPPED),
            [JOB_EVENT_OPERATOR_SETTLED] = END_SETTLED(JOB_COMPLETED),
            [JOB_EVENT_REPRINT] = TO(JOB_PENDING),
            [JOB_EVENT_REPRINT_HELD] = TO(JOB_PENDING_HELD),
        },
};

const char *job_event_name(enum job_event_kind event)
{
    return event_names[event];
}

const struct job_rule *job_rule(enum job_state state, enum job_event_kind event)
{
    return &rules[state][event];
}

/* Closes the reservation as the row says. What the device printed beyond the reservation stays in
 * the event's detail (and is a matter for counter reconciliation); the account is never charged
 * more than was reserved. */
static int close_reservation(struct store_tx *tx, const struct job_record *job,
                             const struct job_change *change, enum job_ledger_action action)
{
    struct ledger_job ledger;
    int result = action == JOB_LEDGER_NONE ? PR_OK : ledger_of_job(tx, job->key, &ledger);

    if (action == JOB_LEDGER_NONE || result != PR_OK || ledger.reserved == 0) {
        return result;
    }
    int64_t sheets = change->sheets < ledger.reserved ? change->sheets : ledger.reserved;

    if (action == JOB_LEDGER_SETTLE && sheets > 0) {
        return ledger_settle(tx, job->key, sheets, change->actor);
    }
    return ledger_void(tx, job->key, event_names[change->event], change->actor);
}

static int write_state(struct store_tx *tx, const struct job_record *job,
                       const struct job_rule *rule, const struct job_change *change, int64_t now_ms)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE job SET state = ?2, settlement = coalesce(?3, settlement),"
                            " completed_at = ?4 WHERE job = ?1");

    if (statement != NULL) {
        store_bind_int(statement, 1, job->key);
        store_bind_text(statement, 2, job_state_name(rule->next));
        if (rule->ledger == JOB_LEDGER_SETTLE && change->settlement != SETTLEMENT_NONE) {
            store_bind_text(statement, 3, settlement_name(change->settlement));
        }
        if (job_state_is_final(rule->next)) {
            store_bind_int(statement, 4, now_ms);
        }
    }
    return store_step(tx, statement);
}

static int record(struct store_tx *tx, const struct job_record *job, const struct job_rule *rule,
                  const struct job_change *change)
{
    json_t *leaf = change->detail != NULL ? json_deep_copy(change->detail) : json_object();
    char event[JOB_REASON_BYTES] = "job.";

    strncat(event, event_names[change->event], sizeof event - strlen(event) - 1);
    if (leaf == NULL ||
        json_object_set_new(leaf, "to", json_string(job_state_name(rule->next))) != 0) {
        json_decref(leaf);
        return store_tx_fail(tx, PR_ENOMEM);
    }
    int result = job_event_append(tx, job->key, event_names[change->event], job->state, rule->next,
                                  change->actor, change->detail);
    if (result != PR_OK) {
        json_decref(leaf);
        return result;
    }
    return audit_append(tx, change->actor, event, job->id, leaf);
}

int job_transition(struct store_tx *tx, struct job_record *job, struct job_change *change)
{
    const struct job_rule *rule = &rules[job->state][change->event];
    int64_t now_ms = store_now_ms();
    int result = PR_ESTATE;

    if (!rule->allowed) {
        goto out;
    }
    result = close_reservation(tx, job, change, rule->ledger);
    if (result != PR_OK) {
        goto out;
    }
    result = write_state(tx, job, rule, change, now_ms);
    if (result != PR_OK) {
        goto out;
    }
    result = job_set_reasons(tx, job->key, change->reasons, change->reasons_length);
    if (result != PR_OK) {
        goto out;
    }
    result = record(tx, job, rule, change);
    if (result != PR_OK) {
        goto out;
    }
    bool held = job->state == JOB_PENDING_HELD || rule->next == JOB_PENDING_HELD;

    job->state = rule->next;
    job->completed_at = job_state_is_final(rule->next) ? now_ms : 0;
    job->reasons_length = 0;
    for (size_t i = 0; i < change->reasons_length && i < JOB_REASONS_MAX; i++) {
        snprintf(job->reasons[job->reasons_length++], JOB_REASON_BYTES, "%s", change->reasons[i]);
    }
    /* Only held jobs have something asked about them. */
    if (held) {
        result = approvals_follow(tx, job, change->actor);
    }
    if (result == PR_OK) {
        result = copies_follow_job(tx, job, change,
                                   rule->ledger == JOB_LEDGER_SETTLE ? change->sheets : 0);
    }
out:
    json_decref(change->detail);
    change->detail = NULL;
    return result;
}

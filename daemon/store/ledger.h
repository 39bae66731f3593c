/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The ledger of paper. Accounts are (department, month); entries are immutable; money-like
 * two-phase transfers: reserve, then settle (charge what the evidence says) or void (nothing was
 * printed). An account is opened by its first use with the department's standing quota as its first
 * allot entry.
 *
 * Always: allotted + granted − reserved − used ≥ 0; the database itself refuses anything else
 * (PR_EBALANCE).
 *
 * PR_EINVAL (a month, number of sheets, reason or actor not of its form), PR_ENOENT, PR_EEXIST and
 * PR_EBALANCE are answers: nothing was changed and nothing is sticky. Reasons and actors are single
 * lines of UTF-8 (see text.h), reasons of at most 500 characters. An unknown department is
 * PR_ENOENT.
 *
 * Changes of quota append their audit leaves ("quota.set", "quota.grant"); what belongs to a job
 * (reserve, settle, void) is in the job's own leaf, which the caller appends.
 */
#ifndef DAEMON_STORE_LEDGER_H
#define DAEMON_STORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/store.h"
#include "policy/quota.h"

/** Most sheets of one entry. */
enum { LEDGER_SHEETS_MAX = 1000000000 };

/** Opens the account if need be and reads its sums. Needs a writing transaction. */
int ledger_balance(struct store_tx *tx, int64_t department, const char *month,
                   struct policy_balance *ret_balance);
/** Reads the sums without opening: an account never used shows the standing quota as allotted. */
int ledger_peek(struct store_tx *tx, int64_t department, const char *month,
                struct policy_balance *ret_balance);

/**
 * Makes `sheets` the allotment of a month; with month_only false also the standing quota from now
 * on.
 *
 * @return PR_OK; PR_EBALANCE when more is used or reserved than would be allotted (nothing is
 * changed, no sticky error)
 */
int ledger_set_quota(struct store_tx *tx, int64_t department, const char *month, int64_t sheets,
                     bool month_only, const char *actor);
/** Adds sheets to a month with a reason. PR_EINVAL unless sheets > 0 and reason is not empty. */
int ledger_grant(struct store_tx *tx, int64_t department, const char *month, int64_t sheets,
                 const char *reason, const char *actor);

/**
 * Moves what the month before left over into an account whose month has begun: a pair of adjust
 * entries, out of the old account and into the new, so that nothing is made or lost and each stays
 * within its balance. Once an account; the first call for a month decides, whatever `most` is
 * later. What is reserved in the old month stays there: sheets that come back from such a job later
 * stay in the old month. Only the month directly before counts, and only if it was opened; call it
 * for every department at the month's beginning, so that a month without a job is opened too.
 *
 * @param most  sheets that go on at most: 0 none, LEDGER_SHEETS_MAX all
 * @param ret_sheets  those that went; may be NULL
 * @return PR_OK; PR_EINVAL, PR_ENOENT
 */
int ledger_carry_over(struct store_tx *tx, int64_t department, const char *month, int64_t most,
                      int64_t *ret_sheets);

/** Reserves for a job; PR_EBALANCE when too few are available, or left to the job's sender under a
 * cap of their own (nothing is changed, no sticky error); PR_EEXIST when the job has an open
 * reservation. 0 sheets is PR_EINVAL. The job's row must exist. */
int ledger_reserve(struct store_tx *tx, int64_t department, const char *month, int64_t job,
                   int64_t sheets, const char *actor);
/** Closes the job's open reservation, in the month it was made in, with what is charged. PR_EINVAL
 * unless 0 … reserved, PR_ENOENT when none is open. */
int ledger_settle(struct store_tx *tx, int64_t job, int64_t sheets, const char *actor);
/** Closes the job's open reservation, nothing charged; reason may be "". PR_ENOENT when none is
 * open. */
int ledger_void(struct store_tx *tx, int64_t job, const char *reason, const char *actor);

struct ledger_job {
    int64_t reserved;               /**< sheets of the open reservation, 0 none */
    int64_t charged;                /**< sheets settled so far */
    char month[POLICY_MONTH_BYTES]; /**< month of the latest reservation, "" none */
};
/** A job that never had a reservation has zeros and "". */
int ledger_of_job(struct store_tx *tx, int64_t job, struct ledger_job *ret);

/** What a person's jobs took of a month, whichever department paid. */
struct ledger_person {
    int64_t cap; /**< most sheets a month, -1: none of their own */
    int64_t reserved;
    int64_t used;
};
/** Somebody who never printed, or is not registered, has zeros. Constant time: kept sums. */
int ledger_of_person(struct store_tx *tx, const char *login, const char *month,
                     struct ledger_person *ret_use);
/** The same for the sender of a job; PR_ENOENT when there is no such job. */
int ledger_of_sender(struct store_tx *tx, int64_t job, const char *month,
                     struct ledger_person *ret_use);
/** Sheets left under the cap, not below 0; LEDGER_SHEETS_MAX when there is no cap. */
int64_t ledger_person_left(const struct ledger_person *use);

#endif

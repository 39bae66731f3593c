/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Approvals and deputies. An approval is a question about a held job, bound to the SHA-256 of its
 * document: one table and one set of functions for every kind of question. Here it is asked, read
 * and closed; what a word does to the job is daemon/jobs/approvals.h.
 *
 * Every change appends its audit leaf ("approval.asked", "approval.approved", "deputy.set" …).
 * PR_EINVAL, PR_ENOENT, PR_EEXIST, PR_EACCESS and PR_ESTATE are answers: nothing was changed,
 * nothing is sticky.
 */
#ifndef DAEMON_STORE_APPROVALS_H
#define DAEMON_STORE_APPROVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/jobs.h"
#include "daemon/store/people.h"
#include "daemon/store/store.h"

/** What is asked. */
enum approval_kind {
    APPROVAL_OVER_QUOTA, /**< more sheets than the department has left */
    APPROVAL_CLASSIFIED, /**< a level that needs somebody's word; bound to that level too */
    APPROVAL_KINDS
};
const char *approval_kind_name(enum approval_kind kind);
/** The reason (keyword) a job is held for while this is asked. */
const char *approval_kind_reason(enum approval_kind kind);

enum approval_state {
    APPROVAL_OPEN,
    APPROVAL_APPROVED,
    APPROVAL_DENIED,
    APPROVAL_EXPIRED,   /**< nobody decided in time */
    APPROVAL_WITHDRAWN, /**< the job ended, or is not held for this any more */
    APPROVAL_STATES
};
const char *approval_state_name(enum approval_state state);

enum {
    APPROVAL_COMMENT_CHARACTERS = 200,
    APPROVAL_COMMENT_BYTES = 801,
    APPROVAL_ACTOR_BYTES = 160,
    APPROVAL_REFERENCE_CHARACTERS = 100,
    APPROVAL_REFERENCE_BYTES = 401
};

struct approval {
    int64_t key;
    enum approval_kind kind;
    int64_t job;
    char sha256[JOB_HEX_BYTES];
    char level[JOB_LEVEL_BYTES]; /**< id; "" but for APPROVAL_CLASSIFIED */
    int64_t asked_at;            /**< ms */
    int64_t sheets_missing;
    enum approval_state state;
    char decided_by[APPROVAL_ACTOR_BYTES]; /**< "" while open */
    int64_t decided_at;                    /**< ms, 0 while open */
    char comment[APPROVAL_COMMENT_BYTES];
    char reference[APPROVAL_REFERENCE_BYTES]; /**< of the authority that classified it, "" none */
    int64_t told_at;                          /**< ms, 0: not yet */
    int64_t reminded_at;                      /**< ms, 0: not yet */
};

/** Asks. PR_EEXIST when that is asked about the job already, PR_ESTATE when it has no document, or
 * is to be asked about its level and has none. */
int approval_ask(struct store_tx *tx, const struct job_record *job, enum approval_kind kind,
                 int64_t sheets_missing, const char *actor);
/**
 * Closes an open one.
 *
 * @param comment  one line of at most APPROVAL_COMMENT_CHARACTERS; "" where the state allows it
 * @return PR_OK; PR_ESTATE (not open), PR_EINVAL (the comment; a denial needs one)
 */
int approval_close(struct store_tx *tx, const struct approval *approval, const char *job_id,
                   enum approval_state state, const char *comment, const char *actor);
/** True when the text can be a comment. */
bool approval_comment_ok(const char *comment, bool needed);
/** Approves an open one of kind APPROVAL_CLASSIFIED; otherwise as approval_close(). PR_EINVAL also
 * for a reference that is not one line of at most APPROVAL_REFERENCE_CHARACTERS; "" none. */
int approval_close_with_reference(struct store_tx *tx, const struct approval *approval,
                                  const char *job_id, const char *reference, const char *comment,
                                  const char *actor);
/** The approval that was given for the job's level, with the document and level the job has now;
 * PR_ENOENT. */
int approval_given(struct store_tx *tx, int64_t job, struct approval *ret_approval);

/** The job's open approval of a kind; PR_ENOENT. */
int approval_open_of(struct store_tx *tx, int64_t job, enum approval_kind kind,
                     struct approval *ret_approval);
/** The latest of the job, an open one first; PR_ENOENT. */
int approval_latest_of(struct store_tx *tx, int64_t job, struct approval *ret_approval);

/** Oldest first; a callback result other than PR_OK ends the walk and is returned. */
int approval_each(struct store_tx *tx, bool open_only, uint32_t limit,
                  int (*callback)(void *context, const struct approval *approval), void *context);
/** Keys of the open ones, oldest first. *ret_keys is malloc'd. */
int approval_open_keys(struct store_tx *tx, int64_t **ret_keys, size_t *ret_length);
int approval_get(struct store_tx *tx, int64_t key, struct approval *ret_approval);

/** Writes down that mail went out: the first word of it, or the reminder. */
int approval_set_told(struct store_tx *tx, const struct approval *approval, const char *job_id,
                      bool reminder, const char *actor);

/** Deputies -------------------------------------------------------------------------------------
 */

struct deputy {
    char person[PERSON_LOGIN_BYTES];
    char deputy[PERSON_LOGIN_BYTES];
    char from[DAY_BYTES];
    char to[DAY_BYTES];
};
/**
 * Has `deputy` decide for a director from one day to another, both included.
 *
 * @return PR_OK; PR_ENOENT (one of them is not registered), PR_EACCESS (person is no director; the
 * deputy is not active, or has a role of administration or audit), PR_EINVAL (days that are none,
 * or in the wrong order; the same person)
 */
int deputy_set(struct store_tx *tx, const struct deputy *deputy, const char *actor);
/** By person and first day. */
int deputy_each(struct store_tx *tx, int (*callback)(void *context, const struct deputy *deputy),
                void *context);

/**
 * Whether a person may decide on a day: an active director, or an active person of no other power
 * whom an active director made deputy for that day.
 *
 * @return PR_OK; PR_EACCESS
 */
int approval_may_decide(struct store_tx *tx, const struct person *person, const char *day);

#endif

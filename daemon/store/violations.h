/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The register of violations. Most are written by triggers on a job's events
 * (daemon/store/schema/004-report.sql); each is acknowledged once by a person, with a comment.
 */
#ifndef DAEMON_STORE_VIOLATIONS_H
#define DAEMON_STORE_VIOLATIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/store/devices.h"
#include "daemon/store/jobs.h"
#include "daemon/store/people.h"
#include "policy/quota.h"

enum { VIOLATION_KIND_BYTES = 33, VIOLATION_COMMENT_BYTES = 1601, VIOLATION_DETAIL_BYTES = 4096 };

struct violation_record {
    int64_t key;
    char kind[VIOLATION_KIND_BYTES];
    char month[POLICY_MONTH_BYTES];
    int64_t at;             /**< ms */
    char job[JOB_ID_BYTES]; /**< "" none */
    char device[DEVICE_NAME_BYTES];
    char person[PERSON_LOGIN_BYTES];
    char department[DEPARTMENT_CODE_BYTES];
    char detail[VIOLATION_DETAIL_BYTES]; /**< a JSON object; "{}" when it was too long */
    char acknowledged_by[2 * PERSON_LOGIN_BYTES + 8]; /**< "" nobody yet */
    int64_t acknowledged_at;                          /**< ms, 0 not yet */
    char comment[VIOLATION_COMMENT_BYTES];
};

/**
 * Writes a violation of a job down; a second one of the same kind and job is let pass.
 *
 * @param job     as stored: its month, person, department and device are taken over
 * @param kind    a keyword of small letters and '-', see report_violation_words()
 * @param detail  a JSON object; stolen; NULL is PR_ENOMEM (sticky)
 */
int violation_add(struct store_tx *tx, const struct job_record *job, const char *kind,
                  json_t *detail);

/** What somebody tried, with no job behind it. */
struct violation_attempt {
    const char *kind;   /**< as violation_add() */
    const char *person; /**< login, or "uid 4711"; "" unknown */
    const char *actor;  /**< who notes it, for the audit log */
    const char *month;  /**< "YYYY-MM" of the moment */
    int64_t at_ms;
    int64_t device; /**< key, 0 none */
};

/**
 * Writes an attempt down, with an audit leaf "violation.add". A second one of the same kind, person
 * and month within a day (before or after) is let pass when its detail is the same, or names the
 * same "queue": nobody can fill the register, and noting the same twice changes nothing.
 *
 * @param detail  as violation_add()
 */
int violation_add_attempt(struct store_tx *tx, const struct violation_attempt *attempt,
                          json_t *detail);

struct violation_filter {
    bool open;         /**< only those nobody has acknowledged */
    const char *month; /**< NULL or "": any */
};
/** Latest first. A callback result other than PR_OK ends the walk and is returned. */
int violation_each(struct store_tx *tx, const struct violation_filter *filter,
                   int (*callback)(void *context, const struct violation_record *), void *context);

/**
 * Acknowledges, with an audit leaf "violation.acknowledge".
 *
 * @param comment  one line of 1–400 characters
 * @return PR_OK; answers: PR_EINVAL (comment), PR_ENOENT, PR_ESTATE (it was acknowledged before;
 * *ret is then set)
 */
int violation_acknowledge(struct store_tx *tx, int64_t key, const char *comment, const char *actor,
                          struct violation_record *ret);

#endif

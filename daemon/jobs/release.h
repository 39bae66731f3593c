/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Supervised release: a second person, of role supervisor and never the sender, lets a classified
 * job be printed at one device that may print its level (issue 4; 国家秘密载体保密管理规定).
 */
#ifndef DAEMON_JOBS_RELEASE_H
#define DAEMON_JOBS_RELEASE_H

#include "daemon/office.h"
#include "daemon/store/devices.h"
#include "daemon/store/jobs.h"
#include "daemon/store/secrets.h"

/** Who releases what, where. Texts are borrowed. */
struct release_wish {
    const char *job_id;
    const char *supervisor; /**< login */
    const char *secret;     /**< the supervisor's own PIN or password */
    const char *actor;      /**< whose session it is, for event and leaf */
    const char *device;     /**< name; NULL: the only one that may print the job */
    const char *reference;  /**< of the authority that classified the document; NULL: the one it was
                               approved with, if any */
};

/** Why it was refused, in the order these are looked at. */
enum release_refusal {
    RELEASE_NO_JOB,
    RELEASE_NOT_HELD,       /**< the job does not wait for a release */
    RELEASE_OWN_JOB,        /**< the supervisor is its sender */
    RELEASE_OTHER_HOLDS,    /**< something else holds it; that comes first */
    RELEASE_BAD_REFERENCE,  /**< not one line of visible text */
    RELEASE_NO_DEVICE,      /**< there is no such device */
    RELEASE_WHICH_DEVICE,   /**< several may print it: name one */
    RELEASE_DEVICE_LEVEL,   /**< the device may not print its level, or none may */
    RELEASE_DEVICE_AREA,    /**< the device stands outside of the level's areas */
    RELEASE_DEVICE_PROBLEM, /**< it cannot print now; `text` says why */
    RELEASE_SECRET,         /**< name or secret wrong */
    RELEASE_LATER,          /**< too many attempts; wait_ms says how long */
    RELEASE_NOT_SUPERVISOR, /**< the secret was right, the role is not */
    RELEASE_FAILED,         /**< nobody's fault: error */
    RELEASE_REFUSALS
};
struct release_answer {
    enum release_refusal refusal;
    int error;       /**< RELEASE_FAILED */
    int64_t wait_ms; /**< RELEASE_LATER */
    char text[256];  /**< the device's name, or its problem */
    struct job_record job;
};

/**
 * Releases a job. Nothing depends on the secret until everything else is in order, and it is
 * checked with secret_check(): throttled, the same work for every name. What holds at that moment
 * is looked at again in the transaction that releases.
 *
 * @param ret_answer  always written: on success `job` as it is then; else why not
 * @return true when the job was released and is pending
 */
bool job_release(struct office *office, const struct release_wish *wish,
                 struct release_answer *ret_answer);

/** Whether a device may print a level at all: its highest level and its area. */
bool release_device_may(const struct policy_ladder *ladder, const struct device_record *device,
                        int rank);

/** Whether jobs of a level (an id) are printed only when they were released; so are those of one
 * that is not on the ladder any more. */
bool release_is_needed(const struct policy_ladder *ladder, const char *level);

#endif

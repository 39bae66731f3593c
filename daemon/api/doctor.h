/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Checks of the installation. Each is one function and one row of words: what was found, and what
 * to do. `doctor` runs all of them, `status` only those that cost nothing.
 */
#ifndef DAEMON_API_DOCTOR_H
#define DAEMON_API_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/office.h"
#include "policy/words.h"

enum doctor_result { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAILED, DOCTOR_RESULTS };

/** What a check found: a and b fill {a} and {b} of its words. */
struct doctor_finding {
    enum doctor_result result;
    char a[256];
    char b[256];
};

enum doctor_check {
    DOCTOR_STORE,
    DOCTOR_STATE_DIRECTORY,
    DOCTOR_DAY_KEY,
    DOCTOR_TRACE_KEY,
    DOCTOR_SPOOL,
    DOCTOR_SWAP,
    DOCTOR_LOCKED_MEMORY,
    DOCTOR_DOCUMENTS,
    DOCTOR_PEOPLE,
    DOCTOR_DEVICES,
    DOCTOR_AUTHENTICATION,
    DOCTOR_CUPS,
    DOCTOR_MANAGED_QUEUE,
    DOCTOR_DEVICE_QUEUES,
    DOCTOR_ACCESS_LOG,
    DOCTOR_DEVICE_AREAS,
    DOCTOR_DEVICE_ANSWERS,
    DOCTOR_DEVICE_SERIALS,
    DOCTOR_MAINTENANCE,
    DOCTOR_SUPPLIES,
    DOCTOR_STOCK,
    DOCTOR_CHECKS
};

/** Runs one check. */
void doctor_check(struct office *office, enum doctor_check check,
                  struct doctor_finding *ret_finding);
/** True when the check is quick and asks nobody: for `status`. */
bool doctor_check_is_cheap(enum doctor_check check);
/** {"check", "result": "ok"|"warning"|"failed", "message", "action"}; action is "" when all is
 * well. */
json_t *doctor_document(enum doctor_check check, const struct doctor_finding *finding,
                        enum policy_language language);
/** The id of a check, e.g. "day-key". */
const char *doctor_check_id(enum doctor_check check);

/* By file: daemon/api/doctor-machine.c, doctor-store.c, doctor-cups.c,
 * doctor-devices.c */
void doctor_state_directory(struct office *office, struct doctor_finding *finding);
void doctor_spool(struct office *office, struct doctor_finding *finding);
void doctor_swap(struct office *office, struct doctor_finding *finding);
void doctor_locked_memory(struct office *office, struct doctor_finding *finding);
void doctor_documents(struct office *office, struct doctor_finding *finding);
void doctor_store(struct office *office, struct doctor_finding *finding);
void doctor_day_key(struct office *office, struct doctor_finding *finding);
void doctor_trace_key(struct office *office, struct doctor_finding *finding);
void doctor_people(struct office *office, struct doctor_finding *finding);
void doctor_devices(struct office *office, struct doctor_finding *finding);
void doctor_authentication(struct office *office, struct doctor_finding *finding);
void doctor_cups(struct office *office, struct doctor_finding *finding);
void doctor_managed_queue(struct office *office, struct doctor_finding *finding);
void doctor_device_queues(struct office *office, struct doctor_finding *finding);
void doctor_access_log(struct office *office, struct doctor_finding *finding);
void doctor_device_areas(struct office *office, struct doctor_finding *finding);
void doctor_device_answers(struct office *office, struct doctor_finding *finding);
void doctor_device_serials(struct office *office, struct doctor_finding *finding);
void doctor_maintenance(struct office *office, struct doctor_finding *finding);
void doctor_supplies(struct office *office, struct doctor_finding *finding);
void doctor_stock(struct office *office, struct doctor_finding *finding);

/** Reads a table of swap areas as /proc/swaps has it: true when one of them keeps plain memory
 * contents, its name set.
 *  @param sys_block  "/sys/block", where dm-crypt devices say what they are */
bool doctor_swap_is_plain(const char *swaps, const char *sys_block, char *ret_name, size_t size);

#endif

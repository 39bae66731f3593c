/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What a device itself says of a job that was sent to it: the daemon's end of `printroom-device`
 * (see its manual for the JSON). Blocking, thread-safe; a helper process for each call. All that
 * comes back is hostile and checked here again.
 */
#ifndef DAEMON_CUPS_DEVICE_EVIDENCE_H
#define DAEMON_CUPS_DEVICE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DEVICE_EVIDENCE_MESSAGE_BYTES = 256,
    DEVICE_EVIDENCE_REASONS_BYTES = 512,
    DEVICE_EVIDENCE_MODEL_BYTES = 128,
    DEVICE_EVIDENCE_UNKNOWN = -1
};

/** Values of IPP's job-state (RFC 8011 5.3.7). */
enum device_evidence_state {
    DEVICE_EVIDENCE_PENDING = 3,
    DEVICE_EVIDENCE_HELD,
    DEVICE_EVIDENCE_PROCESSING,
    DEVICE_EVIDENCE_STOPPED,
    DEVICE_EVIDENCE_CANCELED,
    DEVICE_EVIDENCE_ABORTED,
    DEVICE_EVIDENCE_COMPLETED
};

struct device_evidence {
    bool found; /**< false: the device knows no such job (never came, or is forgotten); nothing else
                   is set then */
    int job_id; /**< the device's own */
    enum device_evidence_state state;
    int64_t impressions_completed;  /**< DEVICE_EVIDENCE_UNKNOWN when it does not say; 0 is often
                                       only "not counted" */
    int64_t media_sheets_completed; /**< likewise */
    char reasons[DEVICE_EVIDENCE_REASONS_BYTES]; /**< joined by ',' */
    char message[DEVICE_EVIDENCE_MESSAGE_BYTES];
};

/** Values of IPP's printer-state (RFC 8011 5.4.11). */
enum device_evidence_device_state {
    DEVICE_EVIDENCE_DEVICE_IDLE = 3,
    DEVICE_EVIDENCE_DEVICE_PROCESSING,
    DEVICE_EVIDENCE_DEVICE_STOPPED
};

struct device_evidence_status {
    enum device_evidence_device_state state;
    int64_t impressions_completed;  /**< counter of the device, DEVICE_EVIDENCE_UNKNOWN */
    int64_t media_sheets_completed; /**< likewise */
    char reasons[DEVICE_EVIDENCE_REASONS_BYTES];
    char message[DEVICE_EVIDENCE_MESSAGE_BYTES];
    char make_and_model[DEVICE_EVIDENCE_MODEL_BYTES];
};

/**
 * Asks the device for the job of that name.
 *
 * @param program    path of printroom-device
 * @param uri        ipp:// or ipps:// address of the device
 * @param token      the job-name given to cupsd, which its ipp backend hands on
 * @param timeout_s  wall clock, 1 … 3600; the helper is given it too and killed one second later
 * @return PR_OK (look at `found`); PR_EUNREACHABLE, PR_EREFUSED (the device or the helper said no),
 * PR_ETIMEOUT (the helper hung), PR_ECRASHED (it did not start, or died), PR_EFORMAT (its answer is
 * none), PR_EINVAL
 */
int device_evidence_job(const char *program, const char *uri, const char *token, unsigned timeout_s,
                        struct device_evidence *ret);

/**
 * Asks for the device's state and counters. Errors as above.
 *
 * @param uri      any of printroom-device(8)
 * @param options  at most eight further words for the helper, ends with NULL; NULL: none
 */
int device_evidence_status(const char *program, const char *uri, const char *const *options,
                           unsigned timeout_s, struct device_evidence_status *ret);

/**
 * Reads an answer of `printroom-device job`.
 *
 * @param exit_code  of the helper
 * @param text       its output, not necessarily terminated
 * @return as device_evidence_job()
 */
int device_evidence_parse_job(int exit_code, const char *text, size_t length,
                              struct device_evidence *ret);

/** Reads an answer of `printroom-device status`. */
int device_evidence_parse_status(int exit_code, const char *text, size_t length,
                                 struct device_evidence_status *ret);

#endif

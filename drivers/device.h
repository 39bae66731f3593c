/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What a device can be asked, whatever it is reached by. A transport is one `const struct
 * device_transport`; the table in transport.c lists them all. Nothing here knows of jobs of the
 * house, of people or of documents: a job is the name (token) under which it was sent to the
 * device.
 *
 * Everything a device says is hostile: strings are cut and cleaned by the reader of the wire,
 * numbers that cannot be count as unknown.
 */
#ifndef DRIVERS_DEVICE_H
#define DRIVERS_DEVICE_H

#include <stdint.h>

enum {
    DEVICE_TEXT_BYTES = 256,
    DEVICE_KEYWORD_BYTES = 64,
    DEVICE_REASONS_MAX = 32,
    DEVICE_UNKNOWN = -1
};

enum device_result {
    DEVICE_OK,
    DEVICE_NOT_FOUND,   /**< the device answered: it knows no such job */
    DEVICE_REFUSED,     /**< the device answered with an error */
    DEVICE_MALFORMED,   /**< the device answered with something else than an answer */
    DEVICE_UNREACHABLE, /**< no connection, or no answer */
    DEVICE_UNSUPPORTED  /**< no transport has that scheme, or it cannot be asked that */
};

struct device_target {
    const char *uri;
    const char *user;   /**< name to ask under: devices may show a job to its owner only */
    unsigned silence_s; /**< seconds without a byte after which an exchange is given up */
};

struct device_reasons {
    unsigned length;
    char keywords[DEVICE_REASONS_MAX][DEVICE_KEYWORD_BYTES];
};

struct device_job {
    int job_id;
    char state[DEVICE_KEYWORD_BYTES]; /**< keyword of RFC 8011 5.3.7: "completed",
                                         "processing-stopped" … */
    struct device_reasons reasons;
    int64_t
        impressions_completed; /**< sides printed, DEVICE_UNKNOWN when the device does not say */
    int64_t media_sheets_completed; /**< sheets used, likewise */
    char message[DEVICE_TEXT_BYTES];
};

struct device_status {
    char state[DEVICE_KEYWORD_BYTES]; /**< "idle", "processing", "stopped" */
    struct device_reasons reasons;
    int64_t impressions_completed;  /**< the device's counter since it was made, DEVICE_UNKNOWN */
    int64_t media_sheets_completed; /**< likewise */
    char message[DEVICE_TEXT_BYTES];
    char make_and_model[DEVICE_TEXT_BYTES];
};

struct device_transport {
    const char *const *schemes; /**< URI schemes in lower case, ends with NULL */

    /**
     * Looks for the latest job with exactly that name.
     *
     * @param ret          written on DEVICE_OK only
     * @param ret_message  on another result the device's words or the system's, may be ""
     */
    enum device_result (*job)(const struct device_target *target, const char *name,
                              struct device_job *ret, char ret_message[DEVICE_TEXT_BYTES]);

    /** State and counters of the device itself. Outputs as above. */
    enum device_result (*status)(const struct device_target *target, struct device_status *ret,
                                 char ret_message[DEVICE_TEXT_BYTES]);
};

/** IPP over HTTP or HTTPS (RFC 8010, 8011). */
extern const struct device_transport device_transport_ipp;
/** USB (Printer Class 1.1), by IPP where ipp-usb has the device. */
extern const struct device_transport device_transport_usb;

/** The transport for a URI's scheme, NULL when there is none. */
const struct device_transport *device_transport_for(const char *uri);

#endif

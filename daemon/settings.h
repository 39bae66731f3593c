/* SPDX-License-Identifier: GPL-2.0-or-later */
/** printroom.conf, read once at start (libconfuse syntax; every key is explained in
 * policy/printroom.conf). */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/log.h"
#include "daemon/settings-devices.h"
#include "policy/decide.h"
#include "policy/words.h"

struct settings {
    char *state_directory; /**< database, keys/, spool/ */
    char *run_directory;   /**< the socket's folder */
    char *socket;          /**< path of the API's Unix socket */
    char *user;            /**< account the daemon drops to when started as root */
    char *backend_user;    /**< account cupsd runs backends as: may hand in documents for anybody */
    char *document_user;   /**< account printroom-document runs as when started as root */
    char *cups_server;     /**< as CUPS_SERVER: socket path or host[:port] */
    char *cups_access_log; /**< path of cupsd's log of accesses, "": not read */
    char *web_address;     /**< host[:port] that codes on numbered copies lead to; "": none */
    char *managed_queue;
    char *document_program;   /**< path of printroom-document */
    char *device_program;     /**< path of printroom-device */
    char *report_program;     /**< path of printroom-report */
    char *scan_program;       /**< path of printroom-scan */
    char *sendmail;           /**< path of a sendmail, "": no mail goes out */
    char *time_zone;          /**< IANA name; months and days roll over at its midnight */
    bool queue_authenticated; /**< queue-authentication = "required": CUPS verified who sends */
    enum policy_language language; /**< of texts that no person in particular reads */
    enum log_level log_level;
    struct {
        unsigned timeout_s;
        uint64_t memory_bytes;
        unsigned children;
        uint32_t pages_max;
    } document;
    struct policy_settings policy;
    int64_t carry_over_sheets; /**< of what a month leaves over go on to the next; 0: none,
                                  LEDGER_SHEETS_MAX: all */
    struct {
        unsigned poll_interval_ms; /**< how often a device queue is asked about a job */
        unsigned device_timeout_s; /**< for one question to a device */
    } delivery;
    struct settings_devices devices;
    struct {
        int64_t remind_ms; /**< after which those who may decide are reminded, 0: never */
        int64_t expire_ms; /**< after which a job nobody decided on ends */
    } approvals;
    int64_t release_expire_ms; /**< after which a job no supervisor released ends */
    struct {
        uint64_t document_bytes; /**< largest document */
        unsigned connections;    /**< on the API's socket at a time */
    } limits;
};

/**
 * Reads a settings file. Mistakes are written to stderr as FILE:LINE:COLUMN: message, one a line,
 * all of them.
 *
 * @param path  file to read
 * @return PR_OK; PR_ENOENT, PR_EINVAL
 */
int settings_read(const char *path, struct settings **ret_settings);
void settings_free(struct settings *settings);

#endif

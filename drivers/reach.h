/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A device as it is reached by its URIs: the sessions that are open, who it is, and what could not
 * be opened. Which languages are spoken over a stream is decided here, by what the device says that
 * it understands.
 */
#ifndef DRIVERS_REACH_H
#define DRIVERS_REACH_H

#include "drivers/cups-queue.h"
#include "drivers/driver.h"
#include "drivers/listing.h"
#include "drivers/queue-pause.h"
#include "drivers/residue.h"
#include "drivers/snmp.h"
#include "drivers/talk.h"
#include "drivers/transport-usb.h"
#include "drivers/vendors.h"

enum { REACH_URIS_MAX = 8, REACH_SESSIONS_MAX = 16, REACH_HOST_BYTES = 256 };

struct reach_options {
    struct device_target target; /**< its URI is not looked at */
    struct residue_rules rules;
    bool purge_jobs;          /**< Purge-Jobs may be used */
    bool language_given;      /**< then only those two say what is understood */
    bool pjl, postscript;     /**< as a person says */
    struct snmp_options snmp; /**< no community: not asked */
    bool pause;          /**< CUPS queues of the device stand still meanwhile, not only of cups: */
    unsigned step_ms;    /**< how long a single exchange may take */
    int64_t deadline_ms; /**< of everything, CLOCK_MONOTONIC */
};

struct reach_trouble {
    enum device_result result;
    enum device_gap_why why;
    const char *uri;
    char message[DEVICE_TEXT_BYTES];
};

struct reach {
    const struct reach_options *options;
    struct residue_rules rules; /**< with the maker's folders */
    struct device_facts facts;
    const struct vendor *vendor; /**< NULL when it is not known */
    bool sparing;                /**< where PJL is spoken PostScript waits for reach_open_rest() */
    bool reached;                /**< something answered, be it that no language is known */
    bool pjl, postscript;        /**< what the device says that it understands */
    size_t sessions_length, talks_length, troubles_length, pauses_length, uris_length;
    struct device_session *sessions[REACH_SESSIONS_MAX];
    struct talk *talks[REACH_URIS_MAX];
    struct reach_trouble troubles[REACH_SESSIONS_MAX];
    struct queue_pause *pauses[REACH_URIS_MAX];
    char snmp_host[REACH_HOST_BYTES]; /**< of the first network URI; "" */
    const char *snmp_uri;
    struct device_session *snmp; /**< not among the sessions: see reach_all() */
    char uris[REACH_URIS_MAX][CUPS_DEVICE_URI_BYTES]; /**< what cups: and usb: stand for */
};

/** @param reach  as large as its maximums; options are borrowed as long as it lives */
void reach_begin(struct reach *reach, const struct reach_options *options);

/**
 * Opens every session that a URI offers and that is not open yet. What does not work is noted among
 * the troubles.
 *
 * @param uri  borrowed as long as the reach lives
 */
void reach_open(struct reach *reach, const char *uri);

/** Opens what was left out for being sparing. */
void reach_open_rest(struct reach *reach);

/** Opens all, those that tell most of the device (IPP) first. */
void reach_open_all(struct reach *reach, const char *const *uris, size_t uris_length);

/**
 * Every session that is open, and SNMP as the last one, to be asked what the others do not tell.
 * Nothing is sent by it before it is asked.
 *
 * @return how many
 */
size_t reach_all(struct reach *reach, struct device_session *ret[REACH_SESSIONS_MAX + 1]);

/** Whether the device overwrites what it deletes; asked anew each time, of those makers only that
 * tell it. After reach_identify(). */
enum device_overwrite reach_overwrite(struct reach *reach);

/** Asks every session who the device is; finds its maker and keeps the maker's folders. */
void reach_identify(struct reach *reach);

/**
 * Closes what is open, then resumes queues.
 *
 * @param ret_message  words when a queue could not be resumed, else untouched
 * @return false then
 */
bool reach_close(struct reach *reach, char ret_message[DEVICE_TEXT_BYTES]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem. A printer that does not know PJL prints the question; one that knows it but not
 * PostScript prints the program. So a language is never tried to see what happens.
 *
 * The way chosen. What is understood is what the device says: its 1284 id (over USB, or by IPP as
 * `printer-device-id`), its formats by IPP, in PJL its INFO CONFIG; or what a person says who has
 * read the manual: `?language=` in the URI adds to it, --language counts alone. A bare socket of
 * which nobody has said anything gets a connection and not a byte.
 *
 * Over one stream both languages are spoken in turn: each question is a frame of its own.
 */
#include "drivers/reach.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/ipp.h"
#include "drivers/pjl.h"
#include "drivers/postscript.h"
#include "drivers/text.h"

enum { PAUSE_MS = 15000 };

void reach_begin(struct reach *reach, const struct reach_options *options)
{
    memset(reach, 0, sizeof *reach);
    reach->options = options;
    reach->rules = options->rules;
    reach->pjl = options->language_given && options->pjl;
    reach->postscript = options->language_given && options->postscript;
}

static void note(struct reach *reach, enum device_result result, enum device_gap_why why,
                 const char *uri, const char *message)
{
    if (reach->troubles_length < REACH_SESSIONS_MAX) {
        struct reach_trouble *trouble = &reach->troubles[reach->troubles_length++];
        *trouble = (struct reach_trouble){.result = result, .why = why, .uri = uri};
        text_clean(trouble->message, sizeof trouble->message, message);
    }
}

static bool has(const struct reach *reach, const char *driver)
{
    for (size_t i = 0; i < reach->sessions_length; i++) {
        if (strcmp(reach->sessions[i]->driver->name, driver) == 0) {
            return true;
        }
    }
    return false;
}

static bool add(struct reach *reach, struct device_session *session)
{
    reach->reached = true;
    if (reach->sessions_length == REACH_SESSIONS_MAX) {
        session->driver->close(session);
        return false;
    }
    reach->sessions[reach->sessions_length++] = session;
    return true;
}

static void learn_languages(struct reach *reach)
{
    bool pjl = false;
    bool postscript = false;
    if (!reach->options->language_given) {
        languages_of_device_id(reach->facts.device_id, &pjl, &postscript);
        reach->pjl = reach->pjl || pjl;
        reach->postscript = reach->postscript || postscript || reach->facts.postscript;
    }
}

/* IPP ------------------------------------------------------------------------------------------ */

static bool is_ipp(const char *uri)
{
    return strncasecmp(uri, "ipp:", 4) == 0 || strncasecmp(uri, "ipps:", 5) == 0;
}

/** @param uri  where it is; @param as  what the command line says */
static void open_ipp(struct reach *reach, const char *uri, const char *as)
{
    const struct reach_options *options = reach->options;
    struct device_target target = options->target;
    char message[DEVICE_TEXT_BYTES] = "";
    struct device_session *session = NULL;
    if (has(reach, "ipp")) {
        return;
    }
    target.uri = uri;
    enum device_result result = ipp_session_open(&target, as, &reach->rules, options->purge_jobs,
                                                 options->deadline_ms, &session, message);
    if (result != DEVICE_OK) {
        note(reach, result, gap_for(result), as, message);
        return;
    }
    if (add(reach, session) &&
        session->driver->identify(session, &reach->facts, message) == DEVICE_OK) {
        learn_languages(reach);
    }
}

/* Streams -------------------------------------------------------------------------------------- */

/** Only where PJL answers if it is to be entered from there. */
static bool may_open_postscript(const struct reach *reach)
{
    return reach->postscript && !has(reach, "postscript") && (!reach->pjl || has(reach, "pjl"));
}

static void open_postscript(struct reach *reach, struct talk *talk, const char *as)
{
    char message[DEVICE_TEXT_BYTES] = "";
    struct device_session *session = NULL;
    const enum device_result result =
        talk_revive(talk, message) == DEVICE_OK
            ? postscript_session_open(talk, as, reach->pjl, &reach->rules, &session, message)
            : DEVICE_UNREACHABLE;
    if (result == DEVICE_OK) {
        (void)add(reach, session);
    } else {
        note(reach, result, gap_for(result), as, message);
    }
}

static void open_pjl(struct reach *reach, struct talk *talk, const char *as)
{
    char message[DEVICE_TEXT_BYTES] = "";
    struct device_session *session = NULL;
    const enum device_result result = pjl_session_open(talk, as, &reach->rules, &session, message);
    if (result != DEVICE_OK) {
        note(reach, result, gap_for(result), as, message);
    } else if (add(reach, session) &&
               session->driver->identify(session, &reach->facts, message) == DEVICE_OK) {
        learn_languages(reach);
    }
}

/** `?language=pjl,postscript` behind a URI: what a person has found out, where it can be kept. */
static void learn_from_uri(struct reach *reach, const char *uri)
{
    static const char key[] = "language=";
    const char *query = strchr(uri, '?');
    const char *at = query != NULL ? strstr(query, key) : NULL;
    if (at == NULL || reach->options->language_given) {
        return;
    }
    for (at += sizeof key - 1; *at != '\0' && *at != '&';) {
        const size_t length = strcspn(at, ",&");
        reach->pjl = reach->pjl || (length == 3 && strncasecmp(at, "pjl", 3) == 0);
        reach->postscript =
            reach->postscript || (length == 10 && strncasecmp(at, "postscript", 10) == 0);
        at += length;
        at += *at == ',' ? 1 : 0;
    }
}

static void open_stream(struct reach *reach, const char *uri, const char *as)
{
    const struct reach_options *options = reach->options;
    char message[DEVICE_TEXT_BYTES] = "";
    struct talk *talk = NULL;
    if (reach->talks_length == REACH_URIS_MAX || (has(reach, "pjl") && has(reach, "postscript"))) {
        return;
    }
    enum device_result result =
        talk_open(&options->target, uri, options->deadline_ms, options->step_ms, &talk, message);
    if (result != DEVICE_OK) {
        note(reach, result, gap_for(result), as, message);
        return;
    }
    reach->talks[reach->talks_length++] = talk;
    reach->reached = true;
    const struct device_stream_carrier *carrier = talk->stream->carrier;
    if (carrier->device_id != NULL && reach->facts.device_id[0] == '\0') {
        text_clean(reach->facts.device_id, sizeof reach->facts.device_id,
                   carrier->device_id(talk->stream));
        facts_from_device_id(&reach->facts);
        learn_languages(reach);
    }
    learn_from_uri(reach, uri);
    if (!reach->pjl && !reach->postscript) {
        note(reach, DEVICE_UNSUPPORTED, GAP_LANGUAGE_UNKNOWN, as,
             "what the device understands is not known; give --language");
        return;
    }
    if (reach->pjl && !has(reach, "pjl")) {
        open_pjl(reach, talk, as);
    }
    if (may_open_postscript(reach) && !(reach->sparing && has(reach, "pjl"))) {
        open_postscript(reach, talk, as);
    }
}

/* SNMP ----------------------------------------------------------------------------------------- */

/** Where SNMP is asked: at the host of the first URI in the network. */
static void note_host(struct reach *reach, const char *uri, const char *as)
{
    const char *host = strstr(uri, "://");
    if (host == NULL || reach->snmp_host[0] != '\0') {
        return;
    }
    host += 3;
    host += strcspn(host, "@/") < strlen(host) && host[strcspn(host, "@/")] == '@'
                ? strcspn(host, "@") + 1
                : 0;
    const bool six = *host == '[';
    host += six ? 1 : 0;
    const size_t length = strcspn(host, six ? "]/?" : ":/?");
    if (length > 0 && length < sizeof reach->snmp_host) {
        memcpy(reach->snmp_host, host, length);
        reach->snmp_host[length] = '\0';
        reach->snmp_uri = as;
    }
}

size_t reach_all(struct reach *reach, struct device_session *ret[REACH_SESSIONS_MAX + 1])
{
    const struct reach_options *options = reach->options;
    size_t length = reach->sessions_length;
    for (size_t i = 0; i < length; i++) {
        ret[i] = reach->sessions[i];
    }
    if (reach->snmp == NULL && options->snmp.community != NULL && reach->snmp_host[0] != '\0') {
        reach->snmp = snmp_session_new(reach->snmp_uri, reach->snmp_host, &options->snmp,
                                       options->deadline_ms);
    }
    if (reach->snmp != NULL) {
        ret[length++] = reach->snmp;
    }
    return length;
}

enum device_overwrite reach_overwrite(struct reach *reach)
{
    struct device_session *all[REACH_SESSIONS_MAX + 1];
    const size_t length = reach_all(reach, all);
    char message[DEVICE_TEXT_BYTES];
    enum device_overwrite overwrite = DEVICE_OVERWRITE_UNKNOWN;
    for (size_t i = 0; i < length && reach->vendor != NULL && reach->vendor->tells_overwrite; i++) {
        if (all[i]->driver->overwrite != NULL &&
            all[i]->driver->overwrite(all[i], &overwrite, message) == DEVICE_OK) {
            return overwrite;
        }
    }
    return DEVICE_OVERWRITE_UNKNOWN;
}

/* Queues and USB ------------------------------------------------------------------------------- */

/** @param must  a queue that cannot be paused is trouble; otherwise a limit to what is claimed */
static bool pause_queues(struct reach *reach, const char *device_uri, const char *as, bool must)
{
    char message[DEVICE_TEXT_BYTES] = "";
    int64_t deadline_ms = stream_now_ms() + PAUSE_MS;
    deadline_ms =
        deadline_ms < reach->options->deadline_ms ? deadline_ms : reach->options->deadline_ms;
    if (reach->pauses_length == REACH_URIS_MAX) {
        return !must;
    }
    const enum device_result result =
        queue_pause_begin(device_uri, deadline_ms, &reach->pauses[reach->pauses_length], message);
    if (result == DEVICE_OK) {
        reach->pauses_length++;
        return true;
    }
    if (must) {
        note(reach, result, gap_for(result), as, message);
        return false;
    }
    /* Where there is no CUPS there is no queue either. */
    if (result != DEVICE_UNREACHABLE) {
        note(reach, result, GAP_QUEUE, as, message);
    }
    return true;
}

static void open_usb(struct reach *reach, const char *uri, const char *as)
{
    char message[DEVICE_TEXT_BYTES] = "";
    char *ipp_uri = reach->uris_length < REACH_URIS_MAX ? reach->uris[reach->uris_length] : NULL;
    enum device_result result =
        ipp_uri != NULL ? usb_ipp_uri(&usb_machine, uri, ipp_uri, message) : DEVICE_NOT_FOUND;
    if (result == DEVICE_OK) {
        reach->uris_length++;
        open_ipp(reach, ipp_uri, as);
    } else if (result == DEVICE_NOT_FOUND) {
        open_stream(reach, uri, as);
    } else {
        note(reach, result, gap_for(result), as, message);
    }
}

/** @param by_queue  the device stands behind a queue of the command line */
static void open_device(struct reach *reach, const char *uri, const char *as, bool by_queue)
{
    const bool stream = device_stream_carries(uri);
    if (!stream && !is_ipp(uri)) {
        note(reach, DEVICE_UNSUPPORTED, GAP_SCHEME, as, "no transport has that scheme");
        return;
    }
    if (strncasecmp(uri, "usb:", 4) != 0) {
        note_host(reach, uri, as);
    }
    if ((by_queue && (stream || reach->options->pause)) || (stream && reach->options->pause)) {
        if (!pause_queues(reach, uri, as, by_queue)) {
            return;
        }
    }
    if (is_ipp(uri)) {
        open_ipp(reach, uri, as);
    } else if (strncasecmp(uri, "usb:", 4) == 0) {
        open_usb(reach, uri, as);
    } else {
        open_stream(reach, uri, as);
    }
}

static void open_queue(struct reach *reach, const char *uri)
{
    const struct reach_options *options = reach->options;
    char message[DEVICE_TEXT_BYTES] = "";
    struct device_session *session = NULL;
    if (reach->uris_length == REACH_URIS_MAX) {
        note(reach, DEVICE_UNSUPPORTED, GAP_SCHEME, uri, "there are too many URIs");
        return;
    }
    char *device_uri = reach->uris[reach->uris_length];
    const enum device_result result = cups_session_open(
        &options->target, uri, &reach->rules, options->deadline_ms, device_uri, &session, message);
    if (result != DEVICE_OK) {
        note(reach, result, gap_for(result), uri, message);
        return;
    }
    reach->uris_length++;
    if (add(reach, session)) {
        open_device(reach, device_uri, uri, true);
    }
}

void reach_open(struct reach *reach, const char *uri)
{
    if (cups_queue_name(uri) != NULL) {
        open_queue(reach, uri);
    } else {
        open_device(reach, uri, uri, false);
    }
}

void reach_open_rest(struct reach *reach)
{
    for (size_t i = 0; i < reach->talks_length && may_open_postscript(reach); i++) {
        open_postscript(reach, reach->talks[i], reach->talks[i]->uri);
    }
}

void reach_open_all(struct reach *reach, const char *const *uris, size_t uris_length)
{
    for (int ipp = 1; ipp >= 0; ipp--) {
        for (size_t i = 0; i < uris_length; i++) {
            if (is_ipp(uris[i]) == (ipp == 1)) {
                reach_open(reach, uris[i]);
            }
        }
    }
}

/** SNMP is asked for what nobody else has told. */
static void identify_by_snmp(struct reach *reach)
{
    struct device_session *all[REACH_SESSIONS_MAX + 1];
    const struct device_facts *facts = &reach->facts;
    char message[DEVICE_TEXT_BYTES];
    if ((facts->model[0] == '\0' || facts->serial[0] == '\0') &&
        reach_all(reach, all) > reach->sessions_length &&
        reach->snmp->driver->identify(reach->snmp, &reach->facts, message) == DEVICE_OK) {
        reach->reached = true;
    }
}

void reach_identify(struct reach *reach)
{
    char message[DEVICE_TEXT_BYTES];
    for (size_t i = 0; i < reach->sessions_length; i++) {
        struct device_session *s = reach->sessions[i];
        if (s->driver->identify != NULL && strcmp(s->driver->name, "postscript") == 0) {
            (void)s->driver->identify(s, &reach->facts, message);
        }
    }
    identify_by_snmp(reach);
    if (reach->facts.make[0] == '\0' && reach->facts.model[0] != '\0') {
        char model[DEVICE_NAME_BYTES];
        memcpy(model, reach->facts.model, sizeof model);
        reach->facts.model[0] = '\0';
        facts_from_model(&reach->facts, model);
    }
    reach->vendor = vendor_of(&reach->facts);
    if (reach->vendor != NULL) {
        vendor_keep(reach->vendor, &reach->rules);
    }
}

bool reach_close(struct reach *reach, char ret_message[DEVICE_TEXT_BYTES])
{
    bool resumed = true;
    for (size_t i = 0; i < reach->sessions_length; i++) {
        reach->sessions[i]->driver->close(reach->sessions[i]);
    }
    if (reach->snmp != NULL) {
        reach->snmp->driver->close(reach->snmp);
        reach->snmp = NULL;
    }
    for (size_t i = 0; i < reach->talks_length; i++) {
        talk_close(reach->talks[i]);
    }
    for (size_t i = 0; i < reach->pauses_length; i++) {
        resumed = queue_pause_end(reach->pauses[i], ret_message) == DEVICE_OK && resumed;
    }
    reach->sessions_length = 0;
    reach->talks_length = 0;
    reach->pauses_length = 0;
    return resumed;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that one answer is enough for: the URIs are opened one after the other, in the order
 * given, until one answers, and SNMP at last. (What empties a device is in verbs-purge.c.)
 */
#include "config.h"

#include "drivers/verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/output.h"
#include "drivers/text.h"

/** What came of a question that was put to session after session. */
struct answer {
    enum device_result result;
    char message[DEVICE_TEXT_BYTES];
    bool asked; /**< a session gave the result, not only the way there */
};

/** Keeps the result that tells most: of a session rather than of a connection, the first. */
static void keep(struct answer *answer, enum device_result result, const char *message, bool asked)
{
    const bool better = answer->message[0] == '\0' || (asked && !answer->asked) ||
                        (asked && answer->result == DEVICE_UNSUPPORTED);
    if (better) {
        answer->result = result;
        answer->asked = asked;
        text_clean(answer->message, sizeof answer->message, message);
    }
}

/** Asks one session; prints its lines on DEVICE_OK. */
typedef enum device_result (*question)(struct device_session *s, char *message, int *ret_exit);

static int put(const struct verb_request *request, question ask)
{
    struct reach *reach = calloc(1, sizeof *reach);
    struct answer answer = {.result = DEVICE_UNSUPPORTED, .message = ""};
    int exit_code = EXIT_REFUSED;
    bool done = false;
    size_t asked = 0;
    if (reach == NULL) {
        return output_failure(DEVICE_UNREACHABLE, "memory has run out");
    }
    reach_begin(reach, request->options);
    reach->sparing = true;
    /* One round more than there are URIs, for what was left out in the others. */
    for (size_t i = 0; i <= request->uris_length && !done; i++) {
        if (i < request->uris_length) {
            reach_open(reach, request->uris[i]);
        } else {
            reach_open_rest(reach);
        }
        for (; asked < reach->sessions_length && !done; asked++) {
            char message[DEVICE_TEXT_BYTES] = "the device cannot be asked that";
            const enum device_result result = ask(reach->sessions[asked], message, &exit_code);
            done = result == DEVICE_OK;
            if (!done) {
                keep(&answer, result, message, true);
            }
        }
    }
    /* That SNMP has no answer either is no news. */
    struct device_session *all[REACH_SESSIONS_MAX + 1];
    const size_t all_length = done ? 0 : reach_all(reach, all);
    for (size_t i = reach->sessions_length; i < all_length && !done; i++) {
        char ignored[DEVICE_TEXT_BYTES];
        done = ask(all[i], ignored, &exit_code) == DEVICE_OK;
    }
    for (size_t i = 0; i < reach->troubles_length && !done; i++) {
        keep(&answer, reach->troubles[i].result, reach->troubles[i].message, false);
    }
    (void)reach_close(reach, answer.message);
    free(reach);
    return done ? exit_code : output_failure(answer.result, answer.message);
}

/** The exit code of lines that were printed, or not. */
static int printed(bool all)
{
    return all ? EXIT_ANSWERED : EXIT_REFUSED;
}

static enum device_result ask_status(struct device_session *s, char *message, int *ret_exit)
{
    struct device_status status;
    const enum device_result result =
        s->driver->status != NULL ? s->driver->status(s, &status, message) : DEVICE_UNSUPPORTED;
    if (result == DEVICE_OK) {
        *ret_exit = printed(output_line(output_status(&status)));
    }
    return result;
}

int verb_status(const struct verb_request *request)
{
    return put(request, ask_status);
}

static enum device_result ask_counters(struct device_session *s, char *message, int *ret_exit)
{
    struct device_counters counters;
    const enum device_result result = s->driver->counters != NULL
                                          ? s->driver->counters(s, &counters, message)
                                          : DEVICE_UNSUPPORTED;
    if (result == DEVICE_OK) {
        *ret_exit = printed(output_line(output_counters(s, &counters)));
    }
    return result;
}

int verb_counters(const struct verb_request *request)
{
    return put(request, ask_counters);
}

static enum device_result ask_supplies(struct device_session *s, char *message, int *ret_exit)
{
    struct device_supplies *supplies = calloc(1, sizeof *supplies);
    const enum device_result result = s->driver->supplies != NULL && supplies != NULL
                                          ? s->driver->supplies(s, supplies, message)
                                          : DEVICE_UNSUPPORTED;
    if (result == DEVICE_OK) {
        bool all = true;
        for (size_t i = 0; i < supplies->length; i++) {
            all = output_line(output_supply(&supplies->items[i])) && all;
        }
        all = output_line(json_pack("{s:s, s:I}", "type", "end", "supplies",
                                    (json_int_t)supplies->length)) &&
              all;
        *ret_exit = printed(all);
    }
    free(supplies);
    return result;
}

int verb_supplies(const struct verb_request *request)
{
    return put(request, ask_supplies);
}

/* Who it is ------------------------------------------------------------------------------------ */

static json_t *languages(const struct reach *reach)
{
    json_t *array = json_array();
    for (size_t i = 0; i < reach->sessions_length; i++) {
        if (strcmp(reach->sessions[i]->driver->name, "cups") != 0) {
            (void)json_array_append_new(array, json_string(reach->sessions[i]->driver->name));
        }
    }
    if (reach->snmp != NULL && snmp_session_answered(reach->snmp)) {
        (void)json_array_append_new(array, json_string(reach->snmp->driver->name));
    }
    return array;
}

/** Status, counters and supplies are tried, as few devices do all that their language can. */
static json_t *abilities(struct reach *reach)
{
    bool status = false;
    bool counters = false;
    bool supplies = false;
    bool list = false;
    char message[DEVICE_TEXT_BYTES];
    struct device_supplies *found = calloc(1, sizeof *found);
    struct device_session *all[REACH_SESSIONS_MAX + 1];
    const size_t length = reach_all(reach, all);
    for (size_t i = 0; i < length && found != NULL; i++) {
        struct device_session *s = all[i];
        struct device_status state;
        struct device_counters counts;
        status = status ||
                 (s->driver->status != NULL && s->driver->status(s, &state, message) == DEVICE_OK);
        counters = counters || (s->driver->counters != NULL &&
                                s->driver->counters(s, &counts, message) == DEVICE_OK);
        supplies = supplies || (s->driver->supplies != NULL &&
                                s->driver->supplies(s, found, message) == DEVICE_OK);
        list = list || (s->driver->list != NULL && strcmp(s->driver->name, "cups") != 0);
    }
    free(found);
    const struct {
        const char *word;
        bool can;
    } rows[] = {{"status", status},
                {"counters", counters},
                {"supplies", supplies},
                {"residue", list},
                {"purge", list}};
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].can) {
            (void)json_array_append_new(array, json_string(rows[i].word));
        }
    }
    return array;
}

int verb_probe(const struct verb_request *request)
{
    struct reach *reach = calloc(1, sizeof *reach);
    char message[DEVICE_TEXT_BYTES] = "";
    int exit_code = EXIT_REFUSED;
    if (reach == NULL) {
        return output_failure(DEVICE_UNREACHABLE, "memory has run out");
    }
    reach_begin(reach, request->options);
    reach_open_all(reach, request->uris, request->uris_length);
    reach_identify(reach);
    if (reach->reached) {
        const struct device_facts *facts = &reach->facts;
        /* First: who answers SNMP is known after that. */
        json_t *can = abilities(reach);
        exit_code = printed(output_line(
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "type", "probe", "uri",
                      request->uris[0], "make", facts->make, "model", facts->model, "serial",
                      facts->serial, "firmware", facts->firmware, "languages", languages(reach),
                      "can", can, "vendor_steps", output_vendor_steps(reach->vendor))));
    } else {
        const struct reach_trouble *trouble = &reach->troubles[0];
        exit_code = reach->troubles_length > 0
                        ? output_failure(trouble->result, trouble->message)
                        : output_failure(DEVICE_UNSUPPORTED, "the device cannot be reached");
    }
    (void)reach_close(reach, message);
    free(reach);
    return exit_code;
}

/* Printing ------------------------------------------------------------------------------------- */

static enum device_result print_on(struct reach *reach, int64_t *ret_bytes, char *message)
{
    for (size_t i = 0; i < reach->sessions_length; i++) {
        struct device_session *s = reach->sessions[i];
        if (s->driver->print != NULL) {
            return s->driver->print(s, STDIN_FILENO, ret_bytes, message);
        }
    }
    /* Nothing is known of it: what it is sent is what the caller wants it to have, and no more. */
    if (reach->talks_length > 0) {
        return talk_pump(reach->talks[0], STDIN_FILENO, "", "", ret_bytes, message);
    }
    const bool tried = reach->troubles_length > 0;
    text_clean(message, DEVICE_TEXT_BYTES,
               tried ? reach->troubles[0].message : "nothing can be printed there");
    return tried ? reach->troubles[0].result : DEVICE_UNSUPPORTED;
}

int verb_print(const struct verb_request *request)
{
    struct reach *reach = calloc(1, sizeof *reach);
    char message[DEVICE_TEXT_BYTES] = "";
    int64_t bytes = 0;
    if (reach == NULL) {
        return output_failure(DEVICE_UNREACHABLE, "memory has run out");
    }
    reach_begin(reach, request->options);
    reach_open(reach, request->uris[0]);
    const enum device_result result = print_on(reach, &bytes, message);
    (void)reach_close(reach, message);
    free(reach);
    if (result != DEVICE_OK) {
        return output_failure(result, message);
    }
    return printed(
        output_line(json_pack("{s:s, s:I, s:s}", "type", "print", "bytes", (json_int_t)bytes,
                              "outcome", outcome_word(OUTCOME_SENT_UNVERIFIED))));
}

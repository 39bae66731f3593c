/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "drivers/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *word;
    int exit_code;
} results[] = {[DEVICE_OK] = {"none", EXIT_ANSWERED},
               [DEVICE_NOT_FOUND] = {"not-found", EXIT_REFUSED},
               [DEVICE_REFUSED] = {"refused", EXIT_REFUSED},
               [DEVICE_MALFORMED] = {"malformed", EXIT_REFUSED},
               [DEVICE_UNREACHABLE] = {"unreachable", EXIT_UNREACHABLE},
               [DEVICE_UNSUPPORTED] = {"unsupported", EXIT_REFUSED}};
_Static_assert(sizeof results / sizeof results[0] == DEVICE_UNSUPPORTED + 1,
               "every result has its word");

bool output_line(json_t *object)
{
    /* There is an answer: the alarm's line would be a second one, in the middle of it. */
    (void)alarm(0);
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    const bool printed = text != NULL && puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    return printed;
}

int output_exit(enum device_result result)
{
    return results[result].exit_code;
}

int output_failure(enum device_result result, const char *message)
{
    return output_line(json_pack("{s:s, s:s, s:s}", "type", "error", "error", results[result].word,
                                 "message", message))
               ? results[result].exit_code
               : EXIT_REFUSED;
}

json_t *output_count(int64_t value)
{
    return value >= 0 && value <= UINT32_MAX ? json_integer(value) : json_null();
}

json_t *output_reasons(const struct device_reasons *reasons)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < reasons->length; i++) {
        if (json_array_append_new(array, json_string(reasons->keywords[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

json_t *output_status(const struct device_status *status)
{
    return json_pack(
        "{s:s, s:s, s:o, s:s, s:o, s:o, s:s}", "type", "status", "state", status->state, "reasons",
        output_reasons(&status->reasons), "message", status->message, "impressions_completed",
        output_count(status->impressions_completed), "media_sheets_completed",
        output_count(status->media_sheets_completed), "make_and_model", status->make_and_model);
}

json_t *output_counters(const struct device_session *source, const struct device_counters *counters)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "type", "counters", "uri", source->uri,
                     "source", source->driver->name, "impressions",
                     output_count(counters->impressions), "color_impressions",
                     output_count(counters->color_impressions), "media_sheets",
                     output_count(counters->media_sheets));
}

json_t *output_item(const struct device_item *item, bool typed)
{
    json_t *object = typed ? json_pack("{s:s}", "type", "residue") : json_object();
    json_t *rest = json_pack("{s:s, s:s, s:s, s:o, s:s, s:b}", "kind",
                             item->kind == DEVICE_ITEM_JOB ? "job" : "file", "where", item->where,
                             "name", item->name, "size_bytes", output_count(item->size_bytes),
                             "state", item->state, "residue", item->residue);
    if (rest == NULL || json_object_update(object, rest) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(rest);
    return object;
}

json_t *output_supply(const struct device_supply *supply)
{
    static const char *const kinds[] = {
        [DEVICE_TONER] = "toner",       [DEVICE_INK] = "ink",     [DEVICE_DRUM] = "drum",
        [DEVICE_WASTE] = "waste",       [DEVICE_FUSER] = "fuser", [DEVICE_PAPER] = "paper",
        [DEVICE_OTHER_SUPPLY] = "other"};
    static const char *const states[] = {[DEVICE_SUPPLY_OK] = "ok",
                                         [DEVICE_SUPPLY_LOW] = "low",
                                         [DEVICE_SUPPLY_EMPTY] = "empty",
                                         [DEVICE_SUPPLY_UNKNOWN] = "unknown"};
    _Static_assert(sizeof kinds / sizeof kinds[0] == DEVICE_SUPPLY_KINDS, "every kind has a word");
    _Static_assert(sizeof states / sizeof states[0] == DEVICE_SUPPLY_STATES, "and every state");
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "type", "supply", "name", supply->name,
                     "kind", kinds[supply->kind], "color", supply->color, "level_percent",
                     output_count(supply->level_percent), "state", states[supply->state]);
}

static json_t *base64(const unsigned char *bytes, size_t size)
{
    char *text = transcript_base64(bytes, bytes != NULL ? size : 0);
    json_t *string = text != NULL ? json_string(text) : NULL;
    free(text);
    return string;
}

json_t *output_step(const struct purge_step *step)
{
    const struct device_item *item = step->item;
    char target[2 * DEVICE_TEXT_BYTES];
    if (item->kind == DEVICE_ITEM_JOB) {
        (void)snprintf(target, sizeof target, "%d %s", item->job_id, item->name);
    } else {
        (void)snprintf(target, sizeof target, "%s%c%s", item->where,
                       item->where[0] == '%' ? '/' : '\\', item->name);
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "type", "step", "kind",
                     item->kind == DEVICE_ITEM_JOB ? "job" : "file", "target", target, "outcome",
                     outcome_word(step->outcome), "code", step->code, "message", step->message,
                     "request", base64(step->request, step->request_bytes), "reply",
                     base64(step->reply, step->reply_bytes));
}

json_t *output_gap(enum device_gap_why why, const char *what)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "not-covered", "what", what, "why",
                     gap_word(why), "en", gap_english(why), "zh", gap_chinese(why));
}

json_t *output_vendor_steps(const struct vendor *vendor)
{
    json_t *array = json_array();
    for (size_t i = 0; vendor != NULL && i < VENDOR_STEPS_MAX && vendor->steps[i].id != NULL; i++) {
        const struct vendor_step *step = &vendor->steps[i];
        (void)json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "id", step->id, "en",
                                                     step->english, "zh", step->chinese));
    }
    return array;
}

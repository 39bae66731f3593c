/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables say which lines a verb's answer is made of, which members a line has, and of what form
 * each is; one walk makes a clean copy by them. A line that is not of its form makes the whole
 * answer PR_EFORMAT, but the sound ones are kept.
 */
#include "daemon/devices/answers.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"

enum { EXIT_ANSWERED = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };
enum { TEXT_MAX = 512, EVIDENCE_MAX = 1 << 19, LIST_MAX = 2000, SHORT_MAX = 120 };

enum kind {
    TEXT,    /* "" when it is missing */
    COUNT,   /* 0 … 2^32 − 1, null when it is missing or null */
    BOOLEAN, /* required */
    WORD,    /* of `words`, required */
    WORDS,   /* array of texts */
    OBJECTS, /* array of objects by `members` */
    OBJECT   /* object by `members`, or null */
};
struct member {
    const char *name;
    enum kind kind;
    size_t max; /* bytes of a text */
    const char *const *words;
    const struct member *members;
};

static const char *const sources[] = {"ipp", "pjl", "postscript", "snmp", NULL};
static const char *const supply_kinds[] = {"toner", "ink",   "drum",  "waste",
                                           "fuser", "paper", "other", NULL};
static const char *const supply_states[] = {"ok", "low", "empty", "unknown", NULL};
static const char *const residue_kinds[] = {"job", "file", NULL};
static const char *const step_kinds[] = {"job", "file", "queue", "volume", NULL};
static const char *const outcomes[] = {
    "verified-absent", "sent-unverified",   "refused", "unsupported",
    "unreachable",     "operator-attested", NULL};
static const char *const overwrites[] = {"on", "off", "unknown", NULL};
static const char *const types_of_job_data[] = {"job-data-deletion", NULL};

static const struct member vendor_step[] = {{"id", TEXT, 64, NULL, NULL},
                                            {"en", TEXT, TEXT_MAX, NULL, NULL},
                                            {"zh", TEXT, TEXT_MAX, NULL, NULL},
                                            {NULL, TEXT, 0, NULL, NULL}};
static const struct member probe[] = {{"uri", TEXT, TEXT_MAX, NULL, NULL},
                                      {"make", TEXT, SHORT_MAX, NULL, NULL},
                                      {"model", TEXT, SHORT_MAX, NULL, NULL},
                                      {"serial", TEXT, SHORT_MAX, NULL, NULL},
                                      {"firmware", TEXT, SHORT_MAX, NULL, NULL},
                                      {"languages", WORDS, 32, NULL, NULL},
                                      {"can", WORDS, 32, NULL, NULL},
                                      {"vendor_steps", OBJECTS, 0, NULL, vendor_step},
                                      {NULL, TEXT, 0, NULL, NULL}};
static const struct member counters[] = {
    {"uri", TEXT, TEXT_MAX, NULL, NULL},    {"source", WORD, 0, sources, NULL},
    {"impressions", COUNT, 0, NULL, NULL},  {"color_impressions", COUNT, 0, NULL, NULL},
    {"media_sheets", COUNT, 0, NULL, NULL}, {NULL, TEXT, 0, NULL, NULL}};
static const struct member supply[] = {
    {"name", TEXT, TEXT_MAX, NULL, NULL},    {"kind", WORD, 0, supply_kinds, NULL},
    {"color", TEXT, 32, NULL, NULL},         {"level_percent", COUNT, 0, NULL, NULL},
    {"state", WORD, 0, supply_states, NULL}, {NULL, TEXT, 0, NULL, NULL}};
static const struct member supplies_end[] = {{"supplies", COUNT, 0, NULL, NULL},
                                             {NULL, TEXT, 0, NULL, NULL}};
static const struct member residue[] = {{"kind", WORD, 0, residue_kinds, NULL},
                                        {"where", TEXT, TEXT_MAX, NULL, NULL},
                                        {"name", TEXT, TEXT_MAX, NULL, NULL},
                                        {"size_bytes", COUNT, 0, NULL, NULL},
                                        {"state", TEXT, TEXT_MAX, NULL, NULL},
                                        {"residue", BOOLEAN, 0, NULL, NULL},
                                        {NULL, TEXT, 0, NULL, NULL}};
static const struct member not_covered[] = {{"what", TEXT, TEXT_MAX, NULL, NULL},
                                            {"why", TEXT, TEXT_MAX, NULL, NULL},
                                            {"en", TEXT, TEXT_MAX, NULL, NULL},
                                            {"zh", TEXT, TEXT_MAX, NULL, NULL},
                                            {NULL, TEXT, 0, NULL, NULL}};
static const struct member residue_end[] = {{"residue", COUNT, 0, NULL, NULL},
                                            {"other", COUNT, 0, NULL, NULL},
                                            {NULL, TEXT, 0, NULL, NULL}};
static const struct member step[] = {
    {"kind", WORD, 0, step_kinds, NULL},       {"target", TEXT, TEXT_MAX, NULL, NULL},
    {"outcome", WORD, 0, outcomes, NULL},      {"code", TEXT, SHORT_MAX, NULL, NULL},
    {"message", TEXT, TEXT_MAX, NULL, NULL},   {"request", TEXT, EVIDENCE_MAX, NULL, NULL},
    {"reply", TEXT, EVIDENCE_MAX, NULL, NULL}, {NULL, TEXT, 0, NULL, NULL}};
static const struct member purge_vendor_step[] = {
    {"id", TEXT, 64, NULL, NULL},       {"outcome", WORD, 0, outcomes, NULL},
    {"en", TEXT, TEXT_MAX, NULL, NULL}, {"zh", TEXT, TEXT_MAX, NULL, NULL},
    {"done", BOOLEAN, 0, NULL, NULL},   {NULL, TEXT, 0, NULL, NULL}};
static const struct member summary[] = {{"outcome", WORD, 0, outcomes, NULL},
                                        {"found", COUNT, 0, NULL, NULL},
                                        {"verified_absent", COUNT, 0, NULL, NULL},
                                        {"sent_unverified", COUNT, 0, NULL, NULL},
                                        {"refused", COUNT, 0, NULL, NULL},
                                        {"unsupported", COUNT, 0, NULL, NULL},
                                        {"unreachable", COUNT, 0, NULL, NULL},
                                        {"before", OBJECTS, 0, NULL, residue},
                                        {"after", OBJECTS, 0, NULL, residue},
                                        {"counters_before", OBJECT, 0, NULL, counters},
                                        {"counters_after", OBJECT, 0, NULL, counters},
                                        {"method", WORD, 0, types_of_job_data, NULL},
                                        {"overwrite", WORD, 0, overwrites, NULL},
                                        {"make", TEXT, SHORT_MAX, NULL, NULL},
                                        {"model", TEXT, SHORT_MAX, NULL, NULL},
                                        {"serial", TEXT, SHORT_MAX, NULL, NULL},
                                        {"tool", TEXT, SHORT_MAX, NULL, NULL},
                                        {"version", TEXT, SHORT_MAX, NULL, NULL},
                                        {"began_at", TEXT, 64, NULL, NULL},
                                        {"ended_at", TEXT, 64, NULL, NULL},
                                        {NULL, TEXT, 0, NULL, NULL}};

static const struct line {
    const char *type;
    const struct member *members;
    unsigned verbs; /* 1u << enum device_verb */
    bool concludes;
} lines[] = {
    {"probe", probe, 1U << DEVICE_PROBE, true},
    {"counters", counters, 1U << DEVICE_COUNTERS, true},
    {"supply", supply, 1U << DEVICE_SUPPLIES, false},
    {"end", supplies_end, 1U << DEVICE_SUPPLIES, true},
    {"residue", residue, 1U << DEVICE_RESIDUE, false},
    {"not-covered", not_covered, 1U << DEVICE_RESIDUE | 1U << DEVICE_PURGE, false},
    {"end", residue_end, 1U << DEVICE_RESIDUE, true},
    {"step", step, 1U << DEVICE_PURGE, false},
    {"vendor-step", purge_vendor_step, 1U << DEVICE_PURGE, false},
    {"summary", summary, 1U << DEVICE_PURGE, true},
};

static const char *const verb_words[] = {[DEVICE_PROBE] = "probe",
                                         [DEVICE_COUNTERS] = "counters",
                                         [DEVICE_SUPPLIES] = "supplies",
                                         [DEVICE_RESIDUE] = "residue",
                                         [DEVICE_PURGE] = "purge"};
_Static_assert(sizeof verb_words / sizeof verb_words[0] == DEVICE_VERBS, "every verb has its word");

const char *device_verb_word(enum device_verb verb)
{
    return verb_words[verb];
}

/* Values --------------------------------------------------------------------------------------- */

/** Bytes of a character that is not to be seen (printroom-device has none): a control character, or
 * one that makes others be seen in another order or line. 0: it may be seen. */
static size_t unseen_bytes(const unsigned char *text)
{
    if (text[0] < 0x20 || text[0] == 0x7F) {
        return 1;
    }
    if (text[0] == 0xC2 && text[1] < 0xA0) {
        return 2;
    }
    bool mark = text[0] == 0xE2 && text[1] == 0x80 &&
                (text[2] == 0x8E || text[2] == 0x8F || (text[2] >= 0xA8 && text[2] <= 0xAE));
    bool isolate = text[0] == 0xE2 && text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9;

    return mark || isolate ? 3 : 0;
}

/** A copy of at most `max` bytes, cut at a whole character, control characters as spaces. */
static json_t *clean_text(const json_t *value, size_t max)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    size_t length = strnlen(text, max + 1);

    if (length > max) {
        length = max;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    char *bytes = malloc(length + 1);

    if (bytes == NULL) {
        return NULL;
    }
    size_t used = 0;

    for (size_t i = 0; i < length; used++) {
        size_t unseen = unseen_bytes((const unsigned char *)text + i);

        bytes[used] = unseen > 0 ? ' ' : text[i];
        i += unseen > 0 ? unseen : 1;
    }
    json_t *copy = json_stringn(bytes, used);

    free(bytes);
    return copy;
}

static json_t *clean_count(const json_t *value)
{
    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);

        return number >= 0 && number <= UINT32_MAX ? json_integer(number) : NULL;
    }
    return value == NULL || json_is_null(value) ? json_null() : NULL;
}

static json_t *clean_word(const json_t *value, const char *const *words)
{
    for (; json_is_string(value) && *words != NULL; words++) {
        if (strcmp(*words, json_string_value(value)) == 0) {
            return json_string(*words);
        }
    }
    return NULL;
}

static json_t *clean_object(const json_t *object, const struct member *members);

static json_t *clean_array(const json_t *array, const struct member *member)
{
    json_t *copy = json_array();

    if (array != NULL && (!json_is_array(array) || json_array_size(array) > LIST_MAX)) {
        json_decref(copy);
        return NULL;
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        json_t *clean = NULL;

        if (member->kind == OBJECTS) {
            clean = clean_object(item, member->members);
        } else if (json_is_string(item)) {
            clean = clean_text(item, member->max);
        }
        if (json_array_append_new(copy, clean) != 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

static json_t *clean_value(const json_t *value, const struct member *member)
{
    switch (member->kind) {
    case TEXT:
        return value == NULL || json_is_string(value) ? clean_text(value, member->max) : NULL;
    case COUNT:
        return clean_count(value);
    case BOOLEAN:
        return json_is_boolean(value) ? json_boolean(json_is_true(value)) : NULL;
    case WORD:
        return clean_word(value, member->words);
    case WORDS:
    case OBJECTS:
        return clean_array(value, member);
    case OBJECT:
        return value == NULL || json_is_null(value) ? json_null()
                                                    : clean_object(value, member->members);
    }
    return NULL;
}

/** A clean copy; NULL when it is not of its form. */
static json_t *clean_object(const json_t *object, const struct member *members)
{
    json_t *copy = json_is_object(object) ? json_object() : NULL;

    for (const struct member *member = members; copy != NULL && member->name != NULL; member++) {
        const json_t *value = json_object_get(object, member->name);

        if (json_object_set_new(copy, member->name, clean_value(value, member)) != 0) {
            json_decref(copy);
            copy = NULL;
        }
    }
    return copy;
}

/* Lines ---------------------------------------------------------------------------------------- */

static const struct line *find_line(enum device_verb verb, const char *type)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if ((lines[i].verbs & 1U << verb) != 0 && strcmp(lines[i].type, type) == 0) {
            return &lines[i];
        }
    }
    return NULL;
}

static const struct {
    const char *word;
    int error;
} errors[] = {{"not-found", PR_EREFUSED},
              {"refused", PR_EREFUSED},
              {"malformed", PR_EFORMAT},
              {"unreachable", PR_EUNREACHABLE},
              {"unsupported", PR_EUNSUPPORTED}};

/** An error's line: {"error", "message"}. */
static int take_error(const json_t *object, struct device_answer *answer)
{
    const char *word = json_string_value(json_object_get(object, "error"));
    json_t *message = clean_text(json_object_get(object, "message"), sizeof answer->message - 1);

    if (message != NULL) {
        snprintf(answer->message, sizeof answer->message, "%s", json_string_value(message));
    }
    json_decref(message);
    for (size_t i = 0; word != NULL && i < sizeof errors / sizeof errors[0]; i++) {
        if (strcmp(word, errors[i].word) == 0) {
            return errors[i].error;
        }
    }
    return PR_EFORMAT;
}

static int take_line(enum device_verb verb, const char *text, size_t length,
                     struct device_answer *answer)
{
    json_t *object =
        length <= DEVICE_LINE_BYTES ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *type = json_string_value(json_object_get(object, "type"));
    const struct line *line = type != NULL ? find_line(verb, type) : NULL;
    int result = PR_EFORMAT;

    if (json_object_get(object, "error") != NULL) {
        result = take_error(object, answer);
    } else if (line != NULL && answer->last == NULL &&
               json_array_size(answer->lines) < DEVICE_LINES_MAX) {
        json_t *clean = clean_object(object, line->members);

        if (clean != NULL && json_object_set_new(clean, "type", json_string(line->type)) == 0 &&
            json_array_append(answer->lines, clean) == 0) {
            answer->last = line->concludes ? clean : NULL;
            result = PR_OK;
        }
        json_decref(clean);
    }
    json_decref(object);
    return result;
}

int device_answer_read(enum device_verb verb, int exit_code, const char *text, size_t length,
                       struct device_answer *answer)
{
    int result = PR_OK;

    *answer = (struct device_answer){.lines = json_array()};
    if (answer->lines == NULL) {
        return PR_ENOMEM;
    }
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line_length = end != NULL ? (size_t)(end - text) : length;
        size_t taken = end != NULL ? line_length + 1 : line_length;

        if (line_length > 0) {
            int error = take_line(verb, text, line_length, answer);

            result = result == PR_OK ? error : result;
        }
        text += taken;
        length -= taken;
    }
    if (result != PR_OK || answer->last != NULL) {
        return result == PR_OK && exit_code != EXIT_ANSWERED && exit_code != EXIT_REFUSED &&
                       exit_code != EXIT_UNREACHABLE
                   ? PR_ECRASHED
                   : result;
    }
    /* It ended without a conclusion. */
    return exit_code == EXIT_USAGE                                   ? PR_EUNSUPPORTED
           : exit_code == EXIT_UNREACHABLE                           ? PR_EUNREACHABLE
           : exit_code == EXIT_ANSWERED || exit_code == EXIT_REFUSED ? PR_EFORMAT
                                                                     : PR_ECRASHED;
}

void device_answer_clear(struct device_answer *answer)
{
    json_decref(answer->lines);
    *answer = (struct device_answer){.lines = NULL};
}

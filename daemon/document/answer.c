/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/answer.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/problem.h"
#include "daemon/error.h"

/* What a mark can be; the empty one is no mark. */
static const char *const level_ids[] = {"",       "public",    "internal", "confidential",
                                        "secret", "top-secret"};

static bool number_of(const json_t *object, const char *key, uint32_t max, uint32_t *ret_number)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > (json_int_t)max) {
        return false;
    }
    *ret_number = (uint32_t)json_integer_value(value);
    return true;
}

static bool edge_of(const json_t *array, size_t index, uint32_t *ret_number)
{
    const json_t *value = json_array_get(array, index);

    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > UINT32_MAX) {
        return false;
    }
    *ret_number = (uint32_t)json_integer_value(value);
    return true;
}

static bool run_of(const json_t *array, struct policy_page_run *ret_run)
{
    return json_is_array(array) && json_array_size(array) == 3 &&
           edge_of(array, 0, &ret_run->pages) && edge_of(array, 1, &ret_run->width_um) &&
           edge_of(array, 2, &ret_run->height_um);
}

/* The runs must add up to the pages. */
static int runs_of(const json_t *object, struct document_facts *facts)
{
    const json_t *array = json_object_get(object, "runs");
    size_t length = json_array_size(array);
    uint64_t pages = 0;

    if (length == 0 || length > facts->pages) {
        return PR_ECRASHED;
    }
    facts->runs = calloc(length, sizeof *facts->runs);
    if (facts->runs == NULL) {
        return PR_ENOMEM;
    }
    for (; facts->runs_length < length; facts->runs_length++) {
        struct policy_page_run *run = &facts->runs[facts->runs_length];

        if (!run_of(json_array_get(array, facts->runs_length), run)) {
            return PR_ECRASHED;
        }
        pages += run->pages;
    }
    return pages == facts->pages ? PR_OK : PR_ECRASHED;
}

static bool fingerprint_of(const json_t *object,
                           uint8_t ret_fingerprint[DOCUMENT_FINGERPRINT_BYTES])
{
    const char *hex = json_string_value(json_object_get(object, "fingerprint"));
    size_t bytes = 0;

    return hex != NULL && strlen(hex) == 2 * (size_t)DOCUMENT_FINGERPRINT_BYTES &&
           sodium_hex2bin(ret_fingerprint, DOCUMENT_FINGERPRINT_BYTES, hex, strlen(hex), NULL,
                          &bytes, NULL) == 0 &&
           bytes == DOCUMENT_FINGERPRINT_BYTES;
}

static bool mark_of(const json_t *object, struct document_facts *facts)
{
    const char *level = json_string_value(json_object_get(object, "level"));

    for (size_t i = 0; level != NULL && i < sizeof level_ids / sizeof level_ids[0]; i++) {
        if (strcmp(level_ids[i], level) == 0) {
            memcpy(facts->marked_level, level, strlen(level) + 1);
            return number_of(object, "level_page", facts->pages, &facts->marked_page) &&
                   (facts->marked_page > 0) == (level[0] != '\0');
        }
    }
    return false;
}

static int facts_of(const json_t *object, uint32_t pages_max, struct document_facts *ret_facts)
{
    struct document_facts facts = {.pages = 0};
    int result = PR_ECRASHED;

    if (number_of(object, "pages", pages_max, &facts.pages) && facts.pages > 0 &&
        number_of(object, "color_pages", facts.pages, &facts.color_pages) &&
        number_of(object, "guessed_pages", facts.color_pages, &facts.guessed_pages) &&
        fingerprint_of(object, facts.fingerprint) && mark_of(object, &facts)) {
        result = runs_of(object, &facts);
    }
    if (result == PR_OK) {
        *ret_facts = facts;
    } else {
        document_facts_clear(&facts);
    }
    return result;
}

static int problem_of(const json_t *object, char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const char *message = json_string_value(json_object_get(object, "message"));
    size_t length = 0;

    for (; message != NULL && message[length] != '\0' && length < DOCUMENT_MESSAGE_BYTES - 1;
         length++) {
        bool plain = message[length] >= 0x20 && message[length] < 0x7f;

        ret_message[length] = plain ? message[length] : '?';
    }
    ret_message[length] = '\0';
    return kind != NULL ? problem_code(kind) : PR_ECRASHED;
}

int answer_parse(const char *line, size_t size, uint32_t pages_max,
                 struct document_facts *ret_facts, char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
    int result = PR_ECRASHED;

    ret_message[0] = '\0';
    if (json_is_object(object)) {
        result = json_object_get(object, "error") != NULL ? problem_of(object, ret_message)
                                                          : facts_of(object, pages_max, ret_facts);
    }
    json_decref(object);
    return result;
}

void document_facts_clear(struct document_facts *facts)
{
    free(facts->runs);
    facts->runs = NULL;
    facts->runs_length = 0;
}

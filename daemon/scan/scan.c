/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/scan/scan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cups/child-answer.h"
#include "daemon/error.h"

enum { TIMEOUT_MS = 30000, ANSWER_BYTES_MAX = 16384 };

static int read_codes(const json_t *array, struct codes *ret_codes)
{
    struct codes codes = {.length = json_array_size(array)};

    if (codes.length > CODES_MAX) {
        return PR_ECRASHED;
    }
    for (size_t i = 0; i < codes.length; i++) {
        const json_t *text = json_array_get(array, i);

        if (!json_is_string(text) ||
            !code_text_ok(json_string_value(text), json_string_length(text))) {
            return PR_ECRASHED;
        }
        memcpy(codes.text[i], json_string_value(text), json_string_length(text) + 1);
    }
    *ret_codes = codes;
    return PR_OK;
}

int scan_answer_parse(const char *answer, size_t length, struct codes *ret_codes)
{
    json_t *object = json_loadb(answer, length, JSON_REJECT_DUPLICATES, NULL);
    const json_t *array = json_object_get(object, "codes");
    const char *problem = json_string_value(json_object_get(object, "error"));
    int result = PR_ECRASHED;

    if (json_is_array(array)) {
        result = read_codes(array, ret_codes);
    } else if (problem != NULL && strcmp(problem, "format") == 0) {
        result = PR_EFORMAT;
    } else if (problem != NULL && strcmp(problem, "limit") == 0) {
        result = PR_ELIMIT;
    }
    json_decref(object);
    return result;
}

int scan_picture(const char *program, int picture_fd, struct codes *ret_codes)
{
    char *path = strdup(program);
    char *answer = malloc(ANSWER_BYTES_MAX);
    size_t length = 0;
    int status = 0;
    int result = path != NULL && answer != NULL ? PR_OK : PR_ENOMEM;

    if (result == PR_OK) {
        char *const argv[] = {path, NULL};

        result = child_answer_to(argv, picture_fd, TIMEOUT_MS, answer, ANSWER_BYTES_MAX, &length,
                                 &status);
    }
    if (result == PR_OK) {
        result = scan_answer_parse(answer, length, ret_codes);
    }
    free(answer);
    free(path);
    return result;
}

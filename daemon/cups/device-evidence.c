/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/device-evidence.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cups/child-answer.h"
#include "daemon/error.h"

enum {
    ANSWER_BYTES = 65536,
    TIMEOUT_MAX_S = 3600,
    GRACE_MS = 1000,
    EXIT_ANSWERED = 0,
    EXIT_REFUSED = 1,
    EXIT_UNREACHABLE = 3
};

/** Indexed by the number that RFC 8011 gives the state. */
static const char *const job_states[] = {
    [DEVICE_EVIDENCE_PENDING] = "pending",       [DEVICE_EVIDENCE_HELD] = "pending-held",
    [DEVICE_EVIDENCE_PROCESSING] = "processing", [DEVICE_EVIDENCE_STOPPED] = "processing-stopped",
    [DEVICE_EVIDENCE_CANCELED] = "canceled",     [DEVICE_EVIDENCE_ABORTED] = "aborted",
    [DEVICE_EVIDENCE_COMPLETED] = "completed"};
_Static_assert(sizeof job_states / sizeof job_states[0] == DEVICE_EVIDENCE_COMPLETED + 1,
               "every state of a job has its keyword");

static const char *const device_states[] = {[DEVICE_EVIDENCE_DEVICE_IDLE] = "idle",
                                            [DEVICE_EVIDENCE_DEVICE_PROCESSING] = "processing",
                                            [DEVICE_EVIDENCE_DEVICE_STOPPED] = "stopped"};
_Static_assert(sizeof device_states / sizeof device_states[0] == DEVICE_EVIDENCE_DEVICE_STOPPED + 1,
               "every state of a device has its keyword");

/* Members -------------------------------------------------------------------------------------- */

/** jansson lets only UTF-8 through; what is left to do is control characters and the length. */
static size_t append_text(char *to, size_t used, size_t to_bytes, const char *from)
{
    size_t length = strlen(from);
    if (length > to_bytes - used - 1) {
        length = to_bytes - used - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)from[i];
        to[used + i] = byte < 0x20 || byte == 0x7F ? ' ' : from[i];
    }
    to[used + length] = '\0';
    return used + length;
}

static bool take_text(const json_t *object, const char *name, char *to, size_t to_bytes)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value)) {
        return false;
    }
    (void)append_text(to, 0, to_bytes, json_string_value(value));
    return true;
}

/** An integer as IPP has them (0 … 2^31-1), or null for unknown. */
static bool take_count(const json_t *object, const char *name, int64_t *ret)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_null(value)) {
        *ret = DEVICE_EVIDENCE_UNKNOWN;
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > INT32_MAX) {
        return false;
    }
    *ret = json_integer_value(value);
    return true;
}

static bool take_state(const json_t *object, const char *const *words, int first, int last,
                       int *ret)
{
    const json_t *value = json_object_get(object, "state");
    for (int i = first; json_is_string(value) && i <= last; i++) {
        if (strcmp(json_string_value(value), words[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool take_reasons(const json_t *object, char *to, size_t to_bytes)
{
    const json_t *array = json_object_get(object, "reasons");
    size_t used = 0;
    to[0] = '\0';
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *keyword = json_array_get(array, i);
        if (!json_is_string(keyword)) {
            return false;
        }
        if (used > 0 && used + 1 < to_bytes) {
            to[used++] = ',';
        }
        used = append_text(to, used, to_bytes, json_string_value(keyword));
    }
    return json_is_array(array);
}

/* Answers -------------------------------------------------------------------------------------- */

/** The object of an answer, to be freed with json_decref(), or NULL with the error that the
 * helper's end stands for. */
static json_t *take_object(int exit_code, const char *text, size_t length, int *ret_error)
{
    if (exit_code != EXIT_ANSWERED && exit_code != EXIT_REFUSED && exit_code != EXIT_UNREACHABLE) {
        *ret_error = PR_ECRASHED;
        return NULL;
    }
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object)) {
        *ret_error = PR_EFORMAT;
    } else if (exit_code == EXIT_UNREACHABLE) {
        *ret_error = PR_EUNREACHABLE;
    } else if (json_object_get(object, "error") != NULL) {
        *ret_error = PR_EREFUSED;
    } else {
        *ret_error = PR_OK;
        return object;
    }
    json_decref(object);
    return NULL;
}

static int take_job(int exit_code, const json_t *object, struct device_evidence *ret)
{
    struct device_evidence evidence = {.impressions_completed = DEVICE_EVIDENCE_UNKNOWN,
                                       .media_sheets_completed = DEVICE_EVIDENCE_UNKNOWN};
    const json_t *found = json_object_get(object, "found");
    int64_t job_id = 0;
    int state = 0;
    if (!json_is_boolean(found) || json_is_true(found) != (exit_code == EXIT_ANSWERED)) {
        return PR_EFORMAT;
    }
    evidence.found = json_is_true(found);
    if (evidence.found &&
        (!take_count(object, "job_id", &job_id) || job_id < 1 ||
         !take_state(object, job_states, DEVICE_EVIDENCE_PENDING, DEVICE_EVIDENCE_COMPLETED,
                     &state) ||
         !take_count(object, "impressions_completed", &evidence.impressions_completed) ||
         !take_count(object, "media_sheets_completed", &evidence.media_sheets_completed) ||
         !take_reasons(object, evidence.reasons, sizeof evidence.reasons) ||
         !take_text(object, "message", evidence.message, sizeof evidence.message))) {
        return PR_EFORMAT;
    }
    evidence.job_id = (int)job_id;
    evidence.state = (enum device_evidence_state)state;
    *ret = evidence;
    return PR_OK;
}

int device_evidence_parse_job(int exit_code, const char *text, size_t length,
                              struct device_evidence *ret)
{
    int error = PR_OK;
    json_t *object = take_object(exit_code, text, length, &error);
    if (object != NULL) {
        error = take_job(exit_code, object, ret);
    }
    json_decref(object);
    return error;
}

int device_evidence_parse_status(int exit_code, const char *text, size_t length,
                                 struct device_evidence_status *ret)
{
    int error = PR_OK;
    int state = 0;
    struct device_evidence_status status = {0};
    json_t *object = take_object(exit_code, text, length, &error);
    if (object == NULL) {
        return error;
    }
    if (exit_code != EXIT_ANSWERED ||
        !take_state(object, device_states, DEVICE_EVIDENCE_DEVICE_IDLE,
                    DEVICE_EVIDENCE_DEVICE_STOPPED, &state) ||
        !take_count(object, "impressions_completed", &status.impressions_completed) ||
        !take_count(object, "media_sheets_completed", &status.media_sheets_completed) ||
        !take_reasons(object, status.reasons, sizeof status.reasons) ||
        !take_text(object, "message", status.message, sizeof status.message) ||
        !take_text(object, "make_and_model", status.make_and_model, sizeof status.make_and_model)) {
        error = PR_EFORMAT;
    } else {
        status.state = (enum device_evidence_device_state)state;
        *ret = status;
    }
    json_decref(object);
    return error;
}

/* Asking --------------------------------------------------------------------------------------- */

enum { OPTIONS_MAX = 8 };

/**
 * Runs the helper.
 *
 * @param options  further words, ends with NULL
 * @param buffer   ANSWER_BYTES, a NUL behind the answer
 */
static int ask(const char *program, const char *question, const char *uri,
               const char *const *options, unsigned timeout_s, char *buffer, size_t *ret_length,
               int *ret_exit)
{
    char seconds[16];
    if (timeout_s < 1 || timeout_s > TIMEOUT_MAX_S || uri[0] == '-') {
        return PR_EINVAL;
    }
    (void)snprintf(seconds, sizeof seconds, "%u", timeout_s);
    const char *arguments[5 + OPTIONS_MAX + 1] = {program, question, uri, "--timeout", seconds};
    for (size_t i = 0; i < OPTIONS_MAX && options[i] != NULL; i++) {
        arguments[5 + i] = options[i];
    }
    /* posix_spawn() takes pointers to what it does not write. */
    char *argv[sizeof arguments / sizeof arguments[0]];
    memcpy(argv, arguments, sizeof argv);
    const int error =
        child_answer(argv, timeout_s * 1000 + GRACE_MS, buffer, ANSWER_BYTES, ret_length, ret_exit);
    return error == PR_ELIMIT ? PR_EFORMAT : error;
}

int device_evidence_job(const char *program, const char *uri, const char *token, unsigned timeout_s,
                        struct device_evidence *ret)
{
    const char *const options[] = {"--name", token, NULL};
    char buffer[ANSWER_BYTES];
    size_t length = 0;
    int exit_code = 0;
    const int error = ask(program, "job", uri, options, timeout_s, buffer, &length, &exit_code);
    return error != PR_OK ? error : device_evidence_parse_job(exit_code, buffer, length, ret);
}

int device_evidence_status(const char *program, const char *uri, const char *const *options,
                           unsigned timeout_s, struct device_evidence_status *ret)
{
    static const char *const none[] = {NULL};
    char buffer[ANSWER_BYTES];
    size_t length = 0;
    int exit_code = 0;
    const int error = ask(program, "status", uri, options != NULL ? options : none, timeout_s,
                          buffer, &length, &exit_code);
    return error != PR_OK ? error : device_evidence_parse_status(exit_code, buffer, length, ret);
}

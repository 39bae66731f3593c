/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/devices/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cups/child-answer.h"
#include "daemon/error.h"
#include "daemon/store/devices-register.h"

/* The helper keeps to its time by itself; the daemon only makes sure. */
enum { GRACE_MS = 2000, ANSWER_BYTES = 8 << 20, TAIL_ARGUMENTS = 3 };

static int run(const struct office *office, const struct device_record *device,
               enum device_verb verb, unsigned timeout_s, char *buffer, size_t *ret_length,
               int *ret_exit)
{
    char seconds[16];
    const char *arguments[2 + DEVICE_URIS_MAX + TAIL_ARGUMENTS] = {office->settings->device_program,
                                                                   device_verb_word(verb)};
    size_t length = 2;

    snprintf(seconds, sizeof seconds, "%u", timeout_s);
    for (unsigned i = 0; i < device->uris_length; i++) {
        arguments[length++] = device->uris[i];
    }
    arguments[length++] = "--timeout";
    arguments[length++] = seconds;
    arguments[length] = NULL;
    /* posix_spawn() takes pointers to what it does not write. */
    char *argv[sizeof arguments / sizeof arguments[0]];

    memcpy(argv, arguments, sizeof argv);
    return child_answer(argv, timeout_s * 1000 + GRACE_MS, buffer, ANSWER_BYTES, ret_length,
                        ret_exit);
}

int device_ask(const struct office *office, const struct device_record *device,
               enum device_verb verb, unsigned timeout_s, struct device_answer *answer,
               char **ret_evidence)
{
    char *buffer = malloc(ANSWER_BYTES);
    size_t length = 0;
    int exit_code = 0;

    *answer = (struct device_answer){.lines = NULL};
    if (buffer == NULL) {
        return PR_ENOMEM;
    }
    buffer[0] = '\0';
    int result = device->uris_length == 0
                     ? PR_EINVAL
                     : run(office, device, verb, timeout_s, buffer, &length, &exit_code);
    int read = device_answer_read(verb, exit_code, buffer, length, answer);

    if (result == PR_ELIMIT) {
        result = PR_EFORMAT;
    }
    result = result == PR_OK ? read : result;
    if (ret_evidence != NULL) {
        *ret_evidence = strndup(buffer, length);
    }
    free(buffer);
    return result;
}

int device_question(struct office *office, const struct device_record *device,
                    enum device_verb verb, struct device_answer *answer)
{
    struct store_tx *tx = NULL;
    int result =
        device_ask(office, device, verb, office->settings->delivery.device_timeout_s, answer, NULL);
    bool silent = result == PR_EUNREACHABLE || result == PR_ETIMEOUT;

    if (store_begin(office->store, &tx) == PR_OK) {
        (void)device_set_answered(tx, device->key, !silent);
        (void)store_commit(tx);
    }
    return result;
}

int device_lookup(struct office *office, const char *name, struct device_record *ret_device)
{
    struct store_tx *tx = NULL;
    int result = store_begin_read(office->store, &tx);

    if (result == PR_OK) {
        result = device_find(tx, name, ret_device);
        store_rollback(tx);
    }
    return result;
}

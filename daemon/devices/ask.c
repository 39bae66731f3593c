/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/devices/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cups/child-answer.h"
#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/devices-register.h"

/* The helper keeps to its time by itself; the daemon only makes sure. */
enum { GRACE_MS = 2000, ANSWER_BYTES = 8 << 20 };

/* A command line. The words are only borrowed, posix_spawn() writes into none of them. */
enum { WORDS_MAX = 2 + DEVICE_URIS_MAX + 2 * SETTINGS_KEEP_FOLDERS_MAX + 16 };
struct command {
    size_t length;
    char *words[WORDS_MAX + 1];
    char timeout[16], step_timeout[16];
};

static void say(struct command *command, const char *word)
{
    if (word != NULL && command->length < WORDS_MAX) {
        memcpy(&command->words[command->length++], &word, sizeof word);
    }
}

static void say_option(struct command *command, const char *option, const char *value)
{
    if (value[0] != '\0') {
        say(command, option);
        say(command, value);
    }
}

static void say_times(struct command *command, unsigned timeout_s, unsigned step_timeout_s)
{
    snprintf(command->timeout, sizeof command->timeout, "%u", timeout_s);
    snprintf(command->step_timeout, sizeof command->step_timeout, "%u", step_timeout_s);
    say_option(command, "--timeout", command->timeout);
    say_option(command, "--step-timeout", command->step_timeout);
}

static void say_residue(struct command *command, const struct settings_devices *devices,
                        enum device_verb verb)
{
    say_option(command, "--also", devices->residue);
    for (unsigned i = 0; i < devices->keep_folders_length; i++) {
        say_option(command, "--keep", devices->keep_folders[i]);
    }
    say(command, verb == DEVICE_PURGE && devices->purge_jobs ? "--purge-jobs" : NULL);
}

static int run(const struct office *office, const struct device_record *device,
               enum device_verb verb, unsigned timeout_s, char *buffer, size_t *ret_length,
               int *ret_exit)
{
    const struct settings *settings = office->settings;
    struct command command = {.length = 0};

    say(&command, settings->device_program);
    say(&command, device_verb_word(verb));
    say_times(&command, timeout_s, settings->devices.step_timeout_s);
    say_option(&command, "--cups-server", settings->cups_server);
    say_option(&command, "--snmp-community", settings->devices.snmp_community);
    if (verb == DEVICE_RESIDUE || verb == DEVICE_PURGE) {
        say_residue(&command, &settings->devices, verb);
    }
    say(&command, "--");
    for (unsigned i = 0; i < device->uris_length; i++) {
        say(&command, device->uris[i]);
    }
    return child_answer(command.words, timeout_s * 1000 + GRACE_MS, buffer, ANSWER_BYTES,
                        ret_length, ret_exit);
}

void device_recover_queues(const struct office *office)
{
    const struct settings *settings = office->settings;
    struct command command = {.length = 0};
    char answer[4096];
    size_t length = 0;
    int exit_code = 0;

    say(&command, settings->device_program);
    say(&command, "recover");
    say_times(&command, settings->delivery.device_timeout_s, settings->devices.step_timeout_s);
    say_option(&command, "--cups-server", settings->cups_server);
    say(&command, "cups:");
    int result = child_answer(command.words, settings->delivery.device_timeout_s * 1000 + GRACE_MS,
                              answer, sizeof answer, &length, &exit_code);

    if (result != PR_OK || exit_code != 0) {
        log_write(LOG_LEVEL_WARNING,
                  "whether a queue was left paused in the middle of a purge could not be seen: "
                  "%s, exit code %d",
                  pr_strerror(result), exit_code);
    }
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
    const struct settings *settings = office->settings;
    struct store_tx *tx = NULL;
    /* To look through all that lies there takes as long as before a purge. */
    unsigned timeout_s = verb == DEVICE_RESIDUE ? settings->devices.purge_timeout_s
                                                : settings->delivery.device_timeout_s;
    int result = device_ask(office, device, verb, timeout_s, answer, NULL);
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

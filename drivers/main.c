/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printroom-device: asks one device one thing, prints one line of JSON, ends. See
 * printroom-device(8).
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "drivers/device.h"
#include "drivers/sandbox.h"
#include "drivers/usb-verbs.h"

enum { EXIT_ANSWERED = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };
enum { TIMEOUT_DEFAULT_S = 20, TIMEOUT_MAX_S = 3600 };

struct command {
    const char *uri;
    const char *name;
    const char *user;
    unsigned timeout_s;
};

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

/* Output --------------------------------------------------------------------------------------- */

/** Prints the object (consumed) as one line. NULL, when memory ran out, prints nothing and fails.
 */
static bool print_line(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    const bool printed = text != NULL && puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    return printed;
}

static json_t *count_or_null(int64_t value)
{
    return value >= 0 ? json_integer(value) : json_null();
}

static json_t *reasons_array(const struct device_reasons *reasons)
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

static int finish(enum device_result result, json_t *object)
{
    return print_line(object) ? results[result].exit_code : EXIT_REFUSED;
}

static int finish_failed(enum device_result result, const char *message)
{
    return finish(result,
                  json_pack("{s:s, s:s}", "error", results[result].word, "message", message));
}

/* Commands ------------------------------------------------------------------------------------- */

static int run_job(const struct device_transport *transport, const struct command *command)
{
    const struct device_target target = {command->uri, command->user, command->timeout_s};
    struct device_job job;
    char message[DEVICE_TEXT_BYTES] = "";
    const enum device_result result = transport->job(&target, command->name, &job, message);
    if (result == DEVICE_NOT_FOUND) {
        return finish(result, json_pack("{s:b, s:s}", "found", 0, "message", message));
    }
    if (result != DEVICE_OK) {
        return finish_failed(result, message);
    }
    return finish(result,
                  json_pack("{s:b, s:i, s:s, s:o, s:o, s:o, s:s}", "found", 1, "job_id", job.job_id,
                            "state", job.state, "reasons", reasons_array(&job.reasons),
                            "impressions_completed", count_or_null(job.impressions_completed),
                            "media_sheets_completed", count_or_null(job.media_sheets_completed),
                            "message", job.message));
}

static int run_status(const struct device_transport *transport, const struct command *command)
{
    const struct device_target target = {command->uri, command->user, command->timeout_s};
    struct device_status status;
    char message[DEVICE_TEXT_BYTES] = "";
    const enum device_result result = transport->status(&target, &status, message);
    if (result != DEVICE_OK) {
        return finish_failed(result, message);
    }
    return finish(result,
                  json_pack("{s:s, s:o, s:s, s:o, s:o, s:s}", "state", status.state, "reasons",
                            reasons_array(&status.reasons), "message", status.message,
                            "impressions_completed", count_or_null(status.impressions_completed),
                            "media_sheets_completed", count_or_null(status.media_sheets_completed),
                            "make_and_model", status.make_and_model));
}

/** All printers on USB: a list, or who comes and goes. */
static int run_all_usb(const struct device_transport *transport, const struct command *command,
                       bool watch)
{
    char message[DEVICE_TEXT_BYTES] = "";
    if (transport != &device_transport_usb || strcasecmp(command->uri, "usb:") != 0) {
        return finish_failed(DEVICE_UNSUPPORTED, "only usb: can be asked for all its devices");
    }
    if (watch) {
        (void)alarm(0); /* its time is to run out */
    }
    const enum device_result result =
        watch ? usb_print_events(command->timeout_s, message) : usb_print_list(message);
    return result == DEVICE_OK ? EXIT_ANSWERED : finish_failed(result, message);
}

static int run_probe(const struct device_transport *transport, const struct command *command)
{
    return run_all_usb(transport, command, false);
}

static int run_watch(const struct device_transport *transport, const struct command *command)
{
    return run_all_usb(transport, command, true);
}

static const struct {
    const char *word;
    bool needs_name;
    int (*run)(const struct device_transport *, const struct command *);
} commands[] = {{"job", true, run_job},
                {"status", false, run_status},
                {"probe", false, run_probe},
                {"watch", false, run_watch}};

/* The beginning -------------------------------------------------------------------------------- */

static void on_alarm(int signal_number)
{
    static const char line[] = "{\"error\":\"unreachable\",\"message\":\"no answer in time\"}\n";
    (void)signal_number;
    /* Nothing was printed yet: the only line is printed when everything is known. */
    const ssize_t written = write(STDOUT_FILENO, line, sizeof line - 1);
    _exit(written < 0 ? EXIT_REFUSED : EXIT_UNREACHABLE);
}

static void limit_time(unsigned timeout_s)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm(timeout_s);
}

static int usage(void)
{
    (void)fputs("usage: printroom-device job URI --name TOKEN [--user NAME] [--timeout S]\n"
                "       printroom-device status URI [--user NAME] [--timeout S]\n"
                "       printroom-device probe usb: [--timeout S]\n"
                "       printroom-device watch usb: [--timeout S]\n",
                stderr);
    return EXIT_USAGE;
}

static bool parse_seconds(const char *text, unsigned *ret_seconds)
{
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 1 || value > TIMEOUT_MAX_S) {
        return false;
    }
    *ret_seconds = (unsigned)value;
    return true;
}

static bool parse_options(int argc, char **argv, struct command *command)
{
    static const struct option options[] = {{"name", required_argument, NULL, 'n'},
                                            {"user", required_argument, NULL, 'u'},
                                            {"timeout", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'n') {
            command->name = optarg;
        } else if (option == 'u') {
            command->user = optarg;
        } else if (option != 't' || !parse_seconds(optarg, &command->timeout_s)) {
            return false;
        }
    }
    return argc - optind == 2;
}

int main(int argc, char **argv)
{
    struct command command = {.user = "printroom", .timeout_s = TIMEOUT_DEFAULT_S};
    if (!parse_options(argc, argv, &command)) {
        return usage();
    }
    command.uri = argv[optind + 1];
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[optind], commands[i].word) != 0) {
            continue;
        }
        if (commands[i].needs_name != (command.name != NULL)) {
            return usage();
        }
        const struct device_transport *transport = device_transport_for(command.uri);
        if (transport == NULL) {
            return finish_failed(DEVICE_UNSUPPORTED, "no transport has that scheme");
        }
        if (!sandbox_enter(transport == &device_transport_usb ? SANDBOX_USB : SANDBOX_SOCKETS)) {
            return finish_failed(DEVICE_UNSUPPORTED, "the sandbox cannot be set up");
        }
        limit_time(command.timeout_s);
        return commands[i].run(transport, &command);
    }
    return usage();
}

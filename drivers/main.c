/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printroom-device: asks one device one thing, prints lines of JSON, ends. See
 * printroom-device(8). What it may do stands in run(): nothing is opened before the sandbox.
 */
#include "config.h"

#include <cups/cups.h>
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
#include "drivers/output.h"
#include "drivers/sandbox.h"
#include "drivers/usb-verbs.h"
#include "drivers/verbs.h"

enum { TIMEOUT_SHORT_S = 20, TIMEOUT_LONG_S = 300, TIMEOUT_MAX_S = 3600 };
enum {
    STEP_S = 10,
    MARGIN_S = 1,
    SPARE_MS_MAX = 1000,
    SPARE_PARTS = 8,
    PORT_MAX = 65535,
    COMMUNITY_MAX = 64
};

struct command {
    const char *name;
    const char *cups_server;
    unsigned timeout_s; /**< 0: as the verb has it */
    unsigned step_s;
    size_t uris_length;
    const char *uris[REACH_URIS_MAX];
    struct reach_options options;
};

/* Commands ------------------------------------------------------------------------------------- */

static int run_job(const struct command *command)
{
    const struct device_transport *transport = device_transport_for(command->uris[0]);
    const struct device_target target = {command->uris[0], command->options.target.user,
                                         command->timeout_s};
    struct device_job job;
    char message[DEVICE_TEXT_BYTES] = "";
    if (transport == NULL) {
        return output_failure(DEVICE_UNSUPPORTED, "no transport has that scheme");
    }
    const enum device_result result = transport->job(&target, command->name, &job, message);
    if (result == DEVICE_NOT_FOUND) {
        return output_line(
                   json_pack("{s:s, s:b, s:s}", "type", "job", "found", 0, "message", message))
                   ? output_exit(result)
                   : EXIT_REFUSED;
    }
    if (result != DEVICE_OK) {
        return output_failure(result, message);
    }
    return output_line(json_pack("{s:s, s:b, s:i, s:s, s:o, s:o, s:o, s:s}", "type", "job", "found",
                                 1, "job_id", job.job_id, "state", job.state, "reasons",
                                 output_reasons(&job.reasons), "impressions_completed",
                                 output_count(job.impressions_completed), "media_sheets_completed",
                                 output_count(job.media_sheets_completed), "message", job.message))
               ? EXIT_ANSWERED
               : EXIT_REFUSED;
}

static struct verb_request request_of(const struct command *command)
{
    return (struct verb_request){
        .uris = command->uris, .uris_length = command->uris_length, .options = &command->options};
}

static int run_status(const struct command *command)
{
    const struct device_transport *transport = device_transport_for(command->uris[0]);
    const struct device_target target = {command->uris[0], command->options.target.user,
                                         command->timeout_s};
    struct device_status status;
    char message[DEVICE_TEXT_BYTES] = "";
    /* One URI of a transport that knows the state without a language needs none. */
    if (transport == NULL || command->uris_length > 1) {
        const struct verb_request request = request_of(command);
        return verb_status(&request);
    }
    const enum device_result result = transport->status(&target, &status, message);
    if (result != DEVICE_OK) {
        return output_failure(result, message);
    }
    return output_line(output_status(&status)) ? EXIT_ANSWERED : EXIT_REFUSED;
}

static bool means_all_usb(const struct command *command)
{
    return command->uris_length == 1 && strcasecmp(command->uris[0], "usb:") == 0;
}

static int run_probe(const struct command *command)
{
    char message[DEVICE_TEXT_BYTES] = "";
    if (!means_all_usb(command)) {
        const struct verb_request request = request_of(command);
        return verb_probe(&request);
    }
    const enum device_result result = usb_print_list(message);
    return result == DEVICE_OK ? EXIT_ANSWERED : output_failure(result, message);
}

static int run_watch(const struct command *command)
{
    char message[DEVICE_TEXT_BYTES] = "";
    if (!means_all_usb(command)) {
        return output_failure(DEVICE_UNSUPPORTED, "only usb: can be asked for all its devices");
    }
    (void)alarm(0); /* its time is to run out */
    const enum device_result result = usb_print_events(command->timeout_s, message);
    return result == DEVICE_OK ? EXIT_ANSWERED : output_failure(result, message);
}

static int run_recover(const struct command *command)
{
    char message[DEVICE_TEXT_BYTES] = "";
    unsigned queues = 0;
    if (cups_queue_name(command->uris[0]) == NULL && strcasecmp(command->uris[0], "cups:") != 0) {
        return output_failure(DEVICE_UNSUPPORTED, "only cups: has queues");
    }
    const enum device_result result = queue_pause_recover(&queues, message);
    if (result != DEVICE_OK) {
        return output_failure(result, message);
    }
    return output_line(json_pack("{s:s, s:I}", "type", "end", "resumed", (json_int_t)queues))
               ? EXIT_ANSWERED
               : EXIT_REFUSED;
}

#define VERB(verb)                                                                                 \
    static int run_##verb(const struct command *command)                                           \
    {                                                                                              \
        const struct verb_request request = request_of(command);                                   \
        return verb_##verb(&request);                                                              \
    }
VERB(counters)
VERB(supplies)
VERB(residue)
VERB(purge)
VERB(verify)
VERB(print)

static const struct {
    const char *word;
    bool needs_name;
    bool several; /**< URIs */
    bool pauses;  /**< queues of the device, whatever it is reached by */
    unsigned timeout_s;
    int (*run)(const struct command *);
} commands[] = {{"probe", false, true, false, TIMEOUT_SHORT_S, run_probe},
                {"status", false, true, false, TIMEOUT_SHORT_S, run_status},
                {"counters", false, true, false, TIMEOUT_SHORT_S, run_counters},
                {"supplies", false, true, false, TIMEOUT_SHORT_S, run_supplies},
                {"residue", false, true, true, TIMEOUT_LONG_S, run_residue},
                {"purge", false, true, true, TIMEOUT_LONG_S, run_purge},
                {"verify", false, true, true, TIMEOUT_LONG_S, run_verify},
                {"print", false, false, false, TIMEOUT_LONG_S, run_print},
                {"job", true, false, false, TIMEOUT_SHORT_S, run_job},
                {"watch", false, false, false, TIMEOUT_SHORT_S, run_watch},
                {"recover", false, false, false, TIMEOUT_SHORT_S, run_recover}};

/* The beginning -------------------------------------------------------------------------------- */

static void on_alarm(int signal_number)
{
    static const char line[] =
        "{\"type\":\"error\",\"error\":\"unreachable\",\"message\":\"no answer in time\"}\n";
    (void)signal_number;
    const ssize_t written = write(STDOUT_FILENO, line, sizeof line - 1);
    _exit(written < 0 ? EXIT_REFUSED : EXIT_UNREACHABLE);
}

/** Everything keeps to its deadline by itself; what does not, a name server for one, ends here. */
static void limit_time(unsigned seconds)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm(seconds);
}

static int usage(void)
{
    (void)fputs(
        "usage: printroom-device probe|status|counters|supplies URI... [options]\n"
        "       printroom-device residue|purge|verify URI... [options]\n"
        "       printroom-device print URI [options] <FILE\n"
        "       printroom-device job URI --name TOKEN [options]\n"
        "       printroom-device probe|watch usb: [--timeout S]\n"
        "       printroom-device recover cups: [--cups-server SERVER]\n"
        "options: --timeout S, --step-timeout S, --user NAME, --language pjl,postscript|none,\n"
        "         --snmp-community WORD|none, --snmp-port PORT,\n"
        "         --also fonts,macros,history, --keep FOLDER, --purge-jobs, --cups-server SERVER\n"
        "URI: cups:QUEUE, ipp://, ipps://, socket://HOST:PORT, usb://\n",
        stderr);
    return EXIT_USAGE;
}

static bool parse_number(const char *text, long most, unsigned *ret_number)
{
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 1 || value > most) {
        return false;
    }
    *ret_number = (unsigned)value;
    return true;
}

/** Sets the switches whose words are in a list with commas. @return false for an unknown word */
static bool parse_words(const char *text, const char *const *words, bool *const *switches)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, ",");
        size_t i = 0;
        while (words[i] != NULL &&
               (strlen(words[i]) != length || strncmp(text, words[i], length) != 0)) {
            i++;
        }
        if (words[i] == NULL) {
            return false;
        }
        *switches[i] = true;
        text += length;
        text += *text == ',' ? 1 : 0;
    }
    return true;
}

static bool parse_languages(const char *text, struct reach_options *options)
{
    static const char *const words[] = {"pjl", "postscript", "none", NULL};
    bool none = false;
    bool *const switches[] = {&options->pjl, &options->postscript, &none};
    options->language_given = true;
    return parse_words(text, words, switches) && none != (options->pjl || options->postscript);
}

static bool parse_also(const char *text, struct residue_rules *rules)
{
    static const char *const words[] = {"fonts", "macros", "history", NULL};
    bool *const switches[] = {&rules->fonts, &rules->macros, &rules->history};
    return parse_words(text, words, switches);
}

static bool keep(const char *folder, struct residue_rules *rules)
{
    if (rules->keep_length == DEVICE_KEEP_MAX || *folder == '\0') {
        return false;
    }
    rules->keep[rules->keep_length++] = folder;
    return true;
}

static bool parse_community(const char *text, struct snmp_options *snmp)
{
    snmp->community = strcmp(text, "none") == 0 ? NULL : text;
    return *text != '\0' && strlen(text) <= COMMUNITY_MAX;
}

static bool parse_option(int option, struct command *command)
{
    switch (option) {
    case 'n':
        command->name = optarg;
        return true;
    case 'u':
        command->options.target.user = optarg;
        return true;
    case 't':
        return parse_number(optarg, TIMEOUT_MAX_S, &command->timeout_s);
    case 's':
        return parse_number(optarg, TIMEOUT_MAX_S, &command->step_s);
    case 'l':
        return parse_languages(optarg, &command->options);
    case 'a':
        return parse_also(optarg, &command->options.rules);
    case 'k':
        return keep(optarg, &command->options.rules);
    case 'm':
        return parse_community(optarg, &command->options.snmp);
    case 'o':
        return parse_number(optarg, PORT_MAX, &command->options.snmp.port);
    case 'p':
        command->options.purge_jobs = true;
        return true;
    case 'c':
        command->cups_server = optarg;
        return true;
    default:
        return false;
    }
}

/** @return false when the arguments are no verb and URIs */
static bool parse(int argc, char **argv, struct command *command)
{
    static const struct option options[] = {{"name", required_argument, NULL, 'n'},
                                            {"user", required_argument, NULL, 'u'},
                                            {"timeout", required_argument, NULL, 't'},
                                            {"step-timeout", required_argument, NULL, 's'},
                                            {"language", required_argument, NULL, 'l'},
                                            {"also", required_argument, NULL, 'a'},
                                            {"keep", required_argument, NULL, 'k'},
                                            {"purge-jobs", no_argument, NULL, 'p'},
                                            {"snmp-community", required_argument, NULL, 'm'},
                                            {"snmp-port", required_argument, NULL, 'o'},
                                            {"cups-server", required_argument, NULL, 'c'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!parse_option(option, command)) {
            return false;
        }
    }
    if (argc - optind < 2 || argc - optind - 1 > REACH_URIS_MAX) {
        return false;
    }
    while (optind + 1 + (int)command->uris_length < argc) {
        command->uris[command->uris_length] = argv[optind + 1 + (int)command->uris_length];
        command->uris_length++;
    }
    return true;
}

/** USB needs more rights, and what stands behind a queue is known only when cupsd was asked. */
static enum sandbox_need need_of(const struct command *command)
{
    enum sandbox_need need = SANDBOX_SOCKETS;
    for (size_t i = 0; i < command->uris_length; i++) {
        if (strncasecmp(command->uris[i], "usb:", 4) == 0 ||
            strncasecmp(command->uris[i], "cups:", 5) == 0) {
            need = SANDBOX_USB;
        }
    }
    return need;
}

/** What ends by itself can say why, so it ends a little sooner than the alarm. */
static int64_t spare_ms(unsigned timeout_s)
{
    const int64_t part_ms = (int64_t)timeout_s * 1000 / SPARE_PARTS;
    return part_ms < SPARE_MS_MAX ? part_ms : SPARE_MS_MAX;
}

static int run(size_t row, struct command *command)
{
    struct reach_options *options = &command->options;
    command->timeout_s = command->timeout_s > 0 ? command->timeout_s : commands[row].timeout_s;
    command->step_s = command->step_s < command->timeout_s ? command->step_s : command->timeout_s;
    options->pause = commands[row].pauses;
    options->target.silence_s = command->step_s;
    options->step_ms = command->step_s * 1000;
    if (command->cups_server != NULL) {
        cupsSetServer(command->cups_server);
    }
    if (!sandbox_enter(need_of(command))) {
        return output_failure(DEVICE_UNSUPPORTED, "the sandbox cannot be set up");
    }
    options->deadline_ms = stream_now_ms() + (int64_t)command->timeout_s * 1000 -
                           (commands[row].pauses ? 0 : spare_ms(command->timeout_s));
    limit_time(command->timeout_s + (commands[row].pauses ? MARGIN_S : 0));
    return commands[row].run(command);
}

int main(int argc, char **argv)
{
    struct command command = {
        .step_s = STEP_S,
        .options = {.target = {.user = "printroom"}, .snmp = {.community = "public"}}};
    if (!parse(argc, argv, &command)) {
        return usage();
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[optind], commands[i].word) == 0) {
            const bool sound = commands[i].needs_name == (command.name != NULL) &&
                               (commands[i].several || command.uris_length == 1);
            return sound ? run(i, &command) : usage();
        }
    }
    return usage();
}

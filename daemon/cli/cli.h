/* SPDX-License-Identifier: GPL-2.0-or-later */
/** `printroom`: the API of printroomd in verbs, all of them in tables (daemon/cli/verbs*.c). */
#ifndef DAEMON_CLI_CLI_H
#define DAEMON_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/cli/client.h"
#include "policy/words.h"

/** What the program exits with. */
enum cli_exit { CLI_DONE, CLI_REFUSED, CLI_USAGE, CLI_UNREACHABLE };

enum { CLI_OPTIONS_MAX = 8, CLI_POSITIONALS_MAX = 16 };

enum cli_kind {
    CLI_FLAG,    /**< no value: true */
    CLI_TEXT,    /**< --name VALUE or --name=VALUE */
    CLI_INTEGER, /**< likewise, a whole number */
    CLI_TEXTS,   /**< may be repeated; further values that are URIs may follow the first */
};
struct cli_option {
    const char *name; /**< "--max-level"; NULL ends a list */
    enum cli_kind kind;
    const char *field; /**< of the API */
    bool required;
};

/** What was said after the verb. */
struct cli_arguments {
    size_t length;
    const char *positional[CLI_POSITIONALS_MAX];
    json_t *fields; /**< options by their API field; owned */
    bool json;
    bool help;
    const char *as; /**< NULL: nobody else */
};

struct cli {
    enum policy_language language;
    bool json;
    const char *as;
    const char *socket; /**< of the service */
    struct client *client;
    const struct cli_verb *verb; /**< that is carried out */
};

struct cli_verb {
    const char *verb;
    const char *sub;       /**< NULL when the verb has none; may be two words */
    const char *arguments; /**< as usage shows them */
    const char *help[POLICY_LANGUAGES];
    size_t positional_min;
    size_t positional_max;
    struct cli_option options[CLI_OPTIONS_MAX];
    enum cli_exit (*run)(struct cli *cli, struct cli_arguments *arguments);
};
/** All verbs in turn, in the order of usage; NULL after the last. */
const struct cli_verb *cli_verb_at(size_t i);

/**
 * Finds the verb argv[0] (and what follows, where it has sub-verbs) names.
 *
 * @param ret_used  how many words of argv it took
 * @return NULL when there is none
 */
const struct cli_verb *cli_verb_find(char *const argv[], int argc, int *ret_used);

/**
 * Reads what follows a verb; --json, --as and --help are taken anywhere. With verb NULL only these,
 * up to the first other word.
 *
 * @param ret_used    how many words were read, NULL when all must be
 * @param ret_error   what is wrong, in the language
 * @return false with *ret_error set; free fields in either case
 */
bool cli_arguments_read(const struct cli_verb *verb, char *const argv[], int argc,
                        enum policy_language language, struct cli_arguments *arguments,
                        int *ret_used, char *ret_error, size_t error_size);

/** The text of the language; both may be formats of the same arguments. */
const char *cli_words(const struct cli *cli, const char *english, const char *chinese)
    __attribute__((format_arg(2), format_arg(3)));

/**
 * Ends a verb after an answer: an error in one line on stderr; with --json a good answer's document
 * as it came, else what `print` makes of it (NULL: nothing). The answer is freed.
 */
enum cli_exit cli_finish(const struct cli *cli, int error, struct client_answer *answer,
                         void (*print)(const struct cli *cli, json_t *body));
/** Says in one line on stderr why not. */
enum cli_exit cli_refuse(const struct cli *cli, const char *message);

/* By file: daemon/cli/state.c, jobs.c, approvals.c, submit.c, office.c, people.c, report.c,
 * sign-in.c
 */
enum cli_exit cli_status(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_doctor(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_submit(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_explain(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_jobs(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_show(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_cancel(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_confirm(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_release(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_settle(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_reprint(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_department_add(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_department_list(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_add(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_list(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_department_show(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_department_set(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_department_deactivate(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_department_reactivate(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_show(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_set(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_deactivate(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_reactivate(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_import(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_password(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_person_pin(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_login(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_logout(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_quota_cap(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_quota_show(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_quota_set(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_quota_grant(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_add(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_list(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_show(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_report_month(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_report_rebuild(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_level_list(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_copy_register(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_copy_list(struct cli *cli, struct cli_arguments *arguments);
/* daemon/cli/custody.c: numbered copies; copy list without a JOB or option of theirs is walk-up
 * copies */
enum cli_exit cli_custody_list(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_copy_move(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_copy_destroy(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_copy_reckon(struct cli *cli, struct cli_arguments *arguments);
/* daemon/cli/documents.c */
enum cli_exit cli_document_receive(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_document_dispatch(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_document_list(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_document_show(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_document_move(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_trace(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_violations(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_violation_acknowledge(struct cli *cli, struct cli_arguments *arguments);

/* daemon/cli/approvals.c */
enum cli_exit cli_approvals(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_approve(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_deny(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_preview(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_deputy_set(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_deputy_list(struct cli *cli, struct cli_arguments *arguments);

/* daemon/cli/devices.c, devices-ask.c, maintenance.c */
enum cli_exit cli_device_set(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_retire(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_reactivate(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_probe(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_attest(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_status(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_counters(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_supplies(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_residue(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_purge(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_purges(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_device_reconcile(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_maintenance_add(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_maintenance_list(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_maintenance_close(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_stock_add(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_stock_use(struct cli *cli, struct cli_arguments *arguments);
enum cli_exit cli_stock_list(struct cli *cli, struct cli_arguments *arguments);

/** Prints a job: one line with what it is about, then its messages. */
void cli_print_job_line(const struct cli *cli, json_t *job);

#endif

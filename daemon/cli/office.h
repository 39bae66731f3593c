/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the verbs about the office share. */
#ifndef DAEMON_CLI_OFFICE_H
#define DAEMON_CLI_OFFICE_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/table.h"

enum { CLI_PATH_BYTES = 2048 };

/** Writes the items of a list (or one item) as a table; `cells_of` makes a row of one. */
void cli_print_list(const json_t *list, const char *const columns[],
                    void (*cells_of)(const json_t *item, struct table *table));

/** A path (CLI_PATH_BYTES) with a name from the command line in it, percent-encoded. False when it
 * is too long. */
bool cli_path_of(char *path, const char *before, const char *name, const char *after);

/** Adds an argument to the body; text that is no UTF-8, or no number, is refused with false. */
bool cli_set_text(json_t *fields, const char *name, const char *text);
bool cli_set_number(json_t *fields, const char *name, const char *text);

/** Asks for a secret on the terminal without echo, or reads a line of standard input. False when
 * nothing came. The caller wipes it. */
enum { CLI_SECRET_BYTES = 256 };
bool cli_ask_secret(const char *prompt, char secret[CLI_SECRET_BYTES]);

/**
 * Calls /v1/devices/NAME with `after`, NAME from the command line.
 *
 * @param body  borrowed, NULL none
 */
enum cli_exit cli_device_call(struct cli *cli, const struct cli_arguments *arguments,
                              const char *method, const char *after, json_t *body,
                              void (*print)(const struct cli *cli, json_t *body));
/** Prints entries of the maintenance register. */
void cli_print_maintenance(const struct cli *cli, json_t *body);

enum cli_exit cli_no_such_name(const struct cli *cli);
enum cli_exit cli_not_a_number(const struct cli *cli);

#endif

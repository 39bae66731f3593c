/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Members of the API's documents as a table's cells. */
#ifndef DAEMON_CLI_VALUES_H
#define DAEMON_CLI_VALUES_H

#include <jansson.h>
#include <stddef.h>

#include "daemon/cli/cli.h"

enum { VALUE_BYTES = 24 };

/** A text member, "" when there is none. */
const char *value_text(const json_t *object, const char *name);
/** A number member in a buffer of VALUE_BYTES, "-" when there is none. */
const char *value_number(const json_t *object, const char *name, char *buffer);
/** A moment (RFC 3339) as "YYYY-MM-DD hh:mm:ss", "-" when there is none. */
const char *value_time(const json_t *object, const char *name, char *buffer);
/** An array of texts joined by ", ". */
void value_list(const json_t *object, const char *name, char *buffer, size_t size);

/** "" for a person or department in use, a mark for one that was deactivated. */
const char *value_active(const json_t *object);

/** A job's state in words. */
const char *value_state(const struct cli *cli, const char *state);

/** What happened to a job, in words. */
const char *value_event(const struct cli *cli, const char *event);

/**
 * Puts words for the keywords of devices: kinds, states, outcomes. For tables, not for JSON.
 *
 * @param body     an object, or an array of them
 * @param members  the ones that hold keywords, ends with NULL
 */
void value_device_words(const struct cli *cli, json_t *body, const char *const *members);

#endif

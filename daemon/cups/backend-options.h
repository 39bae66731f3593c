/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The options of a job as cupsd hands them to a backend: one text, `name=value name noname …`, in
 * which white space, quotes and backslashes of values are escaped with backslashes.
 *
 * libcups reads this as well, but brings thirty libraries along; a backend starts for every job,
 * and loading them took longer than all the rest of its work.
 */
#ifndef DAEMON_CUPS_BACKEND_OPTIONS_H
#define DAEMON_CUPS_BACKEND_OPTIONS_H

#include <stdbool.h>

struct backend_options;

/** Reads argv[5]. @return NULL when out of memory; free with backend_options_free() */
struct backend_options *backend_options_parse(const char *text);
void backend_options_free(struct backend_options *options);

/**
 * The value of an option: "true" or "false" for one that stands without a value.
 *
 * @param name  whatever its case
 * @return NULL when nobody named it or its value is empty; valid as long as the options
 */
const char *backend_option(const struct backend_options *options, const char *name);

/** Adds an option. @return false when out of memory */
bool backend_options_add(struct backend_options *options, const char *name, const char *value);

#endif

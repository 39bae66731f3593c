/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What printroom-device prints: one JSON object a line, ASCII (printroom-device(8), OUTPUT). */
#ifndef DRIVERS_OUTPUT_H
#define DRIVERS_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "drivers/purge.h"
#include "drivers/reach.h"

enum { EXIT_ANSWERED = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

/** Prints the object (consumed) as one line; no alarm comes after the first one. NULL, when memory
 * ran out, prints nothing and fails.
 */
bool output_line(json_t *object);

/** A count, null when it is not known or beyond 2^32 − 1, which no device reaches. */
json_t *output_count(int64_t value);

json_t *output_reasons(const struct device_reasons *reasons);
json_t *output_counters(const struct device_session *source,
                        const struct device_counters *counters);
/** @param typed  whether it is a line of its own, with "type" */
json_t *output_item(const struct device_item *item, bool typed);
json_t *output_status(const struct device_status *status);
json_t *output_supply(const struct device_supply *supply);
json_t *output_step(const struct purge_step *step);
json_t *output_gap(enum device_gap_why why, const char *what);
json_t *output_vendor_steps(const struct vendor *vendor);

/** Prints the line of an error. @return the exit code */
int output_failure(enum device_result result, const char *message);
/** The exit code of a result. */
int output_exit(enum device_result result);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The verbs of printroom-device that are asked of a device by all its URIs. */
#ifndef DRIVERS_VERBS_H
#define DRIVERS_VERBS_H

#include <stddef.h>

#include "drivers/reach.h"

struct verb_request {
    const char *const *uris;
    size_t uris_length;
    const struct reach_options *options;
};

/** Each prints its lines and gives the exit code. */
int verb_probe(const struct verb_request *request);
int verb_status(const struct verb_request *request);
int verb_counters(const struct verb_request *request);
int verb_supplies(const struct verb_request *request);
int verb_residue(const struct verb_request *request);
int verb_purge(const struct verb_request *request);
int verb_verify(const struct verb_request *request);
/** Sends standard input to the device. */
int verb_print(const struct verb_request *request);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The driver for SNMP, versions 1 and 2c: it reads what a printer's own languages leave out, and
 * writes nothing. It lists and deletes nothing either.
 */
#ifndef DRIVERS_SNMP_H
#define DRIVERS_SNMP_H

#include "drivers/driver.h"

struct snmp_options {
    const char *community; /**< the word to ask with; borrowed */
    unsigned port;         /**< 0: 161, and not of this machine itself */
};

/**
 * Makes a session. Nothing is sent before the first question, and nothing more after one that was
 * not answered.
 *
 * @param uri   as it was given on the command line; borrowed
 * @param host  name or address
 * @param deadline_ms  CLOCK_MONOTONIC, ms
 * @return NULL without memory, or when host or community are too long
 */
struct device_session *snmp_session_new(const char *uri, const char *host,
                                        const struct snmp_options *options, int64_t deadline_ms);

/** Whether the agent has answered as a printer's. */
bool snmp_session_answered(const struct device_session *s);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * An IPP Everywhere printer of the test's own: `ippeveprinter` (CUPS's simulator), with the D-Bus
 * and the mDNS daemon that it insists on. They run in network and mount namespaces of this process,
 * so that neither ports nor pid files nor names meet those of the machine or of another test. Needs
 * root.
 */
#ifndef TESTS_UNIT_PRIVATE_DEVICE_H
#define TESTS_UNIT_PRIVATE_DEVICE_H

#include <stdbool.h>
#include <sys/types.h>

struct private_device {
    pid_t bus, names, printer;
    char folder[64];
    char uri[96];
};

/** NULL when it can run here, else why not. */
const char *private_device_missing(void);

/** Moves this process into namespaces of its own. @return false where that is not granted (some
 * containers) */
bool private_device_enter(void);

/**
 * Starts the printer and its daemons; waits until it listens.
 *
 * The printer takes what a file `impressions` in the folder says for job-impressions-completed;
 * "slow" and "fail" are switches as in private_cupsd_device().
 */
bool private_device_start(struct private_device *device);

/** Makes or removes a switch, or writes a value into it. */
bool private_device_set(const struct private_device *device, const char *name, const char *value);
bool private_device_unset(const struct private_device *device, const char *name);

/** Ends its processes, by their ids, and removes the folder. */
void private_device_remove(struct private_device *device);

#endif

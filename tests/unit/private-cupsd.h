/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A cupsd of the test's own, in a folder of its own, with one queue `device` as delivery meets it:
 * raw, only the service's account may use it. Its device is a shell script that keeps what it gets.
 * Needs root, because cupsd checks accounts by socket credentials and gives its children another
 * one; the test itself runs as the service's account in between.
 */
#ifndef TESTS_UNIT_PRIVATE_CUPSD_H
#define TESTS_UNIT_PRIVATE_CUPSD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct private_cupsd {
    pid_t pid;       /**< 0: not running */
    char folder[64]; /**< its home; removed by private_cupsd_remove() */
    char socket[96]; /**< CUPS_SERVER */
    char output[96]; /**< what the device got: ID.data, ID.title, ID.copies, ID.options */
};

/** NULL when it can run here, else why not. */
const char *private_cupsd_missing(void);

/**
 * Makes the folder and becomes the service's account, keeping the way back.
 *
 * @param more_configuration  lines for cupsd.conf, "" for none
 * @param device_uri          where the queue prints to; "keep:/" is the script
 */
bool private_cupsd_prepare(struct private_cupsd *cupsd, const char *more_configuration,
                           const char *device_uri);

/** Starts cupsd and waits until it answers. */
bool private_cupsd_start(struct private_cupsd *cupsd);

/** Ends it with a signal and waits for it. */
void private_cupsd_end(struct private_cupsd *cupsd, int signal_number);

/** Ends it and removes its folder. The process stays the service's account. */
void private_cupsd_remove(struct private_cupsd *cupsd);

/** Ends being the service's account: the process is root again, as sanitizers need at its end. */
bool private_cupsd_leave_account(void);

/** Makes or removes a file that changes how the device behaves: "slow" (never ends), "fail",
 * "empty" (out of paper). */
bool private_cupsd_device(struct private_cupsd *cupsd, const char *behaviour, bool on);

/**
 * Reads what the device kept of a job.
 *
 * @param part  "data", "title", "copies", "options"
 * @return bytes read, -1 when there is no such file
 */
ssize_t private_cupsd_kept(const struct private_cupsd *cupsd, int job_id, const char *part,
                           void *buffer, size_t size);

/** How many documents lie in cupsd's spool. */
int private_cupsd_spooled(const struct private_cupsd *cupsd);

/** Runs a function in a child that is another account (`nobody`) and gives its return value (0 …
 * 255), -1 on failure. */
int private_cupsd_as_stranger(int (*function)(const struct private_cupsd *),
                              const struct private_cupsd *cupsd);

/** Runs a function in a child that kills itself with SIGKILL at its end, and waits for that. */
bool private_cupsd_in_killed_child(void (*function)(const struct private_cupsd *, int),
                                   const struct private_cupsd *cupsd, int argument);

#endif

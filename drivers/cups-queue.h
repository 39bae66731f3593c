/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A queue of the CUPS server (CUPS_SERVER) as `cups:NAME`: the device behind it, and as a driver
 * the documents that cupsd itself has kept of jobs that are over.
 */
#ifndef DRIVERS_CUPS_QUEUE_H
#define DRIVERS_CUPS_QUEUE_H

#include "drivers/driver.h"
#include "drivers/residue.h"

enum { CUPS_DEVICE_URI_BYTES = 1024 };

/** The name in `cups:NAME`, NULL when the URI is none. */
const char *cups_queue_name(const char *uri);

/**
 * Opens a queue.
 *
 * @param target          whom to ask as, and how long to bear silence; its URI is not looked at
 * @param rules           borrowed as long as the session lives
 * @param ret_device_uri  where the queue prints to
 * @param ret             written on DEVICE_OK only, as the URI
 * @return DEVICE_NOT_FOUND: no such queue; DEVICE_UNREACHABLE: no server; DEVICE_REFUSED
 */
enum device_result cups_session_open(const struct device_target *target, const char *uri,
                                     const struct residue_rules *rules, int64_t deadline_ms,
                                     char ret_device_uri[CUPS_DEVICE_URI_BYTES],
                                     struct device_session **ret,
                                     char ret_message[DEVICE_TEXT_BYTES]);

#endif

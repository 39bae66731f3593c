/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Queues of devices, made with lpadmin(8) by the person who runs the command: the daemon has no
 * right to. */
#ifndef DAEMON_CLI_DEVICES_H
#define DAEMON_CLI_DEVICES_H

#include <stdbool.h>

/** True when cupsd has a queue of that name; false also when cupsd does not answer. */
bool device_queue_exists(const char *queue);

/**
 * Makes a queue that only the service may use: operation policy "device", not shared, jobs kept
 * while the device fails. What lpadmin complains of goes to stderr.
 *
 * @param uri     device-uri
 * @param driver  as lpadmin -m takes it; NULL: "everywhere"
 * @return PR_OK; PR_EREFUSED (lpadmin said no), PR_EIO (it could not be run)
 */
int device_queue_make(const char *queue, const char *uri, const char *driver);

#endif

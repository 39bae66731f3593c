/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the helper gives up before it says the first word to a device. */
#ifndef DRIVERS_SANDBOX_H
#define DRIVERS_SANDBOX_H

#include <stdbool.h>

/**
 * Gives up: new privileges, core files, more than a few descriptors, much memory, much processor
 * time; and, where the kernel has Landlock, every file but those below /etc and /usr (and the
 * resolver's file where /etc/resolv.conf points elsewhere), which stay readable. Sockets stay: the
 * device is at the other end of one.
 *
 * @return false when the kernel refused something that it has; then do not go on
 */
bool sandbox_enter(void);

#endif

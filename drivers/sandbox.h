/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the helper gives up before it says the first word to a device. */
#ifndef DRIVERS_SANDBOX_H
#define DRIVERS_SANDBOX_H

#include <stdbool.h>

enum sandbox_need {
    SANDBOX_SOCKETS, /**< the device is at the other end of a socket */
    SANDBOX_USB      /**< the device is on USB */
};

/**
 * Gives up: new privileges, core files, more than a few descriptors, much memory, much processor
 * time; and, where the kernel has Landlock, every file but those below /etc and /usr (and the
 * resolver's file where /etc/resolv.conf points elsewhere), which stay readable. Sockets stay: the
 * device is at the other end of one.
 *
 * With SANDBOX_USB the devices below /dev/bus/usb can be used, and what libusb and ipp-usb tell of
 * them can be read: /sys, /run/udev, /var/ipp-usb.
 *
 * @return false when the kernel refused something that it has; then do not go on
 */
bool sandbox_enter(enum sandbox_need need);

#endif

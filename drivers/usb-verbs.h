/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What printroom-device says of all USB printers at once: `probe usb:` and `watch usb:`. */
#ifndef DRIVERS_USB_VERBS_H
#define DRIVERS_USB_VERBS_H

#include "drivers/device.h"

/**
 * Prints a line of JSON for each printer that is plugged in.
 *
 * @param ret_message  words unless DEVICE_OK
 */
enum device_result usb_print_list(char ret_message[DEVICE_TEXT_BYTES]);

/** Prints a line of JSON for each printer that comes or goes, the ones that are there first, for so
 * many seconds. */
enum device_result usb_print_events(unsigned seconds, char ret_message[DEVICE_TEXT_BYTES]);

#endif

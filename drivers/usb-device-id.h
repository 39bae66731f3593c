/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The IEEE 1284 device id: what a printer says of itself before anybody has sent it a byte, as
 * `KEY:VALUE;KEY:VALUE;` (IEEE 1284-2000 7.6; USB Printer Class 1.1, 4.2.1). Hostile, as everything
 * from a device.
 */
#ifndef DRIVERS_USB_DEVICE_ID_H
#define DRIVERS_USB_DEVICE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { USB_DEVICE_ID_BYTES = 1024 };

/**
 * Reads the answer to GET_DEVICE_ID: two bytes of length, which count themselves, and the text. The
 * length is big-endian; where that cannot be, as some makers have it, little-endian.
 *
 * @param ret_text  the text made harmless, with a NUL; untouched on failure
 * @return false when no device id is in there (shorter than "MFG:x;MDL:y;")
 */
bool usb_device_id_read(const uint8_t *answer, size_t size, char ret_text[USB_DEVICE_ID_BYTES]);

/**
 * The value of the first of these keys that the id has, without the spaces around it. Keys are
 * compared without regard to case.
 *
 * @param keys       ends with NULL; the long and the short name of the same thing
 * @param ret_value  untouched on failure; cut where it does not fit
 * @return false when it has none of them, or only without a value
 */
bool usb_device_id_value(const char *text, const char *const *keys, char *ret_value,
                         size_t value_bytes);

#endif

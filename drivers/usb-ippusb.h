/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Whether ipp-usb, the daemon that speaks IPP over USB (interface 7/1/4), has a device, and where
 * it listens for it. Such a device is asked by IPP at a port of the loopback; taking its interfaces
 * away would break the daemon's connection.
 *
 * The daemon answers `GET /status` on its socket /var/ipp-usb/ctrl with lines of text, a device on
 * two of them: number, bus, address, VENDOR:PRODUCT, in later versions the port, the name; then how
 * it fares. Where there is no port, it is in the file
 * /var/ipp-usb/dev/VENDOR-PRODUCT-SERIAL-NAME.state, which stays when the daemon has gone and so
 * proves nothing by itself (ipp-usb(8), FILES).
 */
#ifndef DRIVERS_USB_IPPUSB_H
#define DRIVERS_USB_IPPUSB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_IPPUSB_FOLDER "/var/ipp-usb"

struct usb_ippusb_device {
    unsigned bus, address;    /**< as the kernel numbers them */
    uint16_t vendor, product; /**< of the device descriptor */
    const char *serial;       /**< "" when it has none */
};

enum usb_ippusb_answer {
    USB_IPPUSB_ABSENT,   /**< the daemon does not run or does not have the device */
    USB_IPPUSB_SERVING,  /**< it serves the device at the port */
    USB_IPPUSB_UNUSABLE, /**< it has the device, and could not start it or names no port */
};

/**
 * Reads the daemon's text.
 *
 * @param ret_port  0 when the text names none; written on USB_IPPUSB_SERVING only
 */
enum usb_ippusb_answer usb_ippusb_read_status(const char *text,
                                              const struct usb_ippusb_device *device,
                                              unsigned *ret_port);

/** The port in a state file's text, 0 when there is none. */
unsigned usb_ippusb_read_state(const char *text);

/**
 * Asks the daemon.
 *
 * @param folder    USB_IPPUSB_FOLDER, or a test's
 * @param ret_port  1 … 65535, written on USB_IPPUSB_SERVING only
 */
enum usb_ippusb_answer usb_ippusb_ask(const char *folder, const struct usb_ippusb_device *device,
                                      unsigned *ret_port);

#endif

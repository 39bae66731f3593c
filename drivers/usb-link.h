/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A USB printer's interface, taken for a while and given back as it was. */
#ifndef DRIVERS_USB_LINK_H
#define DRIVERS_USB_LINK_H

#include <libusb.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/device.h"
#include "drivers/usb-device-id.h"
#include "drivers/usb-find.h"

struct usb_link {
    libusb_device_handle *handle;
    uint8_t interface_number;
    unsigned quirks;
    bool driver_detached; /**< the kernel's driver was there before us */
    bool written;         /**< set by who writes; a SOFT_RESET quirk counts then only */
    bool gone;            /**< set by who sees it: the device was unplugged */
    char device_id[USB_DEVICE_ID_BYTES]; /**< "" when the device tells none */
};

/** USB Printer Class 1.1, 4.2.2. */
enum usb_port_status {
    USB_PORT_PAPER_EMPTY = 0x20,
    USB_PORT_SELECTED = 0x10,
    USB_PORT_SOUND = 0x08
};

/** CLOCK_MONOTONIC, ms. */
int64_t usb_now_ms(void);

/** What is left until the deadline, for libusb, in which 0 is for ever: 1 … `most_ms`. */
unsigned usb_left_ms(int64_t deadline_ms, unsigned most_ms);

/**
 * Takes an interface: the kernel's driver steps aside, the configuration is set where it is not
 * yet, the interface is claimed, again and again while another program has it, and the setting is
 * chosen where there are several (some devices bear neither where it is not needed).
 *
 * @param deadline_ms  CLOCK_MONOTONIC, ms
 * @param ret_link     written on DEVICE_OK only, then to be closed
 * @param ret_message  on another result, words
 * @return DEVICE_REFUSED when the interface is taken or the account may not, DEVICE_UNREACHABLE
 * when the device is gone
 */
enum device_result usb_link_open(const struct usb_place *place, int64_t deadline_ms,
                                 struct usb_link *ret_link, char ret_message[DEVICE_TEXT_BYTES]);

/** Gives the interface back, and the kernel's driver its place. */
void usb_link_close(struct usb_link *link);

/** The port's status (enum usb_port_status), DEVICE_UNKNOWN when the device does not say. */
int usb_link_port_status(const struct usb_link *link);

/** What an error of libusb means for us; words go where they are wanted. */
enum device_result usb_explain(int error, char ret_message[DEVICE_TEXT_BYTES]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The name of a USB printer as CUPS's `usb` backend makes it, so that one URI serves both:
 * `usb://MAKE/MODEL?serial=SERIAL[&interface=INDEX]`.
 */
#ifndef DRIVERS_USB_NAME_H
#define DRIVERS_USB_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum { USB_NAME_BYTES = 128, USB_URI_BYTES = 1024, USB_INTERFACE_ANY = -1 };

struct usb_name {
    char make[USB_NAME_BYTES];
    char model[USB_NAME_BYTES];
    char serial[USB_NAME_BYTES];    /**< "" when there is none */
    char id_serial[USB_NAME_BYTES]; /**< of a device found: the one in its 1284 id, which older
                                       versions of CUPS took; "" when there is none */
    int interface;                  /**< index in the configuration, or USB_INTERFACE_ANY */
};

/** What the descriptors of a device say; "" for what they do not. */
struct usb_strings {
    char make[USB_NAME_BYTES];
    char model[USB_NAME_BYTES];
    char serial[USB_NAME_BYTES];
};

/**
 * Takes a URI apart. A serial number of "?" is none.
 *
 * @param ret_name  untouched on failure
 * @return false when it is no usb URI with a make and a model
 */
bool usb_name_read(const char *uri, struct usb_name *ret_name);

/** The name of a device. @param device_id  its 1284 id, "" when it tells none */
struct usb_name usb_name_make(const char *device_id, const struct usb_strings *strings,
                              int interface);

/** Writes the URI. @return false when it does not fit */
bool usb_name_write(const struct usb_name *name, char ret_uri[USB_URI_BYTES]);

/**
 * Whether a device may be the one wanted, as far as serial number and interface go. What one of
 * both does not have says nothing.
 */
bool usb_name_may_be(const struct usb_name *wanted, const struct usb_name *found);

/** Whether a device is the one wanted: make and model too. */
bool usb_name_is(const struct usb_name *wanted, const struct usb_name *found);

/**
 * Whether two URIs name the same device: the one that is managed, and the device-uri of a queue,
 * which has to be paused meanwhile. False where one of them is no usb URI.
 */
bool usb_uris_are_one(const char *one, const char *other);

#endif

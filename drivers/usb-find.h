/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The USB interfaces that take print data (USB Printer Class 1.1: class 7, subclass 1, protocol 1
 * one-way or 2 two-way), found without taking any of them.
 */
#ifndef DRIVERS_USB_FIND_H
#define DRIVERS_USB_FIND_H

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/usb-name.h"

enum { USB_PLACES_MAX = 64 };

struct usb_place {
    libusb_device *device; /**< a reference is held until usb_places_free() */
    uint16_t vendor, product;
    unsigned quirks;             /**< of enum usb_quirk_flag */
    int open_error;              /**< 0, or why the device cannot be opened (enum libusb_error) */
    struct usb_strings strings;  /**< empty where it cannot be opened */
    bool speaks_ipp;             /**< the device has an interface 7/1/4 as well */
    uint8_t configuration;       /**< index of the configuration */
    uint8_t configuration_value; /**< its number in SET_CONFIGURATION */
    uint8_t interface_index;     /**< in the configuration: CUPS's `interface=` */
    uint8_t interface_number;
    uint8_t alternate;      /**< number of the setting with the best protocol */
    bool has_alternates;    /**< it is not the only setting */
    uint8_t protocol;       /**< 1 or 2; 4 on a device that has nothing but 7/1/4 */
    uint8_t write_endpoint; /**< address; 0 with protocol 4 */
    uint8_t read_endpoint;  /**< address; 0 on a one-way interface */
};

struct usb_places {
    size_t length;
    struct usb_place items[USB_PLACES_MAX];
};

/**
 * Looks at every device that is plugged in. Devices that CUPS's quirk data calls unusable are left
 * out. A device that has only 7/1/4 gives one place with protocol 4.
 *
 * @param quirks_folder  USB_QUIRKS_FOLDER
 * @param ret_places     written on success only; then to be freed with usb_places_free()
 * @return false when the list of devices cannot be had
 */
bool usb_find(libusb_context *context, const char *quirks_folder, struct usb_places *ret_places);
void usb_places_free(struct usb_places *places);

/** Whether a device says that it is a printer; also of one that has just been pulled out. */
bool usb_device_prints(libusb_device *device);

#endif

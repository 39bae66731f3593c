/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What CUPS knows of printers that do not keep to the USB printer class: the files in
 * /usr/share/cups/usb, `VENDOR [PRODUCT] WORD…` a line, numbers in hexadecimal. The same data is
 * used so that a device behaves alike towards both. The files are parsed as if they were hostile:
 * anybody's driver package may put one there.
 */
#ifndef DRIVERS_USB_QUIRKS_H
#define DRIVERS_USB_QUIRKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_QUIRKS_FOLDER "/usr/share/cups/usb"

enum usb_quirk_flag {
    USB_QUIRK_BLACKLIST = 1U << 0,    /**< cannot be used as a USB printer */
    USB_QUIRK_NO_REATTACH = 1U << 1,  /**< does not bear the kernel's driver afterwards */
    USB_QUIRK_SOFT_RESET = 1U << 2,   /**< needs SOFT_RESET after having been written to */
    USB_QUIRK_UNIDIR = 1U << 3,       /**< says two-way, and is one-way */
    USB_QUIRK_VENDOR_CLASS = 1U << 4, /**< a printer although its class is not "printer" */
    USB_QUIRK_DELAY_CLOSE = 1U << 5   /**< loses the end when it is closed at once */
};

struct usb_quirk {
    uint16_t vendor;
    uint16_t product; /**< 0: every product of the vendor */
    unsigned flags;   /**< of enum usb_quirk_flag; 0 on a line that says "whitelist" */
};

/**
 * Reads one line, without its end.
 *
 * Words that are not known are passed over, as CUPS does: later versions have more.
 *
 * @param ret_quirk  untouched on failure
 * @return false for a comment, an empty line and what is no quirk
 */
bool usb_quirk_read(const char *line, size_t length, struct usb_quirk *ret_quirk);

/**
 * What the text of one file says of a device, joined to what is known. A line for the product goes
 * before one for the vendor; several lines for the same count together.
 *
 * @param known  begin with all zeros; flags are of that level of exactness only
 */
struct usb_quirk_found {
    bool exact;
    unsigned flags;
};
void usb_quirks_search(const char *text, size_t length, uint16_t vendor, uint16_t product,
                       struct usb_quirk_found *known);

/** Flags of a device from all files of a folder; 0 when nothing is known or can be read. */
unsigned usb_quirks_of(const char *folder, uint16_t vendor, uint16_t product);

#endif

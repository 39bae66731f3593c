/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/usb-link.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "drivers/text.h"
#include "drivers/usb-quirks.h"

enum { CONTROL_MS = 5000, RETRY_MS = 1000, DELAY_CLOSE_MS = 1000 };
enum { GET_DEVICE_ID = 0, GET_PORT_STATUS = 1, SOFT_RESET = 2 };
enum { ASK_INTERFACE = 0xA1, TELL_INTERFACE = 0x21, TELL_OTHER = 0x23, ASK_DEVICE = 0x80 };

/* Time and words ------------------------------------------------------------------------------- */

int64_t usb_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

unsigned usb_left_ms(int64_t deadline_ms, unsigned most_ms)
{
    const int64_t left_ms = deadline_ms - usb_now_ms();
    if (left_ms < 1) {
        return 1;
    }
    return left_ms < most_ms ? (unsigned)left_ms : most_ms;
}

static const struct {
    int error;
    enum device_result result;
    const char *words;
} errors[] = {
    {LIBUSB_ERROR_NO_DEVICE, DEVICE_UNREACHABLE,
     "the USB printer was unplugged or switched off while it was in use"},
    {LIBUSB_ERROR_NOT_FOUND, DEVICE_UNREACHABLE,
     "the USB printer was unplugged or has changed its configuration"},
    {LIBUSB_ERROR_IO, DEVICE_UNREACHABLE, "the USB printer does not answer on the bus"},
    {LIBUSB_ERROR_TIMEOUT, DEVICE_UNREACHABLE, "the USB printer did not answer in time"},
    {LIBUSB_ERROR_PIPE, DEVICE_REFUSED, "the USB printer has stalled and takes nothing more"},
    {LIBUSB_ERROR_OVERFLOW, DEVICE_MALFORMED, "the USB printer sent more than it was asked for"},
    {LIBUSB_ERROR_ACCESS, DEVICE_REFUSED,
     "this account may not open the USB printer; it has to be in the group that owns the device "
     "file below /dev/bus/usb, mostly lp"},
    {LIBUSB_ERROR_BUSY, DEVICE_REFUSED,
     "another program has the printer's USB interface: see whether a CUPS queue is printing "
     "(lpstat -o), and whether ipp-usb or a scanner program is running"},
    {LIBUSB_ERROR_NO_MEM, DEVICE_UNREACHABLE, "there is not enough memory for USB"},
};

enum device_result usb_explain(int error, char ret_message[DEVICE_TEXT_BYTES])
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].error == error) {
            text_clean(ret_message, DEVICE_TEXT_BYTES, errors[i].words);
            return errors[i].result;
        }
    }
    text_clean(ret_message, DEVICE_TEXT_BYTES, libusb_strerror(error));
    return DEVICE_UNREACHABLE;
}

/* Opening -------------------------------------------------------------------------------------- */

static int detach_driver(struct usb_link *link)
{
    const int active = libusb_kernel_driver_active(link->handle, link->interface_number);
    if (active != 1) {
        return active == LIBUSB_ERROR_NOT_SUPPORTED ? 0 : active;
    }
    const int error = libusb_detach_kernel_driver(link->handle, link->interface_number);
    if (error == 0) {
        link->driver_detached = true;
    }
    /* LIBUSB_ERROR_NOT_FOUND: it left by itself in between. */
    return error == LIBUSB_ERROR_NOT_FOUND ? 0 : error;
}

static void set_configuration(const struct usb_link *link, const struct usb_place *place)
{
    unsigned char current = 0;
    const int length =
        libusb_control_transfer(link->handle, ASK_DEVICE, LIBUSB_REQUEST_GET_CONFIGURATION, 0, 0,
                                &current, sizeof current, CONTROL_MS);
    if (length != 1 || current != place->configuration_value) {
        /* A device that refuses has mostly one configuration and is right as it is. */
        (void)libusb_set_configuration(link->handle, place->configuration_value);
    }
}

static int claim(struct usb_link *link, int64_t deadline_ms)
{
    int error = 0;
    while ((error = libusb_claim_interface(link->handle, link->interface_number)) ==
           LIBUSB_ERROR_BUSY) {
        const bool in_time = usb_now_ms() < deadline_ms;
        /* A program on the other side is no driver of the kernel; detaching it says "busy". */
        const int detached = in_time ? detach_driver(link) : LIBUSB_ERROR_BUSY;
        if (!in_time || (detached != 0 && detached != LIBUSB_ERROR_BUSY)) {
            return detached;
        }
        (void)poll(NULL, 0, (int)usb_left_ms(deadline_ms, RETRY_MS));
    }
    return error;
}

static void read_device_id(struct usb_link *link, const struct usb_place *place)
{
    unsigned char answer[USB_DEVICE_ID_BYTES] = {0};
    const int length =
        libusb_control_transfer(link->handle, ASK_INTERFACE, GET_DEVICE_ID, place->configuration,
                                (uint16_t)(place->interface_number << 8 | place->alternate), answer,
                                sizeof answer, CONTROL_MS);
    if (length > 0) {
        (void)usb_device_id_read(answer, (size_t)length, link->device_id);
    }
}

enum device_result usb_link_open(const struct usb_place *place, int64_t deadline_ms,
                                 struct usb_link *ret_link, char ret_message[DEVICE_TEXT_BYTES])
{
    struct usb_link link = {.interface_number = place->interface_number, .quirks = place->quirks};
    int error = libusb_open(place->device, &link.handle);
    if (error != 0) {
        return usb_explain(error, ret_message);
    }
    error = detach_driver(&link);
    if (error == 0 || error == LIBUSB_ERROR_BUSY) {
        set_configuration(&link, place);
        error = claim(&link, deadline_ms);
    }
    if (error == 0 && place->has_alternates) {
        error =
            libusb_set_interface_alt_setting(link.handle, link.interface_number, place->alternate);
    }
    if (error != 0) {
        link.gone = error == LIBUSB_ERROR_NO_DEVICE;
        usb_link_close(&link);
        return usb_explain(error, ret_message);
    }
    read_device_id(&link, place);
    *ret_link = link;
    return DEVICE_OK;
}

/* In use and afterwards ------------------------------------------------------------------------ */

int usb_link_port_status(const struct usb_link *link)
{
    unsigned char status = 0;
    const int length =
        libusb_control_transfer(link->handle, ASK_INTERFACE, GET_PORT_STATUS, 0,
                                link->interface_number, &status, sizeof status, CONTROL_MS);
    return length == 1 ? status : DEVICE_UNKNOWN;
}

/** Version 1.0 of the class has it addressed to "other", later ones to the interface. */
static void soft_reset(const struct usb_link *link)
{
    if (libusb_control_transfer(link->handle, TELL_INTERFACE, SOFT_RESET, 0, link->interface_number,
                                NULL, 0, CONTROL_MS) < 0) {
        (void)libusb_control_transfer(link->handle, TELL_OTHER, SOFT_RESET, 0,
                                      link->interface_number, NULL, 0, CONTROL_MS);
    }
}

void usb_link_close(struct usb_link *link)
{
    if (!link->gone && link->written && (link->quirks & USB_QUIRK_SOFT_RESET) != 0) {
        soft_reset(link);
    }
    if (!link->gone && link->written && (link->quirks & USB_QUIRK_DELAY_CLOSE) != 0) {
        (void)poll(NULL, 0, DELAY_CLOSE_MS);
    }
    (void)libusb_release_interface(link->handle, link->interface_number);
    if (!link->gone && link->driver_detached && (link->quirks & USB_QUIRK_NO_REATTACH) == 0) {
        (void)libusb_attach_kernel_driver(link->handle, link->interface_number);
    }
    libusb_close(link->handle);
    link->handle = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Printers on USB: `usb://MAKE/MODEL?serial=SERIAL[&interface=INDEX]`, named as CUPS's backend
 * names them. See transport-usb.c for how.
 */
#ifndef DRIVERS_TRANSPORT_USB_H
#define DRIVERS_TRANSPORT_USB_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/device.h"
#include "drivers/stream.h"
#include "drivers/usb-device-id.h"
#include "drivers/usb-name.h"

/** Where the machine's own data lies; tests have theirs. */
struct usb_places_of_data {
    const char *quirks_folder; /**< of CUPS's quirk files */
    const char *ippusb_folder; /**< of ipp-usb's socket and states */
};
extern const struct usb_places_of_data usb_machine;

/**
 * Opens the printer of that name for bytes.
 *
 * Reading from a printer that is one-way gives −DEVICE_UNSUPPORTED at once. A stalled pipe is
 * cleared once and the transfer tried again, then the answer is −DEVICE_REFUSED. A printer that is
 * unplugged gives −DEVICE_UNREACHABLE. usb_stream_words() has the words for each.
 *
 * @param uri          usb:// URI
 * @param deadline_ms  CLOCK_MONOTONIC, ms: how long to wait for an interface that is in use
 * @param ret_stream   written on DEVICE_OK only; then its carrier's close() gives all back
 * @param ret_message  words on another result: DEVICE_UNREACHABLE when no such printer is plugged
 * in, DEVICE_REFUSED when it is in use (also by ipp-usb: then see usb_ipp_uri()), may not be
 * opened, or several have that name, DEVICE_UNSUPPORTED when the URI cannot be read
 */
enum device_result usb_stream_open(const struct usb_places_of_data *data, const char *uri,
                                   int64_t deadline_ms, struct device_stream **ret_stream,
                                   char ret_message[DEVICE_TEXT_BYTES]);

/** The 1284 id that the printer told when it was opened, "" when it told none. Lives as long as the
 * stream. */
const char *usb_stream_device_id(struct device_stream *stream);

/** Words for the latest transfer that failed, "" when none did. Live as long as the stream. */
const char *usb_stream_words(struct device_stream *stream);

/**
 * What GET_PORT_STATUS tells: bits of enum usb_port_status (0x18 is healthy), or DEVICE_UNKNOWN.
 * Works on one-way printers too.
 */
int usb_stream_port_status(struct device_stream *stream);

/** What a port's status means: state and reasons; the rest of the answer is unknown. */
void usb_status_read(int port_status, struct device_status *ret_status);

/** Whether the printer can answer. */
bool usb_stream_two_way(struct device_stream *stream);

/**
 * Where to ask by IPP a printer that ipp-usb has.
 *
 * @param ret_uri  `ipp://localhost:PORT/ipp/print`; untouched unless DEVICE_OK
 * @return DEVICE_NOT_FOUND when ipp-usb does not have it: it is to be opened as a stream;
 * DEVICE_REFUSED, with words, when ipp-usb has it and it does not work
 */
enum device_result usb_ipp_uri(const struct usb_places_of_data *data, const char *uri,
                               char ret_uri[USB_URI_BYTES], char ret_message[DEVICE_TEXT_BYTES]);

struct usb_found {
    char uri[USB_URI_BYTES];
    struct usb_name name;
    const char *device_id; /**< "" when it could not be asked */
    const char *trouble;   /**< words why it could not be asked, "" when it was */
    const char *ipp_uri;   /**< where ipp-usb serves it, "" when it does not */
    bool two_way;
};

/**
 * Tells each printer that is plugged in, asking each for its 1284 id, for which its interface is
 * taken for a moment. One that is in use is told with what its descriptors say and the trouble.
 *
 * @param each  what it is given lives until it returns
 * @return DEVICE_UNREACHABLE, with words, when USB cannot be used at all
 */
enum device_result usb_list(const struct usb_places_of_data *data,
                            void (*each)(const struct usb_found *found, void *context),
                            void *context, char ret_message[DEVICE_TEXT_BYTES]);

/**
 * Tells printers as they come and go until the deadline, those that are there first.
 *
 * @param coming  true: plugged in; false: pulled out. Nothing is asked: VENDOR and PRODUCT numbers,
 * bus and address are all that is known of one that went
 * @return DEVICE_UNSUPPORTED where the system tells nothing
 */
struct usb_event {
    bool coming;
    uint16_t vendor, product;
    unsigned bus, address;
};
enum device_result usb_watch(int64_t deadline_ms,
                             void (*each)(const struct usb_event *event, void *context),
                             void *context, char ret_message[DEVICE_TEXT_BYTES]);

#endif

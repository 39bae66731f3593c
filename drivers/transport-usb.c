/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Printers on USB, through libusb.
 *
 * The problem. A USB interface has one user at a time. The kernel's usblp, CUPS's `usb` backend,
 * ipp-usb and we all want the same one; whoever takes it has to give it back as it was, also when
 * the cable is pulled in the middle. Printers in their turn bear little: some lose the next job
 * when they are configured twice, some stall when a setting is chosen that is the only one, some
 * say that they can answer and cannot.
 *
 * The way chosen. CUPS's backend has met all of these printers, so its order of steps is kept
 * (usb-link.c), its list of odd ones is read (usb-quirks.c) and its names are used (usb-name.c):
 * what works with one works with the other. Printers whose serial number is another one are not
 * touched. A printer that ipp-usb has is not taken from it; its port on the loopback is asked by
 * IPP (usb-ippusb.c). Only one transfer is under way at a time, with what is left until the
 * deadline as its time limit, so libusb's synchronous calls do, and no thread of ours is needed.
 * The pause of the CUPS queue is not made here, as it belongs to whoever knows the queue;
 * usb_uris_are_one() tells which queue it is.
 *
 * Reading. libusb fails a read that the device answers with more than was asked for, so whole
 * packets are read into a buffer of our own, a multiple of 512 bytes (1024 at USB 3), and handed
 * out from there. Printers with nothing to say answer with packets of no bytes; those are waited
 * out.
 *
 * Left out: 7/1/3 (IEEE 1284.4 packets), which nothing sold today needs, and the vendors' own
 * initialisation strings ("usb-init"), which no entry in CUPS's data asks for. When the process is
 * killed the kernel takes the interface back but does not call usblp; nothing we use needs it.
 */
#include "drivers/transport-usb.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/text.h"
#include "drivers/usb-find.h"
#include "drivers/usb-ippusb.h"
#include "drivers/usb-link.h"
#include "drivers/usb-quirks.h"

enum { READ_BYTES = 16 * 512, WRITE_BYTES_MAX = 64 * 1024, TRANSFER_MS_MAX = 60 * 1000 };
enum { EMPTY_PAUSE_MS = 20, LIST_BUSY_MS = 1 };

const struct usb_places_of_data usb_machine = {USB_QUIRKS_FOLDER, USB_IPPUSB_FOLDER};

struct usb_stream {
    struct device_stream head;
    libusb_context *context;
    struct usb_link link;
    uint8_t write_endpoint;
    uint8_t read_endpoint;            /**< 0 when one-way */
    bool write_stalled, read_stalled; /**< cleared once, and nothing has gone through since */
    size_t from, length;              /**< what of the buffer was not handed out yet */
    char words[DEVICE_TEXT_BYTES];
    uint8_t buffer[READ_BYTES];
};

static struct usb_stream *own(struct device_stream *stream)
{
    return (struct usb_stream *)stream;
}

static enum device_result say(char message[DEVICE_TEXT_BYTES], enum device_result result,
                              const char *words)
{
    text_clean(message, DEVICE_TEXT_BYTES, words);
    return result;
}

/* Transfers ------------------------------------------------------------------------------------ */

/** What to make of a failed transfer: 0 to try again, or −enum device_result. */
static int fail(struct usb_stream *s, uint8_t endpoint, bool *stalled, int error)
{
    if (error == LIBUSB_ERROR_PIPE && !*stalled) {
        *stalled = true;
        error = libusb_clear_halt(s->link.handle, endpoint);
        if (error == 0) {
            return 0;
        }
    }
    if (error == LIBUSB_ERROR_NO_DEVICE) {
        s->link.gone = true;
    }
    return -(int)usb_explain(error, s->words);
}

static ssize_t usb_write(struct device_stream *stream, const void *bytes, size_t size,
                         int64_t deadline_ms)
{
    struct usb_stream *s = own(stream);
    /* libusb does not write into what it sends. */
    const union {
        const void *given;
        unsigned char *sent;
    } data = {.given = bytes};
    const int chunk = (int)(size < WRITE_BYTES_MAX ? size : WRITE_BYTES_MAX);
    for (;;) {
        int written = 0;
        const int error = libusb_bulk_transfer(s->link.handle, s->write_endpoint, data.sent, chunk,
                                               &written, usb_left_ms(deadline_ms, TRANSFER_MS_MAX));
        if (written > 0) {
            s->link.written = true;
            s->write_stalled = false;
            return written;
        }
        const bool again = error == 0 || error == LIBUSB_ERROR_INTERRUPTED ||
                           (error == LIBUSB_ERROR_TIMEOUT && usb_now_ms() < deadline_ms);
        if (again && usb_now_ms() < deadline_ms) {
            continue;
        }
        const int result = again ? -(int)usb_explain(LIBUSB_ERROR_TIMEOUT, s->words)
                                 : fail(s, s->write_endpoint, &s->write_stalled, error);
        if (result != 0) {
            return result;
        }
    }
}

/** Fills the empty buffer. @return bytes, 0 at the deadline, or −enum device_result */
static int fill(struct usb_stream *s, int64_t deadline_ms)
{
    for (;;) {
        int length = 0;
        const int error =
            libusb_bulk_transfer(s->link.handle, s->read_endpoint, s->buffer, sizeof s->buffer,
                                 &length, usb_left_ms(deadline_ms, TRANSFER_MS_MAX));
        if (length > 0) {
            s->read_stalled = false;
            return length;
        }
        if (error == 0 || error == LIBUSB_ERROR_TIMEOUT || error == LIBUSB_ERROR_INTERRUPTED) {
            if (usb_now_ms() >= deadline_ms) {
                return 0;
            }
            (void)poll(NULL, 0, (int)usb_left_ms(deadline_ms, EMPTY_PAUSE_MS));
            continue;
        }
        const int result = fail(s, s->read_endpoint, &s->read_stalled, error);
        if (result != 0) {
            return result;
        }
    }
}

static ssize_t usb_read(struct device_stream *stream, void *bytes, size_t size, int64_t deadline_ms)
{
    struct usb_stream *s = own(stream);
    if (s->read_endpoint == 0) {
        return -(int)say(s->words, DEVICE_UNSUPPORTED,
                         "the USB printer is one-way: it cannot answer");
    }
    if (s->length == 0) {
        const int length = fill(s, deadline_ms);
        if (length <= 0) {
            return length;
        }
        s->from = 0;
        s->length = (size_t)length;
    }
    const size_t taken = size < s->length ? size : s->length;
    memcpy(bytes, s->buffer + s->from, taken);
    s->from += taken;
    s->length -= taken;
    return (ssize_t)taken;
}

static void usb_close(struct device_stream *stream)
{
    struct usb_stream *s = own(stream);
    usb_link_close(&s->link);
    libusb_exit(s->context);
    free(s);
}

static const struct device_stream_carrier usb_carrier = {.name = "usb",
                                                         .write = usb_write,
                                                         .read = usb_read,
                                                         .close = usb_close,
                                                         .device_id = usb_stream_device_id,
                                                         .words = usb_stream_words};

const char *usb_stream_device_id(struct device_stream *stream)
{
    return own(stream)->link.device_id;
}

const char *usb_stream_words(struct device_stream *stream)
{
    return own(stream)->words;
}

int usb_stream_port_status(struct device_stream *stream)
{
    return usb_link_port_status(&own(stream)->link);
}

bool usb_stream_two_way(struct device_stream *stream)
{
    return own(stream)->read_endpoint != 0;
}

/* ipp-usb -------------------------------------------------------------------------------------- */

static enum usb_ippusb_answer ask_ippusb(const struct usb_places_of_data *data,
                                         const struct usb_place *place, char uri[USB_URI_BYTES])
{
    const struct usb_ippusb_device device = {.bus = libusb_get_bus_number(place->device),
                                             .address = libusb_get_device_address(place->device),
                                             .vendor = place->vendor,
                                             .product = place->product,
                                             .serial = place->strings.serial};
    unsigned port = 0;
    if (!place->speaks_ipp) {
        return USB_IPPUSB_ABSENT;
    }
    const enum usb_ippusb_answer answer = usb_ippusb_ask(data->ippusb_folder, &device, &port);
    if (answer == USB_IPPUSB_SERVING) {
        (void)snprintf(uri, USB_URI_BYTES, "ipp://localhost:%u/ipp/print", port);
    }
    return answer;
}

/* Choosing ------------------------------------------------------------------------------------- */

struct search {
    const struct usb_places_of_data *data;
    libusb_context *context;
    struct usb_name wanted;
    struct usb_places *places;
};

static struct usb_name descriptor_name(const struct usb_place *place, const char *device_id)
{
    return usb_name_make(device_id, &place->strings, place->interface_index);
}

static enum device_result begin_search(struct search *search, const struct usb_places_of_data *data,
                                       char *message)
{
    search->data = data;
    const int error = libusb_init(&search->context);
    if (error != 0) {
        search->context = NULL;
        return usb_explain(error, message);
    }
    search->places = calloc(1, sizeof *search->places);
    if (search->places == NULL || !usb_find(search->context, data->quirks_folder, search->places)) {
        return say(message, DEVICE_UNREACHABLE, "the USB devices of this machine cannot be listed");
    }
    return DEVICE_OK;
}

/** @param keep_context  a stream has it now */
static void end_search(struct search *search, bool keep_context)
{
    if (search->places != NULL) {
        usb_places_free(search->places);
        free(search->places);
    }
    if (search->context != NULL && !keep_context) {
        libusb_exit(search->context);
    }
}

/** Opens a place if it is the printer that is wanted. @return DEVICE_NOT_FOUND when it is another
 */
static enum device_result try_place(const struct search *search, const struct usb_place *place,
                                    int64_t deadline_ms, struct usb_link *ret_link, char *message)
{
    char uri[USB_URI_BYTES] = "";
    struct usb_link link;
    if (ask_ippusb(search->data, place, uri) != USB_IPPUSB_ABSENT) {
        (void)snprintf(message, DEVICE_TEXT_BYTES, "ipp-usb has the printer%s%s; ask it there",
                       uri[0] != '\0' ? ": " : "", uri);
        return DEVICE_REFUSED;
    }
    if (place->write_endpoint == 0) {
        return say(message, DEVICE_UNSUPPORTED,
                   "the printer speaks nothing but IPP over USB: install and start ipp-usb");
    }
    const enum device_result result = usb_link_open(place, deadline_ms, &link, message);
    if (result != DEVICE_OK) {
        return result;
    }
    const struct usb_name name = descriptor_name(place, link.device_id);
    if (!usb_name_is(&search->wanted, &name)) {
        usb_link_close(&link);
        return DEVICE_NOT_FOUND;
    }
    *ret_link = link;
    return DEVICE_OK;
}

/**
 * The one place that is wanted. Without a serial number two devices can have the name; then neither
 * is the one.
 */
static enum device_result choose(const struct search *search, int64_t deadline_ms,
                                 struct usb_place *ret_place, struct usb_link *ret_link,
                                 char *message)
{
    const struct usb_place *chosen = NULL;
    enum device_result result = say(message, DEVICE_UNREACHABLE,
                                    "no USB printer of that name is "
                                    "plugged in");
    for (size_t i = 0; i < search->places->length; i++) {
        const struct usb_place *place = &search->places->items[i];
        const struct usb_name name = descriptor_name(place, "");
        struct usb_link link;
        char words[DEVICE_TEXT_BYTES] = "";
        if (!usb_name_may_be(&search->wanted, &name) ||
            (chosen != NULL && place->device == chosen->device)) {
            continue;
        }
        const enum device_result tried = try_place(search, place, deadline_ms, &link, words);
        if (tried == DEVICE_OK && chosen != NULL) {
            usb_link_close(&link);
            usb_link_close(ret_link);
            return say(message, DEVICE_REFUSED,
                       "several USB printers have that name; the URI must say ?serial=");
        }
        if (tried == DEVICE_OK) {
            chosen = place;
            *ret_link = link;
        } else if (tried != DEVICE_NOT_FOUND && chosen == NULL) {
            result = say(message, tried, words);
        }
        if (chosen != NULL && search->wanted.serial[0] != '\0') {
            break;
        }
    }
    if (chosen == NULL) {
        return result;
    }
    *ret_place = *chosen;
    return DEVICE_OK;
}

enum device_result usb_stream_open(const struct usb_places_of_data *data, const char *uri,
                                   int64_t deadline_ms, struct device_stream **ret_stream,
                                   char ret_message[DEVICE_TEXT_BYTES])
{
    struct search search = {0};
    struct usb_place place = {0};
    if (!usb_name_read(uri, &search.wanted)) {
        return say(ret_message, DEVICE_UNSUPPORTED, "the device's URI cannot be read");
    }
    struct usb_stream *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return usb_explain(LIBUSB_ERROR_NO_MEM, ret_message);
    }
    enum device_result result = begin_search(&search, data, ret_message);
    if (result == DEVICE_OK) {
        result = choose(&search, deadline_ms, &place, &s->link, ret_message);
    }
    if (result == DEVICE_OK) {
        s->head.carrier = &usb_carrier;
        s->context = search.context;
        s->write_endpoint = place.write_endpoint;
        s->read_endpoint = place.read_endpoint;
        *ret_stream = &s->head;
    } else {
        free(s);
    }
    end_search(&search, result == DEVICE_OK);
    return result;
}

enum device_result usb_ipp_uri(const struct usb_places_of_data *data, const char *uri,
                               char ret_uri[USB_URI_BYTES], char ret_message[DEVICE_TEXT_BYTES])
{
    struct search search = {0};
    if (!usb_name_read(uri, &search.wanted)) {
        return say(ret_message, DEVICE_UNSUPPORTED, "the device's URI cannot be read");
    }
    enum device_result result = begin_search(&search, data, ret_message);
    if (result == DEVICE_OK) {
        result = DEVICE_NOT_FOUND;
    }
    for (size_t i = 0; result == DEVICE_NOT_FOUND && i < search.places->length; i++) {
        const struct usb_place *place = &search.places->items[i];
        const struct usb_name name = descriptor_name(place, "");
        /* Without its 1284 id only the serial number is sure to be the same in both names. */
        const bool same = search.wanted.serial[0] != '\0' && place->strings.serial[0] != '\0'
                              ? usb_name_may_be(&search.wanted, &name)
                              : usb_name_is(&search.wanted, &name);
        const enum usb_ippusb_answer answer =
            same ? ask_ippusb(data, place, ret_uri) : USB_IPPUSB_ABSENT;
        if (answer == USB_IPPUSB_SERVING) {
            result = DEVICE_OK;
        } else if (answer == USB_IPPUSB_UNUSABLE) {
            result = say(ret_message, DEVICE_REFUSED,
                         "ipp-usb has the printer and could not start it: see `ipp-usb status`");
        }
    }
    end_search(&search, false);
    return result;
}

/* Listing -------------------------------------------------------------------------------------- */

static void tell(const struct search *search, const struct usb_place *place,
                 void (*each)(const struct usb_found *, void *), void *context)
{
    char ipp_uri[USB_URI_BYTES] = "";
    char trouble[DEVICE_TEXT_BYTES] = "";
    struct usb_link link = {.handle = NULL};
    struct usb_found found = {.device_id = link.device_id,
                              .trouble = trouble,
                              .ipp_uri = ipp_uri,
                              .two_way = place->read_endpoint != 0};
    const enum usb_ippusb_answer answer = ask_ippusb(search->data, place, ipp_uri);
    if (answer == USB_IPPUSB_UNUSABLE) {
        text_clean(trouble, sizeof trouble,
                   "ipp-usb has the printer and could not start it: see `ipp-usb status`");
    } else if (answer == USB_IPPUSB_ABSENT && place->write_endpoint == 0) {
        text_clean(trouble, sizeof trouble,
                   "the printer speaks nothing but IPP over USB: install and start ipp-usb");
    } else if (answer == USB_IPPUSB_ABSENT &&
               usb_link_open(place, usb_now_ms() + LIST_BUSY_MS, &link, trouble) == DEVICE_OK) {
        usb_link_close(&link);
    }
    found.name = descriptor_name(place, link.device_id);
    if (usb_name_write(&found.name, found.uri)) {
        each(&found, context);
    }
}

enum device_result usb_list(const struct usb_places_of_data *data,
                            void (*each)(const struct usb_found *found, void *context),
                            void *context, char ret_message[DEVICE_TEXT_BYTES])
{
    struct search search = {0};
    const enum device_result result = begin_search(&search, data, ret_message);
    for (size_t i = 0; result == DEVICE_OK && i < search.places->length; i++) {
        tell(&search, &search.places->items[i], each, context);
    }
    end_search(&search, false);
    return result;
}

/* Hot-plug ------------------------------------------------------------------------------------- */

struct watcher {
    void (*each)(const struct usb_event *event, void *context);
    void *context;
};

static int on_event(libusb_context *context, libusb_device *device, libusb_hotplug_event event,
                    void *watcher_)
{
    const struct watcher *watcher = watcher_;
    struct libusb_device_descriptor descriptor;
    (void)context;
    if (usb_device_prints(device) && libusb_get_device_descriptor(device, &descriptor) == 0) {
        const struct usb_event told = {.coming = event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED,
                                       .vendor = descriptor.idVendor,
                                       .product = descriptor.idProduct,
                                       .bus = libusb_get_bus_number(device),
                                       .address = libusb_get_device_address(device)};
        watcher->each(&told, watcher->context);
    }
    return 0;
}

enum device_result usb_watch(int64_t deadline_ms,
                             void (*each)(const struct usb_event *event, void *context),
                             void *context, char ret_message[DEVICE_TEXT_BYTES])
{
    struct watcher watcher = {each, context};
    libusb_context *usb = NULL;
    libusb_hotplug_callback_handle handle = 0;
    int error = libusb_init(&usb);
    if (error == 0) {
        error = libusb_hotplug_register_callback(
            usb, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
            LIBUSB_HOTPLUG_ENUMERATE, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
            LIBUSB_HOTPLUG_MATCH_ANY, on_event, &watcher, &handle);
        while (error == 0 && usb_now_ms() < deadline_ms) {
            const unsigned left_ms = usb_left_ms(deadline_ms, TRANSFER_MS_MAX);
            struct timeval wait = {.tv_sec = left_ms / 1000,
                                   .tv_usec = (long)(left_ms % 1000) * 1000};
            error = libusb_handle_events_timeout_completed(usb, &wait, NULL);
        }
        libusb_exit(usb);
    }
    if (error == LIBUSB_ERROR_NOT_SUPPORTED) {
        return say(ret_message, DEVICE_UNSUPPORTED, libusb_strerror(error));
    }
    return error == 0 ? DEVICE_OK : usb_explain(error, ret_message);
}

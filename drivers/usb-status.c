/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a printer on USB tells without being sent a byte: GET_PORT_STATUS, the three wires of a
 * parallel port (USB Printer Class 1.1, 4.2.2), and its name. A printer that ipp-usb has is asked
 * by IPP, which tells more.
 */
#include <stdio.h>

#include "drivers/text.h"
#include "drivers/transport-usb.h"
#include "drivers/usb-link.h"

static const char *const usb_schemes[] = {"usb", NULL};

/** The time of the whole run is cut by an alarm; before that there are words to say. */
static int64_t deadline_of(const struct device_target *target)
{
    return usb_now_ms() + (int64_t)target->silence_s * 750;
}

static void add_reason(struct device_status *status, const char *keyword)
{
    text_clean(status->reasons.keywords[status->reasons.length++], DEVICE_KEYWORD_BYTES, keyword);
}

void usb_status_read(int port_status, struct device_status *ret_status)
{
    struct device_status status = {.impressions_completed = DEVICE_UNKNOWN,
                                   .media_sheets_completed = DEVICE_UNKNOWN};
    if ((port_status & USB_PORT_PAPER_EMPTY) != 0) {
        add_reason(&status, "media-empty-error");
    }
    if ((port_status & USB_PORT_SELECTED) == 0) {
        add_reason(&status, "offline-report");
    }
    if ((port_status & USB_PORT_SOUND) == 0 && status.reasons.length == 0) {
        add_reason(&status, "other-error");
    }
    text_clean(status.state, sizeof status.state, status.reasons.length == 0 ? "idle" : "stopped");
    if (status.reasons.length == 0) {
        add_reason(&status, "none");
    }
    *ret_status = status;
}

static enum device_result ask_stream(struct device_stream *stream, const char *uri,
                                     struct device_status *ret, char *message)
{
    struct usb_name name;
    const int port_status = usb_stream_port_status(stream);
    if (port_status == DEVICE_UNKNOWN || !usb_name_read(uri, &name)) {
        text_clean(message, DEVICE_TEXT_BYTES, "the USB printer does not tell its port's status");
        return DEVICE_UNSUPPORTED;
    }
    usb_status_read(port_status, ret);
    (void)snprintf(ret->make_and_model, sizeof ret->make_and_model, "%s %s", name.make, name.model);
    return DEVICE_OK;
}

static enum device_result usb_status(const struct device_target *target, struct device_status *ret,
                                     char ret_message[DEVICE_TEXT_BYTES])
{
    char ipp_uri[USB_URI_BYTES];
    struct device_stream *stream = NULL;
    enum device_result result = usb_ipp_uri(&usb_machine, target->uri, ipp_uri, ret_message);
    if (result == DEVICE_OK) {
        const struct device_target by_ipp = {ipp_uri, target->user, target->silence_s};
        return device_transport_ipp.status(&by_ipp, ret, ret_message);
    }
    if (result == DEVICE_NOT_FOUND) {
        result =
            usb_stream_open(&usb_machine, target->uri, deadline_of(target), &stream, ret_message);
    }
    if (result == DEVICE_OK) {
        result = ask_stream(stream, target->uri, ret, ret_message);
        stream->carrier->close(stream);
    }
    return result;
}

static enum device_result usb_job(const struct device_target *target, const char *name,
                                  struct device_job *ret, char ret_message[DEVICE_TEXT_BYTES])
{
    char ipp_uri[USB_URI_BYTES];
    const enum device_result result = usb_ipp_uri(&usb_machine, target->uri, ipp_uri, ret_message);
    if (result == DEVICE_OK) {
        const struct device_target by_ipp = {ipp_uri, target->user, target->silence_s};
        return device_transport_ipp.job(&by_ipp, name, ret, ret_message);
    }
    if (result == DEVICE_NOT_FOUND) {
        text_clean(ret_message, DEVICE_TEXT_BYTES, "a USB printer knows no names of jobs");
        return DEVICE_UNSUPPORTED;
    }
    return result;
}

const struct device_transport device_transport_usb = {
    .schemes = usb_schemes, .job = usb_job, .status = usb_status};

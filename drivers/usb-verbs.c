/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/usb-verbs.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/transport-usb.h"
#include "drivers/usb-link.h"
#include "drivers/vendors.h"

struct printing {
    bool failed;
};

/** Prints the object (consumed) as one line. */
static void print_line(struct printing *printing, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    printing->failed = printing->failed || text == NULL || puts(text) < 0 || fflush(stdout) != 0;
    free(text);
}

static json_t *languages_of(const struct usb_found *found)
{
    bool pjl = false;
    bool postscript = false;
    languages_of_device_id(found->device_id, &pjl, &postscript);
    const struct {
        const char *name;
        bool spoken;
    } languages[] = {{"ipp", found->ipp_uri[0] != '\0'}, {"pjl", pjl}, {"postscript", postscript}};
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
        if (languages[i].spoken) {
            (void)json_array_append_new(array, json_string(languages[i].name));
        }
    }
    return array;
}

static void print_found(const struct usb_found *found, void *printing)
{
    const char *serial = found->name.serial[0] != '\0' ? found->name.serial : found->name.id_serial;
    print_line(printing,
               json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:b, s:s}", "type", "probe",
                         "uri", found->uri, "make", found->name.make, "model", found->name.model,
                         "serial", serial, "firmware", "", "languages", languages_of(found),
                         "device_id", found->device_id, "ipp_uri", found->ipp_uri, "two_way",
                         found->two_way, "trouble", found->trouble));
}

enum device_result usb_print_list(char ret_message[DEVICE_TEXT_BYTES])
{
    struct printing printing = {false};
    const enum device_result result = usb_list(&usb_machine, print_found, &printing, ret_message);
    return result == DEVICE_OK && printing.failed ? DEVICE_MALFORMED : result;
}

static void print_event(const struct usb_event *event, void *printing)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%04x:%04x", event->vendor, event->product);
    print_line(printing, json_pack("{s:s, s:b, s:s, s:i, s:i}", "type", "plug", "plugged_in",
                                   event->coming, "product", number, "bus", (int)event->bus,
                                   "address", (int)event->address));
}

enum device_result usb_print_events(unsigned seconds, char ret_message[DEVICE_TEXT_BYTES])
{
    struct printing printing = {false};
    return usb_watch(usb_now_ms() + (int64_t)seconds * 1000, print_event, &printing, ret_message);
}

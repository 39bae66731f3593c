/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to GET_DEVICE_ID, and the names and URIs made of them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/usb-device-id.h"
#include "drivers/usb-name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"COMMAND SET", "CMD", NULL};
    static const struct usb_strings none;
    char text[USB_DEVICE_ID_BYTES];
    char value[32];
    char uri[USB_URI_BYTES];
    if (!usb_device_id_read(data, size, text)) {
        return 0;
    }
    require(strnlen(text, sizeof text) < sizeof text);
    if (usb_device_id_value(text, keys, value, sizeof value)) {
        require(strnlen(value, sizeof value) < sizeof value && strchr(value, ';') == NULL);
    }
    const struct usb_name name = usb_name_make(text, &none, data[0]);
    require(name.make[0] != '\0' && name.model[0] != '\0');
    if (usb_name_write(&name, uri)) {
        struct usb_name again;
        require(strncmp(uri, "usb://", 6) == 0);
        (void)usb_name_read(uri, &again);
        (void)usb_uris_are_one(uri, text);
    }
    return 0;
}

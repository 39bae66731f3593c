/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of others about USB printers: CUPS's quirk files, what ipp-usb says and writes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/usb-ippusb.h"
#include "drivers/usb-quirks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct usb_ippusb_device device = {1, 2, 0x1209, 0x0001, "S"};
    struct usb_quirk_found known = {0};
    unsigned port = 0;
    usb_quirks_search((const char *)data, size, 0x04e8, 0x0001, &known);
    require(known.flags < USB_QUIRK_DELAY_CLOSE << 1);
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (usb_ippusb_read_status(text, &device, &port) != USB_IPPUSB_SERVING) {
        require(port == 0);
    }
    require(port <= 65535 && usb_ippusb_read_state(text) <= 65535);
    free(text);
    return 0;
}

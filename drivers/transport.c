/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/device.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct device_transport *const transports[] = {&device_transport_ipp,
                                                            &device_transport_usb};

const struct device_transport *device_transport_for(const char *uri)
{
    const size_t length = strcspn(uri, ":");
    if (uri[length] != ':') {
        return NULL;
    }
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        for (const char *const *scheme = transports[i]->schemes; *scheme != NULL; scheme++) {
            if (strlen(*scheme) == length && strncasecmp(uri, *scheme, length) == 0) {
                return transports[i];
            }
        }
    }
    return NULL;
}

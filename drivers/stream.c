/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/stream.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "drivers/text.h"
#include "drivers/transport-usb.h"

int64_t stream_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum device_result open_usb(const struct device_target *target, const char *uri,
                                   int64_t deadline_ms, struct device_stream **ret,
                                   char ret_message[DEVICE_TEXT_BYTES])
{
    (void)target;
    return usb_stream_open(&usb_machine, uri, deadline_ms, ret, ret_message);
}

static const struct {
    const char *scheme;
    enum device_result (*open)(const struct device_target *target, const char *uri,
                               int64_t deadline_ms, struct device_stream **ret,
                               char ret_message[DEVICE_TEXT_BYTES]);
} carriers[] = {{"socket:", socket_stream_open}, {"usb:", open_usb}};

/** The row of a URI's scheme, −1 when there is none. */
static int find_row(const char *uri)
{
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        if (strncasecmp(uri, carriers[i].scheme, strlen(carriers[i].scheme)) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool device_stream_carries(const char *uri)
{
    return find_row(uri) >= 0;
}

enum device_result device_stream_open(const struct device_target *target, const char *uri,
                                      int64_t deadline_ms, struct device_stream **ret,
                                      char ret_message[DEVICE_TEXT_BYTES])
{
    const int row = find_row(uri);
    if (row < 0) {
        text_clean(ret_message, DEVICE_TEXT_BYTES, "no transport has that scheme");
        return DEVICE_UNSUPPORTED;
    }
    return carriers[row].open(target, uri, deadline_ms, ret, ret_message);
}

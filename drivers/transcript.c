/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/transcript.h"

#include <stdlib.h>
#include <string.h>

void transcript_clear(struct device_transcript *transcript)
{
    transcript->request_bytes = 0;
    transcript->reply_bytes = 0;
}

static void add(unsigned char *to, size_t *used, const void *bytes, size_t size)
{
    const size_t room = TRANSCRIPT_BYTES - *used;
    const size_t taken = size < room ? size : room;
    if (taken > 0) {
        memcpy(to + *used, bytes, taken);
        *used += taken;
    }
}

void transcript_request(struct device_transcript *transcript, const void *bytes, size_t size)
{
    if (transcript != NULL) {
        add(transcript->request, &transcript->request_bytes, bytes, size);
    }
}

void transcript_reply(struct device_transcript *transcript, const void *bytes, size_t size)
{
    if (transcript != NULL) {
        add(transcript->reply, &transcript->reply_bytes, bytes, size);
    }
}

char *transcript_base64(const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((size + 2) / 3 * 4 + 1);
    char *to = text;
    for (size_t i = 0; text != NULL && i < size; i += 3) {
        const size_t left = size - i;
        const unsigned group = (unsigned)bytes[i] << 16 |
                               (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? (unsigned)bytes[i + 2] : 0);
        *to++ = digits[group >> 18];
        *to++ = digits[group >> 12 & 63];
        *to++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[group & 63] : '=';
    }
    if (text != NULL) {
        *to = '\0';
    }
    return text;
}

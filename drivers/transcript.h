/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The bytes of one exchange with a device, kept as evidence. */
#ifndef DRIVERS_TRANSCRIPT_H
#define DRIVERS_TRANSCRIPT_H

#include <stddef.h>

/** What is kept of one side; the rest of a longer one is evidence of nothing but patience. */
enum { TRANSCRIPT_BYTES = 32 * 1024 };

struct device_transcript {
    size_t request_bytes, reply_bytes;
    unsigned char request[TRANSCRIPT_BYTES];
    unsigned char reply[TRANSCRIPT_BYTES];
};

/** Begins anew. */
void transcript_clear(struct device_transcript *transcript);
/** Adds bytes as far as there is room. NULL is no transcript. */
void transcript_request(struct device_transcript *transcript, const void *bytes, size_t size);
void transcript_reply(struct device_transcript *transcript, const void *bytes, size_t size);

/** Base64 with padding (RFC 4648 section 4). @return to be freed; NULL when there is no memory */
char *transcript_base64(const unsigned char *bytes, size_t size);

#endif

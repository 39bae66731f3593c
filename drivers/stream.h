/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Bytes to and from a device, whatever carries them. The languages (PJL, PostScript) speak through
 * this and know nothing of sockets and USB; tests and fuzzers put memory behind it.
 *
 * Everything read is hostile. A stream is used by one thread.
 */
#ifndef DRIVERS_STREAM_H
#define DRIVERS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "drivers/device.h"

struct device_stream;

/** What carries the bytes; each row of function pointers is one carrier. */
struct device_stream_carrier {
    const char *name; /**< "socket", "usb", "memory" */

    /**
     * Writes at least one byte.
     *
     * @param deadline_ms  CLOCK_MONOTONIC, ms: when to give up
     * @return bytes written (1 … size), or −enum device_result: DEVICE_UNREACHABLE (gone, or no
     * byte was taken in time)
     */
    ssize_t (*write)(struct device_stream *stream, const void *bytes, size_t size,
                     int64_t deadline_ms);
    /**
     * Reads what is there, waiting for the first byte.
     *
     * @return bytes read (1 … size), 0 when nothing came until the deadline, −DEVICE_UNREACHABLE
     * when the device is gone or has closed
     */
    ssize_t (*read)(struct device_stream *stream, void *bytes, size_t size, int64_t deadline_ms);
    /** Gives everything back and frees the stream. */
    void (*close)(struct device_stream *stream);

    /** The IEEE 1284 id that the device told, "" when it told none; lives as long as the stream.
     * NULL: this carrier knows of no such thing. */
    const char *(*device_id)(struct device_stream *stream);
    /** Words for the latest transfer that failed, "" when none did. NULL: it has none. */
    const char *(*words)(struct device_stream *stream);
};

/** The head of every carrier's own struct. */
struct device_stream {
    const struct device_stream_carrier *carrier;
};

/** Now, as deadlines count: CLOCK_MONOTONIC, ms. */
int64_t stream_now_ms(void);

/** Whether a carrier has the URI's scheme. */
bool device_stream_carries(const char *uri);

/**
 * Makes a URI a stream, by the carrier that has its scheme (the table is in stream.c).
 *
 * @param target       whom to ask for; its URI is not looked at
 * @param deadline_ms  when to give up
 * @param ret          written on DEVICE_OK only
 * @param ret_message  words on another result: DEVICE_UNREACHABLE, DEVICE_REFUSED (in use),
 * DEVICE_UNSUPPORTED (no carrier has the scheme, or the URI cannot be read)
 */
enum device_result device_stream_open(const struct device_target *target, const char *uri,
                                      int64_t deadline_ms, struct device_stream **ret,
                                      char ret_message[DEVICE_TEXT_BYTES]);

/**
 * `socket://HOST:PORT` (9100 when no port is given): raw bytes over TCP. Parameters as above.
 */
enum device_result socket_stream_open(const struct device_target *target, const char *uri,
                                      int64_t deadline_ms, struct device_stream **ret,
                                      char ret_message[DEVICE_TEXT_BYTES]);

#endif

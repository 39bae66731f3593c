/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Bytes to and from a device, whatever carries them. The languages (PJL, PostScript) speak through
 * this and know nothing of sockets and USB; tests and fuzzers put memory behind it.
 *
 * Everything read is hostile. A stream is used by one thread.
 */
#ifndef DRIVERS_STREAM_H
#define DRIVERS_STREAM_H

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
};

/** The head of every carrier's own struct. */
struct device_stream {
    const struct device_stream_carrier *carrier;
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * CUPS queues that stand still while their device is managed, because a device takes one at a time.
 */
#ifndef DRIVERS_QUEUE_PAUSE_H
#define DRIVERS_QUEUE_PAUSE_H

#include <stdint.h>

#include "drivers/device.h"

/** What `lpstat -p` says of a queue meanwhile; also how one is known that was left behind. */
#define QUEUE_PAUSE_WORDS "paused by printroom-device while it manages the printer"

struct queue_pause;

/**
 * Pauses every queue of the CUPS server (CUPS_SERVER) whose device-uri is that device: the same
 * text, or a usb URI of the same printer. A job that is printing is waited for, as a queue that is
 * paused under it would print it anew. Queues that somebody else has stopped stay as they are, also
 * afterwards; one that a run which died has left behind is taken over.
 *
 * From then on a process of its own watches this one, and resumes the queues when this one ends in
 * whatever way. Call it before threads are started.
 *
 * @param deadline_ms  CLOCK_MONOTONIC, ms: how long to wait for a job
 * @param ret_pause    written on DEVICE_OK only, also when no queue has the device
 * @param ret_message  words on another result: DEVICE_REFUSED when a queue is still printing or the
 * server does not let us, DEVICE_UNREACHABLE when there is no server. Nothing is paused then
 */
enum device_result queue_pause_begin(const char *device_uri, int64_t deadline_ms,
                                     struct queue_pause **ret_pause,
                                     char ret_message[DEVICE_TEXT_BYTES]);

/** How many queues it holds. */
unsigned queue_pause_queues(const struct queue_pause *pause);

/**
 * Resumes the queues and frees the pause.
 *
 * @param ret_message  words unless DEVICE_OK
 * @return DEVICE_REFUSED when a queue could not be resumed: somebody has to know (`cupsenable`)
 */
enum device_result queue_pause_end(struct queue_pause *pause, char ret_message[DEVICE_TEXT_BYTES]);

/**
 * Resumes queues of any device that were left behind, for the start after a crash of the machine.
 *
 * @param ret_queues  how many were resumed; written on DEVICE_OK only
 */
enum device_result queue_pause_recover(unsigned *ret_queues, char ret_message[DEVICE_TEXT_BYTES]);

#endif

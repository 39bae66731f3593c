/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A conversation over a stream: something is sent, and what comes back is read until a word of ours
 * (a nonce) is in it. What languages have in common, whatever they say.
 */
#ifndef DRIVERS_TALK_H
#define DRIVERS_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/device.h"
#include "drivers/stream.h"
#include "drivers/transcript.h"

enum { TALK_NONCE_BYTES = 24, TALK_REPLY_BYTES = 1024 * 1024 };

struct talk {
    struct device_target target;
    const char *uri;
    struct device_stream *stream;        /**< NULL after the line was lost */
    int64_t deadline_ms;                 /**< of everything; may be moved between exchanges */
    unsigned step_ms;                    /**< how long one exchange may take */
    struct device_transcript transcript; /**< of the latest exchange */
    size_t reply_length;
    char *reply; /**< what came back, TALK_REPLY_BYTES and a NUL behind what was read */
};

/**
 * Connects.
 *
 * @param target  borrowed strings, as long as the talk lives; so is the URI
 * @param ret     written on DEVICE_OK only; talk_close() frees it
 */
enum device_result talk_open(const struct device_target *target, const char *uri,
                             int64_t deadline_ms, unsigned step_ms, struct talk **ret,
                             char ret_message[DEVICE_TEXT_BYTES]);
/** The same over a stream that there is already; it is closed with the talk. NULL without memory.
 */
struct talk *talk_over(struct device_stream *stream, int64_t deadline_ms, unsigned step_ms);
void talk_close(struct talk *talk);

/** Connects again after the line was lost; DEVICE_OK when it was not. */
enum device_result talk_revive(struct talk *talk, char ret_message[DEVICE_TEXT_BYTES]);

/** A word that nobody has said before: "PR" and 20 hexadecimal digits. */
void talk_nonce(char ret_nonce[TALK_NONCE_BYTES]);

/** Sends as the beginning of an exchange; the transcript begins anew. DEVICE_UNREACHABLE with
 * words. */
enum device_result talk_say(struct talk *talk, const void *bytes, size_t size,
                            char ret_message[DEVICE_TEXT_BYTES]);
/** Sends more in the same exchange. */
enum device_result talk_say_more(struct talk *talk, const void *bytes, size_t size,
                                 char ret_message[DEVICE_TEXT_BYTES]);

/**
 * Sends what a descriptor gives until its end, as one exchange.
 *
 * @param head       goes before it, unless it begins with ESC: then it brings a frame of its own
 * @param tail       goes after it, unless it was empty
 * @param ret_bytes  of the descriptor; written on DEVICE_OK only
 */
enum device_result talk_pump(struct talk *talk, int fd, const char *head, const char *tail,
                             int64_t *ret_bytes, char ret_message[DEVICE_TEXT_BYTES]);

/**
 * Reads until `end` has come, into talk->reply.
 *
 * @return DEVICE_UNREACHABLE: the line was lost, or no byte came in time (silence);
 * DEVICE_MALFORMED: bytes came, but the word did not, in time or at all
 */
enum device_result talk_hear(struct talk *talk, const char *end,
                             char ret_message[DEVICE_TEXT_BYTES]);

#endif

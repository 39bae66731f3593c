/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A printer that answers PJL with anything: listed, emptied, listed again. The input is its
 * answers, divided by bytes of 0xFF; each is given with the nonce of the question behind it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/pjl.h"
#include "drivers/purge.h"

enum { DIVIDER = 0xFF };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory_stream {
    struct device_stream head;
    const uint8_t *at, *end;
    char echo[64];
    bool answered;
};

static ssize_t memory_write(struct device_stream *stream, const void *bytes, size_t size,
                            int64_t deadline_ms)
{
    struct memory_stream *s = (struct memory_stream *)stream;
    const char *nonce = memmem(bytes, size, "@PJL ECHO ", 10);
    (void)deadline_ms;
    if (nonce != NULL) {
        (void)snprintf(s->echo, sizeof s->echo, "\f%.32s\r\n\f", nonce);
    }
    s->answered = false;
    return (ssize_t)size;
}

static ssize_t memory_read(struct device_stream *stream, void *bytes, size_t size,
                           int64_t deadline_ms)
{
    struct memory_stream *s = (struct memory_stream *)stream;
    (void)deadline_ms;
    if (s->at == s->end && s->answered) {
        return 0;
    }
    const uint8_t *divider = memchr(s->at, DIVIDER, (size_t)(s->end - s->at));
    const size_t left = (size_t)((divider != NULL ? divider : s->end) - s->at);
    if (!s->answered && left > 0) {
        const size_t taken = left < size ? left : size;
        memcpy(bytes, s->at, taken);
        s->at += taken;
        return (ssize_t)taken;
    }
    const size_t length = strlen(s->echo) < size ? strlen(s->echo) : size;
    s->at += divider != NULL ? 1 : 0;
    s->answered = true;
    memcpy(bytes, s->echo, length);
    return (ssize_t)length;
}

static void memory_close(struct device_stream *stream)
{
    free(stream);
}

static const struct device_stream_carrier memory_carrier = {
    .name = "memory", .write = memory_write, .read = memory_read, .close = memory_close};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct residue_rules rules;
    static struct purge purge;
    char message[DEVICE_TEXT_BYTES];
    struct device_session *session = NULL;
    struct memory_stream *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return 0;
    }
    s->head.carrier = &memory_carrier;
    s->at = data;
    s->end = data + size;
    struct talk *talk = talk_over(&s->head, stream_now_ms() + 5000, 1000);
    if (talk == NULL) {
        abort();
    }
    talk->uri = "none:";
    if (pjl_session_open(talk, "memory:", &rules, &session, message) == DEVICE_OK) {
        purge_run(&session, 1, stream_now_ms() + 5000, NULL, &purge);
        /* What is said to be gone is in no list any more. */
        for (size_t i = 0; i < purge.parts_length; i++) {
            const struct purge_part *part = &purge.parts[i];
            for (size_t k = 0; k < part->steps_length; k++) {
                if (part->steps[k].outcome == OUTCOME_VERIFIED_ABSENT &&
                    listing_find(&part->after, part->steps[k].item->key) != NULL) {
                    abort();
                }
            }
        }
        purge_clear(&purge);
        session->driver->close(session);
    }
    talk_close(talk);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "drivers/text.h"

static enum device_result fail(enum device_result result, const char *words, char *message)
{
    text_clean(message, DEVICE_TEXT_BYTES, words);
    return result;
}

/** When this exchange has to be over. */
static int64_t step_deadline_ms(const struct talk *talk)
{
    const int64_t step = stream_now_ms() + talk->step_ms;
    return step < talk->deadline_ms ? step : talk->deadline_ms;
}

struct talk *talk_over(struct device_stream *stream, int64_t deadline_ms, unsigned step_ms)
{
    struct talk *talk = calloc(1, sizeof *talk);
    char *reply = malloc(TALK_REPLY_BYTES + 1);
    if (talk == NULL || reply == NULL) {
        free(talk);
        free(reply);
        return NULL;
    }
    reply[0] = '\0';
    *talk = (struct talk){.uri = "",
                          .stream = stream,
                          .deadline_ms = deadline_ms,
                          .step_ms = step_ms,
                          .reply = reply};
    return talk;
}

enum device_result talk_open(const struct device_target *target, const char *uri,
                             int64_t deadline_ms, unsigned step_ms, struct talk **ret,
                             char ret_message[DEVICE_TEXT_BYTES])
{
    struct talk *talk = talk_over(NULL, deadline_ms, step_ms);
    if (talk == NULL) {
        return fail(DEVICE_UNREACHABLE, strerror(ENOMEM), ret_message);
    }
    talk->target = *target;
    talk->uri = uri;
    const enum device_result result = talk_revive(talk, ret_message);
    if (result == DEVICE_OK) {
        *ret = talk;
    } else {
        talk_close(talk);
    }
    return result;
}

enum device_result talk_revive(struct talk *talk, char ret_message[DEVICE_TEXT_BYTES])
{
    if (talk->stream != NULL) {
        return DEVICE_OK;
    }
    return device_stream_open(&talk->target, talk->uri, step_deadline_ms(talk), &talk->stream,
                              ret_message);
}

static void hang_up(struct talk *talk)
{
    if (talk->stream != NULL) {
        talk->stream->carrier->close(talk->stream);
        talk->stream = NULL;
    }
}

void talk_close(struct talk *talk)
{
    if (talk != NULL) {
        hang_up(talk);
        free(talk->reply);
        free(talk);
    }
}

void talk_nonce(char ret_nonce[TALK_NONCE_BYTES])
{
    unsigned char bytes[10] = {0};
    size_t used = (size_t)snprintf(ret_nonce, TALK_NONCE_BYTES, "PR");
    /* A nonce tells answers apart; it keeps no secret. */
    (void)!getrandom(bytes, sizeof bytes, 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        used += (size_t)snprintf(ret_nonce + used, TALK_NONCE_BYTES - used, "%02X", bytes[i]);
    }
}

/** The carrier has said −result: its words, and the line is gone if it is. */
static enum device_result lose(struct talk *talk, enum device_result result, char *message)
{
    const struct device_stream_carrier *carrier = talk->stream->carrier;
    const char *words = carrier->words != NULL ? carrier->words(talk->stream) : "";
    (void)fail(result, words[0] != '\0' ? words : "the connection was lost", message);
    if (result == DEVICE_UNREACHABLE) {
        hang_up(talk);
    }
    return result;
}

enum device_result talk_say(struct talk *talk, const void *bytes, size_t size,
                            char ret_message[DEVICE_TEXT_BYTES])
{
    transcript_clear(&talk->transcript);
    talk->reply_length = 0;
    talk->reply[0] = '\0';
    return talk_say_more(talk, bytes, size, ret_message);
}

enum device_result talk_say_more(struct talk *talk, const void *bytes, size_t size,
                                 char ret_message[DEVICE_TEXT_BYTES])
{
    const int64_t deadline_ms = step_deadline_ms(talk);
    const char *from = bytes;
    if (talk->stream == NULL) {
        return fail(DEVICE_UNREACHABLE, "the connection was lost", ret_message);
    }
    if (talk->deadline_ms <= stream_now_ms()) {
        return fail(DEVICE_UNREACHABLE, "the time is over", ret_message);
    }
    while (size > 0) {
        const ssize_t written = talk->stream->carrier->write(talk->stream, from, size, deadline_ms);
        if (written <= 0) {
            return lose(talk, written < 0 ? (enum device_result) - written : DEVICE_UNREACHABLE,
                        ret_message);
        }
        transcript_request(&talk->transcript, from, (size_t)written);
        from += written;
        size -= (size_t)written;
    }
    return DEVICE_OK;
}

enum device_result talk_pump(struct talk *talk, int fd, const char *head, const char *tail,
                             int64_t *ret_bytes, char ret_message[DEVICE_TEXT_BYTES])
{
    enum { PUMP_BYTES = 64 * 1024 };
    char *bytes = malloc(PUMP_BYTES);
    enum device_result result =
        bytes != NULL ? DEVICE_OK : fail(DEVICE_UNREACHABLE, strerror(ENOMEM), ret_message);
    int64_t sent = 0;
    ssize_t length = 0;
    while (result == DEVICE_OK && (length = read(fd, bytes, PUMP_BYTES)) > 0) {
        if (sent == 0) {
            result = talk_say(talk, head, bytes[0] == '\033' ? 0 : strlen(head), ret_message);
        }
        if (result == DEVICE_OK) {
            result = talk_say_more(talk, bytes, (size_t)length, ret_message);
        }
        sent += length;
    }
    if (result == DEVICE_OK && length < 0) {
        result = fail(DEVICE_REFUSED, strerror(errno), ret_message);
    }
    if (result == DEVICE_OK && sent > 0) {
        result = talk_say_more(talk, tail, strlen(tail), ret_message);
    }
    free(bytes);
    if (result == DEVICE_OK) {
        *ret_bytes = sent;
    }
    return result;
}

enum device_result talk_hear(struct talk *talk, const char *end,
                             char ret_message[DEVICE_TEXT_BYTES])
{
    const int64_t deadline_ms = step_deadline_ms(talk);
    const size_t end_length = strlen(end);
    if (talk->stream == NULL) {
        return fail(DEVICE_UNREACHABLE, "the connection was lost", ret_message);
    }
    talk->reply_length = 0;
    while (talk->reply_length < TALK_REPLY_BYTES) {
        const size_t before = talk->reply_length;
        const ssize_t length = talk->stream->carrier->read(talk->stream, talk->reply + before,
                                                           TALK_REPLY_BYTES - before, deadline_ms);
        if (length < 0) {
            return lose(talk, (enum device_result) - length, ret_message);
        }
        if (length == 0) {
            return talk->reply_length == 0
                       ? fail(DEVICE_UNREACHABLE, "the device keeps silent", ret_message)
                       : fail(DEVICE_MALFORMED, "the device did not answer to the point in time",
                              ret_message);
        }
        transcript_reply(&talk->transcript, talk->reply + before, (size_t)length);
        talk->reply_length += (size_t)length;
        talk->reply[talk->reply_length] = '\0';
        /* The word may have begun in what came before. */
        const size_t from = before > end_length ? before - end_length : 0;
        if (memmem(talk->reply + from, talk->reply_length - from, end, end_length) != NULL) {
            return DEVICE_OK;
        }
    }
    return fail(DEVICE_MALFORMED, "the device answers without end", ret_message);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/picture-answer.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/document/answer.h"
#include "daemon/document/picture.h"
#include "daemon/error.h"

enum { ROOM_MIN = 1 << 16 };

struct png {
    uint8_t *data;
    size_t size;
    size_t room;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Room for at least one byte more; one more than is allowed, so that too much is seen. */
static int make_room(struct png *png)
{
    if (png->size < png->room) {
        return PR_OK;
    }
    if (png->size > PREVIEW_BYTES_MAX) {
        return PR_ECRASHED;
    }
    size_t room = png->room == 0 ? ROOM_MIN : 2 * png->room;
    uint8_t *grown = realloc(png->data, room);

    if (grown == NULL) {
        return PR_ENOMEM;
    }
    png->data = grown;
    png->room = room;
    return PR_OK;
}

/* All that comes until the other end closes. */
static int read_all(int fd, int64_t deadline_ms, struct png *png)
{
    for (;;) {
        struct pollfd event = {.fd = fd, .events = POLLIN};
        int64_t left = deadline_ms - now_ms();
        int result = left <= 0 ? PR_ETIMEOUT : make_room(png);

        if (result != PR_OK) {
            return result;
        }
        if (poll(&event, 1, (int)left) < 0 && errno != EINTR) {
            return PR_ECRASHED;
        }
        if (event.revents == 0) {
            continue;
        }
        ssize_t got = read(fd, png->data + png->size, png->room - png->size);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 ? PR_OK : PR_ECRASHED;
        }
        png->size += (size_t)got;
    }
}

/* The frame of a PNG (ISO/IEC 15948): signature, and IEND as its last chunk. A helper that died on
 * the way leaves no such end. */
static bool is_png(const struct png *png)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t end[] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};

    return png->size > sizeof signature + sizeof end && png->size <= PREVIEW_BYTES_MAX &&
           memcmp(png->data, signature, sizeof signature) == 0 &&
           memcmp(png->data + png->size - sizeof end, end, sizeof end) == 0;
}

/* A problem's line; facts are no answer to this question. */
static int read_problem(const struct png *png, char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    const uint8_t *end = png->size > 0 ? memchr(png->data, '\n', png->size) : NULL;
    struct document_facts facts = {0};

    if (end == NULL) {
        return PR_ECRASHED;
    }
    int result =
        answer_parse((const char *)png->data, (size_t)(end - png->data), 1, &facts, ret_message);

    if (result == PR_OK) {
        document_facts_clear(&facts);
        return PR_ECRASHED;
    }
    return result;
}

int picture_answer_read(int fd, int64_t patience_ms, void **ret_png, size_t *ret_size,
                        char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    struct png png = {.data = NULL};

    ret_message[0] = '\0';
    int result = read_all(fd, now_ms() + patience_ms, &png);

    if (result == PR_OK && !is_png(&png)) {
        result = read_problem(&png, ret_message);
    }
    if (result != PR_OK) {
        free(png.data);
        return result;
    }
    *ret_png = png.data;
    *ret_size = png.size;
    return PR_OK;
}

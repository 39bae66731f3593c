/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printroom-scan: a picture on standard input, a line of JSON with the codes in it on standard
 * output; see printroom-scan(8). A photograph comes from anybody, so it is read behind the walls of
 * printroom-document (daemon/document/sandbox.c). A program of its own: libzbar brings twenty
 * libraries with it, which inspecting a document has no use for.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/document/sandbox.h"
#include "daemon/error.h"
#include "daemon/scan/codes.h"
#include "daemon/scan/picture.h"

enum { CPU_S = 20, ROOM_FIRST = 1 << 20 };
#define MEMORY_BYTES (UINT64_C(1) << 30)

/** Room for the answer: every byte of a text may be escaped. */
enum { ANSWER_BYTES = CODES_MAX * (2 * CODE_TEXT_BYTES + 3) + 64 };

static const struct {
    const char *kind;
    const char *message;
} problems[] = {
    [PICTURE_OK] = {"", ""},
    [PICTURE_FORMAT] = {"format", "the picture is neither PNG nor JPEG, or it is damaged"},
    [PICTURE_LIMIT] = {"limit", "the picture is too large to be read"},
};

/** All of standard input. @return PICTURE_OK, PICTURE_LIMIT */
static enum picture_result read_input(uint8_t **ret_data, size_t *ret_size)
{
    size_t room = ROOM_FIRST;
    size_t size = 0;
    uint8_t *data = malloc(room);

    while (data != NULL) {
        const ssize_t got = read(STDIN_FILENO, data + size, room - size);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            *ret_data = data;
            *ret_size = size;
            return got == 0 ? PICTURE_OK : PICTURE_LIMIT;
        }
        size += (size_t)got;
        if (size > PICTURE_BYTES_MAX) {
            break;
        }
        if (size == room) {
            uint8_t *grown = realloc(data, 2 * room);

            if (grown == NULL) {
                break;
            }
            data = grown;
            room *= 2;
        }
    }
    free(data);
    return PICTURE_LIMIT;
}

/** Texts are printable ASCII: two characters need their stroke (RFC 8259 §7). */
static size_t append_text(char *to, const char *text)
{
    size_t length = 0;

    to[length++] = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            to[length++] = '\\';
        }
        to[length++] = *text;
    }
    to[length++] = '"';
    return length;
}

static int print_codes(const struct codes *codes)
{
    static char answer[ANSWER_BYTES];
    size_t length = (size_t)snprintf(answer, sizeof answer, "{\"codes\":[");

    for (size_t i = 0; i < codes->length; i++) {
        if (i > 0) {
            answer[length++] = ',';
        }
        length += append_text(answer + length, codes->text[i]);
    }
    length += (size_t)snprintf(answer + length, sizeof answer - length, "]}\n");
    return write(STDOUT_FILENO, answer, length) == (ssize_t)length ? 0 : 1;
}

static int print_problem(enum picture_result result)
{
    char line[256];
    const int length = snprintf(line, sizeof line, "{\"error\":\"%s\",\"message\":\"%s\"}\n",
                                problems[result].kind, problems[result].message);

    return write(STDOUT_FILENO, line, (size_t)length) == length ? 1 : 2;
}

static int scan(void)
{
    uint8_t *data = NULL;
    size_t size = 0;
    struct grey grey = {.pixels = NULL};
    struct codes codes = {.length = 0};
    enum picture_result result = read_input(&data, &size);

    if (result == PICTURE_OK) {
        result = picture_read(data, size, &grey);
    }
    free(data);
    if (result == PICTURE_OK) {
        result = codes_find(&grey, &codes);
    }
    grey_clear(&grey);
    return result == PICTURE_OK ? print_codes(&codes) : print_problem(result);
}

int main(int argc, char *argv[])
{
    /* The answer may go to a file, when it is asked for by hand. */
    const struct sandbox_limits limits = {.memory_bytes = MEMORY_BYTES,
                                          .cpu_s = CPU_S,
                                          .file_bytes = ANSWER_BYTES,
                                          .input_fd = -1,
                                          .output_fd = STDOUT_FILENO};

    (void)argv;
    if (argc != 1) {
        fputs("usage: printroom-scan < PICTURE\n", stderr);
        return 2;
    }
    codes_warm_up();
    if (sandbox_close_files(NULL) != PR_OK || sandbox_enter(&limits) != PR_OK) {
        return 2;
    }
    /* No tidying up: what exit() runs has no place in the sandbox. */
    _exit(scan());
}

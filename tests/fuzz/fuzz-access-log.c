/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of cupsd's log of accesses, whose resource, user and host others choose. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cups/access-log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void require_visible(const char *text, size_t size)
{
    require(strnlen(text, size) < size);
    for (; *text != '\0'; text++) {
        require(*text > ' ' && *text <= '~');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct access_line line;

    /* The follower cuts lines off at their newline. */
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (access_line_parse((const char *)data, end != NULL ? (size_t)(end - data) : size, &line)) {
        require_visible(line.host, sizeof line.host);
        require_visible(line.user, sizeof line.user);
        require_visible(line.queue, sizeof line.queue);
        require(line.host[0] != '\0');
        require(strpbrk(line.queue, "/%?#\"") == NULL);
    }
    return 0;
}

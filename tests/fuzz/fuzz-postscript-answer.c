/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What printers print of our PostScript programs. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/postscript-answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *reply = malloc(size + 1);
    const char *text = NULL;
    size_t length = 0;
    struct postscript_line line;
    char quoted[2 * DEVICE_KEY_BYTES + 8];
    require(reply != NULL);
    if (size > 0) {
        memcpy(reply, data, size);
    }
    reply[size] = '\0';
    if (postscript_part(reply, size, "BEGIN\n", "END\n", &text, &length)) {
        require(text >= reply && text + length <= reply + size);
    } else {
        text = reply;
        length = size;
    }
    for (const char *at = text; postscript_line(&at, text + length, &line);) {
        require(strnlen(line.text, sizeof line.text) < sizeof line.text);
        require(line.number >= DEVICE_UNKNOWN);
        require(postscript_quote(line.text, quoted, sizeof quoted));
        require(strspn(quoted, "<0123456789abcdef>") == strlen(quoted));
    }
    free(reply);
    return 0;
}

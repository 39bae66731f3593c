/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures from anybody: reading them, and every way of looking for codes in small ones. */
#include <stdlib.h>
#include <string.h>

#include "daemon/scan/codes.h"
#include "daemon/scan/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIDE_MAX = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct grey grey = {.pixels = NULL};
    struct codes codes = {.length = 0};

    if (picture_read(data, size, &grey) != PICTURE_OK) {
        return 0;
    }
    if (grey.width <= SIDE_MAX && grey.height <= SIDE_MAX &&
        codes_find(&grey, &codes) == PICTURE_OK && codes.length > CODES_MAX) {
        abort();
    }
    for (size_t i = 0; i < codes.length; i++) {
        if (memchr(codes.text[i], '\0', CODE_TEXT_BYTES) == NULL) {
            abort();
        }
    }
    grey_clear(&grey);
    return 0;
}

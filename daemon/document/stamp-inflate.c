/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libdeflate takes a stream as a whole, which is more than twice as fast as zlib, and refuses what
 * is damaged or cut off: just right for readers that leave doubtful files to others.
 */
#include "config.h"

#include "daemon/document/stamp-inflate.h"

#include <libdeflate.h>
#include <stdlib.h>

struct inflater *inflate_new(void)
{
    return (struct inflater *)libdeflate_alloc_decompressor();
}

void inflate_free(struct inflater *inflater)
{
    libdeflate_free_decompressor((struct libdeflate_decompressor *)inflater);
}

bool inflate_stream(struct inflater *inflater, const struct span *raw, GByteArray *content)
{
    size_t size = (size_t)(raw->end - raw->at);
    size_t had = content->len;
    size_t room = 4 * size + 1024;

    for (; had + room <= INFLATE_BYTES_MAX; room *= 4) {
        size_t made = 0;

        g_byte_array_set_size(content, (guint)(had + room));
        enum libdeflate_result result =
            libdeflate_zlib_decompress_ex((struct libdeflate_decompressor *)inflater, raw->at, size,
                                          content->data + had, room, NULL, &made);

        g_byte_array_set_size(content, (guint)(had + made));
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
            return result == LIBDEFLATE_SUCCESS;
        }
    }
    return false;
}

static unsigned paeth(unsigned left, unsigned above, unsigned corner)
{
    int guess = (int)left + (int)above - (int)corner;
    int to_left = abs(guess - (int)left), to_above = abs(guess - (int)above);
    int to_corner = abs(guess - (int)corner);

    if (to_left <= to_above && to_left <= to_corner) {
        return left;
    }
    return to_above <= to_corner ? above : corner;
}

/* Takes PNG's prediction back (§7.4.4.4), rows of `columns` bytes each led by the kind of theirs.
 */
static bool unpredict(GByteArray *content, size_t columns)
{
    size_t rows = content->len / (columns + 1);
    uint8_t *before = g_malloc0(columns);
    bool good = content->len % (columns + 1) == 0;

    for (size_t y = 0; good && y < rows; y++) {
        const uint8_t *from = content->data + y * (columns + 1);
        uint8_t *to = content->data + y * columns;
        unsigned kind = *from++, left = 0, corner = 0;

        good = kind <= 4;
        for (size_t x = 0; x < columns; x++) {
            unsigned above = before[x];
            const unsigned guesses[] = {0, left, above, (left + above) / 2,
                                        paeth(left, above, corner)};

            left = (from[x] + guesses[kind % 5]) & 0xff;
            corner = above;
            before[x] = (uint8_t)left;
            to[x] = (uint8_t)left;
        }
    }
    g_byte_array_set_size(content, (guint)(rows * columns));
    g_free(before);
    return good;
}

bool inflate_unpredict(const struct object *parameters, GByteArray *content)
{
    enum { PREDICTOR, COLUMNS, COLORS, BITS, KEYS };
    static const char *const keys[KEYS] = {"/Predictor", "/Columns", "/Colors",
                                           "/BitsPerComponent"};
    struct object found[KEYS];
    int64_t kind = 1, width = 1;

    if (parameters->kind == OBJECT_NONE) {
        return true;
    }
    if (!syntax_find_all(parameters, keys, KEYS, found) || found[COLORS].kind != OBJECT_NONE ||
        found[BITS].kind != OBJECT_NONE ||
        (found[PREDICTOR].kind != OBJECT_NONE &&
         !syntax_integer(&found[PREDICTOR], 1, 15, &kind)) ||
        (found[COLUMNS].kind != OBJECT_NONE &&
         !syntax_integer(&found[COLUMNS], 1, 1 << 16, &width))) {
        return false;
    }
    return kind == 1 || (kind >= 10 && unpredict(content, (size_t)width));
}

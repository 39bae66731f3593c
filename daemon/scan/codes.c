/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A code that left the house comes back as a photograph from a telephone or as the third copy of a
 * copy. libzbar reads what is clean at the first look; noise wants a blur, a code of hundreds of
 * pixels a smaller picture, one of two pixels a module a larger one, and a soft picture steeper
 * edges. So the picture is looked at in the ways of the table below, the cheapest first, until a
 * code is found. Looking ends at the first success: a sheet carries one code, and a picture of many
 * sheets was taken on purpose.
 */
#include "daemon/scan/codes.h"

#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zbar.h>

static enum picture_result blur_1(const struct grey *grey, struct grey *ret_grey)
{
    return grey_blur(grey, 1, ret_grey);
}

static enum picture_result blur_2(const struct grey *grey, struct grey *ret_grey)
{
    return grey_blur(grey, 2, ret_grey);
}

static enum picture_result sharpen_2(const struct grey *grey, struct grey *ret_grey)
{
    return grey_sharpen(grey, 2, ret_grey);
}

static enum picture_result sharpen_4(const struct grey *grey, struct grey *ret_grey)
{
    return grey_sharpen(grey, 4, ret_grey);
}

/** Ways to look: up to three changes, one after the other. */
enum { CHANGES = 3 };
static const struct {
    enum picture_result (*change[CHANGES])(const struct grey *grey, struct grey *ret_grey);
} ways[] = {
    {{NULL}},
    {{blur_1}},
    {{grey_halve}},
    {{sharpen_2}},
    {{grey_double}},
    {{grey_double, sharpen_4}},
    {{grey_double, sharpen_4, sharpen_4}},
    {{blur_2}},
    {{grey_double, blur_2}},
    {{grey_halve, grey_halve}},
    {{blur_1, sharpen_4}},
};

static void add(struct codes *codes, const char *text, size_t length)
{
    if (codes->length == CODES_MAX || !code_text_ok(text, length)) {
        return;
    }
    char *place = codes->text[codes->length];

    memcpy(place, text, length);
    place[length] = '\0';
    for (size_t i = 0; i < codes->length; i++) {
        if (strcmp(codes->text[i], place) == 0) {
            return;
        }
    }
    codes->length++;
}

/** Looks once. */
static enum picture_result look(const struct grey *grey, struct codes *codes)
{
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();

    if (scanner != NULL && image != NULL) {
        zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
        zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
        zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
        zbar_image_set_size(image, grey->width, grey->height);
        zbar_image_set_data(image, grey->pixels, (unsigned long)grey->width * grey->height, NULL);
        zbar_scan_image(scanner, image);
        for (const zbar_symbol_t *symbol = zbar_image_first_symbol(image); symbol != NULL;
             symbol = zbar_symbol_next(symbol)) {
            add(codes, zbar_symbol_get_data(symbol), zbar_symbol_get_data_length(symbol));
        }
    }
    const bool able = scanner != NULL && image != NULL;

    if (image != NULL) {
        zbar_image_destroy(image);
    }
    if (scanner != NULL) {
        zbar_image_scanner_destroy(scanner);
    }
    return able ? PICTURE_OK : PICTURE_LIMIT;
}

/* Looks in one way. Where a changed picture would be too large that way is left out. */
static enum picture_result look_in(size_t way, const struct grey *grey, struct codes *codes)
{
    struct grey changed = {.pixels = NULL};
    const struct grey *current = grey;

    for (size_t i = 0; i < CHANGES && ways[way].change[i] != NULL; i++) {
        struct grey next;

        if (ways[way].change[i](current, &next) != PICTURE_OK) {
            grey_clear(&changed);
            return PICTURE_OK;
        }
        grey_clear(&changed);
        changed = next;
        current = &changed;
    }
    const enum picture_result result = look(current, codes);

    grey_clear(&changed);
    return result;
}

enum picture_result codes_find(const struct grey *grey, struct codes *ret_codes)
{
    struct codes codes = {.length = 0};
    enum picture_result result = PICTURE_OK;

    for (size_t way = 0;
         result == PICTURE_OK && codes.length == 0 && way < sizeof ways / sizeof ways[0]; way++) {
        result = look_in(way, grey, &codes);
    }
    if (result == PICTURE_OK) {
        *ret_codes = codes;
    }
    return result;
}

static int compare_bytes(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

void codes_warm_up(void)
{
    /* libzbar asks for these when it reads a code; the C library keeps what it has loaded for an
     * open one, so they are never closed. */
    static const char *const charsets[] = {"ISO8859-1", "SJIS", "BIG5", "GB18030", "UTF-8"};

    for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++) {
        (void)iconv_open("UTF-8", charsets[i]);
    }
    /* The C library asks the system for its memory when it first sorts more than a kilobyte. */
    uint8_t bytes[4096] = {0};

    qsort(bytes, sizeof bytes, 1, compare_bytes);
}

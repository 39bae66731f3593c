/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/scan/picture.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

void grey_clear(struct grey *grey)
{
    free(grey->pixels);
    *grey = (struct grey){.pixels = NULL};
}

static enum picture_result grey_new(uint32_t width, uint32_t height, struct grey *ret_grey)
{
    if (width == 0 || height == 0) {
        return PICTURE_FORMAT;
    }
    if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX ||
        (uint64_t)width * height > PICTURE_PIXELS_MAX) {
        return PICTURE_LIMIT;
    }
    ret_grey->pixels = malloc((size_t)width * height);
    ret_grey->width = width;
    ret_grey->height = height;
    return ret_grey->pixels != NULL ? PICTURE_OK : PICTURE_LIMIT;
}

/* Reading ------------------------------------------------------------------------------------ */

static enum picture_result read_png(const uint8_t *data, size_t size, struct grey *ret_grey)
{
    static const png_color paper = {255, 255, 255};
    png_image image = {.version = PNG_IMAGE_VERSION};
    struct grey grey = {.pixels = NULL};

    if (png_image_begin_read_from_memory(&image, data, size) == 0) {
        return PICTURE_FORMAT;
    }
    image.format = PNG_FORMAT_GRAY;
    enum picture_result result = grey_new(image.width, image.height, &grey);

    if (result == PICTURE_OK &&
        png_image_finish_read(&image, &paper, grey.pixels, (png_int_32)grey.width, NULL) == 0) {
        result = PICTURE_FORMAT;
    }
    png_image_free(&image);
    if (result != PICTURE_OK) {
        grey_clear(&grey);
        return result;
    }
    *ret_grey = grey;
    return PICTURE_OK;
}

/** libjpeg's errors, which must not return to it. */
struct jpeg_trouble {
    struct jpeg_error_mgr manager; /* first: libjpeg knows it by this address */
    jmp_buf back;
};

static void jpeg_give_up(j_common_ptr common)
{
    struct jpeg_trouble *trouble = (struct jpeg_trouble *)common->err;

    longjmp(trouble->back, 1);
}

static void jpeg_say_nothing(j_common_ptr common)
{
    (void)common;
}

/* In a function of its own, so that no variable that matters lives across the jump. */
static enum picture_result decompress(struct jpeg_decompress_struct *jpeg, const uint8_t *data,
                                      size_t size, struct grey *grey)
{
    struct jpeg_trouble *trouble = (struct jpeg_trouble *)jpeg->err;

    if (setjmp(trouble->back) != 0) {
        return PICTURE_FORMAT;
    }
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, data, size);
    (void)jpeg_read_header(jpeg, TRUE);
    jpeg->out_color_space = JCS_GRAYSCALE;
    const enum picture_result result = grey_new(jpeg->image_width, jpeg->image_height, grey);

    if (result != PICTURE_OK) {
        return result;
    }
    (void)jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = grey->pixels + (size_t)jpeg->output_scanline * grey->width;

        (void)jpeg_read_scanlines(jpeg, &row, 1);
    }
    (void)jpeg_finish_decompress(jpeg);
    return PICTURE_OK;
}

static enum picture_result read_jpeg(const uint8_t *data, size_t size, struct grey *ret_grey)
{
    struct jpeg_trouble trouble;
    struct jpeg_decompress_struct jpeg = {.err = jpeg_std_error(&trouble.manager)};
    struct grey grey = {.pixels = NULL};

    trouble.manager.error_exit = jpeg_give_up;
    trouble.manager.output_message = jpeg_say_nothing;
    const enum picture_result result = decompress(&jpeg, data, size, &grey);

    jpeg_destroy_decompress(&jpeg);
    if (result != PICTURE_OK) {
        grey_clear(&grey);
        return result;
    }
    *ret_grey = grey;
    return PICTURE_OK;
}

enum picture_result picture_read(const uint8_t *data, size_t size, struct grey *ret_grey)
{
    static const struct {
        uint8_t beginning[4];
        size_t length;
        enum picture_result (*read)(const uint8_t *data, size_t size, struct grey *ret_grey);
    } formats[] = {{{0x89, 'P', 'N', 'G'}, 4, read_png}, {{0xff, 0xd8, 0xff}, 3, read_jpeg}};

    if (size > PICTURE_BYTES_MAX) {
        return PICTURE_LIMIT;
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (size > formats[i].length &&
            memcmp(data, formats[i].beginning, formats[i].length) == 0) {
            return formats[i].read(data, size, ret_grey);
        }
    }
    return PICTURE_FORMAT;
}

/* Changing ----------------------------------------------------------------------------------- */

enum picture_result grey_halve(const struct grey *grey, struct grey *ret_grey)
{
    struct grey half;
    const enum picture_result result = grey_new(grey->width / 2, grey->height / 2, &half);

    if (result != PICTURE_OK) {
        return PICTURE_LIMIT;
    }
    for (uint32_t y = 0; y < half.height; y++) {
        const uint8_t *above = grey->pixels + (size_t)2 * y * grey->width;
        const uint8_t *below = above + grey->width;
        uint8_t *row = half.pixels + (size_t)y * half.width;

        for (uint32_t x = 0; x < half.width; x++) {
            const size_t at = (size_t)2 * x;

            row[x] = (uint8_t)((above[at] + above[at + 1] + below[at] + below[at + 1] + 2) / 4);
        }
    }
    *ret_grey = half;
    return PICTURE_OK;
}

enum picture_result grey_double(const struct grey *grey, struct grey *ret_grey)
{
    struct grey twice;
    const enum picture_result result = grey_new(2 * grey->width, 2 * grey->height, &twice);

    if (result != PICTURE_OK) {
        return result;
    }
    for (uint32_t y = 0; y < twice.height; y++) {
        const uint32_t top = y / 2;
        const uint32_t bottom = top + 1 < grey->height ? top + (y & 1) : top;
        const uint8_t *upper = grey->pixels + (size_t)top * grey->width;
        const uint8_t *lower = grey->pixels + (size_t)bottom * grey->width;
        uint8_t *row = twice.pixels + (size_t)y * twice.width;

        for (uint32_t x = 0; x < twice.width; x++) {
            const uint32_t left = x / 2;
            const uint32_t right = left + 1 < grey->width ? left + (x & 1) : left;

            row[x] = (uint8_t)((upper[left] + upper[right] + lower[left] + lower[right] + 2) / 4);
        }
    }
    *ret_grey = twice;
    return PICTURE_OK;
}

/** One line of `length` pixels, `step` bytes apart: means over 2 radius + 1 of them; the edge pixel
 * stands for what is beyond it. */
static void blur_line(const uint8_t *from, uint8_t *to, uint32_t length, size_t step,
                      uint32_t radius)
{
    const uint32_t window = 2 * radius + 1;
    uint32_t sum = radius * from[0];

    for (uint32_t i = 0; i <= radius; i++) {
        sum += from[(i < length ? i : length - 1) * step];
    }
    for (uint32_t i = 0; i < length; i++) {
        const uint32_t next = i + radius + 1 < length ? i + radius + 1 : length - 1;
        const uint32_t past = i > radius ? i - radius : 0;

        to[i * step] = (uint8_t)(sum / window);
        sum += from[next * step];
        sum -= from[past * step];
    }
}

enum picture_result grey_blur(const struct grey *grey, uint32_t radius, struct grey *ret_grey)
{
    struct grey across;
    struct grey both;
    enum picture_result result = grey_new(grey->width, grey->height, &across);

    if (result != PICTURE_OK) {
        return result;
    }
    result = grey_new(grey->width, grey->height, &both);
    if (result != PICTURE_OK) {
        grey_clear(&across);
        return result;
    }
    for (uint32_t y = 0; y < grey->height; y++) {
        const size_t at = (size_t)y * grey->width;

        blur_line(grey->pixels + at, across.pixels + at, grey->width, 1, radius);
    }
    for (uint32_t x = 0; x < grey->width; x++) {
        blur_line(across.pixels + x, both.pixels + x, grey->height, grey->width, radius);
    }
    grey_clear(&across);
    *ret_grey = both;
    return PICTURE_OK;
}

enum picture_result grey_sharpen(const struct grey *grey, uint32_t radius, struct grey *ret_grey)
{
    struct grey sharp;
    const enum picture_result result = grey_blur(grey, radius, &sharp);

    if (result != PICTURE_OK) {
        return result;
    }
    const size_t pixels = (size_t)grey->width * grey->height;

    for (size_t i = 0; i < pixels; i++) {
        const int steep = 3 * grey->pixels[i] - 2 * sharp.pixels[i];

        sharp.pixels[i] = (uint8_t)(steep < 0 ? 0 : steep > 255 ? 255 : steep);
    }
    *ret_grey = sharp;
    return PICTURE_OK;
}

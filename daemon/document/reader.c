/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/document/reader.h"

#include <cairo.h>
#include <math.h>
#include <poppler.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/layout.h"
#include "daemon/document/memory.h"
#include "daemon/document/picture.h"
#include "daemon/error.h"

/* Half a pixel a point (36 dpi) shows every stroke: poppler paints none thinner than a pixel. */
#define SCALE      0.5
#define PIXELS_MAX 400000.0
/* poppler shows black ink of CMYK as 35, 31, 32, and a JPEG's grey may be a little off. */
enum { TINT_MIN = 10 };
/* Paper that was scanned is seldom quite white. */
enum { WHITE_MIN = 240 };

struct reader {
    GBytes *bytes;
    PopplerDocument *document;
    cairo_surface_t *sheet; /**< last one looked at for ink, or NULL */
    uint32_t sheet_index;
};

int reader_open(const uint8_t *data, size_t size, struct reader **ret_reader,
                struct problem *ret_problem)
{
    GError *error = NULL;
    GBytes *bytes = g_bytes_new_static(data, size);
    PopplerDocument *document = poppler_document_new_from_bytes(bytes, NULL, &error);

    if (document == NULL) {
        bool encrypted = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);

        g_clear_error(&error);
        g_bytes_unref(bytes);
        if (encrypted) {
            return problem_set(ret_problem, PR_EUNSUPPORTED,
                               "the document is encrypted in a way that cannot be read");
        }
        return problem_set(ret_problem, PR_EFORMAT, "the document is damaged or not a PDF");
    }
    struct reader *reader = g_new0(struct reader, 1);

    reader->bytes = bytes;
    reader->document = document;
    *ret_reader = reader;
    return PR_OK;
}

void reader_close(struct reader *reader)
{
    if (reader != NULL) {
        if (reader->sheet != NULL) {
            cairo_surface_destroy(reader->sheet);
        }
        g_object_unref(reader->document);
        g_bytes_unref(reader->bytes);
        g_free(reader);
    }
}

uint32_t reader_pages(const struct reader *reader)
{
    int pages = poppler_document_get_n_pages(reader->document);

    return pages > 0 ? (uint32_t)pages : 0;
}

static PopplerPage *open_page(const struct reader *reader, uint32_t index,
                              struct problem *ret_problem)
{
    PopplerPage *page = poppler_document_get_page(reader->document, (int)index);

    if (page == NULL) {
        problem_set(ret_problem, PR_EFORMAT, "page %u is damaged", index + 1);
    }
    return page;
}

int reader_mark(const struct reader *reader, uint32_t index, enum mark *ret_mark,
                struct problem *ret_problem)
{
    PopplerPage *page = open_page(reader, index, ret_problem);
    PopplerRectangle *box = NULL;
    enum mark found = MARK_NONE;
    guint letters = 0;
    double width = 0, height = 0;

    if (page == NULL) {
        return ret_problem->code;
    }
    char *text = poppler_page_get_text(page);

    if (text != NULL && mark_is_possible(text) &&
        poppler_page_get_text_layout(page, &box, &letters)) {
        poppler_page_get_size(page, &width, &height);
        found =
            layout_mark(&(struct layout){text, box, letters, height / (index == 0 ? 3.0 : 5.0)});
    }
    g_free(box);
    g_free(text);
    g_object_unref(page);
    *ret_mark = found;
    return PR_OK;
}

static bool surface_has_color(cairo_surface_t *surface)
{
    const unsigned char *row = cairo_image_surface_get_data(surface);
    int width = cairo_image_surface_get_width(surface);
    int height = cairo_image_surface_get_height(surface);
    int stride = cairo_image_surface_get_stride(surface);

    for (int y = 0; y < height; y++, row += stride) {
        for (int x = 0; x < width; x++) {
            uint32_t pixel;

            memcpy(&pixel, row + (size_t)x * sizeof pixel, sizeof pixel);
            int red = (int)(pixel >> 16 & 0xff);
            int green = (int)(pixel >> 8 & 0xff);
            int blue = (int)(pixel & 0xff);

            if (MAX(MAX(red, green), blue) - MIN(MIN(red, green), blue) >= TINT_MIN) {
                return true;
            }
        }
    }
    return false;
}

/* A white sheet of the page's proportions, at most pixels_max large. */
static cairo_surface_t *new_sheet(double width, double height, double pixels_max, double *ret_scale)
{
    double scale = *ret_scale;

    width = fmin(fmax(width, 1), 1e6);
    height = fmin(fmax(height, 1), 1e6);
    if (width * height * scale * scale > pixels_max) {
        scale = sqrt(pixels_max / (width * height));
    }
    /* Bounded apart from the area too: a page may be a thread. */
    int columns = (int)fmin(fmax(ceil(width * scale), 1), PREVIEW_SIDE_MAX);
    int rows = (int)fmin(fmax(ceil(height * scale), 1), PREVIEW_SIDE_MAX);

    *ret_scale = scale;
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
}

/* Paints a page on a sheet of its own; NULL with *ret_problem set. */
static cairo_surface_t *paint(const struct reader *reader, uint32_t index, double scale,
                              double pixels_max, struct problem *ret_problem)
{
    PopplerPage *page = open_page(reader, index, ret_problem);
    double width = 0, height = 0;

    if (page == NULL) {
        return NULL;
    }
    poppler_page_get_size(page, &width, &height);
    cairo_surface_t *sheet = new_sheet(width, height, pixels_max, &scale);
    cairo_t *cairo = cairo_create(sheet);

    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_scale(cairo, scale, scale);
    poppler_page_render_for_printing(page, cairo);
    bool good = cairo_status(cairo) == CAIRO_STATUS_SUCCESS || !memory_refused();

    cairo_destroy(cairo);
    cairo_surface_flush(sheet);
    g_object_unref(page);
    if (!good || cairo_surface_status(sheet) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(sheet);
        problem_set(ret_problem, PR_ELIMIT, "page %u needs more memory than allowed", index + 1);
        return NULL;
    }
    return sheet;
}

int reader_page_has_color(const struct reader *reader, uint32_t index, bool *ret_color,
                          struct problem *ret_problem)
{
    cairo_surface_t *sheet = paint(reader, index, SCALE, PIXELS_MAX, ret_problem);

    if (sheet == NULL) {
        return ret_problem->code;
    }
    *ret_color = surface_has_color(sheet);
    cairo_surface_destroy(sheet);
    return PR_OK;
}

static bool is_white(const unsigned char *row, int x)
{
    uint32_t pixel;

    memcpy(&pixel, row + (size_t)x * sizeof pixel, sizeof pixel);
    return (pixel >> 16 & 0xff) >= WHITE_MIN && (pixel >> 8 & 0xff) >= WHITE_MIN &&
           (pixel & 0xff) >= WHITE_MIN;
}

static int bounded(double position, int max)
{
    return (int)fmin(fmax(position, 0), max);
}

static double ink_of(cairo_surface_t *sheet, const struct reader_area *area)
{
    const unsigned char *data = cairo_image_surface_get_data(sheet);
    int width = cairo_image_surface_get_width(sheet);
    int height = cairo_image_surface_get_height(sheet);
    int left = bounded(floor(area->x * width), width);
    int right = bounded(ceil((area->x + area->width) * width), width);
    int top = bounded(floor((1 - area->y - area->height) * height), height);
    int bottom = bounded(ceil((1 - area->y) * height), height);
    uint64_t ink = 0;

    for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
            ink += !is_white(data + (ptrdiff_t)y * cairo_image_surface_get_stride(sheet), x);
        }
    }
    double pixels = (double)(right - left) * (bottom - top);

    return pixels > 0 ? (double)ink / pixels : 0;
}

int reader_ink(struct reader *reader, uint32_t index, const struct reader_area *areas,
               size_t areas_length, double *ret_ink, struct problem *ret_problem)
{
    if (reader->sheet == NULL || reader->sheet_index != index) {
        cairo_surface_t *sheet = paint(reader, index, SCALE, PIXELS_MAX, ret_problem);

        if (sheet == NULL) {
            return ret_problem->code;
        }
        if (reader->sheet != NULL) {
            cairo_surface_destroy(reader->sheet);
        }
        reader->sheet = sheet;
        reader->sheet_index = index;
    }
    for (size_t i = 0; i < areas_length; i++) {
        ret_ink[i] = ink_of(reader->sheet, &areas[i]);
    }
    return PR_OK;
}

struct growing {
    struct picture picture;
    size_t room;
};

static cairo_status_t take_png(void *context, const unsigned char *data, unsigned length)
{
    struct growing *growing = context;
    struct picture *picture = &growing->picture;

    if (length > PREVIEW_BYTES_MAX - picture->size) {
        return CAIRO_STATUS_WRITE_ERROR;
    }
    if (picture->size + length > growing->room) {
        size_t room = 2 * (picture->size + length);
        uint8_t *grown = realloc(picture->data, room);

        if (grown == NULL) {
            return CAIRO_STATUS_NO_MEMORY;
        }
        picture->data = grown;
        growing->room = room;
    }
    memcpy(picture->data + picture->size, data, length);
    picture->size += length;
    return CAIRO_STATUS_SUCCESS;
}

int reader_picture(const struct reader *reader, uint32_t index, uint32_t dpi,
                   struct picture *ret_picture, struct problem *ret_problem)
{
    struct growing growing = {.room = 0};
    cairo_surface_t *sheet = paint(reader, index, dpi / 72.0, PREVIEW_PIXELS_MAX, ret_problem);

    if (sheet == NULL) {
        return ret_problem->code;
    }
    cairo_status_t status = cairo_surface_write_to_png_stream(sheet, take_png, &growing);

    cairo_surface_destroy(sheet);
    if (status != CAIRO_STATUS_SUCCESS) {
        free(growing.picture.data);
        return problem_set(ret_problem, PR_ELIMIT, "the picture of page %u is too large",
                           index + 1);
    }
    *ret_picture = growing.picture;
    return PR_OK;
}

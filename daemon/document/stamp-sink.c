/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/document/stamp-answer.h"
#include "daemon/document/stamp-digits.h"

enum { BUFFER_BYTES = 1 << 18, OFFSET_BYTES = 5, ENTRY_BYTES = 1 + OFFSET_BYTES + 2 };

struct entry {
    uint32_t number;
    uint32_t generation;
    uint64_t offset;
};

void sink_open(struct stamp_sink *sink, int fd, bool pieces)
{
    *sink = (struct stamp_sink){
        .fd = fd,
        .pieces = pieces,
        .buffer = g_byte_array_sized_new(BUFFER_BYTES),
        .entries = g_array_new(FALSE, FALSE, sizeof(struct entry)),
    };
}

void sink_open_memory(struct stamp_sink *sink, uint64_t at)
{
    sink_open(sink, -1, false);
    sink->at = at;
}

void sink_close(struct stamp_sink *sink)
{
    g_byte_array_free(sink->buffer, TRUE);
    g_array_free(sink->entries, TRUE);
}

static void write_all(struct stamp_sink *sink, const uint8_t *bytes, size_t size)
{
    while (size > 0 && !sink->failed) {
        ssize_t written = write(sink->fd, bytes, size);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            sink->failed = true;
            return;
        }
        bytes += written;
        size -= (size_t)written;
    }
}

static void write_length(struct stamp_sink *sink, size_t length)
{
    const uint8_t head[] = {(uint8_t)length, (uint8_t)(length >> 8), (uint8_t)(length >> 16),
                            (uint8_t)(length >> 24)};

    if (sink->pieces) {
        write_all(sink, head, sizeof head);
    }
}

static void write_pieces(struct stamp_sink *sink, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t length = size < STAMP_PIECE_MAX ? size : STAMP_PIECE_MAX;

        write_length(sink, length);
        write_all(sink, bytes, length);
        bytes += length;
        size -= length;
    }
}

static void flush(struct stamp_sink *sink)
{
    write_pieces(sink, sink->buffer->data, sink->buffer->len);
    g_byte_array_set_size(sink->buffer, 0);
}

bool sink_finish(struct stamp_sink *sink)
{
    flush(sink);
    write_length(sink, 0);
    return !sink->failed;
}

void sink_put(struct stamp_sink *sink, const void *bytes, size_t size)
{
    sink->at += size;
    if (sink->fd >= 0 && sink->buffer->len + size > BUFFER_BYTES) {
        flush(sink);
    }
    if (sink->fd >= 0 && size > BUFFER_BYTES) {
        write_pieces(sink, bytes, size);
    } else {
        g_byte_array_append(sink->buffer, bytes, (guint)size);
    }
}

void sink_format(struct stamp_sink *sink, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    int length = g_vsnprintf(text, sizeof text, format, arguments);

    va_end(arguments);
    /* Formats here have numbers only, which fit. */
    g_assert(length >= 0 && (size_t)length < sizeof text);
    sink_put(sink, text, (size_t)length);
}

static void put_digits(struct stamp_sink *sink, uint64_t number, unsigned width)
{
    char digits[DIGITS_BYTES];

    sink_put(sink, digits, digits_number(number, width, digits));
}

void sink_number(struct stamp_sink *sink, uint64_t number)
{
    put_digits(sink, number, 1);
}

void sink_begin(struct stamp_sink *sink, uint32_t number, uint32_t generation)
{
    const struct entry entry = {number, generation, sink->at};

    g_array_append_val(sink->entries, entry);
    sink_number(sink, number);
    sink_put(sink, " ", 1);
    sink_number(sink, generation);
    sink_put(sink, " obj\n", 5);
}

void sink_end(struct stamp_sink *sink)
{
    sink_put(sink, "\nendobj\n", 8);
}

void sink_stream(struct stamp_sink *sink, uint32_t number, const char *keys, const void *data,
                 size_t size)
{
    sink_begin(sink, number, 0);
    sink_put(sink, "<<", 2);
    sink_put(sink, keys, strlen(keys));
    sink_put(sink, "/Length ", 8);
    sink_number(sink, size);
    sink_put(sink, ">>stream\n", 9);
    sink_put(sink, data, size);
    sink_put(sink, "\nendstream", 10);
    sink_end(sink);
}

/* Cross-references --------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    return (a->number > b->number) - (a->number < b->number);
}

/* How many entries from `first` have numbers that follow one another. */
static guint run_at(const GArray *entries, guint first)
{
    guint length = 1;

    while (first + length < entries->len &&
           g_array_index(entries, struct entry, first + length).number ==
               g_array_index(entries, struct entry, first).number + length) {
        length++;
    }
    return length;
}

static void put_table(struct stamp_sink *sink)
{
    sink_put(sink, "xref\n", 5);
    for (guint first = 0; first < sink->entries->len;) {
        guint length = run_at(sink->entries, first);

        sink_format(sink, "%" PRIu32 " %u\n",
                    g_array_index(sink->entries, struct entry, first).number, length);
        for (guint i = first; i < first + length; i++) {
            const struct entry *entry = &g_array_index(sink->entries, struct entry, i);

            put_digits(sink, entry->offset, 10);
            sink_put(sink, " ", 1);
            put_digits(sink, entry->generation, 5);
            sink_put(sink, " n \n", 4);
        }
        first += length;
    }
}

static void put_stream(struct stamp_sink *sink, const char *keys)
{
    GString *index = g_string_new(NULL);

    for (guint first = 0; first < sink->entries->len;) {
        guint length = run_at(sink->entries, first);

        g_string_append_printf(index, "%" PRIu32 " %u ",
                               g_array_index(sink->entries, struct entry, first).number, length);
        first += length;
    }
    sink_format(sink, "<</Type/XRef/W[1 %d 2]/Length %u/Index[", OFFSET_BYTES,
                sink->entries->len * ENTRY_BYTES);
    sink_put(sink, index->str, index->len);
    sink_put(sink, "]", 1);
    g_string_free(index, TRUE);
    sink_put(sink, keys, strlen(keys));
    sink_put(sink, ">>stream\n", 9);
    for (guint i = 0; i < sink->entries->len; i++) {
        const struct entry *entry = &g_array_index(sink->entries, struct entry, i);
        uint8_t bytes[ENTRY_BYTES] = {1};

        for (int k = 0; k < OFFSET_BYTES; k++) {
            bytes[1 + k] = (uint8_t)(entry->offset >> 8 * (OFFSET_BYTES - 1 - k));
        }
        bytes[ENTRY_BYTES - 2] = (uint8_t)(entry->generation >> 8);
        bytes[ENTRY_BYTES - 1] = (uint8_t)entry->generation;
        sink_put(sink, bytes, sizeof bytes);
    }
    sink_put(sink, "\nendstream", 10);
    sink_end(sink);
}

void sink_xref(struct stamp_sink *sink, enum xref_form form, uint32_t number, uint64_t previous,
               const char *keys)
{
    uint64_t start = sink->at;
    uint32_t size = form == XREF_STREAM ? number + 1 : number;
    char *all = g_strdup_printf("/Size %" PRIu32 "/Prev %" PRIu64 "%s", size, previous, keys);

    if (form == XREF_STREAM) {
        sink_begin(sink, number, 0);
    }
    qsort(sink->entries->data, sink->entries->len, sizeof(struct entry), by_number);
    if (form == XREF_STREAM) {
        put_stream(sink, all);
    } else {
        put_table(sink);
        sink_put(sink, "trailer\n<<", 10);
        sink_put(sink, all, strlen(all));
        sink_put(sink, ">>\n", 3);
    }
    g_free(all);
    sink_format(sink, "startxref\n%" PRIu64 "\n%%%%EOF\n", start);
}

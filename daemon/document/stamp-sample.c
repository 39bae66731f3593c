/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poppler finds page 5000 by reading the 4999 before it, and keeps them: for a long document that
 * takes longer, and more memory, than stamping it. But of a long document only a few pages are
 * looked at. So behind its bytes, in memory only, an update is written that has a page tree of just
 * these, with everything they inherit; poppler opens both together and never meets the others.
 */
#include "config.h"

#include "daemon/document/stamp-sample.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/document/stamp-sink.h"
#include "daemon/error.h"

/* The page as it is, but for where it hangs. */
static bool write_page(const struct stamp_source *source, struct stamp_sink *sink, uint32_t number,
                       uint32_t tree, uint32_t index)
{
    struct source_page page;
    struct problem problem;

    if (source_page(source, index, &page, &problem) != PR_OK) {
        return false;
    }
    char *resources = source_resources(source, &page, NULL, 0);

    sink_begin(sink, number, 0);
    sink_put(sink, "<</Type/Page", 12);
    sink_put(sink, page.keys, strlen(page.keys));
    sink_put(sink, "/Resources ", 11);
    sink_put(sink, resources, strlen(resources));
    sink_put(sink, "/Contents[", 10);
    sink_put(sink, page.references, strlen(page.references));
    sink_format(sink, "]/Parent %" PRIu32 " 0 R>>", tree);
    sink_end(sink);
    g_free(resources);
    source_page_clear(source, &page);
    return true;
}

static void write_tree(struct stamp_sink *sink, uint32_t tree, uint32_t first, size_t pages_length)
{
    sink_begin(sink, tree, 0);
    sink_format(sink, "<</Type/Pages/Count %zu/Kids[", pages_length);
    for (size_t i = 0; i < pages_length; i++) {
        sink_number(sink, first + i);
        sink_put(sink, " 0 R ", 5);
    }
    sink_put(sink, "]>>", 3);
    sink_end(sink);
}

size_t sample_write(const struct stamp_source *source, uint8_t *data, size_t room,
                    const uint32_t *pages, size_t pages_length)
{
    uint32_t root = source->free_number, tree = root + 1, first = tree + 1;
    struct stamp_sink sink;
    char *catalogue = source_catalogue(source, tree);
    char *keys = g_strdup_printf("/Root %" PRIu32 " 0 R", root);
    bool good = true;

    sink_open_memory(&sink, source->size);
    sink_put(&sink, "\n", 1);
    sink_begin(&sink, root, 0);
    sink_put(&sink, catalogue, strlen(catalogue));
    sink_end(&sink);
    write_tree(&sink, tree, first, pages_length);
    for (size_t i = 0; good && i < pages_length; i++) {
        good = write_page(source, &sink, first + (uint32_t)i, tree, pages[i]);
    }
    sink_xref(&sink, source->form, first + (uint32_t)pages_length, source->xref, keys);
    size_t size = good && sink.buffer->len <= room ? sink.buffer->len : 0;

    if (size > 0) {
        memcpy(data + source->size, sink.buffer->data, size);
    }
    sink_close(&sink);
    g_free(keys);
    g_free(catalogue);
    return size;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Where a stamped document goes, and the objects added to it: an incremental update (ISO 32000-1
 * §7.5.6) written as it comes. Only where each object begins is remembered.
 */
#ifndef DAEMON_DOCUMENT_STAMP_SINK_H
#define DAEMON_DOCUMENT_STAMP_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct stamp_sink {
    int fd;      /**< -1: none */
    bool pieces; /**< in pieces (stamp-answer.h), or as it is */
    bool failed; /**< nobody takes it any more */
    uint64_t at; /**< offset of the next byte */
    GByteArray *buffer;
    GArray *entries; /**< struct entry, one an object */
};

void sink_open(struct stamp_sink *sink, int fd, bool pieces);
/** A sink that goes nowhere: what is written stays in its buffer. `at` is the offset of the first.
 */
void sink_open_memory(struct stamp_sink *sink, uint64_t at);
/** Writes what is left, and the end in pieces. False when the document did not arrive. */
bool sink_finish(struct stamp_sink *sink);
void sink_close(struct stamp_sink *sink);

void sink_put(struct stamp_sink *sink, const void *bytes, size_t size);
void sink_number(struct stamp_sink *sink, uint64_t number);
void sink_format(struct stamp_sink *sink, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Begins an object; what follows up to sink_end() is its body. */
void sink_begin(struct stamp_sink *sink, uint32_t number, uint32_t generation);
void sink_end(struct stamp_sink *sink);
/** A whole stream object of generation 0; `keys` are dictionary entries besides /Length. */
void sink_stream(struct stamp_sink *sink, uint32_t number, const char *keys, const void *data,
                 size_t size);

/** How the file's newest cross-reference section is written, and so this one. */
enum xref_form { XREF_TABLE, XREF_STREAM };

/**
 * Writes cross-references, trailer and end.
 *
 * @param number    first that is not in use; taken by a cross-reference stream
 * @param previous  offset of the file's newest section
 * @param keys      of the trailer: /Root and what goes with it
 */
void sink_xref(struct stamp_sink *sink, enum xref_form form, uint32_t number, uint64_t previous,
               const char *keys);

#endif

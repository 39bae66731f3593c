/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Comma-separated values (RFC 4180), record by record, in place. Pure. */
#ifndef DAEMON_API_CSV_H
#define DAEMON_API_CSV_H

#include <stdbool.h>
#include <stddef.h>

enum { CSV_FIELDS_MAX = 16 };

struct csv_reader {
    char *place;
    char *end;
    unsigned line; /**< the place's, from 1 */
};

enum csv_found {
    CSV_RECORD,
    CSV_END,
    /* mistakes; reading goes on with the next line */
    CSV_QUOTE_OPEN,   /**< a quoted field that never ends */
    CSV_QUOTE_INSIDE, /**< a quotation mark within a field that does not begin with one */
    CSV_AFTER_QUOTE,  /**< something between a closing quotation mark and the next comma */
    CSV_TOO_MANY,     /**< more fields than CSV_FIELDS_MAX */
    CSV_NUL
};

struct csv_record {
    unsigned line; /**< its first */
    size_t length;
    char *field[CSV_FIELDS_MAX]; /**< unquoted, NUL-terminated, in the reader's text */
};

/**
 * Begins to read; a byte order mark is passed over.
 *
 * @param text    length + 1 bytes that may be overwritten; must outlive the records
 */
void csv_begin(struct csv_reader *reader, char *text, size_t length);

/** The next record; lines end with CRLF, LF or the text's end, empty ones are passed over. Of a
 * mistake only ret_record->line is set. */
enum csv_found csv_next(struct csv_reader *reader, struct csv_record *ret_record);

#endif

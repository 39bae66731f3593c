/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/csv.h"

#include <string.h>

void csv_begin(struct csv_reader *reader, char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf";

    *reader = (struct csv_reader){.place = text, .end = text + length, .line = 1};
    *reader->end = '\0';
    if (length >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0) {
        reader->place += sizeof mark - 1;
    }
}

/** True at a line's end, which is passed over. */
static bool take_line_end(struct csv_reader *reader)
{
    char *place = reader->place;

    if (place < reader->end && *place == '\r' && place[1] == '\n') {
        place++;
    }
    if (place < reader->end && *place != '\n') {
        return false;
    }
    if (place < reader->end) {
        place++;
        reader->line++;
    }
    reader->place = place;
    return true;
}

static void skip_line(struct csv_reader *reader)
{
    while (!take_line_end(reader)) {
        reader->place++;
    }
}

/** Reads what stands between quotation marks, shifting it over those that are doubled. */
static enum csv_found take_quoted(struct csv_reader *reader, char **ret_end)
{
    char *to = reader->place;

    reader->place++;
    for (; reader->place < reader->end; reader->place++) {
        if (*reader->place == '"' && *++reader->place != '"') {
            *ret_end = to;
            return CSV_RECORD;
        }
        if (*reader->place == '\0') {
            return CSV_NUL;
        }
        reader->line += *reader->place == '\n';
        *to++ = *reader->place;
    }
    return CSV_QUOTE_OPEN;
}

static enum csv_found take_plain(struct csv_reader *reader, char **ret_end)
{
    for (; reader->place < reader->end; reader->place++) {
        char byte = *reader->place;

        if (byte == ',' || byte == '\n' || (byte == '\r' && reader->place[1] == '\n')) {
            break;
        }
        if (byte == '"' || byte == '\0') {
            return byte == '"' ? CSV_QUOTE_INSIDE : CSV_NUL;
        }
    }
    *ret_end = reader->place;
    return CSV_RECORD;
}

/** One field; *ret_last says whether the line ended after it. */
static enum csv_found take_field(struct csv_reader *reader, struct csv_record *record,
                                 bool *ret_last)
{
    bool quoted = reader->place < reader->end && *reader->place == '"';
    char *begin = reader->place;
    char *end = NULL;
    enum csv_found found = quoted ? take_quoted(reader, &end) : take_plain(reader, &end);

    if (found != CSV_RECORD) {
        return found;
    }
    if (record->length == CSV_FIELDS_MAX) {
        return CSV_TOO_MANY;
    }
    bool comma = reader->place < reader->end && *reader->place == ',';

    if (comma) {
        reader->place++;
    } else if (!take_line_end(reader)) {
        return CSV_AFTER_QUOTE;
    }
    /* Only now: the end of a field is the place of what followed it. */
    *end = '\0';
    record->field[record->length++] = begin;
    *ret_last = !comma;
    return CSV_RECORD;
}

enum csv_found csv_next(struct csv_reader *reader, struct csv_record *ret_record)
{
    bool last = false;

    do {
        if (reader->place >= reader->end) {
            return CSV_END;
        }
    } while (take_line_end(reader));
    *ret_record = (struct csv_record){.line = reader->line};
    while (!last) {
        enum csv_found found = take_field(reader, ret_record, &last);

        if (found != CSV_RECORD) {
            skip_line(reader);
            return found;
        }
    }
    return CSV_RECORD;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/backend-documents.h"

#include <string.h>

static const char end_mark[] = "%%EOF";
static const char begin_mark[] = "%PDF-";
enum { MARK_BYTES = 5 };
_Static_assert(sizeof end_mark == MARK_BYTES + 1 && sizeof begin_mark == MARK_BYTES + 1,
               "both marks are of one length");

enum match { MATCH_NO, MATCH_YES, MATCH_NEEDS_MORE };

static enum match match(const char *bytes, size_t length, const char *mark)
{
    size_t compared = length < MARK_BYTES ? length : MARK_BYTES;

    if (memcmp(bytes, mark, compared) != 0) {
        return MATCH_NO;
    }
    return compared == MARK_BYTES ? MATCH_YES : MATCH_NEEDS_MORE;
}

static bool is_white_space(char byte)
{
    return byte == '\n' || byte == '\r' || byte == ' ' || byte == '\t' || byte == '\f' ||
           byte == '\0';
}

size_t document_scan(struct document_scanner *scanner, const char *bytes, size_t length, bool last,
                     bool *ret_boundary)
{
    size_t at = 0;

    while (at < length) {
        if (scanner->after_eof && is_white_space(bytes[at])) {
            at++;
            continue;
        }
        if (scanner->after_eof) {
            enum match begins = match(bytes + at, length - at, begin_mark);

            if (begins == MATCH_YES) {
                *ret_boundary = true;
                return at;
            }
            if (begins == MATCH_NEEDS_MORE && !last) {
                return at;
            }
            scanner->after_eof = false;
        }
        const char *percent = memchr(bytes + at, '%', length - at);

        if (percent == NULL) {
            return length;
        }
        at = (size_t)(percent - bytes);
        enum match ends = match(percent, length - at, end_mark);

        if (ends == MATCH_NEEDS_MORE && !last) {
            return at;
        }
        scanner->after_eof = ends == MATCH_YES;
        at += ends == MATCH_YES ? MARK_BYTES : 1;
    }
    return length;
}

void document_scanner_go_on(struct document_scanner *scanner)
{
    scanner->after_eof = false;
}

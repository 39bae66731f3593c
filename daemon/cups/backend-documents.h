/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The documents of a job in the stream from cupsd's filters.
 *
 * The problem: `lp a.pdf b.pdf` is one CUPS job of two documents. cupsd runs the filters for each
 * document, but one backend for the whole job, and its stdin is the filters' PDFs one after the
 * other without any sign between them. A PDF reader that gets this stream finds the last document
 * only: the others would be lost in silence. (With the PPD's cupsSingleFile there is a backend for
 * each document, but none is told which document it has, so that a second run could not be told
 * from a second document.)
 *
 * The chosen way: a PDF ends with `%%EOF` and the next one begins with `%PDF-`, with nothing but
 * white space between. Where that is seen in the stream, a document *may* end; whether it does is
 * asked of cupsd (number-of-documents), since the same bytes can stand inside a document, in PDFs
 * that are attached to it uncompressed.
 *
 * Left out: documents that are not PDF (`lp -o raw`) are not told apart; the daemon refuses them
 * anyway.
 */
#ifndef DAEMON_CUPS_BACKEND_DOCUMENTS_H
#define DAEMON_CUPS_BACKEND_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct document_scanner {
    bool after_eof; /**< the last bytes that are not white space were %%EOF */
};

/**
 * Looks for the place where another document may begin.
 *
 * @param bytes,length  what follows the bytes taken before; length ≥ 1
 * @param last          no bytes will follow these
 * @param ret_boundary  set to true when a document may begin at the returned offset, else left
 * alone
 * @return how many bytes belong to the present document. Less than length without a boundary: the
 * rest is to be given again with more bytes behind it (it is less than 5 bytes long). With a
 * boundary, the bytes behind it are to be given again after document_scanner_go_on().
 */
size_t document_scan(struct document_scanner *scanner, const char *bytes, size_t length, bool last,
                     bool *ret_boundary);

/** After a boundary: the next call takes the bytes there, as part of this document or as the begin
 * of the next. */
void document_scanner_go_on(struct document_scanner *scanner);

#endif

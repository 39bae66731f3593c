/* SPDX-License-Identifier: GPL-2.0-or-later */
/** /FlateDecode (ISO 32000-1 §7.4.4), strictly. */
#ifndef DAEMON_DOCUMENT_STAMP_INFLATE_H
#define DAEMON_DOCUMENT_STAMP_INFLATE_H

#include <glib.h>
#include <stdbool.h>

#include "daemon/document/stamp-syntax.h"

enum { INFLATE_BYTES_MAX = 100 << 20 };

struct inflater;

/** NULL without memory. */
struct inflater *inflate_new(void);
/** NULL is allowed. */
void inflate_free(struct inflater *inflater);

/** Appends what a zlib stream holds; false, with anything appended, when it is damaged, cut off, or
 * the content would be of more than INFLATE_BYTES_MAX then, with what was there before. */
bool inflate_stream(struct inflater *inflater, const struct span *raw, GByteArray *content);

/**
 * Takes a PNG prediction of bytes back, as cross-reference streams have it.
 *
 * @param parameters  /DecodeParms as a dictionary
 * @return false, with anything in `content`, when they or the data are otherwise
 */
bool inflate_unpredict(const struct object *parameters, GByteArray *content);

#endif

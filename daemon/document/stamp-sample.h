/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Some pages of a long document as a document of their own: see the essay in stamp-sample.c. */
#ifndef DAEMON_DOCUMENT_STAMP_SAMPLE_H
#define DAEMON_DOCUMENT_STAMP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/document/stamp-source.h"

enum { SAMPLE_ROOM_BYTES = 1 << 18 /**< enough for every sample but odd ones */ };

/**
 * Writes an update behind a document's bytes that leaves only some of its pages.
 *
 * @param source  read without libqpdf
 * @param data    its bytes; `room` bytes behind them may be written to
 * @param pages   indices, from 0
 * @return bytes written; 0 when they do not fit
 */
size_t sample_write(const struct stamp_source *source, uint8_t *data, size_t room,
                    const uint32_t *pages, size_t pages_length);

#endif

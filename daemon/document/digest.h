/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The fingerprint of a document's content: see the essay in digest.c for what it sees and what it
 * ignores. */
#ifndef DAEMON_DOCUMENT_DIGEST_H
#define DAEMON_DOCUMENT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <qpdf/qpdf-c.h>

#include "daemon/document/structure.h"

enum { DIGEST_BYTES = 32 };

struct digest;

/** Begins a fingerprint; takes in what the catalogue says about layers and forms. Free with
 * digest_free(). */
struct digest *digest_new(qpdf_data qpdf, uint32_t pages);
void digest_free(struct digest *digest);

/**
 * Takes in one page; call in page order.
 *
 * @param content,content_size  the page's decoded content streams, joined
 */
void digest_page(struct digest *digest, qpdf_oh page, const struct page_shape *shape,
                 const uint8_t *content, size_t content_size);

/** The fingerprint: SHA-256 over the pages' digests. */
void digest_finish(struct digest *digest, uint8_t ret_fingerprint[DIGEST_BYTES]);

#endif

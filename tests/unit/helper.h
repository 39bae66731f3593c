/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The document helper in tests: started, and asked. */
#ifndef TESTS_UNIT_HELPER_H
#define TESTS_UNIT_HELPER_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/document/client.h"

/** Starts the helper just built; a failure fails the test. */
struct document_helper *start_helper(unsigned timeout_s, uint64_t memory_bytes, unsigned children);

/** Has bytes inspected; only the result is of interest. */
int try_with(struct document_helper *with, const void *data, size_t size, char *ret_message);

/** Has bytes inspected that are a sound document; a refusal fails the test. */
void inspect_bytes(struct document_helper *with, const void *data, size_t size,
                   struct document_facts *ret_facts);

/** The same for a document of plain pages. */
struct pdf_page;
void inspect_pages(struct document_helper *with, const struct pdf_page *pages, size_t pages_length,
                   struct document_facts *ret_facts);

#endif

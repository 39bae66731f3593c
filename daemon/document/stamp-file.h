/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A file whose structure is beyond doubt: cross-references and objects, read from its own bytes.
 * See the essay in stamp-pages.c.
 */
#ifndef DAEMON_DOCUMENT_STAMP_FILE_H
#define DAEMON_DOCUMENT_STAMP_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/document/stamp-sink.h"
#include "daemon/document/stamp-syntax.h"

struct plain_file;

/**
 * Reads the cross-references (ISO 32000-1 §7.5.4, §7.5.8) of a file that is not encrypted.
 *
 * @param data,size  borrowed; must outlive the file
 * @param form,xref  how the newest section is written, and where it begins
 * @return NULL in doubt. Free with file_close().
 */
struct plain_file *file_open(const uint8_t *data, size_t size, enum xref_form form, uint64_t xref);
void file_close(struct plain_file *file);

/** The newest trailer. */
const struct object *file_trailer(const struct plain_file *file);
/** One more than the highest object number that is listed. */
uint32_t file_numbers(const struct plain_file *file);

/**
 * Finds an indirect object.
 *
 * @param ret_object  valid until file_close(); of a stream, its dictionary
 * @param ret_data    of a stream, what follows the keyword; else NULL. NULL is allowed.
 * @return false in doubt: it is not there, or not where it should be
 */
bool file_object(struct plain_file *file, uint32_t number, uint32_t generation,
                 struct object *ret_object, struct span *ret_data);

/** Puts in place of a reference what it refers to. False in doubt. */
bool file_resolve(struct plain_file *file, struct object *object);
/** syntax_find() and file_resolve() in one. */
bool file_find(struct plain_file *file, const struct object *dictionary, const char *key,
               struct object *ret_object);

/**
 * Appends the decoded data of a stream (no filter, or /FlateDecode) to `content`.
 *
 * @param data  as file_object() gave it
 * @return false in doubt, and for more than a hundred megabytes
 */
bool file_decode(struct plain_file *file, const struct object *dictionary, const struct span *data,
                 GByteArray *content);

#endif

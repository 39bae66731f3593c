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

/** A file that is not encrypted. */
struct plain_origin {
    const uint8_t *data; /**< borrowed; must outlive what is made of it */
    size_t size;
    enum xref_form form; /**< how the newest cross-reference section is written */
    uint64_t xref;       /**< where it begins */
    bool mapped;         /**< file_give_back() may be used */
};

/** Lets the system have the memory of a mapped file back that is not needed now; it is read anew
 * when it is. What was written behind the file stays. */
void file_give_back(const uint8_t *data, size_t size);

/** Reads the cross-references (ISO 32000-1 §7.5.4, §7.5.8). NULL in doubt; free with file_close().
 */
struct plain_file *file_open(const struct plain_origin *origin);
void file_close(struct plain_file *file);

/** The newest trailer. */
const struct object *file_trailer(const struct plain_file *file);
/** One more than the highest object number that is listed. */
uint32_t file_numbers(const struct plain_file *file);

/**
 * Finds an indirect object.
 *
 * @param ret_object  valid until file_close(); of a stream, its dictionary
 * @param ret_data    of a stream, what follows the keyword; else NULL. NULL: a stream is a doubt
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
 * @return false in doubt, and for more than a hundred megabytes of content in all
 */
bool file_decode(struct plain_file *file, const struct object *dictionary, const struct span *data,
                 GByteArray *content);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Objects of PDF (ISO 32000-1 §7.3) as stretches of a file's own bytes, which can be copied as they
 * are. Nothing is guessed: what is not written as the standard has it is "in doubt", and the caller
 * leaves the file to libqpdf.
 */
#ifndef DAEMON_DOCUMENT_STAMP_SYNTAX_H
#define DAEMON_DOCUMENT_STAMP_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes from `at` up to, not including, `end`. */
struct span {
    const uint8_t *at;
    const uint8_t *end;
};

enum object_kind {
    OBJECT_NONE, /**< what was looked for is not there */
    OBJECT_NULL,
    OBJECT_BOOLEAN,
    OBJECT_INTEGER,
    OBJECT_REAL,
    OBJECT_NAME,
    OBJECT_STRING,
    OBJECT_ARRAY,
    OBJECT_DICTIONARY,
    OBJECT_REFERENCE,
};

struct object {
    enum object_kind kind;
    struct span text; /**< delimiters included */
};

/** Takes white space and comments. */
void syntax_skip_white(struct span *rest);

/** Takes an object off the beginning of `rest`, white space before it too. False in doubt. */
bool syntax_take(struct span *rest, struct object *ret_object);

/** Takes a keyword, e.g. "obj"; false, and nothing taken, when something else stands there. */
bool syntax_take_word(struct span *rest, const char *word);

/** Takes an unsigned integer up to `max`; false when something else stands there. */
bool syntax_take_number(struct span *rest, uint64_t max, uint64_t *ret_number);

/** What stands between the delimiters of an array or a dictionary that was taken. */
struct span syntax_inside(const struct object *container);

/** Takes the next entry of the inside of a dictionary that was taken; false at its end. */
bool syntax_take_entry(struct span *inside, struct span *ret_key, struct object *ret_value);

/**
 * Finds an entry of a dictionary.
 *
 * @param key         with its slash
 * @param ret_object  of kind OBJECT_NONE when there is none, or it is null
 * @return false in doubt: it is there twice, or some key is written with number signs (§7.3.5)
 */
bool syntax_find(const struct object *dictionary, const char *key, struct object *ret_object);

/** The same for several keys at a time; as many objects as keys. */
bool syntax_find_all(const struct object *dictionary, const char *const *keys, size_t length,
                     struct object *ret_objects);

/** Whether an object is this name (with its slash). */
bool syntax_is_name(const struct object *object, const char *name);
bool syntax_span_is(const struct span *span, const char *text);

/** The value of an integer; false when it is none, or out of range. */
bool syntax_integer(const struct object *object, int64_t min, int64_t max, int64_t *ret_value);
/** The value of an integer or a real; false when it is neither. */
bool syntax_real(const struct object *object, double *ret_value);
/** What a reference names. */
bool syntax_reference(const struct object *object, uint32_t *ret_number, uint32_t *ret_generation);

#endif

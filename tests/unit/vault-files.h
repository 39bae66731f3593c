/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What the tests of the vault share: bytes in memory, folders that go away, other programs.
 * Everything asserts by itself.
 */
#ifndef TESTS_UNIT_VAULT_FILES_H
#define TESTS_UNIT_VAULT_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/vault/age.h"

struct bytes {
    uint8_t *data;
    size_t size;
};
void bytes_clear(struct bytes *bytes);
/** An age_sink; the context is a struct bytes. */
int bytes_append(void *context, const uint8_t *data, size_t size);
/** The same bytes at every run, different at every place. */
struct bytes bytes_pattern(size_t size);
void assert_bytes_equal(const struct bytes *left, const struct bytes *right);

/** A memory file that holds the bytes, at offset 0. Close it. */
int bytes_descriptor(const struct bytes *bytes);
/** All a descriptor holds from its start on. */
struct bytes bytes_of_descriptor(int fd);
struct bytes bytes_of_file(const char *path);

/** Encrypts with age_writer in one write. */
struct bytes encrypt(const struct bytes *plaintext, const struct age_recipient *recipients,
                     size_t recipients_length);
/** Reads to the end or the first error, which it returns. What was given out until then is in
 * ret_plaintext. */
int decrypt(const struct bytes *file, const struct age_identity *identity,
            struct bytes *ret_plaintext);

/** Runs a program found in PATH, asserts that it is there, and returns its exit status. ret_output
 * may be NULL. */
int run_program(const char *const *arguments, const struct bytes *input, struct bytes *ret_output);

/** A fresh empty folder; its path is to be given to folder_remove(), which empties it (no folders
 * inside). */
char *folder_make(void);
void folder_remove(char *path);
/** Number of entries other than . and .. */
size_t folder_entries(const char *path);

#endif

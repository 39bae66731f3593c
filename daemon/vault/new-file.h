/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A file that is either whole under its name or not there: written without a name (O_TMPFILE) or,
 * where the file system cannot, under a temporary one; then flushed, linked to its name, and the
 * folder flushed. Inside of daemon/vault only.
 */
#ifndef DAEMON_VAULT_NEW_FILE_H
#define DAEMON_VAULT_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEW_FILE_NAME_BYTES = 64 };

struct new_file {
    int directory_fd;                         /**< borrowed */
    int fd;                                   /**< write here; -1 when closed */
    char temporary_name[NEW_FILE_NAME_BYTES]; /**< "" while the file has no name */
};

/** Makes an empty file of mode 0600. PR_ENOSPC, PR_EACCESS, PR_EIO … are logged. */
int new_file_open(int directory_fd, struct new_file *ret_file);
/** As new_file_open(), but never with O_TMPFILE. For file systems without it, and for tests of that
 * case. */
int new_file_open_named(int directory_fd, struct new_file *ret_file);

/** Writes all of it. */
int new_file_write(struct new_file *file, const uint8_t *data, size_t size);

/**
 * Makes the file durable under its name and closes it.
 *
 * @param replace  whether to take the place of what has that name; else PR_EEXIST, decided without
 * a race
 * @return PR_OK; an error, and nothing of the file is left. Only when the last step fails, flushing
 * the folder, has the file got its name; it is whole, but may be gone after a crash.
 */
int new_file_commit(struct new_file *file, const char *name, bool replace);

/** Closes and removes what is not committed. Safe to call twice and after new_file_commit(). */
void new_file_discard(struct new_file *file);

/** Removes temporary files that a crash left in a folder and flushes it. Not while others write
 * there. */
int new_file_sweep(int directory_fd);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The spool: one age file a document, SPOOLDIR/NAME.age, encrypted while it is received.
 *
 * A document is written under a temporary name in the same folder, fsynced, then linked to its name
 * and the folder fsynced; what stands under a name is always whole. The SHA-256 of the plaintext
 * and its size are computed on the way.
 */
#ifndef DAEMON_VAULT_SPOOL_H
#define DAEMON_VAULT_SPOOL_H

#include <stdint.h>

#include "daemon/vault/age.h"

enum { SPOOL_SHA256_BYTES = 32, SPOOL_NAME_BYTES = 64 };

struct spool_writer;
/**
 * Begins a document.
 *
 * @param directory_fd  borrowed, must outlive the writer; opened for reading (O_RDONLY |
 * O_DIRECTORY, not O_PATH), as it is flushed
 */
int spool_writer_open(int directory_fd, const struct age_recipient *recipients,
                      size_t recipients_length, struct spool_writer **ret_writer);
/** More plaintext. PR_ENOSPC when the medium is full; the writer is then only good for
 * spool_writer_free(). */
int spool_writer_write(struct spool_writer *writer, const uint8_t *data, size_t size);
/**
 * Makes it durable under `name` (letters, digits, '-', '.', not first a '.', fewer than
 * SPOOL_NAME_BYTES), replacing what stood there.
 *
 * @param ret_sha256  of the plaintext
 * @param ret_size    of the plaintext, bytes
 * @return PR_OK: it survives a power cut from now on; PR_EINVAL for such a name, and the writer is
 *         as before; PR_ENOSPC, PR_EIO …: nothing of it is there, except when the very last step,
 *         flushing the folder, failed: then it is whole under its name, but may be gone
 *         after a crash
 */
int spool_writer_commit(struct spool_writer *writer, const char *name,
                        uint8_t ret_sha256[SPOOL_SHA256_BYTES], uint64_t *ret_size);
/** Frees; an uncommitted document is unlinked. NULL is allowed. */
void spool_writer_free(struct spool_writer *writer);

struct spool_reader;
/**
 * Opens a spooled document for reading; the descriptor is owned by the reader.
 *
 * @return as age_reader_open(); PR_ENOENT when there is none of this name; PR_EINVAL for the name
 */
int spool_reader_open(int directory_fd, const char *name,
                      const struct age_identity *const *identities, size_t identities_length,
                      struct spool_reader **ret_reader);
/** As age_reader_read(). */
int spool_reader_read(struct spool_reader *reader, uint8_t *buffer, size_t size, size_t *ret_size);
void spool_reader_free(struct spool_reader *reader);

/** Unlinks a document and fsyncs the folder; PR_OK when it is gone already. */
int spool_remove(int directory_fd, const char *name);
/** Unlinks temporary files a crash left behind. Call once at start, before any writer. */
int spool_sweep(int directory_fd);

#endif

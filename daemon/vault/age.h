/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * age v1 files (age-encryption.org/v1; C2SP age.md), X25519 recipients, written and read as a
 * stream in constant memory.
 *
 * One writer or reader serves one file and one thread. File keys and identities live in locked
 * memory and are wiped.
 */
#ifndef DAEMON_VAULT_AGE_H
#define DAEMON_VAULT_AGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    AGE_CHUNK_BYTES = 65536,       /**< plaintext of a STREAM chunk */
    AGE_RECIPIENT_BYTES = 32,      /**< X25519 public key */
    AGE_RECIPIENT_TEXT_BYTES = 63, /**< "age1…" with its NUL */
    AGE_IDENTITY_TEXT_BYTES = 75,  /**< "AGE-SECRET-KEY-1…" with its NUL */
    AGE_RECIPIENTS_MAX = 8
};

struct age_recipient {
    uint8_t public_key[AGE_RECIPIENT_BYTES];
};
struct age_identity; /**< an X25519 private key in sodium_malloc'd memory */

/** Makes a fresh identity; PR_ENOMEM. Free with age_identity_free(), which wipes. */
int age_identity_generate(struct age_identity **ret_identity);
/** Reads "AGE-SECRET-KEY-1…" (Bech32, upper case); PR_EFORMAT, PR_ENOMEM. The text is the caller's
 * to wipe. */
int age_identity_parse(const char *text, struct age_identity **ret_identity);
/** Writes the text form; the caller wipes it (sodium_memzero). */
void age_identity_format(const struct age_identity *identity,
                         char ret_text[AGE_IDENTITY_TEXT_BYTES]);
void age_identity_recipient(const struct age_identity *identity,
                            struct age_recipient *ret_recipient);
/** Wipes and frees; NULL is allowed. */
void age_identity_free(struct age_identity *identity);

/** Reads "age1…" (lower case); PR_EFORMAT when it is not a valid recipient or of low order. */
int age_recipient_parse(const char *text, struct age_recipient *ret_recipient);
void age_recipient_format(const struct age_recipient *recipient,
                          char ret_text[AGE_RECIPIENT_TEXT_BYTES]);

/** Takes bytes of a file in order; returns PR_OK or an error that ends the work. */
typedef int (*age_sink)(void *context, const uint8_t *data, size_t size);

struct age_writer;
/**
 * Begins a file to 1 … AGE_RECIPIENTS_MAX recipients: writes the header into the sink.
 *
 * @return PR_OK; PR_EINVAL for another number of recipients; PR_EFORMAT when one is a point of low
 *         order; PR_ENOMEM; the sink's error
 */
int age_writer_open(const struct age_recipient *recipients, size_t recipients_length, age_sink sink,
                    void *context, struct age_writer **ret_writer);
/**
 * Encrypts more plaintext; any sizes.
 *
 * @return PR_OK; the sink's error, which sticks: the sink is not called again; PR_ESTATE after
 *         age_writer_finish()
 */
int age_writer_write(struct age_writer *writer, const uint8_t *data, size_t size);
/** Writes the final chunk. Without it the file is truncated and no reader accepts it. Errors as of
 * age_writer_write(). */
int age_writer_finish(struct age_writer *writer);
/** Wipes and frees; NULL is allowed. Does not finish. */
void age_writer_free(struct age_writer *writer);

struct age_reader;
/**
 * Begins to read: parses the header from the descriptor (borrowed, read from its current offset),
 * finds the stanza an identity opens, checks the header's MAC.
 *
 * The descriptor is read further than the header; its offset is the reader's from now on.
 *
 * @return PR_OK; PR_ENOKEY when no identity fits; PR_EFORMAT; PR_ECRYPTO when the MAC is wrong;
 *         PR_EIO, PR_ENOMEM
 */
int age_reader_open(int fd, const struct age_identity *const *identities, size_t identities_length,
                    struct age_reader **ret_reader);
/**
 * Gives the next plaintext: one whole authenticated chunk; nothing unauthenticated is ever given
 * out. A file is only known to be complete when ret_size is 0: a cut or an addition shows at the
 * end, after the chunks before it were given out.
 *
 * @param buffer,size  size ≥ AGE_CHUNK_BYTES; the caller's to wipe
 * @param ret_size     0 at the end of a complete file, and again at every later call
 * @return PR_OK; PR_ECRYPTO when a chunk was altered or the file is cut within one; PR_EFORMAT when
 *         the file is cut between chunks or goes on after its end; PR_EIO. Errors stick, except
 *         PR_EINVAL for a buffer that is too small.
 */
int age_reader_read(struct age_reader *reader, uint8_t *buffer, size_t size, size_t *ret_size);
/** Wipes and frees; NULL is allowed. The descriptor stays open. */
void age_reader_free(struct age_reader *reader);

#endif

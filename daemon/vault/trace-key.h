/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The office's trace key: what makes the codes on numbered copies, and tells genuine ones from
 * forged. One file, KEYDIR/trace.key, mode 0600: 64 hex digits and a newline. It is as old as the
 * office's first numbered copy and must outlive the last: with another key, every sheet on paper
 * would look forged. So there is one for good, and no rotation.
 *
 * Fail closed: a key the store remembers and whose file is gone or is another is PR_ENOKEY; a new
 * one is never made silently in its place.
 */
#ifndef DAEMON_VAULT_TRACE_KEY_H
#define DAEMON_VAULT_TRACE_KEY_H

#include <stddef.h>
#include <stdint.h>

struct trace_key; /**< in locked memory; does not change, may be used by several threads */

enum { TRACE_KEY_ID_BYTES = 33 }; /**< 32 hex digits with their NUL; tells nothing of the key */

/**
 * Loads the key, or makes it when there is none and none is expected: written without a name,
 * flushed, linked into place.
 *
 * @param key_directory_fd  opened for reading, as it is flushed
 * @param expected_id       the id the store remembers, NULL when it remembers none
 * @param ret_key           free with trace_key_free()
 * @return PR_OK; PR_ENOKEY when the file is missing though expected, unreadable, open to others, a
 * link, damaged, or another key (the log says which); PR_EIO, PR_ENOSPC, PR_ENOMEM
 */
int trace_key_load_or_create(int key_directory_fd, const char *expected_id,
                             struct trace_key **ret_key);
/** Wipes. NULL is allowed. */
void trace_key_free(struct trace_key *key);

/** What the store remembers the key by. */
const char *trace_key_id(const struct trace_key *key);
/** The number of the office in its codes: the id's first 16 bits. */
uint16_t trace_key_site(const struct trace_key *key);

/** Keyed BLAKE2b-256 over domain ‖ message, of which the first mac_size bytes (≤ 32). */
void trace_key_mac(const struct trace_key *key, const char *domain, size_t domain_size,
                   const uint8_t *message, size_t message_size, uint8_t *ret_mac, size_t mac_size);

#endif

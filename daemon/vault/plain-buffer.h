/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Page-aligned memory for plaintext: kept out of swap and core dumps where the system allows it,
 * wiped when freed.
 */
#ifndef DAEMON_VAULT_PLAIN_BUFFER_H
#define DAEMON_VAULT_PLAIN_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/** NULL when there is no memory. That it could not be locked (RLIMIT_MEMLOCK) is no failure. */
uint8_t *plain_buffer_new(size_t size);
/** Wipes and frees; NULL is allowed. `size` as when it was made. */
void plain_buffer_free(uint8_t *buffer, size_t size);

#endif

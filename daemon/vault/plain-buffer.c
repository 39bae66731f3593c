/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/vault/plain-buffer.h"

#include <sodium.h>
#include <sys/mman.h>

uint8_t *plain_buffer_new(size_t size)
{
    /* Pages of its own: unlocking works on whole pages and must not unlock a neighbour's. */
    uint8_t *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (buffer == MAP_FAILED) {
        return NULL;
    }
    (void)sodium_mlock(buffer, size);
    return buffer;
}

void plain_buffer_free(uint8_t *buffer, size_t size)
{
    if (buffer == NULL) {
        return;
    }
    /* Wipes, also where the lock was refused. */
    (void)sodium_munlock(buffer, size);
    (void)munmap(buffer, size);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/memory.h"

#include <signal.h>
#include <stdlib.h>

static volatile sig_atomic_t refused;

bool memory_refused(void)
{
    return refused != 0;
}

#if !defined PRINTROOM_SANITIZED && defined __GLIBC__ && !defined PRINTROOM_FUZZING
/* glibc's own names for what stands behind malloc() and its kin; the shared libraries call these
 * three through the program's symbols, operator new among them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t items, size_t size);
void *__libc_realloc(void *old, size_t size);

static void *note(void *memory)
{
    if (memory == NULL) {
        refused = 1;
    }
    return memory;
}

void *malloc(size_t size)
{
    return note(__libc_malloc(size));
}

void *calloc(size_t items, size_t size)
{
    return note(__libc_calloc(items, size));
}

void *realloc(void *old, size_t size)
{
    void *memory = __libc_realloc(old, size);

    return size == 0 ? memory : note(memory);
}
#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Knows whether the C library has ever refused this process memory. The libraries below answer a
 * refusal each in its own way (an exception, NULL, a status, abort()), so the refusal itself is
 * noted, where all of them ask: in malloc().
 */
#ifndef DAEMON_DOCUMENT_MEMORY_H
#define DAEMON_DOCUMENT_MEMORY_H

#include <stdbool.h>

/** True once an allocation has failed. Async-signal-safe. Always false where a sanitizer has
 * replaced malloc(). */
bool memory_refused(void);

#endif

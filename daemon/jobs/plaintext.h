/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A document in plain, in anonymous memory only (memfd_create(2)), to be handed to
 * printroom-document. It never has a name and never touches a disk; the daemon does not map it, so
 * a large document does not weigh on the daemon.
 */
#ifndef DAEMON_JOBS_PLAINTEXT_H
#define DAEMON_JOBS_PLAINTEXT_H

#include <stddef.h>
#include <stdint.h>

/** Makes an empty one; *ret_fd is the caller's to close. */
int plaintext_new(int *ret_fd);
int plaintext_append(int fd, const uint8_t *data, size_t size);
/** Seals it: nobody can change it any more, not even through the helper's descriptor. */
int plaintext_seal(int fd);

#endif

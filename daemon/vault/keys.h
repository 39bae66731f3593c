/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Day keys. Each working day has a fresh X25519 identity under KEYDIR/day-YYYY-MM-DD.key (age
 * identity file, mode 0600). Every document spooled that day is encrypted to it; printing needs it;
 * the close of day destroys it.
 *
 * Fail closed: a day whose key was made once (the store remembers its recipient) but whose file is
 * gone or does not match is PR_ENOKEY; a new key is never made silently in its place.
 */
#ifndef DAEMON_VAULT_KEYS_H
#define DAEMON_VAULT_KEYS_H

#include <stdbool.h>

#include "daemon/vault/age.h"

enum { DAY_BYTES = 11 }; /**< "YYYY-MM-DD" with its NUL */

/**
 * Makes the key of a day: written without a name or to a temporary one, fsynced, linked into place,
 * folder fsynced. What stands there is never replaced.
 *
 * @param key_directory_fd  opened for reading (O_RDONLY | O_DIRECTORY, not O_PATH), as it is
 * flushed; nobody else may be making a key there
 * @return PR_OK; PR_EEXIST when there is one already (a crash before the store remembered its
 *         recipient: load it with expected = NULL); PR_EINVAL when it is no day; PR_EIO, PR_ENOSPC,
 *         PR_ENOMEM
 */
int day_key_create(int key_directory_fd, const char day[DAY_BYTES],
                   struct age_identity **ret_identity);

/**
 * Reads the key of a day.
 *
 * @param expected  the recipient the store remembers for the day, or NULL when it remembers none
 * @return PR_OK; PR_ENOKEY when the file is missing, unreadable, open to others than its owner, not
 *         of this process's user, a link, or another key (the log says which); PR_EINVAL when it is
 *         no day; PR_ENOMEM
 */
int day_key_load(int key_directory_fd, const char day[DAY_BYTES],
                 const struct age_recipient *expected, struct age_identity **ret_identity);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Follows a log that another program writes, across rotation and our own restarts. */
#ifndef DAEMON_CUPS_LOG_FOLLOWER_H
#define DAEMON_CUPS_LOG_FOLLOWER_H

#include <stddef.h>

struct log_follower;

/**
 * @param path        of the log; need not exist yet
 * @param place_path  file in which the place is kept, in a folder of ours
 * @return PR_OK, PR_ENOMEM
 */
int log_follower_new(const char *path, const char *place_path, struct log_follower **ret);
void log_follower_free(struct log_follower *follower);

/** A line without its newline and without a NUL; it may hold any byte. */
typedef void (*log_line_callback)(void *context, const char *line, size_t length);
/**
 * Calls back for each whole line written since the last call, some megabytes at most; the rest is
 * for the next call. Lines longer than 4095 bytes are passed over. Never waits.
 *
 * @return PR_OK; PR_ENOENT there is no log (yet), PR_EACCESS it may not be read, PR_EFORMAT it is
 * no regular file, PR_EIO
 */
int log_follower_read(struct log_follower *follower, log_line_callback callback, void *context);
/** Writes the place down, if it has changed, durably: after it, lines that were read are not read
 * again. */
int log_follower_remember(struct log_follower *follower);

#endif

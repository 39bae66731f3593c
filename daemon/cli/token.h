/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The file that keeps the token of who has signed in: token and socket, a line each, mode 0600. */
#ifndef DAEMON_CLI_TOKEN_H
#define DAEMON_CLI_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum { CLI_TOKEN_BYTES = 256 };

/** $XDG_STATE_HOME/printroom/token, else ~/.local/state/printroom/token. False when neither is
 * known or it does not fit. */
bool cli_token_path(char *path, size_t size);

/** Writes the file, making its folders (mode 0700); the old one is replaced at once. PR_OK; PR_EIO
 * with errno set. */
int cli_token_write(const char *path, const char *token, const char *socket);

/**
 * Reads the token that is good at a socket.
 *
 * @return PR_OK; PR_ENOENT: there is none for this socket; PR_EACCESS: the file is not one's own,
 * or others may read it
 */
int cli_token_read(const char *path, const char *socket, char ret_token[CLI_TOKEN_BYTES]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cli/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/error.h"

enum { FILE_BYTES = CLI_TOKEN_BYTES + 4096 };

bool cli_token_path(char *path, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int length = -1;

    /* The XDG base directory specification: relative paths are to be passed over. */
    if (state != NULL && state[0] == '/') {
        length = snprintf(path, size, "%s/printroom/token", state);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(path, size, "%s/.local/state/printroom/token", home);
    }
    return length > 0 && (size_t)length < size;
}

/** Makes the folders above a file. */
static void make_folders(const char *path)
{
    char folder[4096];

    if (strlen(path) >= sizeof folder) {
        return;
    }
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700); /* what cannot be made is seen when the file is opened */
        *slash = '/';
    }
}

static bool write_all(int fd, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t written = write(fd, text, length);

        if (written < 0) {
            return false;
        }
        text += written;
        length -= (size_t)written;
    }
    return true;
}

int cli_token_write(const char *path, const char *token, const char *socket)
{
    char text[FILE_BYTES];
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);

    if (length < 0 || (size_t)length >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return PR_EIO;
    }
    length = snprintf(text, sizeof text, "%s\n%s\n", token, socket);
    if (length < 0 || (size_t)length >= sizeof text) {
        errno = ENAMETOOLONG;
        return PR_EIO;
    }
    make_folders(path);
    int fd = mkstemp(temporary); /* mode 0600 */

    if (fd < 0) {
        explicit_bzero(text, sizeof text);
        return PR_EIO;
    }
    bool written = write_all(fd, text);

    explicit_bzero(text, sizeof text);
    if (close(fd) != 0 || !written || rename(temporary, path) != 0) {
        int reason = errno;

        unlink(temporary);
        errno = reason;
        return PR_EIO;
    }
    return PR_OK;
}

/** Takes the lines apart; the token when the socket is the one it was made for. */
static int take_token(char *text, const char *socket, char ret_token[CLI_TOKEN_BYTES])
{
    char *end = strchr(text, '\n');
    char *place = end != NULL ? end + 1 : NULL;
    char *last = place != NULL ? strchr(place, '\n') : NULL;

    if (last == NULL || end == text || (size_t)(end - text) >= CLI_TOKEN_BYTES) {
        return PR_ENOENT;
    }
    *end = '\0';
    *last = '\0';
    if (strcmp(place, socket) != 0) {
        return PR_ENOENT;
    }
    memcpy(ret_token, text, (size_t)(end - text) + 1);
    return PR_OK;
}

int cli_token_read(const char *path, const char *socket, char ret_token[CLI_TOKEN_BYTES])
{
    char text[FILE_BYTES];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) {
        return PR_ENOENT;
    }
    int result = PR_EACCESS;

    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) == 0) {
        ssize_t length = read(fd, text, sizeof text - 1);

        text[length > 0 ? length : 0] = '\0';
        result = take_token(text, socket, ret_token);
    }
    close(fd);
    explicit_bzero(text, sizeof text);
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"

enum { BACKLOG = 128 };

static int take_lock(const char *path, int *ret_fd)
{
    char lock_path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + sizeof ".lock"];

    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        log_write(LOG_LEVEL_ERROR, "%s: %s", lock_path, strerror(errno));
        return PR_EIO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_write(LOG_LEVEL_ERROR, "%s: another printroomd holds it", lock_path);
        close(fd);
        return PR_EBUSY;
    }
    *ret_fd = fd;
    return PR_OK;
}

/** Makes way: removes a socket nobody listens at any more. */
static int clear_way(const struct sockaddr_un *address)
{
    struct stat status;

    if (lstat(address->sun_path, &status) != 0) {
        return errno == ENOENT ? PR_OK : PR_EIO;
    }
    if (!S_ISSOCK(status.st_mode)) {
        log_write(LOG_LEVEL_ERROR, "%s: is in the way and no socket", address->sun_path);
        return PR_EEXIST;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (probe < 0) {
        return PR_EIO;
    }
    int result = connect(probe, (const struct sockaddr *)address, sizeof *address);
    int reason = errno;

    close(probe);
    if (result == 0 || reason != ECONNREFUSED) {
        log_write(LOG_LEVEL_ERROR, "%s: somebody else listens there", address->sun_path);
        return PR_EBUSY;
    }
    return unlink(address->sun_path) == 0 || errno == ENOENT ? PR_OK : PR_EIO;
}

static int listen_at(const struct sockaddr_un *address, int *ret_fd)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    /* Nobody can connect between bind() and listen(), so the mode is right before it matters. */
    if (fd < 0 || bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
        chmod(address->sun_path, 0666) != 0 || listen(fd, BACKLOG) != 0) {
        log_write(LOG_LEVEL_ERROR, "%s: %s", address->sun_path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return PR_EIO;
    }
    *ret_fd = fd;
    return PR_OK;
}

int api_socket_open(const char *path, struct api_socket *ret_socket)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct api_socket opened = {.fd = -1, .lock_fd = -1};
    int error;

    if (strlen(path) >= sizeof address.sun_path) {
        log_write(LOG_LEVEL_ERROR, "%s: longer than %zu bytes, too long for a socket", path,
                  sizeof address.sun_path - 1);
        return PR_EINVAL;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    opened.path = strdup(path);
    if (opened.path == NULL) {
        return PR_ENOMEM;
    }
    error = take_lock(path, &opened.lock_fd);
    if (error == PR_OK) {
        error = clear_way(&address);
    }
    if (error == PR_OK) {
        error = listen_at(&address, &opened.fd);
    }
    if (error != PR_OK) {
        if (opened.lock_fd >= 0) {
            close(opened.lock_fd);
        }
        free(opened.path);
        return error;
    }
    *ret_socket = opened;
    return PR_OK;
}

void api_socket_close(struct api_socket *socket)
{
    unlink(socket->path);
    close(socket->fd);
    /* The lock file stays: removing it would let two daemons lock two files of one name. */
    close(socket->lock_fd);
    free(socket->path);
}

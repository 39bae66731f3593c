/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/plaintext.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/error.h"

int plaintext_new(int *ret_fd)
{
    int fd = memfd_create("printroom-document", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0) {
        return pr_error_from_errno(errno);
    }
    *ret_fd = fd;
    return PR_OK;
}

int plaintext_append(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);

        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return pr_error_from_errno(errno);
        }
        data += written;
        size -= (size_t)written;
    }
    return PR_OK;
}

int plaintext_seal(int fd)
{
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0 ||
        lseek(fd, 0, SEEK_SET) != 0) {
        return pr_error_from_errno(errno);
    }
    return PR_OK;
}

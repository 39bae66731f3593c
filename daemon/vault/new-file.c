/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/vault/new-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"

/* No name a caller may choose begins with a dot, so these cannot collide with one. */
static const char temporary_prefix[] = ".incoming-";

static int failed(const char *doing)
{
    int error = errno;

    log_write(LOG_LEVEL_ERROR, "%s: %s", doing, strerror(error));
    return pr_error_from_errno(error);
}

static void make_temporary_name(char name[NEW_FILE_NAME_BYTES])
{
    uint64_t number;

    randombytes_buf(&number, sizeof number);
    (void)snprintf(name, NEW_FILE_NAME_BYTES, "%s%016" PRIx64, temporary_prefix, number);
}

int new_file_open_named(int directory_fd, struct new_file *ret_file)
{
    struct new_file file = {.directory_fd = directory_fd};

    make_temporary_name(file.temporary_name);
    file.fd = openat(directory_fd, file.temporary_name,
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file.fd < 0) {
        return failed("making a temporary file");
    }
    *ret_file = file;
    return PR_OK;
}

int new_file_open(int directory_fd, struct new_file *ret_file)
{
    /* Giving a nameless file its name goes through /proc unless the process has a capability. */
    if (access("/proc/self/fd", X_OK) == 0) {
        int fd = openat(directory_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd >= 0) {
            *ret_file = (struct new_file){.directory_fd = directory_fd, .fd = fd};
            return PR_OK;
        }
        /* EISDIR: a kernel or file system that does not know the flag. Other errors show again
         * below. */
    }
    return new_file_open_named(directory_fd, ret_file);
}

int new_file_write(struct new_file *file, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file->fd, data, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return failed("writing a new file");
        }
        data += written;
        size -= (size_t)written;
    }
    return PR_OK;
}

static int link_nameless(const struct new_file *file, const char *name)
{
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file->fd);
    return linkat(AT_FDCWD, path, file->directory_fd, name, AT_SYMLINK_FOLLOW);
}

/* Fails with EEXIST when the name is taken. */
static int give_fresh_name(struct new_file *file, const char *name)
{
    if (file->temporary_name[0] == '\0') {
        return link_nameless(file, name);
    }
    if (linkat(file->directory_fd, file->temporary_name, file->directory_fd, name, 0) != 0) {
        return -1;
    }
    (void)unlinkat(file->directory_fd, file->temporary_name, 0);
    file->temporary_name[0] = '\0';
    return 0;
}

/* linkat() never replaces, rename() does: a nameless file gets a temporary name first. */
static int take_over_name(struct new_file *file, const char *name)
{
    if (file->temporary_name[0] == '\0') {
        char temporary_name[NEW_FILE_NAME_BYTES];
        make_temporary_name(temporary_name);
        if (link_nameless(file, temporary_name) != 0) {
            return -1;
        }
        memcpy(file->temporary_name, temporary_name, sizeof temporary_name);
    }
    if (renameat(file->directory_fd, file->temporary_name, file->directory_fd, name) != 0) {
        return -1;
    }
    file->temporary_name[0] = '\0';
    return 0;
}

int new_file_commit(struct new_file *file, const char *name, bool replace)
{
    int result = PR_OK;

    /* Before it has the name: what stands under a name is whole, also after a crash right now. */
    if (fsync(file->fd) != 0) {
        result = failed("flushing a new file");
        goto out;
    }
    int linked = give_fresh_name(file, name);
    if (linked != 0 && errno == EEXIST) {
        if (!replace) {
            result = PR_EEXIST;
            goto out;
        }
        linked = take_over_name(file, name);
    }
    if (linked != 0) {
        result = failed("naming a new file");
    } else if (fsync(file->directory_fd) != 0) {
        result = failed("flushing a folder");
    }
out:
    new_file_discard(file);
    return result;
}

void new_file_discard(struct new_file *file)
{
    if (file->temporary_name[0] != '\0') {
        (void)unlinkat(file->directory_fd, file->temporary_name, 0);
        file->temporary_name[0] = '\0';
    }
    if (file->fd >= 0) {
        (void)close(file->fd);
        file->fd = -1;
    }
}

static int remove_temporary_files(DIR *folder)
{
    const struct dirent *entry;
    int result = PR_OK;

    while (errno = 0, (entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, temporary_prefix, sizeof temporary_prefix - 1) == 0 &&
            unlinkat(dirfd(folder), entry->d_name, 0) != 0 && errno != ENOENT) {
            result = failed("removing a left-over temporary file");
        }
    }
    return errno != 0 ? failed("reading a folder") : result;
}

int new_file_sweep(int directory_fd)
{
    /* A descriptor of its own: reading the folder moves the offset and closedir() closes. */
    int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    int result;

    if (folder == NULL) {
        result = failed("opening a folder");
        if (fd >= 0) {
            (void)close(fd);
        }
        return result;
    }
    result = remove_temporary_files(folder);
    if (result == PR_OK && fsync(dirfd(folder)) != 0) {
        result = failed("flushing a folder");
    }
    (void)closedir(folder);
    return result;
}

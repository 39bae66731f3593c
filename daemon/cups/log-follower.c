/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. cupsd appends to its log, moves it away when it has grown (to NAME.O by itself, to
 * NAME.1 by logrotate, or empties it in place), and neither waits for us nor tells us. What we have
 * read must not be read again after a restart, and nothing written in between be missed.
 *
 * Chosen way. The place is (device, inode, offset behind the last whole line, a sum of how the file
 * begins: the number of a deleted file's inode is soon used again). The file is held open, so what
 * was written to it before it was moved is read to its end; only then the file that has its name
 * now is begun. After a restart the inode says whether that file, or one of the names a rotation
 * gives, is the one we were in. A file shorter than our offset was emptied. Without a place,
 * reading begins at the end of what is there: it was written before we were set up.
 *
 * Left out. Lines of a rotation that was followed by another one while we did not run; a file
 * emptied and grown beyond our offset between two looks. Both lose notes of attempts, not security:
 * cupsd has refused them.
 */
#include "daemon/cups/log-follower.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"

enum { LINE_BYTES = 4096, BYTES_A_CALL = 4 << 20, PLACE_BYTES = 128, HEAD_BYTES = 128 };

struct place {
    uint64_t device, inode;
    uint64_t head;  /**< set when the place is written down */
    int64_t offset; /**< -1: no place yet */
};

struct log_follower {
    char *path;
    char *place_path;
    int fd;          /**< of the file we are in, -1 none */
    bool was_absent; /**< seen not to exist: what appears is new from its first byte */
    bool skipping;   /**< inside a line that is passed over */
    struct place place;
    struct place remembered;
    char buffer[LINE_BYTES];
};

static bool same_place(const struct place *a, const struct place *b)
{
    return a->device == b->device && a->inode == b->inode && a->offset == b->offset;
}

static bool is_file_of(const struct place *place, const struct stat *status)
{
    return place->device == (uint64_t)status->st_dev && place->inode == (uint64_t)status->st_ino;
}

/** A sum (FNV-1a) of how a file begins, as far as it was read. Against chance, not against an
 * enemy: who may write the log may write anything into it. */
static uint64_t sum_of_head(int fd, int64_t offset)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    uint8_t head[HEAD_BYTES];
    size_t size = offset < HEAD_BYTES ? (size_t)offset : HEAD_BYTES;
    ssize_t length = pread(fd, head, size, 0);

    for (ssize_t i = 0; i < length; i++) {
        sum = (sum ^ head[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

/** Whether an open file is the one the place of an earlier run is in. */
static bool holds_place(const struct place *place, int fd, const struct stat *status)
{
    return is_file_of(place, status) && place->offset <= status->st_size &&
           place->head == sum_of_head(fd, place->offset);
}

/** "DEVICE INODE OFFSET HEAD\n", as log_follower_remember() writes it. */
static bool parse_place(const char *text, struct place *ret)
{
    static const int bases[] = {10, 10, 10, 16};
    uint64_t values[4] = {0};
    const char *at = text;

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char *end;

        if (!isxdigit((unsigned char)*at)) {
            return false;
        }
        errno = 0;
        values[i] = strtoull(at, &end, bases[i]);
        if (errno != 0 || *end != (i < 3 ? ' ' : '\n')) {
            return false;
        }
        at = end + 1;
    }
    if (*at != '\0' || values[2] > INT64_MAX) {
        return false;
    }
    *ret = (struct place){values[0], values[1], values[3], (int64_t)values[2]};
    return true;
}

static void read_place(const char *path, struct place *ret)
{
    char text[PLACE_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    if (fd >= 0) {
        close(fd);
    }
    if (length <= 0) {
        return;
    }
    text[length] = '\0';
    if (!parse_place(text, ret)) {
        log_write(LOG_LEVEL_WARNING, "%s is damaged; the log is followed from its end", path);
    }
}

int log_follower_new(const char *path, const char *place_path, struct log_follower **ret)
{
    struct log_follower *follower = calloc(1, sizeof *follower);

    if (follower == NULL) {
        return PR_ENOMEM;
    }
    follower->fd = -1;
    follower->path = strdup(path);
    follower->place_path = strdup(place_path);
    if (follower->path == NULL || follower->place_path == NULL) {
        log_follower_free(follower);
        return PR_ENOMEM;
    }
    follower->place.offset = -1;
    read_place(place_path, &follower->place);
    follower->remembered = follower->place;
    *ret = follower;
    return PR_OK;
}

void log_follower_free(struct log_follower *follower)
{
    if (follower == NULL) {
        return;
    }
    if (follower->fd >= 0) {
        close(follower->fd);
    }
    free(follower->path);
    free(follower->place_path);
    free(follower);
}

/* O_NONBLOCK: a pipe put in its place must not stop us. */
static int open_log(const char *path, int *ret_fd, struct stat *ret_status)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        return errno == ENOENT                     ? PR_ENOENT
               : errno == EACCES || errno == EPERM ? PR_EACCESS
               : errno == ELOOP                    ? PR_EFORMAT
                                                   : pr_error_from_errno(errno);
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return PR_EFORMAT;
    }
    *ret_fd = fd;
    *ret_status = status;
    return PR_OK;
}

/** The file we were in, under a name a rotation gave it; false when it is gone. */
static bool open_rotated(struct log_follower *follower)
{
    static const char *const endings[] = {".O", ".1"};
    char path[4096];
    struct stat status = {0};
    int fd = -1;

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s%s", follower->path, endings[i]);
        if (open_log(path, &fd, &status) != PR_OK) {
            continue;
        }
        if (holds_place(&follower->place, fd, &status)) {
            follower->fd = fd;
            return true;
        }
        close(fd);
    }
    return false;
}

static void begin(struct log_follower *follower, int fd, const struct stat *status, int64_t offset)
{
    char last = '\n';

    follower->fd = fd;
    follower->place =
        (struct place){.device = status->st_dev, .inode = status->st_ino, .offset = offset};
    follower->skipping = offset > 0 && pread(fd, &last, 1, offset - 1) == 1 && last != '\n';
}

static int open_at_place(struct log_follower *follower)
{
    struct stat status = {0};
    int fd = -1;
    int result = open_log(follower->path, &fd, &status);

    if (result == PR_ENOENT && follower->place.offset >= 0 && open_rotated(follower)) {
        return PR_OK; /* moved, and nothing was written since */
    }
    if (result != PR_OK) {
        follower->was_absent = result == PR_ENOENT;
        return result;
    }
    if (follower->place.offset < 0) {
        begin(follower, fd, &status, follower->was_absent ? 0 : status.st_size);
    } else if (holds_place(&follower->place, fd, &status)) {
        begin(follower, fd, &status, follower->place.offset);
    } else if (open_rotated(follower)) {
        close(fd);
    } else {
        begin(follower, fd, &status, 0);
    }
    return PR_OK;
}

/** Lines of a piece; how much of it was used up. */
static size_t split(struct log_follower *follower, size_t length, log_line_callback callback,
                    void *context)
{
    size_t at = 0;
    const char *end;

    while ((end = memchr(follower->buffer + at, '\n', length - at)) != NULL) {
        size_t line = (size_t)(end - follower->buffer) - at;

        if (!follower->skipping) {
            callback(context, follower->buffer + at, line);
        }
        follower->skipping = false;
        at += line + 1;
    }
    if (follower->skipping || (at == 0 && length == sizeof follower->buffer)) {
        follower->skipping = true;
        at = length;
    }
    return at;
}

/** To the end of the open file, *budget bytes at most. */
static int read_file(struct log_follower *follower, int64_t *budget, log_line_callback callback,
                     void *context)
{
    while (*budget > 0) {
        ssize_t length =
            pread(follower->fd, follower->buffer, sizeof follower->buffer, follower->place.offset);

        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length < 0) {
            return pr_error_from_errno(errno);
        }
        size_t used = split(follower, (size_t)length, callback, context);

        if (used == 0) {
            return PR_OK;
        }
        follower->place.offset += (int64_t)used;
        *budget -= (int64_t)used;
    }
    return PR_OK;
}

enum end { END_OF_ALL, END_EMPTIED, END_MOVED };

/** What the end of the open file means. */
static enum end look_at_end(const struct log_follower *follower)
{
    struct stat status;

    if (fstat(follower->fd, &status) == 0 && status.st_size < follower->place.offset) {
        return END_EMPTIED;
    }
    return lstat(follower->path, &status) != 0 || is_file_of(&follower->place, &status) ? END_OF_ALL
                                                                                        : END_MOVED;
}

/** Leaves the file that was moved away for the one that has its name now. */
static int turn_over(struct log_follower *follower, int64_t *budget, log_line_callback callback,
                     void *context)
{
    struct stat status = {0};
    int fd = -1;
    /* The writer may have written to the old one until just before it was moved. */
    int result = read_file(follower, budget, callback, context);

    if (result != PR_OK || *budget <= 0) {
        return result;
    }
    result = open_log(follower->path, &fd, &status);
    if (result == PR_OK) {
        close(follower->fd);
        begin(follower, fd, &status, 0);
    }
    return result;
}

int log_follower_read(struct log_follower *follower, log_line_callback callback, void *context)
{
    int64_t budget = BYTES_A_CALL;
    int result = follower->fd >= 0 ? PR_OK : open_at_place(follower);

    while (result == PR_OK && budget > 0) {
        result = read_file(follower, &budget, callback, context);
        if (result != PR_OK || budget <= 0) {
            break;
        }
        enum end end = look_at_end(follower);

        if (end == END_OF_ALL) {
            break;
        }
        if (end == END_EMPTIED) {
            follower->place.offset = 0;
            follower->skipping = false;
        } else {
            result = turn_over(follower, &budget, callback, context);
        }
        /* Whoever moves the log over and over does not keep us here. */
        budget -= LINE_BYTES;
    }
    return result;
}

int log_follower_remember(struct log_follower *follower)
{
    char path[4096];
    char text[PLACE_BYTES];

    if (follower->place.offset < 0 || same_place(&follower->place, &follower->remembered)) {
        return PR_OK;
    }
    snprintf(path, sizeof path, "%s.new", follower->place_path);
    follower->place.head = follower->fd >= 0 ? sum_of_head(follower->fd, follower->place.offset)
                                             : follower->place.head;
    int length = snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIx64 "\n",
                          follower->place.device, follower->place.inode, follower->place.offset,
                          follower->place.head);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return pr_error_from_errno(errno);
    }
    bool good = write(fd, text, (size_t)length) == length && fdatasync(fd) == 0;

    good = close(fd) == 0 && good && rename(path, follower->place_path) == 0;
    if (!good) {
        int result = pr_error_from_errno(errno);

        unlink(path);
        return result;
    }
    follower->remembered = follower->place;
    return PR_OK;
}

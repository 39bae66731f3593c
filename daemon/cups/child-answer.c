/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/cups/child-answer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** Waits until a descriptor is readable or closed at its other end. @return false when the time is
 * over */
static bool wait_readable(int fd, int64_t until_ms)
{
    for (;;) {
        const int64_t left_ms = until_ms - now_ms();
        if (left_ms <= 0) {
            return false;
        }
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        const int ready = poll(&wait, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
}

/** `input` is −1 for an empty standard input. */
static int start(char *const argv[], int input, int output, pid_t *ret_pid)
{
    static char path[] = "PATH=/usr/bin:/bin";
    static char lang[] = "LANG=C.UTF-8";
    char *const environment[] = {path, lang, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return PR_ENOMEM;
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return PR_ENOMEM;
    }
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int failed = input < 0 ? posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                                              O_RDONLY, 0)
                           : posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    failed |= posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    failed |= posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    failed |= posix_spawnattr_setsigmask(&attributes, &none);
    failed |= posix_spawnattr_setsigdefault(&attributes, &all);
    failed |= posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = PR_ENOMEM;
    if (failed == 0) {
        const int number = posix_spawn(ret_pid, argv[0], &actions, &attributes, argv, environment);
        error = number == 0 ? PR_OK : PR_ECRASHED;
        if (number != 0) {
            log_write(LOG_LEVEL_ERROR, "%s cannot be started: %s", argv[0], strerror(number));
        }
    }
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int read_all(int fd, int64_t until_ms, char *buffer, size_t size, size_t *ret_length)
{
    size_t length = 0;
    for (;;) {
        buffer[length] = '\0';
        *ret_length = length;
        if (!wait_readable(fd, until_ms)) {
            return PR_ETIMEOUT;
        }
        const ssize_t bytes = read(fd, buffer + length, size - length);
        if (bytes < 0 && errno == EINTR) {
            continue;
        }
        if (bytes < 0) {
            return PR_EIO;
        }
        if (bytes == 0) {
            return PR_OK;
        }
        length += (size_t)bytes;
        if (length == size) {
            buffer[size - 1] = '\0';
            *ret_length = size - 1;
            return PR_ELIMIT;
        }
    }
}

/** Waits for the end of a child that has closed its output; it may linger. */
static int wait_ended(pid_t pid, int64_t until_ms)
{
    const int fd = pidfd_open(pid, 0);
    if (fd < 0) {
        return PR_EIO;
    }
    const bool ended = wait_readable(fd, until_ms);
    (void)close(fd);
    return ended ? PR_OK : PR_ETIMEOUT;
}

static int reap(pid_t pid, int error, int *ret_exit)
{
    int status = 0;
    if (error != PR_OK) {
        (void)kill(pid, SIGKILL);
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return PR_ECRASHED;
        }
    }
    if (error != PR_OK) {
        return error;
    }
    if (!WIFEXITED(status)) {
        return PR_ECRASHED;
    }
    *ret_exit = WEXITSTATUS(status);
    return PR_OK;
}

int child_answer(char *const argv[], unsigned timeout_ms, char *buffer, size_t size,
                 size_t *ret_length, int *ret_exit)
{
    return child_answer_to(argv, -1, timeout_ms, buffer, size, ret_length, ret_exit);
}

int child_answer_to(char *const argv[], int input, unsigned timeout_ms, char *buffer, size_t size,
                    size_t *ret_length, int *ret_exit)
{
    const int64_t until_ms = now_ms() + timeout_ms;
    int ends[2];
    pid_t pid = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return PR_EIO;
    }
    int error = start(argv, input, ends[1], &pid);
    (void)close(ends[1]);
    if (error == PR_OK) {
        error = read_all(ends[0], until_ms, buffer, size, ret_length);
        if (error == PR_OK) {
            error = wait_ended(pid, until_ms);
        }
        error = reap(pid, error, ret_exit);
    }
    (void)close(ends[0]);
    return error;
}

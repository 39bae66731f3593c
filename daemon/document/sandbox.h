/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The walls around a process that reads a hostile document: see the essay in sandbox.c. */
#ifndef DAEMON_DOCUMENT_SANDBOX_H
#define DAEMON_DOCUMENT_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Becomes `user` for good when started as root: groups, gid, uid.
 *
 * @param user  NULL, or the own account: nothing is done
 * @return PR_OK, or PR_EACCESS (no such user, or not permitted) with a line on stderr
 */
int sandbox_drop_user(const char *user);

/**
 * Gives up for good what nobody below needs: new privileges, core dumps, being traced, and the file
 * system but for fonts and poppler's tables (Landlock). Inherited by children. A kernel without
 * Landlock is named once on stderr.
 *
 * @param scratch  a folder in which files may be made, used and removed; NULL: none
 * @return PR_OK or PR_EACCESS (no_new_privs or a rule refused)
 */
int sandbox_close_files(const char *scratch);

struct sandbox_limits {
    uint64_t memory_bytes; /**< address space, the document's own mapping included; not set under a
                              sanitizer */
    unsigned cpu_s;        /**< processor time; SIGXCPU at the end of it */
    uint64_t file_bytes;   /**< how large a file may grow; 0 unless the result goes to a file */
    int input_fd;          /**< the socket documents come over, or -1 */
    int output_fd;         /**< the one descriptor, beside stderr, that may be written to */
};

/**
 * Makes the list of system calls ready for processes forked from this one that will enter with the
 * same descriptors. Not thread-safe.
 *
 * @return PR_OK or PR_EACCESS
 */
int sandbox_prepare(const struct sandbox_limits *limits);

/**
 * The last wall, before a document is touched: resource limits and the list of system calls.
 * Anything else kills the process (SIGSYS).
 *
 * @return PR_OK or PR_EACCESS
 */
int sandbox_enter(const struct sandbox_limits *limits);

/** True when the kernel's Landlock is there and sandbox_close_files() has used it. */
bool sandbox_has_landlock(void);

#endif

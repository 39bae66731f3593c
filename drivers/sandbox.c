/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "drivers/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

enum { MEMORY_MIB = 256, PROCESSOR_S = 20, DESCRIPTORS = 64, FILE_MIB = 1 };

static bool limit_resources(void)
{
    const struct {
        __rlimit_resource_t resource;
        rlim_t most;
    } limits[] = {
#ifndef PRINTROOM_SANITIZED
        {RLIMIT_AS, (rlim_t)MEMORY_MIB << 20},
#endif
        {RLIMIT_CPU, PROCESSOR_S},
        {RLIMIT_NOFILE, DESCRIPTORS},
        {RLIMIT_FSIZE, (rlim_t)FILE_MIB << 20},
        {RLIMIT_CORE, 0}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const struct rlimit limit = {.rlim_cur = limits[i].most, .rlim_max = limits[i].most};
        if (setrlimit(limits[i].resource, &limit) != 0) {
            return false;
        }
    }
    return true;
}

#ifdef HAVE_LINUX_LANDLOCK_H

/** Every right on files that the kernel's version (Landlock ABI, landlock(7)) can take away. */
static uint64_t rights_of_version(long version)
{
    uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* all of version 1 */
    if (version >= 2) {
        rights |= UINT64_C(1) << 13; /* refer: move to another folder */
    }
    if (version >= 3) {
        rights |= UINT64_C(1) << 14; /* truncate */
    }
    if (version >= 5) {
        rights |= UINT64_C(1) << 15; /* ioctl on devices */
    }
    return rights;
}

static bool allow_reading(int ruleset, const char *path)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY)};
    if (rule.parent_fd < 0) {
        return errno == ENOENT;
    }
    const bool added =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)close(rule.parent_fd);
    return added;
}

static bool allow_resolver(int ruleset)
{
    char *target = realpath("/etc/resolv.conf", NULL);
    bool allowed = true;
    char *slash = target != NULL ? strrchr(target, '/') : NULL;
    if (slash != NULL && slash != target && strncmp(target, "/etc/", 5) != 0) {
        *slash = '\0';
        allowed = allow_reading(ruleset, target);
    }
    free(target);
    return allowed;
}

static bool restrict_files(void)
{
    const long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return true;
    }
    const struct landlock_ruleset_attr attributes = {.handled_access_fs =
                                                         rights_of_version(version)};
    const int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) {
        return false;
    }
    bool restricted = true;
#ifdef PRINTROOM_SANITIZED
    /* The leak checker reads the process's own memory map at the end. */
    restricted = allow_reading(ruleset, "/proc");
#endif
    restricted = restricted && allow_reading(ruleset, "/etc") && allow_reading(ruleset, "/usr") &&
                 allow_resolver(ruleset) && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    (void)close(ruleset);
    return restricted;
}

#else

static bool restrict_files(void)
{
    return true;
}

#endif

bool sandbox_enter(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && restrict_files() && limit_resources();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "drivers/sandbox.h"

#include <dirent.h>
#include <errno.h>
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

enum { MEMORY_MIB = 256, PROCESSOR_S = 20, DESCRIPTORS = 64, FILE_MIB = 64 };

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

#define IOCTL_ON_DEVICES (UINT64_C(1) << 15)

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
        rights |= IOCTL_ON_DEVICES;
    }
    return rights;
}

enum { READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR };

/** A folder that is not there, or that we may not look into anyway, needs no rule. */
static bool allow(int ruleset, uint64_t rights, const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno == ENOENT || errno == EACCES;
    }
    const struct landlock_path_beneath_attr rule = {.allowed_access = rights,
                                                    .parent_fd = dirfd(folder)};
    const bool added =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)closedir(folder);
    return added;
}

static bool allow_reading(int ruleset, const char *path)
{
    return allow(ruleset, READING, path);
}

/**
 * In tests the kernel's messages about USB come by umockdev, through a socket that it makes in a
 * folder of its own; a netlink socket has no name.
 */
static bool allow_testbed(int ruleset)
{
#ifdef PRINTROOM_FAULT_POINTS
    const char *testbed = getenv("UMOCKDEV_DIR");
    return testbed == NULL ||
           allow(ruleset, LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE, testbed);
#else
    (void)ruleset;
    return true;
#endif
}

/** @param handled  the rights that the ruleset is about; more than those cannot be given */
static bool allow_usb(int ruleset, uint64_t handled)
{
    const uint64_t use = READING | LANDLOCK_ACCESS_FS_WRITE_FILE | IOCTL_ON_DEVICES;
    return allow(ruleset, use & handled, "/dev/bus/usb") && allow_reading(ruleset, "/sys") &&
           allow_reading(ruleset, "/run/udev") && allow_reading(ruleset, "/var/ipp-usb") &&
           allow_testbed(ruleset);
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

static bool restrict_files(enum sandbox_need need)
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
    restricted =
        restricted && (need != SANDBOX_USB || allow_usb(ruleset, attributes.handled_access_fs));
    restricted = restricted && allow_reading(ruleset, "/etc") && allow_reading(ruleset, "/usr") &&
                 allow_resolver(ruleset) && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    (void)close(ruleset);
    return restricted;
}

#else

static bool restrict_files(enum sandbox_need need)
{
    (void)need;
    return true;
}

#endif

bool sandbox_enter(enum sandbox_need need)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && restrict_files(need) && limit_resources();
}

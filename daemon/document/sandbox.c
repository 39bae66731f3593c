/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PDF is a program written by a stranger, and the libraries that read it are large and old. The
 * working assumption is that one day a document takes over the process that reads it. What it then
 * holds should be worth nothing: one document that its sender had anyway, no file, no socket, no
 * other process, not much memory or time.
 *
 * Walls, from the outside in; each holds when the others fall:
 *  - the account (nobody) and no new privileges: set-uid programs are of no use;
 *  - not dumpable: no core with a document's text in it, no tracing by its own account;
 *  - Landlock, put on the warm parent and inherited: of the file system only fonts, fontconfig's
 * configuration and caches, and poppler's tables can be read; nothing can be written, listed
 * elsewhere, executed, bound or connected (TCP, from ABI 4), no signal can leave the domain (ABI
 * 6). Landlock speaks of paths, so it holds where a filter of calls cannot look: at the string
 * behind the pointer of open();
 *  - resource limits: address space, processor time, no file may grow, few descriptors, no
 * processes;
 *  - the list of system calls, put on each child before it sees a document. It is a list of what is
 * allowed: memory, its own few descriptors, opening for reading, clocks. Anything else kills.
 * Writing goes to two descriptors only, mappings are never executable, a shared mapping is never
 * writable (the document is the daemon's memory as well). One document to a process: what a
 * document does to its process, the next one does not meet.
 *
 * Sanitizers need more address space than can be limited and a few more calls; those rows say so.
 *
 * Left out: user and network namespaces. Where they may be created at all they add nothing to the
 * list of calls (no socket can be made), and containers often forbid them. The unit file of the
 * service can add them.
 */
#include "config.h"

#include "daemon/document/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/error.h"

static bool landlocked;

static int refuse(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    return PR_EACCESS;
}

int sandbox_drop_user(const char *user)
{
    if (user == NULL) {
        return PR_OK;
    }
    errno = 0;
    const struct passwd *account = getpwnam(user);

    if (account == NULL) {
        fprintf(stderr, "printroom-document: there is no account \"%s\"\n", user);
        return PR_EACCESS;
    }
    if (geteuid() != 0) {
        if (account->pw_uid == geteuid()) {
            return PR_OK;
        }
        fprintf(stderr, "printroom-document: only root can become \"%s\"\n", user);
        return PR_EACCESS;
    }
    if (setgroups(0, NULL) != 0 ||
        setresgid(account->pw_gid, account->pw_gid, account->pw_gid) != 0 ||
        setresuid(account->pw_uid, account->pw_uid, account->pw_uid) != 0) {
        return refuse("cannot change the account");
    }
    if (account->pw_uid != 0 && setuid(0) == 0) {
        fprintf(stderr, "printroom-document: root could be had back\n");
        return PR_EACCESS;
    }
    return PR_OK;
}

/* Landlock ------------------------------------------------------------------------------------ */

/* Debian 12's header ends at ABI 2; these are of later ones
 * (Documentation/userspace-api/landlock.rst). */
enum {
    RIGHTS_ABI_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    RIGHT_REFER = 1 << 13,
    RIGHT_TRUNCATE = 1 << 14,
    RIGHT_IOCTL_DEVICE = 1 << 15,
    NET_BIND_CONNECT_TCP = 3,
    SCOPE_ABSTRACT_SOCKET_AND_SIGNAL = 3,
};

struct ruleset {
    uint64_t files;
    uint64_t network; /**< from ABI 4 */
    uint64_t scoped;  /**< from ABI 6 */
};

/* By ABI: what is taken away. The structure grew with the ABI; older kernels are told the older
 * size. */
static const struct {
    struct ruleset attributes;
    size_t size;
} rulesets[] = {
    {{RIGHTS_ABI_1, 0, 0}, offsetof(struct ruleset, network)},
    {{RIGHTS_ABI_1 | RIGHT_REFER, 0, 0}, offsetof(struct ruleset, network)},
    {{RIGHTS_ABI_1 | RIGHT_REFER | RIGHT_TRUNCATE, 0, 0}, offsetof(struct ruleset, network)},
    {{RIGHTS_ABI_1 | RIGHT_REFER | RIGHT_TRUNCATE, NET_BIND_CONNECT_TCP, 0},
     offsetof(struct ruleset, scoped)},
    {{RIGHTS_ABI_1 | RIGHT_REFER | RIGHT_TRUNCATE | RIGHT_IOCTL_DEVICE, NET_BIND_CONNECT_TCP, 0},
     offsetof(struct ruleset, scoped)},
    {{RIGHTS_ABI_1 | RIGHT_REFER | RIGHT_TRUNCATE | RIGHT_IOCTL_DEVICE, NET_BIND_CONNECT_TCP,
      SCOPE_ABSTRACT_SOCKET_AND_SIGNAL},
     sizeof(struct ruleset)},
};
enum { RULESETS = sizeof rulesets / sizeof rulesets[0] };

/* What may still be read. What is not installed is passed over. */
static const char *const readable[] = {
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/usr/share/fontconfig",
    "/var/cache/fontconfig",
    "/usr/share/poppler",
#ifdef PRINTROOM_SANITIZED
    "/proc/self",
#endif
};

enum {
    READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    KEEPING_FILES = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE,
};

static int allow(int ruleset, const char *path, uint64_t rights)
{
    int folder = open(path, O_PATH | O_CLOEXEC);

    if (folder < 0) {
        return errno == ENOENT || errno == EACCES ? PR_OK : PR_EACCESS;
    }
    struct landlock_path_beneath_attr rule = {
        .allowed_access = rights,
        .parent_fd = folder,
    };
    long added = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);

    close(folder);
    return added == 0 ? PR_OK : PR_EACCESS;
}

static int landlock(const char *scratch)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    int result = PR_OK;

    if (abi < 1) {
        fprintf(stderr, "%s: this kernel has no Landlock; the sandbox goes without\n",
                program_invocation_short_name);
        return PR_OK;
    }
    size_t row = abi > RULESETS ? RULESETS - 1 : (size_t)abi - 1;
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &rulesets[row].attributes, rulesets[row].size, 0);

    if (ruleset < 0) {
        return refuse("Landlock ruleset");
    }
    for (size_t i = 0; result == PR_OK && i < sizeof readable / sizeof readable[0]; i++) {
        result = allow(ruleset, readable[i], READING);
    }
    if (result == PR_OK && scratch != NULL) {
        result = allow(ruleset, scratch, KEEPING_FILES);
    }
    if (result == PR_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        result = PR_EACCESS;
    }
    if (result != PR_OK) {
        refuse("Landlock");
    }
    close(ruleset);
    landlocked = result == PR_OK;
    return result;
}

bool sandbox_has_landlock(void)
{
    return landlocked;
}

int sandbox_close_files(const char *scratch)
{
    const struct rlimit none = {0, 0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0) {
        return refuse("giving up privileges");
    }
    return landlock(scratch);
}

/* Resource limits ----------------------------------------------------------------------------- */

enum { DESCRIPTORS_MAX = 32 };

static int set_limits(const struct sandbox_limits *limits)
{
    const struct {
        int resource;
        rlim_t soft;
        rlim_t hard;
    } rows[] = {
#ifndef PRINTROOM_SANITIZED
        {RLIMIT_AS, limits->memory_bytes, limits->memory_bytes},
#endif
        {RLIMIT_CPU, limits->cpu_s, limits->cpu_s + 1},
        {RLIMIT_FSIZE, limits->file_bytes, limits->file_bytes},
        {RLIMIT_NOFILE, DESCRIPTORS_MAX, DESCRIPTORS_MAX},
        {RLIMIT_NPROC, 0, 0},
        {RLIMIT_CORE, 0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rlimit limit = {rows[i].soft, rows[i].hard};

        if (setrlimit((__rlimit_resource_t)rows[i].resource, &limit) != 0) {
            return refuse("resource limits");
        }
    }
    return PR_OK;
}

/* System calls -------------------------------------------------------------------------------- */

/* The condition a call must meet; the numbers behind IS_… are filled in when the filter is made. */
enum condition {
    ALWAYS,
    IS_OUTPUT,        /**< descriptor: the result */
    IS_STDERR,        /**< descriptor: stderr */
    IS_INPUT,         /**< descriptor: the request socket */
    OPEN_FOR_READING, /**< flags of openat() */
    MAP_OWN,          /**< private and not executable */
    MAP_READ,         /**< read only, shared or not */
    NOT_EXECUTABLE,   /**< mprotect() */
    ONLY_ASKS,        /**< prlimit64(): no new limit */
    CONDITIONS
};

static const struct {
    int call;
    enum condition condition;
} allowed[] = {
    /* its descriptors */
    {SCMP_SYS(read), ALWAYS},
    {SCMP_SYS(pread64), ALWAYS},
    {SCMP_SYS(lseek), ALWAYS},
    {SCMP_SYS(fstat), ALWAYS},
    {SCMP_SYS(close), ALWAYS},
    {SCMP_SYS(recvmsg), IS_INPUT},
    {SCMP_SYS(write), IS_OUTPUT},
    {SCMP_SYS(write), IS_STDERR},
    /* fonts and tables, as far as Landlock lets it */
    {SCMP_SYS(openat), OPEN_FOR_READING},
    {SCMP_SYS(open), OPEN_FOR_READING},
    {SCMP_SYS(newfstatat), ALWAYS},
    {SCMP_SYS(stat), ALWAYS},
    {SCMP_SYS(lstat), ALWAYS},
    {SCMP_SYS(statx), ALWAYS},
    {SCMP_SYS(fstatfs), ALWAYS},
    {SCMP_SYS(statfs), ALWAYS},
    {SCMP_SYS(access), ALWAYS},
    {SCMP_SYS(faccessat), ALWAYS},
    {SCMP_SYS(faccessat2), ALWAYS},
    {SCMP_SYS(getdents64), ALWAYS},
    {SCMP_SYS(fcntl), ALWAYS},
    {SCMP_SYS(fadvise64), ALWAYS},
    /* memory */
    {SCMP_SYS(brk), ALWAYS},
    {SCMP_SYS(mmap), MAP_OWN},
    {SCMP_SYS(mmap), MAP_READ},
    {SCMP_SYS(mprotect), NOT_EXECUTABLE},
    {SCMP_SYS(munmap), ALWAYS},
    {SCMP_SYS(mremap), ALWAYS},
    {SCMP_SYS(madvise), ALWAYS},
    /* itself: clocks, locks, its end */
    {SCMP_SYS(clock_gettime), ALWAYS},
    {SCMP_SYS(gettimeofday), ALWAYS},
    {SCMP_SYS(time), ALWAYS},
    {SCMP_SYS(getrandom), ALWAYS},
    {SCMP_SYS(futex), ALWAYS},
    {SCMP_SYS(getpid), ALWAYS},
    {SCMP_SYS(gettid), ALWAYS},
    {SCMP_SYS(getuid), ALWAYS},
    {SCMP_SYS(geteuid), ALWAYS},
    {SCMP_SYS(prlimit64), ONLY_ASKS},
    {SCMP_SYS(rt_sigprocmask), ALWAYS},
    {SCMP_SYS(rt_sigaction), ALWAYS},
    {SCMP_SYS(rt_sigreturn), ALWAYS},
    {SCMP_SYS(restart_syscall), ALWAYS},
    {SCMP_SYS(tgkill), ALWAYS}, /* abort(); see signal_only_self() */
    {SCMP_SYS(exit), ALWAYS},
    {SCMP_SYS(exit_group), ALWAYS},
#ifdef PRINTROOM_SANITIZED
    {SCMP_SYS(sigaltstack), ALWAYS},
    {SCMP_SYS(sched_yield), ALWAYS},
    {SCMP_SYS(readlink), ALWAYS},
    {SCMP_SYS(uname), ALWAYS},
    {SCMP_SYS(sysinfo), ALWAYS},
    {SCMP_SYS(sched_getaffinity), ALWAYS},
    {SCMP_SYS(mincore), ALWAYS},
    {SCMP_SYS(nanosleep), ALWAYS},
    {SCMP_SYS(clock_nanosleep), ALWAYS},
#endif
};

static struct scmp_arg_cmp equals(unsigned argument, uint64_t value)
{
    return (struct scmp_arg_cmp){
        .arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

/* Of the bits in `mask`, exactly those in `value` are set. */
static struct scmp_arg_cmp has_bits(unsigned argument, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){
        .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static unsigned conditions_of(int call, enum condition condition,
                              const struct sandbox_limits *limits,
                              struct scmp_arg_cmp ret_compare[2])
{
    enum { OPEN_WRITING = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY) };
    const unsigned flags = call == SCMP_SYS(open) ? 1 : 2;

    switch (condition) {
    case IS_OUTPUT:
        ret_compare[0] = equals(0, (uint64_t)limits->output_fd);
        return 1;
    case IS_STDERR:
        ret_compare[0] = equals(0, STDERR_FILENO);
        return 1;
    case IS_INPUT:
        ret_compare[0] = equals(0, (uint64_t)(unsigned)limits->input_fd);
        return 1;
    case OPEN_FOR_READING:
        ret_compare[0] = has_bits(flags, OPEN_WRITING, O_RDONLY);
        return 1;
    case MAP_OWN:
        ret_compare[0] = has_bits(2, PROT_EXEC, 0);
        ret_compare[1] = has_bits(3, MAP_PRIVATE, MAP_PRIVATE);
        return 2;
    case MAP_READ:
        ret_compare[0] = has_bits(2, PROT_EXEC | PROT_WRITE, 0);
        return 1;
    case NOT_EXECUTABLE:
        ret_compare[0] = has_bits(2, PROT_EXEC, 0);
        return 1;
    case ONLY_ASKS:
        ret_compare[0] = equals(2, 0);
        return 1;
    default:
        return 0;
    }
}

/* The list as the kernel takes it. Making it costs half a millisecond, so children find it made. */
static struct {
    struct sock_filter *code; /**< NULL: not made */
    unsigned short length;
    int input_fd;
    int output_fd;
} list;

/* Reads what libseccomp has written, which it does only into a file. */
static bool read_list(int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0 || status.st_size <= 0 ||
        (size_t)status.st_size / sizeof *list.code > BPF_MAXINSNS) {
        return false;
    }
    size_t size = (size_t)status.st_size;
    struct sock_filter *code = malloc(size);

    if (code == NULL || pread(fd, code, size, 0) != (ssize_t)size) {
        free(code);
        return false;
    }
    free(list.code);
    list.code = code;
    list.length = (unsigned short)(size / sizeof *code);
    return true;
}

int sandbox_prepare(const struct sandbox_limits *limits)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int fd = memfd_create("calls", MFD_CLOEXEC);
    bool good = filter != NULL && fd >= 0;

    for (size_t i = 0; good && i < sizeof allowed / sizeof allowed[0]; i++) {
        struct scmp_arg_cmp compare[2];
        unsigned compares = conditions_of(allowed[i].call, allowed[i].condition, limits, compare);

        /* A call of another machine (open() on arm64) has a negative number and no rule. */
        if (allowed[i].call >= 0) {
            good = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i].call, compares,
                                          compare) == 0;
        }
    }
    good = good && seccomp_export_bpf(filter, fd) == 0 && read_list(fd);
    seccomp_release(filter);
    if (fd >= 0) {
        close(fd);
    }
    list.input_fd = limits->input_fd;
    list.output_fd = limits->output_fd;
    return good ? PR_OK : refuse("the list of system calls");
}

/* tgkill() is in the list for abort(), and is for this process alone, whose number the list cannot
 * know when it is made. Of two filters the stricter word counts. */
static bool signal_only_self(void)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const unsigned process = offsetof(struct seccomp_data, args);
#else
    const unsigned process = offsetof(struct seccomp_data, args) + sizeof(uint32_t);
#endif
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, process),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool is_prepared(const struct sandbox_limits *limits)
{
    return list.code != NULL && list.input_fd == limits->input_fd &&
           list.output_fd == limits->output_fd;
}

static int filter_calls(void)
{
    const struct sock_fprog program = {list.length, list.code};

    /* Last what ends the right to do such things. */
    if (!signal_only_self() || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        return refuse("the list of system calls");
    }
    return PR_OK;
}

int sandbox_enter(const struct sandbox_limits *limits)
{
    /* Before the limits, which let no file be written, not even one in memory. */
    int result = is_prepared(limits) ? PR_OK : sandbox_prepare(limits);

    if (result == PR_OK) {
        result = set_limits(limits);
    }
    return result == PR_OK ? filter_calls() : result;
}

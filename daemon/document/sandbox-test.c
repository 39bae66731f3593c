/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/sandbox-test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/document/sandbox.h"
#include "daemon/error.h"

enum { EXIT_POSSIBLE = 0, EXIT_UNKNOWN = 2, EXIT_REFUSED = 3, EXIT_NO_LANDLOCK = 77 };
#define MEMORY_BYTES (UINT64_C(1) << 30)

static bool read_file(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool list_folder(void)
{
    return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
}

static bool write_file(void)
{
    return open("/tmp/printroom-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool write_other_descriptor(void)
{
    return write(STDIN_FILENO, "x", 1) == 1;
}

static bool make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool make_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool run_program(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return false;
}

static bool fork_process(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        _exit(0);
    }
    return pid > 0;
}

static bool trace_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool signal_parent(void)
{
    return kill(getppid(), SIGCONT) == 0;
}

/* The call that abort() makes for itself. */
static bool signal_parent_thread(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), SIGCONT) == 0;
}

static bool map_executable(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool map_shared_writable(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool raise_limit(void)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

    return setrlimit(RLIMIT_CPU, &none) == 0;
}

static bool become_root(void)
{
    return setuid(0) == 0;
}

static bool take_memory(void)
{
#ifdef PRINTROOM_SANITIZED
    return false; /* no limit can be set */
#else
    return mmap(NULL, MEMORY_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
#endif
}

static const struct {
    const char *name;
    bool (*attempt)(void);
    bool needs_landlock;
} attempts[] = {
    {"read-file", read_file, true},
    {"list-folder", list_folder, true},
    {"write-file", write_file, false},
    {"write-other-descriptor", write_other_descriptor, false},
    {"socket", make_socket, false},
    {"unix-socket", make_unix_socket, false},
    {"exec", run_program, false},
    {"fork", fork_process, false},
    {"ptrace", trace_parent, false},
    {"kill", signal_parent, false},
    {"tgkill", signal_parent_thread, false},
    {"map-executable", map_executable, false},
    {"map-shared-writable", map_shared_writable, false},
    {"raise-limit", raise_limit, false},
    {"setuid", become_root, false},
    {"memory", take_memory, false},
};
enum { ATTEMPTS = sizeof attempts / sizeof attempts[0] };

static int list_attempts(void)
{
    for (size_t i = 0; i < ATTEMPTS; i++) {
        puts(attempts[i].name);
    }
    return 0;
}

int sandbox_test(const char *what)
{
    const struct sandbox_limits limits = {
        .memory_bytes = MEMORY_BYTES, .cpu_s = 10, .input_fd = -1, .output_fd = STDOUT_FILENO};
    size_t row = 0;

    if (strcmp(what, "list") == 0) {
        return list_attempts();
    }
    while (row < ATTEMPTS && strcmp(attempts[row].name, what) != 0) {
        row++;
    }
    if (row == ATTEMPTS || sandbox_close_files(NULL) != PR_OK) {
        return EXIT_UNKNOWN;
    }
    if (attempts[row].needs_landlock && !sandbox_has_landlock()) {
        return EXIT_NO_LANDLOCK;
    }
    if (sandbox_enter(&limits) != PR_OK) {
        return EXIT_UNKNOWN;
    }
    /* In the sandbox only _exit() is sure to work. */
    _exit(attempts[row].attempt() ? EXIT_POSSIBLE : EXIT_REFUSED);
}

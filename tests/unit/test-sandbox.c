/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything the sandbox forbids is tried inside it, in a process of its own each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_REFUSED = 3, EXIT_NO_LANDLOCK = 77 };

static int run(const char *what)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, STDIN_FILENO);
        execl(DOCUMENT_PROGRAM, "printroom-document", "sandbox-test", what, (char *)NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Refused by the list of system calls: the process is killed. */
static void test_killed(void **state)
{
    static const char *const attempts[] = {
        "write-file",
        "write-other-descriptor",
        "socket",
        "unix-socket",
        "exec",
        "fork",
        "ptrace",
        "kill",
        "tgkill",
        "map-executable",
        "map-shared-writable",
        "raise-limit",
        "setuid",
    };

    (void)state;
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        int status = run(attempts[i]);

        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
            fail_msg("%s ended with status %#x, not SIGSYS", attempts[i], (unsigned)status);
        }
    }
}

/* Refused by Landlock or a limit: the call fails. */
static void test_refused(void **state)
{
    static const char *const attempts[] = {"read-file", "list-folder", "memory"};
    bool landlock = true;

    (void)state;
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        int status = run(attempts[i]);

        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == EXIT_NO_LANDLOCK) {
            landlock = false;
        } else if (WEXITSTATUS(status) != EXIT_REFUSED) {
            fail_msg("%s ended with exit status %d", attempts[i], WEXITSTATUS(status));
        }
    }
    if (!landlock) {
        skip();
    }
}

/* No attempt of the program's list is forgotten above. */
static void test_list_is_complete(void **state)
{
    char line[64];
    unsigned lines = 0;
    FILE *list = popen(DOCUMENT_PROGRAM " sandbox-test list", "r"); /* NOLINT(cert-env33-c) */

    (void)state;
    assert_non_null(list);
    while (fgets(line, sizeof line, list) != NULL) {
        lines++;
    }
    assert_int_equal(pclose(list), 0);
    assert_int_equal(lines, 16);
    assert_int_equal(WEXITSTATUS(run("no-such-attempt")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_list_is_complete),
    };

    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon makes of printroom-device's answers, and of helpers that misbehave (scripts in
 * its place). */
#include "config.h"

#include "daemon/cups/device-evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "drivers/sandbox.h"
#include "drivers/text.h"

#define REST                                                                                       \
    ",\"reasons\":[],\"impressions_completed\":null,\"media_sheets_completed\":null,\"message\":"  \
    "\"\"}"
#define JOB "{\"found\":true,\"job_id\":12,\"state\":\"completed\""

static char script[] = "/tmp/printroom-helper-XXXXXX";

/* The parser ----------------------------------------------------------------------------------- */

static void test_job(void **state)
{
    (void)state;
    static const char answer[] =
        "{\"found\":true,\"job_id\":12,\"state\":\"canceled\",\"reasons\":[\"job-canceled-by-"
        "user\",\"x\"],"
        "\"impressions_completed\":4,\"media_sheets_completed\":null,\"message\":\"a\\tb\"}\n";
    struct device_evidence evidence;
    assert_int_equal(device_evidence_parse_job(0, answer, sizeof answer - 1, &evidence), PR_OK);
    assert_true(evidence.found);
    assert_int_equal(evidence.job_id, 12);
    assert_int_equal(evidence.state, DEVICE_EVIDENCE_CANCELED);
    assert_int_equal(evidence.impressions_completed, 4);
    assert_int_equal(evidence.media_sheets_completed, DEVICE_EVIDENCE_UNKNOWN);
    assert_string_equal(evidence.reasons, "job-canceled-by-user,x");
    assert_string_equal(evidence.message, "a b");
}

static void test_job_not_found(void **state)
{
    (void)state;
    static const char answer[] = "{\"found\":false,\"message\":\"no\"}\n";
    struct device_evidence evidence = {.found = true};
    assert_int_equal(device_evidence_parse_job(1, answer, sizeof answer - 1, &evidence), PR_OK);
    assert_false(evidence.found);
    assert_int_equal(evidence.impressions_completed, DEVICE_EVIDENCE_UNKNOWN);
}

static void test_status(void **state)
{
    (void)state;
    static const char answer[] =
        "{\"state\":\"stopped\",\"reasons\":[\"media-empty-error\"],\"message\":\"m\","
        "\"impressions_completed\":2147483647,\"media_sheets_completed\":0,\"make_and_model\":\"A "
        "B\"}";
    struct device_evidence_status status;
    assert_int_equal(device_evidence_parse_status(0, answer, sizeof answer - 1, &status), PR_OK);
    assert_int_equal(status.state, DEVICE_EVIDENCE_DEVICE_STOPPED);
    assert_int_equal(status.impressions_completed, INT32_MAX);
    assert_int_equal(status.media_sheets_completed, 0);
    assert_string_equal(status.reasons, "media-empty-error");
    assert_string_equal(status.make_and_model, "A B");
    assert_int_equal(device_evidence_parse_status(1, answer, sizeof answer - 1, &status),
                     PR_EFORMAT);
}

static void test_errors(void **state)
{
    (void)state;
    static const char error[] = "{\"error\":\"x\",\"message\":\"m\"}";
    static const struct {
        int exit_code;
        int expected;
    } rows[] = {{3, PR_EUNREACHABLE},
                {1, PR_EREFUSED},
                {0, PR_EREFUSED},
                {2, PR_ECRASHED},
                {127, PR_ECRASHED}};
    struct device_evidence evidence;
    struct device_evidence_status status;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(
            device_evidence_parse_job(rows[i].exit_code, error, sizeof error - 1, &evidence),
            rows[i].expected);
        assert_int_equal(
            device_evidence_parse_status(rows[i].exit_code, error, sizeof error - 1, &status),
            rows[i].expected);
    }
}

static void test_hostile_answers(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "",
        "\n",
        "{",
        "[]",
        "true",
        "{}",
        "{\"found\":true}",
        "{\"found\":1}",
        "{\"found\":false}",
        JOB REST REST,
        JOB ",\"found\":true" REST,
        "{\"found\":true,\"job_id\":0,\"state\":\"completed\"" REST,
        "{\"found\":true,\"job_id\":-5,\"state\":\"completed\"" REST,
        "{\"found\":true,\"job_id\":2147483648,\"state\":\"completed\"" REST,
        "{\"found\":true,\"job_id\":1e3,\"state\":\"completed\"" REST,
        "{\"found\":true,\"job_id\":\"1\",\"state\":\"completed\"" REST,
        "{\"found\":true,\"job_id\":null,\"state\":\"completed\"" REST,
        "{\"found\":true,\"job_id\":1,\"state\":\"Completed\"" REST,
        "{\"found\":true,\"job_id\":1,\"state\":\"\"" REST,
        "{\"found\":true,\"job_id\":1,\"state\":9" REST,
        "{\"found\":true,\"job_id\":1" REST,
        JOB "}",
        JOB ",\"reasons\":[1],\"impressions_completed\":null,\"media_sheets_completed\":null,"
            "\"message\":\"\"}",
        JOB ",\"reasons\":\"none\",\"impressions_completed\":null,\"media_sheets_completed\":null,"
            "\"message\":\"\"}",
        JOB ",\"reasons\":[],\"media_sheets_completed\":null,\"message\":\"\"}",
        JOB ",\"reasons\":[],\"impressions_completed\":-1,\"media_sheets_completed\":null,"
            "\"message\":\"\"}",
        JOB ",\"reasons\":[],\"impressions_completed\":1.5,\"media_sheets_completed\":null,"
            "\"message\":\"\"}",
        JOB ",\"reasons\":[],\"impressions_completed\":99999999999999999999,\"media_sheets_"
            "completed\":null,\"message\":\"\"}",
        JOB ",\"reasons\":[],\"impressions_completed\":true,\"media_sheets_completed\":null,"
            "\"message\":\"\"}",
        JOB ",\"reasons\":[],\"impressions_completed\":null,\"media_sheets_completed\":null,"
            "\"message\":7}",
        JOB ",\"reasons\":[],\"impressions_completed\":null,\"media_sheets_completed\":null,"
            "\"message\":\"\xff\"}",
        JOB ",\"reasons\":[],\"impressions_completed\":null,\"media_sheets_completed\":null,"
            "\"message\":\"a\\u0000b\"}",
    };
    struct device_evidence evidence = {.job_id = 5};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (device_evidence_parse_job(0, answers[i], strlen(answers[i]), &evidence) != PR_EFORMAT) {
            fail_msg("accepted: %s", answers[i]);
        }
    }
    assert_int_equal(evidence.job_id, 5);
    /* Found, but the exit code says not found. */
    assert_int_equal(device_evidence_parse_job(1, JOB REST, strlen(JOB REST), &evidence),
                     PR_EFORMAT);
    assert_int_equal(device_evidence_parse_job(0, JOB REST, strlen(JOB REST), &evidence), PR_OK);
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    struct device_evidence evidence;
    char answer[8192] =
        JOB ",\"impressions_completed\":null,\"media_sheets_completed\":null,\"reasons\":[";
    for (int i = 0; i < 200; i++) {
        (void)strcat(answer, i == 0 ? "\"0123456789\"" : ",\"0123456789\"");
    }
    (void)strcat(answer, "],\"message\":\"");
    for (int i = 0; i < 200; i++) {
        (void)strcat(answer,
                     "\xe4\xbd\xa0"); /* 你, 3 bytes: 255 is no multiple of a cut in the middle */
    }
    (void)strcat(answer, "x\"}");
    assert_int_equal(device_evidence_parse_job(0, answer, strlen(answer), &evidence), PR_OK);
    assert_int_equal(strlen(evidence.message), 255);
    assert_int_equal((unsigned char)evidence.message[254], 0xa0);
    assert_true(strlen(evidence.reasons) < sizeof evidence.reasons);
}

/* Misbehaving helpers -------------------------------------------------------------------------- */

static void write_script(const char *body)
{
    (void)unlink(script);
    FILE *file = fopen(script, "we");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\n%s\n", body) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(script, 0700), 0);
}

static int answer_of(const char *body)
{
    struct device_evidence evidence;
    write_script(body);
    return device_evidence_job(script, "ipp://localhost/", "token", 1, &evidence);
}

static void assert_no_child_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_helper_hangs(void **state)
{
    (void)state;
    assert_int_equal(answer_of("exec sleep 1000"), PR_ETIMEOUT);
    assert_no_child_left();
    /* It closes its output, but does not end. */
    assert_int_equal(answer_of("exec >&-; exec sleep 1000"), PR_ETIMEOUT);
    assert_no_child_left();
}

static void test_helper_crashes(void **state)
{
    (void)state;
    struct device_evidence evidence;
    assert_int_equal(answer_of("kill -SEGV $$"), PR_ECRASHED);
    assert_int_equal(answer_of("echo '{\"found\":false}'; kill -KILL $$"), PR_ECRASHED);
    assert_int_equal(answer_of("exit 7"), PR_ECRASHED);
    assert_int_equal(device_evidence_job("/nonexistent", "ipp://x/", "t", 1, &evidence),
                     PR_ECRASHED);
    assert_int_equal(device_evidence_job(script, "--help", "t", 1, &evidence), PR_EINVAL);
    assert_int_equal(device_evidence_job(script, "ipp://x/", "t", 0, &evidence), PR_EINVAL);
    assert_no_child_left();
}

static void test_helper_talks_too_much(void **state)
{
    (void)state;
    assert_int_equal(answer_of("exec yes '{\"found\":false}'"), PR_EFORMAT);
    assert_int_equal(answer_of("true"), PR_EFORMAT);
    assert_no_child_left();
}

static void test_helper_gets(void **state)
{
    (void)state;
    /* Arguments as documented, no descriptors and no environment of the daemon's. */
    const int leak = dup2(STDIN_FILENO, 47);
    assert_int_equal(leak, 47);
    assert_int_equal(setenv("PRINTROOM_SECRET", "1", 1), 0);
    assert_int_equal(
        answer_of("[ \"$*\" = 'job ipp://localhost/ --timeout 1 --name token' ] || exit 9\n"
                  "[ -e /proc/self/fd/47 ] && exit 10\n"
                  "[ -n \"$PRINTROOM_SECRET\" ] && exit 11\n"
                  "read line && exit 12\n"
                  "echo '{\"found\":false}'; exit 1"),
        PR_OK);
    assert_int_equal(close(leak), 0);
}

/* Text from devices ---------------------------------------------------------------------------- */

static void test_text_clean(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *expected;
    } rows[] = {{NULL, ""},
                {"plain", "plain"},
                {"a\nb\x7f", "a b "},
                {"\xe4\xbd\xa0!", "\xe4\xbd\xa0!"},
                {"a\xc2\x9b\x32J", "a??2J"}, /* a terminal's command */
                {"\xc2\xa7", "\xc2\xa7"},
                {"\xe2\x80\xae.xe", "???.xe"}, /* turns what follows */
                {"\xe2\x81\xa9\xe2\x80\xa8", "??????"},
                {"\xe2\x80\x94", "\xe2\x80\x94"},
                {"\xff\xfe", "??"},
                {"\xc0\xaf", "??"},           /* overlong */
                {"\xed\xa0\x80", "???"},      /* surrogate */
                {"\xf4\x90\x80\x80", "????"}, /* beyond U+10FFFF */
                {"\xe4\xbd", "??"},           /* cut off */
                {"1234567890", "1234567890"},
                {"1234567890A", "1234567890A"},
                {"1234567890AB", "1234567890A"},
                {"123456789\xe4\xbd\xa0", "123456789"}};
    char to[12];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text_clean(to, sizeof to, rows[i].from);
        assert_string_equal(to, rows[i].expected);
    }
}

/* The helper's sandbox ------------------------------------------------------------------------- */

static int inside_sandbox(void)
{
    struct rlimit core;
    if (!sandbox_enter(SANDBOX_SOCKETS)) {
        return 1;
    }
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || getrlimit(RLIMIT_CORE, &core) != 0 ||
        core.rlim_max != 0) {
        return 2;
    }
    if (access("/etc/passwd", F_OK) != 0 || open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0) {
        return 3;
    }
    const int fd = open(script, O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? 4 : 0;
}

static void test_sandbox(void **state)
{
    (void)state;
    /* The flag asks which version of Landlock there is; without one the files stay open, and there
     * is nothing to test of that. */
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
    const int expected = version >= 1 ? 0 : 4;
    write_script("true");
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(inside_sandbox());
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
}

static int make_script(void **state)
{
    (void)state;
    const int fd = mkstemp(script);
    return fd < 0 ? -1 : close(fd);
}

static int remove_script(void **state)
{
    (void)state;
    return unlink(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_job),
        cmocka_unit_test(test_job_not_found),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_hostile_answers),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_helper_hangs),
        cmocka_unit_test(test_helper_crashes),
        cmocka_unit_test(test_helper_talks_too_much),
        cmocka_unit_test(test_helper_gets),
        cmocka_unit_test(test_text_clean),
        cmocka_unit_test(test_sandbox),
    };
    return cmocka_run_group_tests(tests, make_script, remove_script);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device_queue against a real cupsd that the test starts; exits with 77 (skipped) where that cannot
 * be. */
#include "daemon/cups/device-queue.h"

#include <cups/cups.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "tests/unit/private-cupsd.h"

enum { FOLLOW_TRIES = 800, FOLLOW_STEP_MS = 25, LARGE_BYTES = 3 * 1024 * 1024 };

static struct private_cupsd cupsd;
static const char document[] = "%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer << >>\n%%EOF\n";

static struct device_queue *opened(void)
{
    struct device_queue *q = NULL;
    assert_int_equal(device_queue_open(cupsd.socket, "device", &q), PR_OK);
    return q;
}

static int created(struct device_queue *q, const char *name)
{
    int job_id = 0;
    assert_int_equal(device_queue_create_job(q, name, NULL, NULL, &job_id), PR_OK);
    assert_true(job_id > 0);
    return job_id;
}

static void send_whole(struct device_queue *q, int job_id)
{
    assert_int_equal(device_queue_send_begin(q, job_id), PR_OK);
    assert_int_equal(device_queue_send_data(q, document, 10), PR_OK);
    assert_int_equal(device_queue_send_data(q, document, 0), PR_OK);
    assert_int_equal(device_queue_send_data(q, document + 10, sizeof document - 11), PR_OK);
}

/** Follows a job until it is in a state. */
static struct device_queue_job follow(struct device_queue *q, int job_id,
                                      enum device_queue_job_state state)
{
    struct device_queue_job job = {0};
    for (int i = 0; i < FOLLOW_TRIES; i++) {
        assert_int_equal(device_queue_get_job(q, job_id, &job), PR_OK);
        if (job.state == state) {
            return job;
        }
        (void)poll(NULL, 0, FOLLOW_STEP_MS);
    }
    fail_msg("job %d stays in state %d (%s), not %d", job_id, (int)job.state, job.reasons,
             (int)state);
    return job;
}

static bool printed(int job_id)
{
    char buffer[1];
    return private_cupsd_kept(&cupsd, job_id, "data", buffer, sizeof buffer) >= 0;
}

/* A delivery that goes well -------------------------------------------------------------------- */

static void test_delivery(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000001/1");
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_finish(q), PR_OK);
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_COMPLETED);
    assert_string_equal(job.name, "2026-11-000001/1");
    assert_memory_equal(job.uuid, "urn:uuid:", 9);
    assert_true(job.time_created > 0 && job.time_processing >= job.time_created);
    assert_true(job.time_completed >= job.time_processing);
    assert_true(device_queue_job_ended(&job));
    char buffer[sizeof document + 16];
    assert_int_equal(private_cupsd_kept(&cupsd, job_id, "data", buffer, sizeof buffer),
                     sizeof document - 1);
    assert_memory_equal(buffer, document, sizeof document - 1);
    const ssize_t length = private_cupsd_kept(&cupsd, job_id, "title", buffer, sizeof buffer);
    assert_int_equal(length, 16);
    assert_memory_equal(buffer, "2026-11-000001/1", 16);
    assert_int_equal(device_queue_cancel_job(q, job_id), PR_ESTATE);
    assert_int_equal(private_cupsd_spooled(&cupsd), 0);
    device_queue_close(q);
}

static void assert_option(const char *options, const char *option)
{
    if (strstr(options, option) == NULL) {
        fail_msg("no %s in: %s", option, options);
    }
}

static void expect_options(bool fit, const char *scaling)
{
    struct device_queue *q = opened();
    const struct device_queue_options wanted = {.copies = 3,
                                                .fit = fit,
                                                .sides = "two-sided-long-edge",
                                                .width_um = 297000,
                                                .height_um = 420000,
                                                .print_color_mode = "monochrome"};
    int job_id = 0;
    assert_int_equal(device_queue_create_job(q, "2026-11-000002/1", "daemon", &wanted, &job_id),
                     PR_OK);
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_finish(q), PR_OK);
    (void)follow(q, job_id, DEVICE_QUEUE_JOB_COMPLETED);
    char options[2048] = "";
    assert_int_equal(private_cupsd_kept(&cupsd, job_id, "copies", options, sizeof options - 1), 1);
    assert_string_equal(options, "3");
    assert_true(private_cupsd_kept(&cupsd, job_id, "options", options, sizeof options - 1) > 0);
    assert_option(options, "sides=two-sided-long-edge");
    assert_option(options, "media=iso_a3_297x420mm");
    assert_option(options, "print-color-mode=monochrome");
    assert_option(options, "number-up=1");
    assert_option(options, scaling);
    device_queue_close(q);
}

static void test_options(void **state)
{
    (void)state;
    expect_options(false, "print-scaling=none");
    expect_options(true, "print-scaling=auto-fit");
}

static void test_arguments(void **state)
{
    (void)state;
    struct device_queue *q = NULL;
    int job_id = 77;
    static const char *const servers[] = {"",        "host:", "host:0", "host:65536",
                                          "host:6x", ":631",  "[::1",   "[::1]6"};
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        assert_int_equal(device_queue_open(servers[i], "device", &q), PR_EINVAL);
    }
    assert_int_equal(device_queue_open(cupsd.socket, "", &q), PR_EINVAL);
    assert_int_equal(device_queue_open(cupsd.socket, "a/b", &q), PR_EINVAL);
    assert_null(q);
    q = opened();
    const struct device_queue_options none = {.copies = 0};
    assert_int_equal(device_queue_create_job(q, "x", NULL, &none, &job_id), PR_EINVAL);
    assert_int_equal(device_queue_create_job(q, "", NULL, NULL, &job_id), PR_EINVAL);
    assert_int_equal(device_queue_cancel_job(q, 0), PR_EINVAL);
    assert_int_equal(device_queue_send_data(q, "x", 1), PR_ESTATE);
    assert_int_equal(device_queue_send_finish(q), PR_ESTATE);
    assert_int_equal(device_queue_send_abort(q), PR_OK);
    assert_int_equal(job_id, 77);
    device_queue_close(q);
    device_queue_close(NULL);
}

/* Holding -------------------------------------------------------------------------------------- */

static void test_held_until_released(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000003/1");
    send_whole(q, job_id);
    assert_int_equal(device_queue_create_job(q, "x", NULL, NULL, &(int){0}), PR_ESTATE);
    assert_int_equal(device_queue_send_hold(q), PR_OK);
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_HELD);
    assert_string_equal(job.reasons, "job-hold-until-specified");
    assert_int_equal(job.documents, 1);
    assert_int_equal(job.time_processing, 0);
    assert_false(device_queue_job_ended(&job));
    /* Another job goes by while this one waits. */
    const int other = created(q, "2026-11-000003/2");
    send_whole(q, other);
    assert_int_equal(device_queue_send_finish(q), PR_OK);
    (void)follow(q, other, DEVICE_QUEUE_JOB_COMPLETED);
    assert_false(printed(job_id));
    assert_int_equal(device_queue_release_job(q, job_id), PR_OK);
    (void)follow(q, job_id, DEVICE_QUEUE_JOB_COMPLETED);
    assert_true(printed(job_id));
    assert_int_equal(device_queue_release_job(q, job_id), PR_ESTATE);
    device_queue_close(q);
}

static void send_part(struct device_queue *q, int job_id)
{
    char *part = calloc(1, LARGE_BYTES);
    assert_non_null(part);
    memcpy(part, document, sizeof document - 1);
    assert_int_equal(device_queue_send_begin(q, job_id), PR_OK);
    assert_int_equal(device_queue_send_data(q, part, LARGE_BYTES), PR_OK);
    free(part);
}

static void test_abort_prints_nothing(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000004/1");
    send_part(q, job_id);
    assert_int_equal(device_queue_send_abort(q), PR_OK);
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_CANCELED);
    assert_int_equal(job.time_processing, 0);
    assert_false(printed(job_id));
    assert_int_equal(private_cupsd_spooled(&cupsd), 0);
    device_queue_close(q);
}

static void die_while_sending(const struct private_cupsd *where, int job_id)
{
    (void)where;
    send_part(opened(), job_id);
}

static void cancel_and_check(struct device_queue *q, int job_id)
{
    assert_int_equal(device_queue_cancel_job(q, job_id), PR_OK);
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_CANCELED);
    assert_int_equal(job.time_processing, 0);
    assert_false(printed(job_id));
    for (int i = 0; i < FOLLOW_TRIES && private_cupsd_spooled(&cupsd) > 0; i++) {
        (void)poll(NULL, 0, FOLLOW_STEP_MS);
    }
    assert_int_equal(private_cupsd_spooled(&cupsd), 0);
}

static void test_killed_sender_prints_nothing(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000005/1");
    assert_true(private_cupsd_in_killed_child(die_while_sending, &cupsd, job_id));
    struct device_queue_job job = {0};
    assert_int_equal(device_queue_find_job(q, "2026-11-000005/1", &job), PR_OK);
    assert_int_equal(job.job_id, job_id);
    assert_int_equal(job.state, DEVICE_QUEUE_JOB_HELD);
    cancel_and_check(q, job_id);
    device_queue_close(q);
}

/** Send-Document by hand: one whole chunk of document, then the size of another and the end of the
 * connection. */
static void send_cut_in_chunk_size(int job_id)
{
    ipp_t *request = ippNewRequest(IPP_OP_SEND_DOCUMENT);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL,
                 "ipp://localhost/printers/device");
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, "daemon");
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job_id);
    ippAddBoolean(request, IPP_TAG_OPERATION, "last-document", 1);
    http_t *http =
        httpConnect2(cupsd.socket, 0, NULL, AF_UNSPEC, HTTP_ENCRYPTION_NEVER, 1, 5000, NULL);
    assert_non_null(http);
    httpSetAuthString(http, "PeerCred", "daemon");
    assert_int_equal(cupsSendRequest(http, request, "/", CUPS_LENGTH_VARIABLE),
                     HTTP_STATUS_CONTINUE);
    assert_int_equal(cupsWriteRequestData(http, document, sizeof document - 1),
                     HTTP_STATUS_CONTINUE);
    assert_true(httpFlushWrite(http) >= 0);
    assert_int_equal(send(httpGetFd(http), "80\r\n", 4, MSG_NOSIGNAL), 4);
    assert_int_equal(shutdown(httpGetFd(http), SHUT_WR), 0);
    ippDelete(request);
    struct pollfd wait = {.fd = httpGetFd(http), .events = POLLIN};
    assert_int_equal(poll(&wait, 1, FOLLOW_TRIES * FOLLOW_STEP_MS), 1);
    httpClose(http);
}

static void test_cut_in_chunk_size_prints_nothing(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000005/2");
    send_cut_in_chunk_size(job_id);
    /* cupsd took that for a whole document: only the hold stands between it and paper. */
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_HELD);
    assert_int_equal(job.documents, 1);
    cancel_and_check(q, job_id);
    device_queue_close(q);
}

static void test_without_document(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000006/1");
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_HELD);
    assert_int_equal(job.documents, 0);
    assert_int_equal(device_queue_cancel_job(q, job_id), PR_OK);
    (void)follow(q, job_id, DEVICE_QUEUE_JOB_CANCELED);
    device_queue_close(q);
}

/* Trouble -------------------------------------------------------------------------------------- */

static void test_cancel_while_printing(void **state)
{
    (void)state;
    assert_true(private_cupsd_device(&cupsd, "slow", true));
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000007/1");
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_finish(q), PR_OK);
    (void)follow(q, job_id, DEVICE_QUEUE_JOB_PROCESSING);
    struct device_queue_printer printer = {0};
    assert_int_equal(device_queue_get_printer(q, &printer), PR_OK);
    assert_int_equal(printer.state, DEVICE_QUEUE_PRINTER_PROCESSING);
    assert_int_equal(device_queue_cancel_job(q, job_id), PR_OK);
    (void)follow(q, job_id, DEVICE_QUEUE_JOB_CANCELED);
    assert_int_equal(device_queue_cancel_job(q, job_id), PR_ESTATE);
    assert_true(strlen(device_queue_message(q)) > 0);
    assert_true(private_cupsd_device(&cupsd, "slow", false));
    assert_false(printed(job_id));
    device_queue_close(q);
}

static void test_device_fails(void **state)
{
    (void)state;
    assert_true(private_cupsd_device(&cupsd, "fail", true));
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000008/1");
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_finish(q), PR_OK);
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_ABORTED);
    assert_string_equal(job.message, "the fuser is cold");
    assert_true(private_cupsd_device(&cupsd, "fail", false));
    device_queue_close(q);
}

static void test_out_of_paper(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    struct device_queue_printer printer = {0};
    assert_int_equal(device_queue_get_printer(q, &printer), PR_OK);
    assert_true(printer.accepting_jobs);
    assert_null(strstr(printer.reasons, "media-empty"));
    assert_true(private_cupsd_device(&cupsd, "empty", true));
    const int job_id = created(q, "2026-11-000009/1");
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_finish(q), PR_OK);
    for (int i = 0; i < FOLLOW_TRIES && strstr(printer.reasons, "media-empty") == NULL; i++) {
        assert_int_equal(device_queue_get_printer(q, &printer), PR_OK);
        (void)poll(NULL, 0, FOLLOW_STEP_MS);
    }
    assert_non_null(strstr(printer.reasons, "media-empty-error"));
    assert_true(private_cupsd_device(&cupsd, "empty", false));
    (void)follow(q, job_id, DEVICE_QUEUE_JOB_COMPLETED);
    device_queue_close(q);
}

static void test_find(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    (void)created(q, "2026-11-000010/1");
    const int second = created(q, "2026-11-000010/1");
    (void)created(q, "2026-11-000010/11");
    device_queue_close(q);
    q = opened();
    struct device_queue_job job = {.job_id = 5};
    assert_int_equal(device_queue_find_job(q, "2026-11-000010", &job), PR_ENOENT);
    assert_int_equal(job.job_id, 5);
    assert_int_equal(device_queue_find_job(q, "2026-11-000010/1", &job), PR_OK);
    assert_int_equal(job.job_id, second);
    assert_int_equal(device_queue_get_job(q, 999999, &job), PR_ENOENT);
    assert_int_equal(device_queue_cancel_job(q, 999999), PR_ENOENT);
    device_queue_close(q);
}

static void test_unknown_queue(void **state)
{
    (void)state;
    struct device_queue *q = NULL;
    int job_id = 0;
    struct device_queue_printer printer;
    assert_int_equal(device_queue_open(cupsd.socket, "nowhere", &q), PR_OK);
    assert_int_equal(device_queue_create_job(q, "x", NULL, NULL, &job_id), PR_ENOENT);
    assert_int_equal(device_queue_get_printer(q, &printer), PR_ENOENT);
    assert_int_equal(job_id, 0);
    device_queue_close(q);
}

static int attempts_of_a_stranger(const struct private_cupsd *where)
{
    struct device_queue *q = NULL;
    int job_id = 0;
    struct device_queue_job job;
    if (device_queue_open(where->socket, "device", &q) != PR_OK) {
        return 1;
    }
    if (device_queue_create_job(q, "stranger", NULL, NULL, &job_id) != PR_EACCESS) {
        return 2;
    }
    if (device_queue_create_job(q, "stranger", "daemon", NULL, &job_id) != PR_EACCESS) {
        return 3;
    }
    if (device_queue_find_job(q, "2026-11-000012/1", &job) != PR_EACCESS) {
        return 4;
    }
    /* Jobs are numbered from 1: the service's own waiting job is among these. */
    for (int other = 1; other < 40; other++) {
        const int cancelled = device_queue_cancel_job(q, other);
        const int released = device_queue_release_job(q, other);
        if (cancelled == PR_OK || released == PR_OK) {
            return 5;
        }
    }
    device_queue_close(q);
    return 0;
}

static void test_stranger_is_refused(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000012/1");
    assert_true(job_id < 40);
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_hold(q), PR_OK);
    assert_int_equal(private_cupsd_as_stranger(attempts_of_a_stranger, &cupsd), 0);
    const struct device_queue_job job = follow(q, job_id, DEVICE_QUEUE_JOB_HELD);
    assert_int_equal(job.documents, 1);
    assert_int_equal(device_queue_cancel_job(q, job_id), PR_OK);
    device_queue_close(q);
}

static void test_unreachable(void **state)
{
    (void)state;
    struct device_queue *q = NULL;
    struct device_queue_job job;
    assert_int_equal(device_queue_open("/nonexistent/cups.sock", "device", &q), PR_OK);
    assert_int_equal(device_queue_get_job(q, 1, &job), PR_EUNREACHABLE);
    assert_int_equal(device_queue_send_begin(q, 1), PR_EUNREACHABLE);
    device_queue_close(q);
    /* Port 1 (tcpmux) of the loopback: nobody listens there. */
    assert_int_equal(device_queue_open("127.0.0.1:1", "device", &q), PR_OK);
    assert_int_equal(device_queue_find_job(q, "x", &job), PR_EUNREACHABLE);
    assert_string_equal(device_queue_message(q), "cannot connect to cupsd");
    device_queue_close(q);
}

static void test_silent_server(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/tmp/printroom-silent-%d",
                   (int)getpid());
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    struct device_queue *q = NULL;
    struct device_queue_job job;
    assert_int_equal(device_queue_open(address.sun_path, "device", &q), PR_OK);
    device_queue_set_silence(q, 1);
    assert_int_equal(device_queue_get_job(q, 1, &job), PR_ETIMEOUT);
    device_queue_close(q);
    (void)close(fd);
    (void)unlink(address.sun_path);
}

static void test_restart_in_between(void **state)
{
    (void)state;
    struct device_queue *q = opened();
    const int job_id = created(q, "2026-11-000013/1");
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_hold(q), PR_OK);
    private_cupsd_end(&cupsd, SIGTERM);
    struct device_queue_job job;
    assert_int_equal(device_queue_get_job(q, job_id, &job), PR_EUNREACHABLE);
    assert_true(private_cupsd_start(&cupsd));
    /* The same object connects again by itself. */
    assert_int_equal(device_queue_find_job(q, "2026-11-000013/1", &job), PR_OK);
    assert_int_equal(job.job_id, job_id);
    assert_int_equal(job.state, DEVICE_QUEUE_JOB_HELD);
    assert_int_equal(device_queue_release_job(q, job_id), PR_OK);
    (void)follow(q, job_id, DEVICE_QUEUE_JOB_COMPLETED);
    char buffer[sizeof document];
    assert_int_equal(private_cupsd_kept(&cupsd, job_id, "data", buffer, sizeof buffer),
                     sizeof document - 1);
    device_queue_close(q);
}

/** What a cupsd forgets that is killed before it wrote its jobs down, and why a job-id does not
 * name a job for ever. */
static void test_killed_cupsd(void **state)
{
    (void)state;
    struct private_cupsd other;
    assert_true(private_cupsd_prepare(&other, "DirtyCleanInterval 3600", "keep:/"));
    assert_true(private_cupsd_start(&other));
    struct device_queue *q = NULL;
    assert_int_equal(device_queue_open(other.socket, "device", &q), PR_OK);
    const int job_id = created(q, "2026-11-000014/1");
    send_whole(q, job_id);
    assert_int_equal(device_queue_send_hold(q), PR_OK);
    private_cupsd_end(&other, SIGKILL);
    assert_true(private_cupsd_start(&other));
    struct device_queue_job job;
    assert_int_equal(device_queue_find_job(q, "2026-11-000014/1", &job), PR_ENOENT);
    assert_int_equal(device_queue_get_job(q, job_id, &job), PR_ENOENT);
    assert_int_equal(created(q, "2026-11-000015/1"), job_id);
    assert_int_equal(device_queue_get_job(q, job_id, &job), PR_OK);
    assert_string_equal(job.name, "2026-11-000015/1");
    device_queue_close(q);
    private_cupsd_remove(&other);
}

int main(void)
{
    const char *missing = private_cupsd_missing();
    if (missing != NULL) {
        (void)fprintf(stderr, "skipped: %s\n", missing);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivery),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_held_until_released),
        cmocka_unit_test(test_abort_prints_nothing),
        cmocka_unit_test(test_killed_sender_prints_nothing),
        cmocka_unit_test(test_cut_in_chunk_size_prints_nothing),
        cmocka_unit_test(test_without_document),
        cmocka_unit_test(test_cancel_while_printing),
        cmocka_unit_test(test_device_fails),
        cmocka_unit_test(test_out_of_paper),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_unknown_queue),
        cmocka_unit_test(test_stranger_is_refused),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_silent_server),
        cmocka_unit_test(test_restart_in_between),
        cmocka_unit_test(test_killed_cupsd),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    if (!private_cupsd_prepare(&cupsd, "", "keep:/") || !private_cupsd_start(&cupsd)) {
        (void)fprintf(stderr, "cupsd does not start in %s\n", cupsd.folder);
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0 || getenv("PRINTROOM_KEEP") == NULL) {
        private_cupsd_remove(&cupsd);
    } else {
        private_cupsd_end(&cupsd, SIGTERM);
    }
    return private_cupsd_leave_account() ? failed : 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* printroom-device against a real ippeveprinter and against servers that lie; skipped (77) where
 * that cannot run. */
#include "config.h"

#include <arpa/inet.h>
#include <cups/cups.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/cups/device-evidence.h"
#include "daemon/cups/device-queue.h"
#include "daemon/error.h"
#include "tests/unit/private-cupsd.h"
#include "tests/unit/private-device.h"

enum { FOLLOW_TRIES = 800, FOLLOW_STEP_MS = 25, TIMEOUT_S = 20 };

static struct private_device device;
/** A copy beside the device: another account starts it, which may not see the folder it is built
 * in.
 */
static char program[96];
static const char document[] = "%PDF-1.4\n%%EOF\n";

/* Talking to the device as CUPS would ---------------------------------------------------------- */

static ipp_t *device_request(ipp_op_t operation)
{
    ipp_t *request = ippNewRequest(operation);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, device.uri);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL,
                 "printroom");
    return request;
}

static http_t *device_connection(void)
{
    http_t *http =
        httpConnect2("localhost", 8631, NULL, AF_UNSPEC, HTTP_ENCRYPTION_NEVER, 1, 5000, NULL);
    assert_non_null(http);
    return http;
}

static ipp_status_t try_to_print(const char *name)
{
    http_t *http = device_connection();
    ipp_t *request = device_request(IPP_OP_PRINT_JOB);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, name);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL,
                 "application/pdf");
    const size_t length = ippLength(request) + sizeof document - 1;
    assert_int_equal(cupsSendRequest(http, request, "/ipp/print", length), HTTP_STATUS_CONTINUE);
    assert_int_equal(cupsWriteRequestData(http, document, sizeof document - 1),
                     HTTP_STATUS_CONTINUE);
    ipp_t *response = cupsGetResponse(http, "/ipp/print");
    assert_non_null(response);
    const ipp_status_t status = ippGetStatusCode(response);
    ippDelete(response);
    ippDelete(request);
    httpClose(http);
    return status;
}

/** Sends a job; the simulator takes one at a time and is busy until it has ended. */
static void print(const char *name)
{
    ipp_status_t status = try_to_print(name);
    for (int i = 0; i < FOLLOW_TRIES && status == IPP_STATUS_ERROR_BUSY; i++) {
        (void)poll(NULL, 0, FOLLOW_STEP_MS);
        status = try_to_print(name);
    }
    assert_true(status <= IPP_STATUS_OK_EVENTS_COMPLETE);
}

static void cancel(int job_id)
{
    http_t *http = device_connection();
    ipp_t *request = device_request(IPP_OP_CANCEL_JOB);
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job_id);
    ippDelete(cupsDoRequest(http, request, "/ipp/print"));
    assert_int_equal(cupsLastError(), IPP_STATUS_OK);
    httpClose(http);
}

/** Asks again until the job is in that state. */
static struct device_evidence evidence_of(const char *name, enum device_evidence_state state)
{
    struct device_evidence evidence = {0};
    for (int i = 0; i < FOLLOW_TRIES; i++) {
        assert_int_equal(device_evidence_job(program, device.uri, name, TIMEOUT_S, &evidence),
                         PR_OK);
        if (evidence.found && evidence.state == state) {
            return evidence;
        }
        (void)poll(NULL, 0, FOLLOW_STEP_MS);
    }
    fail_msg("%s: found %d, state %d, not %d", name, evidence.found, (int)evidence.state,
             (int)state);
    return evidence;
}

/* A real device -------------------------------------------------------------------------------- */

static void test_completed(void **state)
{
    (void)state;
    assert_true(private_device_set(&device, "impressions", "4"));
    print("2026-11-000001/1");
    const struct device_evidence evidence =
        evidence_of("2026-11-000001/1", DEVICE_EVIDENCE_COMPLETED);
    assert_int_equal(evidence.impressions_completed, 4);
    assert_int_equal(evidence.media_sheets_completed, DEVICE_EVIDENCE_UNKNOWN);
    assert_string_equal(evidence.reasons, "job-completed-successfully");
    /* A second one of the same name: the later job is the one that counts. */
    assert_true(private_device_set(&device, "impressions", "6"));
    print("2026-11-000001/1");
    struct device_evidence later = evidence;
    for (int i = 0; i < FOLLOW_TRIES && later.job_id == evidence.job_id; i++) {
        later = evidence_of("2026-11-000001/1", DEVICE_EVIDENCE_COMPLETED);
    }
    assert_true(later.job_id > evidence.job_id);
    assert_int_equal(later.impressions_completed, 6);
    assert_true(private_device_unset(&device, "impressions"));
}

static void test_unknown_job(void **state)
{
    (void)state;
    struct device_evidence evidence = {.found = true};
    print("2026-11-000002/1");
    assert_int_equal(
        device_evidence_job(program, device.uri, "2026-11-000002", TIMEOUT_S, &evidence), PR_OK);
    assert_false(evidence.found);
}

static void test_aborted(void **state)
{
    (void)state;
    assert_true(private_device_set(&device, "fail", ""));
    print("2026-11-000003/1");
    const struct device_evidence evidence =
        evidence_of("2026-11-000003/1", DEVICE_EVIDENCE_ABORTED);
    assert_non_null(strstr(evidence.message, "the fuser is cold"));
    assert_true(private_device_unset(&device, "fail"));
}

static void test_processing_and_canceled(void **state)
{
    (void)state;
    assert_true(private_device_set(&device, "impressions", "1"));
    assert_true(private_device_set(&device, "slow", ""));
    print("2026-11-000004/1");
    struct device_evidence evidence = evidence_of("2026-11-000004/1", DEVICE_EVIDENCE_PROCESSING);
    struct device_evidence_status status;
    assert_int_equal(device_evidence_status(program, device.uri, NULL, TIMEOUT_S, &status), PR_OK);
    assert_int_equal(status.state, DEVICE_EVIDENCE_DEVICE_PROCESSING);
    cancel(evidence.job_id);
    assert_true(private_device_unset(&device, "slow"));
    evidence = evidence_of("2026-11-000004/1", DEVICE_EVIDENCE_CANCELED);
    assert_int_equal(evidence.impressions_completed, 1);
    assert_true(private_device_unset(&device, "impressions"));
}

static void test_status(void **state)
{
    (void)state;
    struct device_evidence_status status;
    assert_int_equal(device_evidence_status(program, device.uri, NULL, TIMEOUT_S, &status), PR_OK);
    assert_string_equal(status.make_and_model, "Example Press 1");
    assert_string_equal(status.reasons, "none");
    assert_int_equal(status.impressions_completed, DEVICE_EVIDENCE_UNKNOWN);
}

static void test_over_tls(void **state)
{
    (void)state;
    char uri[128];
    struct device_evidence_status status = {0};
    (void)snprintf(uri, sizeof uri, "ipps%s", strchr(device.uri, ':'));
    assert_int_equal(device_evidence_status(program, uri, NULL, TIMEOUT_S, &status), PR_OK);
    assert_string_equal(status.make_and_model, "Example Press 1");
}

static struct private_cupsd cupsd;

static int start_cupsd(void **state)
{
    (void)state;
    return private_cupsd_prepare(&cupsd, "Listen 127.0.0.1:8632", device.uri) &&
                   private_cupsd_start(&cupsd)
               ? 0
               : -1;
}

static int stop_cupsd(void **state)
{
    (void)state;
    private_cupsd_remove(&cupsd);
    return private_cupsd_leave_account() ? 0 : -1;
}

static void test_cups_hands_the_name_on(void **state)
{
    (void)state;
    struct device_queue *q = NULL;
    int job_id = 0;
    assert_int_equal(device_queue_open(cupsd.socket, "device", &q), PR_OK);
    assert_int_equal(device_queue_create_job(q, "2026-11-000005/1", NULL, NULL, &job_id), PR_OK);
    assert_int_equal(device_queue_send_begin(q, job_id), PR_OK);
    assert_int_equal(device_queue_send_data(q, document, sizeof document - 1), PR_OK);
    assert_int_equal(device_queue_send_finish(q), PR_OK);
    (void)evidence_of("2026-11-000005/1", DEVICE_EVIDENCE_COMPLETED);
    device_queue_close(q);
}

/** Over TCP there are no socket credentials: what needs an account is refused, and nobody is asked
 * for a password. */
static void test_cups_over_tcp(void **state)
{
    (void)state;
    struct device_queue *q = NULL;
    struct device_queue_printer printer;
    int job_id = 0;
    assert_int_equal(device_queue_open("127.0.0.1:8632", "device", &q), PR_OK);
    assert_int_equal(device_queue_get_printer(q, &printer), PR_OK);
    assert_int_equal(device_queue_create_job(q, "x", NULL, NULL, &job_id), PR_EACCESS);
    assert_int_equal(device_queue_get_printer(q, &printer), PR_OK);
    assert_true(printer.accepting_jobs);
    device_queue_close(q);
}

/* Servers that lie ----------------------------------------------------------------------------- */

static void serve(int listener, const char *answer, bool for_ever)
{
    const int fd = accept(listener, NULL, NULL);
    char request[4096];
    (void)!read(fd, request, sizeof request);
    (void)!write(fd, answer, strlen(answer));
    while (for_ever) {
        /* One byte now and then: no single wait ever times out. */
        (void)poll(NULL, 0, 100);
        if (write(fd, "a", 1) != 1) {
            break;
        }
    }
    (void)close(fd);
    _exit(0);
}

/** Asks a server that gives this answer once, or drips on for ever. */
static int asked_of_liar(const char *answer, bool for_ever, unsigned timeout_s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        serve(listener, answer, for_ever);
    }
    (void)close(listener);
    char uri[64];
    struct device_evidence_status status;
    (void)snprintf(uri, sizeof uri, "ipp://127.0.0.1:%d/ipp/print", ntohs(address.sin_port));
    const int error = device_evidence_status(program, uri, NULL, timeout_s, &status);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return error;
}

static void test_liars(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n";
    char answer[256];
    assert_int_equal(
        asked_of_liar("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false, 10),
        PR_EREFUSED);
    assert_int_equal(asked_of_liar("SSH-2.0-liar\r\n", false, 10), PR_EUNREACHABLE);
    assert_int_equal(asked_of_liar("", false, 10), PR_EUNREACHABLE);
    (void)snprintf(answer, sizeof answer,
                   "%sContent-Length: "
                   "20\r\n\r\n\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"
                   "\x7f\x7f\x7f",
                   head);
    assert_int_equal(asked_of_liar(answer, false, 10), PR_EUNREACHABLE);
    (void)snprintf(answer, sizeof answer, "%sTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", head);
    assert_int_equal(asked_of_liar(answer, true, 1), PR_EUNREACHABLE);
    assert_int_equal(asked_of_liar("HTTP/1.1 200 ", true, 1), PR_EUNREACHABLE);
}

static void test_unreachable(void **state)
{
    (void)state;
    struct device_evidence evidence;
    assert_int_equal(device_evidence_job(program, "ipp://127.0.0.1:1/", "t", TIMEOUT_S, &evidence),
                     PR_EUNREACHABLE);
    assert_int_equal(
        device_evidence_job(program, "ipp://nobody.invalid/", "t", TIMEOUT_S, &evidence),
        PR_EUNREACHABLE);
    assert_int_equal(device_evidence_job(program, "lpd://127.0.0.1/", "t", TIMEOUT_S, &evidence),
                     PR_EREFUSED);
}

int main(void)
{
    const char *missing = private_device_missing();
    missing = missing != NULL ? missing : private_cupsd_missing();
    if (missing != NULL) {
        (void)fprintf(stderr, "skipped: %s\n", missing);
        return 77;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (!private_device_enter()) {
        (void)fprintf(stderr, "skipped: this kernel or container grants no namespaces\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_completed),
        cmocka_unit_test(test_unknown_job),
        cmocka_unit_test(test_aborted),
        cmocka_unit_test(test_processing_and_canceled),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_over_tls),
        cmocka_unit_test_setup_teardown(test_cups_hands_the_name_on, start_cupsd, stop_cupsd),
        cmocka_unit_test_setup_teardown(test_cups_over_tcp, start_cupsd, stop_cupsd),
        cmocka_unit_test(test_liars),
        cmocka_unit_test(test_unreachable),
    };
    int failed = 1;
    if (private_device_start(&device)) {
        char command[1024];

        (void)snprintf(program, sizeof program, "%s/printroom-device", device.folder);
        (void)snprintf(command, sizeof command, "cp '%s' '%s'", TEST_DEVICE_PROGRAM, program);
        failed = system(command) != 0 || cmocka_run_group_tests(tests, NULL, NULL) != 0;
    } else {
        (void)fprintf(stderr, "the simulated device does not start in %s\n", device.folder);
    }
    private_device_remove(&device);
    return failed;
}

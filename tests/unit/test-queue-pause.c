/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue that stands still while its device is managed, at a cupsd of the test's own; skipped (77)
 * where that cannot run. */
#include "config.h"

#include <cups/cups.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "drivers/queue-pause.h"
#include "drivers/sandbox.h"
#include "tests/unit/private-cupsd.h"

enum { TRIES = 400, STEP_MS = 25, TEST_SKIPPED = 77 };

/* As the queue has it, and as it is managed: the interface is named by one of them only. */
static const char queue_uri[] = "usb://Example/Press%202?serial=S0001";
static const char device_uri[] = "usb://Example/Press%202?serial=S0001&interface=1";
static struct private_cupsd cupsd;
static char message[DEVICE_TEXT_BYTES];

static int64_t in_ms(int ms)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
}

/* The queue as others see it ------------------------------------------------------------------- */

static ipp_t *ask_queue(ipp_op_t operation, const char *words)
{
    http_t *http =
        httpConnect2(cupsd.socket, 0, NULL, AF_LOCAL, HTTP_ENCRYPTION_NEVER, 1, 5000, NULL);
    assert_non_null(http);
    ipp_t *request = ippNewRequest(operation);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL,
                 "ipp://localhost/printers/device");
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, "daemon");
    if (words != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_TEXT, "printer-state-message", NULL,
                     words);
    }
    cupsSetUser("daemon");
    ipp_t *response = cupsDoRequest(http, request, "/printers/device");
    httpClose(http);
    assert_non_null(response);
    return response;
}

static int state_of_queue(void)
{
    ipp_t *response = ask_queue(IPP_OP_GET_PRINTER_ATTRIBUTES, NULL);
    const int state = ippGetInteger(ippFindAttribute(response, "printer-state", IPP_TAG_ENUM), 0);
    const char *words =
        ippGetString(ippFindAttribute(response, "printer-state-message", IPP_TAG_TEXT), 0, NULL);
    (void)snprintf(message, sizeof message, "%s", words != NULL ? words : "");
    ippDelete(response);
    return state;
}

static void wait_for_state(int state)
{
    int now = 0;
    for (int i = 0; i < TRIES && (now = state_of_queue()) != state; i++) {
        (void)poll(NULL, 0, STEP_MS);
    }
    assert_int_equal(now, state);
}

/* Tests ---------------------------------------------------------------------------------------- */

static struct queue_pause *begin(void)
{
    struct queue_pause *pause = NULL;
    const enum device_result result = queue_pause_begin(device_uri, in_ms(5000), &pause, message);
    if (result != DEVICE_OK) {
        fail_msg("not paused: %d %s", (int)result, message);
    }
    return pause;
}

static void test_paused_and_resumed(void **state)
{
    (void)state;
    assert_int_equal(state_of_queue(), IPP_PSTATE_IDLE);
    struct queue_pause *pause = begin();
    assert_int_equal(queue_pause_queues(pause), 1);
    assert_int_equal(state_of_queue(), IPP_PSTATE_STOPPED);
    assert_string_equal(message, QUEUE_PAUSE_WORDS);
    assert_int_equal(queue_pause_end(pause, message), DEVICE_OK);
    assert_int_equal(state_of_queue(), IPP_PSTATE_IDLE);
    assert_string_not_equal(message, QUEUE_PAUSE_WORDS);
}

static void test_another_device(void **state)
{
    (void)state;
    struct queue_pause *pause = NULL;
    assert_int_equal(
        queue_pause_begin("usb://Example/Press%202?serial=S0002", in_ms(5000), &pause, message),
        DEVICE_OK);
    assert_int_equal(queue_pause_queues(pause), 0);
    assert_int_equal(state_of_queue(), IPP_PSTATE_IDLE);
    assert_int_equal(queue_pause_end(pause, message), DEVICE_OK);
}

static void test_stopped_by_somebody(void **state)
{
    (void)state;
    ippDelete(ask_queue(IPP_OP_PAUSE_PRINTER, "out for repair"));
    struct queue_pause *pause = begin();
    assert_int_equal(queue_pause_queues(pause), 0);
    assert_int_equal(queue_pause_end(pause, message), DEVICE_OK);
    assert_int_equal(state_of_queue(), IPP_PSTATE_STOPPED);
    assert_string_equal(message, "out for repair");
    unsigned queues = 99;
    assert_int_equal(queue_pause_recover(&queues, message), DEVICE_OK);
    assert_int_equal(queues, 0);
    assert_int_equal(state_of_queue(), IPP_PSTATE_STOPPED);
    ippDelete(ask_queue(IPP_OP_RESUME_PRINTER, NULL));
    assert_int_equal(state_of_queue(), IPP_PSTATE_IDLE);
}

static void pause_and_die(const struct private_cupsd *unused, int argument)
{
    (void)unused, (void)argument;
    /* As in printroom-device: what it has given up is not needed for this. */
    if (!sandbox_enter(SANDBOX_USB)) {
        exit(1);
    }
    struct queue_pause *pause = begin();
    /* Seen from here, so that the test cannot pass because nothing happened. */
    if (queue_pause_queues(pause) != 1 || state_of_queue() != IPP_PSTATE_STOPPED) {
        exit(1);
    }
}

static void test_killed(void **state)
{
    (void)state;
    assert_true(private_cupsd_in_killed_child(pause_and_die, &cupsd, 0));
    wait_for_state(IPP_PSTATE_IDLE);
}

static void test_left_behind(void **state)
{
    (void)state;
    /* As after a power cut, which takes everybody who could resume it. */
    ippDelete(ask_queue(IPP_OP_PAUSE_PRINTER, QUEUE_PAUSE_WORDS));
    unsigned queues = 0;
    assert_int_equal(queue_pause_recover(&queues, message), DEVICE_OK);
    assert_int_equal(queues, 1);
    assert_int_equal(state_of_queue(), IPP_PSTATE_IDLE);
    /* Or the next run does it by itself. */
    ippDelete(ask_queue(IPP_OP_PAUSE_PRINTER, QUEUE_PAUSE_WORDS));
    struct queue_pause *pause = begin();
    assert_int_equal(queue_pause_queues(pause), 1);
    assert_int_equal(queue_pause_end(pause, message), DEVICE_OK);
    assert_int_equal(state_of_queue(), IPP_PSTATE_IDLE);
}

static void test_no_server(void **state)
{
    (void)state;
    struct queue_pause *pause = NULL;
    unsigned queues = 99;
    cupsSetServer("/nonexistent/cups.sock");
    assert_int_equal(queue_pause_begin(device_uri, in_ms(1000), &pause, message),
                     DEVICE_UNREACHABLE);
    assert_null(pause);
    assert_int_equal(queue_pause_recover(&queues, message), DEVICE_UNREACHABLE);
    assert_int_equal(queues, 99);
    cupsSetServer(cupsd.socket);
}

/* A job that is printing ----------------------------------------------------------------------- */

static void print_a_page(void)
{
    http_t *http =
        httpConnect2(cupsd.socket, 0, NULL, AF_LOCAL, HTTP_ENCRYPTION_NEVER, 1, 5000, NULL);
    assert_non_null(http);
    const int job_id = cupsCreateJob(http, "device", "page", 0, NULL);
    assert_true(job_id > 0);
    assert_int_equal(cupsStartDocument(http, "device", job_id, "page", CUPS_FORMAT_RAW, 1),
                     HTTP_STATUS_CONTINUE);
    assert_int_equal(cupsWriteRequestData(http, "page\f", 5), HTTP_STATUS_CONTINUE);
    assert_int_equal(cupsFinishDocument(http, "device"), IPP_STATUS_OK);
    httpClose(http);
    wait_for_state(IPP_PSTATE_PROCESSING);
}

static void test_printing(void **state)
{
    (void)state;
    struct queue_pause *pause = NULL;
    assert_true(private_cupsd_device(&cupsd, "slow", true));
    print_a_page();
    assert_int_equal(queue_pause_begin("keep:/", in_ms(300), &pause, message), DEVICE_REFUSED);
    assert_non_null(strstr(message, "lpstat -o device"));
    assert_null(pause);
    assert_int_equal(state_of_queue(), IPP_PSTATE_PROCESSING);
    assert_true(private_cupsd_device(&cupsd, "slow", false));
    assert_int_equal(queue_pause_begin("keep:/", in_ms(10000), &pause, message), DEVICE_OK);
    /* The job was waited for: the device has all of it. */
    char kept[16];
    assert_true(private_cupsd_kept(&cupsd, 1, "data", kept, sizeof kept) > 0);
    assert_int_equal(state_of_queue(), IPP_PSTATE_STOPPED);
    assert_int_equal(queue_pause_end(pause, message), DEVICE_OK);
    assert_int_equal(state_of_queue(), IPP_PSTATE_IDLE);
}

/* ---------------------------------------------------------------------------------------------- */

static int start_with(const char *uri)
{
    if (!private_cupsd_prepare(&cupsd, "", uri) || !private_cupsd_start(&cupsd)) {
        return -1;
    }
    cupsSetServer(cupsd.socket);
    /* cupsd stops a queue whose backend it does not have; here nothing is printed on that one. */
    ippDelete(ask_queue(IPP_OP_RESUME_PRINTER, NULL));
    return 0;
}

static int start_usb(void **state)
{
    (void)state;
    return start_with(queue_uri);
}

static int start_printing(void **state)
{
    (void)state;
    return start_with("keep:/");
}

static int stop(void **state)
{
    (void)state;
    private_cupsd_remove(&cupsd);
    return private_cupsd_leave_account() ? 0 : -1;
}

int main(void)
{
    const char *missing = private_cupsd_missing();
    if (missing != NULL) {
        (void)fprintf(stderr, "skipped: %s\n", missing);
        return TEST_SKIPPED;
    }
    const struct CMUnitTest usb[] = {
        cmocka_unit_test(test_paused_and_resumed),  cmocka_unit_test(test_another_device),
        cmocka_unit_test(test_stopped_by_somebody), cmocka_unit_test(test_killed),
        cmocka_unit_test(test_left_behind),         cmocka_unit_test(test_no_server)};
    const struct CMUnitTest in_use[] = {cmocka_unit_test(test_printing)};
    return cmocka_run_group_tests(usb, start_usb, stop) +
           cmocka_run_group_tests(in_use, start_printing, stop);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server met by clients of every kind: large bodies, broken ones, greedy ones. */
#include "tests/unit/api-echo.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/server.h"

/* Streams */

static const char stream_head[] = "PUT /stream/x HTTP/1.1\r\nHost: l\r\n"
                                  "Content-Type: application/pdf\r\n";

/** Kilobytes of this process in memory at most so far. */
static long peak_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *stream_of_status = fopen("/proc/self/status", "re");

    while (stream_of_status != NULL && fgets(line, sizeof line, stream_of_status) != NULL) {
        if (sscanf(line, "VmHWM: %ld", &kib) == 1) {
            break;
        }
    }
    if (stream_of_status != NULL) {
        fclose(stream_of_status);
    }
    return kib;
}

static void a_large_body_takes_no_memory(void **state)
{
    const struct api_fixture *fixture = *state;
    enum { PIECE = 65536, PIECES = 2048, HEADROOM_KIB = 8192 };
    static char piece[PIECE];
    char head[256];
    int fd = raw_connect(fixture);
    long before;

    snprintf(head, sizeof head, "%sContent-Length: %lu\r\n\r\n", stream_head,
             (unsigned long)PIECE * PIECES);
    assert_alive(fixture);
    before = peak_kib();
    assert_true(raw_send(fd, head, strlen(head)));
    for (unsigned i = 0; i < PIECES; i++) {
        assert_true(raw_send(fd, piece, sizeof piece));
    }
    struct raw_answer answer = raw_receive(fd);

    assert_int_equal(json_integer_value(json_object_get(answer.json, "received")),
                     (json_int_t)PIECE * PIECES);
    raw_expect(answer, 200, NULL);
    close(fd);
    assert_in_range(seen.largest, 1, 256 * 1024);
    assert_true(peak_kib() - before < HEADROOM_KIB);
    assert_int_equal(seen.begun, 1);
    assert_int_equal(seen.ended, 1);
    assert_int_equal(seen.destroyed, 1);
}

static void chunks_arrive_whole(void **state)
{
    const struct api_fixture *fixture = *state;
    char request[1024];

    snprintf(request, sizeof request,
             "%sTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\n\r\n",
             stream_head);
    struct raw_answer answer = raw_exchange(fixture, request);

    assert_int_equal(json_integer_value(json_object_get(answer.json, "received")), 8);
    raw_expect(answer, 200, NULL);
}

static void an_early_refusal_is_read_by_a_busy_sender(void **state)
{
    const struct api_fixture *fixture = *state;
    enum { PIECE = 65536, PIECES = 64 };
    static char piece[PIECE];
    static const char *const places[] = {"never", "full"};
    char head[256];

    for (size_t place = 0; place < 2; place++) {
        int fd = raw_connect(fixture);

        snprintf(head, sizeof head,
                 "PUT /stream/%s HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
                 "Content-Length: %u\r\n\r\n",
                 places[place], PIECE * PIECES);
        assert_true(raw_send(fd, head, strlen(head)));
        for (unsigned i = 0; i < PIECES; i++) {
            assert_true(raw_send(fd, piece, sizeof piece));
        }
        raw_expect(raw_receive(fd), 507, "no-space");
        close(fd);
    }
    assert_int_equal(seen.begun, 2);
    assert_int_equal(seen.ended, 0);
    assert_int_equal(seen.destroyed, 2);
    /* Nothing more is handed over after the refusal. */
    assert_true(seen.received <= 256 * 1024);
}

static void a_sender_that_waits_is_refused_at_once(void **state)
{
    const struct api_fixture *fixture = *state;

    raw_expect(raw_exchange(fixture, "PUT /stream/never HTTP/1.1\r\nHost: l\r\n"
                                     "Content-Type: application/pdf\r\nContent-Length: 1000\r\n"
                                     "Expect: 100-continue\r\n\r\n"),
               507, "no-space");
    raw_expect(raw_exchange(fixture, "PUT /stream/x HTTP/1.1\r\nHost: l\r\n"
                                     "Content-Type: application/pdf\r\nContent-Length: 1000\r\n"
                                     "Expect: 100-continue\r\n\r\n"),
               100, NULL);
}

static void too_much_is_refused(void **state)
{
    const struct api_fixture *fixture = *state;
    char request[4096];
    int length;

    raw_expect(raw_exchange(fixture,
                            "PUT /short/x HTTP/1.1\r\nHost: l\r\n"
                            "Content-Type: application/pdf\r\nContent-Length: 1001\r\n\r\n"),
               413, "too-large");
    assert_int_equal(seen.begun, 0);
    length = snprintf(request, sizeof request,
                      "PUT /short/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n3e9\r\n%01001d\r\n0\r\n\r\n",
                      0);
    assert_in_range(length, 1001, sizeof request - 1);
    raw_expect(raw_exchange(fixture, request), 413, "too-large");
    assert_int_equal(seen.ended, 0);
    length = snprintf(request, sizeof request, "{\"a\":1,\"b\":%01100d}", 0);
    raw_expect(raw_ask(fixture, "POST", "/sum", "", request), 413, "too-large");
    raw_expect(raw_exchange(fixture,
                            "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
                            "Content-Length: 268435457\r\n\r\n"),
               413, "too-large");
}

static void a_body_without_end_is_cut_off(void **state)
{
    const struct api_fixture *fixture = *state;
    enum { PIECE = 65536, PIECES = 64 };
    static char piece[PIECE];
    static const char head[] = "PUT /short/x HTTP/1.1\r\nHost: l\r\nContent-Type: "
                               "application/pdf\r\nTransfer-Encoding: chunked\r\n\r\n";
    int fd = raw_connect(fixture);
    bool sent = raw_send(fd, head, strlen(head));

    for (unsigned i = 0; sent && i < PIECES; i++) {
        sent = raw_send(fd, "10000\r\n", 7) && raw_send(fd, piece, sizeof piece) &&
               raw_send(fd, "\r\n", 2);
    }
    assert_false(sent); /* 4 MiB were not read */
    close(fd);
    assert_alive(fixture);
}

static void a_sender_that_vanishes_leaves_nothing(void **state)
{
    struct api_fixture *fixture = *state;
    char request[512];
    int fd = raw_connect(fixture);

    snprintf(request, sizeof request, "%sContent-Length: 100000\r\n\r\nhalf", stream_head);
    assert_true(raw_send(fd, request, strlen(request)));
    close(fd);
    /* Stopping waits for the connection's end. */
    api_server_stop(fixture->server, 30000);
    fixture->server = NULL;
    assert_int_equal(seen.ended, 0);
    assert_int_equal(seen.begun, seen.destroyed);
}

/* Bad clients */

static void malformed_requests_harm_nobody(void **state)
{
    static const char *const requests[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /echo/x\r\n\r\n",
        "GET /echo/x HTTP/9.9\r\nHost: l\r\n\r\n",
        "GET /echo/x HTTP/1.1\r\n\r\n", /* no Host */
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03",
        "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
        "Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n",
        "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
        "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc\r\n",
        "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
        "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n",
        "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
        "Transfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n0\r\n\r\n",
        "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
        "Content-Length: -5\r\n\r\nabcde",
        "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
        "Content-Length: 99999999999999999999999\r\n\r\nabcde",
        "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: application/pdf\r\n"
        "Content-Length: 0x10\r\n\r\nabcde",
    };
    const struct api_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        int fd = raw_connect(fixture);

        raw_send(fd, requests[i], strlen(requests[i]));
        shutdown(fd, SHUT_WR);
        struct raw_answer answer = raw_receive(fd);

        if (answer.status != 0) {
            assert_in_range(answer.status, 400, 505);
        }
        raw_free(&answer);
        close(fd);
        assert_alive(fixture);
    }
    assert_int_equal(seen.ended, 0);
}

static void a_nul_in_the_path_is_no_path(void **state)
{
    static const char request[] = "GET /echo/a\0b HTTP/1.1\r\nHost: l\r\n\r\n";
    const struct api_fixture *fixture = *state;
    int fd = raw_connect(fixture);

    raw_send(fd, request, sizeof request - 1);
    shutdown(fd, SHUT_WR);
    struct raw_answer answer = raw_receive(fd);

    /* Either refused as malformed, or cut at the NUL: never with the NUL inside. */
    if (answer.status == 200) {
        assert_string_equal(json_string_value(json_object_get(answer.json, "name")), "a");
    }
    raw_free(&answer);
    close(fd);
    assert_alive(fixture);
}

static void huge_headers_are_refused(void **state)
{
    const struct api_fixture *fixture = *state;
    enum { SIZE = 1 << 20 };
    char *request = malloc(SIZE);
    int fd = raw_connect(fixture);

    assert_non_null(request);
    memset(request, 'x', SIZE);
    memcpy(request, "GET /echo/x HTTP/1.1\r\nHost: l\r\nX: ", 35);
    raw_send(fd, request, SIZE);
    struct raw_answer answer = raw_receive(fd);

    assert_int_not_equal(answer.status, 200);
    raw_free(&answer);
    close(fd);
    memset(request, 'x', SIZE);
    memcpy(request, "GET /echo/", 10);
    fd = raw_connect(fixture);
    raw_send(fd, request, SIZE);
    answer = raw_receive(fd);
    assert_int_not_equal(answer.status, 200);
    raw_free(&answer);
    close(fd);
    free(request);
    assert_alive(fixture);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    static const char requests[] = "GET /echo/1 HTTP/1.1\r\nHost: l\r\n\r\n"
                                   "POST /sum HTTP/1.1\r\nHost: l\r\nContent-Type: "
                                   "application/json\r\nContent-Length: 7\r\n\r\n{\"a\":2}"
                                   "GET /nowhere HTTP/1.1\r\nHost: l\r\n\r\n"
                                   "GET /echo/4 HTTP/1.1\r\nHost: l\r\n\r\n";
    const struct api_fixture *fixture = *state;
    int fd = raw_connect(fixture);

    assert_true(raw_send(fd, requests, strlen(requests)));
    struct raw_answer answer = raw_receive(fd);

    assert_string_equal(json_string_value(json_object_get(answer.json, "name")), "1");
    raw_expect(answer, 200, NULL);
    answer = raw_receive(fd);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "sum")), 2);
    raw_expect(answer, 200, NULL);
    raw_expect(raw_receive(fd), 404, "no-such-path");
    answer = raw_receive(fd);
    assert_string_equal(json_string_value(json_object_get(answer.json, "name")), "4");
    raw_expect(answer, 200, NULL);
    close(fd);
}

static void byte_by_byte_is_understood(void **state)
{
    static const char request[] = "POST /sum HTTP/1.1\r\nHost: l\r\nContent-Type: "
                                  "application/json\r\nContent-Length: 15\r\n\r\n"
                                  "{\"a\":40,\"b\":2}\n";
    const struct api_fixture *fixture = *state;
    int fd = raw_connect(fixture);

    for (size_t i = 0; i < strlen(request); i++) {
        assert_true(raw_send(fd, request + i, 1));
    }
    struct raw_answer answer = raw_receive(fd);

    assert_int_equal(json_integer_value(json_object_get(answer.json, "sum")), 42);
    raw_expect(answer, 200, NULL);
    close(fd);
}

enum { CLIENTS = 20, QUESTIONS = 25 };

static void *ask_many_times(void *context)
{
    const struct api_fixture *fixture = context;
    size_t good = 0;

    for (unsigned i = 0; i < QUESTIONS; i++) {
        struct raw_answer answer = raw_ask(fixture, "POST", "/sum", "", "{\"a\":40,\"b\":2}");

        if (answer.status == 200 && json_integer_value(json_object_get(answer.json, "sum")) == 42) {
            good++;
        }
        raw_free(&answer);
    }
    return (void *)good;
}

static void twenty_clients_at_once(void **state)
{
    pthread_t threads[CLIENTS];

    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many_times, *state), 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        void *good;

        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_int_equal((size_t)good, QUESTIONS);
    }
}

static void more_clients_than_places_wait_for_one(void **state)
{
    struct api_fixture *fixture = *state;

    api_server_stop(fixture->server, 0);
    fixture->settings.limits.connections = 3;
    api_fixture_serve(fixture, &echo_routes, 0, 0);
    twenty_clients_at_once(state);
}

/** In a child: opens connections until one is turned away; 0 when the one after `limit` was. */
static int fill_connections(void *context)
{
    const struct api_fixture *fixture = context;
    enum { LIMIT = 3 };
    int fds[LIMIT];

    for (unsigned i = 0; i < LIMIT; i++) {
        fds[i] = raw_connect(fixture);
        raw_send(fds[i], "GET /echo/x HTTP/1.1\r\nHost: l\r\n\r\n", 34);
        struct raw_answer answer = raw_receive(fds[i]);

        if (answer.status != 200) {
            return 1;
        }
        raw_free(&answer);
    }
    struct raw_answer refused = raw_exchange(fixture, "GET /echo/x HTTP/1.1\r\nHost: l\r\n\r\n");

    if (refused.status != 503 || refused.json == NULL) {
        return 2;
    }
    raw_free(&refused);
    /* A place that was given back can be taken again, as soon as the server has noticed. */
    close(fds[0]);
    for (unsigned tries = 0; tries < 1000; tries++) {
        const struct timespec pause = {.tv_nsec = 10000000};
        struct raw_answer answer = raw_exchange(fixture, "GET /echo/x HTTP/1.1\r\nHost: l\r\n\r\n");
        int status = answer.status;

        raw_free(&answer);
        if (status == 200) {
            return 0;
        }
        nanosleep(&pause, NULL);
    }
    return 3;
}

static void one_person_cannot_take_all_connections(void **state)
{
    struct api_fixture *fixture = *state;

    need_root();
    api_server_stop(fixture->server, 0);
    api_fixture_serve(fixture, &echo_routes, 0, 3);
    assert_true(run_as(uid_of("nobody"), fill_connections, fixture));
    assert_alive(fixture);
}

static void an_idle_connection_is_closed_a_working_handler_is_not(void **state)
{
    struct api_fixture *fixture = *state;

    api_server_stop(fixture->server, 0);
    api_fixture_serve(fixture, &echo_routes, 1, 0);
    int fd = raw_connect(fixture);

    raw_send(fd, "GET /echo/x HT", 14);
    raw_expect(raw_ask(fixture, "GET", "/sleepy", "", NULL), 200, NULL);
    struct raw_answer answer = raw_receive(fd);

    assert_int_not_equal(answer.status, 200);
    raw_free(&answer);
    assert_true(raw_closed(fd));
    close(fd);
}

static void a_sender_is_not_blamed_for_a_slow_handler(void **state)
{
    static const char head[] = "PUT /stream/sleepy HTTP/1.1\r\nHost: l\r\nContent-Type: "
                               "application/pdf\r\nContent-Length: 8\r\n\r\nhalf";
    struct api_fixture *fixture = *state;

    api_server_stop(fixture->server, 0);
    api_fixture_serve(fixture, &echo_routes, 1, 0);
    int fd = raw_connect(fixture);

    assert_true(raw_send(fd, head, strlen(head)));
    sem_wait(&seen.arrived);
    raw_send(fd, "half", 4);
    raw_expect(raw_receive(fd), 200, NULL);
    close(fd);
    assert_int_equal(seen.received, 8);
}

/* As lp: half a document, a pause in which anybody else would be closed out, the rest. */
static int pause_in_the_middle(void *context)
{
    static const char head[] = "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Type: "
                               "application/pdf\r\nContent-Length: 8\r\n\r\nhalf";
    const struct timespec pause = {.tv_sec = 3};
    int fd = raw_connect(context);

    raw_send(fd, head, strlen(head));
    nanosleep(&pause, NULL);
    raw_send(fd, "half", 4);
    struct raw_answer answer = raw_receive(fd);
    int status = answer.status;

    raw_free(&answer);
    close(fd);
    return status == 200 ? 0 : 1;
}

static void filters_may_think_in_the_middle_of_a_document(void **state)
{
    struct api_fixture *fixture = *state;

    need_root();
    api_server_stop(fixture->server, 0);
    api_fixture_serve(fixture, &echo_routes, 1, 0);
    assert_true(run_as(uid_of("lp"), pause_in_the_middle, fixture));
    assert_false(run_as(uid_of("nobody"), pause_in_the_middle, fixture));
    pthread_mutex_lock(&seen.lock);
    unsigned ended = seen.ended;

    pthread_mutex_unlock(&seen.lock);
    assert_int_equal(ended, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ECHO_TEST(a_large_body_takes_no_memory),
        ECHO_TEST(chunks_arrive_whole),
        ECHO_TEST(an_early_refusal_is_read_by_a_busy_sender),
        ECHO_TEST(a_sender_that_waits_is_refused_at_once),
        ECHO_TEST(too_much_is_refused),
        ECHO_TEST(a_body_without_end_is_cut_off),
        ECHO_TEST(a_sender_that_vanishes_leaves_nothing),
        ECHO_TEST(malformed_requests_harm_nobody),
        ECHO_TEST(a_nul_in_the_path_is_no_path),
        ECHO_TEST(huge_headers_are_refused),
        ECHO_TEST(pipelined_requests_are_answered_in_order),
        ECHO_TEST(byte_by_byte_is_understood),
        ECHO_TEST(twenty_clients_at_once),
        ECHO_TEST(more_clients_than_places_wait_for_one),
        ECHO_TEST(one_person_cannot_take_all_connections),
        ECHO_TEST(an_idle_connection_is_closed_a_working_handler_is_not),
        ECHO_TEST(a_sender_is_not_blamed_for_a_slow_handler),
        ECHO_TEST(filters_may_think_in_the_middle_of_a_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

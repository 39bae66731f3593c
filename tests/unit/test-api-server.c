/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server on a real socket, met by clients of every kind. */
#include "config.h"

#include "tests/unit/api-support.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/server.h"
#include "daemon/error.h"

/* Routes to try things with
 * ------------------------------------------------------------------------ */

/** What the handlers below tell the tests. */
static struct {
    sem_t arrived; /* /slow was entered */
    sem_t go;      /* /slow may answer */
    pthread_mutex_t lock;
    unsigned begun;
    unsigned ended;
    unsigned destroyed;
    uint64_t received;
    uint64_t largest; /* piece */
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void echo(struct api_request *request)
{
    api_reply_json(request, 200,
                   json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:i}", "name", request->parameter[0],
                             "actor", request->peer->actor, "login", request->peer->login,
                             "service", (int)request->peer->service, "backend",
                             (int)request->peer->backend, "known", (int)request->peer->known,
                             "roles", (int)request->peer->roles));
}

static const struct api_field sum_rows[] = {
    {"a", API_INTEGER, .required = true, .min = 0, .max = 100},
    {"b", API_INTEGER, .min = 0, .max = 100},
};
static const struct api_fields sum_fields = API_FIELDS(sum_rows);

static void sum(struct api_request *request)
{
    api_reply_json(request, 200,
                   json_pack("{s:I}", "sum",
                             (json_int_t)(request->value[0].integer + request->value[1].integer)));
}

static void slow(struct api_request *request)
{
    sem_post(&seen.arrived);
    while (sem_wait(&seen.go) != 0 && errno == EINTR) {
    }
    api_reply_json(request, 200, json_object());
}

static void silent(struct api_request *request)
{
    (void)request;
}

static void twice(struct api_request *request)
{
    api_reply_json(request, 200, json_pack("{s:i}", "answer", 1));
    api_reply_json(request, 201, json_pack("{s:i}", "answer", 2));
    api_refuse(request, API_INTERNAL, NULL, NULL);
}

static void sleepy(struct api_request *request)
{
    const struct timespec long_time = {.tv_sec = 2, .tv_nsec = 500000000};

    nanosleep(&long_time, NULL);
    api_reply_json(request, 200, json_object());
}

static void stream_begin(struct api_request *request, void **ret_context)
{
    pthread_mutex_lock(&seen.lock);
    seen.begun++;
    pthread_mutex_unlock(&seen.lock);
    *ret_context = &seen;
    if (strcmp(request->parameter[0], "never") == 0) {
        api_refuse(request, API_NO_SPACE, NULL, NULL);
    }
}

static void stream_data(struct api_request *request, void *context, const uint8_t *data,
                        size_t size)
{
    assert_ptr_equal(context, &seen);
    assert_non_null(data);
    pthread_mutex_lock(&seen.lock);
    seen.received += size;
    if (size > seen.largest) {
        seen.largest = size;
    }
    pthread_mutex_unlock(&seen.lock);
    if (strcmp(request->parameter[0], "full") == 0) {
        api_refuse(request, API_NO_SPACE, NULL, NULL);
    }
}

static void stream_end(struct api_request *request, void *context)
{
    (void)context;
    pthread_mutex_lock(&seen.lock);
    seen.ended++;
    uint64_t received = seen.received;

    pthread_mutex_unlock(&seen.lock);
    api_reply_json(request, 200, json_pack("{s:I}", "received", (json_int_t)received));
}

static void stream_destroy(void *context)
{
    assert_ptr_equal(context, &seen);
    pthread_mutex_lock(&seen.lock);
    seen.destroyed++;
    pthread_mutex_unlock(&seen.lock);
}

static const struct api_stream stream = {stream_begin, stream_data, stream_end, stream_destroy};

static const struct api_route rows[] = {
    {.method = API_GET, .pattern = "/echo/{name}", .access = API_ANYBODY, .handle = echo},
    {.method = API_GET, .pattern = "/person", .access = API_PERSON, .handle = echo},
    {.method = API_GET, .pattern = "/admin", .access = API_ROLE(ROLE_ADMIN), .handle = echo},
    {.method = API_GET, .pattern = "/backend", .access = API_BACKEND, .handle = echo},
    {.method = API_GET, .pattern = "/nobody", .handle = echo},
    {.method = API_GET,
     .pattern = "/sum",
     .access = API_ANYBODY,
     .fields = &sum_fields,
     .handle = sum},
    {.method = API_POST,
     .pattern = "/sum",
     .access = API_ANYBODY,
     .body = API_JSON,
     .body_max = 1024,
     .fields = &sum_fields,
     .handle = sum},
    {.method = API_GET, .pattern = "/slow", .access = API_ANYBODY, .handle = slow},
    {.method = API_GET, .pattern = "/silent", .access = API_ANYBODY, .handle = silent},
    {.method = API_GET, .pattern = "/twice", .access = API_ANYBODY, .handle = twice},
    {.method = API_GET, .pattern = "/sleepy", .access = API_ANYBODY, .handle = sleepy},
    {.method = API_PUT,
     .pattern = "/stream/{how}",
     .access = API_ANYBODY,
     .body = API_STREAM,
     .media_type = "application/pdf",
     .stream = &stream},
    {.method = API_PUT,
     .pattern = "/short/{how}",
     .access = API_ANYBODY,
     .body = API_STREAM,
     .body_max = 1000,
     .media_type = "application/pdf",
     .stream = &stream},
};
static const struct api_routes routes = {rows, sizeof rows / sizeof rows[0]};

static int set_up(void **state)
{
    struct api_fixture *fixture = api_fixture_new();

    api_fixture_serve(fixture, &routes, 0, 0);
    sem_init(&seen.arrived, 0, 0);
    sem_init(&seen.go, 0, 0);
    seen.begun = seen.ended = seen.destroyed = 0;
    seen.received = seen.largest = 0;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    api_fixture_free(*state);
    sem_destroy(&seen.arrived);
    sem_destroy(&seen.go);
    return 0;
}

/** The server answers a plain request as if nothing had been. */
static void assert_alive(const struct api_fixture *fixture)
{
    raw_expect(raw_ask(fixture, "GET", "/echo/alive", "", NULL), 200, NULL);
}

/* Routes and answers
 * ------------------------------------------------------------------------------- */

static void paths_methods_and_answers(void **state)
{
    const struct api_fixture *fixture = *state;
    struct raw_answer answer = raw_ask(fixture, "GET", "/echo/%E6%95%99", "", NULL);

    assert_int_equal(answer.status, 200);
    assert_string_equal(json_string_value(json_object_get(answer.json, "name")), "教");
    assert_non_null(strstr(answer.head, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(answer.head, "Cache-Control: no-store\r\n"));
    raw_free(&answer);
    raw_expect(raw_ask(fixture, "GET", "/nowhere", "", NULL), 404, "no-such-path");
    raw_expect(raw_ask(fixture, "GET", "/echo/a%00b", "", NULL), 404, "no-such-path");
    raw_expect(raw_ask(fixture, "GET", "/echo/..", "", NULL), 404, "no-such-path");
    raw_expect(raw_ask(fixture, "GET", "/echo/%2e%2e", "", NULL), 404, "no-such-path");
    raw_expect(raw_ask(fixture, "GET", "/echo/%2e%2e%2fx", "", NULL), 200, NULL);
    answer = raw_ask(fixture, "DELETE", "/sum", "", NULL);
    assert_non_null(strstr(answer.head, "Allow: GET, POST, HEAD, OPTIONS\r\n"));
    raw_expect(answer, 405, "method-not-allowed");
    answer = raw_ask(fixture, "OPTIONS", "/sum", "", NULL);
    assert_non_null(strstr(answer.head, "Allow: GET, POST, HEAD, OPTIONS\r\n"));
    raw_expect(answer, 204, NULL);
    raw_expect(raw_ask(fixture, "OPTIONS", "/nowhere", "", NULL), 404, "no-such-path");
    raw_expect(raw_ask(fixture, "BREW", "/sum", "", NULL), 405, "method-not-allowed");
}

static void head_is_get_without_a_body(void **state)
{
    const struct api_fixture *fixture = *state;
    int fd = raw_connect(fixture);
    static const char request[] = "HEAD /echo/a HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n";
    char answer[4096] = "";
    size_t length = 0;
    ssize_t got;

    assert_true(raw_send(fd, request, strlen(request)));
    while ((got = recv(fd, answer + length, sizeof answer - 1 - length, 0)) > 0) {
        length += (size_t)got;
    }
    close(fd);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_null(strstr(answer, "Content-Length: 0\r\n"));
    assert_string_equal(answer + length - 4, "\r\n\r\n");
}

static void fields_come_from_body_or_query(void **state)
{
    const struct api_fixture *fixture = *state;
    struct raw_answer answer = raw_ask(fixture, "POST", "/sum", "", "{\"a\":40,\"b\":2}");

    assert_int_equal(json_integer_value(json_object_get(answer.json, "sum")), 42);
    raw_free(&answer);
    answer = raw_ask(fixture, "GET", "/sum?a=40&b=%32", "", NULL);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "sum")), 42);
    raw_free(&answer);
    raw_expect(raw_ask(fixture, "GET", "/sum", "", NULL), 400, "field-missing");
    raw_expect(raw_ask(fixture, "GET", "/sum?a=1&a=2", "", NULL), 400, "bad-request");
    raw_expect(raw_ask(fixture, "GET", "/sum?a=%zz", "", NULL), 400, "bad-request");
    raw_expect(raw_ask(fixture, "GET", "/sum?a=%00", "", NULL), 400, "bad-request");
    raw_expect(raw_ask(fixture, "GET", "/sum?a=1&c=1", "", NULL), 400, "field-unknown");
    raw_expect(raw_ask(fixture, "GET", "/sum?a", "", NULL), 400, "field-invalid");
    raw_expect(raw_ask(fixture, "GET", "/echo/x?a=1", "", NULL), 400, "field-unknown");
    raw_expect(raw_ask(fixture, "POST", "/sum?a=1", "", "{\"a\":1}"), 400, "field-unknown");
    raw_expect(raw_ask(fixture, "POST", "/sum", "", "{\"a\":1,\"a\":1}"), 400, "bad-json");
    raw_expect(raw_ask(fixture, "POST", "/sum", "", "[1]"), 400, "bad-json");
    raw_expect(raw_ask(fixture, "POST", "/sum", "", "{\"a\":101}"), 400, "field-invalid");
    raw_expect(raw_ask(fixture, "POST", "/sum", "", NULL), 400, "field-missing");
}

static void types_of_bodies_are_checked(void **state)
{
    const struct api_fixture *fixture = *state;

    raw_expect(raw_exchange(fixture, "POST /sum HTTP/1.1\r\nHost: l\r\nContent-Length: 7\r\n\r\n"
                                     "{\"a\":1}"),
               415, "wrong-media-type");
    raw_expect(raw_exchange(fixture, "POST /sum HTTP/1.1\r\nHost: l\r\nContent-Length: 7\r\n"
                                     "Content-Type: application/jsonx\r\n\r\n{\"a\":1}"),
               415, "wrong-media-type");
    raw_expect(raw_exchange(fixture,
                            "POST /sum HTTP/1.1\r\nHost: l\r\nContent-Length: 7\r\n"
                            "Content-Type: Application/JSON; charset=utf-8\r\n\r\n{\"a\":1}"),
               200, NULL);
    raw_expect(raw_exchange(fixture, "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Length: 1\r\n"
                                     "Content-Type: text/plain\r\n\r\nx"),
               415, "wrong-media-type");
    raw_expect(raw_exchange(fixture, "PUT /stream/x HTTP/1.1\r\nHost: l\r\nContent-Length: 1\r\n"
                                     "Content-Type: application/octet-stream\r\n\r\nx"),
               200, NULL);
}

static void problems_come_in_the_language_asked_for(void **state)
{
    struct api_fixture *fixture = *state;
    struct raw_answer answer =
        raw_ask(fixture, "GET", "/nowhere", "Accept-Language: zh-CN,en;q=0.5\r\n", NULL);

    assert_non_null(strstr(answer.head, "Content-Language: zh-CN\r\n"));
    assert_non_null(strstr(json_string_value(json_object_get(answer.json, "detail")), "没有"));
    raw_expect(answer, 404, "no-such-path");
    answer = raw_ask(fixture, "GET", "/nowhere", "", NULL);
    assert_non_null(strstr(answer.head, "Content-Language: en\r\n"));
    raw_expect(answer, 404, "no-such-path");
    fixture->settings.language = POLICY_CHINESE;
    answer = raw_ask(fixture, "GET", "/nowhere", "", NULL);
    assert_non_null(strstr(answer.head, "Content-Language: zh-CN\r\n"));
    raw_expect(answer, 404, "no-such-path");
}

static void a_handler_answers_exactly_once(void **state)
{
    const struct api_fixture *fixture = *state;
    struct raw_answer answer = raw_ask(fixture, "GET", "/twice", "", NULL);

    assert_int_equal(json_integer_value(json_object_get(answer.json, "answer")), 1);
    raw_expect(answer, 200, NULL);
    raw_expect(raw_ask(fixture, "GET", "/silent", "", NULL), 500, "internal");
}

/* Peers
 * -------------------------------------------------------------------------------------------- */

static uid_t uid_of(const char *login)
{
    const struct passwd *entry = getpwnam(login);

    assert_non_null(entry);
    return entry->pw_uid;
}

struct question {
    const struct api_fixture *fixture;
    const char *path;
    const char *headers;
    int status;
    const char *actor; /* NULL: not looked at */
    int roles;
    bool service;
    bool backend;
};

/** In a child: 0 when the answer is the one expected. */
static int question_as(void *context)
{
    const struct question *question = context;
    struct raw_answer answer =
        raw_ask(question->fixture, "GET", question->path, question->headers, NULL);

    if (answer.status != question->status) {
        fprintf(stderr, "%s: %d: %s\n", question->path, answer.status,
                answer.body != NULL ? answer.body : "");
        return 1;
    }
    if (question->actor == NULL) {
        return 0;
    }
    const char *actor = json_string_value(json_object_get(answer.json, "actor"));

    if (actor == NULL || strcmp(actor, question->actor) != 0 ||
        json_integer_value(json_object_get(answer.json, "roles")) != question->roles ||
        json_is_true(json_object_get(answer.json, "service")) != question->service ||
        json_is_true(json_object_get(answer.json, "backend")) != question->backend) {
        fprintf(stderr, "%s: %s\n", question->path, answer.body);
        return 2;
    }
    return 0;
}

static void need_root(void)
{
    if (geteuid() != 0) {
        skip();
    }
}

static void peers_are_known_from_the_kernel(void **state)
{
    struct api_fixture *fixture = *state;
    enum { NO_NAME = 54321 };
    const int staff = 1 << ROLE_STAFF;
    const int admin = 1 << ROLE_ADMIN;

    need_root();
    api_fixture_add_person(fixture, "nobody", API_ROLE(ROLE_STAFF));
    api_fixture_add_person(fixture, "games", API_ROLE(ROLE_ADMIN));
    const struct {
        uid_t uid;
        struct question question;
    } cases[] = {
        {uid_of("nobody"), {fixture, "/echo/x", "", 200, "nobody", staff, false, false}},
        {uid_of("nobody"), {fixture, "/person", "", 200, "nobody", staff, false, false}},
        {uid_of("nobody"), {fixture, "/admin", "", 403, NULL, 0, false, false}},
        {uid_of("nobody"), {fixture, "/backend", "", 403, NULL, 0, false, false}},
        {uid_of("nobody"), {fixture, "/nobody", "", 403, NULL, 0, false, false}},
        {uid_of("games"), {fixture, "/admin", "", 200, "games", admin, false, false}},
        {uid_of("bin"), {fixture, "/echo/x", "", 200, "bin", 0, false, false}},
        {uid_of("bin"), {fixture, "/person", "", 403, NULL, 0, false, false}},
        {uid_of("lp"), {fixture, "/backend", "", 200, "lp", 0, false, true}},
        {uid_of("lp"), {fixture, "/person", "", 403, NULL, 0, false, false}},
        {NO_NAME, {fixture, "/echo/x", "", 200, "uid 54321", 0, false, false}},
        {NO_NAME, {fixture, "/person", "", 403, NULL, 0, false, false}},
        /* Nobody but the service acts for others. */
        {uid_of("nobody"), {fixture, "/echo/x", "Printroom-As: games\r\n", 403, NULL, 0, 0, 0}},
        {uid_of("lp"), {fixture, "/echo/x", "Printroom-As: games\r\n", 403, NULL, 0, 0, 0}},
        {uid_of("games"), {fixture, "/echo/x", "Printroom-As: games\r\n", 403, NULL, 0, 0, 0}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct question question = cases[i].question;

        assert_true(run_as(cases[i].uid, question_as, &question));
    }
}

static void root_may_everything_or_act_as_a_person(void **state)
{
    struct api_fixture *fixture = *state;
    struct raw_answer answer;

    need_root();
    api_fixture_add_person(fixture, "wang", API_ROLE(ROLE_STAFF));
    api_fixture_add_person(fixture, "王老师", API_ROLE(ROLE_ADMIN));
    raw_expect(raw_ask(fixture, "GET", "/admin", "", NULL), 200, NULL);
    raw_expect(raw_ask(fixture, "GET", "/nobody", "", NULL), 200, NULL);
    answer = raw_ask(fixture, "GET", "/echo/x", "", NULL);
    assert_string_equal(json_string_value(json_object_get(answer.json, "actor")), "root");
    assert_true(json_is_true(json_object_get(answer.json, "service")));
    raw_free(&answer);
    answer = raw_ask(fixture, "GET", "/person", "Printroom-As: wang\r\n", NULL);
    assert_string_equal(json_string_value(json_object_get(answer.json, "actor")), "root as wang");
    assert_string_equal(json_string_value(json_object_get(answer.json, "login")), "wang");
    assert_false(json_is_true(json_object_get(answer.json, "service")));
    raw_free(&answer);
    raw_expect(raw_ask(fixture, "GET", "/admin", "Printroom-As: wang\r\n", NULL), 403,
               "role-needed");
    raw_expect(raw_ask(fixture, "GET", "/nobody", "Printroom-As: wang\r\n", NULL), 403,
               "role-needed");
    raw_expect(
        raw_ask(fixture, "GET", "/admin", "Printroom-As: %E7%8E%8B%E8%80%81%E5%B8%88\r\n", NULL),
        200, NULL);
    raw_expect(raw_ask(fixture, "GET", "/person", "Printroom-As: ghost\r\n", NULL), 403,
               "person-unknown");
    raw_expect(raw_ask(fixture, "GET", "/person", "Printroom-As: a%0Ab\r\n", NULL), 400,
               "bad-request");
    raw_expect(raw_ask(fixture, "GET", "/person", "Printroom-As: %ff\r\n", NULL), 400,
               "bad-request");
    raw_expect(raw_ask(fixture, "GET", "/person", "Printroom-As: \r\n", NULL), 400, "bad-request");
}

static void the_services_own_account_is_the_service(void **state)
{
    const struct api_fixture *fixture = *state;
    struct raw_answer answer = raw_ask(fixture, "GET", "/nobody", "", NULL);

    assert_true(json_is_true(json_object_get(answer.json, "service")));
    raw_expect(answer, 200, NULL);
}

static void a_person_made_inactive_is_told_so(void **state)
{
    struct api_fixture *fixture = *state;
    struct store_tx *tx;

    need_root();
    api_fixture_add_person(fixture, "wang", API_ROLE(ROLE_STAFF));
    raw_expect(raw_ask(fixture, "GET", "/person", "Printroom-As: wang\r\n", NULL), 200, NULL);
    assert_int_equal(store_begin(fixture->office.store, &tx), PR_OK);
    assert_int_equal(
        store_step(tx, store_statement(tx, "UPDATE person SET active = 0 WHERE login = 'wang'")),
        0);
    assert_int_equal(store_commit(tx), PR_OK);
    raw_expect(raw_ask(fixture, "GET", "/person", "Printroom-As: wang\r\n", NULL), 403,
               "person-inactive");
}

/* Streams
 * ------------------------------------------------------------------------------------------ */

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

/* Bad clients
 * -------------------------------------------------------------------------------------- */

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
    api_fixture_serve(fixture, &routes, 0, 3);
    assert_true(run_as(uid_of("nobody"), fill_connections, fixture));
    assert_alive(fixture);
}

static void an_idle_connection_is_closed_a_working_handler_is_not(void **state)
{
    struct api_fixture *fixture = *state;

    api_server_stop(fixture->server, 0);
    api_fixture_serve(fixture, &routes, 1, 0);
    int fd = raw_connect(fixture);

    raw_send(fd, "GET /echo/x HT", 14);
    raw_expect(raw_ask(fixture, "GET", "/sleepy", "", NULL), 200, NULL);
    struct raw_answer answer = raw_receive(fd);

    assert_int_not_equal(answer.status, 200);
    raw_free(&answer);
    assert_true(raw_closed(fd));
    close(fd);
}

/* Start and stop
 * ----------------------------------------------------------------------------------- */

static void *stop(void *context)
{
    struct api_fixture *fixture = context;

    api_server_stop(fixture->server, 60000);
    return NULL;
}

static void *ask_slow(void *context)
{
    struct raw_answer answer = raw_ask(context, "GET", "/slow", "", NULL);
    size_t status = (size_t)answer.status;

    raw_free(&answer);
    return (void *)status;
}

static void stopping_finishes_what_runs_and_refuses_the_rest(void **state)
{
    struct api_fixture *fixture = *state;
    struct raw_answer answer = {0};
    struct stat status;
    pthread_t asker;
    pthread_t stopper;
    void *slow_status;

    assert_int_equal(pthread_create(&asker, NULL, ask_slow, fixture), 0);
    sem_wait(&seen.arrived);
    assert_int_equal(pthread_create(&stopper, NULL, stop, fixture), 0);
    do {
        raw_free(&answer);
        answer = raw_ask(fixture, "GET", "/echo/x", "", NULL);
    } while (answer.status == 200);
    assert_non_null(strstr(answer.head, "Retry-After:"));
    raw_expect(answer, 503, "stopping");
    sem_post(&seen.go);
    pthread_join(asker, &slow_status);
    pthread_join(stopper, NULL);
    fixture->server = NULL;
    assert_int_equal((size_t)slow_status, 200);
    assert_int_equal(stat(fixture->socket, &status), -1);
    assert_int_equal(raw_connect(fixture), -1);
}

static void the_socket_is_for_everybody(void **state)
{
    const struct api_fixture *fixture = *state;
    struct stat status;

    assert_int_equal(stat(fixture->socket, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0666);
}

/** Leaves a socket behind that nobody listens at. */
static void leave_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void a_dead_daemons_socket_is_replaced(void **state)
{
    struct api_fixture *fixture = *state;

    api_server_stop(fixture->server, 0);
    leave_socket(fixture->socket);
    api_fixture_serve(fixture, &routes, 0, 0);
    assert_alive(fixture);
}

static void a_living_daemons_socket_is_left_alone(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_server *second = NULL;
    char lock[128];

    assert_int_equal(api_server_start(&fixture->office, &routes, &second), PR_EBUSY);
    assert_null(second);
    assert_alive(fixture);
    /* Also when somebody removed the lock. */
    snprintf(lock, sizeof lock, "%s.lock", fixture->socket);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(api_server_start(&fixture->office, &routes, &second), PR_EBUSY);
    assert_alive(fixture);
}

static void other_things_in_the_way_are_left_alone(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_server *second = NULL;
    struct stat status;
    char path[200];

    api_server_stop(fixture->server, 0);
    fixture->server = NULL;
    FILE *file = fopen(fixture->socket, "we");

    assert_non_null(file);
    fclose(file);
    assert_int_equal(api_server_start(&fixture->office, &routes, &second), PR_EEXIST);
    assert_int_equal(stat(fixture->socket, &status), 0);
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    fixture->settings.socket = path;
    assert_int_equal(api_server_start(&fixture->office, &routes, &second), PR_EINVAL);
    snprintf(path, sizeof path, "%s/missing/s", fixture->folder);
    assert_int_equal(api_server_start(&fixture->office, &routes, &second), PR_EIO);
    fixture->settings.socket = fixture->socket;
    assert_null(second);
}

#define SERVER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(paths_methods_and_answers),
        SERVER_TEST(head_is_get_without_a_body),
        SERVER_TEST(fields_come_from_body_or_query),
        SERVER_TEST(types_of_bodies_are_checked),
        SERVER_TEST(problems_come_in_the_language_asked_for),
        SERVER_TEST(a_handler_answers_exactly_once),
        SERVER_TEST(peers_are_known_from_the_kernel),
        SERVER_TEST(root_may_everything_or_act_as_a_person),
        SERVER_TEST(the_services_own_account_is_the_service),
        SERVER_TEST(a_person_made_inactive_is_told_so),
        SERVER_TEST(a_large_body_takes_no_memory),
        SERVER_TEST(chunks_arrive_whole),
        SERVER_TEST(an_early_refusal_is_read_by_a_busy_sender),
        SERVER_TEST(a_sender_that_waits_is_refused_at_once),
        SERVER_TEST(too_much_is_refused),
        SERVER_TEST(a_body_without_end_is_cut_off),
        SERVER_TEST(a_sender_that_vanishes_leaves_nothing),
        SERVER_TEST(malformed_requests_harm_nobody),
        SERVER_TEST(a_nul_in_the_path_is_no_path),
        SERVER_TEST(huge_headers_are_refused),
        SERVER_TEST(pipelined_requests_are_answered_in_order),
        SERVER_TEST(byte_by_byte_is_understood),
        SERVER_TEST(twenty_clients_at_once),
        SERVER_TEST(one_person_cannot_take_all_connections),
        SERVER_TEST(an_idle_connection_is_closed_a_working_handler_is_not),
        SERVER_TEST(stopping_finishes_what_runs_and_refuses_the_rest),
        SERVER_TEST(the_socket_is_for_everybody),
        SERVER_TEST(a_dead_daemons_socket_is_replaced),
        SERVER_TEST(a_living_daemons_socket_is_left_alone),
        SERVER_TEST(other_things_in_the_way_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server on a real socket: routes and answers, who asks, start and stop. */
#include "tests/unit/api-echo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/api/server.h"
#include "daemon/error.h"
#include "daemon/store/violations.h"

/* Routes and answers */

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

/* Peers */

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

static int count_attempt(void *context, const struct violation_record *record)
{
    assert_string_equal(record->kind, "bypass-attempt");
    *(unsigned *)context += 1;
    return PR_OK;
}

/** How many attempts to act as somebody else stand in the register. */
static unsigned attempts(const struct api_fixture *fixture)
{
    const struct violation_filter filter = {.open = true};
    struct store_tx *tx = NULL;
    unsigned length = 0;

    assert_int_equal(store_begin_read(fixture->office.store, &tx), PR_OK);
    assert_int_equal(violation_each(tx, &filter, count_attempt, &length), PR_OK);
    store_rollback(tx);
    return length;
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
    /* Each of the three is written down, once a day. */
    assert_int_equal(attempts(fixture), 3);
    struct question again = cases[sizeof cases / sizeof cases[0] - 1].question;

    assert_true(run_as(uid_of("games"), question_as, &again));
    assert_int_equal(attempts(fixture), 3);
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

/* Start and stop */

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
    api_fixture_serve(fixture, &echo_routes, 0, 0);
    assert_alive(fixture);
}

static void a_living_daemons_socket_is_left_alone(void **state)
{
    struct api_fixture *fixture = *state;
    struct api_server *second = NULL;
    char lock[128];

    assert_int_equal(api_server_start(&fixture->office, &echo_routes, &second), PR_EBUSY);
    assert_null(second);
    assert_alive(fixture);
    /* Also when somebody removed the lock. */
    snprintf(lock, sizeof lock, "%s.lock", fixture->socket);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(api_server_start(&fixture->office, &echo_routes, &second), PR_EBUSY);
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
    assert_int_equal(api_server_start(&fixture->office, &echo_routes, &second), PR_EEXIST);
    assert_int_equal(stat(fixture->socket, &status), 0);
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    fixture->settings.socket = path;
    assert_int_equal(api_server_start(&fixture->office, &echo_routes, &second), PR_EINVAL);
    snprintf(path, sizeof path, "%s/missing/s", fixture->folder);
    assert_int_equal(api_server_start(&fixture->office, &echo_routes, &second), PR_EIO);
    fixture->settings.socket = fixture->socket;
    assert_null(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ECHO_TEST(paths_methods_and_answers),
        ECHO_TEST(head_is_get_without_a_body),
        ECHO_TEST(fields_come_from_body_or_query),
        ECHO_TEST(types_of_bodies_are_checked),
        ECHO_TEST(problems_come_in_the_language_asked_for),
        ECHO_TEST(a_handler_answers_exactly_once),
        ECHO_TEST(peers_are_known_from_the_kernel),
        ECHO_TEST(root_may_everything_or_act_as_a_person),
        ECHO_TEST(the_services_own_account_is_the_service),
        ECHO_TEST(a_person_made_inactive_is_told_so),
        ECHO_TEST(stopping_finishes_what_runs_and_refuses_the_rest),
        ECHO_TEST(the_socket_is_for_everybody),
        ECHO_TEST(a_dead_daemons_socket_is_replaced),
        ECHO_TEST(a_living_daemons_socket_is_left_alone),
        ECHO_TEST(other_things_in_the_way_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

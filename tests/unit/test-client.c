/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line's end of the socket against the server's. */
#include "config.h"

#include "tests/unit/api-echo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/api/server.h"
#include "daemon/cli/client.h"
#include "daemon/error.h"

static struct client *client_of(const struct api_fixture *fixture, const char *as)
{
    struct client *client = NULL;

    assert_int_equal(client_new(fixture->socket, as, POLICY_CHINESE, &client), PR_OK);
    return client;
}

static void answers_come_as_they_are(void **state)
{
    const struct api_fixture *fixture = *state;
    struct client *client = client_of(fixture, NULL);
    struct client_answer answer = {0};
    json_t *body = json_pack("{s:i, s:i}", "a", 40, "b", 2);

    assert_int_equal(client_ask(client, "GET", "/echo/%E6%95%99", NULL, &answer), PR_OK);
    assert_int_equal(answer.status, 200);
    assert_string_equal(json_string_value(json_object_get(answer.body, "name")), "教");
    assert_int_equal(strlen(answer.text), answer.length);
    client_answer_clear(&answer);
    assert_int_equal(client_ask(client, "POST", "/sum", body, &answer), PR_OK);
    assert_string_equal(answer.text, "{\"sum\":42}");
    client_answer_clear(&answer);
    assert_int_equal(client_ask(client, "GET", "/nowhere", NULL, &answer), PR_OK);
    assert_int_equal(answer.status, 404);
    assert_non_null(strstr(json_string_value(json_object_get(answer.body, "detail")), "没有"));
    client_answer_clear(&answer);
    json_decref(body);
    client_free(client);
}

static void somebody_else_is_named(void **state)
{
    struct api_fixture *fixture = *state;
    struct client_answer answer = {0};
    struct client *client = NULL;
    char login[1024];

    api_fixture_add_person(fixture, "王老师", API_ROLE(ROLE_STAFF));
    client = client_of(fixture, "王老师");
    assert_int_equal(client_ask(client, "GET", "/person", NULL, &answer), PR_OK);
    assert_int_equal(answer.status, 200);
    assert_string_equal(json_string_value(json_object_get(answer.body, "login")), "王老师");
    client_answer_clear(&answer);
    client_free(client);
    memset(login, 'x', sizeof login - 1);
    login[sizeof login - 1] = '\0';
    assert_int_equal(client_new(fixture->socket, login, POLICY_ENGLISH, &client), PR_EINVAL);
    assert_int_equal(client_new(fixture->socket, "", POLICY_ENGLISH, &client), PR_EINVAL);
}

static void the_environments_proxy_is_not_asked(void **state)
{
    const struct api_fixture *fixture = *state;
    struct client_answer answer = {0};
    struct client *client = client_of(fixture, NULL);

    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    assert_int_equal(client_ask(client, "GET", "/echo/x", NULL, &answer), PR_OK);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    assert_int_equal(answer.status, 200);
    client_answer_clear(&answer);
    client_free(client);
}

/** A document of so many bytes, of which the first four were read already. */
static struct client_document document_of(size_t size)
{
    struct client_document document = {
        .fd = memfd_create("document", MFD_CLOEXEC),
        .head = (const unsigned char *)"head",
        .head_length = 4,
    };

    assert_true(document.fd >= 0);
    assert_int_equal(ftruncate(document.fd, (off_t)(size - 4)), 0);
    return document;
}

static void documents_are_streamed(void **state)
{
    const struct api_fixture *fixture = *state;
    static const size_t sizes[] = {4, 5, 70000, 3000000};
    struct client *client = client_of(fixture, NULL);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct client_document document = document_of(sizes[i]);
        struct client_answer answer = {0};

        seen.received = 0;
        assert_int_equal(client_send(client, "PUT", "/stream/x", &document, &answer), PR_OK);
        assert_int_equal(answer.status, 200);
        assert_int_equal(json_integer_value(json_object_get(answer.body, "received")), sizes[i]);
        client_answer_clear(&answer);
        close(document.fd);
    }
    client_free(client);
}

static void refusals_reach_a_sender(void **state)
{
    const struct api_fixture *fixture = *state;
    static const char *const paths[] = {"/stream/never", "/stream/full", "/short/x"};
    static const size_t sizes[] = {500000, 3000000};
    struct client *client = client_of(fixture, NULL);

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            struct client_document document = document_of(sizes[k]);
            struct client_answer answer = {0};
            int error = client_send(client, "PUT", paths[i], &document, &answer);

            /* What goes far beyond a limit is cut off; all else is told why. */
            if (i == 2 && k == 1 && error == PR_EIO) {
                close(document.fd);
                continue;
            }
            assert_int_equal(error, PR_OK);
            assert_int_equal(answer.status, i == 2 ? 413 : 507);
            assert_non_null(json_object_get(answer.body, "detail"));
            client_answer_clear(&answer);
            close(document.fd);
        }
    }
    client_free(client);
}

static void a_document_that_cannot_be_read_is_said_so(void **state)
{
    const struct api_fixture *fixture = *state;
    struct client *client = client_of(fixture, NULL);
    struct client_document document = {.fd = -1};
    struct client_answer answer = {0};

    assert_int_equal(client_send(client, "PUT", "/stream/x", &document, &answer), PR_EIO);
    assert_int_equal(document.error, EBADF);
    client_free(client);
    assert_int_equal(seen.ended, 0);
}

static void nobody_there_is_told_from_a_refusal(void **state)
{
    struct api_fixture *fixture = *state;
    struct client *client = client_of(fixture, NULL);
    struct client_answer answer = {0};

    api_server_stop(fixture->server, 0);
    fixture->server = NULL;
    assert_int_equal(client_ask(client, "GET", "/echo/x", NULL, &answer), PR_EUNREACHABLE);
    assert_null(answer.text);
    client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ECHO_TEST(answers_come_as_they_are),
        ECHO_TEST(somebody_else_is_named),
        ECHO_TEST(the_environments_proxy_is_not_asked),
        ECHO_TEST(documents_are_streamed),
        ECHO_TEST(refusals_reach_a_sender),
        ECHO_TEST(a_document_that_cannot_be_read_is_said_so),
        ECHO_TEST(nobody_there_is_told_from_a_refusal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

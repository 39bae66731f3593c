/* SPDX-License-Identifier: GPL-2.0-or-later */
/* People and departments over the API: changing, history, caps, tables. */
#include "config.h"

#include "tests/unit/api-support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    struct api_fixture *fixture = api_fixture_new();

    api_fixture_add_person(fixture, "wang", API_ROLE(ROLE_STAFF));
    api_fixture_add_person(fixture, "li", API_ROLE(ROLE_STAFF));
    api_fixture_add_person(fixture, "director", API_ROLE(ROLE_DIRECTOR));
    api_fixture_add_person(fixture, "admin", API_ROLE(ROLE_ADMIN));
    api_fixture_serve(fixture, &api_routes, 0, 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    api_fixture_free(*state);
    return 0;
}

/** Asks as a person, the test process being the service; language NULL is English. */
static struct raw_answer ask(void **state, const char *person, const char *method, const char *path,
                             const char *body)
{
    char headers[128];

    snprintf(headers, sizeof headers, "Printroom-As: %s\r\n", person);
    return raw_ask(*state, method, path, headers, body);
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value != NULL ? value : "(none)";
}

static int64_t number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static void people_are_changed(void **state)
{
    struct raw_answer answer = ask(state, "admin", "PUT", "/v1/people/wang",
                                   "{\"name\":\"王\",\"roles\":[\"archivist\",\"staff\"]}");

    assert_int_equal(answer.status, 200);
    assert_string_equal(text(answer.json, "name"), "王");
    assert_int_equal(json_array_size(json_object_get(answer.json, "roles")), 2);
    const json_t *changes = json_object_get(answer.json, "changes");
    assert_int_equal(json_array_size(changes), 2);
    const json_t *change = json_array_get(changes, 1);
    assert_string_equal(text(change, "event"), "person.change");
    assert_non_null(strstr(text(change, "actor"), " as admin"));
    raw_free(&answer);

    raw_expect(ask(state, "admin", "PUT", "/v1/people/nobody", "{}"), 404, "person-not-found");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang", "{\"department\":\"none\"}"), 404,
               "department-not-found");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang", "{\"roles\":[\"king\"]}"), 400,
               "field-invalid");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang", "{\"roles\":[\"admin\",\"auditor\"]}"),
               409, "roles-incompatible");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang", "{\"name\":\"\xe2\x80\xae\"}"), 400,
               "field-invalid");
    raw_expect(ask(state, "director", "PUT", "/v1/people/wang", "{}"), 403, "role-needed");
}

static void nobody_changes_their_own_roles(void **state)
{
    raw_expect(ask(state, "admin", "PUT", "/v1/people/admin", "{\"roles\":[\"director\"]}"), 403,
               "own-roles");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/admin", "{\"active\":false}"), 403,
               "own-roles");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/admin", "{\"name\":\"A\"}"), 200, NULL);
    /* The service itself must be able to, or nobody could be the first. */
    raw_expect(raw_ask(*state, "PUT", "/v1/people/admin", "", "{\"roles\":[\"auditor\"]}"), 200,
               NULL);
}

static void who_is_deactivated_is_out_at_once(void **state)
{
    raw_expect(ask(state, "wang", "GET", "/v1/jobs", NULL), 200, NULL);
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang", "{\"active\":false}"), 200, NULL);
    raw_expect(ask(state, "wang", "GET", "/v1/jobs", NULL), 403, "person-inactive");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang", "{\"active\":true}"), 200, NULL);
    raw_expect(ask(state, "wang", "GET", "/v1/jobs", NULL), 200, NULL);
}

static void departments_are_changed(void **state)
{
    struct raw_answer answer = ask(state, "admin", "PUT", "/v1/departments/academic",
                                   "{\"name\":\"教导处\",\"active\":false}");

    assert_int_equal(answer.status, 200);
    assert_string_equal(text(answer.json, "name"), "教导处");
    assert_true(json_is_false(json_object_get(answer.json, "active")));
    assert_int_equal(json_array_size(json_object_get(answer.json, "changes")), 2);
    raw_free(&answer);
    answer = ask(state, "wang", "GET", "/v1/departments/academic", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "changes")), 2);
    raw_free(&answer);
    raw_expect(ask(state, "admin", "PUT", "/v1/departments/none", "{}"), 404,
               "department-not-found");
    raw_expect(ask(state, "wang", "GET", "/v1/departments/none", NULL), 404,
               "department-not-found");
    raw_expect(ask(state, "director", "PUT", "/v1/departments/academic", "{}"), 403, "role-needed");
}

static void people_see_themselves(void **state)
{
    struct raw_answer answer = ask(state, "wang", "GET", "/v1/people/wang", NULL);

    assert_int_equal(answer.status, 200);
    assert_int_equal(number(json_object_get(answer.json, "use"), "used"), 0);
    assert_true(json_is_null(json_object_get(answer.json, "cap")));
    raw_free(&answer);
    raw_expect(ask(state, "wang", "GET", "/v1/people/li", NULL), 403, "not-yours");
    raw_expect(ask(state, "director", "GET", "/v1/people/li", NULL), 200, NULL);
    raw_expect(ask(state, "director", "GET", "/v1/people/none", NULL), 404, "person-not-found");
}

static void caps_are_set_and_lifted(void **state)
{
    struct raw_answer answer =
        ask(state, "director", "PUT", "/v1/people/wang/cap", "{\"sheets\":50}");

    assert_int_equal(number(answer.json, "cap"), 50);
    assert_int_equal(number(json_object_get(answer.json, "use"), "left"), 50);
    raw_free(&answer);
    answer = ask(state, "director", "PUT", "/v1/people/wang/cap", "{\"sheets\":null}");
    assert_int_equal(answer.status, 200);
    assert_true(json_is_null(json_object_get(answer.json, "cap")));
    raw_free(&answer);
    raw_expect(ask(state, "director", "PUT", "/v1/people/wang/cap", "{\"sheets\":-1}"), 400,
               "field-invalid");
    raw_expect(ask(state, "director", "PUT", "/v1/people/none/cap", "{\"sheets\":1}"), 404,
               "person-not-found");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang/cap", "{\"sheets\":1}"), 403,
               "role-needed");
}

/* Tables */

static struct raw_answer import(void **state, const char *person, const char *language,
                                const char *table)
{
    struct raw_answer answer;
    size_t size = strlen(table) + 512;
    char *request = malloc(size);

    assert_non_null(request);
    snprintf(request, size,
             "POST /v1/people-import HTTP/1.1\r\nHost: localhost\r\nPrintroom-As: %s\r\n"
             "Accept-Language: %s\r\nContent-Type: text/csv; charset=utf-8\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             person, language, strlen(table), table);
    answer = raw_exchange(*state, request);
    free(request);
    return answer;
}

static void expect_counts(struct raw_answer answer, int64_t added, int64_t changed,
                          int64_t unchanged)
{
    assert_int_equal(answer.status, 200);
    assert_int_equal(number(answer.json, "added"), added);
    assert_int_equal(number(answer.json, "changed"), changed);
    assert_int_equal(number(answer.json, "unchanged"), unchanged);
    raw_free(&answer);
}

static void tables_are_imported_and_can_be_again(void **state)
{
    static const char table[] = "\xef\xbb\xbflogin,name,department,role\r\n"
                                "zhang,张三,academic,staff\r\n"
                                "\"zhao\",\"Zhao, \"\"Z\"\"\",academic,director;archivist\r\n"
                                "\r\n"
                                "wang,王老师,academic,";
    struct raw_answer answer;

    expect_counts(import(state, "admin", "en", table), 2, 1, 0);
    expect_counts(import(state, "admin", "en", table), 0, 0, 3);
    answer = ask(state, "director", "GET", "/v1/people/zhao", NULL);
    assert_string_equal(text(answer.json, "name"), "Zhao, \"Z\"");
    assert_int_equal(json_array_size(json_object_get(answer.json, "roles")), 2);
    assert_int_equal(json_array_size(json_object_get(answer.json, "changes")), 1);
    raw_free(&answer);
    answer = ask(state, "director", "GET", "/v1/people/wang", NULL);
    assert_string_equal(text(answer.json, "name"), "王老师");
    assert_int_equal(json_array_size(json_object_get(answer.json, "changes")), 2);
    raw_free(&answer);
}

static void every_mistake_is_named_and_nothing_changes(void **state)
{
    static const char table[] = "new,New,academic,staff\n" /* in order, and yet not kept */
                                "a b,Name,academic,staff\n"
                                "c,,academic,staff\n"
                                "d,D,nowhere,staff\n"
                                "e,E,academic,king\n"
                                "f,F,academic,admin;auditor\n"
                                "g,G,academic\n"
                                "h,H,\"academic\"x,staff\n"
                                "new,New,academic,staff\n"
                                "admin,admin,academic,director\n"
                                "\xff,X,academic,staff\n"
                                "i,I,\"academic,staff\n";
    static const char *const parts[][2] = {
        {"login", "登录名"},
        {"name", "姓名"},
        {"department", "部门"},
        {"role", "角色"},
        {"kept apart", "三权"},
        {"four columns", "四列"},
        {"quotation", "引号"},
        {"line 1", "第 1 行"},
        {"you", "本人"},
        {"login", "登录名"},
        {"never closed", "没有闭合"},
    };
    static const char *const languages[] = {"en", "zh-CN"};

    for (size_t language = 0; language < 2; language++) {
        struct raw_answer answer = import(state, "admin", languages[language], table);
        const json_t *errors = json_object_get(answer.json, "errors");

        assert_int_equal(answer.status, 400);
        assert_string_equal(text(answer.json, "type"), "urn:printroom:problem:table-wrong");
        assert_int_equal(json_array_size(errors), sizeof parts / sizeof parts[0]);
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            const json_t *error = json_array_get(errors, i);

            assert_int_equal(number(error, "line"), i + 2);
            if (strstr(text(error, "message"), parts[i][language]) == NULL) {
                fail_msg("line %zu: %s", i + 2, text(error, "message"));
            }
        }
        raw_free(&answer);
    }
    raw_expect(ask(state, "director", "GET", "/v1/people/new", NULL), 404, "person-not-found");
}

static void tables_of_nobody_are_refused(void **state)
{
    raw_expect(import(state, "admin", "en", ""), 400, "table-wrong");
    raw_expect(import(state, "admin", "en", "login,name,department,role\n"), 400, "table-wrong");
    raw_expect(import(state, "director", "en", "a,A,academic,staff\n"), 403, "role-needed");
}

static void departments_out_of_use_take_nobody(void **state)
{
    raw_expect(
        ask(state, "admin", "POST", "/v1/departments", "{\"code\":\"old\",\"name\":\"Old\"}"), 201,
        NULL);
    raw_expect(ask(state, "admin", "PUT", "/v1/departments/old", "{\"active\":false}"), 200, NULL);
    raw_expect(import(state, "admin", "en", "a,A,old,staff\n"), 400, "table-wrong");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/wang", "{\"department\":\"old\"}"), 404,
               "department-not-found");
}

/* Signing in */

static struct raw_answer ask_with(void **state, const char *token, const char *method,
                                  const char *path, const char *more)
{
    char headers[256];

    snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n%s", token, more);
    return raw_ask(*state, method, path, headers, NULL);
}

static void a_token_is_its_person(void **state)
{
    struct raw_answer answer;
    char token[64];

    raw_expect(
        ask(state, "admin", "PUT", "/v1/people/wang/password", "{\"password\":\"correct horse\"}"),
        200, NULL);
    raw_expect(
        raw_ask(*state, "POST", "/v1/login", "", "{\"login\":\"wang\",\"password\":\"incorrect\"}"),
        401, "sign-in-failed");
    answer = raw_ask(*state, "POST", "/v1/login", "",
                     "{\"login\":\"wang\",\"password\":\"correct horse\"}");
    assert_int_equal(answer.status, 200);
    assert_string_equal(text(answer.json, "login"), "wang");
    snprintf(token, sizeof token, "%s", text(answer.json, "token"));
    raw_free(&answer);

    /* The connection is root's; the request is wang's, with wang's rights only. */
    raw_expect(ask_with(state, token, "GET", "/v1/people/wang", ""), 200, NULL);
    raw_expect(ask_with(state, token, "GET", "/v1/people/li", ""), 403, "not-yours");
    raw_expect(ask_with(state, token, "GET", "/v1/people", ""), 403, "role-needed");
    raw_expect(ask_with(state, token, "GET", "/v1/jobs", "Printroom-As: li\r\n"), 400,
               "bad-request");
    answer = ask_with(state, "nonsense", "GET", "/v1/status", "");
    assert_non_null(strstr(answer.head, "WWW-Authenticate: Bearer"));
    raw_expect(answer, 401, "token-invalid");
    raw_expect(raw_ask(*state, "GET", "/v1/status", "Authorization: Basic d2FuZzp3\r\n", NULL), 401,
               "token-invalid");

    raw_expect(ask_with(state, token, "POST", "/v1/logout", ""), 200, NULL);
    raw_expect(ask_with(state, token, "GET", "/v1/status", ""), 401, "token-invalid");
    raw_expect(ask(state, "wang", "POST", "/v1/logout", NULL), 409, "not-signed-in");
}

static void too_many_failures_wait(void **state)
{
    static const char body[] = "{\"login\":\"nobody\",\"password\":\"guess\"}";
    int failures = 0;
    struct raw_answer answer;

    /* On a slow machine the first wait may be over before the next attempt; they double. */
    while ((answer = raw_ask(*state, "POST", "/v1/login", "", body)).status == 401) {
        raw_free(&answer);
        assert_true(++failures < 20);
    }
    assert_true(failures >= 3);
    raw_expect(answer, 429, "sign-in-later");
}

static void secrets_are_set_by_those_who_may(void **state)
{
    static const char first[] = "{\"password\":\"first password\"}";

    raw_expect(ask(state, "wang", "PUT", "/v1/people/li/password", first), 403, "not-yours");
    raw_expect(ask(state, "director", "PUT", "/v1/people/li/pin", "{\"pin\":\"123456\"}"), 403,
               "not-yours");
    raw_expect(ask(state, "wang", "PUT", "/v1/people/wang/password", first), 200, NULL);
    raw_expect(ask(state, "wang", "PUT", "/v1/people/wang/password", first), 403,
               "password-needed");
    raw_expect(ask(state, "wang", "PUT", "/v1/people/wang/pin", "{\"pin\":\"123456\"}"), 403,
               "password-needed");
    raw_expect(ask(state, "wang", "PUT", "/v1/people/wang/password",
                   "{\"password\":\"second password\",\"current\":\"wrong\"}"),
               401, "sign-in-failed");
    raw_expect(ask(state, "wang", "PUT", "/v1/people/wang/password",
                   "{\"password\":\"second password\",\"current\":\"first password\"}"),
               200, NULL);
    raw_expect(ask(state, "admin", "PUT", "/v1/people/none/password", first), 404,
               "person-not-found");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/li/password", "{\"password\":\"short\"}"),
               400, "field-invalid");
    raw_expect(ask(state, "admin", "PUT", "/v1/people/li/pin", "{\"pin\":\"12345\"}"), 400,
               "field-invalid");
}

#define HTTP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(people_are_changed),
        HTTP_TEST(nobody_changes_their_own_roles),
        HTTP_TEST(who_is_deactivated_is_out_at_once),
        HTTP_TEST(departments_are_changed),
        HTTP_TEST(people_see_themselves),
        HTTP_TEST(caps_are_set_and_lifted),
        HTTP_TEST(tables_are_imported_and_can_be_again),
        HTTP_TEST(every_mistake_is_named_and_nothing_changes),
        HTTP_TEST(tables_of_nobody_are_refused),
        HTTP_TEST(departments_out_of_use_take_nobody),
        HTTP_TEST(a_token_is_its_person),
        HTTP_TEST(too_many_failures_wait),
        HTTP_TEST(secrets_are_set_by_those_who_may),
    };
    return cmocka_run_group_tests_name("api-people", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The API's real routes on a real store: departments, people, quotas, devices, status, figures; and
 * who may what. */
#include "config.h"

#include "tests/unit/api-support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/doctor.h"
#include "daemon/api/match.h"
#include "daemon/error.h"
#include "daemon/store/ledger.h"

static int set_up(void **state)
{
    struct api_fixture *fixture = api_fixture_new();

    api_fixture_add_person(fixture, "wang", API_ROLE(ROLE_STAFF));
    api_fixture_add_person(fixture, "director", API_ROLE(ROLE_DIRECTOR));
    api_fixture_add_person(fixture, "operator", API_ROLE(ROLE_OPERATOR));
    api_fixture_add_person(fixture, "supervisor", API_ROLE(ROLE_SUPERVISOR));
    api_fixture_add_person(fixture, "archivist", API_ROLE(ROLE_ARCHIVIST));
    api_fixture_add_person(fixture, "auditor", API_ROLE(ROLE_AUDITOR));
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

/** Asks as a person; the test process is the service, so it may. */
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

    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

/* Departments and people */

static void departments_are_added_and_listed(void **state)
{
    struct raw_answer answer = ask(state, "admin", "POST", "/v1/departments",
                                   "{\"code\":\"general\",\"name\":\"总务处\"}");

    assert_int_equal(answer.status, 201);
    assert_string_equal(text(answer.json, "code"), "general");
    assert_true(json_is_null(json_object_get(answer.json, "standing_quota")));
    raw_free(&answer);
    answer = ask(state, "wang", "GET", "/v1/departments", NULL);
    assert_int_equal(json_array_size(answer.json), 2);
    assert_string_equal(text(json_array_get(answer.json, 0), "code"), "academic");
    assert_string_equal(text(json_array_get(answer.json, 1), "name"), "总务处");
    raw_free(&answer);
    raw_expect(
        ask(state, "admin", "POST", "/v1/departments", "{\"code\":\"general\",\"name\":\"again\"}"),
        409, "exists");
    raw_expect(ask(state, "admin", "POST", "/v1/departments", "{\"code\":\"A B\",\"name\":\"x\"}"),
               400, "field-invalid");
    raw_expect(ask(state, "admin", "POST", "/v1/departments", "{\"code\":\"x\"}"), 400,
               "field-missing");
}

static void people_are_added_and_listed(void **state)
{
    struct raw_answer answer = ask(state, "admin", "POST", "/v1/people",
                                   "{\"login\":\"li\",\"name\":\"李\",\"department\":\"academic\","
                                   "\"roles\":[\"operator\",\"supervisor\"]}");

    assert_int_equal(answer.status, 201);
    assert_string_equal(text(answer.json, "department_name"), "教务处");
    assert_int_equal(json_array_size(json_object_get(answer.json, "roles")), 2);
    raw_free(&answer);
    answer = ask(state, "admin", "POST", "/v1/people",
                 "{\"login\":\"zhao\",\"name\":\"赵\",\"department\":\"academic\"}");
    assert_string_equal(json_string_value(json_array_get(json_object_get(answer.json, "roles"), 0)),
                        "staff");
    raw_free(&answer);
    answer = ask(state, "auditor", "GET", "/v1/people", NULL);
    assert_int_equal(json_array_size(answer.json), 9);
    raw_free(&answer);
    raw_expect(ask(state, "admin", "POST", "/v1/people",
                   "{\"login\":\"li\",\"name\":\"x\",\"department\":\"academic\"}"),
               409, "exists");
    raw_expect(ask(state, "admin", "POST", "/v1/people",
                   "{\"login\":\"qian\",\"name\":\"x\",\"department\":\"nowhere\"}"),
               404, "department-not-found");
    raw_expect(ask(state, "admin", "POST", "/v1/people",
                   "{\"login\":\"a/b\",\"name\":\"x\",\"department\":\"academic\"}"),
               400, "field-invalid");
    raw_expect(
        ask(state, "admin", "POST", "/v1/people",
            "{\"login\":\"q\",\"name\":\"x\",\"department\":\"academic\",\"roles\":[\"king\"]}"),
        400, "field-invalid");
    raw_expect(ask(state, "admin", "POST", "/v1/people",
                   "{\"login\":\"q\",\"name\":\"x\",\"department\":\"academic\","
                   "\"roles\":[\"admin\",\"director\"]}"),
               409, "roles-incompatible");
}

/* Quotas */

static void quotas_are_set_granted_and_shown(void **state)
{
    struct raw_answer answer =
        ask(state, "director", "PUT", "/v1/quota/academic", "{\"sheets\":100}");

    assert_int_equal(answer.status, 200);
    assert_int_equal(number(answer.json, "allotted"), 100);
    assert_int_equal(strlen(text(answer.json, "month")), 7);
    raw_free(&answer);
    answer = ask(state, "director", "POST", "/v1/quota/academic/grants",
                 "{\"sheets\":5,\"reason\":\"考试\"}");
    assert_int_equal(number(answer.json, "granted"), 5);
    assert_int_equal(number(answer.json, "available"), 105);
    raw_free(&answer);
    answer = ask(state, "wang", "GET", "/v1/quota/academic", NULL);
    assert_int_equal(number(answer.json, "available"), 105);
    assert_int_equal(number(answer.json, "used"), 0);
    assert_int_equal(number(answer.json, "reserved"), 0);
    raw_free(&answer);
    raw_expect(ask(state, "director", "PUT", "/v1/quota/nowhere", "{\"sheets\":1}"), 404,
               "department-not-found");
    raw_expect(ask(state, "director", "PUT", "/v1/quota/academic", "{\"sheets\":-1}"), 400,
               "field-invalid");
    raw_expect(ask(state, "director", "POST", "/v1/quota/academic/grants", "{\"sheets\":5}"), 400,
               "field-missing");
    raw_expect(ask(state, "director", "POST", "/v1/quota/academic/grants",
                   "{\"sheets\":0,\"reason\":\"x\"}"),
               400, "field-invalid");
    raw_expect(ask(state, "director", "POST", "/v1/quota/academic/grants",
                   "{\"sheets\":1,\"reason\":\"\\u202ex\"}"),
               400, "field-invalid");
}

static void one_months_quota_leaves_the_others(void **state)
{
    struct raw_answer answer =
        ask(state, "director", "PUT", "/v1/quota/academic", "{\"sheets\":100}");

    raw_expect(answer, 200, NULL);
    answer =
        ask(state, "director", "PUT", "/v1/quota/academic", "{\"sheets\":7,\"month\":\"2031-05\"}");
    assert_int_equal(number(answer.json, "allotted"), 7);
    assert_string_equal(text(answer.json, "month"), "2031-05");
    raw_free(&answer);
    answer = ask(state, "director", "GET", "/v1/quota/academic?month=2031-06", NULL);
    assert_int_equal(number(answer.json, "allotted"), 100);
    raw_free(&answer);
    raw_expect(ask(state, "director", "GET", "/v1/quota/academic?month=2031-13", NULL), 400,
               "field-invalid");
}

static void less_than_was_granted_cannot_be_taken_back(void **state)
{
    struct api_fixture *fixture = *state;
    struct store_tx *tx;
    struct department department;

    raw_expect(ask(state, "director", "PUT", "/v1/quota/academic",
                   "{\"sheets\":10,\"month\":\"2031-05\"}"),
               200, NULL);
    assert_int_equal(store_begin(fixture->office.store, &tx), PR_OK);
    assert_int_equal(department_find(tx, "academic", &department), PR_OK);
    assert_int_equal(
        store_step(tx, store_statement(tx, "INSERT INTO job (month, number, state, source, origin, "
                                           "document, person, copies, sides, submitted_at) VALUES "
                                           "('2031-05', 1, 'pending', 't', 'o', 1, 'wang', 1, "
                                           "'one-sided', 0)")),
        0);
    assert_int_equal(ledger_reserve(tx, department.key, "2031-05", store_last_id(tx), 8, "test"),
                     PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    raw_expect(
        ask(state, "director", "PUT", "/v1/quota/academic", "{\"sheets\":7,\"month\":\"2031-05\"}"),
        409, "allotment-too-small");
    struct raw_answer answer =
        ask(state, "director", "GET", "/v1/quota/academic?month=2031-05", NULL);

    assert_int_equal(number(answer.json, "allotted"), 10);
    assert_int_equal(number(answer.json, "reserved"), 8);
    assert_int_equal(number(answer.json, "available"), 2);
    raw_free(&answer);
}

static void staff_see_their_own_department(void **state)
{
    raw_expect(ask(state, "admin", "POST", "/v1/departments",
                   "{\"code\":\"general\",\"name\":\"总务处\"}"),
               201, NULL);
    raw_expect(ask(state, "wang", "GET", "/v1/quota/academic", NULL), 200, NULL);
    raw_expect(ask(state, "wang", "GET", "/v1/quota/general", NULL), 403, "not-yours");
    raw_expect(ask(state, "wang", "GET", "/v1/quota/nowhere", NULL), 403, "not-yours");
    raw_expect(ask(state, "operator", "GET", "/v1/quota/general", NULL), 200, NULL);
    struct raw_answer answer = ask(state, "wang", "GET", "/v1/quota", NULL);

    assert_int_equal(json_array_size(answer.json), 1);
    assert_string_equal(text(json_array_get(answer.json, 0), "department"), "academic");
    raw_free(&answer);
    answer = ask(state, "director", "GET", "/v1/quota", NULL);
    assert_int_equal(json_array_size(answer.json), 2);
    raw_free(&answer);
    answer = ask(state, "director", "GET", "/v1/quota?department=general", NULL);
    assert_int_equal(json_array_size(answer.json), 1);
    assert_string_equal(text(json_array_get(answer.json, 0), "department"), "general");
    raw_free(&answer);
}

/* Devices */

static void devices_are_added_listed_and_shown(void **state)
{
    struct raw_answer answer = ask(
        state, "admin", "POST", "/v1/devices",
        "{\"name\":\"office\",\"queue\":\"office-q\",\"manage\":[\"ipp://127.0.0.1/ipp/print\"],"
        "\"area\":\"二楼\",\"max_level\":\"机密\"}");

    assert_int_equal(answer.status, 201);
    assert_string_equal(text(answer.json, "max_level"), "secret");
    assert_non_null(strstr(answer.head, "Location: /v1/devices/office\r\n"));
    raw_free(&answer);
    answer = ask(state, "wang", "GET", "/v1/devices/office", NULL);
    assert_string_equal(text(answer.json, "area"), "二楼");
    assert_null(json_object_get(answer.json, "manage"));
    raw_free(&answer);
    answer = ask(state, "admin", "GET", "/v1/devices/office", NULL);
    const json_t *uri = json_array_get(json_object_get(answer.json, "manage"), 0);
    assert_string_equal(json_string_value(uri), "ipp://127.0.0.1/ipp/print");
    raw_free(&answer);
    answer = ask(state, "wang", "GET", "/v1/devices", NULL);
    assert_int_equal(json_array_size(answer.json), 1);
    raw_free(&answer);
    raw_expect(ask(state, "wang", "GET", "/v1/devices/nothing", NULL), 404, "device-not-found");
    raw_expect(ask(state, "admin", "POST", "/v1/devices",
                   "{\"name\":\"office\",\"queue\":\"q2\",\"manage\":[\"ipp://x/\"]}"),
               409, "exists");
    raw_expect(ask(state, "admin", "POST", "/v1/devices",
                   "{\"name\":\"b\",\"queue\":\"q2\",\"manage\":[]}"),
               400, "field-invalid");
    raw_expect(ask(state, "admin", "POST", "/v1/devices",
                   "{\"name\":\"b\",\"queue\":\"q2\",\"manage\":[\"nonsense\"]}"),
               400, "field-invalid");
    raw_expect(
        ask(state, "admin", "POST", "/v1/devices",
            "{\"name\":\"b\",\"queue\":\"q2\",\"manage\":[\"ipp://x/\"],\"max_level\":\"x\"}"),
        400, "level-unknown");
    raw_expect(ask(state, "admin", "POST", "/v1/devices",
                   "{\"name\":\"b\",\"queue\":\"q2\",\"manage\":[\"a:1\",\"a:2\",\"a:3\",\"a:4\","
                   "\"a:5\",\"a:6\",\"a:7\",\"a:8\",\"a:9\"]}"),
               400, "field-invalid");
}

/* Who may */

/** The roles of every row again, written down a second time: a change must be made twice to be
 * made. */
static const struct {
    enum api_method method;
    const char *path;
    const char *may; /* first letters of: staff, operator, Supervisor, director, archivist, Auditor,
                        Manager (admin) */
} rights[] = {
    {API_GET, "/v1/status", "soSdaAM"},
    {API_GET, "/v1/doctor", "oAM"},
    {API_GET, "/metrics", "odAM"},
    {API_GET, "/v1/departments", "soSdaAM"},
    {API_POST, "/v1/departments", "M"},
    {API_GET, "/v1/departments/{code}", "soSdaAM"},
    {API_PUT, "/v1/departments/{code}", "M"},
    {API_GET, "/v1/people", "odAM"},
    {API_POST, "/v1/people", "M"},
    {API_POST, "/v1/people-import", "M"},
    {API_GET, "/v1/people/{login}", "soSdaAM"},
    {API_PUT, "/v1/people/{login}", "M"},
    {API_PUT, "/v1/people/{login}/cap", "d"},
    {API_PUT, "/v1/people/{login}/password", "soSdaAM"},
    {API_PUT, "/v1/people/{login}/pin", "soSdaAM"},
    {API_POST, "/v1/login", "soSdaAM"},
    {API_POST, "/v1/logout", "soSdaAM"},
    {API_GET, "/v1/quota", "soSdaAM"},
    {API_GET, "/v1/quota/{department}", "soSdaAM"},
    {API_PUT, "/v1/quota/{department}", "d"},
    {API_POST, "/v1/quota/{department}/grants", "d"},
    {API_GET, "/v1/devices", "soSdaAM"},
    {API_POST, "/v1/devices", "M"},
    {API_GET, "/v1/devices/{name}", "soSdaAM"},
    {API_PUT, "/v1/devices/{name}", "M"},
    {API_POST, "/v1/devices/{name}/probe", "oM"},
    {API_GET, "/v1/devices/{name}/status", "oSdAM"},
    {API_GET, "/v1/devices/{name}/counters", "oSdAM"},
    {API_GET, "/v1/devices/{name}/supplies", "oSdAM"},
    {API_GET, "/v1/devices/{name}/residue", "oSdAM"},
    {API_POST, "/v1/devices/{name}/purge", "oS"},
    {API_GET, "/v1/devices/{name}/purges", "oSdAM"},
    {API_GET, "/v1/devices/{name}/purges/{number}", "oSdAM"},
    {API_POST, "/v1/devices/{name}/attestations", "oS"},
    {API_GET, "/v1/devices/{name}/reconciliation", "oSdAM"},
    {API_GET, "/v1/maintenance", "oSdAM"},
    {API_POST, "/v1/maintenance", "oM"},
    {API_POST, "/v1/maintenance/{number}/close", "oM"},
    {API_GET, "/v1/stock", "oSdAM"},
    {API_POST, "/v1/stock", "oM"},
    {API_GET, "/v1/levels", "soSdaAM"},
    {API_GET, "/v1/jobs", "soSdaAM"},
    {API_POST, "/v1/jobs", "soSdaAM"},
    {API_GET, "/v1/jobs/{id}", "soSdaAM"},
    {API_PUT, "/v1/jobs/{id}/document", "soSdaAM"},
    {API_POST, "/v1/jobs/{id}/cancel", "soSdaAM"},
    {API_POST, "/v1/jobs/{id}/confirm", "soSdaAM"},
    {API_POST, "/v1/jobs/{id}/release", "soSdaAM"},
    {API_POST, "/v1/jobs/{id}/settle", "o"},
    {API_POST, "/v1/jobs/{id}/reprint", "o"},
    {API_GET, "/v1/copies", "oSdAM"},
    {API_POST, "/v1/copies", "o"},
    {API_GET, "/v1/custody", "soSdaAM"},
    {API_POST, "/v1/custody", "oSda"},
    {API_GET, "/v1/reckoning", "oSdaA"},
    {API_GET, "/v1/documents", "oSdaA"},
    {API_POST, "/v1/documents", "oda"},
    {API_GET, "/v1/documents/{id}", "oSdaA"},
    {API_POST, "/v1/documents/{id}", "oda"},
    {API_GET, "/v1/trace", "soSdaAM"},
    {API_POST, "/v1/trace", "soSdaAM"},
    {API_GET, "/v1/reports/{month}", "soSdaAM"},
    {API_POST, "/v1/reports/rebuild", "M"},
    {API_GET, "/v1/violations", "oSdAM"},
    {API_POST, "/v1/violations/{number}/acknowledge", "Sd"},
    {API_GET, "/v1/jobs/{id}/pages/{n}", "soSdaAM"},
    {API_GET, "/v1/approvals", "soSdaAM"},
    {API_POST, "/v1/jobs/{id}/approve", "soSdaAM"},
    {API_POST, "/v1/jobs/{id}/deny", "soSdaAM"},
    {API_GET, "/v1/deputies", "soSdaAM"},
    {API_PUT, "/v1/deputies/{person}", "d"},
    {API_POST, "/v1/explain", "soSdaAM"},
};
static const char role_letters[ROLES] = {
    [ROLE_STAFF] = 's',     [ROLE_OPERATOR] = 'o', [ROLE_SUPERVISOR] = 'S', [ROLE_DIRECTOR] = 'd',
    [ROLE_ARCHIVIST] = 'a', [ROLE_AUDITOR] = 'A',  [ROLE_ADMIN] = 'M'};

static void each_role_may_what_it_should(void **state)
{
    (void)state;
    assert_int_equal(api_routes.length, sizeof rights / sizeof rights[0]);
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        const struct api_route *route = NULL;

        for (size_t k = 0; k < api_routes.length; k++) {
            if (api_routes.route[k].method == rights[i].method &&
                strcmp(api_routes.route[k].pattern, rights[i].path) == 0) {
                route = &api_routes.route[k];
            }
        }
        assert_non_null(route);
        for (unsigned role = 0; role < ROLES; role++) {
            struct api_peer peer = {.known = true, .roles = 1u << role};

            peer.person.active = true;
            assert_int_equal(api_peer_may(&peer, route->access),
                             strchr(rights[i].may, role_letters[role]) != NULL);
        }
    }
}

static void refused_calls_change_nothing(void **state)
{
    raw_expect(ask(state, "wang", "PUT", "/v1/quota/academic", "{\"sheets\":9}"), 403,
               "role-needed");
    raw_expect(ask(state, "admin", "PUT", "/v1/quota/academic", "{\"sheets\":9}"), 403,
               "role-needed");
    raw_expect(ask(state, "auditor", "POST", "/v1/quota/academic/grants",
                   "{\"sheets\":9,\"reason\":\"x\"}"),
               403, "role-needed");
    raw_expect(ask(state, "director", "POST", "/v1/people",
                   "{\"login\":\"x\",\"name\":\"x\",\"department\":\"academic\"}"),
               403, "role-needed");
    raw_expect(ask(state, "ghost", "GET", "/v1/jobs", NULL), 403, "person-unknown");
    struct raw_answer answer = ask(state, "director", "GET", "/v1/quota/academic", NULL);

    assert_int_equal(number(answer.json, "allotted"), 0);
    raw_free(&answer);
}

static void every_row_can_be_served(void **state)
{
    (void)state;
    for (size_t i = 0; i < api_routes.length; i++) {
        const struct api_route *route = &api_routes.route[i];

        assert_int_not_equal(route->access, 0);
        if (route->body == API_STREAM) {
            assert_null(route->handle);
            assert_non_null(route->media_type);
            assert_non_null(route->stream->begin);
            assert_non_null(route->stream->data);
            assert_non_null(route->stream->end);
            assert_non_null(route->stream->destroy);
        } else {
            assert_non_null(route->handle);
        }
        assert_true(route->body != API_JSON || route->fields != NULL);
        assert_true(route->fields == NULL || route->fields->length <= API_FIELDS_MAX);
        for (size_t k = 0; k < i; k++) {
            assert_false(api_routes.route[k].method == route->method &&
                         strcmp(api_routes.route[k].pattern, route->pattern) == 0);
        }
    }
}

/* State */

static void status_counts_and_warns(void **state)
{
    struct api_fixture *fixture = *state;
    struct raw_answer answer = ask(state, "ghost", "GET", "/v1/status", NULL);
    bool claimed_is_warned_of = false;

    assert_int_equal(answer.status, 200);
    assert_int_equal(strlen(text(answer.json, "day")), 10);
    assert_int_equal(json_object_size(json_object_get(answer.json, "jobs")), 8);
    assert_int_equal(number(json_object_get(answer.json, "jobs"), "pending-held"), 0);
    assert_string_equal(text(answer.json, "version"), PACKAGE_VERSION);
    assert_string_equal(text(answer.json, "queue"), "print-room");
    assert_false(fixture->settings.queue_authenticated);
    const json_t *warnings = json_object_get(answer.json, "warnings");

    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const json_t *warning = json_array_get(warnings, i);

        assert_true(strlen(text(warning, "action")) > 10);
        claimed_is_warned_of |= strcmp(text(warning, "check"), "authentication") == 0;
    }
    assert_true(claimed_is_warned_of);
    raw_free(&answer);
}

static void figures_are_in_prometheus_text(void **state)
{
    raw_expect(ask(state, "director", "PUT", "/v1/quota/academic", "{\"sheets\":123}"), 200, NULL);
    struct raw_answer answer = ask(state, "auditor", "GET", "/metrics", NULL);

    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "Content-Type: text/plain; version=0.0.4"));
    assert_non_null(strstr(answer.body, "\nprintroom_jobs{state=\"pending\"} 0\n"));
    assert_non_null(
        strstr(answer.body, "\nprintroom_sheets{department=\"academic\",kind=\"allotted\"} 123\n"));
    const char *resident = strstr(answer.body, "\nprocess_resident_memory_bytes ");

    assert_non_null(resident);
    assert_true(strtoull(strchr(resident + 1, ' '), NULL, 10) > 100000);
    raw_free(&answer);
}

static void checks_find_what_is_wrong(void **state)
{
    struct api_fixture *fixture = *state;
    struct doctor_finding finding;

    doctor_check(&fixture->office, DOCTOR_STORE, &finding);
    assert_int_equal(finding.result, DOCTOR_OK);
    doctor_check(&fixture->office, DOCTOR_STATE_DIRECTORY, &finding);
    assert_int_equal(finding.result, DOCTOR_FAILED); /* 0755: for all to see */
    char missing[] = "/nonexistent";

    fixture->settings.state_directory = missing;
    doctor_check(&fixture->office, DOCTOR_STATE_DIRECTORY, &finding);
    assert_int_equal(finding.result, DOCTOR_FAILED);
    fixture->settings.state_directory = fixture->folder;
    doctor_check(&fixture->office, DOCTOR_PEOPLE, &finding);
    assert_int_equal(finding.result, DOCTOR_OK);
    assert_string_equal(finding.a, "7");
    doctor_check(&fixture->office, DOCTOR_DEVICES, &finding);
    assert_int_equal(finding.result, DOCTOR_WARNING);
    doctor_check(&fixture->office, DOCTOR_AUTHENTICATION, &finding);
    assert_int_equal(finding.result, DOCTOR_WARNING);
    fixture->settings.queue_authenticated = true;
    doctor_check(&fixture->office, DOCTOR_AUTHENTICATION, &finding);
    assert_int_equal(finding.result, DOCTOR_OK);
    doctor_check(&fixture->office, DOCTOR_DAY_KEY, &finding);
    assert_int_equal(finding.result, DOCTOR_OK);
    doctor_check(&fixture->office, DOCTOR_SPOOL, &finding);
    assert_int_equal(finding.result, DOCTOR_FAILED); /* no spool is open */
    doctor_check(&fixture->office, DOCTOR_CUPS, &finding);
    assert_int_equal(finding.result, DOCTOR_FAILED);
    doctor_check(&fixture->office, DOCTOR_MANAGED_QUEUE, &finding);
    assert_int_equal(finding.result, DOCTOR_FAILED);
}

static void swap_areas_are_told_apart(void **state)
{
    struct api_fixture *fixture = *state;
    static const char heading[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
    static const struct {
        const char *line;
        bool plain;
    } cases[] = {
        {"", false},
        {"/dev/zram0  partition 1 0 100\n", false},
        {"/dev/dm-0 partition 1 0 -2\n", false},
        {"/dev/dm-1 partition 1 0 -2\n", true},
        {"/dev/sda2 partition 1 0 -2\n", true},
        {"/swapfile file 1 0 -2\n", true},
        {"/dev/zram0 partition 1 0 100\n/swapfile file 1 0 -2\n", true},
    };
    static const char *const uuids[][2] = {{"dm-0", "CRYPT-PLAIN-swap\n"}, {"dm-1", "LVM-abc\n"}};
    char path[256];
    char text_of_swaps[512];
    char name[128];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "mkdir -p %s/%s/dm", fixture->folder, uuids[i][0]);
        assert_int_equal(system(path), 0);
        snprintf(path, sizeof path, "%s/%s/dm/uuid", fixture->folder, uuids[i][0]);
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        fputs(uuids[i][1], file);
        fclose(file);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text_of_swaps, sizeof text_of_swaps, "%s%s", heading, cases[i].line);
        assert_int_equal(doctor_swap_is_plain(text_of_swaps, fixture->folder, name, sizeof name),
                         cases[i].plain);
    }
    assert_string_equal(name, "/swapfile");
}

static void every_check_speaks_both_languages(void **state)
{
    (void)state;
    for (unsigned check = 0; check < DOCTOR_CHECKS; check++) {
        for (unsigned result = 0; result < DOCTOR_RESULTS; result++) {
            struct doctor_finding finding = {
                .result = (enum doctor_result)result, .a = "AAA", .b = "BBB"};
            json_t *english = doctor_document((enum doctor_check)check, &finding, POLICY_ENGLISH);
            json_t *chinese = doctor_document((enum doctor_check)check, &finding, POLICY_CHINESE);

            assert_string_not_equal(text(english, "message"), text(chinese, "message"));
            assert_true(strlen(text(english, "message")) > 5);
            assert_true(strlen(text(chinese, "message")) > 5);
            assert_null(strchr(text(english, "message"), '{'));
            assert_null(strchr(text(chinese, "message"), '{'));
            assert_int_equal(strlen(text(english, "action")) > 10, result != DOCTOR_OK);
            assert_int_equal(strlen(text(chinese, "action")) > 10, result != DOCTOR_OK);
            json_decref(english);
            json_decref(chinese);
        }
    }
}

#define HTTP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(departments_are_added_and_listed),
        HTTP_TEST(people_are_added_and_listed),
        HTTP_TEST(quotas_are_set_granted_and_shown),
        HTTP_TEST(one_months_quota_leaves_the_others),
        HTTP_TEST(less_than_was_granted_cannot_be_taken_back),
        HTTP_TEST(staff_see_their_own_department),
        HTTP_TEST(devices_are_added_listed_and_shown),
        cmocka_unit_test(each_role_may_what_it_should),
        HTTP_TEST(refused_calls_change_nothing),
        cmocka_unit_test(every_row_can_be_served),
        HTTP_TEST(status_counts_and_warns),
        HTTP_TEST(figures_are_in_prometheus_text),
        HTTP_TEST(checks_find_what_is_wrong),
        HTTP_TEST(swap_areas_are_told_apart),
        cmocka_unit_test(every_check_speaks_both_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

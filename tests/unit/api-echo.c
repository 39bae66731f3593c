/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/api-echo.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct echo_seen seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

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

/** Longer than the shortest idle limit a server can have. */
static void take_long(void)
{
    const struct timespec long_time = {.tv_sec = 2, .tv_nsec = 500000000};

    nanosleep(&long_time, NULL);
}

static void sleepy(struct api_request *request)
{
    take_long();
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
    } else if (strcmp(request->parameter[0], "sleepy") == 0) {
        take_long();
        sem_post(&seen.arrived);
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
const struct api_routes echo_routes = {rows, sizeof rows / sizeof rows[0]};

int echo_set_up(void **state)
{
    struct api_fixture *fixture = api_fixture_new();

    api_fixture_serve(fixture, &echo_routes, 0, 0);
    sem_init(&seen.arrived, 0, 0);
    sem_init(&seen.go, 0, 0);
    seen.begun = seen.ended = seen.destroyed = 0;
    seen.received = seen.largest = 0;
    *state = fixture;
    return 0;
}

int echo_tear_down(void **state)
{
    api_fixture_free(*state);
    sem_destroy(&seen.arrived);
    sem_destroy(&seen.go);
    return 0;
}

void assert_alive(const struct api_fixture *fixture)
{
    raw_expect(raw_ask(fixture, "GET", "/echo/alive", "", NULL), 200, NULL);
}

uid_t uid_of(const char *login)
{
    const struct passwd *entry = getpwnam(login);

    assert_non_null(entry);
    return entry->pw_uid;
}

void need_root(void)
{
    if (geteuid() != 0) {
        skip();
    }
}

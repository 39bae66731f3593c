/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/api-support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/api/server.h"
#include "daemon/error.h"
#include "daemon/store/people.h"
#include "daemon/store/store.h"

enum {
    DOCUMENT_BYTES = 256 * 1024 * 1024,
    CONNECTIONS = 40,
    PATIENCE_S = 30,
    ANSWER_BYTES = 1 << 20
};

static void make_store(struct api_fixture *fixture)
{
    char path[128];
    struct store_tx *tx;

    snprintf(path, sizeof path, "%s/printroom.db", fixture->folder);
    assert_int_equal(store_open(path, &fixture->office.store), PR_OK);
    assert_int_equal(store_begin(fixture->office.store, &tx), PR_OK);
    assert_int_equal(department_add(tx, "academic", "教务处", "test", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

struct api_fixture *api_fixture_new(void)
{
    struct api_fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/printroom-api-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    snprintf(fixture->socket, sizeof fixture->socket, "%s/s", fixture->folder);
    fixture->settings.state_directory = fixture->folder;
    fixture->settings.socket = fixture->socket;
    fixture->settings.backend_user = strdup("lp");
    fixture->settings.cups_server = strdup("/nonexistent/cups.sock");
    fixture->settings.cups_access_log = strdup("");
    fixture->settings.web_address = strdup("");
    fixture->settings.managed_queue = strdup("print-room");
    fixture->settings.device_program = strdup("/nonexistent/printroom-device");
    fixture->settings.delivery.device_timeout_s = 1;
    fixture->settings.language = POLICY_ENGLISH;
    fixture->settings.limits.connections = CONNECTIONS;
    fixture->settings.limits.document_bytes = DOCUMENT_BYTES;
    policy_settings_default(&fixture->settings.policy);
    fixture->office.settings = &fixture->settings;
    fixture->office.spool_fd = -1;
    make_store(fixture);
    return fixture;
}

void api_fixture_serve(struct api_fixture *fixture, const struct api_routes *routes,
                       unsigned idle_s, unsigned uid_connections)
{
    struct api_tuning tuning = {
        .idle_s = idle_s > 0 ? idle_s : PATIENCE_S,
        .backend_idle_s = PATIENCE_S,
        .uid_connections = uid_connections > 0 ? uid_connections : CONNECTIONS,
    };

    assert_int_equal(api_server_start_tuned(&fixture->office, routes, &tuning, &fixture->server),
                     PR_OK);
}

void api_fixture_free(struct api_fixture *fixture)
{
    char command[128];

    api_server_stop(fixture->server, 0);
    store_close(fixture->office.store);
    snprintf(command, sizeof command, "rm -r '%s'", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture->settings.backend_user);
    free(fixture->settings.device_program);
    free(fixture->settings.cups_server);
    free(fixture->settings.cups_access_log);
    free(fixture->settings.web_address);
    free(fixture->settings.managed_queue);
    free(fixture);
}

void api_fixture_add_person(struct api_fixture *fixture, const char *login, uint32_t roles)
{
    struct store_tx *tx;

    assert_int_equal(store_begin(fixture->office.store, &tx), PR_OK);
    assert_int_equal(person_add(tx, login, login, "academic", roles, "test", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

int raw_connect(const struct api_fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", fixture->socket);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

bool raw_send(int fd, const void *bytes, size_t length)
{
    const char *place = bytes;

    while (length > 0) {
        ssize_t sent = send(fd, place, length, MSG_NOSIGNAL);

        if (sent <= 0) {
            return false;
        }
        place += sent;
        length -= (size_t)sent;
    }
    return true;
}

/** recv() with a time limit is interrupted by every child of the process that ends. */
static ssize_t receive(int fd, void *buffer, size_t size)
{
    ssize_t got;

    do {
        got = recv(fd, buffer, size, 0);
    } while (got < 0 && errno == EINTR);
    return got;
}

/** Reads one byte after the other up to the empty line. */
static char *receive_head(int fd)
{
    char *head = calloc(1, ANSWER_BYTES);
    size_t length = 0;

    while (head != NULL && length < ANSWER_BYTES - 1 && receive(fd, head + length, 1) == 1) {
        length++;
        if (length >= 4 && memcmp(head + length - 4, "\r\n\r\n", 4) == 0) {
            return head;
        }
    }
    free(head);
    return NULL;
}

struct raw_answer raw_receive(int fd)
{
    struct raw_answer answer = {.head = receive_head(fd)};
    const char *announced;
    size_t length = ANSWER_BYTES - 1;
    size_t received = 0;

    if (answer.head == NULL || sscanf(answer.head, "HTTP/1.1 %d", &answer.status) != 1) {
        return answer;
    }
    announced = strcasestr(answer.head, "\r\nContent-Length:");
    if (announced != NULL) {
        length = strtoul(announced + strlen("\r\nContent-Length:"), NULL, 10);
    }
    if (answer.status == 100 || answer.status == 204) {
        length = 0;
    }
    answer.body = calloc(1, length + 1);
    while (answer.body != NULL && received < length) {
        ssize_t got = receive(fd, answer.body + received, length - received);

        if (got <= 0) {
            break;
        }
        received += (size_t)got;
    }
    answer.json = json_loadb(answer.body, received, 0, NULL);
    return answer;
}

void raw_free(struct raw_answer *answer)
{
    free(answer->head);
    free(answer->body);
    json_decref(answer->json);
    *answer = (struct raw_answer){0};
}

bool raw_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, 0) <= 0 && errno != EAGAIN;
}

struct raw_answer raw_exchange(const struct api_fixture *fixture, const char *bytes)
{
    struct raw_answer answer = {0};
    int fd = raw_connect(fixture);

    if (fd >= 0) {
        raw_send(fd, bytes, strlen(bytes));
        answer = raw_receive(fd);
        close(fd);
    }
    return answer;
}

struct raw_answer raw_ask(const struct api_fixture *fixture, const char *method, const char *path,
                          const char *headers, const char *body)
{
    struct raw_answer answer;
    char *request;
    int length =
        body != NULL
            ? asprintf(&request,
                       "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       method, path, headers, strlen(body), body)
            : asprintf(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path,
                       headers);

    assert_true(length > 0);
    answer = raw_exchange(fixture, request);
    free(request);
    return answer;
}

void raw_expect(struct raw_answer answer, int status, const char *problem)
{
    if (answer.status != status) {
        print_error("expected %d, got %d: %s\n", status, answer.status,
                    answer.body != NULL ? answer.body : "");
    }
    assert_int_equal(answer.status, status);
    if (problem != NULL) {
        const char *type = json_string_value(json_object_get(answer.json, "type"));
        char expected[128];

        snprintf(expected, sizeof expected, "urn:printroom:problem:%s", problem);
        assert_non_null(type);
        assert_string_equal(type, expected);
        assert_non_null(strstr(answer.head, "application/problem+json"));
        assert_int_equal(json_integer_value(json_object_get(answer.json, "status")), status);
    }
    raw_free(&answer);
}

bool run_as(uid_t uid, int (*function)(void *context), void *context)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        if (setgid(uid) != 0 || setuid(uid) != 0) {
            _exit(99);
        }
        _exit(function(context));
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

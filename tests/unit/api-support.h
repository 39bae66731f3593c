/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the tests of the API share: an office with an empty store, and a client that sends raw
 * bytes. */
#ifndef TESTS_UNIT_API_SUPPORT_H
#define TESTS_UNIT_API_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "daemon/api/exchange.h"
#include "daemon/office.h"
#include "daemon/settings.h"

struct api_fixture {
    char folder[64];
    char socket[96];
    struct settings settings;
    struct office office;
    struct api_server *server;
};

/** A folder everybody may enter, a store with the department "academic", settings; no server yet.
 */
struct api_fixture *api_fixture_new(void);
/** Starts a server with these routes; idle_s 0 and uid_connections 0 take the usual ones. */
void api_fixture_serve(struct api_fixture *fixture, const struct api_routes *routes,
                       unsigned idle_s, unsigned uid_connections);
/** Stops, closes, removes the folder. */
void api_fixture_free(struct api_fixture *fixture);
/** Registers somebody in the department "academic". */
void api_fixture_add_person(struct api_fixture *fixture, const char *login, uint32_t roles);

/** Connects; −1 when nobody listens. Reading gives up after half a minute, so that no test waits
 * for ever. */
int raw_connect(const struct api_fixture *fixture);
/** Sends all bytes; false when the peer closed before that. */
bool raw_send(int fd, const void *bytes, size_t length);
/** One answer: headers, and the body as Content-Length says. Everything is freed by raw_free(). */
struct raw_answer {
    int status; /**< 0: the peer closed without an answer */
    char *head;
    char *body;
    json_t *json; /**< of the body; NULL when it is no JSON */
};
struct raw_answer raw_receive(int fd);
void raw_free(struct raw_answer *answer);
/** True when the peer has closed and nothing more comes. */
bool raw_closed(int fd);

/** Connects, sends `bytes` (text) and receives one answer. */
struct raw_answer raw_exchange(const struct api_fixture *fixture, const char *bytes);
/** The same for a method, path, extra header lines (each with its \r\n, may be "") and a JSON body
 * (NULL none). */
struct raw_answer raw_ask(const struct api_fixture *fixture, const char *method, const char *path,
                          const char *headers, const char *body);
/** Fails the test unless the status is this and, with problem not NULL, the type ends with it.
 * Frees. */
void raw_expect(struct raw_answer answer, int status, const char *problem);

/** Runs a function in a child of another uid; true when it returned 0. Needs root. */
bool run_as(uid_t uid, int (*function)(void *context), void *context);

#endif

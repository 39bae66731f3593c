/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Routes to try the server with, and what their handlers saw. */
#ifndef TESTS_UNIT_API_ECHO_H
#define TESTS_UNIT_API_ECHO_H

#include "tests/unit/api-support.h"

#include <pthread.h>
#include <semaphore.h>

/** What the handlers tell the tests; all zero at the start of each. */
struct echo_seen {
    sem_t arrived; /**< /slow was entered */
    sem_t go;      /**< /slow may answer */
    pthread_mutex_t lock;
    unsigned begun; /**< streams */
    unsigned ended;
    unsigned destroyed;
    uint64_t received; /**< bytes of streams */
    uint64_t largest;  /**< piece handed over at once */
};
extern struct echo_seen seen;

/**
 * GET /echo/{name} (anybody), /person, /admin, /backend, /nobody: who the peer is. GET and POST
 * /sum: a + b. GET /slow waits for seen.go, /sleepy sleeps, /silent gives no answer, /twice two.
 * PUT /stream/{how} counts bytes; it refuses "never" at its begin and "full" at the first bytes;
 * with "sleepy" each piece takes long. PUT /short/{how} takes 1000 bytes.
 */
extern const struct api_routes echo_routes;

/** cmocka set-up and tear-down: *state is a fixture that serves echo_routes. */
int echo_set_up(void **state);
int echo_tear_down(void **state);

/** The server answers a plain request as if nothing had been. */
void assert_alive(const struct api_fixture *fixture);
/** Skips the test unless it runs as root. */
void need_root(void);
/** The uid of an account that every Debian has. */
uid_t uid_of(const char *login);

#define ECHO_TEST(function) cmocka_unit_test_setup_teardown(function, echo_set_up, echo_tear_down)

#endif

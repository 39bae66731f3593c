/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a job: every cell of the table, on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/jobs/states.h"
#include "daemon/store/devices.h"
#include "daemon/store/ledger.h"
#include "daemon/store/people.h"

/* What may happen, written down a second time: state, events, next state. Everything else must be
 * refused. */
static const struct {
    enum job_state state;
    enum job_event_kind event;
    enum job_state next;
} allowed[] = {
    {JOB_INCOMING, JOB_EVENT_OPENED, JOB_INCOMING},
    {JOB_INCOMING, JOB_EVENT_REGISTERED, JOB_COMPLETED},
    {JOB_INCOMING, JOB_EVENT_ACCEPTED, JOB_PENDING},
    {JOB_INCOMING, JOB_EVENT_HELD, JOB_PENDING_HELD},
    {JOB_INCOMING, JOB_EVENT_REFUSED, JOB_ABORTED},
    {JOB_INCOMING, JOB_EVENT_ABANDONED, JOB_ABORTED},
    {JOB_INCOMING, JOB_EVENT_CANCELED, JOB_CANCELED},
    {JOB_PENDING_HELD, JOB_EVENT_HOLDS_CHANGED, JOB_PENDING_HELD},
    {JOB_PENDING_HELD, JOB_EVENT_RELEASED, JOB_PENDING},
    {JOB_PENDING_HELD, JOB_EVENT_REFUSED, JOB_ABORTED},
    {JOB_PENDING_HELD, JOB_EVENT_CANCELED, JOB_CANCELED},
    {JOB_PENDING_HELD, JOB_EVENT_DENIED, JOB_CANCELED},
    {JOB_PENDING_HELD, JOB_EVENT_EXPIRED, JOB_ABORTED},
    {JOB_PENDING, JOB_EVENT_DISPATCHED, JOB_PROCESSING},
    {JOB_PENDING, JOB_EVENT_CANCELED, JOB_CANCELED},
    {JOB_PENDING, JOB_EVENT_EXPIRED, JOB_ABORTED},
    {JOB_PENDING, JOB_EVENT_TAKEN_BACK, JOB_PENDING_HELD},
    {JOB_PROCESSING, JOB_EVENT_RETURNED, JOB_PENDING},
    {JOB_PROCESSING, JOB_EVENT_DEVICE_STOPPED, JOB_PROCESSING_STOPPED},
    {JOB_PROCESSING, JOB_EVENT_CANCEL_REQUESTED, JOB_PROCESSING},
    {JOB_PROCESSING, JOB_EVENT_CANCELED, JOB_CANCELED},
    {JOB_PROCESSING, JOB_EVENT_PRINTED, JOB_COMPLETED},
    {JOB_PROCESSING, JOB_EVENT_FAILED, JOB_ABORTED},
    {JOB_PROCESSING, JOB_EVENT_UNCERTAIN, JOB_PROCESSING_STOPPED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_RETURNED, JOB_PENDING},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_DEVICE_STOPPED, JOB_PROCESSING_STOPPED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_DEVICE_RESUMED, JOB_PROCESSING},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_CANCEL_REQUESTED, JOB_PROCESSING_STOPPED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_CANCELED, JOB_CANCELED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_PRINTED, JOB_COMPLETED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_FAILED, JOB_ABORTED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_UNCERTAIN, JOB_PROCESSING_STOPPED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_OPERATOR_SETTLED, JOB_COMPLETED},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_REPRINT, JOB_PENDING},
    {JOB_PROCESSING_STOPPED, JOB_EVENT_REPRINT_HELD, JOB_PENDING_HELD},
};

/* A way from incoming to each state. */
static const enum job_event_kind ways[JOB_STATES][4] = {
    [JOB_INCOMING] = {JOB_EVENTS},
    [JOB_PENDING_HELD] = {JOB_EVENT_HELD, JOB_EVENTS},
    [JOB_PENDING] = {JOB_EVENT_ACCEPTED, JOB_EVENTS},
    [JOB_PROCESSING] = {JOB_EVENT_ACCEPTED, JOB_EVENT_DISPATCHED, JOB_EVENTS},
    [JOB_PROCESSING_STOPPED] = {JOB_EVENT_ACCEPTED, JOB_EVENT_DISPATCHED, JOB_EVENT_DEVICE_STOPPED,
                                JOB_EVENTS},
    [JOB_COMPLETED] = {JOB_EVENT_ACCEPTED, JOB_EVENT_DISPATCHED, JOB_EVENT_PRINTED, JOB_EVENTS},
    [JOB_CANCELED] = {JOB_EVENT_CANCELED, JOB_EVENTS},
    [JOB_ABORTED] = {JOB_EVENT_REFUSED, JOB_EVENTS},
};

enum { QUOTA = 100000, RESERVED = 7 };

struct world {
    char folder[64];
    struct store *store;
    int64_t department;
    unsigned origins;
};

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char path[128];
    struct store_tx *tx;

    assert_non_null(world);
    assert_true(sodium_init() >= 0);
    snprintf(world->folder, sizeof world->folder, "/tmp/test-states.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(path, sizeof path, "%s/printroom.db", world->folder);
    assert_int_equal(store_open(path, &world->store), PR_OK);
    assert_int_equal(store_begin(world->store, &tx), PR_OK);
    assert_int_equal(department_add(tx, "academic", "教务处", "test", &world->department), PR_OK);
    assert_int_equal(ledger_set_quota(tx, world->department, "2026-11", QUOTA, true, "test"),
                     PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    char command[128];

    store_close(world->store);
    snprintf(command, sizeof command, "rm -rf %s", world->folder);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

static int64_t number(struct store_tx *tx, const char *sql, int64_t job)
{
    sqlite3_stmt *statement = store_statement(tx, sql);

    assert_non_null(statement);
    if (sqlite3_bind_parameter_count(statement) > 0) {
        store_bind_int(statement, 1, job);
    }
    assert_int_equal(store_step(tx, statement), 1);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return value;
}

static int carry_out(struct store_tx *tx, struct job_record *job, enum job_event_kind event)
{
    struct job_change change = {
        .event = event,
        .actor = "test",
        .reasons = (const char *const[]){"job-printing"},
        .reasons_length = 1,
        .sheets = RESERVED - 2,
        .settlement = SETTLEMENT_DEVICE_JOB,
        .detail = json_pack("{s:s}", "why", "test"),
    };

    return job_transition(tx, job, &change);
}

/* A fresh job brought to a state, with an open reservation unless the state is final. */
static void make_job(struct world *world, struct store_tx *tx, enum job_state state,
                     struct job_record *job)
{
    struct job_request request = {.source = "cli", .document = 1, .person = "wang", .copies = 1};
    int64_t key;

    snprintf(request.origin, sizeof request.origin, "urn:uuid:%u", world->origins++);
    assert_int_equal(job_insert(tx, "2026-11", &request, &key), PR_OK);
    assert_int_equal(job_get(tx, key, job), PR_OK);
    assert_int_equal(ledger_reserve(tx, world->department, "2026-11", key, RESERVED, "test"),
                     PR_OK);
    for (size_t i = 0; i < 4 && ways[state][i] != JOB_EVENTS; i++) {
        assert_int_equal(carry_out(tx, job, ways[state][i]), PR_OK);
    }
    assert_int_equal(job->state, state);
}

static void check_cell(struct world *world, enum job_state from, enum job_event_kind event)
{
    struct job_record job;
    struct job_record again;
    struct ledger_job ledger;
    struct store_tx *tx;
    int expected = -1;

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        if (allowed[i].state == from && allowed[i].event == event) {
            expected = (int)allowed[i].next;
        }
    }
    assert_int_equal(store_begin(world->store, &tx), PR_OK);
    make_job(world, tx, from, &job);
    int64_t events = number(tx, "SELECT count(*) FROM event WHERE job = ?1", job.key);
    int64_t leaves = number(tx, "SELECT count(*) FROM audit_leaf", 0);
    int64_t entries = number(tx, "SELECT count(*) FROM ledger WHERE job = ?1", job.key);
    int result = carry_out(tx, &job, event);

    assert_int_equal(result, expected < 0 ? PR_ESTATE : PR_OK);
    assert_int_equal(store_tx_error(tx), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);

    assert_int_equal(store_begin_read(world->store, &tx), PR_OK);
    assert_int_equal(job_get(tx, job.key, &again), PR_OK);
    assert_int_equal(again.state, expected < 0 ? from : (enum job_state)expected);
    int64_t more = expected < 0 ? 0 : 1;
    assert_int_equal(number(tx, "SELECT count(*) FROM event WHERE job = ?1", job.key),
                     events + more);
    assert_int_equal(number(tx, "SELECT count(*) FROM audit_leaf", 0), leaves + more);
    /* A job that has ended has no open reservation, one that goes on keeps it; each is closed once.
     */
    assert_int_equal(ledger_of_job(tx, job.key, &ledger), PR_OK);
    assert_int_equal(ledger.reserved, job_state_is_final(again.state) ? 0 : RESERVED);
    bool ends = !job_state_is_final(from) && job_state_is_final(again.state);
    assert_int_equal(number(tx, "SELECT count(*) FROM ledger WHERE job = ?1", job.key),
                     entries + (ends ? 1 : 0));
    assert_int_equal(again.completed_at != 0, job_state_is_final(again.state));
    store_rollback(tx);
}

static void every_cell_does_what_the_table_says(void **state)
{
    for (int from = 0; from < JOB_STATES; from++) {
        for (int event = 0; event < JOB_EVENTS; event++) {
            check_cell(*state, (enum job_state)from, (enum job_event_kind)event);
        }
    }
}

static void settling_charges_evidence_and_never_more_than_reserved(void **state)
{
    static const struct {
        int64_t evidence;
        int64_t charged;
    } cases[] = {{0, 0}, {3, 3}, {RESERVED, RESERVED}, {RESERVED + 5, RESERVED}};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct job_record job;
        struct ledger_job ledger;
        struct store_tx *tx;
        struct job_change change = {.event = JOB_EVENT_CANCELED,
                                    .actor = "test",
                                    .sheets = cases[i].evidence,
                                    .settlement = SETTLEMENT_DEVICE_JOB};

        assert_int_equal(store_begin(world->store, &tx), PR_OK);
        make_job(world, tx, JOB_PROCESSING, &job);
        assert_int_equal(job_transition(tx, &job, &change), PR_OK);
        assert_int_equal(ledger_of_job(tx, job.key, &ledger), PR_OK);
        assert_int_equal(ledger.charged, cases[i].charged);
        assert_int_equal(ledger.reserved, 0);
        assert_int_equal(store_commit(tx), PR_OK);
    }
}

/* One writer: the sources are read. */
static void only_states_c_writes_the_state(void **state)
{
    char text[4096];
    unsigned files = 0;
    FILE *list = popen("grep -rlE 'UPDATE job SET[^\"]*state' " TEST_SOURCE_ROOT
                       "/daemon --include=*.c --include=*.sql",
                       "r");

    (void)state;
    assert_non_null(list);
    while (fgets(text, sizeof text, list) != NULL) {
        files++;
        assert_non_null(strstr(text, "/daemon/jobs/states.c"));
    }
    pclose(list);
    assert_int_equal(files, 1);
}

static void names_are_unique(void **state)
{
    (void)state;
    for (int a = 0; a < JOB_EVENTS; a++) {
        for (int b = a + 1; b < JOB_EVENTS; b++) {
            assert_string_not_equal(job_event_name((enum job_event_kind)a),
                                    job_event_name((enum job_event_kind)b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_cell_does_what_the_table_says, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(settling_charges_evidence_and_never_more_than_reserved,
                                        open_world, close_world),
        cmocka_unit_test(only_states_c_writes_the_state),
        cmocka_unit_test(names_are_unique),
    };
    return cmocka_run_group_tests_name("states", tests, NULL, NULL);
}

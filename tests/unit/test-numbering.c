/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of copies, from many threads too, and what becomes of copies with their job. */
#include "tests/unit/store-support.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/jobs/numbering.h"
#include "daemon/store/custody.h"

#define NUMBER "校办〔2026〕7号"

static int set_up(void **state)
{
    assert_true(sodium_init() >= 0);
    support_set_up(state);
    support_hurry(*state);
    return 0;
}

/** A job that a device is at, of `sheets` sheets. */
static struct job_record new_job(struct store_tx *tx, const char *number)
{
    struct job_record job;
    int64_t key = support_job(tx);
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE job SET state = 'processing', sheets = 6, document_number = ?2 WHERE job = ?1");

    store_bind_int(statement, 1, key);
    store_bind_text(statement, 2, number);
    assert_int_equal(store_step(tx, statement), PR_OK);
    assert_int_equal(job_get(tx, key, &job), PR_OK);
    return job;
}

static int happen(struct store_tx *tx, struct job_record *job, enum job_event_kind event,
                  int64_t sheets)
{
    struct job_change change = {
        .event = event, .actor = "operator", .sheets = sheets, .settlement = SETTLEMENT_DEVICE_JOB};

    return job_transition(tx, job, &change);
}

static enum custody_state state_of(struct store_tx *tx, const struct job_record *job,
                                   uint32_t number)
{
    struct custody_copy copy;

    assert_int_equal(custody_find(tx, job->key, number, &copy), PR_OK);
    return copy.state;
}

/* Numbers ---------------------------------------------------------------------------------- */

static void test_numbers(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct job_record one = new_job(tx, NUMBER);
    struct job_record two = new_job(tx, NUMBER);
    struct job_record alone = new_job(tx, "");
    struct custody_copy copy;
    uint32_t first = 0;

    assert_int_equal(copies_number(tx, &one, 3, &first), PR_OK);
    assert_int_equal(first, 1);
    assert_int_equal(copies_number(tx, &two, 2, &first), PR_OK);
    assert_int_equal(first, 4);
    assert_int_equal(copies_number(tx, &alone, 2, &first), PR_OK);
    assert_int_equal(first, 1);
    /* Asked again: the same, and nothing new. */
    assert_int_equal(copies_number(tx, &one, 3, &first), PR_OK);
    assert_int_equal(first, 1);
    assert_int_equal(copies_number(tx, &one, 4, &first), PR_ESTATE);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM copy"), 7);
    assert_int_equal(custody_find(tx, two.key, 5, &copy), PR_OK);
    assert_string_equal(copy.document, NUMBER);
    assert_string_equal(copy.job_id, two.id);
    assert_int_equal(copy.state, CUSTODY_PRINTING);
    assert_int_equal(custody_find(tx, alone.key, 1, &copy), PR_OK);
    assert_string_equal(copy.document, alone.id);
    assert_int_equal(custody_find(tx, alone.key, 3, &copy), PR_ENOENT);
    struct job_record many = new_job(tx, "x");
    assert_int_equal(copies_number(tx, &many, 65536, &first), PR_ELIMIT);
    assert_int_equal(copies_number(tx, &many, 0, &first), PR_ELIMIT);
    assert_int_equal(
        support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE '%copy.numbered%'"), 3);
    assert_int_equal(store_commit(tx), PR_OK);
}

enum { THREADS = 8, JOBS_EACH = 12, COPIES_EACH = 3 };

static void *number_jobs(void *context)
{
    struct support *support = context;

    for (int i = 0; i < JOBS_EACH; i++) {
        struct store_tx *tx = NULL;
        uint32_t first = 0;

        if (store_begin(support->store, &tx) != PR_OK) {
            return support;
        }
        struct job_record job = new_job(tx, NUMBER);
        if (copies_number(tx, &job, COPIES_EACH, &first) != PR_OK || first == 0 ||
            store_commit(tx) != PR_OK) {
            return support;
        }
    }
    return NULL;
}

static void test_numbers_from_threads(void **state)
{
    struct support *support = *state;
    pthread_t threads[THREADS];
    void *failed = NULL;

    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, number_jobs, support), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    struct store_tx *tx = support_begin(support);
    const int all = THREADS * JOBS_EACH * COPIES_EACH;

    assert_int_equal(support_number(tx, "SELECT count(DISTINCT number) FROM copy"), all);
    assert_int_equal(support_number(tx, "SELECT max(number) FROM copy"), all);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM (SELECT job FROM copy GROUP BY job"
                                        " HAVING max(number) - min(number) + 1 <> 3)"),
                     0);
    store_rollback(tx);
}

/* With the job ------------------------------------------------------------------------------ */

static void test_follow_job(void **state)
{
    static const struct {
        enum job_event_kind events[4];
        int64_t sheets;
        enum custody_state after;
    } rows[] = {
        {{JOB_EVENT_PRINTED, JOB_EVENTS}, 6, CUSTODY_PRINTED},
        {{JOB_EVENT_CANCELED, JOB_EVENTS}, 0, CUSTODY_VOID},
        {{JOB_EVENT_CANCELED, JOB_EVENTS}, 2, CUSTODY_IN_DOUBT},
        {{JOB_EVENT_FAILED, JOB_EVENTS}, 0, CUSTODY_VOID},
        {{JOB_EVENT_FAILED, JOB_EVENTS}, 1, CUSTODY_IN_DOUBT},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENTS}, 0, CUSTODY_IN_DOUBT},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENT_PRINTED, JOB_EVENTS}, 6, CUSTODY_PRINTED},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENT_OPERATOR_SETTLED, JOB_EVENTS}, 6, CUSTODY_PRINTED},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENT_OPERATOR_SETTLED, JOB_EVENTS}, 5, CUSTODY_IN_DOUBT},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENT_OPERATOR_SETTLED, JOB_EVENTS}, 0, CUSTODY_VOID},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENT_REPRINT, JOB_EVENTS}, 0, CUSTODY_VOID},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENT_REPRINT_HELD, JOB_EVENTS}, 0, CUSTODY_VOID},
        {{JOB_EVENT_UNCERTAIN, JOB_EVENT_RETURNED, JOB_EVENTS}, 0, CUSTODY_VOID},
        {{JOB_EVENT_DEVICE_STOPPED, JOB_EVENTS}, 0, CUSTODY_PRINTING},
        {{JOB_EVENT_RETURNED, JOB_EVENTS}, 0, CUSTODY_PRINTING},
        {{JOB_EVENT_RETURNED, JOB_EVENT_CANCELED, JOB_EVENTS}, 0, CUSTODY_VOID},
        {{JOB_EVENT_CANCEL_REQUESTED, JOB_EVENTS}, 0, CUSTODY_PRINTING},
    };
    struct store_tx *tx = support_begin(*state);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct job_record job = new_job(tx, "");
        uint32_t first = 0;

        assert_int_equal(copies_number(tx, &job, 2, &first), PR_OK);
        for (size_t j = 0; rows[i].events[j] != JOB_EVENTS; j++) {
            assert_int_equal(happen(tx, &job, rows[i].events[j], rows[i].sheets), PR_OK);
        }
        assert_int_equal(state_of(tx, &job, first), rows[i].after);
        assert_int_equal(state_of(tx, &job, first + 1), rows[i].after);
    }
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Numbers that the operator wrote off are never on paper again; proof keeps them. */
static void test_numbers_after_failure(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct job_record job = new_job(tx, NUMBER);
    uint32_t first = 0;

    assert_int_equal(copies_number(tx, &job, 2, &first), PR_OK);
    assert_int_equal(happen(tx, &job, JOB_EVENT_RETURNED, 0), PR_OK);
    assert_int_equal(happen(tx, &job, JOB_EVENT_DISPATCHED, 0), PR_OK);
    assert_int_equal(copies_number(tx, &job, 2, &first), PR_OK);
    assert_int_equal(first, 1);
    assert_int_equal(happen(tx, &job, JOB_EVENT_UNCERTAIN, 0), PR_OK);
    assert_int_equal(copies_number(tx, &job, 2, &first), PR_ESTATE);
    assert_int_equal(happen(tx, &job, JOB_EVENT_REPRINT, 0), PR_OK);
    assert_int_equal(happen(tx, &job, JOB_EVENT_DISPATCHED, 0), PR_OK);
    assert_int_equal(copies_number(tx, &job, 2, &first), PR_OK);
    assert_int_equal(first, 3);
    assert_int_equal(happen(tx, &job, JOB_EVENT_PRINTED, 6), PR_OK);
    assert_int_equal(state_of(tx, &job, 1), CUSTODY_VOID);
    assert_int_equal(state_of(tx, &job, 3), CUSTODY_PRINTED);
    assert_int_equal(copies_number(tx, &job, 2, &first), PR_ESTATE);
    assert_int_equal(store_commit(tx), PR_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, support_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_numbers),
        TEST(test_numbers_from_threads),
        TEST(test_follow_job),
        TEST(test_numbers_after_failure),
    };

    return cmocka_run_group_tests_name("numbering", tests, NULL, NULL);
}

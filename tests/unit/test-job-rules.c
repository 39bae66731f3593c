/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules of the print room ask of the store, and whose turn it is. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/job-rules.h"
#include "daemon/store/migrate.h"
#include "policy/order.h"

enum { D0 = 1, D1 = 2 };

/* Makes job `job` (opened by support_populate()) one that was decided on. */
static void decided(struct support *support, int job, int department, const char *fingerprint,
                    int64_t at_ms, const char *state)
{
    char sql[256];
    struct store_tx *tx = support_begin(support);

    snprintf(sql, sizeof sql,
             "UPDATE job SET department = %d, fingerprint = '%s', decided_at = %lld, state = '%s'"
             " WHERE job = %d",
             department, fingerprint, (long long)at_ms, state, job);
    assert_int_equal(support_sql(tx, sql), SQLITE_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* The job found for this search, 0 none. */
static int64_t find(struct support *support, int64_t department, const char *fingerprint,
                    int64_t since_ms, int64_t before_ms, int64_t job)
{
    const struct duplicate_search search = {department, fingerprint, since_ms, before_ms, job};
    struct duplicate duplicate = {.job = -1};
    struct store_tx *tx;
    char id[JOB_ID_BYTES];

    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    int result = job_find_duplicate(tx, &search, &duplicate);
    store_rollback(tx);
    if (result == PR_ENOENT) {
        assert_int_equal(duplicate.job, -1);
        return 0;
    }
    assert_int_equal(result, PR_OK);
    snprintf(id, sizeof id, "2026-11-%06lld", (long long)duplicate.job);
    assert_string_equal(duplicate.id, id);
    return duplicate.job;
}

static void the_latest_of_the_same_content_and_department(void **state)
{
    struct support *support = *state;

    support_populate(support, 2, 9);
    decided(support, 1, D0, "aa", 1000, "completed");
    decided(support, 2, D0, "aa", 2000, "pending-held");
    decided(support, 3, D1, "aa", 3000, "completed");
    decided(support, 4, D0, "bb", 4000, "completed");
    decided(support, 5, D0, "aa", 5000, "canceled");
    decided(support, 6, D0, "aa", 6000, "aborted");
    assert_int_equal(find(support, D0, "aa", 0, INT64_MAX, 9), 2);
    assert_int_equal(find(support, D0, "aa", 0, INT64_MAX, 0), 2);
    assert_int_equal(find(support, D1, "aa", 0, INT64_MAX, 9), 3);
    assert_int_equal(find(support, D1, "bb", 0, INT64_MAX, 9), 0);
    /* In time. */
    assert_int_equal(find(support, D0, "aa", 2000, INT64_MAX, 9), 2);
    assert_int_equal(find(support, D0, "aa", 2001, INT64_MAX, 9), 0);
    /* Never itself; and of what came after it, nothing. */
    assert_int_equal(find(support, D0, "aa", 0, 2000, 2), 1);
    assert_int_equal(find(support, D0, "aa", 0, 1000, 1), 0);
    assert_int_equal(find(support, D0, "bb", 0, INT64_MAX, 4), 0);
}

static void never_each_of_the_other(void **state)
{
    struct support *support = *state;

    support_populate(support, 1, 2);
    decided(support, 1, D0, "aa", 1000, "pending-held");
    decided(support, 2, D0, "aa", 1000, "pending-held");
    assert_int_equal(find(support, D0, "aa", 0, 1000, 1), 0);
    assert_int_equal(find(support, D0, "aa", 0, 1000, 2), 1);
    /* Opened first, decided on last. */
    decided(support, 1, D0, "aa", 1001, "pending-held");
    assert_int_equal(find(support, D0, "aa", 0, 1001, 1), 2);
    assert_int_equal(find(support, D0, "aa", 0, 1000, 2), 0);
}

static uint32_t urgent_jobs(struct support *support, const char *person, int64_t since_ms,
                            int64_t job, uint32_t most)
{
    uint32_t count = 99;
    struct store_tx *tx;

    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(job_count_urgent(tx, person, since_ms, job, most, &count), PR_OK);
    store_rollback(tx);
    return count;
}

static void urgent_jobs_are_counted(void **state)
{
    struct support *support = *state;

    support_populate(support, 1, 6);
    for (int job = 1; job <= 5; job++) {
        decided(support, job, D0, "aa", 1000 * job, job == 4 ? "canceled" : "completed");
    }
    support_shell(support, "UPDATE job SET urgent_decided = (job <> 3) WHERE job <= 5");
    support_shell(support, "UPDATE job SET person = 'li' WHERE job = 5");
    assert_int_equal(urgent_jobs(support, "wang", 0, 6, 10), 2);
    assert_int_equal(urgent_jobs(support, "wang", 0, 6, 1), 1);
    assert_int_equal(urgent_jobs(support, "wang", 2000, 6, 10), 1);
    assert_int_equal(urgent_jobs(support, "wang", 2001, 6, 10), 0);
    assert_int_equal(urgent_jobs(support, "wang", 0, 2, 10), 1);
    assert_int_equal(urgent_jobs(support, "li", 0, 6, 10), 1);
    assert_int_equal(urgent_jobs(support, "zhao", 0, 6, 10), 0);
}

static void a_confirmation_stays(void **state)
{
    struct support *support = *state;
    struct job_record job;

    support_populate(support, 1, 2);
    struct store_tx *tx = support_begin(support);
    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    assert_false(job_is_confirmed(tx, 1, POLICY_RULE_DUPLICATE));
    assert_int_equal(job_add_confirmation(tx, &job, POLICY_RULE_DUPLICATE, "wang"), PR_OK);
    assert_int_equal(job_add_confirmation(tx, &job, POLICY_RULE_DUPLICATE, "li"), PR_EEXIST);
    assert_int_equal(store_commit(tx), PR_OK);
    tx = support_begin(support);
    assert_true(job_is_confirmed(tx, 1, POLICY_RULE_DUPLICATE));
    assert_false(job_is_confirmed(tx, 2, POLICY_RULE_DUPLICATE));
    assert_int_equal(support_number(tx, "SELECT count(*) FROM confirmation WHERE actor = 'wang'"
                                        " AND at > 0 AND rule = 'duplicate'"),
                     1);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE"
                                        " '%\"actor\":\"wang\"%job.confirm%2026-11-000001%'"),
                     1);
    assert_int_not_equal(support_sql(tx, "UPDATE confirmation SET actor = 'li'"), SQLITE_OK);
    assert_int_not_equal(support_sql(tx, "DELETE FROM confirmation"), SQLITE_OK);
    assert_int_not_equal(
        support_sql(tx, "INSERT OR REPLACE INTO confirmation VALUES (1, 'duplicate', 'li', 1)"),
        SQLITE_OK);
    store_rollback(tx);
}

/* ---- What was decided is written down and read back -------------------------------------------
 */

static void decide(struct support *support, int64_t job, const struct policy_decision *decision,
                   int64_t duplicate_of, const char *color_mode)
{
    struct policy_settings settings;
    const struct job_decided record = {
        .duplicate_of = duplicate_of, .color_mode = color_mode, .decision = decision};
    struct store_tx *tx = support_begin(support);

    policy_settings_default(&settings);
    assert_int_equal(job_set_decision(tx, job, &settings, &record), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void the_decided_counts_from_then_on(void **state)
{
    struct support *support = *state;
    const struct policy_decision first = {
        .sides = POLICY_TWO_SIDED_SHORT_EDGE, .urgent = true, .cost = {.sheets = 7}};
    const struct policy_decision again = {.sides = POLICY_ONE_SIDED, .cost = {.sheets = 9}};
    struct job_record job;
    char id[JOB_ID_BYTES] = "";

    support_populate(support, 0, 2);
    struct store_tx *tx = support_begin(support);
    assert_int_equal(job_get(tx, 2, &job), PR_OK);
    assert_int_equal(job.sides, POLICY_ONE_SIDED);
    assert_string_equal(job.color_mode, "auto");
    assert_false(job.urgent);
    assert_int_equal(job.decided_at, 0);
    assert_int_equal(job_duplicate_of(tx, 2, id), PR_ENOENT);
    store_rollback(tx);

    decide(support, 2, &first, 1, "monochrome");
    tx = support_begin(support);
    assert_int_equal(job_get(tx, 2, &job), PR_OK);
    assert_int_equal(job.sides, POLICY_TWO_SIDED_SHORT_EDGE);
    assert_string_equal(job.color_mode, "monochrome");
    assert_true(job.urgent);
    assert_int_equal(job.request.sides, POLICY_ONE_SIDED);
    assert_string_equal(job.request.color_mode, "auto");
    assert_false(job.request.urgent);
    assert_int_equal(job_duplicate_of(tx, 2, id), PR_OK);
    assert_string_equal(id, "2026-11-000001");
    int64_t decided_at = job.decided_at;
    assert_true(decided_at > 0);
    assert_true(support_number(tx, "SELECT turn_at FROM job WHERE job = 2") ==
                policy_order_turn(decided_at, 7, true));
    store_rollback(tx);
    support_shell(support, "UPDATE job SET decided_at = 5 WHERE job = 2");

    /* Again: everything but the time of the first decision. */
    decide(support, 2, &again, 0, "auto");
    tx = support_begin(support);
    assert_int_equal(job_get(tx, 2, &job), PR_OK);
    assert_int_equal(job.sides, POLICY_ONE_SIDED);
    assert_string_equal(job.color_mode, "auto");
    assert_false(job.urgent);
    assert_int_equal(job.decided_at, 5);
    assert_int_equal(job_duplicate_of(tx, 2, id), PR_ENOENT);
    assert_true(support_number(tx, "SELECT turn_at FROM job WHERE job = 2") >=
                policy_order_turn(decided_at, 9, false));
    store_rollback(tx);
}

/* ---- The order --------------------------------------------------------------------------------
 */

static int64_t take_next(struct support *support, const char *levels)
{
    char sql[96];
    int64_t key = 0;
    struct store_tx *tx = support_begin(support);
    int result = job_next_pending(tx, levels, 1, &key);

    if (result == PR_OK) {
        snprintf(sql, sizeof sql, "UPDATE job SET state = 'completed' WHERE job = %lld",
                 (long long)key);
        assert_int_equal(support_sql(tx, sql), SQLITE_OK);
    } else {
        assert_int_equal(result, PR_ENOENT);
    }
    assert_int_equal(store_commit(tx), PR_OK);
    return key;
}

static void pending(struct support *support, int job, int64_t ready_ms, uint64_t sheets,
                    bool urgent, const char *level)
{
    char sql[256];
    struct store_tx *tx = support_begin(support);

    snprintf(sql, sizeof sql,
             "UPDATE job SET state = 'pending', level = '%s', turn_at = %lld WHERE job = %d", level,
             (long long)policy_order_turn(ready_ms, sheets, urgent), job);
    assert_int_equal(support_sql(tx, sql), SQLITE_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void the_order_of_printing(void **state)
{
    static const char both[] = "[\"public\",\"secret\"]";
    struct support *support = *state;
    enum { NOW = 1000000000 };

    support_populate(support, 0, 8);
    pending(support, 1, NOW, 300, false, "public");
    pending(support, 2, NOW, 2, false, "public");
    pending(support, 3, NOW, 2, false, "public");
    pending(support, 4, NOW, 500, true, "public");
    pending(support, 5, NOW, 1, true, "secret");
    pending(support, 6, NOW - POLICY_ORDER_PATIENCE_MS, 1000, false, "public");
    pending(support, 7, NOW, 1, true, "public");
    /* Long and ordinary, but it has waited long enough; then urgent, short before long, then
     * ordinary, short before long, the first opened first. */
    static const int64_t order[] = {6, 7, 4, 2, 3, 1, 0};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_int_equal(take_next(support, "[\"public\"]"), order[i]);
    }
    assert_int_equal(take_next(support, both), 5);
    assert_int_equal(take_next(support, both), 0);
}

/* A store of before has its waiting jobs in the order the sum in C gives. */
static void jobs_of_before_get_their_turn(void **state)
{
    static const struct {
        int64_t submitted_ms, sheets;
        bool urgent;
    } old[] = {{5, 0, false}, {7, 30, false}, {9, 599, true}, {11, 600, false}, {13, 9000, true}};
    struct support *support = *state;
    char sql[256];

    /* The statement of the migration, on rows as it finds them. */
    const char *step = strstr(schema_steps[1], "UPDATE job SET turn_at");
    assert_non_null(step);
    char *update = strndup(step, strcspn(step, ";"));
    support_populate(support, 0, 5);
    for (int i = 0; i < 5; i++) {
        snprintf(sql, sizeof sql,
                 "UPDATE job SET state = 'pending', submitted_at = %lld, sheets = nullif(%lld, 0),"
                 " urgent = %d WHERE job = %d",
                 (long long)old[i].submitted_ms, (long long)old[i].sheets, old[i].urgent, i + 1);
        support_shell(support, sql);
    }
    support_shell(support, update);
    struct store_tx *tx = support_begin(support);
    for (int i = 0; i < 5; i++) {
        snprintf(sql, sizeof sql, "SELECT turn_at FROM job WHERE job = %d", i + 1);
        assert_true(support_number(tx, sql) ==
                    policy_order_turn(old[i].submitted_ms, (uint64_t)old[i].sheets, old[i].urgent));
    }
    store_rollback(tx);
    free(update);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, support_set_up, support_tear_down)
        TEST(the_latest_of_the_same_content_and_department),
        TEST(never_each_of_the_other),
        TEST(urgent_jobs_are_counted),
        TEST(a_confirmation_stays),
        TEST(the_decided_counts_from_then_on),
        TEST(the_order_of_printing),
        TEST(jobs_of_before_get_their_turn),
    };
    return cmocka_run_group_tests_name("job rules", tests, NULL, NULL);
}

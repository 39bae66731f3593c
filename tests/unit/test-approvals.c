/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Approvals and deputies in the store, through their functions and behind their back, and how they
 * follow a job's reasons. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/jobs/states.h"
#include "daemon/store/approvals.h"

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DAY    "2026-11-10"

/** A store with job 1, which has a document, and a few people. */
static int set_up(void **state)
{
    static const struct {
        const char *login;
        uint32_t roles;
    } people[] = {
        {"director", 1U << ROLE_DIRECTOR}, {"wang", 1U << ROLE_STAFF},
        {"li", 1U << ROLE_STAFF},          {"admin", 1U << ROLE_ADMIN},
        {"auditor", 1U << ROLE_AUDITOR},   {"operator", 1U << ROLE_OPERATOR},
    };

    support_set_up(state);
    struct store_tx *tx = support_begin(*state);

    assert_int_equal(department_add(tx, "office", "办公室", "admin", NULL), PR_OK);
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        assert_int_equal(
            person_add(tx, people[i].login, "某人", "office", people[i].roles, "admin", NULL),
            PR_OK);
    }
    assert_int_equal(support_job(tx), 1);
    assert_int_equal(support_sql(tx, "UPDATE job SET sha256 = '" SHA256
                                     "', sheets = 9, department = 1 WHERE job = 1"),
                     SQLITE_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    return 0;
}

static int64_t leaves(struct store_tx *tx)
{
    return support_number(tx, "SELECT count(*) FROM audit_leaf");
}

static void test_asked_once(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct approval approval;
    struct job_record job;

    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_OVER_QUOTA, &approval), PR_ENOENT);
    int64_t before = leaves(tx);
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 4, "printroomd"), PR_OK);
    assert_int_equal(leaves(tx), before + 1);
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 4, "printroomd"), PR_EEXIST);
    assert_int_equal(leaves(tx), before + 1);
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_OVER_QUOTA, &approval), PR_OK);
    assert_int_equal(approval.sheets_missing, 4);
    assert_string_equal(approval.sha256, SHA256);
    assert_int_equal(approval.state, APPROVAL_OPEN);
    job.sha256[0] = '\0';
    job.key = 2;
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 4, "printroomd"), PR_ESTATE);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_closed_once(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct approval approval;
    struct job_record job;

    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 4, "printroomd"), PR_OK);
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_OVER_QUOTA, &approval), PR_OK);
    int64_t before = leaves(tx);
    assert_int_equal(approval_close(tx, &approval, job.id, APPROVAL_DENIED, "", "director"),
                     PR_EINVAL);
    assert_int_equal(approval_close(tx, &approval, job.id, APPROVAL_DENIED, "two\nlines", "x"),
                     PR_EINVAL);
    assert_int_equal(approval_close(tx, &approval, job.id, APPROVAL_OPEN, "", "director"),
                     PR_EINVAL);
    assert_int_equal(leaves(tx), before);
    assert_int_equal(approval_close(tx, &approval, job.id, APPROVAL_DENIED, "不必", "director"),
                     PR_OK);
    assert_int_equal(leaves(tx), before + 1);
    assert_int_equal(approval_close(tx, &approval, job.id, APPROVAL_APPROVED, "", "li"), PR_ESTATE);
    assert_int_equal(leaves(tx), before + 1);
    assert_int_equal(approval_latest_of(tx, 1, &approval), PR_OK);
    assert_int_equal(approval.state, APPROVAL_DENIED);
    assert_string_equal(approval.decided_by, "director");
    assert_string_equal(approval.comment, "不必");
    assert_true(approval.decided_at > 0);
    /* What is asked again is another question; an open one comes before those that are closed. */
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 2, "printroomd"), PR_OK);
    assert_int_equal(approval_latest_of(tx, 1, &approval), PR_OK);
    assert_int_equal(approval.state, APPROVAL_OPEN);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_classified(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct approval approval;
    struct approval given;
    struct job_record job;

    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    /* Not about a level before there is one. */
    assert_int_equal(approval_ask(tx, &job, APPROVAL_CLASSIFIED, 0, "printroomd"), PR_ESTATE);
    assert_int_equal(support_sql(tx, "UPDATE job SET level = 'secret' WHERE job = 1"), SQLITE_OK);
    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 4, "printroomd"), PR_OK);
    assert_int_equal(approval_ask(tx, &job, APPROVAL_CLASSIFIED, 0, "printroomd"), PR_OK);
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_CLASSIFIED, &approval), PR_OK);
    assert_string_equal(approval.level, "secret");
    assert_int_equal(approval_given(tx, 1, &given), PR_ENOENT);
    assert_int_equal(approval_close_with_reference(tx, &approval, job.id, "two\nlines", "", "li"),
                     PR_EINVAL);
    int64_t before = leaves(tx);
    assert_int_equal(
        approval_close_with_reference(tx, &approval, job.id, "中办〔2026〕1号", "", "director"),
        PR_OK);
    assert_int_equal(leaves(tx), before + 1);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE"
                                        " '%中办〔2026〕1号%\"approval.approved\"%'"),
                     1);
    assert_int_equal(approval_given(tx, 1, &given), PR_OK);
    assert_string_equal(given.reference, "中办〔2026〕1号");
    /* The other question has no reference, and is open yet. */
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_OVER_QUOTA, &approval), PR_OK);
    assert_string_equal(approval.level, "");
    assert_int_equal(approval_close_with_reference(tx, &approval, job.id, "x", "", "director"),
                     PR_EINVAL);
    /* Given for that level and that document only. */
    assert_int_equal(support_sql(tx, "UPDATE job SET level = 'top-secret' WHERE job = 1"),
                     SQLITE_OK);
    assert_int_equal(approval_given(tx, 1, &given), PR_ENOENT);
    assert_int_equal(support_sql(tx, "UPDATE job SET level = 'secret', sha256 = replace(sha256,"
                                     " '0', '1') WHERE job = 1"),
                     SQLITE_OK);
    assert_int_equal(approval_given(tx, 1, &given), PR_ENOENT);
    store_rollback(tx);
}

static void test_the_schema_refuses(void **state)
{
    static const char *const attempts[] = {
        "DELETE FROM approval",
        "UPDATE approval SET sha256 = replace(sha256, '0', '1') WHERE state = 'open'",
        "UPDATE approval SET asked_at = asked_at + 1 WHERE state = 'open'",
        "UPDATE approval SET sheets_missing = 0 WHERE state = 'open'",
        "UPDATE approval SET state = 'approved' WHERE state = 'open'",
        "UPDATE approval SET state = 'denied', decided_by = 'x', decided_at = 1"
        " WHERE state = 'open'",
        "UPDATE approval SET comment = 'other' WHERE state = 'denied'",
        "UPDATE approval SET level = 'secret' WHERE state = 'open'",
        "UPDATE approval SET reference = 'x' WHERE state = 'open'",
        "UPDATE approval SET state = 'approved', decided_by = (SELECT person FROM job WHERE job = "
        "1),"
        " decided_at = 1 WHERE state = 'open'",
        "UPDATE approval SET state = 'approved', decided_by = 'root as ' ||"
        " (SELECT person FROM job WHERE job = 1), decided_at = 1 WHERE state = 'open'",
        "UPDATE approval SET state = 'approved', decided_by = 'director', decided_at = 1,"
        " reference = 'x' WHERE state = 'open' AND kind = 'over-quota'",
        "INSERT INTO approval (kind, job, sha256, asked_at, sheets_missing)"
        " SELECT 'classified', job, sha256, 1, 0 FROM approval LIMIT 1",
        "UPDATE approval SET state = 'open', decided_by = NULL, decided_at = NULL, comment = ''"
        " WHERE state = 'denied'",
        "INSERT OR REPLACE INTO approval (kind, job, sha256, asked_at, sheets_missing)"
        " SELECT kind, job, sha256, 1, 0 FROM approval WHERE state = 'open'",
        "INSERT INTO deputy (person, deputy, from_day, to_day) VALUES (1, 2, '2026-11-02', "
        "'2026-11-01')",
        "INSERT INTO deputy (person, deputy, from_day, to_day) VALUES (1, 2, '2026-02-30', "
        "'2026-03-01')",
        "INSERT INTO deputy (person, deputy, from_day, to_day) VALUES (1, 1, '2026-11-01', "
        "'2026-11-01')",
    };
    struct store_tx *tx = support_begin(*state);
    struct approval approval;
    struct job_record job;

    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 4, "printroomd"), PR_OK);
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_OVER_QUOTA, &approval), PR_OK);
    assert_int_equal(approval_close(tx, &approval, job.id, APPROVAL_DENIED, "no", "director"),
                     PR_OK);
    assert_int_equal(approval_ask(tx, &job, APPROVAL_OVER_QUOTA, 4, "printroomd"), PR_OK);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (support_sql(tx, attempts[i]) == SQLITE_OK) {
            fail_msg("not refused: %s", attempts[i]);
        }
    }
    assert_int_equal(support_number(tx, "SELECT count(*) FROM approval"), 2);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM deputy"), 0);
    store_rollback(tx);
}

/* Reasons come and go; the question follows. */
static void change(struct store_tx *tx, struct job_record *job, enum job_event_kind event,
                   const char *reason)
{
    struct job_change change = {.event = event,
                                .actor = "test",
                                .reasons = &reason,
                                .reasons_length = reason != NULL ? 1 : 0};

    assert_int_equal(job_transition(tx, job, &change), PR_OK);
}

static void test_follows_the_reasons(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct approval approval;
    struct job_record job;

    assert_int_equal(support_sql(tx, "UPDATE job SET state = 'incoming' WHERE job = 1"), SQLITE_OK);
    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    /* Intake's record is older than the document. */
    job.sha256[0] = '\0';
    job.sheets = -1;
    job.department = 0;
    change(tx, &job, JOB_EVENT_HELD, "job-held-for-authorization");
    assert_int_equal(approval_latest_of(tx, 1, &approval), PR_ENOENT);
    change(tx, &job, JOB_EVENT_HOLDS_CHANGED, "account-limit-reached");
    assert_int_equal(approval_latest_of(tx, 1, &approval), PR_OK);
    assert_int_equal(approval.state, APPROVAL_OPEN);
    assert_int_equal(approval.sheets_missing, 9); /* nothing was ever allotted */
    /* Held again for the same: the same question. */
    change(tx, &job, JOB_EVENT_HOLDS_CHANGED, "account-limit-reached");
    assert_int_equal(support_number(tx, "SELECT count(*) FROM approval"), 1);
    change(tx, &job, JOB_EVENT_HOLDS_CHANGED, "job-held-for-review");
    assert_int_equal(approval_latest_of(tx, 1, &approval), PR_OK);
    assert_int_equal(approval.state, APPROVAL_WITHDRAWN);
    change(tx, &job, JOB_EVENT_HOLDS_CHANGED, "account-limit-reached");
    change(tx, &job, JOB_EVENT_CANCELED, "job-canceled-by-user");
    assert_int_equal(support_number(tx, "SELECT count(*) FROM approval WHERE state = 'withdrawn'"),
                     2);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* A question about a level is about that level: with another one it is asked anew, and both kinds
 * are asked side by side. */
static void test_follows_the_level(void **state)
{
    static const char *const both[] = {"account-limit-reached", "job-suspended-for-approval"};
    struct job_change held = {
        .event = JOB_EVENT_HOLDS_CHANGED, .actor = "test", .reasons = both, .reasons_length = 2};
    struct store_tx *tx = support_begin(*state);
    struct approval approval;
    struct job_record job;

    assert_int_equal(support_sql(tx, "UPDATE job SET state = 'incoming', level = 'confidential'"
                                     " WHERE job = 1"),
                     SQLITE_OK);
    assert_int_equal(job_get(tx, 1, &job), PR_OK);
    change(tx, &job, JOB_EVENT_HELD, "job-suspended-for-approval");
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_CLASSIFIED, &approval), PR_OK);
    assert_string_equal(approval.level, "confidential");
    assert_int_equal(approval.sheets_missing, 0);
    assert_int_equal(support_sql(tx, "UPDATE job SET level = 'secret' WHERE job = 1"), SQLITE_OK);
    assert_int_equal(job_transition(tx, &job, &held), PR_OK);
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_CLASSIFIED, &approval), PR_OK);
    assert_string_equal(approval.level, "secret");
    assert_int_equal(approval_open_of(tx, 1, APPROVAL_OVER_QUOTA, &approval), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM approval WHERE state = 'withdrawn'"
                                        " AND level = 'confidential'"),
                     1);
    change(tx, &job, JOB_EVENT_RELEASED, NULL);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM approval WHERE state = 'open'"), 0);
    assert_int_equal(store_commit(tx), PR_OK);
}

static int may(struct store_tx *tx, const char *login, const char *day)
{
    struct person person;

    assert_int_equal(person_find(tx, login, &person), PR_OK);
    return approval_may_decide(tx, &person, day);
}

static void test_deputies(void **state)
{
    static const struct {
        struct deputy deputy;
        int result;
    } cases[] = {
        {{"director", "li", "2026-11-09", "2026-11-11"}, PR_OK},
        {{"director", "director", DAY, DAY}, PR_EINVAL},
        {{"director", "admin", DAY, DAY}, PR_EACCESS},
        {{"director", "auditor", DAY, DAY}, PR_EACCESS},
        {{"wang", "li", DAY, DAY}, PR_EACCESS},
        {{"director", "nobody", DAY, DAY}, PR_ENOENT},
        {{"nobody", "li", DAY, DAY}, PR_ENOENT},
        {{"director", "li", "2026-11-12", "2026-11-11"}, PR_EINVAL},
        {{"director", "li", "2026-02-30", "2026-03-01"}, PR_EINVAL},
        {{"director", "li", "2026-13-01", "2026-13-01"}, PR_EINVAL},
        {{"director", "li", "today", "today"}, PR_EINVAL},
    };
    struct store_tx *tx = support_begin(*state);

    assert_int_equal(may(tx, "director", DAY), PR_OK);
    assert_int_equal(may(tx, "li", DAY), PR_EACCESS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t before = leaves(tx);

        assert_int_equal(deputy_set(tx, &cases[i].deputy, "director"), cases[i].result);
        assert_int_equal(leaves(tx), before + (cases[i].result == PR_OK));
    }
    assert_int_equal(may(tx, "li", "2026-11-08"), PR_EACCESS);
    assert_int_equal(may(tx, "li", "2026-11-09"), PR_OK);
    assert_int_equal(may(tx, "li", DAY), PR_OK);
    assert_int_equal(may(tx, "li", "2026-11-11"), PR_OK);
    assert_int_equal(may(tx, "li", "2026-11-12"), PR_EACCESS);
    assert_int_equal(may(tx, "wang", DAY), PR_EACCESS);
    assert_int_equal(may(tx, "admin", DAY), PR_EACCESS);
    /* A later word on the same first day takes its place. */
    const struct deputy other = {"director", "operator", "2026-11-09", "2026-11-09"};

    assert_int_equal(deputy_set(tx, &other, "director"), PR_OK);
    assert_int_equal(may(tx, "li", "2026-11-09"), PR_EACCESS);
    assert_int_equal(may(tx, "operator", "2026-11-09"), PR_OK);
    /* Nobody stands in for a director who is none any more. */
    assert_int_equal(support_sql(tx, "UPDATE person SET active = 0 WHERE login = 'director'"),
                     SQLITE_OK);
    assert_int_equal(may(tx, "operator", "2026-11-09"), PR_EACCESS);
    assert_int_equal(may(tx, "director", DAY), PR_EACCESS);
    assert_int_equal(store_commit(tx), PR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_asked_once, set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_closed_once, set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_the_schema_refuses, set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_classified, set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_follows_the_reasons, set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_follows_the_level, set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_deputies, set_up, support_tear_down),
    };
    return cmocka_run_group_tests_name("approvals", tests, NULL, NULL);
}

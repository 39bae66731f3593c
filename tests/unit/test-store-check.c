/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What store_check() finds, and that steps of the schema keep what there is. */
#include "tests/unit/store-support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/store/ledger.h"
#include "daemon/store/migrate.h"
#include "daemon/store/people.h"

static void fill(struct support *support)
{
    struct store_tx *tx = support_begin(support);

    assert_int_equal(department_add(tx, "a", "A", "admin", NULL), PR_OK);
    assert_int_equal(ledger_set_quota(tx, 1, "2026-11", 50, true, "admin"), PR_OK);
    assert_int_equal(ledger_grant(tx, 1, "2026-11", 5, "because", "admin"), PR_OK);
    for (int i = 0; i < 3; i++) {
        int64_t job = support_job(tx);
        assert_int_equal(ledger_reserve(tx, 1, "2026-11", job, 7, "admin"), PR_OK);
        if (i == 0) {
            assert_int_equal(ledger_settle(tx, job, 3, "admin"), PR_OK);
        } else if (i == 1) {
            assert_int_equal(ledger_void(tx, job, "", "admin"), PR_OK);
        }
    }
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_check_finds_sums_that_differ(void **state)
{
    static const char *const changes[] = {
        "UPDATE account SET used = used + 1",
        "UPDATE account SET used = used - 1",
        "UPDATE account SET reserved = reserved + 1",
        "UPDATE account SET granted = granted + 1",
        "UPDATE account SET allotted = allotted + 1",
        "DROP TRIGGER ledger_no_update; UPDATE ledger SET sheets = 6 WHERE kind = 'grant'",
    };
    struct support *support = *state;
    const char *problem = NULL;

    fill(support);
    assert_int_equal(store_check(support->store, &problem), PR_OK);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        support_shell(support, "CREATE TABLE kept AS SELECT * FROM account");
        support_shell(support, changes[i]);
        problem = NULL;
        assert_int_equal(store_check(support->store, &problem), PR_EDB);
        assert_non_null(problem);
        assert_non_null(strstr(problem, "ledger"));
        support_shell(support,
                      "UPDATE account SET (allotted, granted, reserved, used) ="
                      " (SELECT allotted, granted, reserved, used FROM kept); DROP TABLE kept");
    }
}

static void test_check_finds_dangling_references(void **state)
{
    struct support *support = *state;
    const char *problem = NULL;

    support_shell(support, "PRAGMA foreign_keys = OFF;"
                           "INSERT INTO person (login, name, department, created_at)"
                           " VALUES ('x', 'X', 77, 1)");
    assert_int_equal(store_check(support->store, &problem), PR_EDB);
    assert_non_null(strstr(problem, "refers"));
}

/** Writes nonsense over the cells of a table's first page. */
static void scribble_over(struct support *support, const char *table)
{
    struct store_tx *tx = support_begin(support);
    char nonsense[256];
    char sql[96];

    snprintf(sql, sizeof sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    off_t page = (off_t)support_number(tx, sql);
    off_t page_bytes = (off_t)support_number(tx, "PRAGMA page_size");
    store_rollback(tx);
    store_close(support->store);
    support->store = NULL;

    int fd = open(support->path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    memset(nonsense, 0xee, sizeof nonsense);
    off_t last = page * page_bytes - (off_t)sizeof nonsense;
    assert_int_equal(pwrite(fd, nonsense, sizeof nonsense, last), sizeof nonsense);
    close(fd);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
}

static void test_check_finds_damage(void **state)
{
    struct support *support = *state;
    const char *problem = NULL;

    fill(support);
    scribble_over(support, "ledger_by_account");
    assert_int_equal(store_check(support->store, &problem), PR_EDB);
    assert_non_null(problem);
    assert_non_null(strstr(problem, "damaged"));
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

/* What was there before the step that made these tables anew is there after it, and still belongs
 * together. */
static void test_step_keeps_what_there_is(void **state)
{
    static const char before[] =
        "PRAGMA foreign_keys = ON;"
        "INSERT INTO department (code, name, created_at) VALUES ('a', 'A', 1);"
        "INSERT INTO job (month, number, state, source, origin, document, person, copies, sides,"
        " submitted_at, sha256) VALUES ('2026-11', 1, 'pending-held', 'x', 'o', 1, 'wang', 1, 'y', "
        "1,"
        " printf('%064d', 0));"
        "INSERT INTO copy (document, number, job, state, holder, due)"
        " VALUES ('D', 1, 1, 'issued', 'li', '2026-11-10'), ('D', 2, 1, 'void', '', NULL);"
        "INSERT INTO copy_event (copy, at, name, from_state, to_state, actor, holder, outside)"
        " VALUES (1, 1, 'numbered', '', 'issued', 'x', 'li', 0), (2, 1, 'numbered', '', 'void', "
        "'x',"
        " '', 0);"
        "INSERT INTO copy_reader (copy, position, person) VALUES (1, 1, 'li');"
        "INSERT INTO approval (kind, job, sha256, asked_at, sheets_missing)"
        " VALUES ('over-quota', 1, printf('%064d', 0), 5, 7);";
    static const char after[] =
        "SELECT (SELECT count(*) FROM copy WHERE (copy, holder, due) = (1, 'li', '2026-11-10'))"
        " + (SELECT count(*) FROM copy_event JOIN copy USING (copy))"
        " + (SELECT count(*) FROM copy_reader JOIN copy USING (copy))"
        " + (SELECT count(*) FROM approval WHERE (kind, asked_at, sheets_missing, level, reference)"
        " = ('over-quota', 5, 7, '', '')) - 100 * (SELECT count(*) FROM pragma_foreign_key_check)";
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(migrate(db, schema_steps, 9), PR_OK);
    assert_int_equal(sqlite3_exec(db, before, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(migrate(db, schema_steps, schema_steps_length), PR_OK);
    assert_int_equal(sqlite3_prepare_v2(db, after, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 1 + 2 + 1 + 1);
    sqlite3_finalize(statement);
    /* And children still look for their parents. */
    assert_int_not_equal(sqlite3_exec(db,
                                      "INSERT INTO copy_reader (copy, position, person)"
                                      " VALUES (9, 1, 'li')",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_check_finds_sums_that_differ),
        ON_A_STORE(test_check_finds_dangling_references),
        ON_A_STORE(test_check_finds_damage),
        cmocka_unit_test(test_step_keeps_what_there_is),
    };
    return cmocka_run_group_tests_name("store-check", tests, NULL, NULL);
}

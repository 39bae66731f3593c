/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening, schema steps, transactions, errors. */
#include "tests/unit/store-support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/store/ledger.h"
#include "daemon/store/migrate.h"
#include "daemon/store/people.h"

/* Files -------------------------------------------------------------------------------------- */

static unsigned mode_of(const struct support *support, const char *suffix)
{
    char path[128];
    struct stat status;

    snprintf(path, sizeof path, "%s%s", support->path, suffix);
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 0777;
}

static void test_files_are_the_owners_alone(void **state)
{
    static const mode_t umasks[] = {0, 022, 0777};
    struct support *support = *state;

    for (size_t i = 0; i < sizeof umasks / sizeof umasks[0]; i++) {
        store_close(support->store);
        support->store = NULL;
        assert_int_equal(unlink(support->path), 0);
        mode_t before = umask(umasks[i]);
        int result = store_open(support->path, &support->store);
        umask(before);
        assert_int_equal(result, PR_OK);
        assert_int_equal(mode_of(support, ""), 0600);
        assert_int_equal(mode_of(support, "-wal"), 0600);
        assert_int_equal(mode_of(support, "-shm"), 0600);
    }
}

static void test_open_file_is_narrowed(void **state)
{
    struct support *support = *state;

    store_close(support->store);
    support->store = NULL;
    assert_int_equal(chmod(support->path, 0644), 0);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
    assert_int_equal(mode_of(support, ""), 0600);
}

static void test_link_and_missing_folder_are_refused(void **state)
{
    struct support *support = *state;
    struct store *none = NULL;
    char path[128];

    snprintf(path, sizeof path, "%s/link", support->folder);
    assert_int_equal(symlink("printroom.db", path), 0);
    assert_int_equal(store_open(path, &none), PR_EACCESS);
    snprintf(path, sizeof path, "%s/none/printroom.db", support->folder);
    assert_int_equal(store_open(path, &none), PR_ENOENT);
    assert_null(none);
}

static void test_connections_are_set_up(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(support_number(tx, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    assert_int_equal(support_number(tx, "PRAGMA synchronous"), 2);
    assert_int_equal(support_number(tx, "PRAGMA foreign_keys"), 1);
    assert_int_equal(support_number(tx, "PRAGMA recursive_triggers"), 1);
    assert_int_equal(support_number(tx, "PRAGMA trusted_schema"), 0);
    assert_int_equal(support_number(tx, "PRAGMA query_only"), 0);
    assert_int_equal(support_number(tx, "PRAGMA busy_timeout"), 5000);
    assert_int_equal(support_number(tx, "PRAGMA temp_store"), 2);
    /* SQLITE_DBCONFIG_DEFENSIVE lets this pass in silence and does nothing. */
    assert_int_equal(support_sql(tx, "PRAGMA writable_schema = ON"), SQLITE_OK);
    assert_int_not_equal(support_sql(tx, "DELETE FROM sqlite_schema"), SQLITE_OK);
    store_rollback(tx);

    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(support_number(tx, "PRAGMA query_only"), 1);
    assert_int_equal(support_number(tx, "PRAGMA foreign_keys"), 1);
    assert_int_equal(support_number(tx, "PRAGMA trusted_schema"), 0);
    store_rollback(tx);
}

/* Schema ------------------------------------------------------------------------------------- */

static void test_schema_from_empty(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(support_number(tx, "PRAGMA user_version"), schema_steps_length);
    assert_true(support_number(tx, "SELECT count(*) FROM pragma_table_list WHERE type = 'table'"
                                   " AND name NOT LIKE 'sqlite_%'") > 10);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM pragma_table_list WHERE NOT strict"
                                        " AND type = 'table' AND name NOT LIKE 'sqlite_%'"),
                     0);
    /* The comments came along: `.schema` explains itself. */
    assert_int_equal(support_number(tx, "SELECT instr(sql, '教务处') > 0 FROM sqlite_schema"
                                        " WHERE name = 'department'"),
                     1);
    store_rollback(tx);
}

static void test_reopen_keeps_everything(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct department department;
    const char *problem = NULL;

    assert_int_equal(department_add(tx, "academic", "教务处", "admin", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    support_reopen(support);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(department_find(tx, "academic", &department), PR_OK);
    assert_string_equal(department.name, "教务处");
    store_rollback(tx);
    assert_int_equal(store_check(support->store, &problem), PR_OK);
}

static void test_newer_schema_is_refused(void **state)
{
    char set_version[64];
    struct support *support = *state;
    struct store *none = NULL;

    store_close(support->store);
    support->store = NULL;
    support_shell(support, "PRAGMA user_version = 99");
    assert_int_equal(store_open(support->path, &none), PR_EDB);
    assert_null(none);
    support_shell(support, "CREATE TEMP TABLE t (v CHECK (v = 99));"
                           "INSERT INTO t SELECT user_version FROM pragma_user_version");
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", schema_steps_length);
    support_shell(support, set_version);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
}

static void test_other_databases_are_refused(void **state)
{
    struct support *support = *state;
    struct store *none = NULL;

    store_close(support->store);
    support->store = NULL;
    support_shell(support, "PRAGMA application_id = 7");
    assert_int_equal(store_open(support->path, &none), PR_EDB);
    assert_int_equal(unlink(support->path), 0);
    support_shell(support, "CREATE TABLE somebody_elses (x)");
    assert_int_equal(store_open(support->path, &none), PR_EDB);
    assert_int_equal(unlink(support->path), 0);

    FILE *file = fopen(support->path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) {
        fputs("not a database at all\n", file);
    }
    fclose(file);
    assert_int_equal(store_open(support->path, &none), PR_EDB);
    assert_null(none);
}

static int number_of(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static void test_step_that_fails_leaves_the_one_before(void **state)
{
    static const char *const steps[] = {
        "PRAGMA application_id = 1347580525; CREATE TABLE one (x);",
        "CREATE TABLE two (x); INSERT INTO two VALUES (2); INSERT INTO missing VALUES (1);",
    };
    static const char *const mended[] = {
        NULL, /* never run again */
        "CREATE TABLE two (x); INSERT INTO two VALUES (2);",
        "INSERT INTO two SELECT x + 1 FROM two;",
    };
    sqlite3 *db = NULL;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(migrate(db, steps, 2), PR_EDB);
    assert_int_equal(number_of(db, "PRAGMA user_version"), 1);
    assert_int_equal(number_of(db, "SELECT count(*) FROM sqlite_schema"), 1);
    assert_int_not_equal(sqlite3_get_autocommit(db), 0);
    assert_int_equal(migrate(db, mended, 3), PR_OK);
    assert_int_equal(number_of(db, "PRAGMA user_version"), 3);
    assert_int_equal(number_of(db, "SELECT sum(x) FROM two"), 5);
    assert_int_equal(migrate(db, mended, 3), PR_OK);
    assert_int_equal(number_of(db, "SELECT sum(x) FROM two"), 5);
    assert_int_equal(migrate(db, mended, 2), PR_EDB);
    sqlite3_close(db);
}

static void test_processes_may_open_at_once(void **state)
{
    enum { PROCESSES = 6 };
    struct support *support = *state;
    pid_t children[PROCESSES];

    store_close(support->store);
    support->store = NULL;
    assert_int_equal(unlink(support->path), 0);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            _exit(store_open(support->path, &support->store) == PR_OK ? 0 : 1);
        }
        assert_true(children[i] > 0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
}

static void *let_go(void *context)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000000L}, NULL);
    sqlite3_exec(context, "COMMIT", NULL, NULL, NULL);
    return NULL;
}

/* As when another process is making the same store. */
static void test_writer_of_a_new_file_is_waited_for(void **state)
{
    struct support *support = *state;
    sqlite3 *writer = NULL;
    pthread_t thread;

    store_close(support->store);
    support->store = NULL;
    assert_int_equal(unlink(support->path), 0);
    assert_int_equal(sqlite3_open(support->path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(pthread_create(&thread, NULL, let_go, writer), 0);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

/* Transactions and errors -------------------------------------------------------------------- */

#define INSERT_DEPARTMENT "INSERT INTO department (code, name, created_at) VALUES (?1, ?2, 1)"

static int insert_department(struct store_tx *tx, const char *code, const char *name)
{
    sqlite3_stmt *statement = store_statement(tx, INSERT_DEPARTMENT);

    store_bind_text(statement, 1, code);
    store_bind_text(statement, 2, name);
    return store_step(tx, statement);
}

static int64_t departments(struct support *support)
{
    struct store_tx *tx = NULL;

    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    int64_t number = support_number(tx, "SELECT count(*) FROM department");
    store_rollback(tx);
    return number;
}

static void test_rollback_and_commit(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(insert_department(tx, "a", "A"), 0);
    store_rollback(tx);
    store_rollback(NULL);
    assert_int_equal(departments(support), 0);
    tx = support_begin(support);
    assert_int_equal(insert_department(tx, "a", "A"), 0);
    assert_int_equal(store_last_id(tx), 1);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(departments(support), 1);
}

static void test_first_error_sticks(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(insert_department(tx, "a", "A"), 0);
    sqlite3_stmt *good = store_statement(tx, "SELECT count(*) FROM department");
    assert_int_equal(insert_department(tx, "a", "again"), PR_EEXIST);
    assert_int_equal(store_tx_error(tx), PR_EEXIST);
    assert_null(store_statement(tx, "SELECT 1"));
    assert_int_equal(store_step(tx, NULL), PR_EEXIST);
    assert_int_equal(store_step(tx, good), PR_EEXIST);
    assert_int_equal(store_tx_fail(tx, PR_EIO), PR_EEXIST);
    assert_int_equal(insert_department(tx, "b", "B"), PR_EEXIST);
    assert_int_equal(store_commit(tx), PR_EEXIST);
    assert_int_equal(departments(support), 0);
    /* The connection is as good as new. */
    tx = support_begin(support);
    assert_int_equal(store_tx_error(tx), PR_OK);
    assert_int_equal(insert_department(tx, "b", "B"), 0);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(departments(support), 1);
}

static void test_commit_by_sql_is_refused_after_an_error(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    sqlite3 *db = sqlite3_db_handle(store_statement(tx, "SELECT 1"));

    assert_int_equal(insert_department(tx, "a", "A"), 0);
    store_tx_fail(tx, PR_ESTATE);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_CONSTRAINT_COMMITHOOK);
    assert_int_equal(store_commit(tx), PR_ESTATE);
    assert_int_equal(departments(support), 0);
}

static void expect_step(struct support *support, const char *sql, int expected)
{
    struct store_tx *tx = support_begin(support);

    assert_int_equal(store_step(tx, store_statement(tx, sql)), expected);
    assert_int_equal(store_commit(tx), expected);
}

static void test_refusals_are_told_apart(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(department_add(tx, "a", "A", "admin", NULL), PR_OK);
    assert_int_equal(ledger_set_quota(tx, 1, "2026-11", 5, true, "admin"), PR_OK);
    support_job(tx);
    assert_int_equal(store_commit(tx), PR_OK);
    expect_step(support, "INSERT INTO department (code, name, created_at) VALUES ('a', 'A', 1)",
                PR_EEXIST);
    expect_step(support,
                "INSERT INTO department (department, code, name, created_at)"
                " VALUES (1, 'b', 'B', 1)",
                PR_EEXIST);
    expect_step(support, "INSERT INTO department (code, name, created_at) VALUES ('', 'A', 1)",
                PR_EDB);
    expect_step(support,
                "INSERT INTO ledger (department, month, kind, sheets, job, actor, at)"
                " VALUES (1, '2026-11', 'reserve', 6, 1, 'x', 1)",
                PR_EBALANCE);
    expect_step(support, "UPDATE account SET used = 6", PR_EBALANCE);
    expect_step(support, "DELETE FROM ledger", PR_EDB);
    expect_step(support,
                "INSERT INTO person (login, name, department, created_at)"
                " VALUES ('x', 'X', 77, 1)",
                PR_EDB);
    expect_step(support, "INSERT INTO nowhere VALUES (1)", PR_EDB);
}

static void test_reader_cannot_write(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = NULL;

    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(insert_department(tx, "a", "A"), PR_EACCESS);
    assert_int_equal(store_commit(tx), PR_EACCESS);
    assert_int_equal(departments(support), 0);
}

static void test_bindings_that_fail_stick(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    sqlite3_stmt *statement = store_statement(tx, INSERT_DEPARTMENT);

    store_bind_text(statement, 1, "a");
    store_bind_text(statement, 2, "A");
    store_bind_int(statement, 3, 1); /* there is no ?3 */
    assert_int_equal(store_tx_error(tx), PR_EDB);
    assert_int_equal(store_step(tx, statement), PR_EDB);
    store_bind_text(NULL, 1, "let pass");
    assert_int_equal(store_commit(tx), PR_EDB);
    assert_int_equal(departments(support), 0);
}

static void test_null_text_binds_null(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    sqlite3_stmt *statement = store_statement(tx, "SELECT ?1 IS NULL, ?2 IS NULL, ?3 IS NULL");

    store_bind_text(statement, 1, NULL);
    store_bind_null(statement, 2);
    store_bind_text(statement, 3, "");
    assert_int_equal(store_step(tx, statement), 1);
    assert_int_equal(sqlite3_column_int(statement, 0), 1);
    assert_int_equal(sqlite3_column_int(statement, 1), 1);
    assert_int_equal(sqlite3_column_int(statement, 2), 0);
    store_rollback(tx);
}

static void test_statements_come_without_old_bindings(void **state)
{
    static const char sql[] = "SELECT ?1 IS NULL";
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    sqlite3_stmt *first = store_statement(tx, sql);

    store_bind_int(first, 1, 5);
    assert_int_equal(store_step(tx, first), 1);
    assert_int_equal(sqlite3_column_int(first, 0), 0);
    sqlite3_stmt *second = store_statement(tx, sql);
    assert_ptr_equal(first, second);
    assert_int_equal(store_step(tx, second), 1);
    assert_int_equal(sqlite3_column_int(second, 0), 1);
    store_rollback(tx);
}

static void test_sql_must_be_literal(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    char sql[32] = "SELECT 1";

    assert_non_null(store_statement(tx, sql));
    strcpy(sql, "SELECT 2");
    assert_null(store_statement(tx, sql));
    assert_int_equal(store_commit(tx), PR_EINVAL);
}

static void test_many_statements(void **state)
{
    enum { STATEMENTS = 500, TEXT_BYTES = 24 };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    char(*texts)[TEXT_BYTES] = calloc(STATEMENTS, TEXT_BYTES);

    assert_non_null(texts);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < STATEMENTS; i++) {
            snprintf(texts[i], TEXT_BYTES, "SELECT %d", i);
            sqlite3_stmt *statement = store_statement(tx, texts[i]);
            assert_int_equal(store_step(tx, statement), 1);
            assert_int_equal(sqlite3_column_int(statement, 0), i);
        }
    }
    store_rollback(tx);
    /* The texts must outlive the statements. */
    store_close(support->store);
    support->store = NULL;
    free(texts);
}

static void test_texts_are_cut_at_characters(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    sqlite3_stmt *statement = store_statement(tx, "SELECT '教务处', NULL, 'abc'");
    char text[16];

    assert_int_equal(store_step(tx, statement), 1);
    store_column_text(statement, 0, text, 10);
    assert_string_equal(text, "教务处");
    store_column_text(statement, 0, text, 9);
    assert_string_equal(text, "教务");
    store_column_text(statement, 0, text, 7);
    assert_string_equal(text, "教务");
    store_column_text(statement, 0, text, 3);
    assert_string_equal(text, "");
    store_column_text(statement, 1, text, sizeof text);
    assert_string_equal(text, "");
    store_column_text(statement, 2, text, 3);
    assert_string_equal(text, "ab");
    store_column_text(statement, 2, text, 1);
    assert_string_equal(text, "");
    store_rollback(tx);
}

static void test_thread_writes_once_at_a_time(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct store_tx *second = NULL;

    assert_int_equal(store_begin(support->store, &second), PR_EBUSY);
    assert_null(second);
    assert_int_equal(insert_department(tx, "a", "A"), 0);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(departments(support), 1);
}

static void test_readers_see_their_beginning(void **state)
{
    struct support *support = *state;
    struct store_tx *before = NULL;

    assert_int_equal(store_begin_read(support->store, &before), PR_OK);
    struct store_tx *tx = support_begin(support);
    assert_int_equal(insert_department(tx, "a", "A"), 0);
    assert_int_equal(departments(support), 0);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(departments(support), 1);
    assert_int_equal(support_number(before, "SELECT count(*) FROM department"), 0);
    /* A statement left half-way must not carry the old snapshot into the next transaction. */
    assert_int_equal(store_step(before, store_statement(before, "SELECT name FROM sqlite_schema")),
                     1);
    store_rollback(before);
    assert_int_equal(departments(support), 1);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_files_are_the_owners_alone),
        ON_A_STORE(test_open_file_is_narrowed),
        ON_A_STORE(test_link_and_missing_folder_are_refused),
        ON_A_STORE(test_connections_are_set_up),
        ON_A_STORE(test_schema_from_empty),
        ON_A_STORE(test_reopen_keeps_everything),
        ON_A_STORE(test_newer_schema_is_refused),
        ON_A_STORE(test_other_databases_are_refused),
        cmocka_unit_test(test_step_that_fails_leaves_the_one_before),
        ON_A_STORE(test_processes_may_open_at_once),
        ON_A_STORE(test_writer_of_a_new_file_is_waited_for),
        ON_A_STORE(test_rollback_and_commit),
        ON_A_STORE(test_first_error_sticks),
        ON_A_STORE(test_commit_by_sql_is_refused_after_an_error),
        ON_A_STORE(test_refusals_are_told_apart),
        ON_A_STORE(test_reader_cannot_write),
        ON_A_STORE(test_bindings_that_fail_stick),
        ON_A_STORE(test_null_text_binds_null),
        ON_A_STORE(test_statements_come_without_old_bindings),
        ON_A_STORE(test_sql_must_be_literal),
        ON_A_STORE(test_many_statements),
        ON_A_STORE(test_texts_are_cut_at_characters),
        ON_A_STORE(test_thread_writes_once_at_a_time),
        ON_A_STORE(test_readers_see_their_beginning),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

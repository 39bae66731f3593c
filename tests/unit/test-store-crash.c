/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store under a full medium, many threads, and processes that are killed. */
#include "tests/unit/store-support.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"

static int insert_department(struct store_tx *tx, const char *code, const char *name)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO department (code, name, created_at) VALUES (?1, ?2, 1)");

    store_bind_text(statement, 1, code);
    store_bind_text(statement, 2, name);
    return store_step(tx, statement);
}

/* A medium that fills up --------------------------------------------------------------------- */

static int append_leaves(struct store_tx *tx, int leaves)
{
    char text[4000];
    int result = PR_OK;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < leaves && result == PR_OK; i++) {
        result = audit_append(tx, "test", "test.fill", text, NULL);
    }
    return result;
}

static void test_full_database(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    sqlite3 *db = sqlite3_db_handle(store_statement(tx, "SELECT 1"));
    char sql[64];

    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d",
             (int)support_number(tx, "PRAGMA page_count") + 20);
    store_rollback(tx);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    tx = support_begin(support);
    assert_int_equal(append_leaves(tx, 100), PR_ENOSPC);
    assert_int_equal(insert_department(tx, "a", "A"), PR_ENOSPC);
    assert_int_equal(store_commit(tx), PR_ENOSPC);
    tx = support_begin(support);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 0);
    assert_int_equal(append_leaves(tx, 2), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

/** Writes so much that the log passes the limit, either before or within COMMIT. */
static bool is_out_of_space(struct store *store, int leaves, int expected_before_commit)
{
    struct store_tx *tx = NULL;

    return store_begin(store, &tx) == PR_OK &&
           append_leaves(tx, leaves) == expected_before_commit && store_commit(tx) == PR_ENOSPC;
}

/** The child's own limit on the size of files stands for a disk quota: the same way through IOERR
 * and errno. */
static int fill_under_a_limit(const char *path)
{
    struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    struct store *store = NULL;
    struct store_tx *tx = NULL;

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || store_open(path, &store) != PR_OK) {
        return 1;
    }
    /* SQLite's cache holds 2 MB: more than that goes to the log before COMMIT. */
    if (!is_out_of_space(store, 300, PR_OK) || !is_out_of_space(store, 1000, PR_ENOSPC)) {
        return 2;
    }
    if (store_begin(store, &tx) != PR_OK || append_leaves(tx, 2) != PR_OK ||
        store_commit(tx) != PR_OK) {
        return 3;
    }
    store_close(store);
    return 0;
}

static int run_child(struct support *support, int (*work)(const char *path))
{
    int status = -1;

    store_close(support->store);
    support->store = NULL;
    pid_t child = fork();
    if (child == 0) {
        _exit(work(support->path));
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
    return status;
}

static void test_file_that_may_not_grow(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = NULL;

    assert_int_equal(run_child(support, fill_under_a_limit), 0);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 2);
    store_rollback(tx);
}

/* Threads ------------------------------------------------------------------------------------ */

enum { WRITERS = 4, READERS = 8, WRITES = 150 };

struct work {
    struct store *store;
    atomic_int writers_left;
    atomic_int failures;
    atomic_int snapshots;
};

/** Two leaves a transaction; every seventh is rolled back. */
static void *write_leaves(void *context)
{
    struct work *work = context;

    for (int i = 0; i < WRITES; i++) {
        struct store_tx *tx = NULL;

        if (store_begin(work->store, &tx) != PR_OK ||
            audit_append(tx, "test", "test.write", "first", NULL) != PR_OK ||
            audit_append(tx, "test", "test.write", "second", NULL) != PR_OK) {
            atomic_fetch_add(&work->failures, 1);
        }
        if (i % 7 == 3) {
            store_rollback(tx);
        } else if (store_commit(tx) != PR_OK) {
            atomic_fetch_add(&work->failures, 1);
        }
    }
    atomic_fetch_sub(&work->writers_left, 1);
    return NULL;
}

/** A snapshot has an even number of leaves without a gap, the same twice. */
static bool snapshot_is_whole(struct store_tx *tx)
{
    int64_t seen[2][2] = {{-1, -2}, {-3, -4}};

    for (int i = 0; i < 2; i++) {
        sqlite3_stmt *statement =
            store_statement(tx, "SELECT count(*), coalesce(max(leaf) + 1, 0) FROM audit_leaf");

        if (store_step(tx, statement) == 1) {
            seen[i][0] = sqlite3_column_int64(statement, 0);
            seen[i][1] = sqlite3_column_int64(statement, 1);
        }
    }
    return seen[0][0] % 2 == 0 && seen[0][0] == seen[0][1] && seen[1][0] == seen[0][0] &&
           seen[1][1] == seen[0][1];
}

static void *read_leaves(void *context)
{
    struct work *work = context;

    do {
        struct store_tx *tx = NULL;

        if (store_begin_read(work->store, &tx) != PR_OK || !snapshot_is_whole(tx)) {
            atomic_fetch_add(&work->failures, 1);
        }
        atomic_fetch_add(&work->snapshots, 1);
        store_rollback(tx);
    } while (atomic_load(&work->writers_left) > 0);
    return NULL;
}

static void test_threads(void **state)
{
    struct support *support = *state;
    struct work work = {.store = support->store, .writers_left = WRITERS};
    pthread_t threads[WRITERS + READERS];
    struct store_tx *tx = NULL;

    support_hurry(support);
    for (size_t i = 0; i < WRITERS + READERS; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < WRITERS ? write_leaves : read_leaves, &work), 0);
    }
    for (size_t i = 0; i < WRITERS + READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&work.failures), 0);
    assert_true(atomic_load(&work.snapshots) >= READERS);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    int rolled_back = (WRITES + 3) / 7;
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"),
                     (int64_t)WRITERS * 2 * (WRITES - rolled_back));
    store_rollback(tx);
}

/* Crashes ------------------------------------------------------------------------------------ */

/** One durable department; then so much that SQLite's cache spills into the log, and no commit. */
static void die_in_mid_transaction(const char *path)
{
    struct store *store = NULL;
    struct store_tx *tx = NULL;

    if (store_open(path, &store) != PR_OK || store_begin(store, &tx) != PR_OK ||
        insert_department(tx, "durable", "D") != 0 || store_commit(tx) != PR_OK ||
        store_begin(store, &tx) != PR_OK || insert_department(tx, "lost", "L") != 0 ||
        append_leaves(tx, 2000) != PR_OK) {
        _exit(1);
    }
    kill(getpid(), SIGKILL);
}

static int die(const char *path)
{
    die_in_mid_transaction(path);
    return 1;
}

static void test_killed_writer(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = NULL;
    const char *problem = NULL;
    struct stat log;
    char path[128];
    int status = run_child(support, die);

    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    snprintf(path, sizeof path, "%s-wal", support->path);
    assert_int_equal(stat(path, &log), 0);
    assert_true(log.st_size > 1 << 20); /* there was something to recover from */
    assert_int_equal(store_check(support->store, &problem), PR_OK);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM department"), 1);
    assert_int_equal(support_number(tx, "SELECT code = 'durable' FROM department"), 1);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 0);
    store_rollback(tx);
}

/** Commits for ever and says so after each. */
static void commit_for_ever(const char *path, int to_parent)
{
    struct store *store = NULL;
    struct store_tx *tx = NULL;

    if (store_open(path, &store) != PR_OK) {
        _exit(1);
    }
    for (;;) {
        if (store_begin(store, &tx) != PR_OK || append_leaves(tx, 2) != PR_OK ||
            store_commit(tx) != PR_OK || write(to_parent, "c", 1) != 1) {
            _exit(1);
        }
    }
}

/** Kills a child that commits after it has reported `commits` of them; all it reported, also those
 * read afterwards. */
static int64_t kill_after(const struct support *support, int commits)
{
    char buffer[4096];
    int ends[2];
    int64_t reported = 0;
    int status = 0;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        commit_for_ever(support->path, ends[1]);
    }
    assert_true(child > 0);
    close(ends[1]);
    while (reported < commits) {
        ssize_t size = read(ends[0], buffer, 1);
        assert_int_equal(size, 1);
        reported += size;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    for (ssize_t size; (size = read(ends[0], buffer, sizeof buffer)) > 0;) {
        reported += size;
    }
    close(ends[0]);
    return reported;
}

static void test_killed_at_any_moment(void **state)
{
    struct support *support = *state;
    int64_t before = 0;

    for (int round = 1; round <= 8; round++) {
        const char *problem = NULL;
        struct store_tx *tx = NULL;

        store_close(support->store);
        support->store = NULL;
        int64_t reported = kill_after(support, round * 3);
        assert_int_equal(store_open(support->path, &support->store), PR_OK);
        assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
        int64_t leaves = support_number(tx, "SELECT count(*) FROM audit_leaf");
        assert_int_equal(support_number(tx, "SELECT max(leaf) + 1 FROM audit_leaf"), leaves);
        store_rollback(tx);
        /* What was reported is there; the one after it may be, whole. */
        assert_true(leaves == before + 2 * reported || leaves == before + 2 * reported + 2);
        assert_int_equal(store_check(support->store, &problem), PR_OK);
        before = leaves;
    }
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_full_database),
        ON_A_STORE(test_file_that_may_not_grow),
        ON_A_STORE(test_threads),
        ON_A_STORE(test_killed_writer),
        ON_A_STORE(test_killed_at_any_moment),
    };
    return cmocka_run_group_tests_name("store-crash", tests, NULL, NULL);
}

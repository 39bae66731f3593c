/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random work on the ledger beside a model that knows nothing of SQL. The work comes in
 * transactions of a few steps, which end in a commit, a rollback, or in a child that is killed with
 * SIGKILL before or after its commit. After every step the result, the account's figures, and the
 * figures added up from the raw entries must be the model's, and none below zero.
 *
 * PRINTROOM_TEST_SEED repeats a run; the seed is printed.
 */
#include "tests/unit/store-support.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/store/ledger.h"

enum { DEPARTMENTS = 3, MONTHS = 4, JOBS = 24, STEPS = 6000, STEPS_OF_TX = 8 };

static const char *const months[MONTHS] = {"2026-11", "2026-12", "2027-01", "2027-02"};

/* The model ---------------------------------------------------------------------------------- */

struct model_account {
    bool open;
    int64_t allotted;
    int64_t granted;
    int64_t reserved;
    int64_t used;
};

struct model_job {
    int64_t reserved; /**< 0: nothing open */
    int department;
    int month;
    int64_t charged;
};

struct model {
    int64_t standing[DEPARTMENTS];
    struct model_account account[DEPARTMENTS][MONTHS];
    struct model_job job[JOBS];
};

enum step_kind { SET_QUOTA, SET_MONTH, GRANT, BALANCE, RESERVE, SETTLE, VOID, STEP_KINDS };

struct step {
    enum step_kind kind;
    int department;
    int month;
    int job;
    int64_t sheets;
};

static struct model_account model_view(const struct model *model, int department, int month)
{
    struct model_account view = model->account[department][month];

    if (!view.open) {
        view.allotted = model->standing[department];
    }
    return view;
}

static int64_t model_left(const struct model_account *account)
{
    return account->allotted + account->granted - account->reserved - account->used;
}

static struct model_account *model_open(struct model *model, const struct step *step)
{
    struct model_account *account = &model->account[step->department][step->month];

    *account = model_view(model, step->department, step->month);
    account->open = true;
    return account;
}

static int model_quota(struct model *model, const struct step *step)
{
    struct model_account view = model_view(model, step->department, step->month);

    if (step->sheets < 0) {
        return PR_EINVAL;
    }
    if (view.reserved + view.used > view.granted + step->sheets) {
        return PR_EBALANCE;
    }
    model_open(model, step)->allotted = step->sheets;
    if (step->kind == SET_QUOTA) {
        model->standing[step->department] = step->sheets;
    }
    return PR_OK;
}

static int model_grant(struct model *model, const struct step *step)
{
    if (step->sheets <= 0) {
        return PR_EINVAL;
    }
    model_open(model, step)->granted += step->sheets;
    return PR_OK;
}

static int model_balance(struct model *model, const struct step *step)
{
    model_open(model, step);
    return PR_OK;
}

static int model_reserve(struct model *model, const struct step *step)
{
    struct model_account view = model_view(model, step->department, step->month);
    struct model_job *job = &model->job[step->job];

    if (step->sheets <= 0) {
        return PR_EINVAL;
    }
    if (job->reserved > 0) {
        return PR_EEXIST;
    }
    if (step->sheets > model_left(&view)) {
        return PR_EBALANCE;
    }
    model_open(model, step)->reserved += step->sheets;
    job->reserved = step->sheets;
    job->department = step->department;
    job->month = step->month;
    return PR_OK;
}

static int model_close(struct model *model, const struct step *step)
{
    struct model_job *job = &model->job[step->job];
    int64_t charged = step->kind == VOID ? 0 : step->sheets;

    if (charged < 0) {
        return PR_EINVAL;
    }
    if (job->reserved == 0) {
        return PR_ENOENT;
    }
    if (charged > job->reserved) {
        return PR_EINVAL;
    }
    struct model_account *account = &model->account[job->department][job->month];
    account->reserved -= job->reserved;
    account->used += charged;
    job->reserved = 0;
    job->charged += charged;
    return PR_OK;
}

static int (*const model_steps[STEP_KINDS])(struct model *model, const struct step *step) = {
    [SET_QUOTA] = model_quota, [SET_MONTH] = model_quota, [GRANT] = model_grant,
    [BALANCE] = model_balance, [RESERVE] = model_reserve, [SETTLE] = model_close,
    [VOID] = model_close,
};

/* The same step in the store. Departments and jobs have the keys 1, 2, 3 … ----------------------
 */

static int store_take(struct store_tx *tx, const struct step *step)
{
    int64_t department = step->department + 1;
    int64_t job = step->job + 1;
    const char *month = months[step->month];
    struct policy_balance balance;

    switch (step->kind) {
    case SET_QUOTA:
    case SET_MONTH:
        return ledger_set_quota(tx, department, month, step->sheets, step->kind == SET_MONTH, "d");
    case GRANT:
        return ledger_grant(tx, department, month, step->sheets, "r", "d");
    case BALANCE:
        return ledger_balance(tx, department, month, &balance);
    case RESERVE:
        return ledger_reserve(tx, department, month, job, step->sheets, "w");
    case SETTLE:
        return ledger_settle(tx, job, step->sheets, "p");
    default:
        return ledger_void(tx, job, "", "p");
    }
}

/** What differs, in words; NULL: nothing. Does not use cmocka: children call it as well. */
static const char *account_differs(struct store_tx *tx, const struct model *model, int department,
                                   int month)
{
    struct model_account expected = model_view(model, department, month);
    struct policy_balance balance;

    if (model_left(&expected) < 0) {
        return "the model itself is below zero";
    }
    if (ledger_peek(tx, department + 1, months[month], &balance) != PR_OK) {
        return "the account cannot be read";
    }
    if (balance.allotted != expected.allotted || balance.granted != expected.granted ||
        balance.reserved != expected.reserved || balance.used != expected.used ||
        policy_balance_available(&balance) != model_left(&expected)) {
        return "the account's sums";
    }
    /* From the raw entries, without the trigger's sums and without the function under test. */
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT count(*),"
            " total(CASE kind WHEN 'allot' THEN sheets WHEN 'adjust' THEN sheets END),"
            " total(CASE kind WHEN 'grant' THEN sheets END),"
            " total(CASE kind WHEN 'reserve' THEN sheets END)"
            "  - (SELECT total(r.sheets) FROM ledger AS c JOIN ledger AS r ON r.entry = c.closes"
            "      WHERE c.department = ?1 AND c.month = ?2),"
            " total(CASE kind WHEN 'settle' THEN sheets END)"
            " FROM ledger WHERE department = ?1 AND month = ?2");

    store_bind_int(statement, 1, department + 1);
    store_bind_text(statement, 2, months[month]);
    if (store_step(tx, statement) != 1) {
        return "the entries cannot be read";
    }
    if (!expected.open) {
        return sqlite3_column_int(statement, 0) == 0 ? NULL : "entries of an account not open";
    }
    return sqlite3_column_int64(statement, 1) == expected.allotted &&
                   sqlite3_column_int64(statement, 2) == expected.granted &&
                   sqlite3_column_int64(statement, 3) == expected.reserved &&
                   sqlite3_column_int64(statement, 4) == expected.used
               ? NULL
               : "the entries";
}

static const char *job_differs(struct store_tx *tx, const struct model *model, int job)
{
    struct ledger_job found;

    if (ledger_of_job(tx, job + 1, &found) != PR_OK) {
        return "the job cannot be read";
    }
    return found.reserved == model->job[job].reserved && found.charged == model->job[job].charged
               ? NULL
               : "what the job took";
}

static const char *anything_differs(struct store_tx *tx, const struct model *model)
{
    const char *problem = NULL;

    for (int i = 0; i < DEPARTMENTS * MONTHS && problem == NULL; i++) {
        problem = account_differs(tx, model, i / MONTHS, i % MONTHS);
    }
    for (int i = 0; i < JOBS && problem == NULL; i++) {
        problem = job_differs(tx, model, i);
    }
    return problem;
}

/** One step in both. */
static const char *take_step(struct store_tx *tx, struct model *model, const struct step *step)
{
    int expected = model_steps[step->kind](model, step);

    if (store_take(tx, step) != expected) {
        return "the result of a step";
    }
    if (store_tx_error(tx) != PR_OK) {
        return "a sticky error";
    }
    const char *problem = account_differs(tx, model, step->department, step->month);

    return problem != NULL ? problem : job_differs(tx, model, step->job);
}

static const char *take_steps(struct store_tx *tx, struct model *model, const struct step *steps,
                              int length)
{
    const char *problem = NULL;

    for (int i = 0; i < length && problem == NULL; i++) {
        problem = take_step(tx, model, &steps[i]);
    }
    return problem;
}

/* Chance ------------------------------------------------------------------------------------- */

/** splitmix64. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int below(uint64_t *state, int limit)
{
    return (int)(next_random(state) % (uint64_t)limit);
}

static uint64_t choose_seed(void)
{
    const char *given = getenv("PRINTROOM_TEST_SEED");
    uint64_t seed = 0;

    if (given != NULL) {
        seed = strtoull(given, NULL, 0);
    } else {
        assert_int_equal(getrandom(&seed, sizeof seed, 0), sizeof seed);
    }
    print_message("PRINTROOM_TEST_SEED=%" PRIu64 "\n", seed);
    return seed;
}

/** Mostly jobs; quotas small enough that refusals are as common as successes; some steps that must
 * be refused. */
static struct step random_step(uint64_t *random)
{
    static const enum step_kind kinds[] = {SET_QUOTA, SET_MONTH, GRANT,  BALANCE, RESERVE, RESERVE,
                                           RESERVE,   RESERVE,   SETTLE, SETTLE,  SETTLE,  VOID};
    struct step step = {
        .kind = kinds[below(random, sizeof kinds / sizeof kinds[0])],
        .department = below(random, DEPARTMENTS),
        .month = below(random, MONTHS),
        .job = below(random, JOBS),
    };
    static const int most[STEP_KINDS] = {
        [SET_QUOTA] = 60, [SET_MONTH] = 60, [GRANT] = 5, [RESERVE] = 12, [SETTLE] = 12};

    step.sheets = most[step.kind] == 0 ? 0 : below(random, most[step.kind] + 2) - 1;
    return step;
}

enum ending { COMMIT, ROLL_BACK, KILL_BEFORE_COMMIT, KILL_AFTER_COMMIT };

static enum ending random_ending(uint64_t *random)
{
    static const enum ending endings[] = {COMMIT, COMMIT, COMMIT, COMMIT,    COMMIT,
                                          COMMIT, COMMIT, COMMIT, ROLL_BACK, ROLL_BACK};
    int crash = below(random, 40);

    if (crash < 2) {
        return crash == 0 ? KILL_BEFORE_COMMIT : KILL_AFTER_COMMIT;
    }
    return endings[below(random, sizeof endings / sizeof endings[0])];
}

/** The work of one transaction in a child that dies of it. */
static void die_at_work(const char *path, struct model *model, const struct step *steps, int length,
                        enum ending ending)
{
    struct store *store = NULL;
    struct store_tx *tx = NULL;

    if (store_open(path, &store) != PR_OK || store_begin(store, &tx) != PR_OK) {
        _exit(1);
    }
    const char *problem = take_steps(tx, model, steps, length);
    if (problem != NULL) {
        fprintf(stderr, "%s\n", problem);
        _exit(2);
    }
    if (ending == KILL_AFTER_COMMIT && store_commit(tx) != PR_OK) {
        _exit(3);
    }
    kill(getpid(), SIGKILL);
}

static void work_in_a_child(struct support *support, const struct model *model,
                            const struct step *steps, int length, enum ending ending)
{
    struct model scratch = *model;
    int status = 0;

    store_close(support->store);
    support->store = NULL;
    pid_t child = fork();
    if (child == 0) {
        die_at_work(support->path, &scratch, steps, length, ending);
        _exit(4);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
    support_hurry(support);
}

/** One transaction; the model is as the store must be after it. */
static void one_transaction(struct support *support, struct model *model, const struct step *steps,
                            int length, enum ending ending)
{
    struct model after = *model;

    if (ending == KILL_BEFORE_COMMIT || ending == KILL_AFTER_COMMIT) {
        work_in_a_child(support, model, steps, length, ending);
        for (int i = 0; i < length; i++) {
            model_steps[steps[i].kind](&after, &steps[i]);
        }
    } else {
        struct store_tx *tx = support_begin(support);
        const char *problem = take_steps(tx, &after, steps, length);

        if (problem != NULL) {
            fail_msg("%s", problem);
        }
        if (ending == COMMIT) {
            assert_int_equal(store_commit(tx), PR_OK);
        } else {
            store_rollback(tx);
        }
    }
    if (ending == COMMIT || ending == KILL_AFTER_COMMIT) {
        *model = after;
    }
}

static void test_random_work(void **state)
{
    struct support *support = *state;
    struct model model = {.standing = {0}};
    uint64_t random = choose_seed();
    unsigned endings[4] = {0};
    const char *problem = "";

    support_hurry(support);
    support_populate(support, DEPARTMENTS, JOBS);
    for (int done = 0; done < STEPS;) {
        struct step steps[STEPS_OF_TX];
        struct store_tx *tx = NULL;
        int length = 1 + below(&random, STEPS_OF_TX);
        enum ending ending = random_ending(&random);

        for (int i = 0; i < length; i++) {
            steps[i] = random_step(&random);
        }
        one_transaction(support, &model, steps, length, ending);
        endings[ending]++;
        done += length;
        assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
        problem = anything_differs(tx, &model);
        store_rollback(tx);
        if (problem != NULL) {
            fail_msg("after a transaction: %s", problem);
        }
    }
    print_message("%u commits, %u rollbacks, %u kills before and %u after commit\n",
                  endings[COMMIT], endings[ROLL_BACK], endings[KILL_BEFORE_COMMIT],
                  endings[KILL_AFTER_COMMIT]);
    assert_true(endings[KILL_BEFORE_COMMIT] > 0 && endings[KILL_AFTER_COMMIT] > 0);
    assert_int_equal(store_check(support->store, &problem), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_random_work),
    };
    return cmocka_run_group_tests_name("ledger-property", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monthly report of a store with many jobs, from the kept figures and, in the same run, from
 * the ledger by GROUP BY: `tests/bench/report [JOBS…]`, raw figures, medians. Without numbers: one
 * and ten million jobs; with BENCH_SHORT a tenth of that. Rows are made by SQL, a year's months,
 * 20 departments, 500 people, 5 devices, 3 levels; triggers are put back before anything is timed.
 * What it says is never judged, but figures that differ from the ledger end it.
 */
#include <inttypes.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/report/document.h"
#include "daemon/store/figures.h"
#include "daemon/store/ledger.h"

#define MONTH "2026-11"

enum { ROUNDS = 21, RAW_ROUNDS = 3, SETTLEMENTS = 2000, OBJECTS_MAX = 64 };

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void demand(const char *what, int result)
{
    if (result != PR_OK) {
        die(what, pr_strerror(result));
    }
}

static void execute(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die(sql, sqlite3_errmsg(db));
    }
}

/* Filling ------------------------------------------------------------------------------------- */

/** Everything that would be called for each row, by name and text. */
struct objects {
    size_t length;
    char *drop[OBJECTS_MAX];
    char *create[OBJECTS_MAX];
};

static void put_aside(sqlite3 *db, struct objects *objects)
{
    sqlite3_stmt *list = NULL;

    objects->length = 0;
    sqlite3_prepare_v2(db,
                       "SELECT 'DROP ' || type || ' ' || name, sql FROM sqlite_schema WHERE sql IS"
                       " NOT NULL AND (type = 'trigger' OR name IN ('ledger_by_account',"
                       " 'ledger_by_job', 'job_by_person', 'job_by_department'))",
                       -1, &list, NULL);
    while (sqlite3_step(list) == SQLITE_ROW && objects->length < OBJECTS_MAX) {
        objects->drop[objects->length] = strdup((const char *)sqlite3_column_text(list, 0));
        objects->create[objects->length++] = strdup((const char *)sqlite3_column_text(list, 1));
    }
    sqlite3_finalize(list);
    for (size_t i = 0; i < objects->length; i++) {
        execute(db, objects->drop[i]);
    }
}

static void put_back(sqlite3 *db, struct objects *objects)
{
    for (size_t i = 0; i < objects->length; i++) {
        execute(db, objects->create[i]);
        free(objects->create[i]);
        free(objects->drop[i]);
    }
}

/* i is the job's number; a month holds every twelfth of them. */
#define NUMBERS         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld) "
#define MONTH_OF_I      "printf('2026-%%02d', 1 + i %% 12)"
#define DEPARTMENT_OF_I "(1 + i / 12 %% 20)"

static const char *const fill_office =
    "INSERT INTO department (department, code, name, created_at)"
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)"
    " SELECT i, 'd' || i, '部门' || i, 1 FROM n;"
    "INSERT INTO person (login, name, department, created_at)"
    " WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 499)"
    " SELECT 'p' || i, '人员' || i, 1 + i % 20, 1 FROM n;"
    "INSERT INTO device (device, name, queue, manage, created_at)"
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)"
    " SELECT i, 'device-' || i, 'queue-' || i, '[]', 1 FROM n;";

static const char *const fill_jobs =
    "INSERT INTO job (job, month, number, state, source, origin, document, person, department,"
    " copies, sides, pages, color_pages, level, impressions, sheets, device, duplex_saved,"
    " submitted_at) " NUMBERS "SELECT i, " MONTH_OF_I ", i, 'completed', 'cups', i, 1,"
    " 'p' || (i / 12 %% 20 + 20 * (i / 240 %% 25)), " DEPARTMENT_OF_I ", 1,"
    " iif(i %% 3, 'two-sided-long-edge', 'one-sided'), 1 + i %% 9, i %% 2,"
    " CASE i %% 5 WHEN 0 THEN 'secret' WHEN 1 THEN 'internal' ELSE 'public' END, 1 + i %% 9,"
    " iif(i %% 3, (2 + i %% 9) / 2, 1 + i %% 9), 1 + i %% 5,"
    " iif(i %% 3, 1 + i %% 9 - (2 + i %% 9) / 2, 0), 1 FROM n";

static const char *const fill_ledger =
    "INSERT INTO ledger (entry, department, month, kind, sheets, job, closes, actor, at) " NUMBERS
    "SELECT 2 * i - (k = 'reserve'), " DEPARTMENT_OF_I ", " MONTH_OF_I ", k,"
    " iif(i %% 3, (2 + i %% 9) / 2, 1 + i %% 9), i, iif(k = 'settle', 2 * i - 1, NULL), 'bench', 1"
    " FROM n, (SELECT 'reserve' AS k UNION ALL SELECT 'settle')";

static const char *const fill_accounts =
    "INSERT INTO account (department, month, allotted, used)"
    " SELECT department, month, sum(sheets) + 1000000, sum(sheets) FROM ledger"
    " WHERE kind = 'settle' GROUP BY department, month";

static void fill(const char *path, long long jobs)
{
    struct objects objects;
    sqlite3 *db = NULL;
    char sql[2048];
    double start = now_ms();

    if (sqlite3_open(path, &db) != SQLITE_OK) {
        die(path, "cannot be opened");
    }
    execute(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;"
                "PRAGMA temp_store = FILE; PRAGMA ignore_check_constraints = ON");
    put_aside(db, &objects);
    execute(db, fill_office);
    snprintf(sql, sizeof sql, fill_jobs, jobs);
    execute(db, sql);
    snprintf(sql, sizeof sql, fill_ledger, jobs);
    execute(db, sql);
    execute(db, fill_accounts);
    printf("  filling                                   %10.1f s\n", (now_ms() - start) / 1e3);
    start = now_ms();
    execute(db, "DELETE FROM figure; INSERT INTO figure SELECT * FROM figure_sum");
    printf("  adding all figures up anew                %10.1f s\n", (now_ms() - start) / 1e3);
    put_back(db, &objects);
    execute(db, "PRAGMA journal_mode = WAL");
    sqlite3_close(db);
}

/* Timing -------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static void print_median(const char *what, double *ms, int length)
{
    qsort(ms, (size_t)length, sizeof *ms, by_size);
    printf("  %-40s  %10.3f ms   (%.3f … %.3f)\n", what, ms[length / 2], ms[0], ms[length - 1]);
}

static int add_sheets(void *context, const struct figure_row *row)
{
    *(int64_t *)context += row->value[REPORT_SHEETS];
    return PR_OK;
}

static int64_t time_kept(struct store *store, enum report_part part, const char *what)
{
    double ms[ROUNDS];
    int64_t sheets = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct store_tx *tx = NULL;
        double start = now_ms();

        sheets = 0;
        demand("reading", store_begin_read(store, &tx));
        demand("figures", figure_each(tx, part, MONTH, 0, add_sheets, &sheets));
        store_rollback(tx);
        ms[i] = now_ms() - start;
    }
    print_median(what, ms, ROUNDS);
    return sheets;
}

static void time_document(struct store *store)
{
    const struct policy_ladder ladder = {.levels = 0};
    const struct report_view view = {
        .month = MONTH, .scope = "", .language = POLICY_ENGLISH, .ladder = &ladder};
    double ms[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        struct store_tx *tx = NULL;
        json_t *document = NULL;
        double start = now_ms();

        demand("reading", store_begin_read(store, &tx));
        demand("report", report_document(tx, &view, &document));
        store_rollback(tx);
        json_decref(document);
        ms[i] = now_ms() - start;
    }
    print_median("kept: the whole report, all parts, as JSON", ms, ROUNDS);
}

static int64_t time_raw(sqlite3 *db, const char *sql, const char *what)
{
    double ms[RAW_ROUNDS];
    int64_t sheets = 0;

    for (int i = 0; i < RAW_ROUNDS; i++) {
        sqlite3_stmt *statement = NULL;
        double start = now_ms();

        if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
            die(sql, sqlite3_errmsg(db));
        }
        sheets = 0;
        while (sqlite3_step(statement) == SQLITE_ROW) {
            sheets += sqlite3_column_int64(statement, 1);
        }
        sqlite3_finalize(statement);
        ms[i] = now_ms() - start;
    }
    print_median(what, ms, RAW_ROUNDS);
    return sheets;
}

#define RAW_SUMS "SELECT l.department, sum(l.sheets), count(*)"
#define OF_MONTH " WHERE l.month = '" MONTH "' AND l.kind = 'settle' GROUP BY l.department"

static void compare(struct store *store, const char *path)
{
    sqlite3 *db = NULL;
    int64_t kept = time_kept(store, REPORT_BY_DEPARTMENT, "kept: by department");

    time_kept(store, REPORT_BY_PERSON, "kept: by person");
    time_kept(store, REPORT_BY_MONTH, "kept: twelve months");
    time_document(store);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        die(path, "cannot be read");
    }
    int64_t raw = time_raw(db, RAW_SUMS " FROM ledger AS l NOT INDEXED" OF_MONTH,
                           "raw: sheets by department, scan");
    time_raw(db,
             "SELECT d.department, (SELECT sum(l.sheets) FROM ledger AS l WHERE l.department ="
             " d.department AND l.month = '" MONTH "' AND l.kind = 'settle')"
             " FROM department AS d",
             "raw: sheets by department, index");
    time_raw(db,
             RAW_SUMS ", sum(j.pages), sum(j.impressions), sum(j.duplex_saved)"
                      " FROM ledger AS l JOIN job AS j ON j.job = l.job" OF_MONTH,
             "raw: with figures of the jobs");
    sqlite3_close(db);
    printf("  sheets of the month: kept %" PRId64 ", raw %" PRId64 "\n", kept, raw);
    if (kept != raw) {
        die("report", "the kept figures differ from the ledger");
    }
}

/** What a settled job costs, commit apart, with and without the figures. */
static void time_settlements(struct store *store, const char *what, bool figures)
{
    struct store_tx *tx = NULL;

    demand("writing", store_begin(store, &tx));
    if (!figures) {
        demand("trigger", store_step(tx, store_statement(tx, "DROP TRIGGER figure_of_settlement")));
    }
    sqlite3_stmt *last = store_statement(tx, "SELECT max(job) FROM job");

    if (store_step(tx, last) != 1) {
        die("jobs", "there are none");
    }
    int64_t job = sqlite3_column_int64(last, 0);
    double start = now_ms();

    for (int i = 0; i < SETTLEMENTS; i++) {
        demand("reserve", ledger_reserve(tx, 1 + i % 20, MONTH, job - i, 1, "bench"));
        demand("settle", ledger_settle(tx, job - i, 1, "bench"));
    }
    printf("  %-40s  %10.1f µs\n", what, (now_ms() - start) * 1e3 / SETTLEMENTS);
    store_rollback(tx);
}

static void bench(long long jobs)
{
    char folder[] = "/tmp/bench-report-XXXXXX";
    char path[64];
    char remove[96];
    struct store *store = NULL;

    if (mkdtemp(folder) == NULL) {
        die(folder, "cannot be made");
    }
    snprintf(path, sizeof path, "%s/printroom.db", folder);
    printf("%lld jobs\n", jobs);
    demand("store", store_open(path, &store));
    store_close(store);
    fill(path, jobs);
    demand("store", store_open(path, &store));
    compare(store, path);
    time_settlements(store, "reserve and settle, figures kept", true);
    time_settlements(store, "reserve and settle, without figures", false);
    store_close(store);
    snprintf(remove, sizeof remove, "rm -rf %s", folder);
    if (system(remove) != 0) { /* NOLINT(cert-env33-c) */
        die(folder, "cannot be removed");
    }
}

int main(int argc, char *argv[])
{
    const char *is_short = getenv("BENCH_SHORT");
    const long long most = is_short != NULL && is_short[0] != '\0' ? 1000000 : 10000000;

    if (sodium_init() < 0) {
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        bench(strtoll(argv[i], NULL, 10));
    }
    if (argc == 1) {
        bench(most / 10);
        bench(most);
    }
    return 0;
}

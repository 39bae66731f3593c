/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report's figures: random work, and the kept sums against the ledger and the rows of jobs. */
#include "tests/unit/store-support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/report/document.h"
#include "daemon/store/devices.h"
#include "daemon/store/figures.h"
#include "daemon/store/ledger.h"
#include "daemon/store/migrate.h"
#include "daemon/store/violations.h"

enum { DEPARTMENTS = 3, DEVICES = 2, JOBS = 300 };

static const char *const months[] = {"2026-09", "2026-10", "2026-11"};
enum { MONTHS = sizeof months / sizeof months[0] };

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

static void set_up_office(struct support *support)
{
    struct store_tx *tx = support_begin(support);
    char code[16];

    for (int i = 0; i < DEPARTMENTS; i++) {
        snprintf(code, sizeof code, "d%d", i);
        assert_int_equal(department_add(tx, code, "部门", "admin", NULL), PR_OK);
        for (int month = 0; month < MONTHS; month++) {
            assert_int_equal(ledger_set_quota(tx, i + 1, months[month], 3000, true, "d"), PR_OK);
        }
    }
    for (int i = 0; i < DEVICES; i++) {
        struct device_record device = {.uris_length = 1, .uris = {"ipp://localhost/x"}};

        snprintf(device.name, sizeof device.name, "device-%d", i);
        snprintf(device.queue, sizeof device.queue, "queue-%d", i);
        assert_int_equal(device_add(tx, &device, "admin", NULL), PR_OK);
    }
    assert_int_equal(store_commit(tx), PR_OK);
}

/** A job with everything the report counts; its sheets. */
static int random_job(struct store_tx *tx, uint64_t *random, int64_t job)
{
    static const char *const levels[] = {"public", "secret"};
    static const char *const sources[] = {"cups", "cli", "walk-up"};
    int pages = 1 + below(random, 9);
    int copies = 1 + below(random, 3);
    bool duplex = below(random, 2) == 0;
    int sheets = copies * (duplex ? (pages + 1) / 2 : pages);
    char sql[512];

    snprintf(sql, sizeof sql,
             "UPDATE job SET person = 'p%d', level = '%s', source = '%s', device = %d, pages = %d,"
             " color_pages = %d, copies = %d, impressions = %d, sheets = %d, sides = '%s',"
             " color_mode = '%s', duplex_saved = %d, department = %d WHERE job = %" PRId64,
             below(random, 4), levels[below(random, 2)], sources[below(random, 3)],
             1 + below(random, DEVICES), pages, below(random, pages + 1), copies, pages * copies,
             sheets, duplex ? "two-sided-long-edge" : "one-sided",
             below(random, 3) == 0 ? "monochrome" : "auto", copies * pages - sheets,
             1 + below(random, DEPARTMENTS), job);
    assert_int_equal(support_sql(tx, sql), SQLITE_OK);
    return sheets;
}

static void random_work(struct store_tx *tx, uint64_t *random)
{
    int64_t job = support_job(tx);
    int sheets = random_job(tx, random, job);
    int department = 1 + below(random, DEPARTMENTS);
    const char *month = months[below(random, MONTHS)];
    char sql[256];

    if (below(random, 10) == 0) {
        assert_int_equal(ledger_grant(tx, department, month, 1 + below(random, 9), "r", "d"),
                         PR_OK);
    }
    if (below(random, 10) == 0) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO finding VALUES (%" PRId64 ", 0, '%s', 'hold', 'x', 1, 2)", job,
                 below(random, 2) == 0 ? "duplicate" : "level.marks");
        assert_int_equal(support_sql(tx, sql), SQLITE_OK);
        snprintf(sql, sizeof sql,
                 "INSERT INTO event (job, at, name, from_state, to_state, actor) VALUES"
                 " (%" PRId64 ", 1, 'held', 'incoming', 'pending-held', 'x'),"
                 " (%" PRId64 ", 1, 'canceled', 'pending-held', 'canceled', 'x')",
                 job, job);
        assert_int_equal(support_sql(tx, sql), SQLITE_OK);
        return;
    }
    int result = ledger_reserve(tx, department, month, job, sheets, "w");
    if (result == PR_EBALANCE) {
        return;
    }
    assert_int_equal(result, PR_OK);
    int ending = below(random, 5);
    if (ending < 3) {
        int charged = ending == 0 ? below(random, sheets + 1) : sheets;
        assert_int_equal(ledger_settle(tx, job, charged, "p"), PR_OK);
    } else if (ending == 3) {
        assert_int_equal(ledger_void(tx, job, "", "p"), PR_OK);
    }
}

/** Sums without the views: from the ledger alone, and from jobs one by one. */
static void assert_agreement(struct store_tx *tx)
{
    struct figure_difference first;
    int64_t rows = -1;

    assert_int_equal(figure_check(tx, &rows, &first), PR_OK);
    assert_int_equal(rows, 0);
    for (int part = 0; part <= REPORT_BY_SOURCE; part++) {
        char sql[512];

        snprintf(
            sql, sizeof sql,
            "SELECT count(*) FROM account AS a WHERE a.used <> (SELECT coalesce(sum(f.sheets), 0)"
            " FROM figure AS f WHERE f.month = a.month AND f.department = a.department"
            " AND f.dimension = '%s')",
            report_part_dimension((enum report_part)part));
        assert_int_equal(support_number(tx, sql), 0);
    }
    assert_int_equal(
        support_number(tx, "SELECT sum(sheets) FROM ledger WHERE kind = 'settle'"),
        support_number(tx, "SELECT sum(sheets) FROM figure WHERE dimension = 'person'"));
    assert_int_equal(
        support_number(tx, "SELECT count(*) FROM ledger WHERE kind = 'settle' AND sheets > 0"),
        support_number(tx, "SELECT sum(jobs) FROM figure WHERE dimension = 'device'"));
    assert_int_equal(support_number(tx, "SELECT sum(granted) FROM account"),
                     support_number(tx, "SELECT sum(granted_sheets) FROM figure"));
    assert_int_equal(support_number(tx, "SELECT count(*) FROM finding WHERE rule = 'duplicate'"),
                     support_number(tx, "SELECT coalesce(sum(duplicates), 0) FROM figure"
                                        " WHERE dimension = 'level'"));
    assert_int_equal(support_number(tx, "SELECT count(*) FROM finding WHERE rule = 'level.marks'"),
                     support_number(tx, "SELECT coalesce(sum(violations), 0) FROM figure"
                                        " WHERE dimension = 'department'"));
    /* Jobs that were charged in full. */
    assert_true(
        support_number(tx, "SELECT sum(impressions) FROM figure WHERE dimension = 'level'") >=
        support_number(tx, "SELECT sum(j.impressions) FROM job AS j JOIN ledger AS l"
                           " ON l.job = j.job WHERE l.kind = 'settle'"
                           " AND l.sheets = j.sheets"));
}

static void random_work_agrees_with_the_ledger(void **state)
{
    struct support *support = *state;
    uint64_t random = choose_seed();
    const char *problem = "";

    support_hurry(support);
    set_up_office(support);
    for (int done = 0; done < JOBS;) {
        struct store_tx *tx = support_begin(support);
        int length = 1 + below(&random, 12);

        for (int i = 0; i < length; i++, done++) {
            random_work(tx, &random);
        }
        if (below(&random, 8) == 0) {
            store_rollback(tx);
        } else {
            assert_int_equal(store_commit(tx), PR_OK);
        }
        assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
        assert_agreement(tx);
        store_rollback(tx);
    }
    assert_int_equal(store_check(support->store, &problem), PR_OK);
}

/** One job with known numbers, partly printed. */
static void one_job(struct support *support, int64_t charged)
{
    struct store_tx *tx = support_begin(support);
    int64_t job = support_job(tx);
    char sql[512];

    snprintf(
        sql, sizeof sql,
        "UPDATE job SET person = 'wang', level = 'secret', source = 'cups', device = 1,"
        " pages = 5, color_pages = 2, copies = 2, impressions = 10, sheets = 6,"
        " sides = 'two-sided-long-edge', duplex_saved = 4, department = 1 WHERE job = %" PRId64,
        job);
    assert_int_equal(support_sql(tx, sql), SQLITE_OK);
    assert_int_equal(ledger_reserve(tx, 1, "2026-11", job, 6, "w"), PR_OK);
    assert_int_equal(ledger_settle(tx, job, charged, "p"), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* The row with most sheets; of rows that have as many, the last. */
static int take_largest(void *context, const struct figure_row *row)
{
    struct figure_row *largest = context;

    if (row->value[REPORT_SHEETS] >= largest->value[REPORT_SHEETS]) {
        *largest = *row;
    }
    return PR_OK;
}

static struct figure_row figures_of(struct support *support, enum report_part part)
{
    struct figure_row row = {.month = ""};
    struct store_tx *tx = NULL;

    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(figure_each(tx, part, "2026-11", 0, take_largest, &row), PR_OK);
    store_rollback(tx);
    return row;
}

static void a_job_counts_what_was_charged(void **state)
{
    static const int64_t full[] = {1, 5, 10, 6, 4, 6, 4};
    static const int64_t both[] = {2, 10, 15, 9, 6, 9, 6};
    struct support *support = *state;

    set_up_office(support);
    one_job(support, 6);
    for (int part = 0; part < REPORT_PARTS; part++) {
        struct figure_row row = figures_of(support, (enum report_part)part);

        assert_memory_equal(row.value, full, sizeof full);
    }
    /* Half of the sheets, half of the sides; nothing charged counts as nothing. */
    one_job(support, 3);
    one_job(support, 0);
    struct figure_row row = figures_of(support, REPORT_BY_PERSON);

    assert_memory_equal(row.value, both, sizeof both);
    assert_string_equal(row.key, "wang");
    assert_string_equal(row.department, "d0");
    assert_string_equal(figures_of(support, REPORT_BY_DEVICE).key, "device-0");
    assert_string_equal(figures_of(support, REPORT_BY_LEVEL).key, "secret");
}

struct seen {
    unsigned length;
    struct figure_row rows[DEPARTMENTS + 1];
};

static int take_all(void *context, const struct figure_row *row)
{
    struct seen *seen = context;

    assert_true(seen->length < DEPARTMENTS + 1);
    seen->rows[seen->length++] = *row;
    return PR_OK;
}

/* Active departments without figures are rows of zeros; inactive ones appear with figures only. */
static void departments_that_used_nothing(void **state)
{
    static const int64_t nothing[REPORT_COLUMNS];
    struct support *support = *state;
    struct seen all = {0};
    struct seen one = {0};
    struct seen earlier = {0};

    set_up_office(support);
    one_job(support, 6);
    support_shell(support, "UPDATE department SET active = 0 WHERE code IN ('d0', 'd2')");
    struct store_tx *tx = support_begin(support);

    assert_int_equal(figure_each(tx, REPORT_BY_DEPARTMENT, "2026-11", 0, take_all, &all), PR_OK);
    assert_int_equal(figure_each(tx, REPORT_BY_DEPARTMENT, "2026-11", 2, take_all, &one), PR_OK);
    assert_int_equal(figure_each(tx, REPORT_BY_DEPARTMENT, "2026-10", 0, take_all, &earlier),
                     PR_OK);
    store_rollback(tx);
    assert_int_equal(all.length, 2);
    assert_string_equal(all.rows[0].key, "d0");
    assert_int_equal(all.rows[0].value[REPORT_SHEETS], 6);
    assert_string_equal(all.rows[1].key, "d1");
    assert_string_equal(all.rows[1].name, "部门");
    assert_memory_equal(all.rows[1].value, nothing, sizeof nothing);
    assert_int_equal(one.length, 1);
    assert_string_equal(one.rows[0].key, "d1");
    assert_int_equal(earlier.length, 1);
    assert_memory_equal(earlier.rows[0].value, nothing, sizeof nothing);
}

static void differences_are_found_and_mended(void **state)
{
    static const char *const changes[] = {
        "UPDATE figure SET sheets = sheets + 1 WHERE dimension = 'person'",
        "UPDATE figure SET color_impressions = 0",
        "DELETE FROM figure WHERE dimension = 'device'",
        ("INSERT INTO figure (month, dimension, department, key) VALUES"
         " ('2026-10', 'level', 1, 'x')"),
    };
    struct support *support = *state;
    const char *problem = NULL;

    set_up_office(support);
    one_job(support, 6);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct figure_difference first;
        struct store_tx *tx;
        int64_t rows = 0;

        support_shell(support, changes[i]);
        problem = NULL;
        assert_int_equal(store_check(support->store, &problem), PR_EDB);
        assert_non_null(strstr(problem, "report"));
        tx = support_begin(support);
        assert_int_equal(figure_check(tx, &rows, &first), PR_OK);
        assert_true(rows > 0);
        if (i == 0) {
            assert_int_equal(rows, 1);
            assert_string_equal(first.month, "2026-11");
            assert_string_equal(first.dimension, "person");
            assert_string_equal(first.key, "wang");
            assert_int_equal(first.kept, 7);
            assert_int_equal(first.facts, 6);
        }
        assert_int_equal(figure_rebuild(tx, "admin", &rows), PR_OK);
        assert_true(rows > 0);
        assert_int_equal(store_commit(tx), PR_OK);
        assert_int_equal(store_check(support->store, &problem), PR_OK);
    }
}

static void twelve_months_stand_side_by_side(void **state)
{
    struct support *support = *state;
    const struct policy_ladder ladder = {.levels = 0};
    const struct report_view view = {
        .month = "2026-11", .scope = "", .language = POLICY_ENGLISH, .ladder = &ladder};
    struct store_tx *tx = NULL;
    json_t *document = NULL;

    set_up_office(support);
    one_job(support, 6);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(report_document(tx, &view, &document), PR_OK);
    store_rollback(tx);
    json_t *rows = json_object_get(document, "months");

    assert_int_equal(json_array_size(rows), 12);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "key")),
                        "2025-12");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 11), "key")),
                        "2026-11");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 11), "sheets")), 6);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 10), "sheets")), 0);
    json_t *total = json_object_get(document, "total");

    assert_int_equal(json_integer_value(json_object_get(total, "duplex_permille")), 1000);
    json_decref(document);
}

static void csv_is_for_spreadsheets(void **state)
{
    struct support *support = *state;
    const struct policy_ladder ladder = {.levels = 0};
    const struct report_view view = {
        .month = "2026-11", .scope = "", .language = POLICY_CHINESE, .ladder = &ladder};
    struct store_tx *tx = support_begin(support);
    json_t *document = NULL;

    assert_int_equal(department_add(tx, "d", "=1+1,\"x\"", "admin", NULL), PR_OK);
    assert_int_equal(ledger_grant(tx, 1, "2026-11", 9, "r", "d"), PR_OK);
    assert_int_equal(report_document(tx, &view, &document), PR_OK);
    store_rollback(tx);
    char *text = report_csv(document, POLICY_CHINESE);

    assert_non_null(text);
    assert_int_equal(strncmp(text,
                             "\xef\xbb\xbf"
                             "分类,代码,名称,部门,作业数,",
                             40),
                     0);
    assert_non_null(
        strstr(text, "\r\n按部门,d,\"'=1+1,\"\"x\"\"\",,0,0,0,0,0,0,0,0,1,9,0,0,0,0,0.0\r\n"));
    for (const char *end = strchr(text, '\n'); end != NULL; end = strchr(end + 1, '\n')) {
        assert_int_equal(end[-1], '\r');
    }
    free(text);
    json_decref(document);
}

static int count_violation(void *context, const struct violation_record *record)
{
    *(struct violation_record *)context = *record;
    return PR_OK;
}

static void violations_are_acknowledged_once(void **state)
{
    struct support *support = *state;
    struct violation_record record = {.key = 0};
    const struct violation_filter open = {.open = true};
    struct job_record job;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(job_get(tx, support_job(tx), &job), PR_OK);
    assert_int_equal(violation_add(tx, &job, "bypass", json_pack("{s:i}", "n", 1)), PR_OK);
    assert_int_equal(violation_add(tx, &job, "bypass", json_pack("{s:i}", "n", 2)), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation"), 1);
    assert_int_equal(violation_each(tx, &open, count_violation, &record), PR_OK);
    assert_string_equal(record.kind, "bypass");
    assert_string_equal(record.job, job.id);
    assert_string_equal(record.detail, "{\"n\":1}");
    assert_int_equal(violation_acknowledge(tx, record.key, "", "li", &record), PR_EINVAL);
    assert_int_equal(violation_acknowledge(tx, record.key + 1, "seen", "li", &record), PR_ENOENT);
    assert_int_equal(violation_acknowledge(tx, record.key, "seen", "li", &record), PR_OK);
    assert_string_equal(record.acknowledged_by, "li");
    assert_string_equal(record.comment, "seen");
    assert_int_equal(violation_acknowledge(tx, record.key, "again", "zhao", &record), PR_ESTATE);
    assert_string_equal(record.acknowledged_by, "li");
    record.key = 0;
    assert_int_equal(violation_each(tx, &open, count_violation, &record), PR_OK);
    assert_int_equal(record.key, 0);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE"
                                        " '%violation.acknowledge%'"),
                     1);
    assert_int_not_equal(support_sql(tx, "DELETE FROM violation"), SQLITE_OK);
    assert_int_not_equal(support_sql(tx, "UPDATE violation SET comment = 'other'"), SQLITE_OK);
    store_rollback(tx);
}

/** A store of the first schema with a job that was settled by the operator. */
static void make_old_store(const struct support *support)
{
    sqlite3 *db = NULL;

    assert_int_equal(unlink(support->path), 0);
    assert_int_equal(sqlite3_open(support->path, &db), SQLITE_OK);
    assert_int_equal(migrate(db, schema_steps, 1), PR_OK);
    assert_int_equal(
        sqlite3_exec(
            db,
            "INSERT INTO department VALUES (1, 'd', 'D', 1, 100, 1);"
            "INSERT INTO account (department, month) VALUES (1, '2026-10');"
            "INSERT INTO job (month, number, state, source, origin, document, person, department,"
            " copies, sides, pages, impressions, sheets, level, submitted_at) VALUES ('2026-11', 1,"
            " 'completed', 'cups', 'o', 1, 'wang', 1, 1, 'one-sided', 4, 4, 4, 'public', 1);"
            "INSERT INTO ledger (department, month, kind, sheets, job, closes, actor, at) VALUES"
            " (1, '2026-10', 'allot', 100, NULL, NULL, 'd', 1),"
            " (1, '2026-10', 'reserve', 4, 1, NULL, 'd', 1),"
            " (1, '2026-10', 'settle', 3, 1, 2, 'd', 1);"
            "INSERT INTO event (job, at, name, from_state, to_state, actor) VALUES"
            " (1, 1, 'operator-settled', 'processing-stopped', 'completed', 'li')",
            NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
}

static void what_happened_before_counts_too(void **state)
{
    struct support *support = *state;
    const char *problem = "";
    struct store_tx *tx = NULL;

    store_close(support->store);
    support->store = NULL;
    make_old_store(support);
    assert_int_equal(store_open(support->path, &support->store), PR_OK);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    /* The month of the account, not the job's. */
    assert_int_equal(support_number(tx, "SELECT sheets FROM figure WHERE dimension = 'person'"
                                        " AND key = 'wang' AND month = '2026-10'"),
                     3);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation"
                                        " WHERE kind = 'operator-settled' AND person = 'wang'"),
                     1);
    store_rollback(tx);
    assert_int_equal(store_check(support->store, &problem), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(random_work_agrees_with_the_ledger),
        ON_A_STORE(a_job_counts_what_was_charged),
        ON_A_STORE(departments_that_used_nothing),
        ON_A_STORE(differences_are_found_and_mended),
        ON_A_STORE(twelve_months_stand_side_by_side),
        ON_A_STORE(csv_is_for_spreadsheets),
        ON_A_STORE(violations_are_acknowledged_once),
        ON_A_STORE(what_happened_before_counts_too),
    };
    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}

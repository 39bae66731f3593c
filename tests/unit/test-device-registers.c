/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of devices: register, readings, maintenance, supplies, stock, purges. */
#include "tests/unit/store-support.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/devices/reconcile.h"
#include "daemon/error.h"
#include "daemon/store/figures.h"
#include "daemon/store/maintenance.h"
#include "daemon/store/purges.h"
#include "daemon/store/supplies.h"

static const struct device_record printer = {.name = "p1",
                                             .queue = "q1",
                                             .uris_length = 1,
                                             .uris = {"ipp://printer.example/ipp/print"},
                                             .active = true};
static const struct device_change no_change = {.duplex_step = -1, .active = -1};

static struct device_record add_printer(struct store_tx *tx)
{
    struct device_record device;

    assert_int_equal(device_add(tx, &printer, "admin", NULL), PR_OK);
    assert_int_equal(device_find(tx, "p1", &device), PR_OK);
    return device;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The register */

static void test_change(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);
    struct device_change change = no_change;
    json_t *details = NULL;
    const char *uris[] = {"usb://a/b", "socket://h:9100"};

    change.area = "二楼";
    change.max_level = "secret";
    change.vendor_contact = "Acme 400-1";
    change.counter = "impressions";
    change.duplex_step = 2;
    change.uris_length = 2;
    change.uris = uris;
    assert_int_equal(device_change(tx, "p1", &change, "admin"), PR_OK);
    change = no_change;
    change.active = 0;
    assert_int_equal(device_change(tx, "p1", &change, "admin"), PR_OK);
    assert_int_equal(device_find(tx, "p1", &device), PR_OK);
    assert_string_equal(device.area, "二楼");
    assert_string_equal(device.uris[1], "socket://h:9100");
    assert_false(device.active);
    assert_int_equal(device_details(tx, device.key, &details), PR_OK);
    assert_string_equal(text_of(details, "vendor_contact"), "Acme 400-1");
    assert_string_equal(text_of(details, "counter"), "impressions");
    assert_int_equal(json_integer_value(json_object_get(details, "duplex_step")), 2);
    json_decref(details);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE"
                                        " '%device.change%'"),
                     2);
    change = no_change;
    change.area = "a\nb";
    assert_int_equal(device_change(tx, "p1", &change, "admin"), PR_EINVAL);
    change = no_change;
    change.counter = "pages";
    assert_int_equal(device_change(tx, "p1", &change, "admin"), PR_EINVAL);
    assert_int_equal(device_change(tx, "p2", &no_change, "admin"), PR_ENOENT);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void probe_it(struct store_tx *tx, const struct device_record *device, const char *serial,
                     bool adopt)
{
    json_t *probe = json_pack("{s:s, s:s, s:s, s:s, s:[s], s:[], s:[{s:s}]}", "make", "Acme",
                              "model", serial, "serial", serial, "firmware", "1", "languages",
                              "pjl", "can", "vendor_steps", "id", "overwrite");

    assert_int_equal(device_set_probe(tx, device, probe, adopt, "printroomd"), PR_OK);
    json_decref(probe);
}

static void test_a_serial_number_changes_only_by_a_persons_word(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);
    struct device_counting counting;

    probe_it(tx, &device, "S1", false);
    assert_int_equal(device_counting(tx, device.key, &counting), PR_OK);
    assert_string_equal(counting.serial, "S1");
    probe_it(tx, &device, "S2", false);
    assert_int_equal(device_counting(tx, device.key, &counting), PR_OK);
    assert_string_equal(counting.serial, "S1");
    assert_string_equal(counting.serial_seen, "S2");
    assert_int_equal(support_number(tx, "SELECT model = 'S1' FROM device"), 1);
    probe_it(tx, &device, "S2", true);
    assert_int_equal(device_counting(tx, device.key, &counting), PR_OK);
    assert_string_equal(counting.serial, "S2");
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE"
                                        " '%\"event\":\"device.probe\"%'"),
                     3);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_silence_is_remembered_until_an_answer(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);

    assert_int_equal(device_set_answered(tx, device.key, false), PR_OK);
    assert_int_equal(support_number(tx, "SELECT unreachable_at > 0 FROM device"), 1);
    assert_int_equal(device_set_answered(tx, device.key, true), PR_OK);
    assert_int_equal(
        support_number(tx, "SELECT unreachable_at IS NULL AND answered_at > 0 FROM device"), 1);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Maintenance */

static void test_maintenance(void **state)
{
    struct store_tx *tx = support_begin(*state);
    const struct maintenance_entry cleaning = {"p1", "cleaning", "卡纸通道清洁", "", ""};
    const struct maintenance_entry fault = {"p1", "fault", "paper jam", "Acme", ""};
    const struct maintenance_entry service = {"p1", "service", "yearly", "", "2026-12-01"};
    struct maintenance_entry bad = cleaning;
    json_t *list = json_array();
    int64_t key[3];

    (void)add_printer(tx);
    assert_int_equal(maintenance_add(tx, &cleaning, "operator", &key[0]), PR_OK);
    assert_int_equal(maintenance_add(tx, &fault, "operator", &key[1]), PR_OK);
    assert_int_equal(maintenance_add(tx, &service, "operator", &key[2]), PR_OK);
    struct maintenance_filter filter = {.open = true};

    assert_int_equal(maintenance_list(tx, &filter, list), PR_OK);
    assert_int_equal(json_array_size(list), 2);
    json_array_clear(list);
    filter = (struct maintenance_filter){.due_day = "2026-11-30"};
    assert_int_equal(maintenance_list(tx, &filter, list), PR_OK);
    assert_int_equal(json_array_size(list), 0);
    filter.due_day = "2026-12-01";
    assert_int_equal(maintenance_list(tx, &filter, list), PR_OK);
    assert_string_equal(text_of(json_array_get(list, 0), "note"), "yearly");
    assert_int_equal(maintenance_close(tx, key[2], "done", "operator"), PR_OK);
    assert_int_equal(maintenance_close(tx, key[2], "again", "operator"), PR_ESTATE);
    assert_int_equal(maintenance_close(tx, key[0], "again", "operator"), PR_ESTATE);
    assert_int_equal(maintenance_close(tx, 99, "done", "operator"), PR_ENOENT);
    assert_int_equal(maintenance_close(tx, key[1], "", "operator"), PR_EINVAL);
    bad.kind = "painting";
    assert_int_equal(maintenance_add(tx, &bad, "operator", &key[0]), PR_EINVAL);
    bad = cleaning;
    bad.next_due = "2026-02-30";
    assert_int_equal(maintenance_add(tx, &bad, "operator", &key[0]), PR_EINVAL);
    bad = cleaning;
    bad.device = "p2";
    assert_int_equal(maintenance_add(tx, &bad, "operator", &key[0]), PR_ENOENT);
    assert_int_equal(
        support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE '%maintenance.%'"), 4);
    json_decref(list);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Supplies and stock */

static void test_supplies(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);
    json_t *lines = json_pack(
        "[{s:s, s:s, s:s, s:s, s:i, s:s}, {s:s, s:s, s:s, s:s, s:n, s:s}, {s:s, s:i}]", "type",
        "supply", "name", "Black", "kind", "toner", "color", "black", "level_percent", 15, "state",
        "ok", "type", "supply", "name", "Waste", "kind", "waste", "color", "", "level_percent",
        "state", "unknown", "type", "end", "supplies", 2);
    json_t *list = json_array();

    assert_int_equal(supplies_set(tx, device.key, lines), PR_OK);
    assert_int_equal(supplies_set(tx, device.key, lines), PR_OK);
    assert_int_equal(supplies_list(tx, 0, 15, false, list), PR_OK);
    assert_int_equal(json_array_size(list), 2);
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "level_percent")));
    json_array_clear(list);
    assert_int_equal(supplies_list(tx, 0, 15, true, list), PR_OK);
    assert_int_equal(json_array_size(list), 1);
    json_array_clear(list);
    assert_int_equal(supplies_list(tx, 0, 14, true, list), PR_OK);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    json_decref(lines);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_stock(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct stock_move move = {"A4 纸", 10, 4, "", "box"};
    json_t *list = json_array();

    (void)add_printer(tx);
    assert_int_equal(stock_book(tx, &move, "operator"), PR_OK);
    move = (struct stock_move){"A4 纸", -7, -1, "p1", ""};
    assert_int_equal(stock_book(tx, &move, "operator"), PR_OK);
    assert_int_equal(stock_book(tx, &move, "operator"), PR_EBALANCE);
    move.device = "p2";
    assert_int_equal(stock_book(tx, &move, "operator"), PR_ENOENT);
    move = (struct stock_move){"toner", -1, -1, "", ""};
    assert_int_equal(stock_book(tx, &move, "operator"), PR_ENOENT);
    move.change = 0;
    assert_int_equal(stock_book(tx, &move, "operator"), PR_EINVAL);
    assert_int_equal(stock_list(tx, NULL, true, list), PR_OK);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "amount")), 3);
    assert_int_equal(support_number(tx, "SELECT sum(change) FROM stock_move"), 3);
    json_decref(list);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Purges */

static void test_purge(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);
    json_t *summary = json_pack("{s:s, s:i, s:[s], s:[]}", "outcome", "refused", "found", 3,
                                "before", "a", "after");
    const struct purge_end end = {"refused", "", summary, "{\"type\":\"summary\"}\n"};
    json_t *list = json_array();
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    int64_t number = 0;
    int64_t other = 0;

    assert_int_equal(purge_begin(tx, &device, "request", "operator", &number), PR_OK);
    assert_true(purge_is_open(tx, device.key));
    assert_int_equal(purge_begin(tx, &device, "request", "operator", &other), PR_EEXIST);
    assert_int_equal(purge_set_queue(tx, number, "stopped"), PR_OK);
    assert_int_equal(purge_end(tx, number, &device, &end, "operator"), PR_OK);
    assert_int_equal(purge_end(tx, number, &device, &end, "operator"), PR_ESTATE);
    assert_false(purge_is_open(tx, device.key));
    assert_int_equal(purge_set_queue(tx, number, "resumed"), PR_OK);
    assert_int_equal(purge_list(tx, device.key, number, list), PR_OK);
    const json_t *purge = json_array_get(list, 0);

    crypto_hash_sha256(hash, (const unsigned char *)end.evidence, strlen(end.evidence));
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    assert_string_equal(text_of(purge, "sha256"), hex);
    assert_string_equal(text_of(purge, "evidence"), end.evidence);
    assert_string_equal(text_of(purge, "queue"), "resumed");
    assert_int_equal(json_array_size(json_object_get(json_object_get(purge, "summary"), "before")),
                     1);
    json_array_clear(list);
    /* Many purges of a device with many things on it would be more than anybody can hold. */
    assert_int_equal(purge_list(tx, device.key, 0, list), PR_OK);
    const json_t *in_list = json_object_get(json_array_get(list, 0), "summary");

    assert_int_equal(json_integer_value(json_object_get(in_list, "found")), 3);
    assert_null(json_object_get(in_list, "before"));
    assert_null(json_object_get(in_list, "after"));
    assert_int_equal(support_number(tx, "SELECT instr(body, (SELECT sha256 FROM purge)) > 0"
                                        " FROM audit_leaf WHERE body LIKE"
                                        " '%\"event\":\"device.purge\"%'"),
                     1);
    json_decref(list);
    json_decref(summary);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_attestation(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);
    json_t *list = json_array();

    assert_int_equal(attestation_add(tx, &device, "overwrite", "done", "operator"), PR_ENOENT);
    probe_it(tx, &device, "S1", true);
    assert_int_equal(attestation_add(tx, &device, "overwrite", "", "operator"), PR_EINVAL);
    assert_int_equal(attestation_add(tx, &device, "overwrite", "done", "operator"), PR_OK);
    assert_int_equal(attestation_add(tx, &device, "burn", "done", "operator"), PR_ENOENT);
    assert_int_equal(attestation_list(tx, device.key, list), PR_OK);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_what_was_written_stays(void **state)
{
    static const char *const attempts[] = {
        "DELETE FROM maintenance",
        "UPDATE maintenance SET note = 'x'",
        "INSERT OR REPLACE INTO maintenance SELECT * FROM maintenance",
        "DELETE FROM purge",
        "UPDATE purge SET outcome = 'verified-absent'",
        "UPDATE purge SET evidence = ''",
        "INSERT OR REPLACE INTO purge SELECT * FROM purge",
        "DELETE FROM reading",
        "UPDATE reading SET media_sheets = 0",
        "INSERT OR REPLACE INTO reading SELECT * FROM reading",
        "DELETE FROM attestation",
        "UPDATE attestation SET note = 'x'",
        "DELETE FROM stock_move",
        "UPDATE stock_move SET change = 1",
    };
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);
    const struct maintenance_entry cleaning = {"p1", "cleaning", "n", "", ""};
    const struct purge_end end = {"refused", "", NULL, "x"};
    const struct stock_move move = {"paper", 1, -1, "", ""};
    struct device_reading reading = {.device = device.key,
                                     .at = 1,
                                     .day = "2026-11-01",
                                     .occasion = "day-start",
                                     .source = "ipp"};
    int64_t key = 0;

    assert_int_equal(maintenance_add(tx, &cleaning, "operator", &key), PR_OK);
    assert_int_equal(purge_begin(tx, &device, "request", "operator", &key), PR_OK);
    assert_int_equal(purge_end(tx, key, &device, &end, "operator"), PR_OK);
    assert_int_equal(stock_book(tx, &move, "operator"), PR_OK);
    assert_int_equal(reading_add(tx, &reading), PR_OK);
    probe_it(tx, &device, "S1", true);
    assert_int_equal(attestation_add(tx, &device, "overwrite", "done", "operator"), PR_OK);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (support_sql(tx, attempts[i]) != SQLITE_CONSTRAINT_TRIGGER) {
            fail_msg("%s", attempts[i]);
        }
    }
    store_rollback(tx);
}

/* Counters and books */

static void read_at(struct store_tx *tx, const struct office *office,
                    const struct device_record *device, int64_t at, const char *day, int64_t sheets)
{
    struct device_reading reading = {.device = device->key,
                                     .at = at,
                                     .source = "ipp",
                                     .impressions = READING_UNKNOWN,
                                     .color_impressions = READING_UNKNOWN,
                                     .media_sheets = sheets};

    strcpy(reading.day, day);
    strcpy(reading.occasion, "day-start");
    assert_int_equal(reconcile_reading(tx, office, device, &reading), PR_OK);
}

/* A job of the device that was charged `sheets` and ended at the moment. */
static void charge(struct store_tx *tx, int64_t job, const char *source, int64_t sheets, int64_t at)
{
    char sql[1024];

    snprintf(sql, sizeof sql,
             "UPDATE job SET device = 1, state = 'completed', source = '%s', sheets = %lld,"
             " impressions = %lld, completed_at = %lld WHERE job = %lld",
             source, (long long)sheets, (long long)sheets, (long long)at, (long long)job);
    assert_int_equal(support_sql(tx, sql), SQLITE_OK);
    snprintf(sql, sizeof sql,
             "INSERT INTO ledger (department, month, kind, sheets, job, actor, at)"
             " VALUES (1, '2026-11', 'reserve', %lld, %lld, 'x', 1)",
             (long long)sheets, (long long)job);
    assert_int_equal(support_sql(tx, sql), SQLITE_OK);
    snprintf(
        sql, sizeof sql,
        "INSERT INTO ledger (department, month, kind, sheets, job, closes, actor, at)"
        " VALUES (1, '2026-11', 'settle', %lld, %lld, (SELECT max(entry) FROM ledger), 'x', 1)",
        (long long)sheets, (long long)job);
    assert_int_equal(support_sql(tx, sql), SQLITE_OK);
}

/* A device with three readings and what our books say of the time between them: two sheets are
 * within the tolerance of two, twenty are nobody's. */
static struct device_record count_and_book(struct store_tx *tx, const struct office *office)
{
    struct device_record device = add_printer(tx);

    assert_int_equal(support_sql(tx, "INSERT INTO account (department, month) VALUES (1, '2026-11')"
                                     " ON CONFLICT DO NOTHING"),
                     SQLITE_OK);
    assert_int_equal(support_sql(tx, "INSERT INTO ledger (department, month, kind, sheets, actor,"
                                     " at) VALUES (1, '2026-11', 'allot', 1000, 'x', 1)"),
                     SQLITE_OK);
    read_at(tx, office, &device, 1000, "2026-11-02", 100);
    charge(tx, 1, "cups", 10, 1500);
    charge(tx, 2, "walk-up", 5, 1600);
    charge(tx, 3, "cups", 7, 2500);
    read_at(tx, office, &device, 2000, "2026-11-03", 117);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation"), 0);
    read_at(tx, office, &device, 3000, "2026-11-04", 144);
    return device;
}

static const struct settings strict = {.devices = {.counter_tolerance = 2}};

static void test_unregistered_copies_are_written_down(void **state)
{
    const struct office office = {.settings = &strict};
    json_t *list = json_array();
    int64_t differing = 0;
    struct figure_difference difference;

    support_populate(*state, 1, 4);
    struct store_tx *tx = support_begin(*state);
    struct device_record device = count_and_book(tx, &office);

    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation WHERE kind ="
                                        " 'counter-mismatch' AND month = '2026-11' AND device = 1"
                                        " AND detail LIKE '%\"unregistered\":20%'"),
                     1);
    assert_int_equal(support_number(tx, "SELECT violations FROM figure WHERE dimension ="
                                        " 'department' AND department = 0"),
                     1);
    assert_int_equal(reconcile_month(tx, &office, &device, "2026-11", list), PR_OK);
    assert_int_equal(json_array_size(list), 2);
    const json_t *first = json_array_get(list, 0);

    assert_string_equal(text_of(first, "day"), "2026-11-02");
    assert_string_equal(text_of(first, "outcome"), "even");
    assert_int_equal(json_integer_value(json_object_get(first, "jobs")), 10);
    assert_int_equal(json_integer_value(json_object_get(first, "copies")), 5);
    assert_string_equal(text_of(json_array_get(list, 1), "outcome"), "unregistered");
    assert_true(json_is_null(json_object_get(first, "now")));
    assert_int_equal(support_number(tx, "SELECT unregistered_sheets FROM figure WHERE month ="
                                        " '2026-11' AND dimension = 'device' AND department = 0"
                                        " AND key = (SELECT name FROM device WHERE device = 1)"),
                     20);
    assert_int_equal(support_number(tx,
                                    "SELECT unregistered_sheets FROM figure WHERE month ="
                                    " '2026-11' AND dimension = 'department' AND department = 0"),
                     20);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM reconciliation WHERE month ="
                                        " '2026-11' AND tolerance = 2"),
                     2);
    assert_int_equal(figure_check(tx, &differing, &difference), PR_OK);
    assert_int_equal(differing, 0);
    json_array_clear(list);
    assert_int_equal(reconcile_month(tx, &office, &device, "2026-12", list), PR_OK);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_what_was_found_stays(void **state)
{
    static const struct settings lenient = {.devices = {.counter_tolerance = 20}};
    const struct office then = {.settings = &strict};
    const struct office later = {.settings = &lenient};
    json_t *list = json_array();

    support_populate(*state, 1, 4);
    struct store_tx *tx = support_begin(*state);
    struct device_record device = count_and_book(tx, &then);

    charge(tx, 4, "walk-up", 1, 1700);
    assert_int_equal(reconcile_month(tx, &later, &device, "2026-11", list), PR_OK);
    const json_t *first = json_array_get(list, 0);
    const json_t *second = json_array_get(list, 1);

    assert_int_equal(json_integer_value(json_object_get(first, "copies")), 5);
    first = json_object_get(first, "now");
    assert_int_equal(json_integer_value(json_object_get(first, "copies")), 6);
    assert_string_equal(text_of(second, "outcome"), "unregistered");
    assert_int_equal(json_integer_value(json_object_get(second, "tolerance")), 2);
    second = json_object_get(second, "now");
    assert_string_equal(text_of(second, "outcome"), "even");
    assert_int_equal(json_integer_value(json_object_get(second, "tolerance")), 20);
    json_decref(list);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_many_readings_share_the_tolerance_of_a_day(void **state)
{
    const struct office office = {.settings = &strict};
    json_t *list = json_array();
    size_t i;
    json_t *interval;

    support_populate(*state, 1, 4);
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);

    /* Two sheets are let pass, the third is reported with them; the fourth begins anew. */
    for (int64_t sheets = 100; sheets <= 104; sheets++) {
        read_at(tx, &office, &device, 1000 * sheets, "2026-11-02", sheets);
    }
    read_at(tx, &office, &device, 200000, "2026-11-03", 104);
    read_at(tx, &office, &device, 201000, "2026-11-03", 106);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation WHERE detail LIKE"
                                        " '%\"let_pass\":2%' AND detail LIKE"
                                        " '%\"unregistered\":1%'"),
                     1);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation"), 1);
    assert_int_equal(support_number(tx, "SELECT unregistered_sheets FROM figure WHERE dimension ="
                                        " 'device' AND department = 0"),
                     3);
    assert_int_equal(reconcile_month(tx, &office, &device, "2026-11", list), PR_OK);
    assert_int_equal(json_array_size(list), 6);
    json_array_foreach(list, i, interval)
    {
        assert_string_equal(text_of(interval, "outcome"), i == 2 ? "unregistered" : "even");
        assert_true(json_is_null(json_object_get(interval, "now")));
    }
    json_decref(list);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_readings_on_request_prove_nothing(void **state)
{
    static const struct settings settings = {.devices = {.counter_tolerance = 0}};
    const struct office office = {.settings = &settings};
    struct store_tx *tx = support_begin(*state);
    struct device_record device = add_printer(tx);
    struct device_reading reading;
    json_t *line = json_pack("{s:s, s:i}", "source", "snmp", "impressions", 40);

    read_at(tx, &office, &device, 1000, "2026-11-02", 10);
    reading_from_line(&device, line, "request", &reading);
    assert_int_equal(reading.media_sheets, READING_UNKNOWN);
    assert_int_equal(reconcile_reading(tx, &office, &device, &reading), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation"), 0);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM reading"), 2);
    assert_false(reading_of_day(tx, device.key, reading.day));
    assert_true(reading_of_day(tx, device.key, "2026-11-02"));
    json_decref(line);
    assert_int_equal(store_commit(tx), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_change),
        ON_A_STORE(test_a_serial_number_changes_only_by_a_persons_word),
        ON_A_STORE(test_silence_is_remembered_until_an_answer),
        ON_A_STORE(test_maintenance),
        ON_A_STORE(test_supplies),
        ON_A_STORE(test_stock),
        ON_A_STORE(test_purge),
        ON_A_STORE(test_attestation),
        ON_A_STORE(test_what_was_written_stays),
        ON_A_STORE(test_unregistered_copies_are_written_down),
        ON_A_STORE(test_what_was_found_stays),
        ON_A_STORE(test_many_readings_share_the_tolerance_of_a_day),
        ON_A_STORE(test_readings_on_request_prove_nothing),
    };
    return cmocka_run_group_tests_name("device registers", tests, NULL, NULL);
}

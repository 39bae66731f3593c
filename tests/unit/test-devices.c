/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device register and the working days. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/days.h"
#include "daemon/store/devices.h"

static const struct device_record office_printer = {
    .name = "office-2.1_a",
    .queue = "office+2@hall",
    .area = "二楼 打印室",
    .max_level = "top-secret",
    .uris_length = 3,
    .uris = {"ipp://printer.example:631/ipp/print", "usb://HP/LaserJet?serial=a@b\"\\", "urn:x"},
    .active = true,
};

static void assert_same(const struct device_record *a, const struct device_record *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->queue, b->queue);
    assert_string_equal(a->area, b->area);
    assert_string_equal(a->max_level, b->max_level);
    assert_int_equal(a->active, b->active);
    assert_int_equal(a->uris_length, b->uris_length);
    for (unsigned i = 0; i < a->uris_length; i++) {
        assert_string_equal(a->uris[i], b->uris[i]);
    }
}

static void test_device(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct device_record found = {.key = -7};
    int64_t key = 0;

    assert_int_equal(device_find(tx, office_printer.name, &found), PR_ENOENT);
    assert_int_equal(device_get(tx, 1, &found), PR_ENOENT);
    assert_int_equal(found.key, -7);
    assert_int_equal(device_add(tx, &office_printer, "admin", &key), PR_OK);
    assert_int_equal(device_find(tx, office_printer.name, &found), PR_OK);
    assert_int_equal(found.key, key);
    assert_same(&found, &office_printer);
    memset(&found, 0, sizeof found);
    assert_int_equal(device_get(tx, key, &found), PR_OK);
    assert_same(&found, &office_printer);
    assert_int_equal(
        support_number(tx,
                       "SELECT body LIKE '%\"actor\":\"admin\"%\"event\":\"device.add\",\"object\":"
                       "\"office-2.1_a\"}' FROM audit_leaf"),
        1);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_longest_device(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct device_record device = {.uris_length = DEVICE_URIS_MAX, .active = false};
    struct device_record found;

    memset(device.name, 'n', sizeof device.name - 1);
    memset(device.queue, 'q', sizeof device.queue - 1);
    memset(device.area, 'a', sizeof device.area - 1);
    memset(device.max_level, 'l', sizeof device.max_level - 1);
    for (unsigned i = 0; i < DEVICE_URIS_MAX; i++) {
        memset(device.uris[i], 'u', sizeof device.uris[i] - 1);
        device.uris[i][1] = ':';
    }
    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_OK);
    assert_int_equal(device_find(tx, device.name, &found), PR_OK);
    assert_same(&found, &device);
    assert_int_equal(store_commit(tx), PR_OK);
}

/** Each row spoils one member of a good device. */
static void test_device_refusals_are_answers(void **state)
{
    static const struct {
        size_t offset;
        const char *text;
    } cases[] = {
        {offsetof(struct device_record, name), ""},
        {offsetof(struct device_record, name), "a b"},
        {offsetof(struct device_record, name), "a/b"},
        {offsetof(struct device_record, name), "打印机"},
        {offsetof(struct device_record, queue), ""},
        {offsetof(struct device_record, queue), "a#b"},
        {offsetof(struct device_record, queue), "a b"},
        {offsetof(struct device_record, area), "a\nb"},
        {offsetof(struct device_record, area), "\xff"},
        {offsetof(struct device_record, max_level), "Secret"},
        {offsetof(struct device_record, max_level), "a b"},
        {offsetof(struct device_record, uris[0]), ""},
        {offsetof(struct device_record, uris[0]), "no scheme"},
        {offsetof(struct device_record, uris[0]), "ipp:"},
        {offsetof(struct device_record, uris[0]), "://host"},
        {offsetof(struct device_record, uris[1]), "IPP://host"},
        {offsetof(struct device_record, uris[1]), "1pp://host"},
        {offsetof(struct device_record, uris[2]), "ipp://host/a b"},
        {offsetof(struct device_record, uris[2]), "ipp://host/\x7f"},
        {offsetof(struct device_record, uris[2]), "ipp://root:secret@host/"},
        {offsetof(struct device_record, uris[2]), "ipp://root:secret@host"},
    };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device_record device = office_printer;

        memcpy((char *)&device + cases[i].offset, cases[i].text, strlen(cases[i].text) + 1);
        if (device_add(tx, &device, "admin", NULL) != PR_EINVAL) {
            fail_msg("case %zu", i);
        }
    }
    struct device_record device = office_printer;
    device.uris_length = DEVICE_URIS_MAX + 1;
    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_EINVAL);

    assert_int_equal(device_add(tx, &office_printer, "admin", NULL), PR_OK);
    device = office_printer;
    strcpy(device.name, "other");
    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_EEXIST);
    device = office_printer;
    strcpy(device.queue, "other");
    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_EEXIST);
    strcpy(device.name, "other");
    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM device"), 2);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 2);
    store_rollback(tx);
}

enum { SEEN_BYTES = 16 };

static int see(void *context, const struct device_record *device)
{
    char *seen = context;
    size_t length = strlen(seen);

    snprintf(seen + length, SEEN_BYTES - length, "%s", device->name);
    return strcmp(device->name, "b") == 0 ? PR_ESTATE : PR_OK;
}

static void test_walk(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    char seen[SEEN_BYTES] = "";

    for (const char *name = "adcb"; *name != '\0'; name++) {
        struct device_record device = office_printer;

        snprintf(device.name, sizeof device.name, "%c", *name);
        snprintf(device.queue, sizeof device.queue, "q%c", *name);
        assert_int_equal(device_add(tx, &device, "admin", NULL), PR_OK);
    }
    assert_int_equal(device_each(tx, see, seen), PR_ESTATE);
    assert_string_equal(seen, "ab");
    assert_int_equal(support_sql(tx, "DELETE FROM device WHERE name = 'b'"), SQLITE_OK);
    seen[0] = '\0';
    assert_int_equal(device_each(tx, see, seen), PR_OK);
    assert_string_equal(seen, "acd");
    store_rollback(tx);
}

static void test_uris_that_were_tampered_with(void **state)
{
    static const char *const values[] = {"[1]", "[\"a\",]", "[[]]", "[1,2,3,4,5,6,7,8,9]"};
    struct support *support = *state;
    char sql[128];

    struct store_tx *tx = support_begin(support);
    assert_int_equal(device_add(tx, &office_printer, "admin", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct device_record found;

        tx = support_begin(support);
        snprintf(sql, sizeof sql, "UPDATE device SET manage = '%s'", values[i]);
        assert_int_equal(support_sql(tx, sql), SQLITE_OK);
        assert_int_equal(device_find(tx, office_printer.name, &found), PR_EDB);
        store_rollback(tx);
    }
}

#define KEY_A "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
#define KEY_B "age1zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

static void test_day(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct day_record found = {.day = "-"};

    assert_int_equal(day_find(tx, "2026-11-23", &found), PR_ENOENT);
    assert_string_equal(found.day, "-");
    assert_int_equal(day_add(tx, "2026-11-23", KEY_A), PR_OK);
    assert_int_equal(day_find(tx, "2026-11-23", &found), PR_OK);
    assert_string_equal(found.day, "2026-11-23");
    assert_string_equal(found.recipient, KEY_A);
    assert_false(found.destroyed);
    assert_int_equal(support_number(tx, "SELECT body LIKE '%" KEY_A "%day.open%2026-11-23%'"
                                        " FROM audit_leaf"),
                     1);
    assert_int_equal(day_add(tx, "2026-11-23", KEY_B), PR_EEXIST);
    assert_int_equal(day_add(tx, "2026-11-24", KEY_A), PR_EEXIST);
    assert_int_equal(day_add(tx, "2026-11-24", KEY_B), PR_OK);
    assert_int_equal(support_sql(tx, "UPDATE day SET destroyed_at = 5 WHERE day = '2026-11-23'"),
                     SQLITE_OK);
    assert_int_equal(day_find(tx, "2026-11-23", &found), PR_OK);
    assert_true(found.destroyed);
    assert_int_equal(day_find(tx, "2026-11-24", &found), PR_OK);
    assert_false(found.destroyed);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_day_is_remembered(void **state)
{
    static const char *const attempts[] = {
        "DELETE FROM day",
        "UPDATE day SET recipient = '" KEY_B "'",
        "UPDATE day SET day = '2026-11-24'",
        "INSERT OR REPLACE INTO day VALUES ('2026-11-23', '" KEY_B "', 1, NULL)",
        "INSERT OR REPLACE INTO day VALUES ('2026-11-24', '" KEY_A "', 1, NULL)",
        "UPDATE day SET destroyed_at = 6",
        "UPDATE day SET destroyed_at = NULL",
    };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(day_add(tx, "2026-11-23", KEY_A), PR_OK);
    assert_int_equal(support_sql(tx, "UPDATE day SET destroyed_at = 5"), SQLITE_OK);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_int_equal(support_sql(tx, attempts[i]), SQLITE_CONSTRAINT_TRIGGER);
    }
    store_rollback(tx);
}

static void test_days_of_the_calendar(void **state)
{
    static const struct {
        const char *day;
        int expected;
    } cases[] = {
        {"2024-02-29", PR_OK},       {"2000-02-29", PR_OK},     {"2026-12-31", PR_OK},
        {"2026-02-29", PR_EINVAL},   {"2100-02-29", PR_EINVAL}, {"2026-04-31", PR_EINVAL},
        {"2026-00-10", PR_EINVAL},   {"2026-13-10", PR_EINVAL}, {"2026-01-00", PR_EINVAL},
        {"2026-01-32", PR_EINVAL},   {"1969-12-31", PR_EINVAL}, {"2026-1-01", PR_EINVAL},
        {"2026-01-01 ", PR_EINVAL},  {"2026/01/01", PR_EINVAL}, {"", PR_EINVAL},
        {"2026-01-01\n", PR_EINVAL}, {"２０２６", PR_EINVAL},   {"2026-0a-01", PR_EINVAL},
    };
    static const char *const recipients[] = {
        "",
        "age1",
        (KEY_A "q"),
        "AGE1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
        "age1bqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
    };
    struct support *support = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_tx *tx = support_begin(support);

        if (day_add(tx, cases[i].day, KEY_A) != cases[i].expected) {
            fail_msg("%s", cases[i].day);
        }
        store_rollback(tx);
    }
    struct store_tx *tx = support_begin(support);
    for (size_t i = 0; i < sizeof recipients / sizeof recipients[0]; i++) {
        assert_int_equal(day_add(tx, "2026-11-23", recipients[i]), PR_EINVAL);
    }
    assert_int_equal(store_commit(tx), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_device),
        ON_A_STORE(test_longest_device),
        ON_A_STORE(test_device_refusals_are_answers),
        ON_A_STORE(test_walk),
        ON_A_STORE(test_uris_that_were_tampered_with),
        ON_A_STORE(test_day),
        ON_A_STORE(test_day_is_remembered),
        ON_A_STORE(test_days_of_the_calendar),
    };
    return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}

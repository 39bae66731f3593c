/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What printers say by SNMP, read without one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/snmp-answer.h"

static struct snmp_value number(int64_t value)
{
    return (struct snmp_value){.kind = SNMP_NUMBER, .number = value};
}

static struct snmp_value bytes(const char *text, size_t length)
{
    struct snmp_value value = {.kind = SNMP_BYTES, .length = length};
    memcpy(value.bytes, text, length);
    return value;
}

static struct snmp_value words(const char *text)
{
    return bytes(text, strlen(text));
}

static const struct snmp_value nothing = {.kind = SNMP_NOTHING};

static void test_text(void **state)
{
    (void)state;
    char text[DEVICE_NAME_BYTES] = "untouched";
    static const struct {
        const char *said;
        size_t length;
        const char *read;
    } rows[] = {{"VNB3 123", 8, "VNB3 123"},
                {"  X1 \0junk", 10, "X1"},
                {"", 0, ""},
                {"a\033[2Jb\377", 7, "a [2Jb?"},
                {"   ", 3, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct snmp_value value = bytes(rows[i].said, rows[i].length);
        snmp_text(&value, text, sizeof text);
        assert_string_equal(text, rows[i].read);
    }
    const struct snmp_value one = number(1);
    snmp_text(&one, text, sizeof text);
    assert_string_equal(text, "");
    /* As long as there is room for, and no end in it. */
    struct snmp_value full = {.kind = SNMP_BYTES, .length = SNMP_VALUE_BYTES};
    memset(full.bytes, 'x', sizeof full.bytes);
    snmp_text(&full, text, sizeof text);
    assert_int_equal(strlen(text), sizeof text - 1);
}

static void test_status(void **state)
{
    (void)state;
    static const struct {
        int printer;
        const char *errors;
        size_t errors_bytes;
        const char *state, *reasons;
    } rows[] = {{3, "\0", 1, "idle", "none"},
                {1, "", 0, "idle", "none"},
                {5, "\0", 1, "idle", "none"},
                {4, "\x80", 1, "processing", "media-low-warning"},
                {3, "\x20", 1, "idle", "toner-low-warning"},
                {1, "\x40", 1, "stopped", "media-empty-error"},
                {1, "\x0c", 1, "stopped", "door-open-error,media-jam-error"},
                {1, "\x02", 1, "stopped", "paused"},
                {4, "\x40", 1, "processing", "media-empty-error"},
                {3, "\x01\x02", 2, "idle", "other-warning"},
                {3, "\x00\x08", 2, "stopped", "output-area-full-error"},
                {3, "\x00\x04", 2, "idle", "media-empty-warning"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device_status status;
        char reasons[DEVICE_TEXT_BYTES] = "";
        const struct snmp_value printer = number(rows[i].printer);
        const struct snmp_value errors = bytes(rows[i].errors, rows[i].errors_bytes);
        assert_true(snmp_read_status(&printer, &errors, &status));
        for (unsigned k = 0; k < status.reasons.length; k++) {
            (void)strcat(reasons, k > 0 ? "," : "");
            (void)strcat(reasons, status.reasons.keywords[k]);
        }
        if (strcmp(status.state, rows[i].state) != 0 || strcmp(reasons, rows[i].reasons) != 0) {
            fail_msg("row %zu: %s, %s", i, status.state, reasons);
        }
        assert_int_equal(status.impressions_completed, DEVICE_UNKNOWN);
    }
}

static void test_no_status(void **state)
{
    (void)state;
    struct device_status status = {.state = "as it was"};
    static const int numbers[] = {2, 0, 6, -1};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct snmp_value printer = number(numbers[i]);
        assert_false(snmp_read_status(&printer, &nothing, &status));
    }
    const struct snmp_value text = words("3");
    assert_false(snmp_read_status(&text, &nothing, &status));
    assert_false(snmp_read_status(&nothing, &nothing, &status));
    assert_string_equal(status.state, "as it was");
    /* Every bit there is, and more bytes than bits. */
    struct snmp_value all = {.kind = SNMP_BYTES, .length = SNMP_VALUE_BYTES};
    memset(all.bytes, 0xFF, sizeof all.bytes);
    const struct snmp_value idle = number(3);
    assert_true(snmp_read_status(&idle, &all, &status));
    assert_int_equal(status.reasons.length, 14);
}

static void test_counters(void **state)
{
    (void)state;
    static const struct {
        int64_t unit, life, impressions, sheets;
        bool known;
    } rows[] = {{7, 70000, 70000, DEVICE_UNKNOWN, true},
                {8, 12, DEVICE_UNKNOWN, 12, true},
                {7, 0, 0, DEVICE_UNKNOWN, true},
                {7, -1, 0, 0, false},
                {11, 5, 0, 0, false},
                {0, 5, 0, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device_counters counters = {1, 2, 3};
        const struct snmp_value unit = number(rows[i].unit);
        const struct snmp_value life = number(rows[i].life);
        assert_int_equal(snmp_read_counters(&unit, &life, &counters), rows[i].known);
        if (rows[i].known) {
            assert_int_equal(counters.impressions, rows[i].impressions);
            assert_int_equal(counters.media_sheets, rows[i].sheets);
            assert_int_equal(counters.color_impressions, DEVICE_UNKNOWN);
        } else {
            assert_int_equal(counters.impressions, 1);
        }
    }
    struct device_counters counters = {1, 2, 3};
    assert_false(snmp_read_counters(&nothing, &nothing, &counters));
}

static void test_supplies(void **state)
{
    (void)state;
    static const struct {
        int type, capacity, level;
        const char *description, *color;
        struct device_supply read;
    } rows[] = {
        {3, 10000, 500, "Black", "black", {"Black", "black", DEVICE_TONER, DEVICE_SUPPLY_LOW, 5}},
        {21, 100, 0, "", "cyan", {"toner cartridge", "cyan", DEVICE_TONER, DEVICE_SUPPLY_EMPTY, 0}},
        {4, -2, -3, "Box", "none", {"Box", "", DEVICE_WASTE, DEVICE_SUPPLY_OK, DEVICE_UNKNOWN}},
        {9, 30000, 30000, "", "", {"drum", "", DEVICE_DRUM, DEVICE_SUPPLY_OK, 100}},
        {15, 100, 101, "", "", {"fuser", "", DEVICE_FUSER, DEVICE_SUPPLY_UNKNOWN, DEVICE_UNKNOWN}},
        {99,
         0,
         -2,
         "?",
         "",
         {"?", "", DEVICE_OTHER_SUPPLY, DEVICE_SUPPLY_UNKNOWN, DEVICE_UNKNOWN}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device_supply supply;
        const struct snmp_supply row = {.type = number(rows[i].type),
                                        .description = words(rows[i].description),
                                        .capacity = number(rows[i].capacity),
                                        .level = number(rows[i].level),
                                        .color = words(rows[i].color)};
        snmp_read_supply(&row, &supply);
        assert_string_equal(supply.name, rows[i].read.name);
        assert_string_equal(supply.color, rows[i].read.color);
        assert_int_equal(supply.kind, rows[i].read.kind);
        assert_int_equal(supply.state, rows[i].read.state);
        assert_int_equal(supply.level_percent, rows[i].read.level_percent);
    }
}

/** "On" is a claim (SP 800-88 Clear): only the two settings that are written down make it. */
static void test_erase_mode(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        size_t length;
        enum device_overwrite read;
    } rows[] = {{"\x00", 1, DEVICE_OVERWRITE_OFF},
                {"\x00\x00", 2, DEVICE_OVERWRITE_OFF},
                {"\x01", 1, DEVICE_OVERWRITE_ON},
                {"\x02", 1, DEVICE_OVERWRITE_ON},
                {"\x80", 1, DEVICE_OVERWRITE_ON},
                {"\x40", 1, DEVICE_OVERWRITE_ON},
                {"\x00\x02", 2, DEVICE_OVERWRITE_ON},
                {"\x80\x00", 2, DEVICE_OVERWRITE_ON},
                {"\x03", 1, DEVICE_OVERWRITE_UNKNOWN},
                {"\xC0", 1, DEVICE_OVERWRITE_UNKNOWN},
                {"\x81", 1, DEVICE_OVERWRITE_UNKNOWN},
                {"\x10", 1, DEVICE_OVERWRITE_UNKNOWN},
                {"\x01\x00", 2, DEVICE_OVERWRITE_UNKNOWN},
                {"", 0, DEVICE_OVERWRITE_UNKNOWN},
                {"00", 2, DEVICE_OVERWRITE_UNKNOWN},
                {"on", 2, DEVICE_OVERWRITE_UNKNOWN},
                {"\0\0\0\0\0\0\0\0\1", 9, DEVICE_OVERWRITE_UNKNOWN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct snmp_value value = bytes(rows[i].said, rows[i].length);
        if (snmp_read_erase_mode(&value) != rows[i].read) {
            fail_msg("row %zu: %d", i, (int)snmp_read_erase_mode(&value));
        }
    }
    const struct snmp_value one = number(1);
    assert_int_equal(snmp_read_erase_mode(&one), DEVICE_OVERWRITE_UNKNOWN);
    assert_int_equal(snmp_read_erase_mode(&nothing), DEVICE_OVERWRITE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),      cmocka_unit_test(test_status),
        cmocka_unit_test(test_no_status), cmocka_unit_test(test_counters),
        cmocka_unit_test(test_supplies),  cmocka_unit_test(test_erase_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose turn it is in the daily round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/devices/turns.h"

static const struct device_record copier = {
    .key = 1, .name = "copier", .uris_length = 1, .uris = {"socket://copier.example"}};
static const struct device_record printer = {
    .key = 2, .name = "printer", .uris_length = 1, .uris = {"ipp://printer.example/ipp/print"}};
static const char today[] = "2026-11-02";
static const char tomorrow[] = "2026-11-03";
enum { NOW_MS = 1000000, DAY_MS = 24 * 60 * 60 * 1000 };

static int setup(void **state)
{
    *state = device_turns_new();
    return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    device_turns_free(*state);
    return 0;
}

static void test_one_that_did_not_answer_is_left_alone_for_a_while(void **state)
{
    assert_true(device_turn_take(*state, &copier, today, NOW_MS));
    device_turn_note(*state, copier.key, DEVICE_FOUND_ANSWERING);
    assert_false(device_turn_take(*state, &copier, today, NOW_MS + DEVICE_SILENT_MS - 1));
    assert_true(device_turn_take(*state, &printer, today, NOW_MS + 1));
    assert_true(device_turn_take(*state, &copier, today, NOW_MS + DEVICE_SILENT_MS));
    assert_false(device_turn_take(*state, &copier, today, NOW_MS + DEVICE_SILENT_MS + 1));
    assert_true(device_turn_take(*state, &copier, tomorrow, NOW_MS + DEVICE_SILENT_MS + 2));
}

static void test_one_that_cannot_count_is_asked_once_a_day(void **state)
{
    assert_true(device_turn_take(*state, &copier, today, NOW_MS));
    device_turn_note(*state, copier.key, DEVICE_FOUND_UNABLE);
    assert_false(device_turn_take(*state, &copier, today, NOW_MS + DEVICE_SILENT_MS));
    assert_false(device_turn_take(*state, &copier, today, NOW_MS + DAY_MS));
    assert_true(device_turn_take(*state, &copier, tomorrow, NOW_MS + DAY_MS));
}

static void test_one_that_was_busy_is_asked_again_soon(void **state)
{
    assert_true(device_turn_take(*state, &copier, today, NOW_MS));
    device_turn_note(*state, copier.key, DEVICE_FOUND_BUSY);
    device_turn_note(*state, printer.key, DEVICE_FOUND_BUSY);
    assert_true(device_turn_take(*state, &copier, today, NOW_MS + 1));
}

static void test_new_addresses_are_tried_at_once(void **state)
{
    struct device_record moved = copier;

    assert_true(device_turn_take(*state, &copier, today, NOW_MS));
    device_turn_note(*state, copier.key, DEVICE_FOUND_UNABLE);
    moved.uris[0][0] = 'S';
    assert_true(device_turn_take(*state, &moved, today, NOW_MS + 1));
    moved.uris_length = 2;
    assert_true(device_turn_take(*state, &moved, today, NOW_MS + 2));
    assert_false(device_turn_take(*state, &moved, today, NOW_MS + 3));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_that_did_not_answer_is_left_alone_for_a_while),
        TEST(test_one_that_cannot_count_is_asked_once_a_day),
        TEST(test_one_that_was_busy_is_asked_again_soon),
        TEST(test_new_addresses_are_tried_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/quota.h"

static void test_available(void **state)
{
    (void)state;
    static const struct {
        struct policy_balance balance;
        int64_t available;
    } rows[] = {
        {{.allotted = 0}, 0},
        {{.allotted = 1000}, 1000},
        {{.allotted = 1000, .granted = 50}, 1050},
        {{.allotted = 1000, .granted = 50, .reserved = 30}, 1020},
        {{.allotted = 1000, .granted = 50, .reserved = 30, .used = 7}, 1013},
        {{.allotted = 10, .used = 10}, 0},
        {{.allotted = -5, .granted = 3}, -2},
        {{.allotted = 5, .reserved = 3, .used = 4}, -2},
        /* Beyond 64 bits: the end of the range, and never more than there is. */
        {{.allotted = INT64_MAX, .granted = 1}, INT64_MAX},
        {{.allotted = INT64_MAX, .granted = INT64_MAX, .used = INT64_MAX}, 0},
        {{.allotted = INT64_MAX, .reserved = INT64_MAX, .used = 1}, 0},
        {{.allotted = 5, .reserved = INT64_MAX, .used = INT64_MAX}, 5 - INT64_MAX},
        {{.allotted = INT64_MIN, .granted = -1, .used = 1}, INT64_MIN},
        {{.allotted = 1, .reserved = INT64_MIN, .used = -1}, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int64_t available = policy_balance_available(&rows[i].balance);
        if (available != rows[i].available) {
            fail_msg("row %zu: %lld", i, (long long)available);
        }
    }
}

static void test_warnings(void **state)
{
    (void)state;
    static const struct {
        struct policy_balance balance;
        enum policy_quota_warning warning;
        int64_t percent;
    } rows[] = {
        {{.allotted = 0}, POLICY_QUOTA_CALM, 0},
        {{.allotted = 100}, POLICY_QUOTA_CALM, 0},
        {{.allotted = 100, .used = 79}, POLICY_QUOTA_CALM, 79},
        {{.allotted = 100, .used = 80}, POLICY_QUOTA_NEAR, 80},
        {{.allotted = 100, .used = 40, .reserved = 40}, POLICY_QUOTA_NEAR, 80},
        {{.allotted = 100, .granted = 1, .used = 80}, POLICY_QUOTA_CALM, 79},
        {{.allotted = 100, .used = 99}, POLICY_QUOTA_NEAR, 99},
        {{.allotted = 100, .used = 99, .reserved = 1}, POLICY_QUOTA_REACHED, 100},
        {{.allotted = 0, .granted = 5, .used = 5}, POLICY_QUOTA_REACHED, 100},
        /* Four fifths of what five does not divide. */
        {{.allotted = 7, .used = 5}, POLICY_QUOTA_CALM, 71},
        {{.allotted = 7, .used = 6}, POLICY_QUOTA_NEAR, 85},
        {{.allotted = 1, .used = 0}, POLICY_QUOTA_CALM, 0},
        {{.allotted = 1, .used = 1}, POLICY_QUOTA_REACHED, 100},
        {{.allotted = INT64_MAX, .used = INT64_MAX - 1}, POLICY_QUOTA_NEAR, 100},
        {{.allotted = INT64_MAX, .used = INT64_MAX / 2}, POLICY_QUOTA_CALM, 50},
        {{.allotted = 1, .used = INT64_MAX}, POLICY_QUOTA_REACHED, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct policy_balance *balance = &rows[i].balance;
        if (policy_balance_warning(balance) != rows[i].warning ||
            policy_balance_percent(balance) != rows[i].percent) {
            fail_msg("row %zu: %d, %lld", i, (int)policy_balance_warning(balance),
                     (long long)policy_balance_percent(balance));
        }
    }
}

static void test_month_format(void **state)
{
    (void)state;
    char month[POLICY_MONTH_BYTES] = "before";
    static const int wrong[][2] = {{2026, 0},  {2026, 13}, {2026, -1},   {1969, 12},
                                   {10000, 1}, {-1, 1},    {1 << 30, 5}, {2026, 1 << 30}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(policy_month_format(wrong[i][0], wrong[i][1], month));
        assert_string_equal(month, "before");
    }
    assert_true(policy_month_format(2026, 11, month));
    assert_string_equal(month, "2026-11");
    assert_true(policy_month_format(1970, 1, month));
    assert_string_equal(month, "1970-01");
    assert_true(policy_month_format(9999, 12, month));
    assert_string_equal(month, "9999-12");
}

static void test_month_valid(void **state)
{
    (void)state;
    static const char *const valid[] = {"2026-11", "1970-01", "9999-12", "2026-10", "2026-09"};
    static const char *const wrong[] = {"",         "2026",       "2026-",    "2026-1",  "2026-00",
                                        "2026-13",  "2026-99",    "1969-12",  "0000-01", "2026/11",
                                        "2026-111", "2026-1 ",    " 2026-11", "+026-11", "2026-+1",
                                        "2026-1x",  "2026-11 ",   "2026-11-", "20x6-11", "2026-:0",
                                        "-202-11",  "２０２６-11"};
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) {
        if (!policy_month_valid(valid[i])) {
            fail_msg("%s was not accepted", valid[i]);
        }
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (policy_month_valid(wrong[i])) {
            fail_msg("'%s' was accepted", wrong[i]);
        }
    }
    assert_false(policy_month_valid(NULL));
}

static void test_format_is_valid(void **state)
{
    (void)state;
    char month[POLICY_MONTH_BYTES];
    for (int year = 1970; year <= 9999; year += 73) {
        for (int number = 1; number <= 12; number++) {
            assert_true(policy_month_format(year, number, month));
            assert_true(policy_month_valid(month));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_available),       cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_month_format),    cmocka_unit_test(test_month_valid),
        cmocka_unit_test(test_format_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

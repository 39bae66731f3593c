/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/clock.h"

static const struct {
    const char *zone;
    int64_t at_ms;
    const char *text;
    const char *day;
    const char *month;
} cases[] = {
    {"UTC", INT64_C(1793491199999), "2026-10-31T23:59:59.999+00:00", "2026-10-31", "2026-10"},
    /* The month begins at the office's midnight, not at Greenwich's. */
    {"Asia/Shanghai", INT64_C(1793462399999), "2026-10-31T23:59:59.999+08:00", "2026-10-31",
     "2026-10"},
    {"Asia/Shanghai", INT64_C(1793462400000), "2026-11-01T00:00:00.000+08:00", "2026-11-01",
     "2026-11"},
    {"America/St_Johns", INT64_C(1793462400000), "2026-10-31T13:30:00.000-02:30", "2026-10-31",
     "2026-10"},
    {"UTC", INT64_C(1709164800007), "2024-02-29T00:00:00.007+00:00", "2024-02-29", "2024-02"},
};

static void moments_are_written_in_the_offices_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CLOCK_TEXT_BYTES];
        char day[DAY_BYTES];
        char month[POLICY_MONTH_BYTES];

        setenv("TZ", cases[i].zone, 1);
        tzset();
        clock_format(cases[i].at_ms, text);
        clock_day(cases[i].at_ms, day);
        clock_month(cases[i].at_ms, month);
        assert_string_equal(text, cases[i].text);
        assert_string_equal(day, cases[i].day);
        assert_string_equal(month, cases[i].month);
    }
}

static void impossible_moments_stay_in_form(void **state)
{
    static const int64_t moments[] = {INT64_MIN, -1, 0, INT64_MAX};

    (void)state;
    setenv("TZ", "Pacific/Kiritimati", 1);
    tzset();
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        char text[CLOCK_TEXT_BYTES];
        char month[POLICY_MONTH_BYTES];

        clock_format(moments[i], text);
        clock_month(moments[i], month);
        assert_true(policy_month_valid(month));
        assert_int_equal(text[10], 'T');
    }
}

static void weeks_begin_on_monday(void **state)
{
    static const struct {
        const char *zone;
        int64_t at_ms, begin_ms;
        uint32_t minute;
    } weeks[] = {
        /* Sunday 2026-11-01 23:59:59 and the Monday after it. */
        {"Asia/Shanghai", INT64_C(1793548799999), INT64_C(1792944000000), 10079},
        {"Asia/Shanghai", INT64_C(1793548800000), INT64_C(1793548800000), 0},
        {"UTC", INT64_C(1793548800000), INT64_C(1792972800000), 6 * 1440 + 16 * 60},
        /* The week in which clocks go back has an hour more; the calendar's minutes do not. */
        {"Europe/Berlin", INT64_C(1792969199000), INT64_C(1792360800000), 10079},
        {"Europe/Berlin", INT64_C(1792360800000), INT64_C(1792360800000), 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof weeks / sizeof weeks[0]; i++) {
        int64_t begin_ms;
        uint32_t minute;

        setenv("TZ", weeks[i].zone, 1);
        tzset();
        clock_week(weeks[i].at_ms, &begin_ms, &minute);
        if (begin_ms != weeks[i].begin_ms || minute != weeks[i].minute) {
            fail_msg("week %zu: %lld, %u", i, (long long)begin_ms, minute);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_written_in_the_offices_time),
        cmocka_unit_test(impossible_moments_stay_in_form),
        cmocka_unit_test(weeks_begin_on_monday),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

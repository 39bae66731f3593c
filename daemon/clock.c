/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/** Milliseconds of 1970-01-02 and 9999-12-30: a day from the ends, so that no zone's offset leaves
 * the years. */
static const int64_t first_ms = INT64_C(86400000);
static const int64_t last_ms = INT64_C(253402128000000);

static void local_time(int64_t at_ms, struct tm *ret_local, int *ret_ms)
{
    if (at_ms < first_ms) {
        at_ms = first_ms;
    } else if (at_ms > last_ms) {
        at_ms = last_ms;
    }
    time_t seconds = (time_t)(at_ms / 1000);

    *ret_ms = (int)(at_ms % 1000);
    if (localtime_r(&seconds, ret_local) == NULL) {
        gmtime_r(&seconds, ret_local);
    }
}

void clock_month(int64_t at_ms, char ret_month[POLICY_MONTH_BYTES])
{
    struct tm local;
    int ms;

    local_time(at_ms, &local, &ms);
    strftime(ret_month, POLICY_MONTH_BYTES, "%Y-%m", &local);
}

void clock_day(int64_t at_ms, char ret_day[DAY_BYTES])
{
    struct tm local;
    int ms;

    local_time(at_ms, &local, &ms);
    strftime(ret_day, DAY_BYTES, "%Y-%m-%d", &local);
}

void clock_week(int64_t at_ms, int64_t *ret_begin_ms, uint32_t *ret_minute)
{
    struct tm local;
    int ms;

    local_time(at_ms, &local, &ms);
    int day = (local.tm_wday + 6) % 7;
    *ret_minute = (uint32_t)(day * 24 * 60 + local.tm_hour * 60 + local.tm_min);
    /* mktime() finds the offset that was in force then. */
    struct tm monday = {.tm_year = local.tm_year,
                        .tm_mon = local.tm_mon,
                        .tm_mday = local.tm_mday - day,
                        .tm_isdst = -1};
    *ret_begin_ms = (int64_t)mktime(&monday) * 1000;
}

void clock_format(int64_t at_ms, char ret_text[CLOCK_TEXT_BYTES])
{
    struct tm local;
    int ms;
    char date[20];

    local_time(at_ms, &local, &ms);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local);
    unsigned minutes = (unsigned)labs(local.tm_gmtoff) / 60 % (24 * 60);

    snprintf(ret_text, CLOCK_TEXT_BYTES, "%s.%03u%c%02u:%02u", date, (unsigned)ms % 1000,
             local.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Moments as the office writes them: local time of settings->time_zone, which main() puts into TZ
 * before threads start. */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

#include "daemon/vault/keys.h"
#include "policy/quota.h"

enum { CLOCK_TEXT_BYTES = 32 }; /**< of RFC 3339 with milliseconds and offset, with its NUL */

/** "YYYY-MM" of a moment (milliseconds since 1970 UTC); years outside 1970 … 9999 give the nearest
 * month inside. */
void clock_month(int64_t at_ms, char ret_month[POLICY_MONTH_BYTES]);
/** "YYYY-MM-DD" of a moment, likewise. */
void clock_day(int64_t at_ms, char ret_day[DAY_BYTES]);
/** The Monday 00:00 local time with which the week of a moment began, and the minutes of the
 * calendar's week since then (0 … 10079; a clock that was put forward or back does not count). */
void clock_week(int64_t at_ms, int64_t *ret_begin_ms, uint32_t *ret_minute);
/** RFC 3339 with the zone's offset: "2026-11-03T09:30:00.125+08:00". */
void clock_format(int64_t at_ms, char ret_text[CLOCK_TEXT_BYTES]);

#endif

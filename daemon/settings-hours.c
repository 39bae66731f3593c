/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings-hours.h"

#include <stdint.h>
#include <string.h>

enum { DAY_MINUTES = 24 * 60 };

/* Reads a day's three letters and moves on; -1 when there are none. */
static int read_day(const char **at)
{
    static const char days[][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

    for (int day = 0; day < 7; day++) {
        if (strncmp(*at, days[day], 3) == 0) {
            *at += 3;
            return day;
        }
    }
    return -1;
}

static int read_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return -1;
    }
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* Reads HH:MM as a minute of the day and moves on; -1 when it is none. */
static int read_time(const char **at)
{
    int hour = read_digits(*at);
    int minute = hour >= 0 && (*at)[2] == ':' ? read_digits(*at + 3) : -1;

    if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > DAY_MINUTES) {
        return -1;
    }
    *at += 5;
    return hour * 60 + minute;
}

bool settings_hours_add(const char *text, struct policy_settings *settings)
{
    int first = read_day(&text);
    int last = first;

    if (first >= 0 && *text == '-') {
        text++;
        last = read_day(&text);
    }
    if (first < 0 || last < first || *text != ' ') {
        return false;
    }
    text += strspn(text, " ");
    int begin = read_time(&text);
    if (begin < 0 || *text++ != '-') {
        return false;
    }
    int end = read_time(&text);
    if (end <= begin || *text != '\0' ||
        settings->hours_length + (size_t)(last - first + 1) > POLICY_HOURS_MAX) {
        return false;
    }
    for (int day = first; day <= last; day++) {
        settings->hours[settings->hours_length++] = (struct policy_hours){
            (uint16_t)(day * DAY_MINUTES + begin), (uint16_t)(day * DAY_MINUTES + end)};
    }
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/fault.h"

#ifdef PRINTROOM_FAULT_POINTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fault_point(const char *name)
{
    static atomic_long passages;
    const char *wanted = getenv("PRINTROOM_FAULT");
    size_t length = strlen(name);

    if (wanted == NULL || strncmp(wanted, name, length) != 0 ||
        (wanted[length] != '\0' && wanted[length] != ':')) {
        return;
    }
    long passage = wanted[length] == ':' ? strtol(wanted + length + 1, NULL, 10) : 1;

    if (atomic_fetch_add(&passages, 1) + 1 == passage) {
        kill(getpid(), SIGKILL);
    }
}

int64_t fault_clock_offset_ms(void)
{
    const char *seconds = getenv("PRINTROOM_CLOCK_OFFSET");

    return seconds != NULL ? strtoll(seconds, NULL, 10) * 1000 : 0;
}

int fault_tick_s(int usual_s)
{
    const char *seconds = getenv("PRINTROOM_TICK");

    return seconds != NULL ? (int)strtol(seconds, NULL, 10) : usual_s;
}
#else
/* ISO C forbids an empty translation unit. */
typedef int fault_points_are_not_compiled_in;
#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * For tests: CUPS's ipp backend looks at a job once when it has sent it, and then after pauses of
 * one second, one, two, three … So a job takes a second more than the simulated printer, and a
 * suite of tests minutes of nothing. Put under the backend with LD_PRELOAD, this makes its pauses a
 * tenth as long. What is done between them, and in which order, stays CUPS's own.
 */
#include <time.h>

unsigned sleep(unsigned seconds)
{
    struct timespec pause = {.tv_sec = seconds / 10, .tv_nsec = seconds % 10 * 100000000L};

    /* A signal ends it, as it does sleep(). */
    return nanosleep(&pause, NULL) == 0 ? 0 : 1;
}

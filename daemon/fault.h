/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Fault points: places between two steps where a test lets the daemon die as by a power cut. They
 * exist only in builds configured with --enable-fault-points; elsewhere FAULT_POINT() is nothing.
 */
#ifndef DAEMON_FAULT_H
#define DAEMON_FAULT_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stdint.h>

#ifdef PRINTROOM_FAULT_POINTS
/** Kills the process with SIGKILL when PRINTROOM_FAULT names this point: "NAME" or "NAME:N" for its
 * Nth passage. */
void fault_point(const char *name);
#define FAULT_POINT(name) fault_point(name)
#else
#define FAULT_POINT(name) ((void)0)
#endif

#ifdef PRINTROOM_FAULT_POINTS
/** Milliseconds a test has put the clock forward: PRINTROOM_CLOCK_OFFSET, in seconds. */
int64_t fault_clock_offset_ms(void);

/** Seconds between two looks for what time alone brings about: PRINTROOM_TICK, or else `usual_s`.
 */
int fault_tick_s(int usual_s);
#else
#define fault_clock_offset_ms() INT64_C(0)
#define fault_tick_s(usual_s)   (usual_s)
#endif

#endif

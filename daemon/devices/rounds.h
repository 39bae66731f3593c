/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The daily round: at the start of a day every device is asked who it is, what it counted and what
 * it has left, as soon as it is at rest; one that does not answer is asked again later, one that
 * cannot count on the next day (daemon/devices/turns.h). A thread of its own, and one more a device
 * while it is asked, so that none waits for another.
 */
#ifndef DAEMON_DEVICES_ROUNDS_H
#define DAEMON_DEVICES_ROUNDS_H

#include "daemon/devices/answers.h"
#include "daemon/office.h"
#include "daemon/store/devices.h"

struct device_rounds;

/** @param office  borrowed; must outlive the rounds */
int device_rounds_start(struct office *office, struct device_rounds **ret_rounds);
/** Stops after the questions under way, one a device. NULL is allowed. */
void device_rounds_stop(struct device_rounds *rounds);

/** Reads the counters of a device and stores them (not at rest). `answer` as device_ask(). */
int device_read_counters(struct office *office, const struct device_record *device,
                         const char *occasion, struct device_answer *answer);
/** Asks for supplies and remembers them. */
int device_read_supplies(struct office *office, const struct device_record *device,
                         struct device_answer *answer);
/** Asks who the device is and remembers it; `adopt` as device_set_probe(). */
int device_read_probe(struct office *office, const struct device_record *device, bool adopt,
                      const char *actor, struct device_answer *answer);

#endif

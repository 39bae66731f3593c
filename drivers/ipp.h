/* SPDX-License-Identifier: GPL-2.0-or-later */
/** IPP as a driver: identity, state, counters, supplies, and the jobs that a device keeps. */
#ifndef DRIVERS_IPP_H
#define DRIVERS_IPP_H

#include "drivers/driver.h"
#include "drivers/residue.h"

/**
 * Connects and asks what the device can do.
 *
 * @param target  its URI is the device's; strings borrowed as long as the session lives
 * @param uri     as it was given on the command line
 * @param rules   borrowed as long as the session lives
 * @param purge_jobs  whether Purge-Jobs may be used where nothing else helps: it destroys the
 * device's accounting
 * @param ret     written on DEVICE_OK only
 */
enum device_result ipp_session_open(const struct device_target *target, const char *uri,
                                    const struct residue_rules *rules, bool purge_jobs,
                                    int64_t deadline_ms, struct device_session **ret,
                                    char ret_message[DEVICE_TEXT_BYTES]);

#endif

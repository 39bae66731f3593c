/* SPDX-License-Identifier: GPL-2.0-or-later */
/** PJL as a driver: identity, state, page count, and the files on the printer's volumes. */
#ifndef DRIVERS_PJL_H
#define DRIVERS_PJL_H

#include "drivers/driver.h"
#include "drivers/residue.h"
#include "drivers/talk.h"

/**
 * Greets the printer in PJL. To be called only where it is known to understand it: another one
 * prints what it is asked.
 *
 * @param talk   borrowed as long as the session lives; the session changes its transcript
 * @param rules  borrowed as long as the session lives
 * @param ret    written on DEVICE_OK only
 * @return DEVICE_UNREACHABLE: gone or silent; DEVICE_MALFORMED: it answers something else
 */
enum device_result pjl_session_open(struct talk *talk, const char *uri,
                                    const struct residue_rules *rules, struct device_session **ret,
                                    char ret_message[DEVICE_TEXT_BYTES]);

#endif

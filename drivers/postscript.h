/* SPDX-License-Identifier: GPL-2.0-or-later */
/** PostScript as a driver: product, page count, and the files on the printer's devices. */
#ifndef DRIVERS_POSTSCRIPT_H
#define DRIVERS_POSTSCRIPT_H

#include "drivers/driver.h"
#include "drivers/residue.h"
#include "drivers/talk.h"

/**
 * Greets the interpreter. To be called only where it is known to be there.
 *
 * @param talk        borrowed as long as the session lives; the session changes its transcript
 * @param inside_pjl  PostScript is entered from PJL and left by it; otherwise a job ends with ^D
 * @param rules       borrowed as long as the session lives
 * @param ret         written on DEVICE_OK only
 * @return DEVICE_UNREACHABLE: gone or silent; DEVICE_MALFORMED: it answers something else
 */
enum device_result postscript_session_open(struct talk *talk, const char *uri, bool inside_pjl,
                                           const struct residue_rules *rules,
                                           struct device_session **ret,
                                           char ret_message[DEVICE_TEXT_BYTES]);

#endif

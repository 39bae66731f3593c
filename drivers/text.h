/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Text from a device, made harmless. */
#ifndef DRIVERS_TEXT_H
#define DRIVERS_TEXT_H

#include <stddef.h>

/**
 * Copies text: control characters become spaces; what is not UTF-8 (RFC 3629) becomes '?' byte by
 * byte; cut between two characters where it does not fit.
 *
 * @param from  NULL counts as ""
 */
void text_clean(char *to, size_t to_bytes, const char *from);

#endif

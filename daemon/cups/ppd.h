/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The PPD of the managed queue. Its one purpose is to make cupsd turn every input into PDF for the
 * backend, and to show the print room's own options (Classification, Urgent, DocumentNumber) in
 * print dialogs.
 */
#ifndef DAEMON_CUPS_PPD_H
#define DAEMON_CUPS_PPD_H

#include <stdio.h>

#include "policy/level.h"

/**
 * Writes the PPD, in English with zh_CN translations.
 *
 * @param ladder         the levels to choose from, at least one
 * @param default_level  rank of the one chosen when the sender names none
 * @param stream         is written to and flushed, not closed
 * @return PR_OK, PR_EINVAL when default_level is not on the ladder, PR_EIO or PR_ENOSPC when the
 * stream cannot be written
 */
int managed_queue_ppd_write(const struct policy_ladder *ladder, int default_level, FILE *stream);

#endif

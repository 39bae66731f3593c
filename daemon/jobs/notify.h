/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Mail to those who may decide, through the machine's own sendmail. */
#ifndef DAEMON_JOBS_NOTIFY_H
#define DAEMON_JOBS_NOTIFY_H

#include "daemon/office.h"

/**
 * Tells of every open approval that nobody was told of yet, and reminds of those that are older
 * than settings->approvals.remind_ms, once each. Called from the main loop and never from a
 * request: what was not told because of a crash is told at the next call. Does nothing unless
 * settings->sendmail is set. Ends early when the program fails or takes too long (logged); it is
 * then tried again at the next call.
 */
void approvals_notify(struct office *office, int64_t now_ms);

#endif

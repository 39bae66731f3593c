/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Mail to those who may decide, through the machine's own sendmail. */
#ifndef DAEMON_JOBS_NOTIFY_H
#define DAEMON_JOBS_NOTIFY_H

#include "daemon/office.h"

/** Whose turn it is, from call to call; begins as {0}. */
struct notify_round {
    int64_t last; /**< key of the approval that was tried last */
};

/**
 * Tells of every open approval that nobody was told of yet, and reminds of those that are older
 * than settings->approvals.remind_ms, once each. Called from the main loop and never from a
 * request: what was not told because of a crash is told at the next call. Does nothing unless
 * settings->sendmail is set. A program that hangs is ended after 10 s; a call takes 15 s at most.
 * What could not be sent is logged and tried again when its turn comes, after the others.
 */
void approvals_notify(struct office *office, struct notify_round *round, int64_t now_ms);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What the rooms of the daemon share: made in main(), handed down, never global. All members are
 * set before the first thread starts and stay as they are until the last has ended; what they point
 * to guards itself.
 */
#ifndef DAEMON_OFFICE_H
#define DAEMON_OFFICE_H

#include "daemon/settings.h"

struct store;
struct document_helper;
struct keyring;
struct dispatcher;
struct intake_desk;
struct trace_key;

struct office {
    const struct settings *settings;
    struct store *store;
    struct document_helper *documents;
    struct keyring *keyring;
    const struct trace_key *trace_key; /**< the keyring's; NULL: gone, nothing may be stamped */
    struct dispatcher *dispatcher;
    struct intake_desk *desk;
    int spool_fd; /**< folder of spooled documents */
};

#endif

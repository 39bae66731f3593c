/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The steps of the schema and the loop that runs them. */
#ifndef DAEMON_STORE_MIGRATE_H
#define DAEMON_STORE_MIGRATE_H

#include <sqlite3.h>

/** The files of daemon/store/schema in order, made into strings at build time
 * (daemon/store/local.mk). Step i leads from PRAGMA user_version i to i + 1. */
extern const char *const schema_steps[];
extern const int schema_steps_length;

/**
 * Runs the steps a database lacks, each in a transaction of its own together with its user_version,
 * so that a crash leaves a whole number of steps behind. Several processes may try at the same
 * time.
 *
 * @param db            outside of any transaction, with a busy timeout
 * @param steps,length  schema_steps, schema_steps_length but in tests
 * @return PR_OK; PR_EDB when the schema is newer than the steps or the database is somebody else's
 * (said in the log), or when SQLite reports an error; PR_ENOSPC, PR_ENOMEM, PR_EBUSY
 */
int migrate(sqlite3 *db, const char *const *steps, int length);

#endif

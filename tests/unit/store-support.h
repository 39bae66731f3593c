/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the tests of the store share: a store in a folder of its own, raw SQL past the contracts.
 */
#ifndef TESTS_UNIT_STORE_SUPPORT_H
#define TESTS_UNIT_STORE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/store/store.h"

struct support {
    char folder[64];
    char path[96];
    struct store *store;
};

/** cmocka set-up and tear-down: *state is a struct support with an open, empty store. */
int support_set_up(void **state);
int support_tear_down(void **state);

/** Closes and opens again. */
void support_reopen(struct support *support);
/** Gives up durability (not consistency) of the open store's writer for speed. */
void support_hurry(struct support *support);

struct store_tx *support_begin(struct support *support);
/** Runs SQL behind the contracts' back; an extended result code of SQLite. Not sticky. */
int support_sql(struct store_tx *tx, const char *sql);
/** Runs SQL on a connection of its own, as the sqlite3 shell would, outside of the store; fails the
 * test on errors. */
void support_shell(const struct support *support, const char *sql);
/** The integer a query gives; fails the test when it gives none. */
int64_t support_number(struct store_tx *tx, const char *sql);
/** A new row of job with nothing remarkable about it; its key. */
int64_t support_job(struct store_tx *tx);
/** Departments "d0", "d1" … and jobs, both with the keys 1, 2, 3 …, in an empty store. */
void support_populate(struct support *support, int departments, int jobs);

#endif

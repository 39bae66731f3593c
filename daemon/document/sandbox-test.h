/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Tries, inside the sandbox, what must not be possible there. */
#ifndef DAEMON_DOCUMENT_SANDBOX_TEST_H
#define DAEMON_DOCUMENT_SANDBOX_TEST_H

/**
 * @param what  one of the names in the table of sandbox-test.c, "list" to print them
 * @return exit status: 0 it was possible (the sandbox leaks), 3 it was refused, 2 no such name; or
 * the process is killed
 */
int sandbox_test(const char *what);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Runs a helper program for one short answer on its standard output. */
#ifndef DAEMON_CUPS_CHILD_ANSWER_H
#define DAEMON_CUPS_CHILD_ANSWER_H

#include <stddef.h>

/**
 * Starts a program, takes what it prints until it ends, reaps it. It gets no descriptor but
 * standard error and an empty standard input, no environment but PATH and LANG, and default
 * signals. It is killed when the time or the room is over. Thread-safe; the process must not reap
 * children it does not know (no waitpid(-1), no SIGCHLD set to ignore).
 *
 * @param argv        path of the program and arguments, ends with NULL
 * @param timeout_ms  wall-clock time for all of it
 * @param buffer      takes the answer and a NUL; one byte less than `size` is used
 * @param ret_length  bytes of the answer; what there was of it also when it was cut off (any error
 * but PR_ECRASHED and PR_EIO of a program that did not start)
 * @param ret_exit    its exit code
 * @return PR_OK: it ended by itself with an exit code. PR_ETIMEOUT, PR_ELIMIT (printed too much),
 * PR_ECRASHED (did not start, or ended by a signal), PR_EIO (no pipe)
 */
int child_answer(char *const argv[], unsigned timeout_ms, char *buffer, size_t size,
                 size_t *ret_length, int *ret_exit);

/** The same for a program that reads its standard input, from the descriptor's place on. */
int child_answer_to(char *const argv[], int input, unsigned timeout_ms, char *buffer, size_t size,
                    size_t *ret_length, int *ret_exit);

#endif

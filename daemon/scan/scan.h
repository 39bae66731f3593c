/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The daemon's end of `printroom-scan`: a picture in, the texts of its codes out. */
#ifndef DAEMON_SCAN_SCAN_H
#define DAEMON_SCAN_SCAN_H

#include "daemon/scan/codes.h"

/**
 * Has the codes of a picture read by a process of its own. What comes back was made by a process
 * that has read a hostile picture: it is believed to be texts, and nothing more.
 *
 * @param program     path of printroom-scan
 * @param picture_fd  PNG or JPEG; read from its place to its end
 * @param ret_codes   none found is PR_OK with length 0
 * @return PR_OK; PR_EFORMAT (no picture, or damaged), PR_ELIMIT (too large), PR_ETIMEOUT,
 * PR_ECRASHED (it could not be started, died, or answered with something else), PR_EIO
 */
int scan_picture(const char *program, int picture_fd, struct codes *ret_codes);

/**
 * Reads an answer of printroom-scan.
 *
 * @return PR_OK; PR_EFORMAT, PR_ELIMIT as it says; PR_ECRASHED for what is no answer
 */
int scan_answer_parse(const char *answer, size_t length, struct codes *ret_codes);

#endif

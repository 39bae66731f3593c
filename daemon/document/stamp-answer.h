/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A stamped document on its way back from the helper.
 *
 * It is large, so it is not kept in memory on either side: it comes in pieces, each led by its
 * length (32 bits, little-endian, at most STAMP_PIECE_MAX), and ends with a piece of length 0. The
 * line of a problem may come instead of any piece; read as a length it is none. What ends without
 * the empty piece was cut off.
 */
#ifndef DAEMON_DOCUMENT_STAMP_ANSWER_H
#define DAEMON_DOCUMENT_STAMP_ANSWER_H

#include <stdint.h>

#include "daemon/document/client.h"

enum { STAMP_PIECE_MAX = 1 << 20 };

/**
 * Reads a stamped document into a memory file.
 *
 * @param fd           reading end of a pipe
 * @param patience_ms  how long the whole may take
 * @param bytes_max    more is not taken: PR_ECRASHED
 * @param ret_fd       memfd, sealed, at offset 0; begins with the bytes of the original
 * @param ret_message  the helper's words when it refused; "" otherwise. Always set.
 * @return PR_OK; what the helper reported; PR_ETIMEOUT; PR_ECRASHED for what is no answer;
 * PR_ENOMEM
 */
int stamp_answer_read(int fd, int64_t patience_ms, uint64_t bytes_max, int *ret_fd,
                      char ret_message[DOCUMENT_MESSAGE_BYTES]);

/**
 * Writes a plan as the helper reads it (stamp-plan.h).
 *
 * @param ret_fd  memfd, sealed
 * @return PR_OK; PR_EINVAL (a text or code that may not stand there, a number out of range);
 * PR_ENOMEM
 */
int stamp_request_write(const struct document_stamp_plan *plan, int *ret_fd);

#endif

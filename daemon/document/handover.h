/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A request to the helper: one SOCK_SEQPACKET message that says what is wanted and carries two
 * descriptors, the document and the result's pipe. Spoken between daemon and warm parent, and
 * between warm parent and child.
 */
#ifndef DAEMON_DOCUMENT_HANDOVER_H
#define DAEMON_DOCUMENT_HANDOVER_H

#include <stdint.h>

enum { HANDOVER_FDS = 2 };
enum handover { HANDOVER_REQUEST, HANDOVER_END, HANDOVER_NOTHING };

/** What is wanted of the document. */
struct handover_wish {
    uint32_t page; /**< page (from 1) to be painted, 0: inspect the document */
    uint32_t dpi;  /**< of the picture */
};

/** Sends wish and both descriptors; PR_OK or PR_EUNREACHABLE (the other side has ended). Raises no
 * SIGPIPE.
 */
int handover_send(int socket_fd, const struct handover_wish *wish, const int fds[HANDOVER_FDS]);

/**
 * Waits for a message.
 *
 * @return HANDOVER_REQUEST with ret_wish and ret_fds (document, result) set, close-on-exec;
 * HANDOVER_END when the other side has closed; HANDOVER_NOTHING for a message that is no request
 * (its descriptors are closed)
 */
enum handover handover_receive(int socket_fd, struct handover_wish *ret_wish,
                               int ret_fds[HANDOVER_FDS]);

#endif

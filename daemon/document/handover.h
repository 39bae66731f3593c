/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A request to the helper: one SOCK_SEQPACKET message that says what is wanted and carries three
 * descriptors: the document, the result's pipe, and the plan of a stamp (the document once more
 * where none is wanted). Spoken between daemon and warm parent, and between warm parent and
 * child.
 */
#ifndef DAEMON_DOCUMENT_HANDOVER_H
#define DAEMON_DOCUMENT_HANDOVER_H

#include <stdint.h>

enum { HANDOVER_FDS = 3 };
enum handover { HANDOVER_REQUEST, HANDOVER_END, HANDOVER_NOTHING };

enum wish { WISH_INSPECT, WISH_PREVIEW, WISH_STAMP, WISHES };

/** What is wanted of the document. */
struct handover_wish {
    enum wish wish;
    uint32_t page; /**< WISH_PREVIEW: page (from 1) to be painted */
    uint32_t dpi;  /**< of the picture */
};

/** Sends wish and descriptors; PR_OK or PR_EUNREACHABLE (the other side has ended). Raises no
 * SIGPIPE.
 */
int handover_send(int socket_fd, const struct handover_wish *wish, const int fds[HANDOVER_FDS]);

/**
 * Waits for a message.
 *
 * @return HANDOVER_REQUEST with ret_wish and ret_fds (document, result, plan) set, close-on-exec;
 * HANDOVER_END when the other side has closed; HANDOVER_NOTHING for a message that is no request
 * (its descriptors are closed)
 */
enum handover handover_receive(int socket_fd, struct handover_wish *ret_wish,
                               int ret_fds[HANDOVER_FDS]);

#endif

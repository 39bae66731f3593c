/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A request to the helper: one SOCK_SEQPACKET message that carries two descriptors, the document
 * and the result's pipe. Spoken between daemon and warm parent, and between warm parent and child.
 */
#ifndef DAEMON_DOCUMENT_HANDOVER_H
#define DAEMON_DOCUMENT_HANDOVER_H

enum { HANDOVER_FDS = 2 };
enum handover { HANDOVER_REQUEST, HANDOVER_END, HANDOVER_NOTHING };

/** Sends both descriptors; PR_OK or PR_EUNREACHABLE (the other side has ended). Raises no SIGPIPE.
 */
int handover_send(int socket_fd, const int fds[HANDOVER_FDS]);

/**
 * Waits for a message.
 *
 * @return HANDOVER_REQUEST with ret_fds (document, result) set, close-on-exec; HANDOVER_END when
 * the other side has closed; HANDOVER_NOTHING for a message that is no request (its descriptors are
 * closed)
 */
enum handover handover_receive(int socket_fd, int ret_fds[HANDOVER_FDS]);

#endif

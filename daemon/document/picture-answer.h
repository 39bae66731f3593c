/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Reads a picture from the helper. The helper may have been taken over by a document: only the
 * frame of what it sends is believed. */
#ifndef DAEMON_DOCUMENT_PICTURE_ANSWER_H
#define DAEMON_DOCUMENT_PICTURE_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/document/client.h"

/**
 * Reads to the end of a pipe.
 *
 * @param fd           reading end
 * @param patience_ms  how long the whole may take
 * @param ret_png      malloc'd; begins and ends as a PNG, at most PREVIEW_BYTES_MAX bytes
 * @param ret_message  the helper's words when it refused; "" otherwise. Always set.
 * @return PR_OK; what the helper reported; PR_ETIMEOUT; PR_ECRASHED for what is no answer;
 * PR_ENOMEM
 */
int picture_answer_read(int fd, int64_t patience_ms, void **ret_png, size_t *ret_size,
                        char ret_message[DOCUMENT_MESSAGE_BYTES]);

#endif

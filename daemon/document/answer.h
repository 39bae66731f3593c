/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Reads the helper's line. The helper may have been taken over by a document: every value is
 * checked. */
#ifndef DAEMON_DOCUMENT_ANSWER_H
#define DAEMON_DOCUMENT_ANSWER_H

#include <stddef.h>

#include "daemon/document/client.h"

/**
 * Reads one line, facts or a problem.
 *
 * @param line,size    without need of a terminator
 * @param pages_max    facts with more pages are not believed
 * @param ret_facts    set on PR_OK; document_facts_clear() frees it
 * @param ret_message  the helper's words when it refused, printable ASCII; "" otherwise. Always
 * set.
 * @return PR_OK; what the helper reported (PR_EFORMAT, PR_EUNSUPPORTED, PR_ELIMIT, PR_ETIMEOUT,
 * PR_ECRASHED); PR_ECRASHED for what is no answer; PR_ENOMEM
 */
int answer_parse(const char *line, size_t size, uint32_t pages_max,
                 struct document_facts *ret_facts, char ret_message[DOCUMENT_MESSAGE_BYTES]);

#endif

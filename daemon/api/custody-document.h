/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Numbered copies as JSON. */
#ifndef DAEMON_API_CUSTODY_DOCUMENT_H
#define DAEMON_API_CUSTODY_DOCUMENT_H

#include "daemon/api/route.h"
#include "daemon/store/custody.h"

/** The state in words. */
const char *api_custody_state_words(enum custody_state state, enum policy_language language);

/** A Copy of openapi.yaml; NULL when out of memory. */
json_t *api_custody_document(const struct api_request *request, const struct custody_copy *copy);
/** The same with `events` and `readers`. PR_OK, PR_ENOMEM, PR_EDB. */
int api_custody_document_whole(const struct api_request *request, struct store_tx *tx,
                               const struct custody_copy *copy, json_t **ret_document);

/**
 * Finds the copy a text names: "JOB/NUMBER", or a genuine token.
 *
 * @param ret_page  page the token names, 0: none
 * @return PR_OK; PR_EFORMAT, PR_ENOENT (no such copy; a token that is genuine all the same),
 * PR_ECRYPTO (forged or altered), PR_ENOKEY
 */
int api_custody_find(const struct office *office, struct store_tx *tx, const char *text,
                     struct custody_copy *ret_copy, uint32_t *ret_page);

#endif

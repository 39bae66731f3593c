/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the resources share. */
#ifndef DAEMON_API_RESOURCE_H
#define DAEMON_API_RESOURCE_H

#include "daemon/api/route.h"
#include "daemon/store/history.h"
#include "daemon/store/store.h"

/** Commits when error is PR_OK, rolls back otherwise. Returns the error, or the commit's. */
int api_tx_end(struct store_tx *tx, int error);

/** A list on its way into an answer. */
struct api_listing {
    struct api_request *request;
    struct store_tx *tx; /**< reading */
    json_t *list;
};
/** Appends a document, whose reference is taken; PR_ENOMEM also when it is NULL. */
int api_listing_add(struct api_listing *listing, json_t *document);
/** Answers with what `walk` adds, all read in one transaction; or with its error. */
void api_reply_listing(struct api_request *request, int (*walk)(struct api_listing *listing));

/** A text, or null for "". */
json_t *api_text_or_null(const char *text);
/** A moment as RFC 3339, or null for 0. */
json_t *api_moment_or_null(int64_t at_ms);

/** The text in the request's language. */
const char *api_words(const struct api_request *request, const char *english, const char *chinese);

/** The month a request means: the one given, else the one now is in. */
void api_month(const struct api_value *value, char ret_month[POLICY_MONTH_BYTES]);

/** Appends a warning for each account the peer may see that is nearly or quite used up, as Finding
 * documents. */
int api_quota_warnings(struct api_request *request, const char *month, json_t *list);

/** Every device as an array of Device documents, as much of them as the peer may see. */
int api_device_documents(const struct api_request *request, json_t **ret_list);

/** A person, without what they used and what was changed. */
json_t *api_person_document(const struct person *person);
/** The same with `use` and `changes`. PR_ENOENT … */
int api_person_document_whole(struct store_tx *tx, const char *login, json_t **ret_document);
/** The audit leaves of a person or department, oldest first, as an array of {"at", "actor",
 * "event", "detail"}. */
int api_history_document(struct store_tx *tx, enum history_kind kind, const char *object,
                         json_t **ret_list);
/** The set of roles a value names, staff when it names none; false after a refusal (unknown,
 * incompatible). */
bool api_roles_read(struct api_request *request, const struct api_value *value,
                    uint32_t *ret_roles);
/** True when the peer acts as the person of this login. */
bool api_is_self(const struct api_request *request, const char *login);

#endif

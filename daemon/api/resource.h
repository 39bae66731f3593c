/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the resources share. */
#ifndef DAEMON_API_RESOURCE_H
#define DAEMON_API_RESOURCE_H

#include "daemon/api/route.h"
#include "daemon/store/store.h"

/** Commits when error is PR_OK, rolls back otherwise. Returns the error, or the commit's. */
int api_tx_end(struct store_tx *tx, int error);

/** The text in the request's language. */
const char *api_words(const struct api_request *request, const char *english, const char *chinese);

/** The month a request means: the one given, else the one now is in. */
void api_month(const struct api_value *value, char ret_month[POLICY_MONTH_BYTES]);

/** Every device as an array of Device documents. */
int api_device_documents(const struct office *office, json_t **ret_list);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/resource.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"

int api_tx_end(struct store_tx *tx, int error)
{
    if (error == PR_OK) {
        return store_commit(tx);
    }
    store_rollback(tx);
    return error;
}

const char *api_words(const struct api_request *request, const char *english, const char *chinese)
{
    return request->language == POLICY_CHINESE ? chinese : english;
}

void api_month(const struct api_value *value, char ret_month[POLICY_MONTH_BYTES])
{
    if (value->given) {
        memcpy(ret_month, value->text, POLICY_MONTH_BYTES); /* its form was checked */
    } else {
        clock_month(store_now_ms(), ret_month);
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/month.h"

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/ledger.h"
#include "daemon/store/people.h"

struct begin {
    const struct office *office;
    struct store_tx *tx;
    const char *month;
};

static int begin_account(void *context, const struct department *department)
{
    const struct begin *begin = context;
    int64_t sheets = 0;

    if (!department->active) {
        return PR_OK;
    }
    int result = ledger_carry_over(begin->tx, department->key, begin->month,
                                   begin->office->settings->carry_over_sheets, &sheets);

    if (result == PR_OK && sheets > 0) {
        log_write(LOG_LEVEL_NOTICE, "quota of %s: %lld sheets are carried over to %s",
                  department->code, (long long)sheets, begin->month);
    }
    return result;
}

void month_begin(struct office *office, const char *month)
{
    struct begin begin = {.office = office, .month = month};
    int result = store_begin(office->store, &begin.tx);

    if (result == PR_OK) {
        result = department_each(begin.tx, begin_account, &begin);
        if (result == PR_OK) {
            result = store_commit(begin.tx);
        } else {
            store_rollback(begin.tx);
        }
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "the accounts of %s could not be opened: %s", month,
                  pr_strerror(result));
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/numbering.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/custody.h"

/** The numbers of a job's copies that are being printed, and how many copies it has beyond them
 * that exist or may exist on paper. */
struct numbered {
    uint32_t first;
    uint32_t copies;
    uint32_t last;
    uint32_t others;
};

static int count_copy(void *context, const struct custody_copy *copy)
{
    struct numbered *numbered = context;

    if (copy->state == CUSTODY_PRINTING) {
        numbered->first = numbered->copies == 0 ? copy->number : numbered->first;
        numbered->last = copy->number;
        numbered->copies++;
    } else if (copy->state != CUSTODY_VOID) {
        numbered->others++;
    }
    return PR_OK;
}

static int next_number(struct store_tx *tx, const char *document, int64_t *ret_number)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT 1 + coalesce(max(number), 0) FROM copy WHERE document = ?1");

    store_bind_text(statement, 1, document);
    int step = store_step(tx, statement);
    if (step != 1) {
        return step < 0 ? step : store_tx_fail(tx, PR_EDB);
    }
    *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int copies_number(struct store_tx *tx, const struct job_record *job, uint32_t copies,
                  uint32_t *ret_first)
{
    const char *number = job->request.document_number;
    const char *document = number[0] != '\0' ? number : job->id;
    const struct custody_filter filter = {.job = job->key};
    struct numbered numbered = {.copies = 0};
    int64_t next = 0;
    int result = custody_each(tx, &filter, count_copy, &numbered);

    if (result != PR_OK) {
        return result;
    }
    if (numbered.others > 0 || (numbered.copies > 0 && numbered.copies != copies)) {
        return PR_ESTATE;
    }
    if (numbered.copies > 0) {
        *ret_first = numbered.first;
        return numbered.last - numbered.first + 1 == copies ? PR_OK : PR_ESTATE;
    }
    result = next_number(tx, document, &next);
    if (result != PR_OK) {
        return result;
    }
    if (copies == 0 || next + copies - 1 > UINT16_MAX) {
        return PR_ELIMIT;
    }
    result = custody_number(tx, job, document, (uint32_t)next, copies);
    if (result == PR_OK) {
        *ret_first = (uint32_t)next;
    }
    return result;
}

/** What a job's event says of its copies; CUSTODY_EVENTS: nothing. */
static enum custody_event meaning(const struct job_record *job, const struct job_change *change,
                                  int64_t sheets)
{
    const bool settled = job_state_is_final(job->state);

    switch (change->event) {
    case JOB_EVENT_PRINTED:
        return CUSTODY_EVENT_PRINTED;
    case JOB_EVENT_OPERATOR_SETTLED:
        if (sheets >= job->sheets) {
            return CUSTODY_EVENT_PRINTED;
        }
        break;
    case JOB_EVENT_UNCERTAIN:
        return CUSTODY_EVENT_UNCERTAIN;
    case JOB_EVENT_RETURNED: /* of copies in doubt only: see collect() */
    case JOB_EVENT_REPRINT:
    case JOB_EVENT_REPRINT_HELD:
        /* A word, not a proof: the next attempt gets numbers of its own, so that two sheets never
         * bear the same code. */
        return CUSTODY_EVENT_UNPRINTED;
    default:
        if (!settled) {
            return CUSTODY_EVENTS;
        }
        break;
    }
    return sheets == 0 ? CUSTODY_EVENT_UNPRINTED : CUSTODY_EVENT_UNCERTAIN;
}

struct keys {
    struct custody_copy *copy;
    size_t length;
    enum custody_event event;
    bool doubtful_only;
};

/* Proof that nothing came out lets copies that are being printed keep their numbers. */
static int collect(void *context, const struct custody_copy *copy)
{
    struct keys *keys = context;
    enum custody_state next;

    if (!custody_next(copy->state, keys->event, &next) ||
        (keys->doubtful_only && copy->state != CUSTODY_IN_DOUBT)) {
        return PR_OK;
    }
    struct custody_copy *more = reallocarray(keys->copy, keys->length + 1, sizeof *more);

    if (more == NULL) {
        return PR_ENOMEM;
    }
    keys->copy = more;
    keys->copy[keys->length++] = *copy;
    return PR_OK;
}

int copies_follow_job(struct store_tx *tx, const struct job_record *job,
                      const struct job_change *change, int64_t sheets)
{
    const struct custody_filter filter = {.job = job->key};
    struct keys keys = {.event = meaning(job, change, sheets),
                        .doubtful_only = change->event == JOB_EVENT_RETURNED};
    const struct custody_change move = {.event = keys.event, .actor = change->actor};

    if (keys.event == CUSTODY_EVENTS) {
        return PR_OK;
    }
    int result = custody_each(tx, &filter, collect, &keys);
    for (size_t i = 0; i < keys.length && result == PR_OK; i++) {
        result = custody_move(tx, &keys.copy[i], &move);
    }
    free(keys.copy);
    return result == PR_OK ? PR_OK : store_tx_fail(tx, result);
}

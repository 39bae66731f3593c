/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbering and stamping the copies of a classified job before they are handed over.
 *
 * The numbers are written down before the stamp is made, and are the job's from then on: whatever
 * ends this attempt before cupsd has released anything, the next one finds the same numbers and
 * makes the same codes, so that no two papers ever bear one code. Where nobody can tell whether
 * paper came out, custody puts the copies in doubt and the operator is asked; numbers after that
 * are new ones (daemon/jobs/numbering.c).
 *
 * The document and its stamped copy are anonymous memory the daemon does not map, so that a large
 * document does not weigh on it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/deliver-steps.h"
#include "daemon/jobs/numbering.h"
#include "daemon/jobs/pages.h"
#include "daemon/log.h"
#include "daemon/vault/trace-token.h"

enum { STAMP_TIME_BYTES = 17 /* "2026-11-26 09:30" */ };

const struct policy_level *delivery_stamp_level(const struct delivery_run *run)
{
    const struct policy_ladder *ladder = &run->line->office->settings->policy.ladder;
    int rank = policy_ladder_find(ladder, run->job->level);

    return rank >= 0 && ladder->level[rank].stamp ? &ladder->level[rank] : NULL;
}

/* Numbers the copies, and reads who is to be named on them. */
static int number(struct delivery_run *run, uint32_t *ret_first, struct person *ret_person)
{
    const struct job_record *job = run->job;
    struct store_tx *tx = NULL;
    int result = store_begin(run->line->office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = copies_number(tx, job, job->request.copies, ret_first);
    if (result == PR_OK) {
        result = person_find(tx, job->request.person, ret_person);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    result = store_commit(tx);
    if (result == PR_OK) {
        FAULT_POINT("deliver.copies-numbered");
    }
    return result;
}

/* One code: an address where there is one. */
static int make_code(const struct office *office, const struct trace_code *code, char *ret_text)
{
    char text[TRACE_TEXT_BYTES];

    trace_token_make(office->trace_key, code, text);
    if (office->settings->web_address[0] != '\0') {
        return trace_token_address(text, office->settings->web_address, ret_text);
    }
    memcpy(ret_text, text, sizeof text);
    return PR_OK;
}

/* The texts of the codes, of every page of every copy, TRACE_ADDRESS_BYTES apart; the caller's to
 * free. */
static char *make_codes(const struct delivery_run *run, uint32_t first)
{
    const struct office *office = run->line->office;
    const struct job_record *job = run->job;
    char *codes = calloc((size_t)job->request.copies * (size_t)job->pages, TRACE_ADDRESS_BYTES);
    int result = PR_OK;

    for (uint32_t copy = 0; codes != NULL && copy < job->request.copies; copy++) {
        for (uint32_t page = 0; result == PR_OK && page < (uint32_t)job->pages; page++) {
            const size_t place = (size_t)copy * (size_t)job->pages + page;
            const struct trace_code code = {.site = trace_key_site(office->trace_key),
                                            .job = (uint32_t)job->key,
                                            .copy = (uint16_t)(first + copy),
                                            .page = page + 1};

            result = make_code(office, &code, codes + place * TRACE_ADDRESS_BYTES);
        }
    }
    if (result != PR_OK) {
        free(codes);
        return NULL;
    }
    return codes;
}

/* What the codes can hold; inspection allows less long before. */
static bool fits(const struct job_record *job)
{
    return job->pages > 0 && job->pages <= TRACE_PAGE_MAX && job->request.copies > 0 &&
           job->request.copies <= TRACE_COPY_MAX && job->key <= UINT32_MAX;
}

static int stamp(struct delivery_run *run, const struct policy_level *level, int document_fd,
                 int *ret_fd)
{
    const struct job_record *job = run->job;
    char message[DOCUMENT_MESSAGE_BYTES] = "";
    char term[POLICY_TERM_BYTES];
    char now[CLOCK_TEXT_BYTES];
    struct person person;
    uint32_t first = 0;
    int result = number(run, &first, &person);
    char *codes = result == PR_OK ? make_codes(run, first) : NULL;

    if (result != PR_OK || codes == NULL) {
        return result != PR_OK ? result : PR_ENOMEM;
    }
    policy_level_term(level, term);
    clock_format(store_now_ms(), now);
    now[10] = ' ';
    now[STAMP_TIME_BYTES - 1] = '\0';
    const struct document_stamp_plan plan = {
        .level_term = term,
        .document_number = job->request.document_number,
        .person = person.name,
        .time = now,
        .first_copy = first,
        .copies = job->request.copies,
        .pages = (uint32_t)job->pages,
        .pad = job->sides != POLICY_ONE_SIDED,
        .marks = true,
        .codes = codes,
        .code_bytes = TRACE_ADDRESS_BYTES,
    };
    result = document_stamp(run->line->office->documents, document_fd, &plan, ret_fd, message);
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "job %s cannot be stamped: %s %s", job->id, pr_strerror(result),
                  message);
    }
    free(codes);
    return result;
}

int delivery_stamp(struct delivery_run *run, int *ret_fd)
{
    const struct policy_level *level = delivery_stamp_level(run);
    int document_fd = -1;

    if (level == NULL) {
        *ret_fd = -1;
        return PR_OK;
    }
    if (run->line->office->trace_key == NULL || !fits(run->job)) {
        log_write(LOG_LEVEL_ERROR, "job %s cannot be stamped: %s", run->job->id,
                  fits(run->job) ? "the trace key is missing" : "its pages or copies are too many");
        return PR_EUNSUPPORTED;
    }
    int result = job_open_document(run->line->office, run->job, &document_fd);

    /* PR_ENOENT would be the queue's. */
    result = result == PR_ENOENT ? PR_EFORMAT : result;
    if (result == PR_OK) {
        result = stamp(run, level, document_fd, ret_fd);
        close(document_fd);
    }
    if (result == PR_OK) {
        FAULT_POINT("deliver.stamped");
    }
    return result;
}

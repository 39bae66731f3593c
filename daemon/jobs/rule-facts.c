/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules of the print room look at beside the document: what was sent before, and when it
 * is. */
#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/decision.h"
#include "daemon/store/approvals.h"
#include "daemon/store/job-rules.h"
#include "daemon/store/releases.h"

enum { MINUTE_MS = 60 * 1000 };

static int gather_duplicate(struct store_tx *tx, const struct policy_settings *settings,
                            const struct duplicate_search *search, int64_t decided_ms,
                            struct rule_facts *facts)
{
    struct duplicate duplicate;
    int result = job_find_duplicate(tx, search, &duplicate);

    if (result != PR_OK) {
        return result == PR_ENOENT ? PR_OK : result;
    }
    int64_t passed_ms = decided_ms > duplicate.decided_at ? decided_ms - duplicate.decided_at : 0;
    int64_t minutes = passed_ms / MINUTE_MS + 1;

    /* What is exactly as old as the window is still in it. */
    facts->duplicate_minutes =
        minutes < settings->duplicate_minutes ? (uint32_t)minutes : settings->duplicate_minutes;
    facts->duplicate_of = duplicate.job;
    memcpy(facts->earlier, duplicate.id, sizeof facts->earlier);
    facts->duplicate_confirmed =
        search->job != 0 && job_is_confirmed(tx, search->job, POLICY_RULE_DUPLICATE);
    return store_tx_error(tx);
}

static int gather_approval(struct store_tx *tx, int64_t job, struct rule_facts *facts)
{
    struct approval approval;
    int result = approval_given(tx, job, &approval);

    if (result == PR_OK) {
        facts->approved = true;
        facts->referenced = approval.reference[0] != '\0';
    }
    return result == PR_ENOENT ? store_tx_error(tx) : result;
}

int rule_facts_gather(const struct policy_settings *settings, struct store_tx *tx,
                      const struct rule_question *question, struct rule_facts *ret_facts)
{
    struct rule_facts facts = {0};
    int64_t now_ms = store_now_ms();
    int64_t decided_ms = question->decided_at != 0 ? question->decided_at : now_ms;
    int64_t week_ms;
    int result = PR_OK;

    clock_week(now_ms, &week_ms, &facts.minute_of_week);
    if (settings->duplicate_minutes != 0 && question->department != 0 &&
        question->fingerprint[0] != '\0') {
        const struct duplicate_search search = {
            .department = question->department,
            .fingerprint = question->fingerprint,
            .since_ms = decided_ms - (int64_t)settings->duplicate_minutes * MINUTE_MS,
            .before_ms = question->decided_at != 0 ? decided_ms : INT64_MAX,
            .job = question->job,
        };
        result = gather_duplicate(tx, settings, &search, decided_ms, &facts);
    }
    if (result == PR_OK && question->request->urgent && settings->urgent_per_week != 0) {
        result = job_count_urgent(tx, question->request->person, week_ms, question->job,
                                  settings->urgent_per_week, &facts.urgent_this_week);
    }
    if (result == PR_OK && question->job != 0) {
        facts.marks_reviewed = job_is_confirmed(tx, question->job, POLICY_RULE_LEVEL_MARKS);
        facts.released = release_covers(tx, question->job);
        result = gather_approval(tx, question->job, &facts);
    }
    if (result == PR_OK) {
        *ret_facts = facts;
    }
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision as a table of rules.
 *
 * Every rule is one function that looks at the case and writes one finding: what it saw, in two
 * numbers, and what follows from that. It neither knows nor changes what other rules say. Gathering
 * is the same for all of them: the worst outcome wins, and holds add up. A new rule is therefore
 * one enum, one row, one function and its sentences in sentences.c.
 *
 * Where input makes no sense the answer is always the stricter one: pages that cannot be counted
 * are refused, and a level beyond the ladder is its top.
 */
#include "policy/decide.h"

#include <string.h>

_Static_assert(POLICY_PRINT < POLICY_HOLD && POLICY_HOLD < POLICY_REFUSE,
               "the worst outcome is the greatest");

/* What every rule may look at; level, label and marks are ranks on the ladder (marks: or -1). */
struct policy_case {
    const struct policy_settings *settings;
    const struct policy_request *request;
    const struct policy_person *person;
    int64_t available;
    int label; /* asked for, or the default */
    int marks;
    int level;      /* the higher of both */
    bool countable; /* cost is known */
    struct policy_sheets cost;
    uint64_t pages; /* 0: not printable */
};

/* Sets effect, a and b (and reason unless the effect is POLICY_PRINT); false: the rule has nothing
 * to say here. */
typedef bool rule_function(const struct policy_case *job, struct policy_finding *finding);

static void object(struct policy_finding *finding, enum policy_outcome effect,
                   enum policy_reason reason)
{
    finding->effect = effect;
    finding->reason = reason;
}

static int64_t number(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static enum policy_person_found person_found(const struct policy_person *person)
{
    if (!person->known) {
        return POLICY_PERSON_UNKNOWN;
    }
    if (!person->active) {
        return POLICY_PERSON_INACTIVE;
    }
    return person->department_active ? POLICY_PERSON_REGISTERED : POLICY_PERSON_WITHOUT_DEPARTMENT;
}

static bool rule_person_known(const struct policy_case *job, struct policy_finding *finding)
{
    const enum policy_person_found found = person_found(job->person);
    finding->a = found;
    if (found != POLICY_PERSON_REGISTERED) {
        const bool hold = job->settings->unknown_person == POLICY_UNKNOWN_PERSON_HOLD;
        object(finding, hold ? POLICY_HOLD : POLICY_REFUSE, POLICY_ACCOUNT_INFO_NEEDED);
    }
    return true;
}

static bool rule_pages_max(const struct policy_case *job, struct policy_finding *finding)
{
    const uint32_t max = job->settings->pages_max;
    finding->a = number(job->pages);
    finding->b = max;
    if (job->pages == 0 || (max && job->pages > max)) {
        object(finding, POLICY_REFUSE, POLICY_DOCUMENT_UNPRINTABLE_ERROR);
    }
    return true;
}

/* The stricter of two limits, where 0 is none. */
static uint32_t stricter(uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0) {
        return a ? a : b;
    }
    return a < b ? a : b;
}

static bool rule_copies_max(const struct policy_case *job, struct policy_finding *finding)
{
    const uint32_t copies = job->request->copies;
    const uint32_t max =
        stricter(job->settings->copies_max, job->settings->ladder.level[job->level].copies_max);
    finding->a = copies;
    finding->b = max;
    /* With printable pages, only copies, number-up or sides are left to make the sheets
     * uncountable. */
    if ((max && copies > max) || (job->pages && !job->countable)) {
        object(finding, POLICY_REFUSE, POLICY_DOCUMENT_UNPRINTABLE_ERROR);
    }
    return true;
}

static bool rule_level_label(const struct policy_case *job, struct policy_finding *finding)
{
    finding->a = job->label;
    finding->b = job->request->level < 0 ? -1 : job->label;
    return true;
}

static bool rule_level_marks(const struct policy_case *job, struct policy_finding *finding)
{
    finding->a = job->marks;
    finding->b = job->label;
    if (job->marks > job->label) {
        object(finding, POLICY_HOLD, POLICY_HELD_FOR_REVIEW);
    }
    return true;
}

static bool rule_level_supervised(const struct policy_case *job, struct policy_finding *finding)
{
    const struct policy_level *level = &job->settings->ladder.level[job->level];
    finding->a = job->level;
    finding->b = level->external_reference;
    if (level->supervised || level->external_reference) {
        object(finding, POLICY_HOLD, POLICY_HELD_FOR_AUTHORIZATION);
    }
    return true;
}

static bool rule_quota_available(const struct policy_case *job, struct policy_finding *finding)
{
    if (!job->countable || person_found(job->person) != POLICY_PERSON_REGISTERED) {
        return false;
    }
    finding->a = number(job->cost.sheets);
    finding->b = job->available;
    if (job->available < 0 || job->cost.sheets > (uint64_t)job->available) {
        object(finding, POLICY_HOLD, POLICY_ACCOUNT_LIMIT_REACHED);
    }
    return true;
}

/* In the order of application; a and b are the numbers of the finding. */
static const struct {
    const char *id;
    rule_function *apply;
} rules[] = {
    /* a: enum policy_person_found; b: 0 */
    [POLICY_RULE_PERSON_KNOWN] = {"person.known", rule_person_known},
    /* a: pages of the document, 0 when they make no sense; b: pages allowed, 0 when any */
    [POLICY_RULE_PAGES_MAX] = {"pages.max", rule_pages_max},
    /* a: copies asked for; b: copies allowed at the job's level, 0 when any */
    [POLICY_RULE_COPIES_MAX] = {"copies.max", rule_copies_max},
    /* a: rank of the label; b: the same, or -1 when the default was taken */
    [POLICY_RULE_LEVEL_LABEL] = {"level.label", rule_level_label},
    /* a: rank of the marks, or -1; b: rank of the label */
    [POLICY_RULE_LEVEL_MARKS] = {"level.marks", rule_level_marks},
    /* a: rank of the job; b: 1 when it needs an external reference, or 0 */
    [POLICY_RULE_LEVEL_SUPERVISED] = {"level.supervised", rule_level_supervised},
    /* a: sheets needed; b: sheets available */
    [POLICY_RULE_QUOTA_AVAILABLE] = {"quota.available", rule_quota_available},
};
_Static_assert(sizeof rules / sizeof rules[0] == POLICY_RULES, "a row for every enum policy_rule");

static const char *const keywords[] = {
    [POLICY_ACCOUNT_INFO_NEEDED] = "account-info-needed",
    [POLICY_ACCOUNT_LIMIT_REACHED] = "account-limit-reached",
    [POLICY_HELD_FOR_REVIEW] = "job-held-for-review",
    [POLICY_HELD_FOR_AUTHORIZATION] = "job-held-for-authorization",
    [POLICY_DOCUMENT_FORMAT_ERROR] = "document-format-error",
    [POLICY_DOCUMENT_UNPRINTABLE_ERROR] = "document-unprintable-error",
};
_Static_assert(sizeof keywords / sizeof keywords[0] == POLICY_REASONS,
               "a keyword for every reason");

const char *policy_reason_keyword(enum policy_reason reason)
{
    return (unsigned)reason < POLICY_REASONS ? keywords[reason] : "none";
}

bool policy_reason_parse(const char *keyword, enum policy_reason *ret_reason)
{
    for (int i = 0; keyword && i < POLICY_REASONS; i++) {
        if (strcmp(keyword, keywords[i]) == 0) {
            *ret_reason = (enum policy_reason)i;
            return true;
        }
    }
    return false;
}

const char *policy_rule_id(enum policy_rule rule)
{
    return (unsigned)rule < POLICY_RULES ? rules[rule].id : "";
}

void policy_settings_default(struct policy_settings *ret_settings)
{
    memset(ret_settings, 0, sizeof *ret_settings);
    policy_ladder_default(&ret_settings->ladder);
    ret_settings->default_level = 0;
    ret_settings->unknown_person = POLICY_UNKNOWN_PERSON_HOLD;
    ret_settings->pages_max = 5000;
    ret_settings->copies_max = 200;
}

/* The rank, cut to the ladder; -1 for none. */
static int on_ladder(const struct policy_ladder *ladder, int rank)
{
    int highest = POLICY_LEVELS_MAX - 1;
    if (ladder->levels < POLICY_LEVELS_MAX) {
        highest = ladder->levels > 0 ? (int)ladder->levels - 1 : 0;
    }
    if (rank > highest) {
        return highest;
    }
    return rank < 0 ? -1 : rank;
}

static struct policy_case examine(const struct policy_settings *settings,
                                  const struct policy_facts *facts,
                                  const struct policy_request *request,
                                  const struct policy_person *person,
                                  const struct policy_balance *balance)
{
    const struct policy_ladder *ladder = &settings->ladder;
    struct policy_case job = {.settings = settings, .request = request, .person = person};
    job.available = policy_balance_available(balance);
    job.label = on_ladder(ladder, request->level < 0 ? settings->default_level : request->level);
    if (job.label < 0) {
        job.label = on_ladder(ladder, POLICY_LEVELS_MAX);
    }
    job.marks = on_ladder(ladder, facts->marked_level);
    job.level = job.marks > job.label ? job.marks : job.label;
    job.countable = policy_sheets_compute(facts->runs, facts->runs_length, request->number_up,
                                          request->sides, request->copies, &job.cost);
    job.pages = job.cost.pages;
    struct policy_sheets plain;
    /* Tells pages that make no sense from a request that makes none. */
    if (!job.countable &&
        policy_sheets_compute(facts->runs, facts->runs_length, 1, POLICY_ONE_SIDED, 1, &plain)) {
        job.pages = plain.pages;
    }
    return job;
}

void policy_decide(const struct policy_settings *settings, const struct policy_facts *facts,
                   const struct policy_request *request, const struct policy_person *person,
                   const struct policy_balance *balance, struct policy_decision *ret_decision)
{
    const struct policy_case job = examine(settings, facts, request, person, balance);
    struct policy_decision decision = {
        .outcome = POLICY_PRINT, .level = job.level, .cost = job.cost};
    for (int i = 0; i < POLICY_RULES; i++) {
        struct policy_finding finding = {.rule = (enum policy_rule)i, .effect = POLICY_PRINT};
        if (!rules[i].apply(&job, &finding)) {
            continue;
        }
        decision.findings[decision.findings_length++] = finding;
        if (finding.effect == POLICY_HOLD) {
            decision.holds |= 1U << finding.reason;
        }
        if (finding.effect > decision.outcome) {
            decision.outcome = finding.effect;
        }
    }
    if (decision.outcome != POLICY_HOLD) {
        decision.holds = 0;
    }
    *ret_decision = decision;
}

bool policy_decision_reserves(const struct policy_decision *decision)
{
    const uint32_t without_account =
        1U << POLICY_ACCOUNT_INFO_NEEDED | 1U << POLICY_ACCOUNT_LIMIT_REACHED;
    return decision->outcome != POLICY_REFUSE && (decision->holds & without_account) == 0;
}

const struct policy_finding *policy_decision_refusal(const struct policy_decision *decision)
{
    for (size_t i = 0; i < decision->findings_length; i++) {
        if (decision->findings[i].effect == POLICY_REFUSE) {
            return &decision->findings[i];
        }
    }
    return NULL;
}

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
    const struct policy_facts *facts;
    const struct policy_request *request;
    const struct policy_person *person;
    int64_t available;
    int label; /* asked for, or the default */
    int marks;
    int level;      /* the higher of both */
    bool countable; /* cost is known */
    struct policy_sheets cost;
    uint64_t pages;          /* 0: not printable */
    enum policy_sides sides; /* as it is printed, like the following */
    bool grayscale;
    bool urgent;
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

static bool rule_sheets_max(const struct policy_case *job, struct policy_finding *finding)
{
    const uint32_t max = job->settings->sheets_max;
    if (max == 0 || !job->countable) {
        return false;
    }
    finding->a = number(job->cost.sheets);
    finding->b = max;
    if (job->cost.sheets > max) {
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
    if (job->marks > job->label && !job->facts->marks_reviewed) {
        object(finding, POLICY_HOLD, POLICY_HELD_FOR_REVIEW);
    }
    return true;
}

static bool rule_level_people(const struct policy_case *job, struct policy_finding *finding)
{
    const struct policy_people *people = &job->settings->ladder.level[job->level].may_print;
    const struct policy_person *person = job->person;
    if (policy_people_are_all(people) || person_found(person) != POLICY_PERSON_REGISTERED) {
        return false;
    }
    finding->a = job->level;
    finding->b = people->nobody;
    if (!policy_people_include(people, person->roles, person->department, person->login)) {
        object(finding, POLICY_REFUSE, POLICY_AUTHORIZATION_FAILED);
    }
    return true;
}

static bool rule_level_approval(const struct policy_case *job, struct policy_finding *finding)
{
    const enum policy_approval approval = job->settings->ladder.level[job->level].approval;
    finding->a = job->level;
    finding->b = approval;
    if (!job->facts->approved) {
        object(finding, POLICY_HOLD, POLICY_SUSPENDED_FOR_APPROVAL);
    }
    return approval != POLICY_APPROVAL_NONE;
}

static bool rule_level_supervised(const struct policy_case *job, struct policy_finding *finding)
{
    const struct policy_level *level = &job->settings->ladder.level[job->level];
    finding->a = job->level;
    finding->b = 0;
    if (!level->supervised) {
        return true;
    }
    if (job->facts->released) {
        finding->b = 1;
    } else {
        object(finding, POLICY_HOLD, POLICY_HELD_FOR_AUTHORIZATION);
    }
    return true;
}

/* Whether the level is printed in grey only, and whether the person's roles may send urgent jobs.
 */
static bool grey_level(const struct policy_case *job)
{
    return (job->settings->grayscale_levels >> job->level & 1) != 0;
}

static bool urgent_role(const struct policy_case *job)
{
    const uint32_t roles = job->settings->urgent_roles;
    return roles == 0 || (roles & job->person->roles) != 0;
}

static bool rule_duplex_forced(const struct policy_case *job, struct policy_finding *finding)
{
    finding->a = number(job->pages);
    finding->b = job->settings->duplex_above;
    return job->sides != job->request->sides;
}

static bool rule_grayscale_forced(const struct policy_case *job, struct policy_finding *finding)
{
    const bool of_level = grey_level(job);
    finding->a = of_level ? job->level : (int64_t)job->facts->color_pages;
    finding->b = of_level ? -1 : (int64_t)job->settings->grayscale_above;
    return job->grayscale && !job->request->grayscale && job->facts->color_pages > 0;
}

static bool rule_copies_electronic(const struct policy_case *job, struct policy_finding *finding)
{
    const uint32_t from = job->settings->electronic_copies;
    finding->a = job->request->copies;
    finding->b = from;
    return from != 0 && job->request->copies >= from;
}

static bool rule_urgent_allowed(const struct policy_case *job, struct policy_finding *finding)
{
    const struct policy_settings *settings = job->settings;
    finding->a = job->facts->urgent_this_week;
    finding->b = urgent_role(job) ? (int64_t)settings->urgent_per_week : -1;
    return job->request->urgent && (settings->urgent_roles != 0 || settings->urgent_per_week != 0);
}

static bool rule_duplicate(const struct policy_case *job, struct policy_finding *finding)
{
    const struct policy_facts *facts = job->facts;
    const uint32_t window = job->settings->duplicate_minutes;
    const bool found = facts->duplicate_minutes != 0 && facts->duplicate_minutes <= window;
    finding->a = found ? facts->duplicate_minutes : 0;
    finding->b = window;
    if (found && !facts->duplicate_confirmed) {
        object(finding, POLICY_HOLD, POLICY_HELD_FOR_REVIEW);
    }
    return window != 0;
}

static bool rule_hours(const struct policy_case *job, struct policy_finding *finding)
{
    const uint32_t now = job->facts->minute_of_week;
    finding->a = now;
    finding->b = policy_hours_next(job->settings, now);
    if (!policy_hours_open(job->settings, now)) {
        object(finding, POLICY_HOLD, POLICY_HOLD_UNTIL_SPECIFIED);
    }
    return job->settings->hours_length != 0;
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

static bool rule_quota_person(const struct policy_case *job, struct policy_finding *finding)
{
    if (!job->person->capped || !job->countable ||
        person_found(job->person) != POLICY_PERSON_REGISTERED) {
        return false;
    }
    finding->a = number(job->cost.sheets);
    finding->b = job->person->left;
    if (job->person->left < 0 || job->cost.sheets > (uint64_t)job->person->left) {
        object(finding, POLICY_HOLD, POLICY_ACCOUNT_LIMIT_REACHED);
    }
    return true;
}

/* In the order of application; a and b are the numbers of the finding. */
static const struct {
    const char *id;
    rule_function *apply;
    bool note;
} rules[] = {
    /* a: enum policy_person_found; b: 0 */
    [POLICY_RULE_PERSON_KNOWN] = {"person.known", rule_person_known, false},
    /* a: pages of the document, 0 when they make no sense; b: pages allowed, 0 when any */
    [POLICY_RULE_PAGES_MAX] = {"pages.max", rule_pages_max, false},
    /* a: copies asked for; b: copies allowed at the job's level, 0 when any */
    [POLICY_RULE_COPIES_MAX] = {"copies.max", rule_copies_max, false},
    /* a: sheets needed; b: sheets allowed */
    [POLICY_RULE_SHEETS_MAX] = {"sheets.max", rule_sheets_max, false},
    /* a: rank of the label; b: the same, or -1 when the default was taken */
    [POLICY_RULE_LEVEL_LABEL] = {"level.label", rule_level_label, false},
    /* a: rank of the marks, or -1; b: rank of the label; an effect of print with a above b: it was
       reviewed */
    [POLICY_RULE_LEVEL_MARKS] = {"level.marks", rule_level_marks, false},
    /* a: rank of the job; b: 1 when nobody may print it, else 0 */
    [POLICY_RULE_LEVEL_PEOPLE] = {"level.people", rule_level_people, false},
    /* a: rank of the job; b: enum policy_approval; an effect of print: it was given */
    [POLICY_RULE_LEVEL_APPROVAL] = {"level.approval", rule_level_approval, false},
    /* a: rank of the job; b: 1 when it was released, else 0 */
    [POLICY_RULE_LEVEL_SUPERVISED] = {"level.supervised", rule_level_supervised, false},
    /* a: pages; b: pages up to which one side is left as asked */
    [POLICY_RULE_DUPLEX_FORCED] = {"duplex.forced", rule_duplex_forced, true},
    /* a: colour pages; b: colour pages up to which colour is left as asked; or a: rank of the job,
       b: -1, when its level is printed in grey only */
    [POLICY_RULE_GRAYSCALE_FORCED] = {"grayscale.forced", rule_grayscale_forced, true},
    /* a: copies asked for; b: copies from which this is suggested */
    [POLICY_RULE_COPIES_ELECTRONIC] = {"copies.electronic", rule_copies_electronic, true},
    /* a: urgent jobs of the sender this week before this one; b: urgent jobs allowed a week, 0 when
       any, -1 when the sender's roles allow none */
    [POLICY_RULE_URGENT_ALLOWED] = {"urgent.allowed", rule_urgent_allowed, true},
    /* a: minutes since the same document was sent, 0 when it was not; b: minutes that count; an
       effect of print with a above 0: it was confirmed */
    [POLICY_RULE_DUPLICATE] = {"duplicate", rule_duplicate, false},
    /* a: minute of the week; b: minute of the week when printing begins, a itself when it has */
    [POLICY_RULE_HOURS] = {"hours", rule_hours, false},
    /* a: sheets needed; b: sheets available */
    [POLICY_RULE_QUOTA_AVAILABLE] = {"quota.available", rule_quota_available, false},
    /* a: sheets needed; b: sheets left under the person's own limit */
    [POLICY_RULE_QUOTA_PERSON] = {"quota.person", rule_quota_person, false},
};
_Static_assert(sizeof rules / sizeof rules[0] == POLICY_RULES, "a row for every enum policy_rule");

static const char *const keywords[] = {
    [POLICY_ACCOUNT_INFO_NEEDED] = "account-info-needed",
    [POLICY_ACCOUNT_LIMIT_REACHED] = "account-limit-reached",
    [POLICY_HELD_FOR_REVIEW] = "job-held-for-review",
    [POLICY_HELD_FOR_AUTHORIZATION] = "job-held-for-authorization",
    [POLICY_SUSPENDED_FOR_APPROVAL] = "job-suspended-for-approval",
    [POLICY_AUTHORIZATION_FAILED] = "account-authorization-failed",
    [POLICY_DOCUMENT_FORMAT_ERROR] = "document-format-error",
    [POLICY_DOCUMENT_UNPRINTABLE_ERROR] = "document-unprintable-error",
    [POLICY_HOLD_UNTIL_SPECIFIED] = "job-hold-until-specified",
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

bool policy_rule_is_note(enum policy_rule rule)
{
    return (unsigned)rule < POLICY_RULES && rules[rule].note;
}

bool policy_hours_open(const struct policy_settings *settings, uint32_t minute_of_week)
{
    for (size_t i = 0; i < settings->hours_length; i++) {
        if (minute_of_week >= settings->hours[i].begin && minute_of_week < settings->hours[i].end) {
            return true;
        }
    }
    return settings->hours_length == 0;
}

uint32_t policy_hours_next(const struct policy_settings *settings, uint32_t minute_of_week)
{
    uint32_t least = POLICY_WEEK_MINUTES;
    if (policy_hours_open(settings, minute_of_week)) {
        return minute_of_week;
    }
    for (size_t i = 0; i < settings->hours_length; i++) {
        const uint32_t begin = settings->hours[i].begin;
        const uint32_t wait =
            (begin + 2 * POLICY_WEEK_MINUTES - minute_of_week % POLICY_WEEK_MINUTES) %
            POLICY_WEEK_MINUTES;
        least = wait < least ? wait : least;
    }
    return (minute_of_week + least) % POLICY_WEEK_MINUTES;
}

void policy_settings_default(struct policy_settings *ret_settings)
{
    memset(ret_settings, 0, sizeof *ret_settings);
    policy_ladder_default(&ret_settings->ladder);
    ret_settings->default_level = 0;
    ret_settings->unknown_person = POLICY_UNKNOWN_PERSON_HOLD;
    ret_settings->pages_max = 5000;
    ret_settings->copies_max = 200;
    ret_settings->duplicate_minutes = 60;
    ret_settings->electronic_copies = 20;
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

/* The sides the job is printed on, if it can be printed. */
static enum policy_sides sides_of(const struct policy_case *job)
{
    const struct policy_facts *facts = job->facts;
    const uint32_t above = job->settings->duplex_above;
    uint64_t pages = 0;
    if (above == 0 || job->request->sides != POLICY_ONE_SIDED) {
        return job->request->sides;
    }
    for (size_t i = 0; i < facts->runs_length && pages <= above; i++) {
        pages += facts->runs[i].pages;
    }
    if (pages <= above) {
        return POLICY_ONE_SIDED;
    }
    /* Turned over as a book of such pages is. */
    return facts->runs[0].width_um > facts->runs[0].height_um ? POLICY_TWO_SIDED_SHORT_EDGE
                                                              : POLICY_TWO_SIDED_LONG_EDGE;
}

/* Pages, sides and sheets of the job as it is printed. */
static void count(struct policy_case *job)
{
    const struct policy_facts *facts = job->facts;
    const struct policy_request *request = job->request;
    struct policy_sheets plain;
    job->sides = sides_of(job);
    job->countable = policy_sheets_compute(facts->runs, facts->runs_length, request->number_up,
                                           job->sides, request->copies, &job->cost);
    job->pages = job->cost.pages;
    if (job->countable) {
        return;
    }
    job->sides = request->sides;
    /* Tells pages that make no sense from a request that makes none. */
    if (policy_sheets_compute(facts->runs, facts->runs_length, 1, POLICY_ONE_SIDED, 1, &plain)) {
        job->pages = plain.pages;
    }
}

static bool urgent_allowed(const struct policy_case *job)
{
    const uint32_t per_week = job->settings->urgent_per_week;
    return urgent_role(job) && (per_week == 0 || job->facts->urgent_this_week < per_week);
}

static struct policy_case examine(const struct policy_settings *settings,
                                  const struct policy_facts *facts,
                                  const struct policy_request *request,
                                  const struct policy_person *person,
                                  const struct policy_balance *balance)
{
    const struct policy_ladder *ladder = &settings->ladder;
    struct policy_case job = {
        .settings = settings, .facts = facts, .request = request, .person = person};
    job.available = policy_balance_available(balance);
    job.label = on_ladder(ladder, request->level < 0 ? settings->default_level : request->level);
    if (job.label < 0) {
        job.label = on_ladder(ladder, POLICY_LEVELS_MAX);
    }
    job.marks = on_ladder(ladder, facts->marked_level);
    const int numbered = policy_ladder_marked_in(ladder, request->document_number);
    job.marks = numbered > job.marks ? numbered : job.marks;
    job.level = job.marks > job.label ? job.marks : job.label;
    count(&job);
    job.grayscale =
        request->grayscale || grey_level(&job) ||
        (settings->grayscale_above != 0 && facts->color_pages > settings->grayscale_above);
    job.urgent = request->urgent && urgent_allowed(&job);
    return job;
}

void policy_decide(const struct policy_settings *settings, const struct policy_facts *facts,
                   const struct policy_request *request, const struct policy_person *person,
                   const struct policy_balance *balance, struct policy_decision *ret_decision)
{
    const struct policy_case job = examine(settings, facts, request, person, balance);
    struct policy_decision decision = {
        .outcome = POLICY_PRINT,
        .level = job.level,
        .sides = job.sides,
        .grayscale = job.grayscale,
        .urgent = job.urgent,
        .archive = settings->ladder.level[job.level].archive,
        .cost = job.cost,
    };
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

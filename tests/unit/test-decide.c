/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/decide.h"

enum { PUBLIC, INTERNAL, CONFIDENTIAL, SECRET, TOP_SECRET, ABOVE = POLICY_LEVELS_MAX, NONE = -1 };

#define HOLD(reason) (1U << POLICY_##reason)

/* One job and what is to become of it; PLAIN is an ordinary one, later fields of a row replace its
 * own. */
struct row {
    const char *name;
    bool unknown, inactive, without_department, refuse_unknown;
    uint32_t pages, pages_max;
    uint32_t copies, copies_max, level_copies_max; /* the last: of secret */
    int label, marks, default_level;
    bool reviewed, released, approved;
    enum policy_approval approval;   /* of secret */
    const struct policy_people *may; /* print secret; NULL: all */
    int64_t available;
    enum policy_sides sides;
    uint32_t number_up;
    struct {
        enum policy_outcome outcome;
        uint32_t holds;
        int level;
        uint64_t sheets;
        bool reserves;
    } expected;
};

static struct policy_decision decide_row(const struct row *row)
{
    struct policy_settings settings;
    policy_settings_default(&settings);
    settings.unknown_person =
        row->refuse_unknown ? POLICY_UNKNOWN_PERSON_REFUSE : POLICY_UNKNOWN_PERSON_HOLD;
    settings.pages_max = row->pages_max;
    settings.copies_max = row->copies_max;
    settings.default_level = row->default_level;
    settings.ladder.level[SECRET].copies_max = row->level_copies_max;
    settings.ladder.level[SECRET].approval = row->approval;
    if (row->may) {
        settings.ladder.level[SECRET].may_print = *row->may;
    }
    const struct policy_page_run run = {row->pages, 210000, 297000};
    const struct policy_facts facts = {.runs = &run,
                                       .runs_length = 1,
                                       .marked_level = row->marks,
                                       .marks_reviewed = row->reviewed,
                                       .approved = row->approved,
                                       .released = row->released};
    const struct policy_request request = {.level = row->label,
                                           .copies = row->copies,
                                           .number_up = row->number_up,
                                           .sides = row->sides,
                                           .document_number = ""};
    const struct policy_person person = {.known = !row->unknown,
                                         .active = !row->inactive,
                                         .department_active = !row->without_department,
                                         .roles = 1,
                                         .login = "wang",
                                         .department = "office"};
    const struct policy_balance balance = {
        .allotted = 1000, .granted = row->available, .reserved = 600, .used = 400};
    struct policy_decision decision;
    memset(&decision, 0xA5, sizeof decision);
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    return decision;
}

static bool has_finding(const struct policy_decision *decision, enum policy_rule rule)
{
    for (size_t i = 0; i < decision->findings_length; i++) {
        if (decision->findings[i].rule == rule) {
            return true;
        }
    }
    return false;
}

static struct policy_finding finding_of(const struct policy_decision *decision,
                                        enum policy_rule rule)
{
    for (size_t i = 0; i < decision->findings_length; i++) {
        if (decision->findings[i].rule == rule) {
            return decision->findings[i];
        }
    }
    fail_msg("no finding of %s", policy_rule_id(rule));
    return (struct policy_finding){0};
}

/* Rows name what differs from the plain job, so they replace what PLAIN set. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define PLAIN                                                                                      \
    .pages = 3, .pages_max = 10, .copies = 2, .copies_max = 5, .label = PUBLIC, .marks = NONE,     \
    .available = 100, .number_up = 1

static const struct policy_people nobody = {.nobody = true};
static const struct policy_people directors = {.roles = 1U << 3};
static const struct policy_people office = {.names_length = 1, .names = {{true, "office"}}};
static const struct policy_people others = {
    .roles = 1U << 3, .names_length = 2, .names = {{true, "general"}, {false, "office"}}};

#define HOLD_TOP (HOLD(SUSPENDED_FOR_APPROVAL) | HOLD(HELD_FOR_AUTHORIZATION))

static const struct row outcomes[] = {
    {"plain", PLAIN, .expected = {POLICY_PRINT, 0, PUBLIC, 6, true}},
    {"duplex", PLAIN, .sides = POLICY_TWO_SIDED_LONG_EDGE,
     .expected = {POLICY_PRINT, 0, PUBLIC, 4, true}},
    {"n-up", PLAIN, .number_up = 3, .expected = {POLICY_PRINT, 0, PUBLIC, 2, true}},
    /* person.known */
    {"unknown held", PLAIN, .unknown = true,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_INFO_NEEDED), PUBLIC, 6, false}},
    {"unknown refused", PLAIN, .unknown = true, .refuse_unknown = true,
     .expected = {POLICY_REFUSE, 0, PUBLIC, 6, false}},
    {"inactive held", PLAIN, .inactive = true,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_INFO_NEEDED), PUBLIC, 6, false}},
    {"inactive refused", PLAIN, .inactive = true, .refuse_unknown = true,
     .expected = {POLICY_REFUSE, 0, PUBLIC, 6, false}},
    {"no department held", PLAIN, .without_department = true,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_INFO_NEEDED), PUBLIC, 6, false}},
    {"no department refused", PLAIN, .without_department = true, .refuse_unknown = true,
     .expected = {POLICY_REFUSE, 0, PUBLIC, 6, false}},
    {"an unknown person's quota is not asked", PLAIN, .unknown = true, .available = 0,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_INFO_NEEDED), PUBLIC, 6, false}},
    /* pages.max */
    {"as many pages as allowed", PLAIN, .pages = 10,
     .expected = {POLICY_PRINT, 0, PUBLIC, 20, true}},
    {"one page more", PLAIN, .pages = 11, .expected = {POLICY_REFUSE, 0, PUBLIC, 22, false}},
    {"any number of pages", PLAIN, .pages = 50, .pages_max = 0,
     .expected = {POLICY_PRINT, 0, PUBLIC, 100, true}},
    {"no pages", PLAIN, .pages = 0, .expected = {POLICY_REFUSE, 0, PUBLIC, 0, false}},
    {"no pages, no limit", PLAIN, .pages = 0, .pages_max = 0,
     .expected = {POLICY_REFUSE, 0, PUBLIC, 0, false}},
    /* copies.max */
    {"as many copies as allowed", PLAIN, .copies = 5,
     .expected = {POLICY_PRINT, 0, PUBLIC, 15, true}},
    {"one copy more", PLAIN, .copies = 6, .expected = {POLICY_REFUSE, 0, PUBLIC, 18, false}},
    {"any number of copies", PLAIN, .copies = 30, .copies_max = 0,
     .expected = {POLICY_PRINT, 0, PUBLIC, 90, true}},
    {"the level's limit", PLAIN, .copies = 3, .level_copies_max = 2, .label = SECRET,
     .expected = {POLICY_REFUSE, 0, SECRET, 9, false}},
    {"the level's limit reached", PLAIN, .copies = 2, .level_copies_max = 2, .label = SECRET,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_AUTHORIZATION), SECRET, 6, true}},
    {"the level's limit without another", PLAIN, .copies = 3, .copies_max = 0,
     .level_copies_max = 2, .label = SECRET, .expected = {POLICY_REFUSE, 0, SECRET, 9, false}},
    {"the level's limit above the general one", PLAIN, .copies = 6, .level_copies_max = 9,
     .label = SECRET, .expected = {POLICY_REFUSE, 0, SECRET, 18, false}},
    {"another level's limit", PLAIN, .copies = 3, .level_copies_max = 2,
     .expected = {POLICY_PRINT, 0, PUBLIC, 9, true}},
    {"the limit of the level the marks say", PLAIN, .copies = 3, .level_copies_max = 2,
     .marks = SECRET, .expected = {POLICY_REFUSE, 0, SECRET, 9, false}},
    {"no copies", PLAIN, .copies = 0, .expected = {POLICY_REFUSE, 0, PUBLIC, 0, false}},
    {"number-up 0", PLAIN, .number_up = 0, .expected = {POLICY_REFUSE, 0, PUBLIC, 0, false}},
    {"sides that do not exist", PLAIN, .sides = (enum policy_sides)3,
     .expected = {POLICY_REFUSE, 0, PUBLIC, 0, false}},
    /* level.label */
    {"no label", PLAIN, .label = NONE, .expected = {POLICY_PRINT, 0, PUBLIC, 6, true}},
    {"no label, default internal", PLAIN, .label = NONE, .default_level = INTERNAL,
     .expected = {POLICY_PRINT, 0, INTERNAL, 6, true}},
    {"a label below the default", PLAIN, .default_level = INTERNAL,
     .expected = {POLICY_PRINT, 0, PUBLIC, 6, true}},
    {"no label, default secret", PLAIN, .label = NONE, .default_level = SECRET,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_AUTHORIZATION), SECRET, 6, true}},
    {"a label above the ladder", PLAIN, .label = ABOVE,
     .expected = {POLICY_HOLD, HOLD_TOP, TOP_SECRET, 6, true}},
    {"a default that does not exist", PLAIN, .label = NONE, .default_level = NONE,
     .expected = {POLICY_HOLD, HOLD_TOP, TOP_SECRET, 6, true}},
    /* level.marks */
    {"marks as the label", PLAIN, .label = INTERNAL, .marks = INTERNAL,
     .expected = {POLICY_PRINT, 0, INTERNAL, 6, true}},
    {"marks below the label", PLAIN, .label = INTERNAL, .marks = PUBLIC,
     .expected = {POLICY_PRINT, 0, INTERNAL, 6, true}},
    {"marks above the label", PLAIN, .marks = INTERNAL,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_REVIEW), INTERNAL, 6, true}},
    {"supervised marks above the label", PLAIN, .marks = SECRET,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_REVIEW) | HOLD(HELD_FOR_AUTHORIZATION), SECRET, 6,
                  true}},
    {"marks above the default", PLAIN, .label = NONE, .marks = CONFIDENTIAL,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_REVIEW) | HOLD(HELD_FOR_AUTHORIZATION), CONFIDENTIAL,
                  6, true}},
    {"marks the ladder does not have", PLAIN, .label = SECRET, .marks = ABOVE,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_REVIEW) | HOLD_TOP, TOP_SECRET, 6, true}},
    /* level.supervised */
    {"confidential", PLAIN, .label = CONFIDENTIAL,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_AUTHORIZATION), CONFIDENTIAL, 6, true}},
    {"top secret", PLAIN, .label = TOP_SECRET, .marks = TOP_SECRET,
     .expected = {POLICY_HOLD, HOLD_TOP, TOP_SECRET, 6, true}},
    /* level.approval, level.people */
    {"approved", PLAIN, .label = TOP_SECRET, .approved = true,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_AUTHORIZATION), TOP_SECRET, 6, true}},
    {"approved and released", PLAIN, .label = TOP_SECRET, .approved = true, .released = true,
     .expected = {POLICY_PRINT, 0, TOP_SECRET, 6, true}},
    {"a person of the department", PLAIN, .label = SECRET, .may = &office,
     .expected = {POLICY_HOLD, HOLD(HELD_FOR_AUTHORIZATION), SECRET, 6, true}},
    {"a person of another one", PLAIN, .label = SECRET, .may = &others,
     .expected = {POLICY_REFUSE, 0, SECRET, 6, false}},
    {"an unknown person is asked who they are first", PLAIN, .label = SECRET, .may = &others,
     .unknown = true,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_INFO_NEEDED) | HOLD(HELD_FOR_AUTHORIZATION), SECRET, 6,
                  false}},
    /* quota.available: one remaining sheet does not admit a job of any size */
    {"the last sheets", PLAIN, .available = 6, .expected = {POLICY_PRINT, 0, PUBLIC, 6, true}},
    {"one sheet too few", PLAIN, .available = 5,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_LIMIT_REACHED), PUBLIC, 6, false}},
    {"nothing left", PLAIN, .available = 0,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_LIMIT_REACHED), PUBLIC, 6, false}},
    {"less than nothing left", PLAIN, .available = -1,
     .expected = {POLICY_HOLD, HOLD(ACCOUNT_LIMIT_REACHED), PUBLIC, 6, false}},
    /* together */
    {"every hold but the account's", PLAIN, .marks = SECRET, .available = 0,
     .expected = {POLICY_HOLD,
                  HOLD(HELD_FOR_REVIEW) | HOLD(HELD_FOR_AUTHORIZATION) |
                      HOLD(ACCOUNT_LIMIT_REACHED),
                  SECRET, 6, false}},
    {"every hold of an unknown person", PLAIN, .unknown = true, .marks = SECRET, .available = 0,
     .expected = {POLICY_HOLD,
                  HOLD(ACCOUNT_INFO_NEEDED) | HOLD(HELD_FOR_REVIEW) | HOLD(HELD_FOR_AUTHORIZATION),
                  SECRET, 6, false}},
    {"a refusal outweighs every hold", PLAIN, .unknown = true, .pages = 11, .marks = SECRET,
     .expected = {POLICY_REFUSE, 0, SECRET, 22, false}},
};

static void test_outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        const struct row *row = &outcomes[i];
        const struct policy_decision decision = decide_row(row);
        if (decision.outcome != row->expected.outcome || decision.holds != row->expected.holds ||
            decision.level != row->expected.level || decision.cost.sheets != row->expected.sheets ||
            policy_decision_reserves(&decision) != row->expected.reserves) {
            fail_msg("%s: outcome %d, holds %#x, level %d, %llu sheets, reserves %d", row->name,
                     (int)decision.outcome, decision.holds, decision.level,
                     (unsigned long long)decision.cost.sheets,
                     (int)policy_decision_reserves(&decision));
        }
    }
}

static const struct {
    struct row row;
    struct policy_finding expected;
} findings[] = {
    {{"registered", PLAIN}, {POLICY_RULE_PERSON_KNOWN, POLICY_PRINT, 0, 0, 0}},
    {{"unknown", PLAIN, .unknown = true},
     {POLICY_RULE_PERSON_KNOWN, POLICY_HOLD, POLICY_ACCOUNT_INFO_NEEDED, POLICY_PERSON_UNKNOWN, 0}},
    {{"inactive", PLAIN, .inactive = true, .without_department = true},
     {POLICY_RULE_PERSON_KNOWN, POLICY_HOLD, POLICY_ACCOUNT_INFO_NEEDED, POLICY_PERSON_INACTIVE,
      0}},
    {{"no department", PLAIN, .without_department = true, .refuse_unknown = true},
     {POLICY_RULE_PERSON_KNOWN, POLICY_REFUSE, POLICY_ACCOUNT_INFO_NEEDED,
      POLICY_PERSON_WITHOUT_DEPARTMENT, 0}},
    {{"pages", PLAIN}, {POLICY_RULE_PAGES_MAX, POLICY_PRINT, 0, 3, 10}},
    {{"too many pages", PLAIN, .pages = 11},
     {POLICY_RULE_PAGES_MAX, POLICY_REFUSE, POLICY_DOCUMENT_UNPRINTABLE_ERROR, 11, 10}},
    {{"no pages", PLAIN, .pages = 0},
     {POLICY_RULE_PAGES_MAX, POLICY_REFUSE, POLICY_DOCUMENT_UNPRINTABLE_ERROR, 0, 10}},
    {{"pages of a layout that cannot be counted", PLAIN, .number_up = 0},
     {POLICY_RULE_PAGES_MAX, POLICY_PRINT, 0, 3, 10}},
    {{"copies", PLAIN}, {POLICY_RULE_COPIES_MAX, POLICY_PRINT, 0, 2, 5}},
    {{"too many copies", PLAIN, .copies = 6},
     {POLICY_RULE_COPIES_MAX, POLICY_REFUSE, POLICY_DOCUMENT_UNPRINTABLE_ERROR, 6, 5}},
    {{"the level's copies", PLAIN, .label = SECRET, .level_copies_max = 4},
     {POLICY_RULE_COPIES_MAX, POLICY_PRINT, 0, 2, 4}},
    {{"copies, number-up 0", PLAIN, .number_up = 0},
     {POLICY_RULE_COPIES_MAX, POLICY_REFUSE, POLICY_DOCUMENT_UNPRINTABLE_ERROR, 2, 5}},
    {{"the copies of no pages are not to blame", PLAIN, .pages = 0},
     {POLICY_RULE_COPIES_MAX, POLICY_PRINT, 0, 2, 5}},
    {{"label", PLAIN, .label = INTERNAL},
     {POLICY_RULE_LEVEL_LABEL, POLICY_PRINT, 0, INTERNAL, INTERNAL}},
    {{"no label", PLAIN, .label = NONE, .default_level = INTERNAL},
     {POLICY_RULE_LEVEL_LABEL, POLICY_PRINT, 0, INTERNAL, NONE}},
    {{"no marks", PLAIN}, {POLICY_RULE_LEVEL_MARKS, POLICY_PRINT, 0, NONE, PUBLIC}},
    {{"marks below", PLAIN, .label = SECRET, .marks = INTERNAL},
     {POLICY_RULE_LEVEL_MARKS, POLICY_PRINT, 0, INTERNAL, SECRET}},
    {{"marks above", PLAIN, .label = INTERNAL, .marks = SECRET},
     {POLICY_RULE_LEVEL_MARKS, POLICY_HOLD, POLICY_HELD_FOR_REVIEW, SECRET, INTERNAL}},
    {{"not supervised", PLAIN}, {POLICY_RULE_LEVEL_SUPERVISED, POLICY_PRINT, 0, PUBLIC, 0}},
    {{"supervised", PLAIN, .label = SECRET},
     {POLICY_RULE_LEVEL_SUPERVISED, POLICY_HOLD, POLICY_HELD_FOR_AUTHORIZATION, SECRET, 0}},
    {{"supervised, and approved only", PLAIN, .label = TOP_SECRET, .approved = true},
     {POLICY_RULE_LEVEL_SUPERVISED, POLICY_HOLD, POLICY_HELD_FOR_AUTHORIZATION, TOP_SECRET, 0}},
    {{"approval with a reference", PLAIN, .label = TOP_SECRET},
     {POLICY_RULE_LEVEL_APPROVAL, POLICY_HOLD, POLICY_SUSPENDED_FOR_APPROVAL, TOP_SECRET,
      POLICY_APPROVAL_EXTERNAL}},
    {{"approval of the head", PLAIN, .label = SECRET, .approval = POLICY_APPROVAL_HEAD},
     {POLICY_RULE_LEVEL_APPROVAL, POLICY_HOLD, POLICY_SUSPENDED_FOR_APPROVAL, SECRET,
      POLICY_APPROVAL_HEAD}},
    {{"a release is no approval", PLAIN, .label = SECRET, .approval = POLICY_APPROVAL_DIRECTOR,
      .released = true},
     {POLICY_RULE_LEVEL_APPROVAL, POLICY_HOLD, POLICY_SUSPENDED_FOR_APPROVAL, SECRET,
      POLICY_APPROVAL_DIRECTOR}},
    {{"approved", PLAIN, .label = TOP_SECRET, .approved = true},
     {POLICY_RULE_LEVEL_APPROVAL, POLICY_PRINT, 0, TOP_SECRET, POLICY_APPROVAL_EXTERNAL}},
    {{"may print", PLAIN, .label = SECRET, .may = &office},
     {POLICY_RULE_LEVEL_PEOPLE, POLICY_PRINT, 0, SECRET, 0}},
    {{"may not print", PLAIN, .label = SECRET, .may = &others},
     {POLICY_RULE_LEVEL_PEOPLE, POLICY_REFUSE, POLICY_AUTHORIZATION_FAILED, SECRET, 0}},
    {{"may not print, by role", PLAIN, .label = SECRET, .may = &directors},
     {POLICY_RULE_LEVEL_PEOPLE, POLICY_REFUSE, POLICY_AUTHORIZATION_FAILED, SECRET, 0}},
    {{"may not print what it is marked as", PLAIN, .marks = SECRET, .may = &directors},
     {POLICY_RULE_LEVEL_PEOPLE, POLICY_REFUSE, POLICY_AUTHORIZATION_FAILED, SECRET, 0}},
    {{"nobody prints it", PLAIN, .label = SECRET, .may = &nobody},
     {POLICY_RULE_LEVEL_PEOPLE, POLICY_REFUSE, POLICY_AUTHORIZATION_FAILED, SECRET, 1}},
    {{"marks above, reviewed", PLAIN, .label = INTERNAL, .marks = SECRET, .reviewed = true},
     {POLICY_RULE_LEVEL_MARKS, POLICY_PRINT, 0, SECRET, INTERNAL}},
    {{"released", PLAIN, .label = TOP_SECRET, .released = true},
     {POLICY_RULE_LEVEL_SUPERVISED, POLICY_PRINT, 0, TOP_SECRET, 1}},
    {{"nothing to release", PLAIN, .released = true},
     {POLICY_RULE_LEVEL_SUPERVISED, POLICY_PRINT, 0, PUBLIC, 0}},
    {{"quota", PLAIN}, {POLICY_RULE_QUOTA_AVAILABLE, POLICY_PRINT, 0, 6, 100}},
    {{"no quota", PLAIN, .available = 5},
     {POLICY_RULE_QUOTA_AVAILABLE, POLICY_HOLD, POLICY_ACCOUNT_LIMIT_REACHED, 6, 5}},
};

/* What the findings say: rule, effect, reason, a, b. */
static void test_findings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof findings / sizeof findings[0]; i++) {
        const struct policy_finding *expected = &findings[i].expected;
        const struct policy_decision decision = decide_row(&findings[i].row);
        const struct policy_finding found = finding_of(&decision, expected->rule);
        if (found.effect != expected->effect || found.a != expected->a || found.b != expected->b ||
            (found.effect != POLICY_PRINT && found.reason != expected->reason)) {
            fail_msg("%s: effect %d, reason %d, a %lld, b %lld", findings[i].row.name,
                     (int)found.effect, (int)found.reason, (long long)found.a, (long long)found.b);
        }
    }
}

/* The rules that always have something to say; the print room's own are in test-rules.c. */
static const enum policy_rule always[] = {
    POLICY_RULE_PERSON_KNOWN, POLICY_RULE_PAGES_MAX,       POLICY_RULE_COPIES_MAX,
    POLICY_RULE_LEVEL_LABEL,  POLICY_RULE_LEVEL_MARKS,     POLICY_RULE_LEVEL_SUPERVISED,
    POLICY_RULE_DUPLICATE,    POLICY_RULE_QUOTA_AVAILABLE,
};
enum { ALWAYS = sizeof always / sizeof always[0] };

/* All findings, in the order of the rules, and none of the quota where there is no account or no
 * cost. */
static void test_order(void **state)
{
    (void)state;
    const struct row all = {"all",       PLAIN,           .pages = 11,
                            .copies = 6, .marks = SECRET, .available = 0};
    struct policy_decision decision = decide_row(&all);
    assert_int_equal(decision.findings_length, ALWAYS);
    for (int i = 0; i < ALWAYS; i++) {
        assert_int_equal(decision.findings[i].rule, always[i]);
    }
    assert_int_equal(policy_decision_refusal(&decision)->rule, POLICY_RULE_PAGES_MAX);

    const struct row rows[] = {
        {"unknown", PLAIN, .unknown = true},
        {"inactive", PLAIN, .inactive = true},
        {"no department", PLAIN, .without_department = true},
        {"no pages", PLAIN, .pages = 0},
        {"no copies", PLAIN, .copies = 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        decision = decide_row(&rows[i]);
        assert_int_equal(decision.findings_length, ALWAYS - 1);
        assert_false(has_finding(&decision, POLICY_RULE_QUOTA_AVAILABLE));
    }
    const struct row plain = {"plain", PLAIN};
    decision = decide_row(&plain);
    assert_null(policy_decision_refusal(&decision));
}

/* A level that needs an approval only is not held for a release as well. */
static void test_approval_alone(void **state)
{
    (void)state;
    struct policy_settings settings;
    policy_settings_default(&settings);
    settings.ladder.level[INTERNAL].approval = POLICY_APPROVAL_EXTERNAL;
    const struct policy_page_run run = {1, 210000, 297000};
    const struct policy_facts facts = {.runs = &run, .runs_length = 1, .marked_level = NONE};
    const struct policy_request request = {.level = INTERNAL, .copies = 1, .number_up = 1};
    const struct policy_person person = {.known = true, .active = true, .department_active = true};
    const struct policy_balance balance = {.allotted = 1};
    struct policy_decision decision;
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    assert_int_equal(decision.outcome, POLICY_HOLD);
    assert_int_equal(decision.holds, HOLD(SUSPENDED_FOR_APPROVAL));
    assert_false(decision.archive);
    settings.ladder.level[INTERNAL].archive = true;
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    assert_true(decision.archive);
}

/* More sheets than an int64_t holds are still too many for any balance. */
static void test_huge(void **state)
{
    (void)state;
    struct policy_settings settings;
    policy_settings_default(&settings);
    settings.pages_max = settings.copies_max = 0;
    const struct policy_page_run run = {UINT32_MAX, 210000, 297000};
    const struct policy_facts facts = {.runs = &run, .runs_length = 1, .marked_level = NONE};
    const struct policy_request request = {.copies = UINT32_MAX, .number_up = 1};
    const struct policy_person person = {.known = true, .active = true, .department_active = true};
    const struct policy_balance balance = {.allotted = INT64_MAX};
    struct policy_decision decision;
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    assert_int_equal(decision.holds, HOLD(ACCOUNT_LIMIT_REACHED));
    const struct policy_finding quota = finding_of(&decision, POLICY_RULE_QUOTA_AVAILABLE);
    assert_true(quota.a == INT64_MAX && quota.b == INT64_MAX);

    const struct policy_page_run wide = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
    const struct policy_facts too_much = {.runs = &wide, .runs_length = 1, .marked_level = NONE};
    policy_decide(&settings, &too_much, &request, &person, &balance, &decision);
    assert_int_equal(decision.outcome, POLICY_REFUSE);
    assert_int_equal(policy_decision_refusal(&decision)->rule, POLICY_RULE_COPIES_MAX);
    assert_true(decision.cost.sheets == 0);
}

/* ---- The lattice: every combination, against the rules said in another way ---------------------
 */

static const uint32_t some_pages[] = {0, 1, 10, 11};
static const uint32_t some_copies[] = {0, 1, 2, 3, 4};
static const int some_labels[] = {NONE, PUBLIC, INTERNAL, CONFIDENTIAL, SECRET, TOP_SECRET, ABOVE};
static const int64_t some_available[] = {-1, 0, 1, 9, 10, 20, 40, 100};

static const struct policy_people *const some_people[] = {NULL, &office, &others};

static int rank_of(int rank)
{
    return rank == ABOVE ? TOP_SECRET : rank;
}

/* Whether this job must be refused. */
static bool model_refuses(const struct row *row, int level)
{
    const bool account = !row->unknown && !row->inactive && !row->without_department;
    if (row->refuse_unknown && !account) {
        return true;
    }
    if (row->pages == 0 || row->copies == 0) {
        return true;
    }
    if (row->pages_max != 0 && row->pages > row->pages_max) {
        return true;
    }
    if (row->copies_max != 0 && row->copies > row->copies_max) {
        return true;
    }
    if (level == SECRET && row->may != NULL && row->may != &office && account) {
        return true;
    }
    return level == SECRET && row->level_copies_max != 0 && row->copies > row->level_copies_max;
}

static uint32_t model_holds(const struct row *row, int level)
{
    const bool account = !row->unknown && !row->inactive && !row->without_department;
    const int label = rank_of(row->label == NONE ? row->default_level : row->label);
    uint32_t holds = 0;
    if (!account) {
        holds |= HOLD(ACCOUNT_INFO_NEEDED);
    } else if ((int64_t)row->pages * row->copies > row->available) {
        holds |= HOLD(ACCOUNT_LIMIT_REACHED);
    }
    if (label != level) {
        holds |= HOLD(HELD_FOR_REVIEW);
    }
    if (level >= CONFIDENTIAL) {
        holds |= HOLD(HELD_FOR_AUTHORIZATION);
    }
    if ((level == TOP_SECRET || (level == SECRET && row->approval != POLICY_APPROVAL_NONE)) &&
        !row->approved) {
        holds |= HOLD(SUSPENDED_FOR_APPROVAL);
    }
    return holds;
}

static void check_row(const struct row *row)
{
    const struct policy_decision decision = decide_row(row);
    const int label = rank_of(row->label == NONE ? row->default_level : row->label);
    const int level = rank_of(row->marks) > label ? rank_of(row->marks) : label;
    const bool refuses = model_refuses(row, level);
    const uint32_t holds = refuses ? 0 : model_holds(row, level);
    const enum policy_outcome outcome = refuses ? POLICY_REFUSE
                                        : holds ? POLICY_HOLD
                                                : POLICY_PRINT;
    const uint32_t no_account = HOLD(ACCOUNT_INFO_NEEDED) | HOLD(ACCOUNT_LIMIT_REACHED);
    const bool reserves = !refuses && (holds & no_account) == 0;
    uint32_t found_holds = 0;
    bool found_refusal = false;
    for (size_t i = 0; i < decision.findings_length; i++) {
        const struct policy_finding *finding = &decision.findings[i];
        found_refusal = found_refusal || finding->effect == POLICY_REFUSE;
        found_holds |= finding->effect == POLICY_HOLD ? 1U << finding->reason : 0;
    }
    if (decision.outcome != outcome || decision.holds != holds || decision.level != level ||
        policy_decision_reserves(&decision) != reserves || found_refusal != refuses ||
        (!refuses && found_holds != holds)) {
        fail_msg("unknown %d, inactive %d, no department %d, refuse unknown %d, %u pages of %u, "
                 "%u copies of %u and %u, label %d, marks %d, default %d, %lld available: "
                 "outcome %d, holds %#x, level %d, reserves %d",
                 row->unknown, row->inactive, row->without_department, row->refuse_unknown,
                 row->pages, row->pages_max, row->copies, row->copies_max, row->level_copies_max,
                 row->label, row->marks, row->default_level, (long long)row->available,
                 (int)decision.outcome, decision.holds, decision.level,
                 (int)policy_decision_reserves(&decision));
    }
}

/* A number taken apart digit by digit, each of its own base. */
static size_t digit(size_t *number, size_t base)
{
    const size_t value = *number % base;
    *number /= base;
    return value;
}

#define PICK(array) (array)[digit(&number, sizeof(array) / sizeof((array)[0]))]

static bool lattice_row(size_t number, struct row *ret_row)
{
    struct row row = {.number_up = 1};
    row.unknown = digit(&number, 2);
    row.inactive = digit(&number, 2);
    row.without_department = digit(&number, 2);
    row.refuse_unknown = digit(&number, 2);
    row.pages_max = digit(&number, 2) ? 10 : 0;
    row.copies_max = digit(&number, 2) ? 3 : 0;
    row.level_copies_max = digit(&number, 2) ? 2 : 0;
    row.default_level = digit(&number, 2) ? INTERNAL : PUBLIC;
    row.pages = PICK(some_pages);
    row.copies = PICK(some_copies);
    row.label = PICK(some_labels);
    row.marks = PICK(some_labels);
    row.available = PICK(some_available);
    row.may = PICK(some_people);
    row.approval = digit(&number, 2) ? POLICY_APPROVAL_HEAD : POLICY_APPROVAL_NONE;
    row.approved = digit(&number, 2);
    *ret_row = row;
    return number == 0;
}

static void test_lattice(void **state)
{
    (void)state;
    struct row row;
    size_t rows = 0;
    while (lattice_row(rows, &row)) {
        check_row(&row);
        rows++;
    }
    assert_int_equal(rows, 256 * 4 * 5 * 7 * 7 * 8 * 3 * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes), cmocka_unit_test(test_findings),
        cmocka_unit_test(test_order),    cmocka_unit_test(test_approval_alone),
        cmocka_unit_test(test_huge),     cmocka_unit_test(test_lattice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

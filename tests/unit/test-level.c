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
#include "policy/level.h"

static void test_default_ladder(void **state)
{
    (void)state;
    static const struct {
        const char *id, *name_zh, *name_en;
        bool supervised, purge, copied;
        enum policy_approval approval;
    } expected[] = {
        {"public", "公开", "Public", false, false, true, POLICY_APPROVAL_NONE},
        {"internal", "内部", "Internal", false, false, true, POLICY_APPROVAL_NONE},
        {"confidential", "秘密", "Confidential", true, false, true, POLICY_APPROVAL_NONE},
        {"secret", "机密", "Secret", true, false, true, POLICY_APPROVAL_NONE},
        {"top-secret", "绝密", "Top secret", true, true, false, POLICY_APPROVAL_EXTERNAL},
    };
    struct policy_ladder ladder;
    memset(&ladder, 0xA5, sizeof ladder);
    policy_ladder_default(&ladder);
    assert_int_equal(ladder.levels, 5);
    for (size_t i = 0; i < ladder.levels; i++) {
        const struct policy_level *level = &ladder.level[i];
        assert_string_equal(level->id, expected[i].id);
        assert_string_equal(level->name_zh, expected[i].name_zh);
        assert_string_equal(level->name_en, expected[i].name_en);
        assert_int_equal(level->supervised, expected[i].supervised);
        assert_int_equal(level->approval, expected[i].approval);
        assert_int_equal(level->archive, level->supervised);
        assert_int_equal(level->purge, expected[i].purge);
        assert_true(policy_people_are_all(&level->may_print));
        assert_int_equal(policy_people_are_all(&level->may_copy), expected[i].copied);
        assert_int_equal(level->copies_max, 0);
    }
    /* The places above the ladder hold nothing of what was there before. */
    assert_int_equal(ladder.level[5].id[0], 0);
    assert_int_equal(ladder.level[POLICY_LEVELS_MAX - 1].supervised, false);
}

static void test_people(void **state)
{
    (void)state;
    const struct policy_people all = {.roles = 0};
    const struct policy_people none = {.nobody = true, .roles = 7};
    const struct policy_people some = {
        .roles = 1U << 3, .names_length = 2, .names = {{true, "office"}, {false, "wang"}}};
    static const struct {
        uint32_t roles;
        const char *department, *login;
        bool is_one;
    } rows[] = {
        {1U << 3, NULL, NULL, true},   {1U << 2, NULL, NULL, false},
        {0, "office", "li", true},     {0, "offic", "li", false},
        {0, "academic", "wang", true}, {0, "wang", "office", false},
        {1U << 3, "x", "y", true},     {0, "", "", false},
        {~(1U << 3), "x", "y", false},
    };
    assert_true(policy_people_are_all(&all));
    assert_false(policy_people_are_all(&none));
    assert_false(policy_people_are_all(&some));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(policy_people_include(&all, rows[i].roles, rows[i].department, rows[i].login));
        assert_false(
            policy_people_include(&none, rows[i].roles, rows[i].department, rows[i].login));
        assert_int_equal(
            policy_people_include(&some, rows[i].roles, rows[i].department, rows[i].login),
            rows[i].is_one);
    }
    for (int i = 0; i < POLICY_APPROVALS; i++) {
        enum policy_approval found = POLICY_APPROVAL_NONE;
        assert_true(policy_approval_parse(policy_approval_word((enum policy_approval)i), &found));
        assert_int_equal(found, i);
    }
    enum policy_approval kept = POLICY_APPROVAL_HEAD;
    assert_false(policy_approval_parse("operator", &kept));
    assert_false(policy_approval_parse("", &kept));
    assert_int_equal(kept, POLICY_APPROVAL_HEAD);
}

static void test_marked_in(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rank;
    } rows[] = {
        {"", -1},
        {"教发〔2026〕12号", -1},
        {"教密〔2026〕12号", -1},
        {"机密〔2026〕12号", 3},
        {"教发〔2026〕12号（秘密）", 2},
        {"绝密·机密", 4},
        {"secret 7", 3},
        {"A/SECRET/7", 3},
        {"TOP-SECRET/7", 4},
        {"top secret 7", 4},
        {"Secretary 7", -1},
        {"unsecret", -1},
        {"confidential", 2},
        {"internal 7", -1},
        {"内部〔2026〕1号", -1},
    };
    struct policy_ladder ladder;

    policy_ladder_default(&ladder);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (policy_ladder_marked_in(&ladder, rows[i].text) != rows[i].rank) {
            fail_msg("%s: %d", rows[i].text, policy_ladder_marked_in(&ladder, rows[i].text));
        }
    }
    /* A level without names marks nothing. */
    memset(ladder.level[4].name_zh, 0, sizeof ladder.level[4].name_zh);
    memset(ladder.level[4].name_en, 0, sizeof ladder.level[4].name_en);
    assert_int_equal(policy_ladder_marked_in(&ladder, "x"), -1);
}

/* A level named in the 发文字号 is a mark as one on the page is: never lowered silently. */
static void test_document_number(void **state)
{
    (void)state;
    struct policy_settings settings;
    policy_settings_default(&settings);
    const struct policy_page_run run = {1, 210000, 297000};
    struct policy_facts facts = {.runs = &run, .runs_length = 1, .marked_level = -1};
    struct policy_request request = {
        .level = 0, .copies = 1, .number_up = 1, .document_number = "机密〔2026〕12号"};
    const struct policy_person person = {.known = true, .active = true, .department_active = true};
    const struct policy_balance balance = {.allotted = 1};
    struct policy_decision decision;
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    assert_int_equal(decision.level, 3);
    assert_int_equal(decision.holds,
                     1u << POLICY_HELD_FOR_REVIEW | 1u << POLICY_HELD_FOR_AUTHORIZATION);
    /* The higher of page and number counts. */
    facts.marked_level = 4;
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    assert_int_equal(decision.level, 4);
    facts.marked_level = -1;
    request.document_number = "教发〔2026〕12号";
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    assert_int_equal(decision.outcome, POLICY_PRINT);
}

static void test_find(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rank;
    } rows[] = {
        {"public", 0},       {"PUBLIC", 0},       {"公开", 0},        {"internal", 1},
        {"内部", 1},         {"confidential", 2}, {"秘密", 2},        {"secret", 3},
        {"Secret", 3},       {"机密", 3},         {"top-secret", 4},  {"Top-Secret", 4},
        {"Top secret", 4},   {"TOP SECRET", 4},   {"绝密", 4},        {"", -1},
        {NULL, -1},          {"secre", -1},       {"secrets", -1},    {" secret", -1},
        {"密", -1},          {"机密 ", -1},       {"top_secret", -1}, {"[ublic", -1},
        {"top\rsecret", -1},
    };
    struct policy_ladder ladder;
    policy_ladder_default(&ladder);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int rank = policy_ladder_find(&ladder, rows[i].name);
        if (rank != rows[i].rank) {
            fail_msg("%s: rank %d", rows[i].name ? rows[i].name : "(null)", rank);
        }
    }
}

/* A ladder from the settings may leave names out, and may be full. */
static void test_find_on_other_ladders(void **state)
{
    (void)state;
    struct policy_ladder ladder = {.levels = POLICY_LEVELS_MAX};
    for (int i = 0; i < POLICY_LEVELS_MAX; i++) {
        snprintf(ladder.level[i].id, sizeof ladder.level[i].id, "level-%d", i + 1);
    }
    assert_int_equal(policy_ladder_find(&ladder, ""), -1);
    assert_int_equal(policy_ladder_find(&ladder, "level-1"), 0);
    assert_int_equal(policy_ladder_find(&ladder, "Level-8"), 7);
    strcpy(ladder.level[1].name_en, "A~z");
    assert_int_equal(policy_ladder_find(&ladder, "a~Z"), 1);
    assert_int_equal(policy_ladder_find(&ladder, "a^z"), -1);
    ladder.levels = 7;
    assert_int_equal(policy_ladder_find(&ladder, "level-8"), -1);
    ladder.levels = 0;
    assert_int_equal(policy_ladder_find(&ladder, "level-1"), -1);
}

static void test_device_rank(void **state)
{
    (void)state;
    struct policy_ladder ladder;
    policy_ladder_default(&ladder);
    assert_int_equal(policy_ladder_device_rank(&ladder, ""), 1); /* internal, below confidential */
    assert_int_equal(policy_ladder_device_rank(&ladder, "public"), 0);
    assert_int_equal(policy_ladder_device_rank(&ladder, "secret"), 3);
    assert_int_equal(policy_ladder_device_rank(&ladder, "gone"), -1);
    /* An unsupervised level above a supervised one does not open the one between. */
    ladder.level[1].supervised = true;
    ladder.level[2].supervised = false;
    assert_int_equal(policy_ladder_device_rank(&ladder, ""), 0);
    ladder.level[0].supervised = true;
    assert_int_equal(policy_ladder_device_rank(&ladder, ""), -1);
    for (size_t i = 0; i < ladder.levels; i++) {
        ladder.level[i].supervised = false;
    }
    assert_int_equal(policy_ladder_device_rank(&ladder, ""), 4);
}

static void test_terms_and_stamps(void **state)
{
    (void)state;
    static const struct {
        const char *term;
        bool stamp;
    } expected[] = {{"公开", false},
                    {"内部", false},
                    {"秘密★10年", true},
                    {"机密★20年", true},
                    {"绝密★30年", true}};
    struct policy_ladder ladder;
    char term[POLICY_TERM_BYTES];

    policy_ladder_default(&ladder);
    for (size_t i = 0; i < ladder.levels; i++) {
        policy_level_term(&ladder.level[i], term);
        assert_string_equal(term, expected[i].term);
        assert_int_equal(ladder.level[i].stamp, expected[i].stamp);
    }
}

static struct policy_decision decide(int label, int marks, unsigned bits)
{
    static const struct policy_page_run run = {3, 210000, 297000};
    const struct policy_facts facts = {.runs = &run,
                                       .runs_length = 1,
                                       .marked_level = marks,
                                       .marks_reviewed = (bits & 1) != 0,
                                       .released = (bits & 2) != 0,
                                       .approved = (bits & 4) != 0};
    const struct policy_request request = {
        .level = label, .copies = 1, .number_up = 1, .document_number = ""};
    const struct policy_person person = {.known = true, .active = true, .department_active = true};
    const struct policy_balance balance = {.allotted = 100};
    struct policy_settings settings;
    struct policy_decision decision;

    policy_settings_default(&settings);
    policy_decide(&settings, &facts, &request, &person, &balance, &decision);
    return decision;
}

/* The lattice of levels: whatever is asked for, marked, reviewed, approved and released, the job's
 * level is the higher of label and marks, it goes on without a release only where nobody need
 * supervise it and without approval only where nobody need approve it, and reviewing marks never
 * lowers it. */
static void test_the_lattice_of_levels(void **state)
{
    enum { CONFIDENTIAL = 2, TOP_SECRET = 4 };

    (void)state;
    for (int label = 0; label <= TOP_SECRET; label++) {
        for (int marks = -1; marks <= TOP_SECRET; marks++) {
            for (unsigned bits = 0; bits < 8; bits++) {
                const struct policy_decision decision = decide(label, marks, bits);
                const int level = marks > label ? marks : label;
                const bool review = marks > label && (bits & 1) == 0;
                const bool release = level >= CONFIDENTIAL && (bits & 2) == 0;
                const bool approve = level == TOP_SECRET && (bits & 4) == 0;

                assert_int_equal(decision.level, level);
                assert_int_equal((decision.holds & 1U << POLICY_HELD_FOR_REVIEW) != 0, review);
                assert_int_equal((decision.holds & 1U << POLICY_HELD_FOR_AUTHORIZATION) != 0,
                                 release);
                assert_int_equal((decision.holds & 1U << POLICY_SUSPENDED_FOR_APPROVAL) != 0,
                                 approve);
                assert_int_equal(decision.outcome,
                                 review || release || approve ? POLICY_HOLD : POLICY_PRINT);
            }
        }
    }
}

static void test_areas(void **state)
{
    (void)state;
    struct policy_level level = {.id = "a"};

    assert_true(policy_level_allows_area(&level, ""));
    assert_true(policy_level_allows_area(&level, "文印室"));
    level = (struct policy_level){.areas_length = 2, .areas = {"文印室", "机要室"}};
    assert_true(policy_level_allows_area(&level, "机要室"));
    assert_false(policy_level_allows_area(&level, "走廊"));
    assert_false(policy_level_allows_area(&level, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_ladder),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_marked_in),
        cmocka_unit_test(test_document_number),
        cmocka_unit_test(test_find_on_other_ladders),
        cmocka_unit_test(test_device_rank),
        cmocka_unit_test(test_terms_and_stamps),
        cmocka_unit_test(test_the_lattice_of_levels),
        cmocka_unit_test(test_areas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that stand in databases and logs, and what a new installation decides by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/decide.h"

static void test_reason_keywords(void **state)
{
    (void)state;
    static const char *const keywords[] = {
        "account-info-needed",        "account-limit-reached",      "job-held-for-review",
        "job-held-for-authorization", "job-suspended-for-approval", "account-authorization-failed",
        "document-format-error",      "document-unprintable-error", "job-hold-until-specified"};
    assert_int_equal(sizeof keywords / sizeof keywords[0], POLICY_REASONS);
    for (int i = 0; i < POLICY_REASONS; i++) {
        enum policy_reason reason = (enum policy_reason)((i + 1) % POLICY_REASONS);
        assert_string_equal(policy_reason_keyword((enum policy_reason)i), keywords[i]);
        assert_true(policy_reason_parse(keywords[i], &reason));
        assert_int_equal(reason, i);
    }
    static const char *const wrong[] = {"", "none", "account-info", "Job-Held-For-Review", NULL};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        enum policy_reason reason = POLICY_HELD_FOR_REVIEW;
        assert_false(policy_reason_parse(wrong[i], &reason));
        assert_int_equal(reason, POLICY_HELD_FOR_REVIEW);
    }
    assert_string_equal(policy_reason_keyword(POLICY_REASONS), "none");
    assert_string_equal(policy_reason_keyword((enum policy_reason) - 1), "none");
}

/* The ids are in databases and logs: they never change. */
static void test_rule_ids(void **state)
{
    (void)state;
    static const char *const ids[] = {"person.known",    "pages.max",        "copies.max",
                                      "sheets.max",      "level.label",      "level.marks",
                                      "level.people",    "level.approval",   "level.supervised",
                                      "duplex.forced",   "grayscale.forced", "copies.electronic",
                                      "urgent.allowed",  "duplicate",        "hours",
                                      "quota.available", "quota.person"};
    assert_int_equal(sizeof ids / sizeof ids[0], POLICY_RULES);
    for (int i = 0; i < POLICY_RULES; i++) {
        assert_string_equal(policy_rule_id((enum policy_rule)i), ids[i]);
    }
    assert_string_equal(policy_rule_id(POLICY_RULES), "");
}

static void test_default_settings(void **state)
{
    (void)state;
    struct policy_settings settings;
    memset(&settings, 0xA5, sizeof settings);
    policy_settings_default(&settings);
    assert_int_equal(settings.ladder.levels, 5);
    assert_int_equal(settings.default_level, 0);
    assert_int_equal(settings.unknown_person, POLICY_UNKNOWN_PERSON_HOLD);
    assert_int_equal(settings.pages_max, 5000);
    assert_int_equal(settings.copies_max, 200);
    assert_int_equal(settings.duplicate_minutes, 60);
    assert_int_equal(settings.electronic_copies, 20);
    /* What changes or delays a job is off until the office wants it. */
    assert_int_equal(settings.sheets_max, 0);
    assert_int_equal(settings.duplex_above, 0);
    assert_int_equal(settings.grayscale_above, 0);
    assert_int_equal(settings.grayscale_levels, 0);
    assert_int_equal(settings.urgent_roles, 0);
    assert_int_equal(settings.urgent_per_week, 0);
    assert_int_equal(settings.hours_length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reason_keywords),
        cmocka_unit_test(test_rule_ids),
        cmocka_unit_test(test_default_settings),
    };
    return cmocka_run_group_tests_name("policy-names", tests, NULL, NULL);
}

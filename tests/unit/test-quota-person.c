/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/decide.h"

/* A person's own limit holds beside the department's account, and takes no account for itself. */
static void test_cap_of_a_person(void **state)
{
    static const struct {
        bool capped;
        bool active;
        int64_t left;
        uint32_t copies;
        enum policy_outcome outcome;
        bool found;
    } rows[] = {
        {false, true, 0, 10, POLICY_PRINT, false}, {true, true, 10, 10, POLICY_PRINT, true},
        {true, true, 9, 10, POLICY_HOLD, true},    {true, true, 0, 1, POLICY_HOLD, true},
        {true, true, -1, 1, POLICY_HOLD, true},    {true, false, 9, 10, POLICY_HOLD, false},
    };
    const struct policy_page_run run = {1, 210000, 297000};
    const struct policy_facts facts = {.runs = &run, .runs_length = 1, .marked_level = -1};
    const struct policy_balance balance = {.allotted = 100};
    struct policy_settings settings;
    struct policy_decision decision;

    (void)state;
    policy_settings_default(&settings);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct policy_request request = {
            .level = -1, .copies = rows[i].copies, .number_up = 1};
        const struct policy_person person = {.known = true,
                                             .active = rows[i].active,
                                             .department_active = true,
                                             .capped = rows[i].capped,
                                             .left = rows[i].left};

        policy_decide(&settings, &facts, &request, &person, &balance, &decision);
        assert_int_equal(decision.outcome, rows[i].outcome);
        const struct policy_finding *last = &decision.findings[decision.findings_length - 1];

        assert_int_equal(last->rule == POLICY_RULE_QUOTA_PERSON, rows[i].found);
        if (rows[i].found) {
            assert_int_equal(last->a, rows[i].copies);
            assert_int_equal(last->b, rows[i].left);
            assert_int_equal(policy_decision_reserves(&decision), rows[i].outcome == POLICY_PRINT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cap_of_a_person)};
    return cmocka_run_group_tests_name("quota-person", tests, NULL, NULL);
}

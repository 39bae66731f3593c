/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/titles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/error.h"
#include "daemon/settings.h"

static void a_title_waits_for_its_job(void **state)
{
    struct titles *titles;
    char title[JOB_TITLE_BYTES] = "untouched";

    (void)state;
    assert_int_equal(titles_new(&titles), PR_OK);
    assert_false(titles_get(titles, 1, title));
    assert_string_equal(title, "untouched");
    titles_put(titles, 1, "期末考试");
    titles_put(titles, 2, "Minutes");
    assert_true(titles_get(titles, 1, title));
    assert_string_equal(title, "期末考试");
    titles_put(titles, 1, "Said again");
    assert_true(titles_get(titles, 1, title));
    assert_string_equal(title, "Said again");
    titles_forget(titles, 1);
    assert_false(titles_get(titles, 1, title));
    assert_true(titles_get(titles, 2, title));
    assert_string_equal(title, "Minutes");
    titles_free(titles);
}

static void the_oldest_is_forgotten_first(void **state)
{
    struct titles *titles;
    char title[JOB_TITLE_BYTES];

    (void)state;
    assert_int_equal(titles_new(&titles), PR_OK);
    for (int64_t job = 1; job <= TITLES_MAX + 1; job++) {
        char text[32];

        snprintf(text, sizeof text, "title %d", (int)job);
        titles_put(titles, job, text);
    }
    assert_false(titles_get(titles, 1, title));
    assert_true(titles_get(titles, 2, title));
    assert_string_equal(title, "title 2");
    assert_true(titles_get(titles, TITLES_MAX + 1, title));
    titles_free(titles);
}

static void what_level_counts(void **state)
{
    static const struct {
        const char *asked;
        const char *decided;
        int default_level;
        bool secret;
    } rows[] = {
        {"", "", 0, false},
        {"", "", 3, true},
        {"internal", "", 3, false},
        {"secret", "", 0, true},
        {"public", "secret", 0, true}, /* the document's own marks raised it */
        {"secret", "public", 0, false},
        {"", "confidential", 0, true},
        {"", "internal", 3, false},
        {"", "a-level-of-last-year", 0, true},
    };
    struct policy_settings settings;

    (void)state;
    memset(&settings, 0, sizeof settings);
    policy_ladder_default(&settings.ladder);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct job_record job;

        memset(&job, 0, sizeof job);
        snprintf(job.request.level, sizeof job.request.level, "%s", rows[i].asked);
        snprintf(job.level, sizeof job.level, "%s", rows[i].decided);
        settings.default_level = rows[i].default_level;
        if (title_is_secret(&settings, &job) != rows[i].secret) {
            fail_msg("row %zu", i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_title_waits_for_its_job),
        cmocka_unit_test(the_oldest_is_forgotten_first),
        cmocka_unit_test(what_level_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

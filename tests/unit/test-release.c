/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Releases in the store and behind its back, and which device a classified job may go to. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/jobs/release.h"
#include "daemon/store/releases.h"

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Jobs 1 and 2, secret, pending, of the person support_job() gives; devices 1 and 2. */
static int set_up(void **state)
{
    support_set_up(state);
    struct store_tx *tx = support_begin(*state);
    struct device_record device = {.name = "one", .queue = "one", .max_level = "secret"};

    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_OK);
    snprintf(device.name, sizeof device.name, "two");
    snprintf(device.queue, sizeof device.queue, "two");
    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_OK);
    assert_int_equal(support_job(tx), 1);
    assert_int_equal(support_job(tx), 2);
    assert_int_equal(support_sql(tx, "UPDATE job SET state = 'pending', level = 'secret', sha256 = "
                                     "'" SHA256 "', turn_at = job"),
                     SQLITE_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    return 0;
}

static void add_release(struct store_tx *tx, int64_t job_key, const char *device_name)
{
    struct device_record device;
    struct job_record job;

    assert_int_equal(device_find(tx, device_name, &device), PR_OK);
    assert_int_equal(job_get(tx, job_key, &job), PR_OK);
    const struct release_record release = {
        .supervisor = "zhao", .actor = "li", .reference = "", .device = &device};

    assert_int_equal(release_add(tx, &job, &release), PR_OK);
}

static void test_only_at_the_device_it_was_released_at(void **state)
{
    struct store_tx *tx = support_begin(*state);
    int64_t key = 0;

    add_release(tx, 1, "two");
    /* Job 1 is first in turn, but not for device 1. */
    assert_int_equal(job_next_pending(tx, "[\"secret\"]", 1, &key), PR_OK);
    assert_int_equal(key, 2);
    assert_int_equal(job_next_pending(tx, "[\"secret\"]", 2, &key), PR_OK);
    assert_int_equal(key, 1);
    add_release(tx, 2, "two");
    assert_int_equal(job_next_pending(tx, "[\"secret\"]", 1, &key), PR_ENOENT);
    store_rollback(tx);
}

static void test_bound_to_document_and_level(void **state)
{
    struct store_tx *tx = support_begin(*state);

    assert_false(release_covers(tx, 1));
    add_release(tx, 1, "one");
    assert_true(release_covers(tx, 1));
    assert_false(release_covers(tx, 2));
    assert_int_equal(support_sql(tx, "UPDATE job SET level = 'top-secret' WHERE job = 1"),
                     SQLITE_OK);
    assert_false(release_covers(tx, 1));
    assert_int_equal(support_sql(tx, "UPDATE job SET level = 'secret', sha256 = replace(sha256, "
                                     "'0', '1') WHERE job = 1"),
                     SQLITE_OK);
    assert_false(release_covers(tx, 1));
    store_rollback(tx);
}

/* What came back from its device to be held is released once more, perhaps elsewhere. */
static void test_once(void **state)
{
    struct store_tx *tx = support_begin(*state);
    uint32_t printing = 9;
    int64_t since = 9, key = 0;

    assert_int_equal(release_printing(tx, 1, &printing, &since), PR_OK);
    assert_int_equal(printing, 0);
    assert_int_equal(since, 0);
    add_release(tx, 1, "one");
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(job_event_append(tx, 1, "reprint-held", JOB_PROCESSING_STOPPED,
                                          JOB_PENDING_HELD, "operator", NULL),
                         PR_OK);
        assert_false(release_covers(tx, 1));
        assert_int_equal(release_printing(tx, 1, &printing, &since), PR_OK);
        assert_int_equal(printing, i);
        assert_true(since > 0);
        /* Held for other reasons: that is no printing. */
        assert_int_equal(job_event_append(tx, 1, "holds-changed", JOB_PENDING_HELD,
                                          JOB_PENDING_HELD, "printroomd", NULL),
                         PR_OK);
        add_release(tx, 1, "two");
        assert_true(release_covers(tx, 1));
        assert_int_equal(job_next_pending(tx, "[\"secret\"]", 2, &key), PR_OK);
        assert_int_equal(key, 1);
        assert_int_equal(job_next_pending(tx, "[\"secret\"]", 1, &key), PR_OK);
        assert_int_equal(key, 2);
    }
    assert_int_equal(support_number(tx, "SELECT count(*) FROM job_release"), 3);
    store_rollback(tx);
}

static void test_the_schema_refuses(void **state)
{
    static const char *const attempts[] = {
        "DELETE FROM job_release",
        "UPDATE job_release SET device = 2",
        "UPDATE job_release SET supervisor = 'other'",
        "INSERT OR REPLACE INTO job_release (job, sha256, level, device, supervisor, actor, "
        "released_at) SELECT job, sha256, level, 2, supervisor, actor, 1 FROM job_release",
        /* Of their own job. */
        "INSERT INTO job_release (job, sha256, level, device, supervisor, actor, released_at)"
        " SELECT job, sha256, level, 1, person, person, 1 FROM job WHERE job = 2",
        "INSERT INTO confirmation (job, rule, actor, at) VALUES (1, 'level.supervised', 'x', 1)",
    };
    struct store_tx *tx = support_begin(*state);

    add_release(tx, 1, "one");
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (support_sql(tx, attempts[i]) == SQLITE_OK) {
            fail_msg("not refused: %s", attempts[i]);
        }
    }
    assert_int_equal(support_number(tx, "SELECT count(*) FROM job_release"), 1);
    store_rollback(tx);
}

/* Every level at every device: never on one below it, never outside of its areas. */
static void test_the_lattice_of_devices(void **state)
{
    static const char *const areas[] = {"", "文印室", "走廊"};
    struct policy_ladder ladder;

    (void)state;
    policy_ladder_default(&ladder);
    for (unsigned restricted = 0; restricted < 2; restricted++) {
        for (size_t i = 0; i < ladder.levels; i++) {
            ladder.level[i].areas_length = restricted;
            snprintf(ladder.level[i].areas[0], POLICY_AREA_BYTES, "%s", areas[1]);
        }
        /* −1: no highest level was set, which is below the first supervised one. */
        for (int highest = -1; highest < (int)ladder.levels; highest++) {
            for (size_t area = 0; area < sizeof areas / sizeof areas[0]; area++) {
                struct device_record device = {.active = true};

                snprintf(device.area, sizeof device.area, "%s", areas[area]);
                if (highest >= 0) {
                    snprintf(device.max_level, sizeof device.max_level, "%s",
                             ladder.level[highest].id);
                }
                for (int rank = -1; rank <= POLICY_LEVELS_MAX; rank++) {
                    bool may = rank >= 0 && rank < (int)ladder.levels &&
                               rank <= (highest < 0 ? 1 : highest) && (!restricted || area == 1);

                    device.active = true;
                    assert_int_equal(release_device_may(&ladder, &device, rank), may);
                    device.active = false;
                    assert_false(release_device_may(&ladder, &device, rank));
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_at_the_device_it_was_released_at, set_up,
                                        support_tear_down),
        cmocka_unit_test_setup_teardown(test_bound_to_document_and_level, set_up,
                                        support_tear_down),
        cmocka_unit_test_setup_teardown(test_once, set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_the_schema_refuses, set_up, support_tear_down),
        cmocka_unit_test(test_the_lattice_of_devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

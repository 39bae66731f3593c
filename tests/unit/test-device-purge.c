/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a purge makes of what devices do: with a driver that fails as the test likes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/purge.h"
#include "drivers/residue.h"
#include "drivers/stream.h"
#include "tests/unit/fake-driver.h"

static const struct fake_deletion obeys = {DEVICE_OK, NULL, true, true, false};
static struct purge *purge;
static struct fake_session fake;

static int set_up(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    purge = calloc(1, sizeof *purge);
    return purge != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    purge_clear(purge);
    free(purge);
    return 0;
}

static void run_for(int64_t ms)
{
    struct device_session *sessions[] = {fake_session(&fake)};
    purge_run(sessions, 1, stream_now_ms() + ms, NULL, purge);
}

static const struct purge_step *step_of(const char *name)
{
    for (size_t i = 0; i < purge->parts[0].steps_length; i++) {
        if (strcmp(purge->parts[0].steps[i].item->key, name) == 0) {
            return &purge->parts[0].steps[i];
        }
    }
    fail_msg("no step for %s", name);
    return NULL;
}

static void expect(const char *name, enum device_outcome outcome, const char *code)
{
    const struct purge_step *step = step_of(name);
    assert_string_equal(outcome_word(step->outcome), outcome_word(outcome));
    assert_string_equal(step->code, code);
}

/* One item ------------------------------------------------------------------------------------- */

static void test_outcomes_of_one_item(void **state)
{
    (void)state;
    /* What the driver says and what the second look shows, and what is made of both. */
    static const struct {
        struct fake_deletion deletion;
        bool second_look_fails;
        enum device_outcome outcome;
        const char *code;
    } rows[] = {
        {{DEVICE_OK, NULL, true, true, false}, false, OUTCOME_VERIFIED_ABSENT, ""},
        {{DEVICE_OK, NULL, true, true, false}, true, OUTCOME_SENT_UNVERIFIED, ""},
        {{DEVICE_OK, NULL, false, true, false}, false, OUTCOME_REFUSED, "still-listed"},
        {{DEVICE_NOT_FOUND, NULL, true, true, false}, false, OUTCOME_VERIFIED_ABSENT, ""},
        {{DEVICE_NOT_FOUND, NULL, true, true, false}, true, OUTCOME_SENT_UNVERIFIED, ""},
        {{DEVICE_NOT_FOUND, NULL, false, true, false}, false, OUTCOME_REFUSED, "still-listed"},
        {{DEVICE_REFUSED, "FILEERROR=26", false, true, false},
         false,
         OUTCOME_REFUSED,
         "FILEERROR=26"},
        {{DEVICE_REFUSED, "FILEERROR=26", false, true, false},
         true,
         OUTCOME_REFUSED,
         "FILEERROR=26"},
        /* An error and gone all the same: the listing counts. */
        {{DEVICE_REFUSED, "FILEERROR=0", true, true, false}, false, OUTCOME_VERIFIED_ABSENT, ""},
        /* The listing says gone, another question says there: the worse counts. */
        {{DEVICE_REFUSED, "still-there", true, true, false}, false, OUTCOME_REFUSED, "still-there"},
        {{DEVICE_MALFORMED, NULL, true, true, false}, true, OUTCOME_SENT_UNVERIFIED, ""},
        {{DEVICE_UNSUPPORTED, NULL, false, false, false}, false, OUTCOME_UNSUPPORTED, ""},
        {{DEVICE_UNSUPPORTED, NULL, false, false, false}, true, OUTCOME_UNSUPPORTED, ""},
        {{DEVICE_UNREACHABLE, NULL, false, false, false}, false, OUTCOME_UNREACHABLE, ""},
        {{DEVICE_UNREACHABLE, NULL, false, false, false}, true, OUTCOME_UNREACHABLE, ""},
        /* It went out, and the answer was lost. */
        {{DEVICE_UNREACHABLE, NULL, true, true, false}, true, OUTCOME_SENT_UNVERIFIED, ""},
        {{DEVICE_UNREACHABLE, NULL, true, true, false}, false, OUTCOME_VERIFIED_ABSENT, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake = (struct fake_session){.items = {{"a", false, rows[i].deletion}},
                                     .list_fails_at = rows[i].second_look_fails ? 2 : 0,
                                     .list_fails_ever_after = true,
                                     .list_result = DEVICE_MALFORMED};
        run_for(5000);
        const struct purge_step *step = step_of("a");
        if (step->outcome != rows[i].outcome || strcmp(step->code, rows[i].code) != 0) {
            fail_msg("row %zu: %s %s", i, outcome_word(step->outcome), step->code);
        }
        assert_int_equal(purge->found, 1);
        assert_int_equal(purge->counts[rows[i].outcome], 1);
        assert_true(purge->outcome >= rows[i].outcome);
        purge_clear(purge);
    }
}

static void test_evidence(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"a", false, obeys};
    run_for(5000);
    const struct purge_step *step = step_of("a");
    assert_int_equal(step->request_bytes, 9);
    assert_memory_equal(step->request, "delete it", 9);
    assert_int_equal(step->reply_bytes, 3);
    assert_int_equal(purge->counters_before.impressions, 100);
    assert_int_equal(purge->counters_after.impressions, 101);
}

/* Several -------------------------------------------------------------------------------------- */

static void test_fonts_stay(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"font", true, obeys};
    fake.items[1] = (struct fake_item){"job", false, obeys};
    run_for(5000);
    assert_int_equal(fake.deletions, 1);
    assert_int_equal(purge->parts[0].steps_length, 1);
    assert_string_equal(purge->parts[0].after.items[0].name, "font");
    assert_int_equal(purge->outcome, OUTCOME_VERIFIED_ABSENT);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    run_for(5000);
    assert_int_equal(purge->outcome, OUTCOME_VERIFIED_ABSENT);
    assert_int_equal(purge->found, 0);
    assert_int_equal(fake.listings, 2);
}

static void test_cannot_be_listed(void **state)
{
    (void)state;
    fake.no_list = true;
    fake.no_counters = true;
    run_for(5000);
    assert_int_equal(purge->outcome, OUTCOME_UNSUPPORTED);
    assert_false(purge->counted_before || purge->counted_after);
}

static void test_first_look_fails(void **state)
{
    (void)state;
    fake.list_fails_at = 1;
    fake.list_result = DEVICE_REFUSED;
    fake.items[0] = (struct fake_item){"a", false, obeys};
    run_for(5000);
    /* What was not seen before was not deleted, and is not passed over. */
    expect("a", OUTCOME_REFUSED, "appeared-meanwhile");
    assert_int_equal(purge->outcome, OUTCOME_REFUSED);
    assert_int_equal(fake.deletions, 0);
}

static void test_listing_is_lost_on_the_way(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"a", false, obeys};
    fake.list_fails_at = 2;
    fake.list_fails_ever_after = true;
    fake.list_result = DEVICE_UNSUPPORTED;
    run_for(5000);
    expect("a", OUTCOME_SENT_UNVERIFIED, "");
    assert_int_equal(purge->outcome, OUTCOME_REFUSED);
}

static void test_comes_between(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"a", false, obeys};
    fake.comes_between = "b";
    run_for(5000);
    expect("a", OUTCOME_VERIFIED_ABSENT, "");
    expect("b", OUTCOME_REFUSED, "appeared-meanwhile");
    assert_int_equal(purge->found, 2);
    assert_int_equal(purge->outcome, OUTCOME_REFUSED);
}

static void test_part_cannot_be_read_any_more(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"open/a", false, obeys};
    fake.items[1] = (struct fake_item){"shut/b", false, obeys};
    fake.unread = "shut/";
    run_for(5000);
    expect("open/a", OUTCOME_VERIFIED_ABSENT, "");
    expect("shut/b", OUTCOME_SENT_UNVERIFIED, "");
}

static void test_line_is_taken_up_again(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"a", false, {DEVICE_UNREACHABLE, NULL, true, true, true}};
    fake.items[1] = (struct fake_item){"b", false, obeys};
    run_for(5000);
    expect("a", OUTCOME_VERIFIED_ABSENT, "");
    expect("b", OUTCOME_VERIFIED_ABSENT, "");
    assert_int_equal(fake.revivals, 1);
}

static void test_line_stays_lost(void **state)
{
    (void)state;
    fake.cannot_revive = true;
    fake.items[0] = (struct fake_item){"a", false, obeys};
    fake.items[1] = (struct fake_item){"b", false, {DEVICE_UNREACHABLE, NULL, true, true, true}};
    for (size_t i = 2; i < FAKE_ITEMS_MAX; i++) {
        static const char *const names[] = {"c", "d", "e", "f", "g", "h"};
        fake.items[i] = (struct fake_item){names[i - 2], false, obeys};
    }
    run_for(5000);
    expect("a", OUTCOME_SENT_UNVERIFIED, "");
    expect("b", OUTCOME_SENT_UNVERIFIED, "");
    expect("h", OUTCOME_UNREACHABLE, "");
    assert_int_equal(purge->counts[OUTCOME_UNREACHABLE], 6);
    assert_int_equal(purge->outcome, OUTCOME_UNREACHABLE);
    assert_false(purge->counted_after);
    /* A few times, and once for the second look. */
    assert_int_equal(fake.revivals, 4);
}

static void test_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"a", "b", "c", "d"};
        fake.items[i] = (struct fake_item){names[i], false, obeys};
    }
    fake.delay_ms = 600;
    const int64_t began_ms = stream_now_ms();
    run_for(2000);
    assert_true(stream_now_ms() - began_ms < 4000);
    /* Half of the time is kept for the second look. */
    expect("a", OUTCOME_VERIFIED_ABSENT, "");
    expect("d", OUTCOME_UNREACHABLE, "time");
    assert_true(fake.deadline_ms >= began_ms + 2000);
}

static void test_last_resort(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"a", false, {DEVICE_REFUSED, "no", false, true, false}};
    fake.remove_all_works = true;
    run_for(5000);
    expect("a", OUTCOME_VERIFIED_ABSENT, "");
    assert_int_equal(fake.all_deletions, 1);
}

static void test_last_resort_is_left_where_it_is_not_needed(void **state)
{
    (void)state;
    fake.items[0] = (struct fake_item){"a", false, obeys};
    fake.remove_all_works = true;
    run_for(5000);
    assert_int_equal(fake.all_deletions, 0);
}

static void test_two_parts(void **state)
{
    (void)state;
    struct fake_session other = {.items = {{"x", false, {DEVICE_OK, NULL, false, true, false}}},
                                 .no_counters = true};
    struct device_session *sessions[] = {fake_session(&other), fake_session(&fake)};
    fake.items[0] = (struct fake_item){"a", false, obeys};
    purge_run(sessions, 2, stream_now_ms() + 5000, NULL, purge);
    assert_ptr_equal(purge->counting, sessions[1]);
    assert_int_equal(purge->counts[OUTCOME_VERIFIED_ABSENT], 1);
    assert_int_equal(purge->counts[OUTCOME_REFUSED], 1);
    assert_int_equal(purge->outcome, OUTCOME_REFUSED);
}

static void test_look(void **state)
{
    (void)state;
    struct device_session *sessions[] = {fake_session(&fake)};
    purge_look(sessions, 1, purge);
    assert_int_equal(purge->outcome, OUTCOME_VERIFIED_ABSENT);
    purge_clear(purge);
    fake.items[0] = (struct fake_item){"a", false, obeys};
    purge_look(sessions, 1, purge);
    assert_int_equal(purge->outcome, OUTCOME_REFUSED);
    assert_int_equal(fake.deletions, 0);
}

/* Listings and rules --------------------------------------------------------------------------- */

static void test_listing_is_full(void **state)
{
    (void)state;
    struct device_listing listing = {.items = NULL};
    struct device_item item = {.residue = true};
    for (int i = 0; i < DEVICE_ITEMS_MAX; i++) {
        (void)snprintf(item.key, sizeof item.key, "%d", i);
        assert_true(listing_add(&listing, &item));
    }
    assert_true(listing_add(&listing, &item));
    (void)snprintf(item.key, sizeof item.key, "one more");
    assert_true(listing_covers(&listing, item.key));
    assert_false(listing_add(&listing, &item));
    assert_false(listing_covers(&listing, item.key));
    assert_int_equal(listing_residue(&listing), DEVICE_ITEMS_MAX);
    assert_int_equal(listing.gaps[0].why, GAP_TOO_MANY);
    assert_int_equal(listing_outcome(&listing), OUTCOME_SENT_UNVERIFIED);
    listing_clear(&listing);
}

static void test_gaps_are_noted_once_and_worded(void **state)
{
    (void)state;
    struct device_listing listing = {.items = NULL};
    listing_gap(&listing, GAP_OVERWRITE_UNKNOWN, "x");
    listing_gap(&listing, GAP_OVERWRITE_UNKNOWN, "x");
    assert_int_equal(listing.gaps_length, 1);
    assert_int_equal(listing_outcome(&listing), OUTCOME_VERIFIED_ABSENT);
    for (int why = 0; why < DEVICE_GAP_WHYS; why++) {
        assert_true(strlen(gap_word((enum device_gap_why)why)) > 0);
        assert_true(strlen(gap_english((enum device_gap_why)why)) > 0);
        assert_true(strlen(gap_chinese((enum device_gap_why)why)) > 0);
    }
}

static void test_what_is_residue(void **state)
{
    (void)state;
    const struct residue_rules rules = {.keep_length = 1, .keep = {"webServer"}};
    static const struct {
        const char *path;
        enum device_nature nature;
    } rows[] = {{"0:\\saved\\job.prn", DEVICE_DATA},
                {"0:\\fonts\\song.ttf", DEVICE_FONT},
                {"0:\\a\\FONTS\\b\\song.ttf", DEVICE_FONT},
                {"0:\\fonts", DEVICE_DATA},
                {"0:\\myfonts\\x", DEVICE_DATA},
                {"0:\\macros\\head", DEVICE_MACRO},
                {"%disk0%fonts/x", DEVICE_FONT},
                {"%disk0%jobs/x", DEVICE_DATA},
                {"%disk0%x", DEVICE_DATA},
                {"%fonts%x", DEVICE_DATA},
                {"0:\\webserver\\cfg", DEVICE_OWN},
                {"", DEVICE_DATA},
                {"fonts/", DEVICE_FONT}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (residue_nature(&rules, rows[i].path) != rows[i].nature) {
            fail_msg("%s", rows[i].path);
        }
    }
    assert_true(residue_is(&rules, DEVICE_DATA));
    assert_false(residue_is(&rules, DEVICE_FONT) || residue_is(&rules, DEVICE_MACRO) ||
                 residue_is(&rules, DEVICE_HISTORY) || residue_is(&rules, DEVICE_OWN));
    const struct residue_rules all = {.fonts = true, .macros = true, .history = true};
    assert_true(residue_is(&all, DEVICE_FONT) && residue_is(&all, DEVICE_MACRO) &&
                residue_is(&all, DEVICE_HISTORY));
}

static void test_base64(void **state)
{
    (void)state;
    /* RFC 4648 section 10 */
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = transcript_base64((const unsigned char *)rows[i][0], strlen(rows[i][0]));
        assert_string_equal(text, rows[i][1]);
        free(text);
    }
}

#define PURGES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PURGES(test_outcomes_of_one_item),
        PURGES(test_evidence),
        PURGES(test_fonts_stay),
        PURGES(test_nothing_to_do),
        PURGES(test_cannot_be_listed),
        PURGES(test_first_look_fails),
        PURGES(test_listing_is_lost_on_the_way),
        PURGES(test_comes_between),
        PURGES(test_part_cannot_be_read_any_more),
        PURGES(test_line_is_taken_up_again),
        PURGES(test_line_stays_lost),
        PURGES(test_time),
        PURGES(test_last_resort),
        PURGES(test_last_resort_is_left_where_it_is_not_needed),
        PURGES(test_two_parts),
        PURGES(test_look),
        cmocka_unit_test(test_listing_is_full),
        cmocka_unit_test(test_gaps_are_noted_once_and_worded),
        cmocka_unit_test(test_what_is_residue),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* printroom.conf: what is read, and where mistakes are pointed at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/settings-hours.h"
#include "daemon/settings.h"
#include "daemon/store/people.h"

/* Reads a text as settings; what went to stderr is left in `said`. */
static int read_text(const char *text, struct settings **settings, char said[2048])
{
    char path[] = "/tmp/test-settings.XXXXXX";
    int fd = mkstemp(path);
    FILE *capture = tmpfile();
    int old = dup(STDERR_FILENO);

    assert_true(fd >= 0 && capture != NULL && old >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    fflush(stderr);
    dup2(fileno(capture), STDERR_FILENO);
    int result = settings_read(path, settings);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    rewind(capture);
    size_t length = fread(said, 1, 2047, capture);
    said[length] = '\0';
    fclose(capture);
    unlink(path);
    return result;
}

static void an_empty_file_gives_the_defaults(void **state)
{
    struct settings *settings;
    char said[2048];

    (void)state;
    assert_int_equal(read_text("", &settings, said), PR_OK);
    assert_string_equal(said, "");
    assert_string_equal(settings->user, "printroom");
    assert_true(settings->queue_authenticated);
    assert_int_equal(settings->policy.ladder.levels, 5);
    assert_int_equal(settings->document.pages_max, 5000);
    assert_int_equal(settings->limits.document_bytes, 2048LL << 20);
    settings_free(settings);
}

static void values_are_taken_over(void **state)
{
    struct settings *settings;
    char said[2048];

    (void)state;
    assert_int_equal(
        read_text("run-directory = \"/run/x\"\nlanguage = \"en\"\n"
                  "queue-authentication = \"claimed\"\n"
                  "policy { default-level = \"b\" unknown-person = \"refuse\" }\n"
                  "level a { name-zh = \"甲\" name-en = \"A\" }\n"
                  "level b { name-zh = \"乙\" name-en = \"B\" supervised = true copies-max = 3\n"
                  "years = 20 stamp = true areas = {\"文印室\", \"机要室\"}\n"
                  "may-print = {\"role:director\", \"department:office\", \"person:wang\"}\n"
                  "may-copy = {\"nobody\"} approval = \"external\"\n"
                  "archive = true overnight = \"purge\" }\n"
                  "release { expire-after-hours = 5 }\n",
                  &settings, said),
        PR_OK);
    assert_string_equal(settings->socket, "/run/x/printroom.sock");
    assert_int_equal(settings->language, POLICY_ENGLISH);
    assert_false(settings->queue_authenticated);
    assert_int_equal(settings->policy.ladder.levels, 2);
    assert_int_equal(settings->policy.default_level, 1);
    assert_string_equal(settings->policy.ladder.level[1].name_zh, "乙");
    assert_true(settings->policy.ladder.level[1].supervised);
    assert_int_equal(settings->policy.ladder.level[1].copies_max, 3);
    assert_int_equal(settings->policy.ladder.level[1].years, 20);
    assert_true(settings->policy.ladder.level[1].stamp);
    assert_false(settings->policy.ladder.level[0].stamp);
    assert_int_equal(settings->policy.ladder.level[0].areas_length, 0);
    assert_int_equal(settings->policy.ladder.level[1].areas_length, 2);
    assert_string_equal(settings->policy.ladder.level[1].areas[1], "机要室");
    const struct policy_level *plain = &settings->policy.ladder.level[0];
    const struct policy_level *level = &settings->policy.ladder.level[1];

    assert_true(policy_people_are_all(&plain->may_print) &&
                policy_people_are_all(&plain->may_copy));
    assert_false(plain->archive || plain->purge);
    assert_int_equal(plain->approval, POLICY_APPROVAL_NONE);
    assert_true(level->archive && level->purge);
    assert_int_equal(level->approval, POLICY_APPROVAL_EXTERNAL);
    assert_true(level->may_copy.nobody);
    assert_int_equal(level->may_print.roles, 1U << ROLE_DIRECTOR);
    assert_int_equal(level->may_print.names_length, 2);
    assert_true(policy_people_include(&level->may_print, 0, "office", "li"));
    assert_true(policy_people_include(&level->may_print, 0, "academic", "wang"));
    assert_false(policy_people_include(&level->may_print, 1U << ROLE_STAFF, "academic", "li"));
    assert_int_equal(settings->release_expire_ms, 5LL * 3600 * 1000);
    assert_int_equal(settings->policy.unknown_person, POLICY_UNKNOWN_PERSON_REFUSE);
    settings_free(settings);
}

static void the_rules_are_taken_over(void **state)
{
    struct settings *settings;
    char said[2048];

    (void)state;
    assert_int_equal(
        read_text("duplicates { within-minutes = 30 }\nlargest-job { sheets = 500 }\n"
                  "duplex { above-pages = 10 }\ne-copy { copies = 0 }\n"
                  "grayscale { above-color-pages = 4 levels = {\"公开\", \"secret\"} }\n"
                  "urgent { roles = {\"director\", \"operator\"} per-week = 3 }\n"
                  "hours { open = {\"mon-tue 08:00-12:30\", \"sun  00:00-24:00\"} }\n",
                  &settings, said),
        PR_OK);
    const struct policy_settings *policy = &settings->policy;
    assert_int_equal(policy->duplicate_minutes, 30);
    assert_int_equal(policy->sheets_max, 500);
    assert_int_equal(policy->duplex_above, 10);
    assert_int_equal(policy->electronic_copies, 0);
    assert_int_equal(policy->grayscale_above, 4);
    assert_int_equal(policy->grayscale_levels, 1U << 0 | 1U << 3);
    assert_int_equal(policy->urgent_roles, 1U << ROLE_DIRECTOR | 1U << ROLE_OPERATOR);
    assert_int_equal(policy->urgent_per_week, 3);
    assert_int_equal(policy->hours_length, 3);
    static const struct policy_hours hours[] = {
        {480, 750}, {1440 + 480, 1440 + 750}, {6 * 1440, POLICY_WEEK_MINUTES}};
    assert_memory_equal(policy->hours, hours, sizeof hours);
    settings_free(settings);
}

static void hours_that_are_none(void **state)
{
    static const char *const wrong[] = {
        "",
        "mon",
        "mon ",
        "mon 08:00",
        "mon 08:00-",
        "mon 08:00-08:00",
        "mon 12:00-08:00",
        "mon 8:00-12:00",
        "mon 08:60-12:00",
        "mon 08:00-24:01",
        "mon 08:00-12:00 ",
        "mon08:00-12:00",
        "Mon 08:00-12:00",
        "tue-mon 08:00-12:00",
        "mon- 08:00-12:00",
        "mon-tu 08:00-12:00",
        "08:00-12:00",
        "mon 0x:00-12:00",
        "mon -1:00-12:00",
    };
    struct policy_settings settings = {0};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (settings_hours_add(wrong[i], &settings) || settings.hours_length != 0) {
            fail_msg("\"%s\" was taken", wrong[i]);
        }
    }
}

static const struct {
    const char *text;
    const char *place; /* :LINE:COLUMN: */
    const char *word;
} mistakes[] = {
    {"user = \"a\"\n  colour = 5\n", ":2:3:", "colour"},
    {"\n\nlog-level = \"loud\"\n", ":3:13:", "debug"},
    {"document {\n    timeout = 0\n}\n", ":2:15:", "between 1 and 3600"},
    {"time-zone =   \"Mars/Olympus\"\n", ":1:15:", "time zone"},
    {"time-zone = \"../../etc/passwd\"\n", ":1:13:", "time zone"},
    {"level Top { name-zh = \"x\" name-en = \"x\" }\n", ":1:1:", "small letters"},
    {"level a {\n name-zh = \"x\" name-en = \"x\"\n years = 31\n}\n", ":3:10:", "between 0 and 30"},
    {"level a {\n name-zh = \"x\" name-en = \"x\"\n areas = {\"a\", \"\"}\n}\n", ":3:", "127"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n areas = {\"a\", \"b\", \"c\", \"d\",\n\"e\"} "
     "}\n",
     ":3:1:", "four areas"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n may-print = {\"role:boss\"}\n}\n",
     ":2:", "role:director"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n may-print = {\"wang\"}\n}\n",
     ":2:", "person:wang"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n may-copy = {\"person:\"}\n}\n",
     ":2:", "person:wang"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n"
     " may-copy = {\"nobody\", \"role:staff\"}\n}\n",
     ":2:", "stands alone"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n"
     " may-copy = {\"role:staff\", \"nobody\"}\n}\n",
     ":2:", "stands alone"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n approval = \"operator\"\n}\n",
     ":2:", "department-head"},
    {"level a { name-zh = \"x\" name-en = \"x\"\n overnight = \"hide\"\n}\n", ":2:", "purge"},
    {"release {\n expire-after-hours = 0\n}\n", ":2:23:", "between 1 and 8784"},
    {"approvals {\n    remind-after-hours = 1\n    expire-after-hours = 0\n}\n",
     ":3:26:", "between 1 and 8784"},
    {"approvals {\n  remind-after-hours = -1\n}\n", ":2:24:", "between 0 and 8784"},
    {"cups-access-log = \"access_log\"\n", ":1:19:", "full path"},
    {"web-address = \"print room\"\n", ":1:15:", "host name"},
    {"web-address = \"a-name-that-is-far-too-long-to-fit-into-a-code-on-paper.example.org\"\n",
     ":1:15:", "48"},
    {"\nsendmail = \"sendmail\"\n", ":2:12:", "full path"},
    {"sendmail = \"/nonexistent/sendmail\"\n", ":1:12:", "full path"},
    {"devices {\n  purge-timeout = 1\n}\n", ":2:19:", "between 5 and 3600"},
    {"devices {\n  counter-tolerance = -1\n}\n", ":2:23:", "counter-tolerance"},
    {"devices {\n  residue = {\"fonts\", \"jobs\"}\n}\n", ":2:23:", "each once"},
    {"devices {\n  residue = {\"fonts\", \"fonts\"}\n}\n", ":2:", "each once"},
    {"devices {\n  keep-folders = {\"a/b\"}\n}\n", ":2:19:", "no slash"},
    {"devices {\n  snmp-community = \"\"\n}\n", ":2:", "snmp-community"},
    {"limits {\n connections = many\n}\n", ":2:2:", "connections"},
    {"duplicates {\n  within-minutes = -1\n}\n", ":2:20:", "between 0 and 10080"},
    {"largest-job {\n  sheets = 10000001\n}\n", ":2:12:", "between 0 and"},
    {"duplex { above-pages = -1 }\n", ":1:24:", "above-pages"},
    {"grayscale { above-color-pages = -1 }\n", ":1:33:", "above-color-pages"},
    {"\ngrayscale { levels = {\"public\", \"hidden\"} }\n", ":2:", "ladder"},
    {"e-copy { copies = 10000 }\n", ":1:19:", "copies"},
    {"urgent {\n per-week = -1\n}\n", ":2:13:", "per-week"},
    {"urgent {\n roles = {\"director\",\n   \"boss\"}\n}\n", ":3:4:", "no such role"},
    {"hours {\n open = {\"mon-fri 08:00-12:00\",\n  \"fri-mon 08:00-12:00\"}\n}\n",
     ":3:3:", "mon-fri 08:00-12:00"},
    {"hours { open = {\"mon 08:00-24:01\"} }\n", ":1:17:", "24:00"},
    {"hours { open = {\"mon-sun 01:00-02:00\", \"mon-sun 03:00-04:00\",\n"
     "\"mon-sun 05:00-06:00\", \"mon-sun 07:00-08:00\", \"mon 09:00-10:00\"} }\n",
     ":", "at most 28"},
};

static void mistakes_are_pointed_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct settings *settings = NULL;
        char said[2048];

        assert_int_equal(read_text(mistakes[i].text, &settings, said), PR_EINVAL);
        if (strstr(said, mistakes[i].place) == NULL || strstr(said, mistakes[i].word) == NULL) {
            fail_msg("case %zu: %s", i, said);
        }
        assert_null(settings);
    }
}

static void every_mistake_is_told_at_once(void **state)
{
    struct settings *settings;
    char said[2048];

    (void)state;
    assert_int_equal(read_text("log-level = \"loud\"\nlanguage = \"fr\"\n"
                               "policy { default-level = \"none-such\" }\n",
                               &settings, said),
                     PR_EINVAL);
    assert_non_null(strstr(said, ":1:13:"));
    assert_non_null(strstr(said, ":2:12:"));
    assert_non_null(strstr(said, "default-level"));
}

static void a_missing_file_is_said(void **state)
{
    struct settings *settings;

    (void)state;
    assert_int_equal(settings_read("/nonexistent/printroom.conf", &settings), PR_ENOENT);
}

static void the_example_is_in_order_and_shows_the_defaults(void **state)
{
    struct settings *example;
    struct settings *defaults;
    char said[2048];

    (void)state;
    assert_int_equal(settings_read(TEST_SOURCE_ROOT "/policy/printroom.conf", &example), PR_OK);
    assert_int_equal(read_text("", &defaults, said), PR_OK);
    assert_string_equal(example->user, defaults->user);
    assert_string_equal(example->cups_server, defaults->cups_server);
    assert_string_equal(example->cups_access_log, defaults->cups_access_log);
    assert_string_equal(example->web_address, defaults->web_address);
    assert_string_equal(example->time_zone, defaults->time_zone);
    assert_int_equal(example->queue_authenticated, defaults->queue_authenticated);
    assert_int_equal(example->delivery.poll_interval_ms, defaults->delivery.poll_interval_ms);
    assert_int_equal(example->delivery.device_timeout_s, defaults->delivery.device_timeout_s);
    assert_int_equal(example->approvals.remind_ms, defaults->approvals.remind_ms);
    assert_int_equal(example->approvals.expire_ms, defaults->approvals.expire_ms);
    assert_int_equal(defaults->approvals.expire_ms, 168LL * 3600 * 1000);
    assert_int_equal(example->release_expire_ms, defaults->release_expire_ms);
    assert_string_equal(example->sendmail, defaults->sendmail);
    assert_int_equal(example->limits.connections, defaults->limits.connections);
    assert_int_equal(example->document.memory_bytes, defaults->document.memory_bytes);
    assert_memory_equal(&example->policy, &defaults->policy, sizeof example->policy);
    settings_free(example);
    settings_free(defaults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_gives_the_defaults),
        cmocka_unit_test(values_are_taken_over),
        cmocka_unit_test(the_rules_are_taken_over),
        cmocka_unit_test(hours_that_are_none),
        cmocka_unit_test(mistakes_are_pointed_at),
        cmocka_unit_test(every_mistake_is_told_at_once),
        cmocka_unit_test(a_missing_file_is_said),
        cmocka_unit_test(the_example_is_in_order_and_shows_the_defaults),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}

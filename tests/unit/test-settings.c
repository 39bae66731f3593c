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
#include "daemon/settings.h"

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
                  "level b { name-zh = \"乙\" name-en = \"B\" supervised = true copies-max = 3 }\n",
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
    assert_int_equal(settings->policy.unknown_person, POLICY_UNKNOWN_PERSON_REFUSE);
    settings_free(settings);
}

static void mistakes_are_pointed_at(void **state)
{
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
        {"limits {\n connections = many\n}\n", ":2:2:", "connections"},
    };

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
    assert_string_equal(example->time_zone, defaults->time_zone);
    assert_int_equal(example->queue_authenticated, defaults->queue_authenticated);
    assert_int_equal(example->delivery.poll_interval_ms, defaults->delivery.poll_interval_ms);
    assert_int_equal(example->delivery.device_timeout_s, defaults->delivery.device_timeout_s);
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
        cmocka_unit_test(mistakes_are_pointed_at),
        cmocka_unit_test(every_mistake_is_told_at_once),
        cmocka_unit_test(a_missing_file_is_said),
        cmocka_unit_test(the_example_is_in_order_and_shows_the_defaults),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: what is said, and how it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/table.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

enum { WORDS_MAX = 24 };

/** A command line taken apart; freed by clear(). */
struct said {
    bool understood;
    const struct cli_verb *verb;
    struct cli_arguments arguments;
    char error[256];
    char line[512];
    char *words[WORDS_MAX];
    int length;
};

/** Words are separated by single blanks. */
static void say(struct said *said, const char *line)
{
    int used = 0;
    char *rest = NULL;

    memset(said, 0, sizeof *said);
    snprintf(said->line, sizeof said->line, "%s", line);
    for (char *word = strtok_r(said->line, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        said->words[said->length++] = word;
    }
    if (!cli_arguments_read(NULL, said->words, said->length, POLICY_ENGLISH, &said->arguments,
                            &used, said->error, sizeof said->error)) {
        return;
    }
    char **words = said->words + used;
    int length = said->length - used;

    said->verb = cli_verb_find(words, length, &used);
    said->understood = said->verb != NULL &&
                       cli_arguments_read(said->verb, words + used, length - used, POLICY_ENGLISH,
                                          &said->arguments, NULL, said->error, sizeof said->error);
}

static void clear(struct said *said)
{
    json_decref(said->arguments.fields);
}

/** The fields as JSON, keys sorted. */
static void assert_fields(const struct said *said, const char *expected)
{
    char *text = json_dumps(said->arguments.fields, JSON_COMPACT | JSON_SORT_KEYS);

    assert_string_equal(text, expected);
    free(text);
}

static void verbs_options_and_words_are_understood(void **state)
{
    struct said said;

    (void)state;
    say(&said, "--json --as wang submit a.pdf --title T --copies 2 --urgent --level=secret");
    assert_true(said.understood);
    assert_string_equal(said.verb->verb, "submit");
    assert_true(said.arguments.json);
    assert_string_equal(said.arguments.as, "wang");
    assert_int_equal(said.arguments.length, 1);
    assert_string_equal(said.arguments.positional[0], "a.pdf");
    assert_fields(&said, "{\"copies\":2,\"level\":\"secret\",\"title\":\"T\",\"urgent\":true}");
    clear(&said);
    say(&said, "quota set academic 100 --month 2026-11 --json --as=li");
    assert_true(said.understood);
    assert_string_equal(said.verb->sub, "set");
    assert_string_equal(said.arguments.positional[1], "100");
    assert_true(said.arguments.json);
    assert_string_equal(said.arguments.as, "li");
    assert_fields(&said, "{\"month\":\"2026-11\"}");
    clear(&said);
}

static void lists_take_words_that_follow(void **state)
{
    struct said said;

    (void)state;
    say(&said, "device add p1 --queue q --manage ipp://a/ usb://b --manage socket://c --area x");
    assert_true(said.understood);
    assert_fields(&said, "{\"area\":\"x\",\"manage\":[\"ipp://a/\",\"usb://b\",\"socket://c\"],"
                         "\"queue\":\"q\"}");
    clear(&said);
    say(&said, "device add --queue q --manage ipp://a/ p1");
    assert_true(said.understood);
    assert_string_equal(said.arguments.positional[0], "p1");
    clear(&said);
    say(&said, "person add li 李 --department d --role operator --role supervisor");
    assert_true(said.understood);
    assert_fields(&said, "{\"department\":\"d\",\"roles\":[\"operator\",\"supervisor\"]}");
    clear(&said);
}

static void a_dash_is_a_file_and_two_end_the_options(void **state)
{
    struct said said;

    (void)state;
    say(&said, "submit -");
    assert_true(said.understood);
    assert_string_equal(said.arguments.positional[0], "-");
    clear(&said);
    say(&said, "submit -- --title");
    assert_true(said.understood);
    assert_string_equal(said.arguments.positional[0], "--title");
    clear(&said);
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *line;
        const char *named;
    } cases[] = {
        {"submit", "submit"},
        {"submit a b", "b"},
        {"submit a --colour", "--colour"},
        {"submit a --copies", "--copies"},
        {"submit a --copies two", "--copies"},
        {"submit a --copies 2x", "--copies"},
        {"submit a --copies 99999999999999999999", "--copies"},
        {"submit a --urgent=yes", "--urgent"},
        {"submit a --as", "--as"},
        {"--what status", "--what"},
        {"status --title x", "--title"},
        {"quota grant academic 5", "--reason"},
        {"device add p1 --manage ipp://a/", "--queue"},
        {"submit a --title \xff", "--title"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct said said;

        say(&said, cases[i].line);
        assert_false(said.understood);
        assert_memory_equal(said.error, cases[i].named, strlen(cases[i].named));
        clear(&said);
    }
}

static void unknown_verbs_are_not_found(void **state)
{
    static const char *const lines[] = {"", "dance", "quota", "quota dance", "set quota", "Status"};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct said said;

        say(&said, lines[i]);
        assert_null(said.verb);
        clear(&said);
    }
}

static void every_verb_is_explained_in_both_languages(void **state)
{
    (void)state;
    const struct cli_verb *verb = NULL;

    for (size_t i = 0; (verb = cli_verb_at(i)) != NULL; i++) {
        assert_non_null(verb->run);
        assert_true(strlen(verb->help[POLICY_ENGLISH]) > 5);
        assert_true(strlen(verb->help[POLICY_CHINESE]) > 5);
        assert_true(verb->positional_min <= verb->positional_max);
        assert_true(verb->positional_max <= CLI_POSITIONALS_MAX);
        for (size_t k = 0; k < CLI_OPTIONS_MAX && verb->options[k].name != NULL; k++) {
            /* What can be said stands in the usage. */
            assert_non_null(strstr(verb->arguments, verb->options[k].name));
        }
    }
}

/* Tables */

static void widths_are_those_of_the_terminal(void **state)
{
    (void)state;
    assert_int_equal(table_width(""), 0);
    assert_int_equal(table_width("abc"), 3);
    assert_int_equal(table_width("教务处"), 6);
    assert_int_equal(table_width("a教b"), 4);
    assert_int_equal(table_width("e\xcc\x81"), 1); /* e and an acute accent put over it */
    assert_int_equal(table_width("\x1b[2J"), 4);
    assert_int_equal(table_width("\xff\xfe"), 2);
}

/** What a function writes into a stream. */
static char *written(void (*write)(FILE *stream, const void *context), const void *context)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    write(stream, context);
    fclose(stream);
    return text;
}

static void write_text(FILE *stream, const void *context)
{
    table_write_text(stream, context);
}

static void terminals_get_no_commands(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"plain 教务处", "plain 教务处"},
        {"\x1b]0;owned\x07", "?]0;owned?"},
        {"a\nb\rc\td", "a?b?c?d"},
        {"\xc2\x9b"
         "2J",
         "?2J"}, /* a C1 control */
        {"abc\xe2\x80\xae"
         "fdp",
         "abc?fdp"}, /* turns the rest round */
        {"\xff", "?"},
        {"\xe6\x95", "??"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = written(write_text, cases[i].text);

        assert_string_equal(text, cases[i].shown);
        free(text);
    }
}

static void write_table(FILE *stream, const void *context)
{
    table_write(context, stream);
}

static void columns_stay_straight(void **state)
{
    const char *const columns[] = {"CODE", "NAME", ">SHEETS", "X", NULL};
    const char *const first[] = {"academic", "教务处", "5", "a"};
    const char *const second[] = {"g", "G", "12345678", NULL};
    struct table *table = table_new(columns);

    (void)state;
    table_add(table, first);
    table_add(table, second);
    char *text = written(write_table, table);

    assert_string_equal(text, "CODE      NAME      SHEETS  X\n"
                              "academic  教务处         5  a\n"
                              "g         G       12345678\n");
    free(text);
    table_free(table);
}

static void a_table_without_headings_has_no_line_for_them(void **state)
{
    const char *const columns[] = {"", "", NULL};
    const char *const row[] = {"部门", "x"};
    struct table *table = table_new(columns);

    (void)state;
    table_add(table, row);
    char *text = written(write_table, table);

    assert_string_equal(text, "部门  x\n");
    free(text);
    table_free(table);
}

/* Values and paths */

static void values_become_cells(void **state)
{
    json_t *object = json_pack("{s:s, s:i, s:n, s:[s,s], s:s}", "text", "a", "number", 7, "none",
                               "list", "x", "y", "at", "2026-11-03T09:30:00.125+08:00");
    char buffer[VALUE_BYTES];
    char list[16];

    (void)state;
    assert_string_equal(value_text(object, "text"), "a");
    assert_string_equal(value_text(object, "none"), "");
    assert_string_equal(value_text(object, "missing"), "");
    assert_string_equal(value_number(object, "number", buffer), "7");
    assert_string_equal(value_number(object, "none", buffer), "-");
    assert_string_equal(value_time(object, "at", buffer), "2026-11-03 09:30:00");
    assert_string_equal(value_time(object, "text", buffer), "-");
    value_list(object, "list", list, sizeof list);
    assert_string_equal(list, "x, y");
    value_list(object, "list", list, 3);
    assert_string_equal(list, "x,");
    json_decref(object);
}

static void states_are_said_in_words(void **state)
{
    static const char *const states[] = {
        "incoming",           "pending-held", "pending",  "processing",
        "processing-stopped", "completed",    "canceled", "aborted"};
    struct cli english = {.language = POLICY_ENGLISH};
    struct cli chinese = {.language = POLICY_CHINESE};

    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        assert_string_not_equal(value_state(&english, states[i]), value_state(&chinese, states[i]));
        assert_string_not_equal(value_state(&chinese, states[i]), states[i]);
    }
    assert_string_equal(value_state(&english, "new-state"), "new-state");
}

static void queries_are_encoded(void **state)
{
    json_t *fields = json_pack("{s:s, s:i, s:b}", "title", "教 &=", "copies", 2, "urgent", 1);
    char path[128] = "/v1/explain";
    char small[20] = "/v1/explain";

    (void)state;
    assert_int_equal(client_add_query(path, sizeof path, fields), PR_OK);
    assert_string_equal(path, "/v1/explain?title=%E6%95%99%20%26%3D&copies=2&urgent=true");
    assert_int_equal(client_add_query(small, sizeof small, fields), PR_ELIMIT);
    json_decref(fields);
}

static int set_locale(void **state)
{
    (void)state;
    /* Widths must be right wherever the tests run. */
    setenv("LC_ALL", "C", 1);
    table_set_locale();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_options_and_words_are_understood),
        cmocka_unit_test(lists_take_words_that_follow),
        cmocka_unit_test(a_dash_is_a_file_and_two_end_the_options),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(unknown_verbs_are_not_found),
        cmocka_unit_test(every_verb_is_explained_in_both_languages),
        cmocka_unit_test(widths_are_those_of_the_terminal),
        cmocka_unit_test(terminals_get_no_commands),
        cmocka_unit_test(columns_stay_straight),
        cmocka_unit_test(a_table_without_headings_has_no_line_for_them),
        cmocka_unit_test(values_become_cells),
        cmocka_unit_test(states_are_said_in_words),
        cmocka_unit_test(queries_are_encoded),
    };

    return cmocka_run_group_tests(tests, set_locale, NULL);
}

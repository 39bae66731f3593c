/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regression of a rule: the ledger and its accounts have one writer. The text of every source that
 * could hold SQL is read with white space, quotes and line ends put away, so that neither a broken
 * line nor a broken literal hides a statement.
 */
#include "config.h" /* nftw() is a system extension */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <ftw.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rule {
    const char *pattern; /**< POSIX extended, of normalised text */
    const char *home;    /**< the only path it may match, from the top; NULL: none */
} rules[] = {
    {"(insert( or [a-z]+)?|replace) into ledger[^a-z_]", "daemon/store/ledger.c"},
    {"(insert( or [a-z]+)?|replace) into account[^a-z_]", "daemon/store/ledger.c"},
    {"update( or [a-z]+)? ledger set", NULL},
    {"delete from ledger[^a-z_]", NULL},
    {"update( or [a-z]+)? account set", "daemon/store/schema/001-initial.sql"},
    {"delete from account[^a-z_]", NULL},
    {"(insert( or [a-z]+)?|replace) into audit_leaf[^a-z_]", "daemon/store/audit.c"},
    {"update( or [a-z]+)? audit_leaf set", NULL},
    {"delete from audit_leaf[^a-z_]", NULL},
};
enum { RULES = sizeof rules / sizeof rules[0] };

/* nftw() hands no context to its callback. */
static regex_t compiled[RULES];
static unsigned matches_at_home[RULES];
static unsigned files_read;
static char strayed[512];

/** Lower case; what separates words in SQL, or in C between parts of a literal, becomes one space.
 * In place. */
static void normalise(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        bool line_end = from[0] == '\\' && from[1] == 'n';

        if (line_end || isspace((unsigned char)*from) || *from == '"') {
            if (to > text && to[-1] != ' ') {
                *to++ = ' ';
            }
            from += line_end;
        } else {
            *to++ = (char)tolower((unsigned char)*from);
        }
    }
    *to = '\0';
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    if (file == NULL || getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static bool is_source(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL &&
           (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0 || strcmp(dot, ".sql") == 0);
}

static int look_at(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)walk;
    if (type != FTW_F || !is_source(path)) {
        return 0;
    }
    char *text = read_file(path);
    if (text == NULL) {
        return 0; /* an empty file */
    }
    files_read++;
    normalise(text);
    for (size_t i = 0; i < RULES; i++) {
        if (regexec(&compiled[i], text, 0, NULL, 0) != 0) {
            continue;
        }
        size_t length = strlen(path);
        size_t home = rules[i].home == NULL ? 0 : strlen(rules[i].home);
        if (home != 0 && length > home && strcmp(path + length - home, rules[i].home) == 0) {
            matches_at_home[i]++;
        } else {
            snprintf(strayed, sizeof strayed, "%s: %s", path, rules[i].pattern);
        }
    }
    free(text);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < RULES; i++) {
        if (regcomp(&compiled[i], rules[i].pattern, REG_EXTENDED | REG_NOSUB) != 0) {
            return -1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < RULES; i++) {
        regfree(&compiled[i]);
    }
    return 0;
}

static bool any_rule_matches(const char *source)
{
    char text[256];
    bool any = false;

    snprintf(text, sizeof text, "%s", source);
    normalise(text);
    for (size_t i = 0; i < RULES; i++) {
        any = any || regexec(&compiled[i], text, 0, NULL, 0) == 0;
    }
    return any;
}

static void test_the_rules_see_what_they_should(void **state)
{
    (void)state;
    assert_true(any_rule_matches("x = \"INSERT INTO ledger VALUES (1)\";"));
    assert_true(any_rule_matches("\"insert or replace\"\n    \" into ledger(entry)\""));
    assert_true(any_rule_matches("\"REPLACE INTO\\n\"\n\t\"Ledger \""));
    assert_true(any_rule_matches("\"UPDATE \" \"account SET used = 0\""));
    assert_true(any_rule_matches("\"UPDATE OR IGNORE account\n SET used = 0\""));
    assert_true(any_rule_matches("\"DELETE FROM ledger;\""));
    assert_false(any_rule_matches("\"INSERT INTO ledger_note VALUES (1)\""));
    assert_false(any_rule_matches("\"SELECT * FROM ledger, account\""));
    assert_false(any_rule_matches("\"UPDATE accounting SET used = 0\""));
}

static void test_one_writer(void **state)
{
    static const char *const folders[] = {"daemon", "drivers", "policy"};
    char path[512];

    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/../%s", TEST_SOURCE_DIR, folders[i]);
        assert_int_equal(nftw(path, look_at, 16, FTW_PHYS), 0);
    }
    if (strayed[0] != '\0') {
        fail_msg("%s", strayed);
    }
    assert_true(files_read > 20);
    for (size_t i = 0; i < RULES; i++) {
        assert_int_equal(matches_at_home[i], rules[i].home == NULL ? 0 : 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rules_see_what_they_should),
        cmocka_unit_test(test_one_writer),
    };
    return cmocka_run_group_tests_name("ledger-writers", tests, set_up, tear_down);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper may have been taken over by a document: what it may say, and what is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/answer.h"
#include "daemon/document/problem.h"
#include "daemon/error.h"

#define HEX     "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD    "{\"pages\":3,\"color_pages\":2,\"guessed_pages\":1,"
#define PRINT   "\"fingerprint\":\"" HEX "\","
#define NO_MARK "\"level\":\"\",\"level_page\":0}"
#define RUNS    "\"runs\":[[2,210000,297000],[1,297000,420000]],"

static int parse(const char *line, struct document_facts *ret_facts, char *ret_message)
{
    /* A copy of exactly this size, so that a sanitizer sees a read behind it. */
    size_t size = strlen(line);
    char *copy = malloc(size + 1);

    assert_non_null(copy);
    memcpy(copy, line, size);
    copy = realloc(copy, size > 0 ? size : 1);
    int result = answer_parse(copy, size, 100, ret_facts, ret_message);

    free(copy);
    return result;
}

static void test_facts(void **state)
{
    struct document_facts facts = {0};
    char message[DOCUMENT_MESSAGE_BYTES] = "left over";

    (void)state;
    assert_int_equal(
        parse(HEAD RUNS PRINT "\"level\":\"top-secret\",\"level_page\":3}", &facts, message),
        PR_OK);
    assert_string_equal(message, "");
    assert_int_equal(facts.pages, 3);
    assert_int_equal(facts.color_pages, 2);
    assert_int_equal(facts.guessed_pages, 1);
    assert_int_equal(facts.runs_length, 2);
    assert_int_equal(facts.runs[1].pages, 1);
    assert_int_equal(facts.runs[1].width_um, 297000);
    assert_int_equal(facts.runs[1].height_um, 420000);
    assert_int_equal(facts.fingerprint[1], 0x11);
    assert_int_equal(facts.fingerprint[31], 0xff);
    assert_string_equal(facts.marked_level, "top-secret");
    assert_int_equal(facts.marked_page, 3);
    document_facts_clear(&facts);
    assert_null(facts.runs);
}

static void test_lies(void **state)
{
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"error\":1}",
        "{\"error\":\"document-format-error\",\"kind\":\"spoon\",\"message\":\"\"}",
        /* more pages than allowed; none; less than none; not a number */
        "{\"pages\":101,\"color_pages\":0,\"guessed_pages\":0,\"runs\":[[101,1,1]]," PRINT NO_MARK,
        "{\"pages\":0,\"color_pages\":0,\"guessed_pages\":0,\"runs\":[]," PRINT NO_MARK,
        "{\"pages\":-1,\"color_pages\":0,\"guessed_pages\":0,\"runs\":[[1,1,1]]," PRINT NO_MARK,
        "{\"pages\":1.0,\"color_pages\":0,\"guessed_pages\":0,\"runs\":[[1,1,1]]," PRINT NO_MARK,
        "{\"pages\":4294967297,\"color_pages\":0,\"guessed_pages\":0,\"runs\":[[1,1,1]]," PRINT
            NO_MARK,
        /* more colour pages than pages; more guesses than colour pages */
        "{\"pages\":1,\"color_pages\":2,\"guessed_pages\":0,\"runs\":[[1,1,1]]," PRINT NO_MARK,
        "{\"pages\":1,\"color_pages\":0,\"guessed_pages\":1,\"runs\":[[1,1,1]]," PRINT NO_MARK,
        /* runs that do not add up, are empty, too many, of the wrong kind */
        HEAD "\"runs\":[[2,210000,297000]]," PRINT NO_MARK,
        HEAD "\"runs\":[[4,210000,297000]]," PRINT NO_MARK,
        HEAD "\"runs\":[[4294967295,1,1],[4,1,1]]," PRINT NO_MARK,
        HEAD "\"runs\":[]," PRINT NO_MARK,
        HEAD PRINT NO_MARK,
        HEAD "\"runs\":[[1,1,1],[1,1,1],[1,1,1],[0,1,1]]," PRINT NO_MARK,
        HEAD "\"runs\":[[3,0,1]]," PRINT NO_MARK,
        HEAD "\"runs\":[[3,1,-1]]," PRINT NO_MARK,
        HEAD "\"runs\":[[3,1]]," PRINT NO_MARK,
        HEAD "\"runs\":[3,1,1]," PRINT NO_MARK,
        HEAD "\"runs\":{\"a\":1}," PRINT NO_MARK,
        /* fingerprints too short, too long, not hexadecimal */
        HEAD RUNS "\"fingerprint\":\"0011\"," NO_MARK,
        HEAD RUNS "\"fingerprint\":\"" HEX "00\"," NO_MARK,
        HEAD RUNS "\"fingerprint\":\"zz112233445566778899aabbccddeeff"
                  "00112233445566778899aabbccddeeff\"," NO_MARK,
        HEAD RUNS "\"fingerprint\":7," NO_MARK,
        /* marks without a level or a page, on a page there is not, of no known level */
        HEAD RUNS PRINT "\"level\":\"secret\",\"level_page\":0}",
        HEAD RUNS PRINT "\"level\":\"\",\"level_page\":1}",
        HEAD RUNS PRINT "\"level\":\"secret\",\"level_page\":4}",
        HEAD RUNS PRINT "\"level\":\"Secret\",\"level_page\":1}",
        HEAD RUNS PRINT "\"level\":null,\"level_page\":1}",
        HEAD RUNS PRINT "\"level\":\"a level with a name that is far too long for the field\","
                        "\"level_page\":1}",
        /* said twice, and something after the end */
        HEAD RUNS PRINT "\"pages\":3," NO_MARK,
        HEAD RUNS PRINT NO_MARK "x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct document_facts facts = {.pages = 77};
        char message[DOCUMENT_MESSAGE_BYTES];

        if (parse(lines[i], &facts, message) != PR_ECRASHED) {
            fail_msg("believed: %s", lines[i]);
        }
        assert_int_equal(facts.pages, 77);
        assert_null(facts.runs);
    }
}

static void test_problems(void **state)
{
    static const int codes[] = {PR_EFORMAT, PR_EUNSUPPORTED, PR_ELIMIT, PR_ETIMEOUT, PR_ECRASHED};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct document_facts facts = {0};
        char line[PROBLEM_LINE_BYTES];
        char message[DOCUMENT_MESSAGE_BYTES];
        unsigned length = problem_line(line, codes[i], "it has a \"quote\"\n");

        assert_int_equal(length, strlen(line));
        assert_int_equal(line[length - 1], '\n');
        assert_int_equal(parse(line, &facts, message), codes[i]);
        assert_string_equal(message, "it has a ?quote??");
    }
}

static void test_hostile_words(void **state)
{
    struct document_facts facts = {0};
    char message[DOCUMENT_MESSAGE_BYTES];
    char line[2000];
    char words[1500];

    (void)state;
    assert_int_equal(
        parse("{\"error\":\"x\",\"kind\":\"format\",\"message\":\"a\\u001b[31mb\\u00e4\"}", &facts,
              message),
        PR_EFORMAT);
    assert_string_equal(message, "a?[31mb??");
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    snprintf(line, sizeof line, "{\"error\":\"x\",\"kind\":\"limit\",\"message\":\"%s\"}", words);
    assert_int_equal(parse(line, &facts, message), PR_ELIMIT);
    assert_int_equal(strlen(message), DOCUMENT_MESSAGE_BYTES - 1);
    unsigned length = problem_line(line, PR_EFORMAT, words);

    assert_int_equal(length, strlen(line));
    assert_true(strlen(line) < PROBLEM_LINE_BYTES);
    assert_int_equal(parse(line, &facts, message), PR_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_hostile_words),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}

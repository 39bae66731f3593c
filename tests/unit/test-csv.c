/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables as RFC 4180 has them, and as they must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/csv.h"

enum { TEXT_BYTES = 512 };

/** Writes what a text holds: "LINE:field|field;" for a record, "LINE!NUMBER;" for a mistake. The
 * text is given in a buffer of its exact size, where a sanitizer sees a byte too many. */
static void read_all(const char *text, size_t length, char result[TEXT_BYTES])
{
    struct csv_reader reader;
    struct csv_record record;
    enum csv_found found;
    char *copy = malloc(length + 1);
    size_t used = 0;

    assert_non_null(copy);
    memcpy(copy, text, length);
    result[0] = '\0';
    csv_begin(&reader, copy, length);
    while ((found = csv_next(&reader, &record)) != CSV_END) {
        used += (size_t)snprintf(result + used, TEXT_BYTES - used, "%u", record.line);
        if (found != CSV_RECORD) {
            used += (size_t)snprintf(result + used, TEXT_BYTES - used, "!%d", (int)found);
        }
        for (size_t i = 0; found == CSV_RECORD && i < record.length; i++) {
            used += (size_t)snprintf(result + used, TEXT_BYTES - used, "%s%s", i > 0 ? "|" : ":",
                                     record.field[i]);
        }
        used += (size_t)snprintf(result + used, TEXT_BYTES - used, ";");
    }
    free(copy);
}

static void test_tables(void **state)
{
    static const struct {
        const char *text;
        const char *result;
    } cases[] = {
        {"", ""},
        {"\n\r\n\n", ""},
        {"\xef\xbb\xbf", ""},
        {"a,b\n", "1:a|b;"},
        {"a,b", "1:a|b;"},
        {"a,b\r\nc,d\r\n", "1:a|b;2:c|d;"},
        {"\xef\xbb\xbf"
         "a,b\n",
         "1:a|b;"},
        {"a\n\xef\xbb\xbf"
         "b\n",
         "1:a;2:\xef\xbb\xbf"
         "b;"},
        {"a,\n,b\n,\n", "1:a|;2:|b;3:|;"},
        {"a,", "1:a|;"},
        {"\"\"", "1:;"},
        {"\"a\",\"b\"\n", "1:a|b;"},
        {"\"a,b\",c\n", "1:a,b|c;"},
        {"\"a\"\"b\"\n", "1:a\"b;"},
        {"\"\"\"\"\n", "1:\";"},
        {"\"a\nb\",c\nd\n", "1:a\nb|c;3:d;"},
        {"\"a\r\nb\"\r\nc\r\n", "1:a\r\nb;3:c;"},
        {" a , b \n", "1: a | b ;"},
        {"a\rb\n", "1:a\rb;"},
        {"王,\"教务处\"\n", "1:王|教务处;"},
        {"\n\na\n", "3:a;"},
        {"\"a\nb", "1!2;"},
        {"\"", "1!2;"},
        {"x\n\"a\"b,c\ny\n", "1:x;2!4;3:y;"},
        {"a\"b\"\nc\n", "1!3;2:c;"},
        {"\"a\" \nc\n", "1!4;2:c;"},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\nx\n", "1!5;2:x;"},
    };
    char result[TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_all(cases[i].text, strlen(cases[i].text), result);
        assert_string_equal(result, cases[i].result);
    }
}

static void test_nul_bytes(void **state)
{
    char result[TEXT_BYTES];

    (void)state;
    read_all("a\0b,c\nd\n", 8, result);
    assert_string_equal(result, "1!6;2:d;");
    read_all("\"a\0b\"\nd\n", 8, result);
    assert_string_equal(result, "1!6;2:d;");
    read_all("\0", 1, result);
    assert_string_equal(result, "1!6;");
}

/** Every prefix of an ugly text ends, within its bounds. */
static void test_prefixes(void **state)
{
    static const char text[] = "a,\"b\"\"c\r\n\",d\r\n\"x\"y,\n\"\"\"\",\"\"z\n\"q";
    char result[TEXT_BYTES];

    (void)state;
    for (size_t length = 0; length < sizeof text; length++) {
        read_all(text, length, result);
        assert_true(length == 0 || result[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}

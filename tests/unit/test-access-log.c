/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of cupsd's log of accesses: those it writes, and those somebody would like it to have
 * written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cups/access-log.h"

static bool parse(const char *text, struct access_line *ret)
{
    return access_line_parse(text, strlen(text), ret);
}

static void what_cupsd_writes(void **state)
{
    static const struct {
        const char *text;
        struct access_line line;
    } rows[] = {
        {"localhost - nobody [26/Nov/2026:01:48:20 +0000] \"POST /printers/office-printer "
         "HTTP/1.1\" 403 336 "
         "Create-Job successful-ok",
         {"localhost", "nobody", "office-printer", 1795657700000, true, ACCESS_FORBIDDEN}},
        {"192.0.2.7 - - [26/Nov/2026:09:48:20 +0800] \"POST /printers/office-printer HTTP/1.1\" "
         "401 336 "
         "Print-Job successful-ok",
         {"192.0.2.7", "", "office-printer", 1795657700000, true, ACCESS_CHALLENGED}},
        {"[2001:db8::7] - wang@OFFICE [25/Nov/2026:20:18:20 -0530] \"POST /classes/all HTTP/1.0\" "
         "200 1 "
         "Validate-Job successful-ok",
         {"[2001:db8::7]", "wang@OFFICE", "all", 1795657700000, true, ACCESS_ALLOWED}},
        {"localhost - - [26/Nov/2026:01:48:20.999999 +0000] \"POST / HTTP/1.1\" 401 161 Print-URI "
         "-",
         {"localhost", "", "", 1795657700000, true, ACCESS_CHALLENGED}},
        {"localhost - root [26/Nov/2026:01:48:20 +0000] \"POST /admin/ HTTP/1.1\" 200 376 "
         "CUPS-Add-Modify-Printer successful-ok",
         {"localhost", "root", "", 1795657700000, false, ACCESS_ALLOWED}},
        {"localhost - - [26/Nov/2026:01:48:20 +0000] \"GET /printers/x HTTP/1.1\" 404 0 - -",
         {"localhost", "", "x", 1795657700000, false, ACCESS_OTHER}},
        /* Sending a document is refused for other reasons than the queue. */
        {"localhost - li [26/Nov/2026:01:48:20 +0000] \"POST /printers/x HTTP/1.1\" 403 0 "
         "Send-Document -",
         {"localhost", "li", "x", 1795657700000, false, ACCESS_FORBIDDEN}},
        /* What is no name of a queue of ours is none. */
        {"localhost - li [26/Nov/2026:01:48:20 +0000] \"POST /printers/a%22%20b HTTP/1.1\" 403 0 "
         "Print-Job -",
         {"localhost", "li", "", 1795657700000, true, ACCESS_FORBIDDEN}},
        {"localhost - li [26/Nov/2026:01:48:20 +0000] \"POST /printers/../jobs HTTP/1.1\" 403 0 "
         "Print-Job -",
         {"localhost", "li", "", 1795657700000, true, ACCESS_FORBIDDEN}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct access_line line;

        print_message("%s\n", rows[i].text);
        assert_true(parse(rows[i].text, &line));
        assert_string_equal(line.host, rows[i].line.host);
        assert_string_equal(line.user, rows[i].line.user);
        assert_string_equal(line.queue, rows[i].line.queue);
        assert_int_equal(line.at_ms, rows[i].line.at_ms);
        assert_int_equal(line.prints, rows[i].line.prints);
        assert_int_equal(line.answer, rows[i].line.answer);
    }
}

#define FRONT "localhost - li [26/Nov/2026:01:48:20 +0000] "
#define BACK  " 403 336 Create-Job successful-ok"

static void what_is_no_line(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "localhost",
        FRONT,
        FRONT "\"POST /printers/x HTTP/1.1\"",
        FRONT "\"POST /printers/x HTTP/1.1\" 403",
        FRONT "\"POST /printers/x HTTP/1.1\" 403 336 Create-Job",
        FRONT "\"POST /printers/x HTTP/1.1\"" BACK " more",
        FRONT "\"POST /printers/x HTTP/1.1\" 40x 336 Create-Job successful-ok",
        FRONT "\"POST /printers/x HTTP/1.1\" 4030 336 Create-Job successful-ok",
        FRONT "\"POST /printers/x HTTP/1.1\" 403 -1 Create-Job successful-ok",
        FRONT "\"POST /printers/x y HTTP/1.1\"" BACK,
        /* Somebody's resource that would end the request before its time. */
        FRONT "\"POST /printers/x\" 403 1 Print-Job successful-ok HTTP/1.1\"" BACK,
        FRONT "\"POST /printers/\t HTTP/1.1\"" BACK,
        FRONT "\"POST /printers/\x1b[2J HTTP/1.1\"" BACK,
        FRONT "\"POST /printers/\xe6\x96\x87 HTTP/1.1\"" BACK,
        "a b - li [26/Nov/2026:01:48:20 +0000] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost - l i [26/Nov/2026:01:48:20 +0000] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost -  [26/Nov/2026:01:48:20 +0000] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost - li [26/Nov/2026:01:48 +0000] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost - li [31/Foo/2026:01:48:20 +0000] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost - li [26/Nov/2026:01:48:20] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost - li [26/Nov/2026:01:48:20 +08:0] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost - li [26/Nov/2026:01:48:20 08000] \"POST /printers/x HTTP/1.1\"" BACK,
        "localhost - li [26/Nov/2026:01:48:20.1234567890123456789012345678901234567890 +0000] "
        "\"POST /printers/x HTTP/1.1\"" BACK,
    };
    struct access_line line = {.at_ms = -7};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        print_message("%zu %s\n", i, texts[i]);
        assert_false(parse(texts[i], &line));
    }
    assert_false(access_line_parse(FRONT "\0", sizeof FRONT, &line));
    assert_int_equal(line.at_ms, -7);
}

/* What is longer than its place makes no line, or no name; nothing is cut to another one's. */
static void what_is_too_long(void **state)
{
    char long_name[3000];
    char text[4000];
    struct access_line line;

    (void)state;
    memset(long_name, 'a', sizeof long_name);
    long_name[ACCESS_USER_BYTES] = '\0';
    snprintf(text, sizeof text,
             "localhost - %s [26/Nov/2026:01:48:20 +0000] \"POST / HTTP/1.1\"" BACK, long_name);
    assert_false(parse(text, &line));
    long_name[ACCESS_USER_BYTES] = 'a';
    long_name[ACCESS_QUEUE_BYTES] = '\0';
    snprintf(text, sizeof text, FRONT "\"POST /printers/%s HTTP/1.1\"" BACK, long_name);
    assert_true(parse(text, &line));
    assert_string_equal(line.queue, "");
    long_name[ACCESS_QUEUE_BYTES] = 'a';
    long_name[ACCESS_HOST_BYTES] = '\0';
    snprintf(text, sizeof text, "%s - li [26/Nov/2026:01:48:20 +0000] \"POST / HTTP/1.1\"" BACK,
             long_name);
    assert_false(parse(text, &line));
    long_name[ACCESS_HOST_BYTES] = 'a';
    long_name[sizeof long_name - 1] = '\0';
    snprintf(text, sizeof text, FRONT "\"POST /%s HTTP/1.1\"" BACK, long_name);
    assert_false(parse(text, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cupsd_writes),
        cmocka_unit_test(what_is_no_line),
        cmocka_unit_test(what_is_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

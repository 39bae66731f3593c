/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/document/marks.h"

static const struct {
    const char *line;
    enum mark mark;
} rows[] = {
    /* marks */
    {"秘密", MARK_CONFIDENTIAL},
    {"机密", MARK_SECRET},
    {"绝密", MARK_TOP_SECRET},
    {"絕密", MARK_TOP_SECRET},
    {"内部", MARK_INTERNAL},
    {"公开", MARK_PUBLIC},
    {"  机密\t", MARK_SECRET},
    {"机 密", MARK_SECRET},
    {"绝　　密", MARK_TOP_SECRET},
    {"机密★20年", MARK_SECRET},
    {"机密 ★ 20 年", MARK_SECRET},
    {"绝密★长期", MARK_TOP_SECRET},
    {"秘密☆六个月", MARK_CONFIDENTIAL},
    {"机密★", MARK_SECRET},
    {"机密20年", MARK_SECRET},
    {"机密★2030年12月31日", MARK_SECRET},
    {"【机密】", MARK_SECRET},
    {"（秘密）", MARK_CONFIDENTIAL},
    {"[绝密]", MARK_TOP_SECRET},
    {"密级：机密", MARK_SECRET},
    {"密级:机密★10年", MARK_SECRET},
    {"密 级 秘 密", MARK_CONFIDENTIAL},
    {"秘密等级：公开", MARK_PUBLIC},
    {"机密级", MARK_SECRET},
    {"绝密文件", MARK_TOP_SECRET},
    {"内部资料", MARK_INTERNAL},
    {"内部使用", MARK_INTERNAL},
    {"内部公开", MARK_INTERNAL},
    {"CONFIDENTIAL", MARK_CONFIDENTIAL},
    {"SECRET", MARK_SECRET},
    {"TOP SECRET", MARK_TOP_SECRET},
    {"TOP  SECRET", MARK_TOP_SECRET},
    {"S E C R E T", MARK_SECRET},
    {"T O P  S E C R E T", MARK_TOP_SECRET},
    {"SECRET//NOFORN", MARK_SECRET},
    {"SECRET // REL TO ABC, DEF", MARK_SECRET},
    {"TOP SECRET//SI", MARK_TOP_SECRET},
    {"CONFIDENTIAL//", MARK_CONFIDENTIAL},
    {"*** SECRET ***", MARK_SECRET},
    {"- CONFIDENTIAL -", MARK_CONFIDENTIAL},
    {"[TOP SECRET]", MARK_TOP_SECRET},
    {"STRICTLY CONFIDENTIAL", MARK_CONFIDENTIAL},
    {"CLASSIFICATION: SECRET", MARK_SECRET},
    {"ＴＯＰ　ＳＥＣＲＥＴ", MARK_TOP_SECRET},
    /* sentences, other words, nothing */
    {"", MARK_NONE},
    {"   ", MARK_NONE},
    {"★", MARK_NONE},
    {"密级：", MARK_NONE},
    {"保密", MARK_NONE},
    {"保密工作", MARK_NONE},
    {"秘密地", MARK_NONE},
    {"秘密花园", MARK_NONE},
    {"国家秘密", MARK_NONE},
    {"商业秘密", MARK_NONE},
    {"非机密", MARK_NONE},
    {"不公开", MARK_NONE},
    {"公开课", MARK_NONE},
    {"公开招标公告", MARK_NONE},
    {"内部控制制度", MARK_NONE},
    {"机密文件管理办法", MARK_NONE},
    {"机密★这是一句话，它说到了别的事情", MARK_NONE},
    {"关于做好机密文件保管工作的通知", MARK_NONE},
    {"secret", MARK_NONE},
    {"Secret", MARK_NONE},
    {"Confidential", MARK_NONE},
    {"SECRETARY", MARK_NONE},
    {"SECRETS", MARK_NONE},
    {"TOP SECRETARY", MARK_NONE},
    {"THE SECRET GARDEN", MARK_NONE},
    {"SECRET SANTA", MARK_NONE},
    {"CONFIDENTIALITY AGREEMENT", MARK_NONE},
    {"SECRET//noforn", MARK_NONE},
    {"SECRET/NOFORN", MARK_NONE},
    {"NOT SECRET", MARK_NONE},
    {"LEVEL SECRET", MARK_NONE},
    {"This is a SECRET document", MARK_NONE},
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum mark mark = mark_of_line(rows[i].line, strlen(rows[i].line));

        if (mark != rows[i].mark) {
            fail_msg("\"%s\" is \"%s\", not \"%s\"", rows[i].line, mark_level(mark),
                     mark_level(rows[i].mark));
        }
        if (mark != MARK_NONE && !mark_is_possible(rows[i].line)) {
            fail_msg("\"%s\" would not be looked at", rows[i].line);
        }
    }
}

static void test_order(void **state)
{
    static const char *const ids[] = {"",       "public",    "internal", "confidential",
                                      "secret", "top-secret"};

    (void)state;
    for (int i = MARK_NONE; i < MARKS; i++) {
        assert_string_equal(mark_level((enum mark)i), ids[i]);
    }
}

static void test_odd_input(void **state)
{
    char line[400];

    (void)state;
    assert_int_equal(mark_of_line("\xe6\x9c", 2), MARK_NONE);
    assert_int_equal(mark_of_line("SECRET\xff", 7), MARK_NONE);
    memset(line, ' ', sizeof line);
    memcpy(line + 200, "SECRET", 6);
    assert_int_equal(mark_of_line(line, sizeof line), MARK_SECRET);
    memset(line, 'X', sizeof line);
    memcpy(line, "SECRET//", 8);
    assert_int_equal(mark_of_line(line, 90), MARK_SECRET);
    assert_int_equal(mark_of_line(line, sizeof line), MARK_NONE);
    /* The size is the end, not what follows it. */
    assert_int_equal(mark_of_line("SECRETARY", 6), MARK_SECRET);
    assert_false(mark_is_possible("Dear colleagues, the meeting is at nine."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_odd_input),
    };

    return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}

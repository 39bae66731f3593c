/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of the stamp by themselves: codes made out of others, content that is neat, plans. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/neat.h"
#include "daemon/document/stamp-code.h"
#include "daemon/document/stamp-plan.h"
#include "daemon/error.h"

static void random_text(char *text, size_t length)
{
    static const char characters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

    for (size_t i = 0; i < length; i++) {
        text[i] = characters[(size_t)rand() % (sizeof characters - 1)];
    }
    text[length] = '\0';
}

static bool is_dark(const struct code *code, unsigned x, unsigned y)
{
    return (code->rows[y * ((code->modules + 7) / 8) + x / 8] & 0x80 >> x % 8) == 0;
}

/* The mask of a symbol (ISO/IEC 18004 §7.9.1). */
static unsigned mask(const struct code *code)
{
    return ((unsigned)is_dark(code, 2, 8) << 2 | (unsigned)is_dark(code, 3, 8) << 1 |
            (unsigned)is_dark(code, 4, 8)) ^
           5U;
}

/* Of so many codes some have, by chance, the very mask libqrencode would choose for them: those
 * must be its symbols, module by module. */
static void codes_of_length(size_t length)
{
    struct code_maker *many = code_maker_new(100000), *few = code_maker_new(1);
    unsigned same = 0;
    char text[STAMP_CODE_BYTES];

    srand((unsigned)length);
    for (int i = 0; i < 150; i++) {
        struct code fast, slow;

        random_text(text, length);
        assert_int_equal(code_make(many, text, &fast), PR_OK);
        assert_int_equal(code_make(few, text, &slow), PR_OK);
        assert_int_equal(fast.modules, slow.modules);
        if (mask(&fast) == mask(&slow)) {
            assert_memory_equal(fast.rows, slow.rows, slow.bytes);
            same++;
        }
    }
    assert_true(same > 3);
    code_maker_free(many);
    code_maker_free(few);
}

static void test_codes_out_of_others(void **state)
{
    static const size_t lengths[] = {1, 2, 17, 39, 40, 41, 80, 95};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        codes_of_length(lengths[i]);
    }
}

/* What was prepared for one length serves it, and does no harm to others. */
static void test_prepared_codes(void **state)
{
    (void)state;
    code_warm_up();
    codes_of_length(40);
    code_warm_up();
    codes_of_length(52);
    code_warm_up();
    code_maker_free(code_maker_new(1));
}

static void test_size_of_codes(void **state)
{
    struct code_maker *maker = code_maker_new(1);
    char text[STAMP_CODE_BYTES];
    struct code code;

    (void)state;
    random_text(text, 40);
    assert_int_equal(code_make(maker, text, &code), PR_OK);
    /* Version 3 at level Q, whose two bits are 11 and are masked with 10 (§7.9.1): the second is
     * dark. */
    assert_int_equal(code.modules, 29);
    assert_true(!is_dark(&code, 0, 8) && is_dark(&code, 1, 8));
    memset(text, 'a', 95);
    text[95] = '\0';
    assert_int_equal(code_make(maker, text, &code), PR_OK);
    assert_true(code.modules <= CODE_MODULES_MAX);
    code_maker_free(maker);
}

/* Content that is neat, and what is in doubt. */
static const char *const neat[] = {
    "",
    " ",
    "q Q",
    "BT (a\\)b) Tj ET",
    "q 1 0 0 1 0 0 cm q Q Q",
    "0 0 m 1 1 l S",
    "0 0 1 1 re W n",
    "/P <</MCID 0>> BDC BT [(a) 1 <41>] TJ ET EMC",
    "% comment\nq Q",
    "/Q gs /BT Do",
    "(q \\( nested (q)) Tj",
    "0 0 5 5 re f*",
    "1 0 0 RG",
    "BT ET BT ET",
    "BT /F1 12 Tf 1 0 0 1 72 720 Tm 14 TL -.5 5. Td T* (a) ' 1 2 (b) \" [] TJ ET",
    "/Cs1 cs .5 scn /P SCN /Cs1 CS 0 0 0 1 k 0 0 0 1 K 1 g 0 G +1 w [3 2] 0 d",
    "true null 1 2 3 h",
    "/A [1 (b) <</C/D>>] DP /Im0 Do",
};

static const char *const odd[] = {
    "q",
    "Q",
    "Q q",
    "BT",
    "ET",
    "BT BT ET",
    "(",
    "(\\)",
    "<41",
    "[",
    "]",
    "<<",
    ">>",
    "/OC /O BDC",
    "EMC",
    "% comment",
    "BI /W 1 /H 1 ID x EI",
    "0 0 m",
    "0 0 1 1 re",
    "BX EX",
    "{",
    "}",
    ")",
    ">",
    "q Q Q q",
    "BT ( ET",
    "(a\\",
    "BT Tj ET",
    "Do",
    "0 m S",
    "1 0 0 1 0 cm",
    "1 0 0 RG 0 0 RG",
    "[1 2 3] RG",
    "(a) '' ",
    "T-1",
    "1Tj",
    "1.2.3 w",
    "--1 w",
    "1 xyz",
    "[ n ]",
    "1 2 3 re1",
    "d0",
    "*",
    "!",
};

static void test_neat(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof neat / sizeof neat[0]; i++) {
        assert_true(content_is_neat((const uint8_t *)neat[i], strlen(neat[i])));
    }
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        if (content_is_neat((const uint8_t *)odd[i], strlen(odd[i]))) {
            fail_msg("\"%s\" is not neat", odd[i]);
        }
    }
}

static void test_plan(void **state)
{
    static const char good[] = "printroom-stamp 1\nlevel-term L\ndocument-number \nperson 王\ntime "
                               "T\nfirst-copy 7\ncopies 2\n"
                               "pages 2\npad 1\nmarks 0\ncodes\nA\nBB\nCCC\nDD\n";
    struct stamp_plan plan;
    char code[STAMP_CODE_BYTES];

    (void)state;
    assert_int_equal(stamp_plan_parse(good, sizeof good - 1, &plan), PR_OK);
    assert_string_equal(plan.text[STAMP_PERSON], "王");
    assert_string_equal(plan.text[STAMP_DOCUMENT_NUMBER], "");
    assert_int_equal(plan.first_copy, 7);
    assert_true(plan.pad && !plan.marks);
    stamp_plan_code(&plan, 1, 0, code);
    assert_string_equal(code, "CCC");
    stamp_plan_longest(&plan, code);
    assert_string_equal(code, "CCC");
    stamp_plan_clear(&plan);
    /* Nothing less, and nothing more. */
    for (size_t length = 0; length < sizeof good - 1; length++) {
        assert_int_equal(stamp_plan_parse(good, length, &plan), PR_EINVAL);
    }
    assert_int_equal(stamp_plan_parse(good, sizeof good, &plan), PR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_out_of_others),
        cmocka_unit_test(test_prepared_codes),
        cmocka_unit_test(test_size_of_codes),
        cmocka_unit_test(test_neat),
        cmocka_unit_test(test_plan),
    };
    return cmocka_run_group_tests_name("stamp-parts", tests, NULL, NULL);
}

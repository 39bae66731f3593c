/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Codes in pictures, through printroom-scan as the daemon runs it. qrencode and ImageMagick make
 * the pictures. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/scan/scan.h"

#define CODE "PR1:MZXW6YTBOIYTEMZUGU3DOOBZGAYTEMZUGU3D"

static char folder[] = "/tmp/scan-XXXXXX";

static int set_up(void **state)
{
    char command[512];

    (void)state;
    assert_non_null(mkdtemp(folder));
    /* Printed at 200 dots an inch: 4 dots a module make a code of 18 mm; a page of A4 around it. */
    snprintf(command, sizeof command,
             "qrencode -l Q -m 4 -s 4 -o %s/code.png " CODE " && convert -size 1654x2339 xc:white "
             "-fill grey20 -pointsize 40 -annotate +200+400 'some text' %s/code.png -geometry "
             "+80+60 -composite %s/page.png",
             folder, folder, folder);
    return system(command) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : -1;
}

static int scan_file(const char *name, struct codes *ret_codes)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    const int result = scan_picture(SCAN_PROGRAM, fd, ret_codes);

    close(fd);
    return result;
}

static int scan_bytes(const void *data, size_t size, struct codes *ret_codes)
{
    const int fd = memfd_create("picture", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    const int result = scan_picture(SCAN_PROGRAM, fd, ret_codes);

    close(fd);
    return result;
}

/** What happens to sheets on their way back, as arguments of convert. */
static const struct {
    const char *what;
    const char *arguments;
    const char *ending;
} accidents[] = {
    {"clean", "", "png"},
    {"blur", "-blur 0x1.5", "png"},
    {"more blur", "-blur 0x2", "png"},
    {"blur and noise", "-blur 0x1.2 -seed 1 -attenuate 0.2 +noise Gaussian", "png"},
    {"noise", "-seed 1 -attenuate 0.6 +noise Gaussian", "png"},
    {"turned by 2 degrees", "-background white -rotate 2", "png"},
    {"upside down", "-rotate 180", "png"},
    {"on its side", "-rotate 90", "png"},
    {"photocopied", "-brightness-contrast 10x40 -blur 0x0.8", "png"},
    {"small", "-resize 70%", "png"},
    {"bad JPEG", "-quality 20", "jpg"},
    {"colour photograph", "-fill '#fff4d0' -tint 60 -quality 80", "jpg"},
    {"large", "-resize 300%", "jpg"},
    {"transparent paper", "-transparent white", "png"},
};

static void test_accidents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accidents / sizeof accidents[0]; i++) {
        char command[512];
        char name[32];
        struct codes codes = {.length = 0};

        snprintf(name, sizeof name, "accident.%s", accidents[i].ending);
        snprintf(command, sizeof command, "convert %s/page.png %s %s/%s", folder,
                 accidents[i].arguments, folder, name);
        assert_int_equal(system(command), 0);
        const int result = scan_file(name, &codes);

        if (result != PR_OK || codes.length != 1 || strcmp(codes.text[0], CODE) != 0) {
            fail_msg("%s: %s, %zu codes", accidents[i].what, pr_strerror(result), codes.length);
        }
    }
}

/* Two sheets on one photograph; what is no printable text is left out. */
static void test_several(void **state)
{
    char command[512];
    struct codes codes = {.length = 0};

    (void)state;
    snprintf(command, sizeof command,
             "cd %s && qrencode -s 4 -o second.png 'PR1:SECOND' && printf '\\001\\002' | qrencode "
             "-8 -s 4 -o odd.png && convert page.png second.png -geometry +900+1500 -composite "
             "odd.png -geometry +300+1500 -composite both.png",
             folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(scan_file("both.png", &codes), PR_OK);
    assert_int_equal(codes.length, 2);
    const bool turned = strcmp(codes.text[0], CODE) != 0;

    assert_string_equal(codes.text[turned ? 1 : 0], CODE);
    assert_string_equal(codes.text[turned ? 0 : 1], "PR1:SECOND");
}

static void test_none(void **state)
{
    char command[256];
    struct codes codes = {.length = 7};

    (void)state;
    snprintf(command, sizeof command, "convert -size 300x300 plasma: %s/none.png", folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(scan_file("none.png", &codes), PR_OK);
    assert_int_equal(codes.length, 0);
}

static void test_no_pictures(void **state)
{
    /* 60000 × 60000 pixels, promised in a header (IHDR). */
    static const uint8_t huge[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0, 0,    13,
                                   'I',  'H', 'D', 'R', 0,    0,    0xea, 0x60, 0,    0, 0xea, 0x60,
                                   8,    0,   0,   0,   0,    0x6f, 0x3d, 0xb7, 0xb1, 0, 0,    0,
                                   0,    'I', 'E', 'N', 'D',  0xae, 0x42, 0x60, 0x82};
    static const char text[] = "%PDF-1.4 is no picture";
    struct codes codes = {.length = 7};
    char command[256];

    (void)state;
    assert_int_equal(scan_bytes("", 0, &codes), PR_EFORMAT);
    assert_int_equal(scan_bytes(text, sizeof text, &codes), PR_EFORMAT);
    assert_int_equal(scan_bytes("\xff\xd8\xff\xe0", 4, &codes), PR_EFORMAT);
    const int result = scan_bytes(huge, sizeof huge, &codes);

    assert_true(result == PR_ELIMIT || result == PR_EFORMAT);
    snprintf(command, sizeof command, "head -c 3000 %s/page.png >%s/cut.png", folder, folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(scan_file("cut.png", &codes), PR_EFORMAT);
    assert_int_equal(codes.length, 7); /* untouched */
}

static void test_program(void **state)
{
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct codes codes;

    (void)state;
    assert_int_equal(scan_picture("/nonexistent", fd, &codes), PR_ECRASHED);
    assert_int_equal(scan_picture("/bin/cat", fd, &codes), PR_ECRASHED);
    close(fd);
}

/* The program may have been taken over: only texts are believed. */
static void test_answers(void **state)
{
    static const struct {
        const char *answer;
        int result;
    } rows[] = {
        {"{\"codes\":[]}", PR_OK},
        {"{\"codes\":[\"PR1:A\"]}", PR_OK},
        {"{\"error\":\"format\",\"message\":\"\"}", PR_EFORMAT},
        {"{\"error\":\"limit\"}", PR_ELIMIT},
        {"{\"error\":\"other\"}", PR_ECRASHED},
        {"{\"codes\":[1]}", PR_ECRASHED},
        {"{\"codes\":[\"\"]}", PR_ECRASHED},
        {"{\"codes\":[\"\\u001b[31m\"]}", PR_ECRASHED},
        {"{\"codes\":[\"a\\u0000b\"]}", PR_ECRASHED},
        {"{\"codes\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\","
         "\"13\",\"14\",\"15\",\"16\",\"17\"]}",
         PR_ECRASHED},
        {"[]", PR_ECRASHED},
        {"", PR_ECRASHED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct codes codes;

        assert_int_equal(scan_answer_parse(rows[i].answer, strlen(rows[i].answer), &codes),
                         rows[i].result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accidents), cmocka_unit_test(test_several),
        cmocka_unit_test(test_none),      cmocka_unit_test(test_no_pictures),
        cmocka_unit_test(test_program),   cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

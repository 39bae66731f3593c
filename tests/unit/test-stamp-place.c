/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where on a page a stamp may stand: what annotations leave free. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/document/stamp-place.h"
#include "daemon/document/structure.h"

static void expect_free(int rotate, const double box[4], bool right, bool left, bool top)
{
    const struct page_boxes boxes = {.media = {100, 50, 695, 892}, .degrees = rotate, .unit = 1};
    const struct place_size size = {53.28, 400, 9.1};
    struct page_shape shape;
    struct problem problem;
    struct paper paper;
    struct place_cover cover;
    bool free[PLACES];

    memcpy(cover.box, box, sizeof cover.box);
    cover.printed = true;
    assert_int_equal(structure_shape_of(&boxes, 0, &shape, &problem), 0);
    paper_of(&shape, &paper);
    assert_int_equal(place_free(&paper, &size, &cover, 1, free), right || left || top);
    assert_int_equal(free[PLACE_BOTTOM_RIGHT], right);
    assert_int_equal(free[PLACE_BOTTOM_LEFT], left);
    assert_int_equal(free[PLACE_TOP_RIGHT], top);
    /* On the screen only: avoided, but nothing is refused for it. */
    cover.printed = false;
    assert_true(place_free(&paper, &size, &cover, 1, free));
    assert_int_equal(free[PLACE_TOP_RIGHT], top || !(right || left));
}

static void test_covered_places(void **state)
{
    /* Corners of the MediaBox above, 40 points wide. */
    const double lower_right[] = {655, 50, 695, 90}, lower_left[] = {100, 50, 140, 90};
    const double upper_right[] = {655, 852, 695, 892}, upper_left[] = {100, 852, 140, 892};
    const double middle[] = {300, 300, 400, 400}, all[] = {0, 0, 900, 900};

    (void)state;
    expect_free(0, lower_right, false, true, true);
    expect_free(0, lower_left, true, false, true);
    expect_free(0, upper_right, true, true, false);
    expect_free(0, upper_left, true, true, true);
    expect_free(0, middle, true, true, true);
    expect_free(0, all, false, false, false);
    /* Turned clockwise by 90 degrees, what was at the lower right is at the lower left. */
    expect_free(90, lower_right, true, false, true);
    expect_free(90, upper_right, false, true, true);
    expect_free(90, upper_left, true, true, false);
    expect_free(180, upper_left, false, true, true);
    expect_free(270, lower_left, false, true, true);
    expect_free(270, upper_left, true, false, true);
}

static void test_painted_annotations(void **state)
{
    static const struct {
        struct place_annotation annotation;
        bool painted, printed;
    } rows[] = {
        {{4, false, false, false}, true, true}, {{4, true, false, true}, true, true},
        {{0, false, false, true}, true, false}, {{36, false, false, true}, true, true},
        {{32, false, false, true}, false, 0},   {{6, false, false, true}, false, 0},
        {{4, false, true, true}, false, 0},     {{4, true, false, false}, false, 0},
    };
    struct place_cover cover = {{10, 20, 30, 60}, true};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool printed = false;

        assert_int_equal(place_is_painted(&rows[i].annotation, &printed), rows[i].painted);
        assert_true(!rows[i].painted || printed == rows[i].printed);
    }
    place_grow_cover(&rows[0].annotation, 90, &cover);
    assert_true(cover.box[0] == 10 && cover.box[3] == 60);
    place_grow_cover(&(struct place_annotation){.flags = 4 | 16}, 90, &cover);
    assert_true(cover.box[0] == -30 && cover.box[1] == 20 && cover.box[2] == 50 &&
                cover.box[3] == 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_covered_places),
        cmocka_unit_test(test_painted_annotations),
    };
    return cmocka_run_group_tests_name("stamp-place", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mark is a line of its own to the eye; to poppler it may be one line, or, letter-spaced like
 * 绝　密, as many columns as it has letters, or the end of a line that begins far to the left. So
 * lines are made anew from the letters' boxes: letters whose middles are level make a row; a row is
 * tried whole, and in groups parted by wide gaps. poppler's own lines are tried too: they follow
 * writing that runs upwards or downwards, where rows make no sense.
 */
#include "daemon/document/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A gap of so many letter heights ends a group that may be a mark beside another text. */
#define GAP_HEIGHTS 2.5
/* Middles that differ by no more than this part of a letter's height are level. */
#define LEVEL_PART 0.35

struct letter {
    const char *at;
    double left, right, middle, height;
};

static enum mark higher(enum mark a, enum mark b)
{
    return a > b ? a : b;
}

/* g_utf8_next_char() casts const away. */
static size_t letter_bytes(const char *at)
{
    return (size_t)g_utf8_skip[(unsigned char)*at];
}

/* The letters that count, without white space. */
static GArray *collect(const struct layout *layout)
{
    GArray *letters = g_array_new(FALSE, FALSE, sizeof(struct letter));
    const char *at = layout->text;

    for (guint i = 0; i < layout->letters && *at != '\0'; i++, at += letter_bytes(at)) {
        const PopplerRectangle *box = &layout->box[i];
        const struct letter letter = {at, fmin(box->x1, box->x2), fmax(box->x1, box->x2),
                                      (box->y1 + box->y2) / 2, fabs(box->y2 - box->y1)};

        if (letter.middle <= layout->bottom && !g_unichar_isspace(g_utf8_get_char(at))) {
            g_array_append_val(letters, letter);
        }
    }
    return letters;
}

static int by_height(const void *a, const void *b)
{
    const struct letter *one = a;
    const struct letter *other = b;

    return (one->middle > other->middle) - (one->middle < other->middle);
}

static int by_place(const void *a, const void *b)
{
    const struct letter *one = a;
    const struct letter *other = b;

    return (one->left > other->left) - (one->left < other->left);
}

static enum mark mark_of_letters(const struct letter *letters, size_t length, GString *line)
{
    g_string_truncate(line, 0);
    for (size_t i = 0; i < length; i++) {
        g_string_append_len(line, letters[i].at, (gssize)letter_bytes(letters[i].at));
    }
    return mark_of_line(line->str, line->len);
}

/* A row, sorted by place on the way. */
static enum mark mark_of_row(struct letter *row, size_t length, GString *line)
{
    size_t start = 0;

    qsort(row, length, sizeof *row, by_place);
    enum mark found = mark_of_letters(row, length, line);

    for (size_t i = 1; i <= length; i++) {
        if (i == length || row[i].left - row[i - 1].right > GAP_HEIGHTS * row[i - 1].height) {
            found = higher(found, mark_of_letters(row + start, i - start, line));
            start = i;
        }
    }
    return found;
}

static enum mark mark_of_rows(struct letter *letters, size_t length, GString *line)
{
    enum mark found = MARK_NONE;
    size_t start = 0;

    if (length > 0) {
        qsort(letters, length, sizeof *letters, by_height);
    }
    for (size_t i = 1; i <= length; i++) {
        if (i == length ||
            letters[i].middle - letters[start].middle > LEVEL_PART * letters[start].height) {
            found = higher(found, mark_of_row(letters + start, i - start, line));
            start = i;
        }
    }
    return found;
}

static enum mark mark_of_lines(const struct layout *layout)
{
    enum mark found = MARK_NONE;
    const char *line = layout->text;
    guint first = 0;

    while (*line != '\0' && first < layout->letters) {
        size_t size = strcspn(line, "\n");
        const PopplerRectangle *box = &layout->box[first];

        if ((box->y1 + box->y2) / 2 <= layout->bottom) {
            found = higher(found, mark_of_line(line, size));
        }
        first += (guint)g_utf8_strlen(line, (gssize)size) + 1;
        line += size + (line[size] == '\n');
    }
    return found;
}

enum mark layout_mark(const struct layout *layout)
{
    GArray *letters = collect(layout);
    GString *line = g_string_new(NULL);
    enum mark found = mark_of_rows((struct letter *)(void *)letters->data, letters->len, line);

    g_string_free(line, TRUE);
    g_array_free(letters, TRUE);
    return higher(found, mark_of_lines(layout));
}

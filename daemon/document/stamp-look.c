/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stamp goes where the least is printed: of three places (stamp-place.h) the emptiest. Looking
 * costs a painting of the page, so a document of up to LOOK_PAGES pages is looked at page by page,
 * and of a longer one so many pages, spread over it; the others follow those of their size. When
 * the first few of these leave the usual place blank, the rest need not be seen. Long documents'
 * pages with hardly any content are scans, which cover all places alike; they are not painted.
 *
 * What the page's content has printed there, the stamp's white ground covers. Annotations are
 * another matter: they are painted after all content, over the stamp. Their rectangles are known
 * without painting, so on every page a place with one over it is out of the question, also where
 * nothing is to be seen: white on white would hide the code all the same. A page without a place
 * left is refused, by name, since printing it unstamped is what this is here to prevent. What is
 * not to be printed, a note on the screen, is avoided where that can be, and no reason to refuse.
 */
#include "config.h"

#include "daemon/document/stamp-look.h"

#include "daemon/error.h"

enum { LOOK_FIRST = 4, SCAN_CONTENT_BYTES = 256 };

static char *size_key(const struct paper *paper)
{
    return g_strdup_printf("%.0fx%.0f", paper->width, paper->height);
}

int look_fit(const struct stamp_look *look, uint32_t index, const struct paper *paper,
             struct text_layout *ret_layout, struct place_size *ret_size,
             struct problem *ret_problem)
{
    double room = place_room(paper, look->side);

    if (!text_fit(look->text, room, look->side, ret_layout)) {
        return problem_set(ret_problem, PR_ELIMIT, "page %u is too small to carry a stamp",
                           index + 1);
    }
    *ret_size = (struct place_size){look->side, ret_layout->width, ret_layout->height};
    return PR_OK;
}

/* Adds what a page of a long document shows to what is known of its size. */
static int look_at(struct stamp_look *look, uint32_t index, uint32_t index_of_reader,
                   struct problem *ret_problem)
{
    struct source_page found;
    struct place_size size;
    struct text_layout layout;
    struct paper paper;
    int result = source_page(look->source, index, &found, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    paper_of(&found.shape, &paper);
    result = look_fit(look, index, &paper, &layout, &size, ret_problem);
    if (result == PR_OK && found.content_size >= SCAN_CONTENT_BYTES) {
        char *key = size_key(&paper);
        double *ink = g_hash_table_lookup(look->inks, key);

        if (ink == NULL) {
            ink = g_new0(double, PLACES);
            g_hash_table_insert(look->inks, g_strdup(key), ink);
        }
        place_look(look->reader, index_of_reader, &paper, &size, ink);
        g_free(key);
    }
    source_page_clear(look->source, &found);
    return result;
}

static bool usual_place_is_blank(const struct stamp_look *look)
{
    GHashTableIter walk;
    gpointer key, ink;

    g_hash_table_iter_init(&walk, look->inks);
    while (g_hash_table_iter_next(&walk, &key, &ink)) {
        if (((const double *)ink)[PLACE_BOTTOM_RIGHT] > 0) {
            return false;
        }
    }
    return g_hash_table_size(look->inks) > 0;
}

void look_sample(uint32_t pages, uint32_t ret_pages[LOOK_PAGES])
{
    /* Of pages in equal steps, first those that are far apart. */
    static const uint32_t order[LOOK_PAGES] = {0, 7, 2, 5, 3, 4, 1, 6};

    for (size_t i = 0; i < LOOK_PAGES; i++) {
        ret_pages[i] = (uint32_t)((uint64_t)order[i] * (pages - 1) / (LOOK_PAGES - 1));
    }
}

int look_around(struct stamp_look *look, uint32_t pages, struct problem *ret_problem)
{
    uint32_t sample[LOOK_PAGES];
    int result = PR_OK;

    if (pages <= LOOK_PAGES) {
        return PR_OK;
    }
    look->inks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    look_sample(pages, sample);
    for (uint32_t i = 0; look->reader != NULL && result == PR_OK && i < LOOK_PAGES; i++) {
        if (i == LOOK_FIRST && usual_place_is_blank(look)) {
            break;
        }
        result = look_at(look, sample[i], look->sampled ? i : sample[i], ret_problem);
    }
    return result;
}

void look_clear(struct stamp_look *look)
{
    if (look->inks != NULL) {
        g_hash_table_destroy(look->inks);
    }
}

int look_place(const struct stamp_look *look, const struct source_page *page,
               const struct paper *paper, const struct place_size *size, enum place *ret_place,
               struct problem *ret_problem)
{
    double own[PLACES] = {0};
    bool free[PLACES];
    const double *ink = own;

    if (!place_free(paper, size, page->covers, page->covers_length, free)) {
        return problem_set(ret_problem, PR_ELIMIT,
                           "page %u has annotations over every place for a stamp", page->index + 1);
    }
    if (look->inks != NULL) {
        char *key = size_key(paper);
        const double *seen = g_hash_table_lookup(look->inks, key);

        g_free(key);
        ink = seen != NULL ? seen : own;
    } else if (look->reader != NULL) {
        place_look(look->reader, page->index, paper, size, own);
    }
    *ret_place = place_choose(ink, free);
    return PR_OK;
}

enum text_column look_column(const struct stamp_look *look, const struct source_page *page,
                             const struct paper *paper, enum place place)
{
    struct reader_area areas[COLUMNS];
    double ink[COLUMNS];
    bool covered[COLUMNS];
    struct problem problem;
    size_t columns = place == PLACE_TOP_RIGHT ? COLUMN_RIGHT : COLUMNS;
    enum text_column best = COLUMN_LEFT;

    for (size_t i = 0; i < columns; i++) {
        double corner[2];
        double size[2];

        text_column_room(paper, (enum text_column)i, corner, size);
        areas[i] = (struct reader_area){corner[0] / paper->width, corner[1] / paper->height,
                                        size[0] / paper->width, size[1] / paper->height};
        covered[i] =
            place_is_covered(paper, corner, size, page->covers, page->covers_length, false);
    }
    if (look->reader == NULL ||
        reader_ink(look->reader, page->index, areas, columns, ink, &problem) != PR_OK) {
        return COLUMN_LEFT;
    }
    for (size_t i = 1; i < columns; i++) {
        bool better =
            covered[best] == covered[i] ? ink[i] < ink[best] - PLACE_INK_STEP : covered[best];

        best = better ? (enum text_column)i : best;
    }
    return best;
}

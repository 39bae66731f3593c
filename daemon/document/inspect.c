/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two readers look at a document: libqpdf is the authority for structure (pages, sizes, content for
 * the fingerprint), poppler for looks (text, colour). They must agree on the pages. A file in which
 * libqpdf had to guess is accepted only when poppler finds the same pages by itself. A file that is
 * sound but for a /Count that lies (poppler believes it, printing filters built on libqpdf do not)
 * is given to poppler as libqpdf would write it.
 *
 * Cost is linear in pages: per page one decoding of the content (fingerprint and grey screen share
 * it), one pass of poppler's text device, and for pages the screen cannot clear a painting at 36
 * dpi. Painting has a budget of time; what is left when it is used up counts as colour, which can
 * cost the sender an explanation and never hides a colour page.
 */
#include "daemon/document/inspect.h"

#include <glib.h>
#include <jansson.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/reader.h"
#include "daemon/document/screen.h"
#include "daemon/document/structure.h"
#include "daemon/error.h"

struct work {
    const struct inspect_limits *limits;
    gint64 started_us;
    struct structure structure;
    struct digest *digest;
    struct screen *screen;
    GArray *runs;     /**< struct inspect_run */
    uint8_t *verdict; /**< per page: enum screen_verdict */
    struct inspection found;
};

static void add_run(GArray *runs, const struct page_shape *shape)
{
    struct inspect_run *last =
        runs->len > 0 ? &g_array_index(runs, struct inspect_run, runs->len - 1) : NULL;

    if (last != NULL && last->width_um == shape->width_um && last->height_um == shape->height_um) {
        last->pages++;
        return;
    }
    struct inspect_run run = {1, shape->width_um, shape->height_um};

    g_array_append_val(runs, run);
}

static int examine_page(struct work *work, uint32_t index, struct problem *ret_problem)
{
    qpdf_data qpdf = work->structure.qpdf;
    qpdf_oh page = structure_page(&work->structure, index);
    unsigned char *content = NULL;
    size_t size = 0;
    struct page_shape shape;
    int result = structure_shape(&work->structure, page, index, &shape, ret_problem);

    if (result != PR_OK) {
        goto out;
    }
    add_run(work->runs, &shape);
    qpdf_oh_get_page_content_data(qpdf, page, &content, &size);
    result = structure_error(&work->structure, ret_problem);
    if (result != PR_OK) {
        if (result == PR_EFORMAT) {
            problem_set(ret_problem, PR_EFORMAT, "the content of page %u is damaged", index + 1);
        }
        goto out;
    }
    digest_page(work->digest, page, &shape, content, size);
    work->verdict[index] = (uint8_t)screen_page(work->screen, page, content, size);
    result = structure_error(&work->structure, ret_problem);
out:
    free(content);
    qpdf_oh_release(qpdf, page);
    return result;
}

static int examine_structure(struct work *work, struct problem *ret_problem)
{
    uint32_t pages = work->structure.pages;
    int result = PR_OK;

    work->digest = digest_new(work->structure.qpdf, pages);
    work->screen = screen_new(work->structure.qpdf);
    work->runs = g_array_new(FALSE, FALSE, sizeof(struct inspect_run));
    work->verdict = g_malloc0(pages);
    for (uint32_t i = 0; result == PR_OK && i < pages; i++) {
        result = examine_page(work, i, ret_problem);
    }
    digest_finish(work->digest, work->found.fingerprint);
    work->found.pages = pages;
    return result;
}

static int open_reader(const struct work *work, const uint8_t *data, size_t size,
                       struct reader **ret_reader, struct problem *ret_problem)
{
    struct reader *reader = NULL;
    int result = reader_open(data, size, &reader, ret_problem);

    if (result == PR_OK && reader_pages(reader) == work->structure.pages) {
        *ret_reader = reader;
        return PR_OK;
    }
    reader_close(reader);
    if (result == PR_EUNSUPPORTED) {
        return result;
    }
    if (structure_repaired(&work->structure)) {
        return problem_set(ret_problem, PR_EFORMAT,
                           "the document is damaged, and its pages cannot be told for certain");
    }
    result = structure_rewrite(&work->structure, &data, &size, ret_problem);
    if (result == PR_OK) {
        result = reader_open(data, size, &reader, ret_problem);
    }
    if (result != PR_OK) {
        return result;
    }
    if (reader_pages(reader) != work->structure.pages) {
        reader_close(reader);
        return problem_set(ret_problem, PR_EFORMAT,
                           "the document's pages cannot be told for certain");
    }
    *ret_reader = reader;
    return PR_OK;
}

static int find_marks(struct work *work, const struct reader *reader, struct problem *ret_problem)
{
    for (uint32_t i = 0; i < work->found.pages; i++) {
        enum mark mark = MARK_NONE;
        int result = reader_mark(reader, i, &mark, ret_problem);

        if (result != PR_OK) {
            return result;
        }
        if (mark > work->found.mark) {
            work->found.mark = mark;
            work->found.mark_page = i + 1;
        }
    }
    return PR_OK;
}

static int find_colors(struct work *work, const struct reader *reader, struct problem *ret_problem)
{
    gint64 deadline_us = work->started_us + (gint64)work->limits->paint_ms * 1000;

    for (uint32_t i = 0; i < work->found.pages; i++) {
        bool color = work->verdict[i] != SCREEN_GREY;

        if (work->verdict[i] == SCREEN_SUSPECT && g_get_monotonic_time() >= deadline_us) {
            work->found.guessed_pages++;
        } else if (work->verdict[i] == SCREEN_SUSPECT) {
            int result = reader_page_has_color(reader, i, &color, ret_problem);

            if (result != PR_OK) {
                return result;
            }
        }
        work->found.color_pages += color;
    }
    return PR_OK;
}

int inspect_document(const uint8_t *data, size_t size, const struct inspect_limits *limits,
                     struct inspection *ret_inspection, struct problem *ret_problem)
{
    struct work work = {.limits = limits, .started_us = g_get_monotonic_time()};
    struct reader *reader = NULL;

    if (size == 0) {
        return problem_set(ret_problem, PR_EFORMAT, "the document is empty");
    }
    int result = structure_open(data, size, limits->pages_max, &work.structure, ret_problem);
    if (result != PR_OK) {
        return result;
    }
    result = examine_structure(&work, ret_problem);
    if (result == PR_OK) {
        result = open_reader(&work, data, size, &reader, ret_problem);
    }
    if (result == PR_OK) {
        result = find_marks(&work, reader, ret_problem);
    }
    if (result == PR_OK) {
        result = find_colors(&work, reader, ret_problem);
    }
    if (result == PR_OK) {
        *ret_inspection = work.found;
        ret_inspection->runs_length = work.runs->len;
        ret_inspection->runs = (struct inspect_run *)(void *)g_array_free(work.runs, FALSE);
    } else {
        g_array_free(work.runs, TRUE);
    }
    reader_close(reader);
    g_free(work.verdict);
    screen_free(work.screen);
    digest_free(work.digest);
    structure_close(&work.structure);
    return result;
}

void inspection_clear(struct inspection *inspection)
{
    g_free(inspection->runs);
    inspection->runs = NULL;
    inspection->runs_length = 0;
}

static json_t *runs_array(const struct inspection *inspection)
{
    json_t *array = json_array();

    for (size_t i = 0; i < inspection->runs_length; i++) {
        const struct inspect_run *run = &inspection->runs[i];

        json_array_append_new(array,
                              json_pack("[I,I,I]", (json_int_t)run->pages,
                                        (json_int_t)run->width_um, (json_int_t)run->height_um));
    }
    return array;
}

char *inspection_line(const struct inspection *inspection)
{
    char fingerprint[2 * DIGEST_BYTES + 1];

    sodium_bin2hex(fingerprint, sizeof fingerprint, inspection->fingerprint, DIGEST_BYTES);
    json_t *object = json_pack(
        "{s:I,s:I,s:I,s:o,s:s,s:s,s:I}", "pages", (json_int_t)inspection->pages, "color_pages",
        (json_int_t)inspection->color_pages, "guessed_pages", (json_int_t)inspection->guessed_pages,
        "runs", runs_array(inspection), "fingerprint", fingerprint, "level",
        mark_level(inspection->mark), "level_page", (json_int_t)inspection->mark_page);
    char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);

    json_decref(object);
    if (text == NULL) {
        return NULL;
    }
    size_t length = strlen(text);
    char *line = realloc(text, length + 2);

    if (line == NULL) {
        free(text);
        return NULL;
    }
    line[length] = '\n';
    line[length + 1] = '\0';
    return line;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as a PDF to hand up: title, charts, one table a part. It is laid out twice: the first
 * run only counts the pages, which every foot names. */
#include <cairo-pdf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/report/files.h"
#include "daemon/report/page.h"

enum { CELL_BYTES = 32, CELLS = REPORT_COLUMNS + 2, BARS_MAX = 12, TITLE_BYTES = 128 };

static const double first_column = 96;

static const char *words(const struct page *page, const char *english, const char *chinese)
{
    return page->language == POLICY_CHINESE ? chinese : english;
}

static void draw_figures(struct page *page, const char *name, const json_t *row, bool bold)
{
    char numbers[REPORT_COLUMNS + 1][CELL_BYTES];
    const char *cells[CELLS] = {name};
    json_int_t permille = report_number(row, "duplex_permille");

    for (int i = 0; i < REPORT_COLUMNS; i++) {
        snprintf(numbers[i], CELL_BYTES, "%" JSON_INTEGER_FORMAT,
                 report_number(row, report_column_name((enum report_column)i)));
        cells[i + 1] = numbers[i];
    }
    snprintf(numbers[REPORT_COLUMNS], CELL_BYTES, "%.1f%%", (double)permille / 10);
    cells[CELLS - 1] = numbers[REPORT_COLUMNS];
    page_draw_row(page, &(const struct page_row){cells, CELLS, first_column, bold, false});
}

static void draw_heading(struct page *page)
{
    const char *cells[CELLS] = {words(page, "Name", "名称")};

    for (int i = 0; i < REPORT_COLUMNS; i++) {
        cells[i + 1] = report_column_words((enum report_column)i, page->language);
    }
    cells[CELLS - 1] = words(page, "Two-sided", "双面率");
    page_draw_row(page, &(const struct page_row){cells, CELLS, first_column, true, true});
}

static void draw_part(struct page *page, const json_t *document, enum report_part part)
{
    const json_t *rows = json_object_get(document, report_part_name(part));
    struct page_text title = {.x = PAGE_MARGIN,
                              .width = PAGE_WIDTH - 2 * PAGE_MARGIN,
                              .lines = 1,
                              .size = 11,
                              .bold = true};

    const double whole = 60 + 14 * (double)json_array_size(rows);

    page_need(page, whole < PAGE_HEIGHT - 120 ? whole : 80); /* a short table stays in one piece */
    title.y = page->y + 8;
    page->y += 12 + page_write(page, &title, report_part_words(part, page->language));
    draw_heading(page);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        int before = page->number;

        page_need(page, 16);
        if (page->number != before) {
            draw_heading(page);
        }
        draw_figures(page, report_text(row, "name"), row, false);
    }
    if (part == REPORT_BY_DEPARTMENT) {
        page_need(page, 16);
        draw_figures(page, words(page, "Total", "合计"), json_object_get(document, "total"), true);
    }
}

/** The sheets of a part's first rows as bars. */
static void draw_bars(struct page *page, const json_t *document, enum report_part part,
                      const char *title)
{
    const json_t *rows = json_object_get(document, report_part_name(part));
    const char *labels[BARS_MAX];
    double values[BARS_MAX];
    int length = 0;

    for (; length < BARS_MAX && (size_t)length < json_array_size(rows); length++) {
        const json_t *row = json_array_get(rows, (size_t)length);

        labels[length] = report_text(row, "name");
        values[length] = (double)report_number(row, "sheets");
    }
    if (length > 0) {
        page_draw_bars(page, &(const struct page_bars){title, length, labels, values});
    }
}

static void make_title(const json_t *document, enum policy_language language,
                       char title[TITLE_BYTES])
{
    char month[POLICY_MONTH_WORDS_BYTES];

    policy_month_words(report_text(document, "month"), language, month);
    snprintf(title, TITLE_BYTES, language == POLICY_CHINESE ? "%s用纸月报" : "Paper report, %s",
             month);
}

static void draw_title(struct page *page, const json_t *document)
{
    struct page_text place = {.x = PAGE_MARGIN,
                              .y = page->y,
                              .width = PAGE_WIDTH - 2 * PAGE_MARGIN,
                              .lines = 1,
                              .size = 20,
                              .bold = true,
                              .align = PAGE_CENTER};
    char title[TITLE_BYTES];

    make_title(document, page->language, title);
    page->y += page_write(page, &place, title) + 2;
    if (report_text(document, "scope")[0] != '\0') {
        place.size = 12;
        place.y = page->y;
        page->y += page_write(page, &place, report_text(document, "scope")) + 2;
    }
}

/** One run; the number of pages it took, 0 when it failed. */
static int draw(cairo_surface_t *surface, const json_t *document, enum policy_language language,
                int pages)
{
    struct page page = {.pages = pages};
    char foot[TITLE_BYTES];

    const char *moment = report_text(document, "generated_at"); /* RFC 3339: date and minute */

    snprintf(foot, sizeof foot,
             language == POLICY_CHINESE ? "生成时间 %.10s %.5s" : "Made at %.10s %.5s", moment,
             strlen(moment) > 16 ? moment + 11 : "");
    page.foot = foot;
    if (!page_begin(&page, surface, language)) {
        return 0;
    }
    draw_title(&page, document);
    draw_bars(&page, document, REPORT_BY_MONTH,
              words(&page, "Sheets, twelve months", "近十二个月用纸张数"));
    draw_bars(&page, document, REPORT_BY_DEPARTMENT,
              words(&page, "Sheets by department", "各部门用纸张数"));
    for (int part = 0; part < REPORT_PARTS; part++) {
        draw_part(&page, document, (enum report_part)part);
    }
    int number = page.number;

    page_end(&page);
    return cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS ? number : 0;
}

static cairo_status_t write_nowhere(void *context, const unsigned char *data, unsigned length)
{
    (void)context;
    (void)data;
    (void)length;
    return CAIRO_STATUS_SUCCESS;
}

static cairo_status_t write_file(void *context, const unsigned char *data, unsigned length)
{
    const int *fd = context;

    while (length > 0) {
        ssize_t written = write(*fd, data, length);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return CAIRO_STATUS_WRITE_ERROR;
        }
        data += written;
        length -= (unsigned)written;
    }
    return CAIRO_STATUS_SUCCESS;
}

bool report_write_pdf(const json_t *document, enum policy_language language, int fd)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(write_nowhere, NULL, PAGE_WIDTH, PAGE_HEIGHT);
    int pages = draw(surface, document, language, 0);
    char title[TITLE_BYTES];

    cairo_surface_destroy(surface);
    make_title(document, language, title);
    surface = cairo_pdf_surface_create_for_stream(write_file, &fd, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "printroom");
    bool good = pages > 0 && draw(surface, document, language, pages) == pages;

    cairo_surface_finish(surface);
    good = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS && good;
    cairo_surface_destroy(surface);
    pango_cairo_font_map_set_default(NULL);
    if (!good) {
        fputs("printroom-report: the PDF cannot be made\n", stderr);
    }
    return good;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A workbook: one sheet a part, numbers as numbers with their sum as a formula, ready to print. */
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include <xlsxwriter.h>

#include "daemon/report/files.h"

enum {
    ROW_TITLE,
    ROW_SUBTITLE,
    ROW_HEADING,
    ROW_FIRST,
    COLUMN_KEY = 0,
    COLUMN_NAME,
    COLUMN_NUMBERS
};
enum {
    COLUMN_SHARE = COLUMN_NUMBERS + REPORT_COLUMNS,
    COLUMN_SHEETS = COLUMN_NUMBERS + REPORT_SHEETS
};
enum { PAPER_A4 = 9, WORDS_BYTES = 600 };

struct workbook {
    const json_t *document;
    enum policy_language language;
    lxw_workbook *book;
    lxw_format *title;
    lxw_format *heading;
    lxw_format *text;
    lxw_format *number;
    lxw_format *share;
    lxw_format *total;
    lxw_format *total_share;
};

static const char *words(const struct workbook *book, const char *english, const char *chinese)
    __attribute__((format_arg(2), format_arg(3)));
static const char *words(const struct workbook *book, const char *english, const char *chinese)
{
    return book->language == POLICY_CHINESE ? chinese : english;
}

static lxw_format *new_format(struct workbook *book, const char *number, bool bold, bool framed)
{
    lxw_format *format = workbook_add_format(book->book);

    format_set_font_name(format, words(book, "Arial", "等线"));
    format_set_font_size(format, 10);
    if (number != NULL) {
        format_set_num_format(format, number);
    }
    if (bold) {
        format_set_bold(format);
    }
    if (framed) {
        format_set_border(format, LXW_BORDER_THIN);
    }
    return format;
}

static void make_formats(struct workbook *book)
{
    book->title = new_format(book, NULL, true, false);
    format_set_font_size(book->title, 16);
    book->heading = new_format(book, NULL, true, true);
    format_set_text_wrap(book->heading);
    format_set_align(book->heading, LXW_ALIGN_CENTER);
    format_set_align(book->heading, LXW_ALIGN_VERTICAL_CENTER);
    format_set_bg_color(book->heading, 0xdce6f1);
    book->text = new_format(book, NULL, false, true);
    book->number = new_format(book, "#,##0", false, true);
    book->share = new_format(book, "0.0%", false, true);
    book->total = new_format(book, "#,##0", true, true);
    book->total_share = new_format(book, "0.0%", true, true);
}

static void write_heading(const struct workbook *book, lxw_worksheet *sheet, enum report_part part)
{
    char month[POLICY_MONTH_WORDS_BYTES];
    char line[WORDS_BYTES];

    policy_month_words(report_text(book->document, "month"), book->language, month);
    snprintf(line, sizeof line, words(book, "Paper report, %s: %s", "%s用纸月报（%s）"), month,
             report_part_words(part, book->language));
    worksheet_write_string(sheet, ROW_TITLE, 0, line, book->title);
    const char *scope = report_text(book->document, "scope");

    snprintf(line, sizeof line, words(book, "%s%smade at %s", "%s%s生成时间 %s"), scope,
             scope[0] != '\0' ? "  " : "", report_text(book->document, "generated_at"));
    worksheet_write_string(sheet, ROW_SUBTITLE, 0, line, NULL);
    worksheet_write_string(sheet, ROW_HEADING, COLUMN_KEY, words(book, "Id", "代码"),
                           book->heading);
    worksheet_write_string(sheet, ROW_HEADING, COLUMN_NAME, words(book, "Name", "名称"),
                           book->heading);
    for (int i = 0; i < REPORT_COLUMNS; i++) {
        worksheet_write_string(sheet, ROW_HEADING, (lxw_col_t)(COLUMN_NUMBERS + i),
                               report_column_words((enum report_column)i, book->language),
                               book->heading);
    }
    worksheet_write_string(sheet, ROW_HEADING, COLUMN_SHARE, words(book, "Two-sided", "双面率"),
                           book->heading);
    worksheet_set_row(sheet, ROW_HEADING, 32, NULL);
}

static void write_row(const struct workbook *book, lxw_worksheet *sheet, lxw_row_t line,
                      const json_t *row)
{
    worksheet_write_string(sheet, line, COLUMN_KEY, report_text(row, "key"), book->text);
    worksheet_write_string(sheet, line, COLUMN_NAME, report_text(row, "name"), book->text);
    for (int i = 0; i < REPORT_COLUMNS; i++) {
        worksheet_write_number(
            sheet, line, (lxw_col_t)(COLUMN_NUMBERS + i),
            (double)report_number(row, report_column_name((enum report_column)i)), book->number);
    }
    worksheet_write_number(sheet, line, COLUMN_SHARE,
                           (double)report_number(row, "duplex_permille") / 1000, book->share);
}

/** The sum of a column as a formula, with its value for those that do not calculate. */
static void write_total(const struct workbook *book, lxw_worksheet *sheet, lxw_row_t line,
                        const json_t *rows)
{
    double sums[REPORT_COLUMNS] = {0};

    worksheet_write_string(sheet, line, COLUMN_KEY, words(book, "Total", "合计"), book->total);
    worksheet_write_string(sheet, line, COLUMN_NAME, "", book->total);
    for (int i = 0; i < REPORT_COLUMNS; i++) {
        lxw_col_t column = (lxw_col_t)(COLUMN_NUMBERS + i);
        char formula[64];

        for (size_t k = 0; k < json_array_size(rows); k++) {
            sums[i] += (double)report_number(json_array_get(rows, k),
                                             report_column_name((enum report_column)i));
        }
        snprintf(formula, sizeof formula, "=SUM(%c%u:%c%u)", 'A' + column, (unsigned)ROW_FIRST + 1,
                 'A' + column, (unsigned)line);
        worksheet_write_formula_num(sheet, line, column, formula, book->total, sums[i]);
    }
    double sheets = sums[REPORT_SHEETS];

    worksheet_write_number(sheet, line, COLUMN_SHARE,
                           sheets > 0 ? sums[REPORT_DUPLEX_SHEETS] / sheets : 0, book->total_share);
}

static void add_chart(const struct workbook *book, lxw_worksheet *sheet, const char *name,
                      enum report_part part, lxw_row_t last)
{
    lxw_chart *chart =
        workbook_add_chart(book->book, part == REPORT_BY_MONTH ? LXW_CHART_LINE : LXW_CHART_COLUMN);
    lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
    lxw_chart_options options = {.x_scale = 1.6, .y_scale = 1.2};

    chart_series_set_categories(series, name, ROW_FIRST, COLUMN_NAME, last, COLUMN_NAME);
    chart_series_set_values(series, name, ROW_FIRST, COLUMN_SHEETS, last, COLUMN_SHEETS);
    chart_series_set_name(series, report_column_words(REPORT_SHEETS, book->language));
    chart_title_set_name(chart, report_column_words(REPORT_SHEETS, book->language));
    chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    worksheet_insert_chart_opt(sheet, last + 3, COLUMN_NAME, chart, &options);
}

static void set_page(const struct workbook *book, lxw_worksheet *sheet)
{
    worksheet_set_column(sheet, COLUMN_KEY, COLUMN_KEY, 16, NULL);
    worksheet_set_column(sheet, COLUMN_NAME, COLUMN_NAME, 22, NULL);
    worksheet_set_column(sheet, COLUMN_NUMBERS, COLUMN_SHARE, 10.5, NULL);
    worksheet_freeze_panes(sheet, ROW_FIRST, COLUMN_NUMBERS);
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, PAPER_A4);
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_repeat_rows(sheet, ROW_HEADING, ROW_HEADING);
    worksheet_set_footer(
        sheet, words(book, "&LPrinted &D&RPage &P of &N", "&L打印日期 &D&R第 &P 页，共 &N 页"));
}

static bool add_part(struct workbook *book, enum report_part part)
{
    const json_t *rows = json_object_get(book->document, report_part_name(part));
    const char *name = report_part_words(part, book->language);
    lxw_worksheet *sheet = workbook_add_worksheet(book->book, name);
    size_t length = json_array_size(rows);

    if (sheet == NULL || length >= LXW_ROW_MAX - ROW_FIRST - 1) {
        return false;
    }
    write_heading(book, sheet, part);
    for (size_t i = 0; i < length; i++) {
        write_row(book, sheet, (lxw_row_t)(ROW_FIRST + i), json_array_get(rows, i));
    }
    if (length > 0) {
        lxw_row_t last = (lxw_row_t)(ROW_FIRST + length - 1);

        write_total(book, sheet, last + 1, rows);
        if (part == REPORT_BY_DEPARTMENT || part == REPORT_BY_MONTH) {
            add_chart(book, sheet, name, part, last);
        }
    }
    set_page(book, sheet);
    return true;
}

/** Names and figures must not reach a disk, not even in a file that is removed at once. */
static bool is_memory(const char *folder)
{
    struct statfs status;

    return statfs(folder, &status) == 0 && status.f_type == TMPFS_MAGIC;
}

bool report_write_xlsx(const json_t *document, enum policy_language language, int fd)
{
    static char scratch[] = REPORT_SCRATCH;
    lxw_workbook_options options = {.tmpdir = scratch};
    struct workbook book = {.document = document, .language = language};
    char path[64];
    bool good = true;

    if (!is_memory(scratch)) {
        fprintf(stderr, "printroom-report: %s is no file system in memory; mount a tmpfs there\n",
                scratch);
        return false;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    book.book = workbook_new_opt(path, &options);
    if (book.book == NULL) {
        return false;
    }
    make_formats(&book);
    for (int part = 0; part < REPORT_PARTS; part++) {
        good = add_part(&book, (enum report_part)part) && good;
    }
    lxw_error error = workbook_close(book.book);

    if (error != LXW_NO_ERROR) {
        fprintf(stderr, "printroom-report: %s\n", lxw_strerror(error));
    }
    return good && error == LXW_NO_ERROR;
}

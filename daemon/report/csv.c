/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/document.h"

/** Quoted when it has to be. Names are people's own words: a leading '=' and the like must stay
 * text. */
static void write_text(FILE *stream, const char *text)
{
    bool formula = strspn(text, "=+-@\t\r") > 0;
    bool quoted = strpbrk(text, "\",\r\n") != NULL;

    fputs(quoted ? "\"" : "", stream);
    fputs(formula ? "'" : "", stream);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            fputc('"', stream);
        }
        fputc(*text, stream);
    }
    fputs(quoted ? "\"" : "", stream);
}

static const char *text_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text != NULL ? text : "";
}

static json_int_t number_of(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

static void write_heading(FILE *stream, enum policy_language language)
{
    static const char *const texts[][POLICY_LANGUAGES] = {
        {"Part", "分类"}, {"Id", "代码"}, {"Name", "名称"}, {"Department", "部门"}};

    fputs("\xef\xbb\xbf", stream);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fprintf(stream, "%s%s", i > 0 ? "," : "", texts[i][language]);
    }
    for (int i = 0; i < REPORT_COLUMNS; i++) {
        fputc(',', stream);
        write_text(stream, report_column_words((enum report_column)i, language));
    }
    fprintf(stream, ",%s\r\n", language == POLICY_CHINESE ? "双面率 %" : "Two-sided %");
}

static void write_row(FILE *stream, const char *part, const char *key, const char *name,
                      const json_t *row)
{
    const json_int_t permille = number_of(row, "duplex_permille");

    write_text(stream, part);
    fputc(',', stream);
    write_text(stream, key);
    fputc(',', stream);
    write_text(stream, name);
    fputc(',', stream);
    write_text(stream, text_of(row, "department"));
    for (int i = 0; i < REPORT_COLUMNS; i++) {
        fprintf(stream, ",%" JSON_INTEGER_FORMAT,
                number_of(row, report_column_name((enum report_column)i)));
    }
    fprintf(stream, ",%" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT "\r\n", permille / 10,
            permille % 10);
}

char *report_csv(const json_t *document, enum policy_language language)
{
    const char *month = text_of(document, "month");
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    if (stream == NULL) {
        return NULL;
    }
    write_heading(stream, language);
    write_row(stream, language == POLICY_CHINESE ? "合计" : "Total", month, month,
              json_object_get(document, "total"));
    for (int part = 0; part < REPORT_PARTS; part++) {
        const json_t *rows = json_object_get(document, report_part_name((enum report_part)part));

        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *row = json_array_get(rows, i);

            write_row(stream, report_part_words((enum report_part)part, language),
                      text_of(row, "key"), text_of(row, "name"), row);
        }
    }
    bool failed = ferror(stream) != 0;
    failed = fclose(stream) != 0 || failed;
    if (failed) {
        free(text);
        return NULL;
    }
    return text;
}

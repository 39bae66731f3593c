/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/cli/table.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { GAP = 2 };

struct table {
    size_t columns;
    bool right[TABLE_COLUMNS_MAX];
    size_t width[TABLE_COLUMNS_MAX];
    size_t rows;
    char **cells; /* rows × columns; the first row is the heading */
};

void table_set_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        setlocale(LC_CTYPE, "C.UTF-8");
    }
}

/**
 * The character a text begins with: its bytes and places. What cannot be shown is one byte, or a
 * whole character, of one place and *ret_shown false.
 */
static size_t next_character(const char *text, int *ret_width, bool *ret_shown)
{
    mbstate_t state;
    wchar_t character;

    memset(&state, 0, sizeof state);
    size_t length = mbrtowc(&character, text, strlen(text), &state);

    *ret_shown = false;
    *ret_width = 1;
    if (length == (size_t)-1 || length == (size_t)-2 || length == 0) {
        return 1;
    }
    /* Marks that turn the direction of what follows have no width and could show a name wrongly. */
    bool turns = (character >= 0x200e && character <= 0x200f) ||
                 (character >= 0x202a && character <= 0x202e) ||
                 (character >= 0x2066 && character <= 0x2069);
    int width = wcwidth(character);

    if (width >= 0 && !turns) {
        *ret_shown = true;
        *ret_width = width;
    }
    return length;
}

size_t table_width(const char *text)
{
    size_t total = 0;

    while (*text != '\0') {
        int width;
        bool shown;

        text += next_character(text, &width, &shown);
        total += (size_t)width;
    }
    return total;
}

void table_write_text(FILE *stream, const char *text)
{
    while (*text != '\0') {
        int width;
        bool shown;
        size_t length = next_character(text, &width, &shown);

        if (shown) {
            fwrite(text, 1, length, stream);
        } else {
            fputc('?', stream);
        }
        text += length;
    }
}

struct table *table_new(const char *const columns[])
{
    struct table *table = calloc(1, sizeof *table);
    const char *headings[TABLE_COLUMNS_MAX];

    if (table == NULL || columns[0] == NULL) {
        free(table);
        return NULL;
    }
    while (table->columns < TABLE_COLUMNS_MAX && columns[table->columns] != NULL) {
        const char *heading = columns[table->columns];

        table->right[table->columns] = heading[0] == '>';
        headings[table->columns++] = heading[0] == '>' ? heading + 1 : heading;
    }
    table_add(table, headings);
    return table;
}

void table_add(struct table *table, const char *const cells[])
{
    size_t cell = table->rows * table->columns;
    char **grown = realloc(table->cells, (cell + table->columns) * sizeof *grown);

    if (grown == NULL) {
        return;
    }
    table->cells = grown;
    table->rows++;
    for (size_t i = 0; i < table->columns; i++) {
        const char *text = cells[i] != NULL ? cells[i] : "";
        size_t width = table_width(text);

        grown[cell + i] = strdup(text);
        if (width > table->width[i]) {
            table->width[i] = width;
        }
    }
}

static void write_blanks(FILE *stream, size_t length)
{
    while (length-- > 0) {
        fputc(' ', stream);
    }
}

static void write_row(const struct table *table, char *const cells[], FILE *stream)
{
    size_t pending = 0; /* blanks that are written only when something follows */

    for (size_t i = 0; i < table->columns; i++) {
        const char *text = cells[i] != NULL ? cells[i] : "";
        size_t fill = table->width[i] - table_width(text);

        pending += table->right[i] ? fill : 0;
        if (text[0] != '\0') {
            write_blanks(stream, pending);
            pending = 0;
            table_write_text(stream, text);
        }
        pending += (table->right[i] ? 0 : fill) + GAP;
    }
    fputc('\n', stream);
}

/** A table whose headings are all empty has none. */
static bool has_heading(const struct table *table)
{
    for (size_t i = 0; i < table->columns; i++) {
        if (table->cells[i] != NULL && table->cells[i][0] != '\0') {
            return true;
        }
    }
    return false;
}

void table_write(const struct table *table, FILE *stream)
{
    for (size_t row = has_heading(table) ? 0 : 1; row < table->rows; row++) {
        write_row(table, &table->cells[row * table->columns], stream);
    }
}

void table_free(struct table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    free(table);
}

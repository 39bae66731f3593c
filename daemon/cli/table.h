/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Tables on a terminal, whose columns stay straight under Chinese characters (two places wide). */
#ifndef DAEMON_CLI_TABLE_H
#define DAEMON_CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 12 };

/** Makes widths known whatever the environment: characters are UTF-8. Call once at start. */
void table_set_locale(void);

/** How many places a text takes; characters that cannot be shown count as the '?' they are shown
 * as. */
size_t table_width(const char *text);

/** Writes a text with everything a terminal could take for a command, and what is not UTF-8, as
 * '?'. */
void table_write_text(FILE *stream, const char *text);

struct table;
/**
 * @param columns  their headings; a heading that begins with '>' makes its column's texts stand
 * right (it is not shown). Ends with NULL; at most TABLE_COLUMNS_MAX. All of them "": no line of
 * headings
 * @return NULL when out of memory or without columns
 */
struct table *table_new(const char *const columns[]);
/** Adds a row: as many cells as columns; NULL is "". Texts are copied. */
void table_add(struct table *table, const char *const cells[]);
/** Writes heading and rows, two places between columns, no blanks at line ends. */
void table_write(const struct table *table, FILE *stream);
void table_free(struct table *table);

#endif

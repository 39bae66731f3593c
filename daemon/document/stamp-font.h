/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The letters of a stamp: a subset of the machine's Chinese font, embedded (ISO 32000-1 §9.7). */
#ifndef DAEMON_DOCUMENT_STAMP_FONT_H
#define DAEMON_DOCUMENT_STAMP_FONT_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/document/problem.h"
#include "daemon/document/stamp-sink.h"

enum { FONT_OBJECTS = 5 };

/** Finds the font and keeps it for every stamp after; needs fontconfig's files. Once a process. */
void font_load(void);

struct font;

/**
 * Makes a font of the letters of some text.
 *
 * @param letters  UTF-8, any number of times each
 * @return PR_OK; PR_ECRASHED (no usable font on this machine) with *ret_problem set
 */
int font_new(const char *letters, struct font **ret_font, struct problem *ret_problem);
void font_free(struct font *font);

/** Width of a text of the font's letters, in ems. */
double font_width(const struct font *font, const char *text);
/** Appends a text as hexadecimal string, "<…>". */
void font_show(const struct font *font, const char *text, GString *content);

/** Writes the font as FONT_OBJECTS objects from `number`, which is the font's own. */
void font_write(const struct font *font, struct stamp_sink *sink, uint32_t number);

#endif

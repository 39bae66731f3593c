/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A printer's PJL, as far as it is asked and purged: it remembers files, counts pages, answers.
 * Knows nothing of what carries the bytes.
 */
#ifndef TESTS_SIMULATORS_PJL_PRINTER_H
#define TESTS_SIMULATORS_PJL_PRINTER_H

#include <glib.h>

struct pjl_printer;

/** A printer with files on volume 0: two stored jobs, a font and a macro. */
struct pjl_printer *pjl_printer_new(const char *model, unsigned page_count);
void pjl_printer_free(struct pjl_printer *printer);

/** Takes bytes from the host. @param reply  what the printer says is added here */
void pjl_printer_take(struct pjl_printer *printer, const char *bytes, gsize length, GString *reply);

/** How many FSDELETE it has had. */
unsigned pjl_printer_deletions(const struct pjl_printer *printer);

#endif

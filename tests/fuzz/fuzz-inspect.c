/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole inspection, in-process and without its sandbox. What must hold for any facts that come
 * out is checked, too. */
#include <glib.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/inspect.h"
#include "daemon/error.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__lsan_default_suppressions(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the libraries lose on broken documents ends with the document's process. This code is C and
 * allocates with malloc() and glib only; its own losses are still reported. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libcairo\nleak:libfontconfig\nleak:libpoppler\nleak:libstdc++\n";
}

static void quiet(const char *domain, GLogLevelFlags level, const char *message, void *unused)
{
    (void)domain, (void)level, (void)message, (void)unused;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    g_log_set_default_handler(quiet, NULL);
    return sodium_init() < 0 ? -1 : 0;
}

static void check_facts(const struct inspection *found)
{
    uint64_t pages = 0;

    for (size_t i = 0; i < found->runs_length; i++) {
        if (found->runs[i].width_um == 0 || found->runs[i].height_um == 0) {
            abort();
        }
        pages += found->runs[i].pages;
    }
    if (found->pages == 0 || pages != found->pages || found->color_pages > found->pages ||
        found->guessed_pages > found->color_pages || found->mark_page > found->pages ||
        (found->mark_page == 0) != (found->mark == MARK_NONE)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct inspect_limits limits = {.pages_max = 20, .paint_ms = 200};
    struct inspection found;
    struct problem problem;

    if (inspect_document(data, size, &limits, &found, &problem) == PR_OK) {
        char *line = inspection_line(&found);

        check_facts(&found);
        if (line == NULL || strchr(line, '\n') != line + strlen(line) - 1) {
            abort();
        }
        free(line);
        inspection_clear(&found);
    } else if (problem.message[0] == '\0') {
        abort();
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole stamp, in-process and without its sandbox. What was stamped must be a document that
 * libqpdf reads without a complaint if it had none about the original, with as many pages as were
 * asked for. The first bytes choose the plan. */
#include "config.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/document/stamp-sample.h"
#include "daemon/document/stamp.h"
#include "daemon/document/structure.h"
#include "daemon/error.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__lsan_default_suppressions(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGES_MAX = 20 };

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
    return 0;
}

static uint32_t pages_of(const uint8_t *data, size_t size, bool *ret_sound)
{
    struct structure structure;
    struct problem problem;
    uint32_t pages = 0;

    if (structure_open(data, size, UINT32_MAX, &structure, &problem) == PR_OK) {
        pages = structure.pages;
        *ret_sound = !structure_repaired(&structure);
        structure_close(&structure);
    }
    return pages;
}

static char *plan_text(uint32_t pages, uint32_t copies, unsigned choice)
{
    GString *text = g_string_new("printroom-stamp 1\nlevel-term 机密★20年\ndocument-number "
                                 "1\nperson wang\ntime now\nfirst-copy 1\n");

    g_string_append_printf(text, "copies %" PRIu32 "\npages %" PRIu32 "\npad %u\nmarks %u\ncodes\n",
                           copies, pages, choice & 1, choice >> 1 & 1);
    for (uint32_t i = 0; i < pages * copies; i++) {
        g_string_append_printf(text, "PR1:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567%04" PRIu32 "\n", i);
    }
    return g_string_free(text, FALSE);
}

/* What is odd in a document may be so in the stamped one; what is sound must stay sound. */
static void check(int fd, uint32_t pages, bool was_sound)
{
    off_t size = lseek(fd, 0, SEEK_END);
    uint8_t *data = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    bool sound = false;

    if (data == MAP_FAILED || pages_of(data, (size_t)size, &sound) != pages ||
        (was_sound && !sound)) {
        abort();
    }
    munmap(data, (size_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool sound = false;
    unsigned choice = size > 0 ? data[size - 1] : 0;
    uint32_t copies = 1 + (choice >> 2 & 1), pages = pages_of(data, size, &sound);
    struct stamp_plan plan;
    struct stamp_sink sink;
    struct problem problem = {.message = ""};

    if (pages == 0 || pages > PAGES_MAX) {
        return 0;
    }
    char *text = plan_text(pages, copies, choice);

    if (stamp_plan_parse(text, strlen(text), &plan) != PR_OK) {
        abort();
    }
    int fd = memfd_create("stamped", MFD_CLOEXEC);

    sink_open(&sink, fd, false);
    const struct stamp_input input = {g_malloc(size + SAMPLE_ROOM_BYTES), size, SAMPLE_ROOM_BYTES,
                                      false};

    memcpy(input.data, data, size);
    if (stamp_document(&input, &plan, &sink, &problem) == PR_OK) {
        if (!sink_finish(&sink)) {
            abort();
        }
        check(fd, copies * (pages + (plan.pad ? pages % 2 : 0)), sound);
    } else if (problem.message[0] == '\0') {
        abort();
    }
    if (memcmp(input.data, data, size) != 0) {
        abort();
    }
    g_free(input.data);
    sink_close(&sink);
    close(fd);
    stamp_plan_clear(&plan);
    g_free(text);
    return 0;
}

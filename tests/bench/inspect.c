/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a document's inspection takes, as the daemon sees it: from document_inspect() to the
 * facts. For each PDF named on the command line, or a page of text made here: round trips one after
 * the other, their median, least and 99th percentile.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/document/client.h"
#include "daemon/error.h"
#include "tests/unit/pdf.h"

enum { ROUNDS_MAX = 500, BUDGET_MS = 3000 };

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    const double *one = a;
    const double *other = b;

    return (*one > *other) - (*one < *other);
}

static int page_of_text(void)
{
    static const char line[] =
        "(The board met at nine and resolved to print no more than is read.) Tj T*\n";
    char content[50 * sizeof line + 64] = "BT /F1 11 Tf 14 TL 72 780 Td\n";
    struct pdf pdf;

    for (unsigned i = 0; i < 50; i++) {
        strcat(content, line);
    }
    strcat(content, "ET");
    pdf_document(&pdf, &(struct pdf_page){.content = content}, 1);
    int fd = pdf_memfd(pdf.data, pdf.size);

    pdf_free(&pdf);
    return fd;
}

static int measure(struct document_helper *helper, const char *name, int fd)
{
    static double times[ROUNDS_MAX];
    double begun = now_ms();
    uint32_t pages = 0;
    size_t rounds = 0;

    while (rounds < ROUNDS_MAX && (rounds < 3 || now_ms() - begun < BUDGET_MS)) {
        char message[DOCUMENT_MESSAGE_BYTES];
        struct document_facts facts;
        double start = now_ms();
        int result = document_inspect(helper, fd, &facts, message);

        times[rounds++] = now_ms() - start;
        if (result != PR_OK) {
            fprintf(stderr, "%s: %s %s\n", name, pr_strerror(result), message);
            return 1;
        }
        pages = facts.pages;
        document_facts_clear(&facts);
    }
    qsort(times, rounds, sizeof *times, by_value);
    printf("inspect %s: %u pages, %zu round trips, median %.2f ms, least %.2f ms, 99 %% %.2f ms\n",
           name, pages, rounds, times[rounds / 2], times[0], times[rounds * 99 / 100]);
    return 0;
}

int main(int argc, char *argv[])
{
    const struct document_helper_settings settings = {.program = DOCUMENT_PROGRAM,
                                                      .timeout_s = 600,
                                                      .memory_bytes = UINT64_C(2) << 30,
                                                      .children = 2};
    struct document_helper *helper = NULL;
    int failed = 0;

    if (document_helper_start(&settings, &helper) != PR_OK) {
        fprintf(stderr, "%s cannot be started\n", settings.program);
        return 1;
    }
    if (argc < 2) {
        int fd = page_of_text();

        failed = measure(helper, "page of text", fd);
        close(fd);
    }
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY | O_CLOEXEC);

        failed |= fd < 0 ? 1 : measure(helper, argv[i], fd);
        close(fd);
    }
    document_helper_stop(helper);
    return failed;
}

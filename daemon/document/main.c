/* SPDX-License-Identifier: GPL-2.0-or-later */
/* printroom-document: what it may do is printed in printroom-document(8). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "daemon/document/picture.h"
#include "daemon/document/sandbox-test.h"
#include "daemon/document/serve.h"

enum { EXIT_USAGE = 2 };
#define MEMORY_DEFAULT (UINT64_C(1) << 30)

static int usage(void)
{
    fputs("usage: printroom-document inspect [OPTIONS] < FILE.pdf\n"
          "       printroom-document preview --page N [--dpi N] [OPTIONS] < FILE.pdf > FILE.png\n"
          "       printroom-document stamp --plan FILE [OPTIONS] < FILE.pdf > STAMPED.pdf\n"
          "       printroom-document serve --fd N [--user NAME] [--children N] [OPTIONS]\n"
          "       printroom-document sandbox-test WHAT\n"
          "OPTIONS: --max-pages N  --timeout SECONDS  --memory BYTES\n",
          stderr);
    return EXIT_USAGE;
}

enum option_id {
    OPTION_FD = 256,
    OPTION_USER,
    OPTION_CHILDREN,
    OPTION_TIMEOUT,
    OPTION_MEMORY,
    OPTION_PAGES,
    OPTION_PAGE,
    OPTION_DPI,
    OPTION_PLAN
};

static const struct option long_options[] = {
    {"fd", required_argument, NULL, OPTION_FD},
    {"user", required_argument, NULL, OPTION_USER},
    {"children", required_argument, NULL, OPTION_CHILDREN},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"max-pages", required_argument, NULL, OPTION_PAGES},
    {"page", required_argument, NULL, OPTION_PAGE},
    {"dpi", required_argument, NULL, OPTION_DPI},
    {"plan", required_argument, NULL, OPTION_PLAN},
    {NULL, 0, NULL, 0},
};

/* Ranges of the numbers. */
static const struct {
    int option;
    uint64_t min;
    uint64_t max;
} ranges[] = {
    {OPTION_FD, 3, 1023},
    {OPTION_CHILDREN, 1, 64},
    {OPTION_TIMEOUT, 1, 86400},
    {OPTION_MEMORY, UINT64_C(1) << 24, UINT64_C(1) << 46},
    {OPTION_PAGES, 1, 10000000},
    {OPTION_PAGE, 1, 10000000},
    {OPTION_DPI, PREVIEW_DPI_MIN, PREVIEW_DPI_MAX},
};

static bool in_range(int option, uint64_t number)
{
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (ranges[i].option == option) {
            return number >= ranges[i].min && number <= ranges[i].max;
        }
    }
    return false;
}

static int read_number(int option, const char *text, uint64_t *ret_number)
{
    char *end = NULL;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || !in_range(option, number)) {
        fprintf(stderr, "printroom-document: \"%s\" is out of range\n", text);
        return EXIT_USAGE;
    }
    *ret_number = number;
    return 0;
}

static int open_plan(const char *path, int *ret_plan)
{
    int plan = open(path, O_RDONLY | O_CLOEXEC);

    if (plan < 0) {
        fprintf(stderr, "printroom-document: %s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    *ret_plan = plan;
    return 0;
}

static int read_options(int argc, char *argv[], struct serve_options *options,
                        struct handover_wish *wish, int *ret_plan)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        uint64_t number = 0;

        if (option == '?') {
            return usage();
        }
        if (option == OPTION_USER) {
            options->user = optarg;
            continue;
        }
        if (option == OPTION_PLAN) {
            if (open_plan(optarg, ret_plan) != 0) {
                return EXIT_USAGE;
            }
            continue;
        }
        if (read_number(option, optarg, &number) != 0) {
            return EXIT_USAGE;
        }
        options->request_fd = option == OPTION_FD ? (int)number : options->request_fd;
        options->children = option == OPTION_CHILDREN ? (unsigned)number : options->children;
        options->timeout_s = option == OPTION_TIMEOUT ? (unsigned)number : options->timeout_s;
        options->memory_bytes = option == OPTION_MEMORY ? number : options->memory_bytes;
        options->pages_max = option == OPTION_PAGES ? (uint32_t)number : options->pages_max;
        wish->page = option == OPTION_PAGE ? (uint32_t)number : wish->page;
        wish->dpi = option == OPTION_DPI ? (uint32_t)number : wish->dpi;
    }
    return 0;
}

/* The verbs that are done to one document, and the option without which none of them goes. */
static bool wish_of(const char *verb, struct handover_wish *wish, bool has_plan)
{
    static const char *const verbs[WISHES] = {
        [WISH_INSPECT] = "inspect", [WISH_PREVIEW] = "preview", [WISH_STAMP] = "stamp"};

    for (enum wish i = 0; i < WISHES; i++) {
        if (strcmp(verb, verbs[i]) == 0) {
            wish->wish = i;
            return (wish->page > 0) == (i == WISH_PREVIEW) && has_plan == (i == WISH_STAMP);
        }
    }
    return false;
}

int main(int argc, char *argv[])
{
    struct serve_options options = {.request_fd = -1,
                                    .children = 2,
                                    .timeout_s = 60,
                                    .memory_bytes = MEMORY_DEFAULT,
                                    .pages_max = 5000};
    struct handover_wish wish = {.dpi = 100};
    int plan = -1;

    if (argc < 2 || sodium_init() < 0) {
        return usage();
    }
    const char *verb = argv[1];

    if (read_options(argc - 1, argv + 1, &options, &wish, &plan) != 0) {
        return EXIT_USAGE;
    }
    int left = argc - 1 - optind;

    if (left == 0 && wish_of(verb, &wish, plan >= 0)) {
        return serve_once(&options, &wish, plan);
    }
    if (strcmp(verb, "serve") == 0 && left == 0 && options.request_fd >= 0) {
        return serve(&options);
    }
    if (strcmp(verb, "sandbox-test") == 0 && left == 1) {
        return sandbox_test(argv[1 + optind]);
    }
    return usage();
}

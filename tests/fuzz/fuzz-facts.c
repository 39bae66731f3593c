/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A helper that was taken over writes what it likes: the daemon's reader of its line. */
#include <stdlib.h>
#include <string.h>

#include "daemon/document/answer.h"
#include "daemon/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGES_MAX = 1000 };

static void check_facts(const struct document_facts *facts)
{
    uint64_t pages = 0;

    for (size_t i = 0; i < facts->runs_length; i++) {
        pages += facts->runs[i].pages;
    }
    if (facts->pages == 0 || facts->pages > PAGES_MAX || pages != facts->pages ||
        facts->color_pages > facts->pages || facts->guessed_pages > facts->color_pages ||
        facts->marked_page > facts->pages ||
        memchr(facts->marked_level, '\0', sizeof facts->marked_level) == NULL ||
        (facts->marked_page == 0) != (facts->marked_level[0] == '\0')) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    struct document_facts facts;
    int result = answer_parse((const char *)data, size, PAGES_MAX, &facts, message);

    if (memchr(message, '\0', sizeof message) == NULL) {
        abort();
    }
    for (size_t i = 0; message[i] != '\0'; i++) {
        if (message[i] < 0x20 || message[i] > 0x7e) {
            abort();
        }
    }
    if (result == PR_OK) {
        check_facts(&facts);
        document_facts_clear(&facts);
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers in PJL, by every reader of them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/pjl-answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void read_lines(const struct pjl_answer *answer)
{
    const char *at = answer->text;
    const char *line = NULL;
    size_t length = 0;
    struct pjl_entry entry;
    while (pjl_line(&at, answer->text + answer->length, &line, &length)) {
        if (pjl_read_entry(line, length, &entry)) {
            require(entry.name[0] != '\0' && strnlen(entry.name, sizeof entry.name) < length);
            require(entry.size_bytes >= DEVICE_UNKNOWN);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const commands[] = {"INFO FILESYS", "INFO STATUS", "INFO PAGECOUNT",
                                           "INFO ID",      "INFO CONFIG", "DINQUIRE DISKLOCK",
                                           "FSDIRLIST",    "FSDELETE",    "FSQUERY"};
    static const char *const keys[] = {"SERIAL NUMBER", "CODE", NULL};
    char *reply = malloc(size + 1);
    require(reply != NULL);
    if (size > 0) {
        memcpy(reply, data, size);
    }
    reply[size] = '\0';
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct pjl_answer answer;
        struct pjl_volume volumes[PJL_VOLUMES_MAX];
        struct device_status status;
        char text[16];
        pjl_answer_read(reply, size, commands[i], i % 2 == 0 ? "FSQUERY" : NULL, "PR0123", &answer);
        require(answer.text >= reply && answer.text + answer.length <= reply + size);
        require(pjl_read_volumes(&answer, volumes) <= PJL_VOLUMES_MAX);
        require(pjl_read_page_count(&answer) >= DEVICE_UNKNOWN);
        if (pjl_read_status(&answer, &status)) {
            require(status.state[0] != '\0' && status.reasons.length <= DEVICE_REASONS_MAX);
        }
        if (pjl_read_value(&answer, keys, text, sizeof text)) {
            require(strnlen(text, sizeof text) < sizeof text);
        }
        (void)pjl_read_id(&answer, text, sizeof text);
        (void)pjl_read_postscript(&answer);
        (void)pjl_read_switch(&answer);
        (void)pjl_read_query(&answer);
        read_lines(&answer);
    }
    free(reply);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/report/render.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/cups/child-answer.h"
#include "daemon/error.h"

/** The document in anonymous memory, to be read from its start. */
static int hand_over(const json_t *document, int *ret_fd)
{
    int fd = memfd_create("report", MFD_CLOEXEC);

    if (fd < 0) {
        return PR_EIO;
    }
    if (json_dumpfd(document, fd, JSON_COMPACT) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return PR_EIO;
    }
    *ret_fd = fd;
    return PR_OK;
}

int report_render(const char *program, const char *format, enum policy_language language,
                  const json_t *document, char **ret_file, size_t *ret_length)
{
    static char english[] = "en";
    static char chinese[] = "zh";
    char *path = strdup(program);
    char *kind = strdup(format);
    char *file = malloc(REPORT_FILE_BYTES_MAX);
    size_t length = 0;
    int fd = -1;
    int status = 0;
    int result =
        path != NULL && kind != NULL && file != NULL ? hand_over(document, &fd) : PR_ENOMEM;

    if (result == PR_OK) {
        char *const argv[] = {path, kind, language == POLICY_CHINESE ? chinese : english, NULL};

        result = child_answer_to(argv, fd, REPORT_TIMEOUT_MS, file, REPORT_FILE_BYTES_MAX, &length,
                                 &status);
        close(fd);
    }
    if (result == PR_OK && (status != 0 || length == 0)) {
        result = PR_ECRASHED;
    }
    if (result == PR_OK) {
        char *cut = realloc(file, length);

        if (cut != NULL) {
            file = cut; /* a smaller one */
        }
        *ret_file = file;
        *ret_length = length;
        file = NULL;
    }
    free(file);
    free(kind);
    free(path);
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* printroom-report: a report document on standard input, a spreadsheet or PDF on standard output.
 * Nobody's rights are needed for that, so it gives up what it can before it reads: the file system
 * but for fonts and a folder in memory, and much memory, processor time and file size. It runs
 * under the daemon's account. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/document/sandbox.h"
#include "daemon/error.h"
#include "daemon/report/files.h"

enum { CPU_S = 50, FILE_BYTES = 64 * 1024 * 1024, MEMORY_BYTES = 1024 * 1024 * 1024 };

static void limit(int resource, rlim_t most)
{
    const struct rlimit limits = {most, most};

    (void)setrlimit((__rlimit_resource_t)resource, &limits);
}

static bool confine(void)
{
    limit(RLIMIT_CPU, CPU_S);
    limit(RLIMIT_FSIZE, FILE_BYTES);
#ifndef PRINTROOM_SANITIZED
    limit(RLIMIT_AS, MEMORY_BYTES);
#endif
    return sandbox_close_files(REPORT_SCRATCH) == PR_OK;
}

static bool copy_out(int fd)
{
    char buffer[65536];
    ssize_t length;

    if (lseek(fd, 0, SEEK_SET) != 0) {
        return false;
    }
    while ((length = read(fd, buffer, sizeof buffer)) > 0) {
        if (fwrite(buffer, 1, (size_t)length, stdout) != (size_t)length) {
            return false;
        }
    }
    return length == 0 && fflush(stdout) == 0;
}

const char *report_text(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text != NULL ? text : "";
}

json_int_t report_number(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

int main(int argc, char *argv[])
{
    static const struct {
        const char *format;
        bool (*write)(const json_t *document, enum policy_language language, int fd);
    } writers[] = {{"xlsx", report_write_xlsx}, {"pdf", report_write_pdf}};
    json_error_t error;
    json_t *document = NULL;
    bool done = false;

    if (argc != 3 || !confine()) {
        fputs("usage: printroom-report xlsx|pdf en|zh <REPORT.json >FILE\n", stderr);
        return 2;
    }
    document = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
    int fd = memfd_create("report", MFD_CLOEXEC);

    if (!json_is_object(document) || fd < 0) {
        fprintf(stderr, "printroom-report: %s\n", fd < 0 ? "no memory" : error.text);
        json_decref(document);
        return 1;
    }
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        if (strcmp(argv[1], writers[i].format) == 0) {
            done = writers[i].write(document, policy_language_parse(argv[2]), fd) && copy_out(fd);
        }
    }
    json_decref(document);
    close(fd);
    /* No tidying up: what exit() runs has no place behind these walls. */
    _exit(done ? 0 : 1);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of the machine the daemon runs on. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/api/doctor.h"
#include "daemon/document/client.h"
#include "daemon/error.h"

enum { MIB = 1048576, LOCKED_NEEDED_BYTES = 256 * 1024, SWAPS_BYTES = 8192 };

void doctor_state_directory(struct office *office, struct doctor_finding *finding)
{
    const char *path = office->settings->state_directory;
    struct stat status;

    snprintf(finding->a, sizeof finding->a, "%s", path);
    if (stat(path, &status) != 0) {
        snprintf(finding->b, sizeof finding->b, "%s", strerror(errno));
        return;
    }
    snprintf(finding->b, sizeof finding->b, "uid %lu, mode %04o", (unsigned long)status.st_uid,
             (unsigned)status.st_mode & 07777);
    if (status.st_uid == geteuid() && (status.st_mode & 077) == 0) {
        finding->result = DOCTOR_OK;
    }
}

void doctor_spool(struct office *office, struct doctor_finding *finding)
{
    uint64_t needed = office->settings->limits.document_bytes;
    struct statvfs status;

    snprintf(finding->a, sizeof finding->a, "?");
    snprintf(finding->b, sizeof finding->b, "%llu", (unsigned long long)(needed / MIB));
    if (fstatvfs(office->spool_fd, &status) != 0) {
        return;
    }
    uint64_t free_bytes = (uint64_t)status.f_bavail * status.f_frsize;

    snprintf(finding->a, sizeof finding->a, "%llu", (unsigned long long)(free_bytes / MIB));
    if (free_bytes / 2 >= needed) {
        finding->result = DOCTOR_OK;
    } else if (free_bytes >= needed) {
        finding->result = DOCTOR_WARNING;
    }
}

/** True when a block device of this kernel name is encrypted (dm-crypt says so in its uuid) or is
 * memory itself. */
static bool swap_is_safe(const char *name, const char *sys_block)
{
    char path[512];
    char uuid[16] = "";

    if (strncmp(name, "zram", 4) == 0) {
        return true;
    }
    snprintf(path, sizeof path, "%s/%s/dm/uuid", sys_block, name);
    FILE *stream = fopen(path, "re");

    if (stream != NULL) {
        if (fgets(uuid, sizeof uuid, stream) == NULL) {
            uuid[0] = '\0';
        }
        fclose(stream);
    }
    return strncmp(uuid, "CRYPT-", strlen("CRYPT-")) == 0;
}

bool doctor_swap_is_plain(const char *swaps, const char *sys_block, char *ret_name, size_t size)
{
    /* A line of headings, then: path, kind ("partition" or "file"), sizes. */
    const char *line = strchr(swaps, '\n');

    while (line != NULL && line[1] != '\0') {
        char path[256] = "";
        char kind[16] = "";
        const char *base;

        if (sscanf(line + 1, "%255s %15s", path, kind) != 2) {
            break;
        }
        base = strrchr(path, '/');
        base = base != NULL ? base + 1 : path;
        if (strcmp(kind, "partition") != 0 || !swap_is_safe(base, sys_block)) {
            snprintf(ret_name, size, "%s", path);
            return true;
        }
        line = strchr(line + 1, '\n');
    }
    return false;
}

void doctor_swap(struct office *office, struct doctor_finding *finding)
{
    char swaps[SWAPS_BYTES];
    size_t length = 0;
    FILE *stream = fopen("/proc/swaps", "re");

    (void)office;
    if (stream != NULL) {
        length = fread(swaps, 1, sizeof swaps - 1, stream);
        fclose(stream);
    }
    swaps[length] = '\0';
    finding->result = doctor_swap_is_plain(swaps, "/sys/block", finding->a, sizeof finding->a)
                          ? DOCTOR_WARNING
                          : DOCTOR_OK;
}

void doctor_locked_memory(struct office *office, struct doctor_finding *finding)
{
    struct rlimit limit = {0, 0};

    (void)office;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    snprintf(finding->a, sizeof finding->a, "%llu", (unsigned long long)limit.rlim_cur / 1024);
    snprintf(finding->b, sizeof finding->b, "%d", (int)LOCKED_NEEDED_BYTES / 1024);
    finding->result = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= LOCKED_NEEDED_BYTES
                          ? DOCTOR_OK
                          : DOCTOR_WARNING;
}

/** The smallest PDF with a page, its cross-reference table made as it is written. */
static bool write_tiny_pdf(int fd)
{
    static const char *const objects[] = {
        "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
        "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
        "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>\nendobj\n",
    };
    char text[1024];
    int length = snprintf(text, sizeof text, "%%PDF-1.4\n");
    int places[sizeof objects / sizeof objects[0]];

    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        places[i] = length;
        length += snprintf(text + length, sizeof text - (size_t)length, "%s", objects[i]);
    }
    int table = length;

    length +=
        snprintf(text + length, sizeof text - (size_t)length,
                 "xref\n0 4\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n%010d 00000 "
                 "n \ntrailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n",
                 places[0], places[1], places[2], table);
    return write(fd, text, (size_t)length) == length && lseek(fd, 0, SEEK_SET) == 0;
}

void doctor_documents(struct office *office, struct doctor_finding *finding)
{
    struct document_facts facts = {0};
    char message[DOCUMENT_MESSAGE_BYTES] = "";
    int fd = memfd_create("doctor", MFD_CLOEXEC);
    int error = PR_EIO;

    if (fd >= 0 && write_tiny_pdf(fd)) {
        error = document_inspect(office->documents, fd, &facts, message);
    }
    if (error == PR_OK && facts.pages == 1) {
        finding->result = DOCTOR_OK;
    }
    snprintf(finding->a, sizeof finding->a, "%s",
             message[0] != '\0' ? message : pr_strerror(error));
    if (error == PR_OK) {
        document_facts_clear(&facts);
    }
    if (fd >= 0) {
        close(fd);
    }
}

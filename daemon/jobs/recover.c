/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/jobs.h"

/* The job's name in the spool from a file name, or false. An incoming job's document is not wanted
 * any more either: its sender got no answer and sends it again. */
static bool spooled_name(const char *file, char name[SPOOL_NAME_BYTES])
{
    size_t length = strlen(file);

    if (length < 5 || length - 4 >= SPOOL_NAME_BYTES || strcmp(file + length - 4, ".age") != 0) {
        return false;
    }
    memcpy(name, file, length - 4);
    name[length - 4] = '\0';
    return true;
}

static int sweep_orphans(struct office *office, struct store_tx *tx)
{
    /* A descriptor of its own: reading moves the offset. */
    int fd = openat(office->spool_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    char name[SPOOL_NAME_BYTES];
    struct dirent *entry;

    if (folder == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return pr_error_from_errno(errno);
    }
    while ((entry = readdir(folder)) != NULL) {
        if (spooled_name(entry->d_name, name) && !job_needs_spool(tx, name)) {
            log_write(LOG_LEVEL_NOTICE, "spool: %s belongs to no job any more, removed", name);
            spool_remove(office->spool_fd, name);
        }
    }
    closedir(folder);
    return PR_OK;
}

int jobs_recover(struct office *office)
{
    struct store_tx *tx;
    int result = spool_sweep(office->spool_fd);

    if (result == PR_OK) {
        result = store_begin_read(office->store, &tx);
    }
    if (result == PR_OK) {
        result = sweep_orphans(office, tx);
        store_rollback(tx);
    }
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Supervised releases as they are recorded; daemon/jobs/release.h decides on them. */
#ifndef DAEMON_STORE_RELEASES_H
#define DAEMON_STORE_RELEASES_H

#include "daemon/store/devices.h"
#include "daemon/store/jobs.h"

enum { RELEASE_REFERENCE_BYTES = 401, RELEASE_REFERENCE_CHARACTERS = 100 };

struct release_record {
    const char *supervisor; /**< login */
    const char *actor;
    const char *reference; /**< of the authority that classified the document, "" none */
    const struct device_record *device;
};
/**
 * Which printing of a job a release now would be for, 0 the first: a job that waited for its
 * device, or was at it, and is held again needs one of its own.
 *
 * @param ret_since  when it came back last (ms since 1970), 0: never
 * @return PR_OK, PR_EDB (sticky)
 */
int release_printing(struct store_tx *tx, int64_t job, uint32_t *ret_printing, int64_t *ret_since);
/** Records that the job, with the document and level it has, may be printed at the device, once.
 * Sticky PR_EDB when this printing was released before or the supervisor is its sender; the callers
 * see to both. */
int release_add(struct store_tx *tx, const struct job_record *job,
                const struct release_record *release);
/** Whether this printing of the job was released, with exactly the document and level it has; false
 * also after an error (sticky). */
bool release_covers(struct store_tx *tx, int64_t job);
/** The device of the job's last release; PR_ENOENT: it was never released. */
int release_device_of(struct store_tx *tx, int64_t job, struct device_record *ret_device);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of printroom-device: the first byte picks the helper's exit code, the rest is what it
 * printed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cups/device-evidence.h"
#include "daemon/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static int count_is_sound(int64_t count)
{
    return count >= DEVICE_EVIDENCE_UNKNOWN && count <= INT32_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int exit_codes[] = {0, 1, 3, 2};
    if (size == 0) {
        return 0;
    }
    const int exit_code = exit_codes[data[0] % 4];
    const char *text = (const char *)data + 1;
    struct device_evidence evidence;
    struct device_evidence_status status;
    if (device_evidence_parse_job(exit_code, text, size - 1, &evidence) == PR_OK) {
        require(evidence.found == (exit_code == 0));
        require(!evidence.found ||
                (evidence.job_id > 0 && evidence.state >= DEVICE_EVIDENCE_PENDING));
        require(evidence.state <= DEVICE_EVIDENCE_COMPLETED);
        require(count_is_sound(evidence.impressions_completed));
        require(count_is_sound(evidence.media_sheets_completed));
        require(strnlen(evidence.message, sizeof evidence.message) < sizeof evidence.message);
        require(strnlen(evidence.reasons, sizeof evidence.reasons) < sizeof evidence.reasons);
    }
    if (device_evidence_parse_status(exit_code, text, size - 1, &status) == PR_OK) {
        require(exit_code == 0 && status.state >= DEVICE_EVIDENCE_DEVICE_IDLE);
        require(count_is_sound(status.impressions_completed));
        require(count_is_sound(status.media_sheets_completed));
        require(strnlen(status.make_and_model, sizeof status.make_and_model) <
                sizeof status.make_and_model);
    }
    return 0;
}

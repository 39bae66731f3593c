/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/api/doctor.h"
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/counts.h"

/** What the cheap checks complain of, each as {"check", "result", "message", "action"}. */
static json_t *warnings(const struct api_request *request)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < DOCTOR_CHECKS; i++) {
        enum doctor_check check = (enum doctor_check)i;
        struct doctor_finding finding;

        if (!doctor_check_is_cheap(check)) {
            continue;
        }
        doctor_check(request->office, check, &finding);
        if (finding.result != DOCTOR_OK) {
            json_array_append_new(list, doctor_document(check, &finding, request->language));
        }
    }
    return list;
}

void api_status(struct api_request *request)
{
    int64_t now = store_now_ms();
    char day[DAY_BYTES];
    char month[POLICY_MONTH_BYTES];
    json_t *jobs = NULL;
    json_t *devices = NULL;
    json_t *complaints = NULL;

    clock_day(now, day);
    clock_month(now, month);
    int error = jobs_count_states(request->office, month, &jobs);

    if (error == PR_OK) {
        error = api_device_documents(request, &devices);
    }
    if (error == PR_OK) {
        complaints = warnings(request);
        error = api_quota_warnings(request, month, complaints);
    }
    if (error != PR_OK) {
        json_decref(jobs);
        json_decref(devices);
        json_decref(complaints);
        api_refuse_error(request, error, NULL);
        return;
    }
    api_reply_json(request, 200,
                   json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "day", day, "month", month,
                             "queue", request->office->settings->managed_queue, "jobs", jobs,
                             "devices", devices, "warnings", complaints, "version",
                             PACKAGE_VERSION));
}

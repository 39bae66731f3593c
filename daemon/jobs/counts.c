/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/counts.h"

#include "daemon/error.h"
#include "daemon/office.h"
#include "daemon/store/jobs.h"

int jobs_count_states(struct office *office, const char *month, json_t **ret_counts)
{
    int64_t numbers[JOB_STATES] = {0};
    struct store_tx *tx = NULL;
    int error = store_begin_read(office->store, &tx);

    if (error != PR_OK) {
        return error;
    }
    error = job_count_unfinished(tx, numbers);
    if (error == PR_OK) {
        error = job_count_finished(tx, month, numbers);
    }
    store_rollback(tx);
    json_t *counts = json_object();

    for (unsigned state = 0; error == PR_OK && state < JOB_STATES; state++) {
        if (json_object_set_new(counts, job_state_name((enum job_state)state),
                                json_integer(numbers[state])) != 0) {
            error = PR_ENOMEM;
        }
    }
    if (error != PR_OK) {
        json_decref(counts);
        return error;
    }
    *ret_counts = counts;
    return PR_OK;
}

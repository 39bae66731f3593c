/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. A classified sheet must not leave without a second pair of eyes. The second person
 * stands at the device, perhaps at the sender's own screen, so the session proves nothing about
 * them; what was shown to them must be what is printed, there and now, and not elsewhere or later.
 *
 * Chosen way. The supervisor shows who they are with their own PIN or password, which costs the
 * same whoever they are, and only after everything that needs no secret is in order. The release is
 * a row bound to the document's hash, the level and the device; the rule "level.supervised" looks
 * for it, and the dispatcher gives a released job to no other device. A job that something else
 * holds as well is not released: otherwise it would print by itself when that is settled, with
 * nobody at the device.
 *
 * A release counts once. What the operator has printed again needs another one, and so does what
 * waits for a device that has come to be one it may not be printed at (jobs_expire()): else it
 * would print by itself on the day that is put right.
 *
 * Left out. Taking a release back: the job can be cancelled. Releasing at another device when the
 * first breaks down: the sender sends the document again.
 */
#include "daemon/jobs/release.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/states.h"
#include "daemon/log.h"
#include "daemon/store/approvals.h"
#include "daemon/store/audit.h"
#include "daemon/store/releases.h"
#include "daemon/store/text.h"

#define AWAITS_RELEASE "job-held-for-authorization"

/* The device ---------------------------------------------------------------------------------- */

bool release_device_may(const struct policy_ladder *ladder, const struct device_record *device,
                        int rank)
{
    return device->active && rank >= 0 && rank < (int)ladder->levels &&
           rank <= policy_ladder_device_rank(ladder, device->max_level) &&
           policy_level_allows_area(&ladder->level[rank], device->area);
}

bool release_is_needed(const struct policy_ladder *ladder, const char *level)
{
    int rank = policy_ladder_find(ladder, level);

    return rank < 0 || ladder->level[rank].supervised;
}

struct choice {
    const struct policy_ladder *ladder;
    int rank;
    unsigned found;
    struct device_record device; /* the latest */
};

static int consider(void *context, const struct device_record *device)
{
    struct choice *choice = context;

    if (release_device_may(choice->ladder, device, choice->rank)) {
        choice->found++;
        choice->device = *device;
    }
    return PR_OK;
}

static bool refuse(struct release_answer *answer, enum release_refusal refusal)
{
    answer->refusal = refusal;
    return false;
}

static bool fail(struct release_answer *answer, int error)
{
    answer->error = error;
    return refuse(answer, RELEASE_FAILED);
}

static bool choose_device(struct store_tx *tx, struct choice *choice, struct release_answer *answer)
{
    int error = device_each(tx, consider, choice);

    if (error != PR_OK) {
        return fail(answer, error);
    }
    if (choice->found != 1) {
        return refuse(answer, choice->found == 0 ? RELEASE_DEVICE_LEVEL : RELEASE_WHICH_DEVICE);
    }
    return true;
}

static bool find_device(struct office *office, struct store_tx *tx, const struct release_wish *wish,
                        struct release_answer *answer, struct device_record *ret_device)
{
    const struct policy_ladder *ladder = &office->settings->policy.ladder;
    struct choice choice = {.ladder = ladder,
                            .rank = policy_ladder_find(ladder, answer->job.level)};

    snprintf(answer->text, sizeof answer->text, "%s", wish->device != NULL ? wish->device : "");
    if (wish->device == NULL) {
        if (!choose_device(tx, &choice, answer)) {
            return false;
        }
    } else {
        int error = device_find(tx, wish->device, &choice.device);

        if (error != PR_OK) {
            return error == PR_ENOENT ? refuse(answer, RELEASE_NO_DEVICE) : fail(answer, error);
        }
        if (!release_device_may(ladder, &choice.device, choice.rank)) {
            bool level_fits =
                choice.device.active && choice.rank >= 0 &&
                choice.rank <= policy_ladder_device_rank(ladder, choice.device.max_level);

            return refuse(answer, level_fits ? RELEASE_DEVICE_AREA : RELEASE_DEVICE_LEVEL);
        }
    }
    dispatcher_device_problem(office->dispatcher, choice.device.key, answer->text,
                              sizeof answer->text);
    if (answer->text[0] != '\0') {
        return refuse(answer, RELEASE_DEVICE_PROBLEM);
    }
    *ret_device = choice.device;
    return true;
}

/* What needs no secret ------------------------------------------------------------------------ */

static bool check(struct office *office, struct store_tx *tx, const struct release_wish *wish,
                  struct release_answer *answer, struct device_record *ret_device)
{
    struct job_record *job = &answer->job;
    int error = job_find(tx, wish->job_id, job);

    if (error != PR_OK) {
        return error == PR_ENOENT ? refuse(answer, RELEASE_NO_JOB) : fail(answer, error);
    }
    if (job->state != JOB_PENDING_HELD || !job_has_reason(job, AWAITS_RELEASE) ||
        job->sha256[0] == '\0') {
        return refuse(answer, RELEASE_NOT_HELD);
    }
    if (strcmp(job->request.person, wish->supervisor) == 0) {
        return refuse(answer, RELEASE_OWN_JOB);
    }
    if (job->reasons_length > 1) {
        return refuse(answer, RELEASE_OTHER_HOLDS);
    }
    if (wish->reference != NULL && wish->reference[0] != '\0' &&
        !text_is_line(wish->reference, 1, RELEASE_REFERENCE_CHARACTERS, RELEASE_REFERENCE_BYTES)) {
        return refuse(answer, RELEASE_BAD_REFERENCE);
    }
    return find_device(office, tx, wish, answer, ret_device);
}

/* The secret ---------------------------------------------------------------------------------- */

/* A PIN when it looks like one and the supervisor has one, else the password. */
static enum secret_kind kind_of(struct store *store, const struct release_wish *wish)
{
    struct store_tx *tx = NULL;
    int has = PR_ENOENT;

    if (secret_valid(SECRET_PIN, wish->secret) && store_begin_read(store, &tx) == PR_OK) {
        has = secret_exists(tx, wish->supervisor, SECRET_PIN);
        store_rollback(tx);
    }
    return has == PR_OK ? SECRET_PIN : SECRET_PASSWORD;
}

static bool identify(struct office *office, const struct release_wish *wish,
                     struct release_answer *answer)
{
    struct person person;
    int error = secret_check(office->store, wish->supervisor, kind_of(office->store, wish),
                             wish->secret, &person, &answer->wait_ms);

    if (error == PR_EACCESS) {
        return refuse(answer, RELEASE_SECRET);
    }
    if (error == PR_EBUSY && answer->wait_ms > 0) {
        return refuse(answer, RELEASE_LATER);
    }
    if (error != PR_OK) {
        return fail(answer, error);
    }
    return (person.roles & (1U << ROLE_SUPERVISOR)) != 0 ? true
                                                         : refuse(answer, RELEASE_NOT_SUPERVISOR);
}

/* The release --------------------------------------------------------------------------------- */

static bool carry_out(struct office *office, struct store_tx *tx, const struct release_wish *wish,
                      struct release_answer *answer)
{
    struct device_record device;
    struct approval approval = {.reference = ""};

    if (!check(office, tx, wish, answer, &device)) {
        return false;
    }
    struct job_record *job = &answer->job;
    int error = approval_given(tx, job->key, &approval);
    const bool own = wish->reference != NULL && wish->reference[0] != '\0';
    const struct release_record record = {
        .supervisor = wish->supervisor,
        .actor = wish->actor,
        .reference = own ? wish->reference : approval.reference,
        .device = &device,
    };

    if (error == PR_OK || error == PR_ENOENT) {
        error = release_add(tx, job, &record);
    }

    if (error == PR_OK) {
        error =
            audit_append_made(tx, wish->actor, "job.release", job->id,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "supervisor", wish->supervisor,
                                        "device", device.name, "level", job->level, "sha256",
                                        job->sha256, "reference", record.reference));
    }
    if (error == PR_OK) {
        error = decision_again(office, tx, job, wish->actor);
    }
    if (error == PR_OK) {
        error = job_get(tx, job->key, job);
    }
    if (error != PR_OK) {
        return fail(answer, error);
    }
    /* Something else has come up since it was decided last: the release is not kept for then. */
    return job->state == JOB_PENDING ? true : refuse(answer, RELEASE_OTHER_HOLDS);
}

bool job_release(struct office *office, const struct release_wish *wish,
                 struct release_answer *ret_answer)
{
    struct device_record device;
    struct store_tx *tx = NULL;

    memset(ret_answer, 0, sizeof *ret_answer);
    int error = store_begin_read(office->store, &tx);

    if (error != PR_OK) {
        return fail(ret_answer, error);
    }
    bool good = check(office, tx, wish, ret_answer, &device);

    store_rollback(tx);
    if (!good || !identify(office, wish, ret_answer)) {
        return false;
    }
    error = store_begin(office->store, &tx);
    if (error != PR_OK) {
        return fail(ret_answer, error);
    }
    if (!carry_out(office, tx, wish, ret_answer)) {
        store_rollback(tx);
        return false;
    }
    FAULT_POINT("release.deciding");
    error = store_commit(tx);
    if (error != PR_OK) {
        return fail(ret_answer, error);
    }
    FAULT_POINT("release.decided");
    dispatcher_wake(office->dispatcher);
    return true;
}

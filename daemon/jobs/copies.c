/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/copies.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/states.h"
#include "daemon/store/devices.h"
#include "daemon/store/ledger.h"
#include "daemon/store/violations.h"

struct copies {
    const struct copies_request *request;
    const struct policy_settings *policy;
    const char *actor;
    struct person person;
    struct device_record device;
    int level;        /**< rank */
    int device_level; /**< rank */
    bool allowed;     /**< the person may copy the level */
    int64_t missing;  /**< sheets granted for want of them */
};

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static int unknown(struct copies_answer *answer, enum copies_unknown what)
{
    answer->unknown = what;
    return PR_ENOENT;
}

static int find_names(struct store_tx *tx, struct copies *copies, struct copies_answer *answer)
{
    const struct copies_request *request = copies->request;
    const struct policy_ladder *ladder = &copies->policy->ladder;
    int result = person_find(tx, request->person, &copies->person);

    if (result == PR_ENOENT ||
        (result == PR_OK && !(copies->person.active && copies->person.department_active))) {
        return unknown(answer, COPIES_PERSON);
    }
    if (result == PR_OK) {
        result = device_find(tx, request->device, &copies->device);
    }
    if (result == PR_ENOENT) {
        return unknown(answer, COPIES_DEVICE);
    }
    copies->level = given(request->level) ? policy_ladder_find(ladder, request->level) : 0;
    copies->device_level = policy_ladder_device_rank(ladder, copies->device.max_level);
    if (result == PR_OK && copies->level < 0) {
        return unknown(answer, COPIES_LEVEL);
    }
    return result;
}

/** Whether they may be registered without a reason. */
static int check_person(struct copies *copies)
{
    const struct person *person = &copies->person;
    const struct policy_level *level = &copies->policy->ladder.level[copies->level];

    copies->allowed = policy_people_include(&level->may_copy, person->roles,
                                            person->department_code, person->login);
    return copies->allowed || given(copies->request->over) ? PR_OK : PR_EACCESS;
}

/** Makes room in the account, or says that there is none. */
static int make_room(struct store_tx *tx, struct copies *copies, struct copies_answer *answer)
{
    const struct copies_request *request = copies->request;
    struct policy_balance balance;
    int result = ledger_balance(tx, copies->person.department, answer->month, &balance);

    if (result != PR_OK) {
        return result;
    }
    answer->available = policy_balance_available(&balance);
    if (answer->available >= request->sheets) {
        return PR_OK;
    }
    if (!given(request->over)) {
        return PR_EBALANCE;
    }
    copies->missing = request->sheets - answer->available;
    return ledger_grant(tx, copies->person.department, answer->month, copies->missing,
                        request->over, copies->actor);
}

static int insert_job(struct store_tx *tx, const struct copies *copies,
                      struct copies_answer *answer)
{
    struct job_request job = {
        .source = COPIES_SOURCE, .document = 1, .copies = 1, .sides = POLICY_ONE_SIDED};
    const struct policy_decision decision = {
        .level = copies->level,
        .sides = POLICY_ONE_SIDED,
        .cost = {.impressions = (uint64_t)copies->request->sheets,
                 .sheets = (uint64_t)copies->request->sheets},
    };
    const struct job_decided decided = {.department = copies->person.department,
                                        .color_mode = job.color_mode,
                                        .decision = &decision};
    unsigned char random[16];
    char hex[2 * sizeof random + 1];
    int64_t key;

    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hex, sizeof hex, random, sizeof random);
    snprintf(job.origin, sizeof job.origin, "walk-up:%s", hex);
    snprintf(job.person, sizeof job.person, "%s", copies->person.login);
    snprintf(job.level, sizeof job.level, "%s", copies->policy->ladder.level[copies->level].id);
    snprintf(job.color_mode, sizeof job.color_mode, "auto");
    int result = job_insert(tx, answer->month, &job, &key);

    if (result == PR_OK) {
        result = job_set_decision(tx, key, copies->policy, &decided);
    }
    if (result == PR_OK) {
        result = job_set_device(tx, key, copies->device.key);
    }
    return result == PR_OK ? job_get(tx, key, &answer->job) : result;
}

static int write_violations(struct store_tx *tx, const struct copies *copies,
                            const struct job_record *job)
{
    const struct policy_level *level = &copies->policy->ladder.level[copies->level];
    const char *const device = copies->device.name;
    int result = PR_OK;

    if (copies->missing > 0) {
        result = violation_add(tx, job, "copies-over-quota",
                               json_pack("{s:I, s:s, s:I}", "missing", (json_int_t)copies->missing,
                                         "reason", copies->request->over, "sheets",
                                         (json_int_t)copies->request->sheets));
    }
    if (result == PR_OK && !copies->allowed) {
        result = violation_add(
            tx, job, "copies-not-allowed",
            json_pack("{s:s, s:s}", "level", level->id, "reason", copies->request->over));
    }
    if (result == PR_OK && copies->level > copies->device_level) {
        result = violation_add(tx, job, "copies-above-level",
                               json_pack("{s:s, s:s}", "device", device, "level", level->id));
    }
    if (result == PR_OK && !policy_level_allows_area(level, copies->device.area)) {
        result = violation_add(tx, job, "copies-outside-area",
                               json_pack("{s:s, s:s, s:s}", "area", copies->device.area, "device",
                                         device, "level", level->id));
    }
    return result;
}

static int charge(struct store_tx *tx, const struct copies *copies, struct copies_answer *answer)
{
    static const char *const reasons[] = {"job-completed-successfully"};
    const int64_t sheets = copies->request->sheets;
    struct job_change change = {
        .event = JOB_EVENT_REGISTERED,
        .actor = copies->actor,
        .reasons = reasons,
        .reasons_length = 1,
        .sheets = sheets,
        .settlement = SETTLEMENT_OPERATOR,
    };
    int result = insert_job(tx, copies, answer);

    if (result == PR_OK) {
        result = ledger_reserve(tx, copies->person.department, answer->month, answer->job.key,
                                sheets, copies->actor);
    }
    if (result == PR_OK) {
        change.detail =
            json_pack("{s:s, s:I}", "device", copies->device.name, "sheets", (json_int_t)sheets);
        result = job_transition(tx, &answer->job, &change);
    }
    if (result == PR_OK) {
        result = write_violations(tx, copies, &answer->job);
    }
    return result == PR_OK ? job_get(tx, answer->job.key, &answer->job) : result;
}

int copies_register(struct office *office, const struct copies_request *request, const char *actor,
                    struct copies_answer *answer)
{
    struct copies copies = {
        .request = request, .policy = &office->settings->policy, .actor = actor};
    struct store_tx *tx = NULL;

    memset(answer, 0, sizeof *answer);
    if (request->sheets < 1 || request->sheets > COPIES_SHEETS_MAX) {
        return PR_EINVAL;
    }
    clock_month(store_now_ms(), answer->month);
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = find_names(tx, &copies, answer);
    if (result == PR_OK) {
        memcpy(answer->department, copies.person.department_name, sizeof answer->department);
        result = check_person(&copies);
    }
    if (result == PR_OK) {
        result = make_room(tx, &copies, answer);
    }
    if (result == PR_OK) {
        result = charge(tx, &copies, answer);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. A document must be accepted once and for all or not at all, whatever dies in between:
 * the sender, the daemon, the disk. It must never lie on a disk in plain, and a hostile one must
 * cost nobody but its own job.
 *
 * Chosen way. Two steps, each idempotent. Opening writes a job in state `incoming` under the
 * sender's own key. The document then streams through one pass that encrypts to the day's key on
 * the way to the spool and copies to anonymous memory. While the spool makes it durable under the
 * job's id, the helper inspects the copy; when both are done, facts, decision, reservation and the
 * new state become durable in one transaction, and only then is the sender told. A crash before
 * that transaction leaves the job `incoming`, and the sender, who got no answer, sends again: the
 * spooled file is replaced. A crash after it leaves a job with its document, and the sender who
 * asks again is told so.
 *
 * Left out. Documents of many files; those are many jobs with one origin and different document
 * numbers.
 */
#include "daemon/jobs/intake.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/decision.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/plaintext.h"
#include "daemon/jobs/states.h"
#include "daemon/jobs/titles.h"
#include "daemon/keyring.h"
#include "daemon/log.h"

struct seat {
    struct seat *next;
    int64_t job;
};

struct intake_desk {
    pthread_mutex_t lock;
    struct seat *seats;
    struct titles *titles;
};

struct intake {
    struct office *office;
    struct seat seat;
    struct spool_writer *spool;
    int plaintext_fd;
    char job_id[JOB_ID_BYTES];
    char day[DAY_BYTES];
    uint8_t sha256[SPOOL_SHA256_BYTES];
    uint64_t size_bytes;
};

int intake_desk_new(struct intake_desk **ret_desk)
{
    struct intake_desk *desk = calloc(1, sizeof *desk);

    if (desk == NULL || titles_new(&desk->titles) != PR_OK) {
        free(desk);
        return PR_ENOMEM;
    }
    pthread_mutex_init(&desk->lock, NULL);
    *ret_desk = desk;
    return PR_OK;
}

void intake_desk_free(struct intake_desk *desk)
{
    if (desk != NULL) {
        pthread_mutex_destroy(&desk->lock);
        titles_free(desk->titles);
        free(desk);
    }
}

static bool take_seat(struct intake_desk *desk, struct seat *seat)
{
    bool taken = false;

    pthread_mutex_lock(&desk->lock);
    for (const struct seat *other = desk->seats; other != NULL; other = other->next) {
        taken = taken || other->job == seat->job;
    }
    if (!taken) {
        seat->next = desk->seats;
        desk->seats = seat;
    }
    pthread_mutex_unlock(&desk->lock);
    return !taken;
}

static void leave_seat(struct intake_desk *desk, struct seat *seat)
{
    pthread_mutex_lock(&desk->lock);
    for (struct seat **place = &desk->seats; *place != NULL; place = &(*place)->next) {
        if (*place == seat) {
            *place = seat->next;
            break;
        }
    }
    pthread_mutex_unlock(&desk->lock);
}

static int open_new(struct store_tx *tx, const struct job_request *request, const char *actor,
                    struct job_record *ret_job)
{
    char month[POLICY_MONTH_BYTES];
    int64_t key;

    clock_month(store_now_ms(), month);
    int result = job_insert(tx, month, request, &key);

    if (result == PR_OK) {
        result = job_get(tx, key, ret_job);
    }
    if (result != PR_OK) {
        return result;
    }
    struct job_change change = {
        .event = JOB_EVENT_OPENED,
        .actor = actor,
        .reasons = (const char *const[]){"job-incoming"},
        .reasons_length = 1,
        .detail = json_pack("{s:s, s:s, s:i}", "origin", request->origin, "person", request->person,
                            "document", (int)request->document),
    };
    return job_transition(tx, ret_job, &change);
}

/* Finds the job, or adds it; *ret_created is not to be believed before this has succeeded. */
static int open_or_find(struct office *office, const struct job_request *request, const char *actor,
                        struct job_record *ret_job, bool *ret_created)
{
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_find_origin(tx, request->origin, request->document, ret_job);
    *ret_created = result == PR_ENOENT;
    if (*ret_created) {
        result = open_new(tx, request, actor, ret_job);
    }
    if (result != PR_OK || !*ret_created) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

int intake_open(struct office *office, const struct job_request *request, const char *actor,
                struct job_record *ret_job, bool *ret_created)
{
    if (request->copies == 0 || request->document == 0 ||
        (request->level[0] != '\0' &&
         policy_ladder_find(&office->settings->policy.ladder, request->level) < 0)) {
        return PR_EINVAL;
    }
    int result = open_or_find(office, request, actor, ret_job, ret_created);

    if (result != PR_OK) {
        return result;
    }
    if (*ret_created) {
        FAULT_POINT("intake.opened");
    }
    if (ret_job->state == JOB_INCOMING && !title_is_secret(&office->settings->policy, ret_job)) {
        titles_put(office->desk->titles, ret_job->key, request->title);
        memcpy(ret_job->request.title, request->title, sizeof ret_job->request.title);
    }
    return PR_OK;
}

static int find_incoming(struct office *office, const char *job_id, struct job_record *ret_job)
{
    struct store_tx *tx;
    int result = store_begin_read(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_find(tx, job_id, ret_job);
    store_rollback(tx);
    if (result == PR_OK && ret_job->state != JOB_INCOMING) {
        result = PR_ESTATE;
    }
    return result;
}

int intake_begin(struct office *office, const char *job_id, struct intake **ret_intake)
{
    struct age_recipient recipient;
    struct job_record job;
    int result = find_incoming(office, job_id, &job);

    if (result != PR_OK) {
        return result;
    }
    struct intake *intake = calloc(1, sizeof *intake);

    if (intake == NULL) {
        return PR_ENOMEM;
    }
    intake->plaintext_fd = -1;
    intake->seat.job = job.key;
    memcpy(intake->job_id, job.id, sizeof intake->job_id);
    if (!take_seat(office->desk, &intake->seat)) {
        free(intake);
        return PR_EBUSY;
    }
    intake->office = office;
    /* Asked again behind the seat: the sender before this one may just have finished. */
    result = find_incoming(office, job_id, &job);
    if (result == PR_OK) {
        result = keyring_today(office->keyring, intake->day, &recipient);
    }
    if (result == PR_OK) {
        result = plaintext_new(&intake->plaintext_fd);
    }
    if (result == PR_OK) {
        result = spool_writer_open(office->spool_fd, &recipient, 1, &intake->spool);
    }
    if (result != PR_OK) {
        intake_free(intake);
        return result;
    }
    *ret_intake = intake;
    return PR_OK;
}

int intake_write(struct intake *intake, const uint8_t *data, size_t size)
{
    int result = spool_writer_write(intake->spool, data, size);

    return result != PR_OK ? result : plaintext_append(intake->plaintext_fd, data, size);
}

/* Which reason a refusal by the helper has; NULL: it is no refusal but a failure of ours. */
static const char *refusal_reason(int error)
{
    static const struct {
        int error;
        const char *reason;
    } reasons[] = {
        {PR_EFORMAT, "document-format-error"},       {PR_EUNSUPPORTED, "document-format-error"},
        {PR_ELIMIT, "document-unprintable-error"},   {PR_ETIMEOUT, "document-unprintable-error"},
        {PR_ECRASHED, "document-unprintable-error"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].error == error) {
            return reasons[i].reason;
        }
    }
    return NULL;
}

static int refuse_document(struct store_tx *tx, struct intake *intake, struct job_record *job,
                           int error, const char *words, const char *actor)
{
    const struct job_document document = {.sha256 = intake->sha256,
                                          .size_bytes = intake->size_bytes};
    const char *reason = refusal_reason(error);
    int result = job_set_document(tx, job->key, &document);

    if (result != PR_OK) {
        return result;
    }
    struct job_change change = {
        .event = JOB_EVENT_REFUSED,
        .actor = actor,
        .reasons = (const char *const[]){"aborted-by-system", reason},
        .reasons_length = 2,
        .detail = json_pack("{s:s, s:s}", "error", pr_strerror(error), "message", words),
    };
    return job_transition(tx, job, &change);
}

static int accept_document(struct store_tx *tx, struct intake *intake, struct job_record *job,
                           const struct document_facts *facts, const char *actor)
{
    const struct job_document document = {
        .facts = facts,
        .sha256 = intake->sha256,
        .size_bytes = intake->size_bytes,
        .spool_name = intake->job_id,
        .spool_day = intake->day,
    };
    const struct document_view view = document_view_of_facts(facts);
    int result = job_set_document(tx, job->key, &document);

    if (result == PR_OK) {
        result = decision_apply(intake->office, tx, job, &view, actor);
    }
    if (result == PR_OK && job_state_is_final(job->state)) {
        result = job_clear_spool(tx, job->key);
    }
    return result;
}

/* Now that the level is known: the title, unless it may not be kept. */
static int write_title(struct store_tx *tx, const struct intake *intake, struct job_record *job)
{
    const struct office *office = intake->office;

    if (title_is_secret(&office->settings->policy, job) ||
        !titles_get(office->desk->titles, job->key, job->request.title)) {
        return PR_OK;
    }
    return job_set_title(tx, job->key, job->request.title);
}

/* Writes what inspection and policy said in one transaction. */
static int conclude(struct intake *intake, int inspected, const struct document_facts *facts,
                    const char *words, const char *actor, struct job_record *ret_job)
{
    struct store_tx *tx;
    int result = store_begin(intake->office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_find(tx, intake->job_id, ret_job);
    if (result == PR_OK && inspected == PR_OK) {
        result = accept_document(tx, intake, ret_job, facts, actor);
    } else if (result == PR_OK) {
        result = refuse_document(tx, intake, ret_job, inspected, words, actor);
    }
    if (result == PR_OK) {
        result = job_get(tx, ret_job->key, ret_job);
    }
    if (result == PR_OK) {
        result = write_title(tx, intake, ret_job);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    FAULT_POINT("intake.decided");
    result = store_commit(tx);
    if (result == PR_OK) {
        titles_forget(intake->office->desk->titles, ret_job->key);
    }
    return result;
}

/* Flushing to the disk and reading the document take about as long; they go on side by side. */
static int keep_and_inspect(struct intake *intake, struct document_facts *ret_facts,
                            char ret_words[DOCUMENT_MESSAGE_BYTES], int *ret_inspected)
{
    struct document_inspection inspection;
    int result = plaintext_seal(intake->plaintext_fd);

    if (result == PR_OK) {
        result =
            document_inspect_begin(intake->office->documents, intake->plaintext_fd, &inspection);
    }
    if (result != PR_OK) {
        return result;
    }
    result =
        spool_writer_commit(intake->spool, intake->job_id, intake->sha256, &intake->size_bytes);
    if (result == PR_OK) {
        FAULT_POINT("intake.spooled");
    }
    *ret_inspected = document_inspect_end(&inspection, ret_facts, ret_words);
    /* Where the helper itself died, without a word on this document, it is started again and asked
     * once more: no document pays for what another brought about. */
    if (result == PR_OK && *ret_inspected == PR_ECRASHED && ret_words[0] == '\0') {
        log_write(LOG_LEVEL_WARNING, "job %s: the document helper died; asked once more",
                  intake->job_id);
        *ret_inspected =
            document_inspect(intake->office->documents, intake->plaintext_fd, ret_facts, ret_words);
    }
    return result;
}

int intake_finish(struct intake *intake, const char *actor, struct job_record *ret_job)
{
    struct office *office = intake->office;
    struct document_facts facts = {0};
    char words[DOCUMENT_MESSAGE_BYTES] = "";
    int inspected;

    FAULT_POINT("intake.received");
    int result = keep_and_inspect(intake, &facts, words, &inspected);

    if (result == PR_OK && inspected != PR_OK && refusal_reason(inspected) == NULL) {
        result = inspected;
    }
    if (result == PR_OK) {
        result = conclude(intake, inspected, &facts, words, actor, ret_job);
    }
    document_facts_clear(&facts);
    if (result == PR_ESTATE) {
        /* Cancelled meanwhile: nobody will come for the document. */
        spool_remove(office->spool_fd, intake->job_id);
    }
    if (result != PR_OK) {
        return result;
    }
    FAULT_POINT("intake.committed");
    log_write(LOG_LEVEL_INFO, "job %s: %s", ret_job->id, job_state_name(ret_job->state));
    if (job_state_is_final(ret_job->state)) {
        spool_remove(office->spool_fd, intake->job_id);
    } else if (ret_job->state == JOB_PENDING) {
        dispatcher_wake(office->dispatcher);
    }
    return PR_OK;
}

void intake_free(struct intake *intake)
{
    if (intake == NULL) {
        return;
    }
    spool_writer_free(intake->spool);
    if (intake->plaintext_fd >= 0) {
        close(intake->plaintext_fd);
    }
    leave_seat(intake->office->desk, &intake->seat);
    free(intake);
}

static int abandon(struct office *office, int64_t key, int64_t before_ms)
{
    struct job_record job;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = job_get(tx, key, &job);
    if (result != PR_OK || job.state != JOB_INCOMING || job.submitted_at >= before_ms) {
        store_rollback(tx);
        return result;
    }
    titles_forget(office->desk->titles, key);
    struct job_change change = {
        .event = JOB_EVENT_ABANDONED,
        .actor = JOB_ACTOR_DAEMON,
        .reasons = (const char *const[]){"aborted-by-system", "submission-interrupted"},
        .reasons_length = 2,
    };
    result = job_transition(tx, &job, &change);
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

/** Keeps the keys of the jobs that are old enough. The seats of the others must not be touched:
 * their senders would be refused. */
static size_t keep_stale(struct store_tx *tx, int64_t before_ms, int64_t *keys, size_t length)
{
    struct job_record job;
    size_t kept = 0;

    for (size_t i = 0; i < length; i++) {
        if (job_get(tx, keys[i], &job) == PR_OK && job.submitted_at < before_ms) {
            keys[kept++] = keys[i];
        }
    }
    return kept;
}

void intake_abandon_stale(struct office *office, int64_t before_ms)
{
    int64_t *keys = NULL;
    size_t length = 0;
    struct store_tx *tx;

    if (store_begin_read(office->store, &tx) != PR_OK) {
        return;
    }
    if (job_keys_in_state(tx, JOB_INCOMING, &keys, &length) != PR_OK) {
        length = 0;
    }
    length = keep_stale(tx, before_ms, keys, length);
    store_rollback(tx);
    for (size_t i = 0; i < length; i++) {
        struct seat seat = {.job = keys[i]};

        if (take_seat(office->desk, &seat)) {
            abandon(office, keys[i], before_ms);
            leave_seat(office->desk, &seat);
        }
    }
    free(keys);
}

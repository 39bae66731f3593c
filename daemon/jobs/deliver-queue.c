/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing a document to the device queue, and finding out after a restart how far that came. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/deliver-steps.h"
#include "daemon/jobs/release.h"
#include "daemon/keyring.h"
#include "daemon/log.h"
#include "daemon/vault/spool.h"

/* Writes one column of the delivery down, in a transaction of its own. */
static int note_cups_job(struct delivery_run *run, int cups_job)
{
    struct store_tx *tx;
    int result = store_begin(run->line->office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    delivery_set_cups_job(tx, run->delivery->key, cups_job);
    result = store_commit(tx);
    if (result == PR_OK) {
        run->delivery->cups_job = cups_job;
        FAULT_POINT("deliver.numbered");
    }
    return result;
}

/* Between claim and release, or over a restart, the register of devices and the ladder may have
 * changed: no way leads to paper at a device below the job's level. PR_EACCESS: not there. */
static int look_at_device(struct delivery_run *run, struct store_tx *tx)
{
    const struct policy_ladder *ladder = &run->line->office->settings->policy.ladder;
    struct device_record device;
    int result = device_get(tx, run->line->device.key, &device);

    if (result == PR_OK) {
        run->forbidden =
            !release_device_may(ladder, &device, policy_ladder_find(ladder, run->job->level));
    }
    return result == PR_OK && run->forbidden ? PR_EACCESS : result;
}

static int check_device(struct delivery_run *run)
{
    struct store_tx *tx;
    int result = store_begin_read(run->line->office->store, &tx);

    if (result == PR_OK) {
        result = look_at_device(run, tx);
        store_rollback(tx);
    }
    return result;
}

/* From here on cupsd may begin whenever it likes. The store has one writer: a change of the device
 * comes before this, and is seen here, or after it, and sees this (deliver_stands_in_the_way()). */
static int note_sent(struct delivery_run *run)
{
    struct store_tx *tx;
    int result = store_begin(run->line->office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = look_at_device(run, tx);
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    delivery_set_sent(tx, run->delivery->key);
    result = store_commit(tx);
    if (result == PR_OK) {
        run->delivery->sent = true;
    }
    return result;
}

/* Whether a page lies on paper of this size, turned or not; sizes are rounded here and there. */
static bool lies_on(const struct policy_page_run *run, const struct device_queue_options *options)
{
    enum { ROUNDING_UM = 2000 };
    uint32_t width = run->width_um <= run->height_um ? run->width_um : run->height_um;
    uint32_t height = run->width_um <= run->height_um ? run->height_um : run->width_um;

    return width <= options->width_um + ROUNDING_UM && height <= options->height_um + ROUNDING_UM;
}

/* The paper of the first page. The queue's filters print all pages on it, and cut off what is
 * larger: of a stamped page the code, first of all. */
static void paper_size(struct delivery_run *run, struct device_queue_options *options)
{
    struct policy_page_run *runs = NULL;
    size_t length = 0;
    struct store_tx *tx;

    if (store_begin_read(run->line->office->store, &tx) != PR_OK) {
        return;
    }
    if (job_page_runs(tx, run->job->key, &runs, &length) == PR_OK) {
        /* Paper is named upright. */
        bool upright = runs[0].width_um <= runs[0].height_um;

        options->width_um = upright ? runs[0].width_um : runs[0].height_um;
        options->height_um = upright ? runs[0].height_um : runs[0].width_um;
        for (size_t i = 1; i < length; i++) {
            options->fit = options->fit || !lies_on(&runs[i], options);
        }
    }
    store_rollback(tx);
    free(runs);
}

/* Sends what the spool holds, and sees to it that it is what was received and decided on: age
 * authenticates a file, not who wrote it. */
static int stream_document(struct delivery_run *run, struct spool_reader *reader, uint8_t *buffer)
{
    struct device_queue *queue = run->line->queue;
    crypto_hash_sha256_state state;
    uint8_t hash[SPOOL_SHA256_BYTES];
    char hex[JOB_HEX_BYTES];
    size_t size;
    int result;

    crypto_hash_sha256_init(&state);
    while ((result = spool_reader_read(reader, buffer, AGE_CHUNK_BYTES, &size)) == PR_OK &&
           size > 0) {
        crypto_hash_sha256_update(&state, buffer, size);
        result = device_queue_send_data(queue, buffer, size);
        if (result != PR_OK) {
            return result;
        }
        FAULT_POINT("deliver.sending");
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    if (result == PR_OK && strcmp(hex, run->job->sha256) != 0) {
        log_write(LOG_LEVEL_ERROR, "job %s: the stored document is not the one that was received",
                  run->job->id);
        result = PR_ECRYPTO;
    }
    return result;
}

/* Sends copies that were stamped; what they were made of was checked before. */
static int send_stamped(struct delivery_run *run, int fd)
{
    uint8_t *buffer = sodium_malloc(AGE_CHUNK_BYTES);
    int result = buffer == NULL ? PR_ENOMEM : PR_OK;
    ssize_t size = 0;

    if (result == PR_OK) {
        result = device_queue_send_begin(run->line->queue, run->delivery->cups_job);
    }
    while (result == PR_OK) {
        size = read(fd, buffer, AGE_CHUNK_BYTES);
        if (size <= 0) {
            break;
        }
        result = device_queue_send_data(run->line->queue, buffer, (size_t)size);
        FAULT_POINT("deliver.sending");
    }
    if (result == PR_OK) {
        result = size < 0 ? PR_EIO : device_queue_send_hold(run->line->queue);
    }
    sodium_free(buffer);
    return result;
}

static int send_document(struct delivery_run *run)
{
    struct office *office = run->line->office;
    const struct age_identity *identity;
    struct spool_reader *reader = NULL;
    uint8_t *buffer = sodium_malloc(AGE_CHUNK_BYTES);
    int result = buffer == NULL ? PR_ENOMEM : PR_OK;

    if (result == PR_OK) {
        result = keyring_identity(office->keyring, run->job->spool_day, &identity);
    }
    if (result == PR_OK) {
        result = spool_reader_open(office->spool_fd, run->job->spool_name, &identity, 1, &reader);
        /* PR_ENOENT would be the queue's. */
        result = result == PR_ENOENT ? PR_EFORMAT : result;
    }
    if (result == PR_OK) {
        result = device_queue_send_begin(run->line->queue, run->delivery->cups_job);
    }
    if (result == PR_OK) {
        result = stream_document(run, reader, buffer);
    }
    if (result == PR_OK) {
        result = device_queue_send_hold(run->line->queue);
    }
    spool_reader_free(reader);
    sodium_free(buffer);
    return result;
}

/* Stamped copies are pages of one document. */
static int create(struct delivery_run *run, bool stamped)
{
    const struct job_record *job = run->job;
    struct device_queue_options options = {
        .copies = stamped ? 1 : job->request.copies,
        .sides = policy_sides_keyword(job->sides),
        .print_color_mode = strcmp(job->color_mode, "auto") == 0 ? NULL : job->color_mode,
    };
    int cups_job;

    paper_size(run, &options);
    int result =
        device_queue_create_job(run->line->queue, run->delivery->token, NULL, &options, &cups_job);
    if (result != PR_OK) {
        return result;
    }
    FAULT_POINT("deliver.created");
    return note_cups_job(run, cups_job);
}

/* Errors that another try would only meet again. */
static bool is_lasting(int error)
{
    return error == PR_EINVAL || error == PR_ELIMIT || error == PR_ESTATE || error == PR_EFORMAT ||
           error == PR_EUNSUPPORTED || error == PR_ECRASHED || error == PR_ETIMEOUT;
}

static int hand_over(struct delivery_run *run)
{
    int stamped = -1;
    int result = delivery_stamp(run, &stamped);

    if (result != PR_OK) {
        run->unstampable = is_lasting(result);
        return result;
    }
    result = create(run, stamped >= 0);
    if (result == PR_OK) {
        result = stamped >= 0 ? send_stamped(run, stamped) : send_document(run);
    }
    if (stamped >= 0) {
        close(stamped);
    }
    return result;
}

int delivery_hand_over(struct delivery_run *run)
{
    int result = hand_over(run);

    if (result == PR_OK) {
        FAULT_POINT("deliver.sent");
        result = note_sent(run);
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_WARNING, "job %s cannot be handed to queue %s: %s (%s)", run->job->id,
                  run->line->device.queue, pr_strerror(result),
                  device_queue_message(run->line->queue));
        device_queue_send_abort(run->line->queue);
        return result;
    }
    FAULT_POINT("deliver.noted");
    /* From here on it may print. An answer that is lost is found out by following: a job still held
     * is released again. */
    result = device_queue_release_job(run->line->queue, run->delivery->cups_job);
    if (result != PR_OK) {
        log_write(LOG_LEVEL_NOTICE, "job %s: release at cupsd not confirmed: %s", run->job->id,
                  pr_strerror(result));
    }
    FAULT_POINT("deliver.released");
    return PR_OK;
}

/* cupsd may have numbered anew after losing jobs: the token is what counts. */
static int find_queue_job(struct delivery_run *run, struct device_queue_job *ret_found)
{
    int result = PR_ENOENT;

    if (run->delivery->cups_job != 0) {
        result = device_queue_get_job(run->line->queue, run->delivery->cups_job, ret_found);
        if (result == PR_OK && strcmp(ret_found->name, run->delivery->token) != 0) {
            result = PR_ENOENT;
        }
    }
    if (result == PR_ENOENT) {
        result = device_queue_find_job(run->line->queue, run->delivery->token, ret_found);
    }
    return result;
}

/* Takes back from cupsd what was not begun there, or finds that it has begun in that moment: then
 * it is followed to its end like any other that was canceled. */
static enum delivery_resumption take_back(struct delivery_run *run, struct device_queue_job *found)
{
    int result = device_queue_job_ended(found)
                     ? PR_OK
                     : device_queue_cancel_job(run->line->queue, found->job_id);

    if (result == PR_OK || result == PR_ESTATE) {
        result = device_queue_get_job(run->line->queue, found->job_id, found);
    }
    if (result == PR_OK && run->delivery->sent && found->time_processing != 0) {
        run->delivery->cups_job = found->job_id;
        return DELIVERY_FOLLOW;
    }
    return result == PR_OK || result == PR_ENOENT ? DELIVERY_NOTHING : DELIVERY_UNKNOWN;
}

/* The settings, and with them the ladder, are read when the daemon starts: what cupsd has not begun
 * by then must be allowed by those there are now. */
enum delivery_resumption delivery_resume(struct delivery_run *run)
{
    struct device_queue_job found;
    int result = find_queue_job(run, &found);

    if (result != PR_OK && result != PR_ENOENT) {
        return DELIVERY_UNKNOWN;
    }
    if (run->delivery->sent && result == PR_OK && found.time_processing == 0 &&
        !device_queue_job_ended(&found)) {
        int may = check_device(run);

        if (may != PR_OK && may != PR_EACCESS) {
            return DELIVERY_UNKNOWN;
        }
    }
    if (run->delivery->sent && !run->forbidden) {
        if (result == PR_OK) {
            run->delivery->cups_job = found.job_id;
        }
        return result == PR_OK ? DELIVERY_FOLLOW : DELIVERY_LOST;
    }
    /* What is held there would not print, but it would lie there in plain. */
    return result == PR_OK ? take_back(run, &found) : DELIVERY_NOTHING;
}

int deliver_stands_in_the_way(const struct office *office, struct store_tx *tx,
                              const struct device_record *before, char ret_job[JOB_ID_BYTES])
{
    const struct policy_ladder *ladder = &office->settings->policy.ladder;
    struct delivery delivery;
    struct device_record after;
    struct job_record job;
    int result = delivery_open_at(tx, before->key, &delivery);

    if (result != PR_OK || !delivery.sent) {
        return result == PR_OK || result == PR_ENOENT ? PR_OK : result;
    }
    result = device_get(tx, before->key, &after);
    if (result == PR_OK) {
        result = job_get(tx, delivery.job, &job);
    }
    if (result != PR_OK) {
        return result;
    }
    int rank = policy_ladder_find(ladder, job.level);

    if (!release_device_may(ladder, before, rank) || release_device_may(ladder, &after, rank)) {
        return PR_OK;
    }
    memcpy(ret_job, job.id, JOB_ID_BYTES);
    return PR_EBUSY;
}

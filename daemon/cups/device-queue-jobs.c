/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations on a device queue's jobs and on the queue itself: which attributes go out, how
 * answers are read. */
#include "daemon/cups/device-queue.h"

#include <cups/cups.h>
#include <cups/pwg.h>
#include <string.h>

#include "daemon/cups/device-queue-private.h"
#include "daemon/error.h"

/*
 * cupsd answers Get-Jobs from memory for these; one attribute more, and it reads every job's file
 * and gives the 500 oldest jobs only.
 */
static const char *const listed_attributes[] = {
    "job-id",           "job-name",          "job-state",          "job-state-reasons",
    "time-at-creation", "time-at-completed", "number-of-documents"};

static const char *const job_attributes[] = {"job-id",
                                             "job-name",
                                             "job-uuid",
                                             "job-state",
                                             "job-state-reasons",
                                             "job-printer-state-message",
                                             "number-of-documents",
                                             "time-at-creation",
                                             "time-at-processing",
                                             "time-at-completed",
                                             "job-impressions-completed"};

static const char *const printer_attributes[] = {
    "printer-state", "printer-state-reasons", "printer-state-message", "printer-is-accepting-jobs"};

#define LENGTH(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void want(ipp_t *request, const char *const *names, int length)
{
    if (request != NULL) {
        ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", length,
                      NULL, names);
    }
}

/* Reading answers ------------------------------------------------------------------------------ */

static int64_t integer_or(ipp_attribute_t *attribute, int64_t otherwise)
{
    const ipp_tag_t tag = attribute != NULL ? ippGetValueTag(attribute) : IPP_TAG_NOVALUE;
    return tag == IPP_TAG_INTEGER || tag == IPP_TAG_ENUM ? ippGetInteger(attribute, 0) : otherwise;
}

static void copy_string(char *to, size_t to_bytes, ipp_attribute_t *attribute)
{
    const char *text = attribute != NULL ? ippGetString(attribute, 0, NULL) : NULL;
    device_queue_copy_text(to, to_bytes, text != NULL ? text : "");
}

/** Keywords with ',' between them; one that does not fit whole is left out. */
static void join_strings(char *to, size_t to_bytes, ipp_attribute_t *attribute)
{
    size_t used = 0;
    to[0] = '\0';
    for (int i = 0; attribute != NULL && i < ippGetCount(attribute); i++) {
        const char *keyword = ippGetString(attribute, i, NULL);
        const size_t length = keyword != NULL ? strlen(keyword) : 0;
        const size_t comma = used > 0 ? 1 : 0;
        if (length == 0 || length + comma >= to_bytes - used) {
            continue;
        }
        if (comma == 1) {
            to[used++] = ',';
        }
        device_queue_copy_text(to + used, to_bytes - used, keyword);
        used += length;
    }
}

static void take_job_attribute(struct device_queue_job *job, ipp_attribute_t *attribute)
{
    const char *name = ippGetName(attribute);
    const struct {
        const char *name;
        int64_t *value;
    } times[] = {{"time-at-creation", &job->time_created},
                 {"time-at-processing", &job->time_processing},
                 {"time-at-completed", &job->time_completed},
                 {"job-impressions-completed", &job->impressions_completed}};
    for (int i = 0; i < LENGTH(times); i++) {
        if (strcmp(name, times[i].name) == 0) {
            *times[i].value = integer_or(attribute, *times[i].value);
            return;
        }
    }
    if (strcmp(name, "job-id") == 0) {
        job->job_id = (int)integer_or(attribute, 0);
    } else if (strcmp(name, "job-state") == 0) {
        job->state = (enum device_queue_job_state)integer_or(attribute, 0);
    } else if (strcmp(name, "number-of-documents") == 0) {
        const int64_t documents = integer_or(attribute, 0);
        job->documents = documents > 0 ? (unsigned)documents : 0;
    } else if (strcmp(name, "job-name") == 0) {
        copy_string(job->name, sizeof job->name, attribute);
    } else if (strcmp(name, "job-uuid") == 0) {
        copy_string(job->uuid, sizeof job->uuid, attribute);
    } else if (strcmp(name, "job-printer-state-message") == 0) {
        copy_string(job->message, sizeof job->message, attribute);
    } else if (strcmp(name, "job-state-reasons") == 0) {
        join_strings(job->reasons, sizeof job->reasons, attribute);
    }
}

/**
 * Reads the next job of an answer.
 *
 * @param attribute  where to begin
 * @return where the next job begins, NULL when there is none
 */
static ipp_attribute_t *take_job(ipp_t *response, ipp_attribute_t *attribute,
                                 struct device_queue_job *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->impressions_completed = -1;
    while (attribute != NULL && ippGetGroupTag(attribute) != IPP_TAG_JOB) {
        attribute = ippNextAttribute(response);
    }
    while (attribute != NULL && ippGetGroupTag(attribute) == IPP_TAG_JOB &&
           ippGetName(attribute) != NULL) {
        take_job_attribute(ret, attribute);
        attribute = ippNextAttribute(response);
    }
    return attribute;
}

static bool job_is_sound(const struct device_queue_job *job)
{
    return job->job_id > 0 && job->state >= DEVICE_QUEUE_JOB_PENDING &&
           job->state <= DEVICE_QUEUE_JOB_COMPLETED;
}

bool device_queue_job_ended(const struct device_queue_job *job)
{
    return job->state >= DEVICE_QUEUE_JOB_CANCELED;
}

/* Operations ----------------------------------------------------------------------------------- */

static int add_media(ipp_t *request, const struct device_queue_options *options)
{
    const char *media = options->media;
    if (media == NULL && (options->width_um != 0 || options->height_um != 0)) {
        /* libcups counts in hundredths of a millimetre; the name lives in its memory of this
         * thread. */
        const pwg_media_t *size =
            options->width_um <= INT32_MAX && options->height_um <= INT32_MAX
                ? pwgMediaForSize((int)(options->width_um / 10), (int)(options->height_um / 10))
                : NULL;
        if (size == NULL) {
            return PR_EINVAL;
        }
        media = size->pwg;
    }
    if (media != NULL) {
        ippAddString(request, IPP_TAG_JOB, IPP_TAG_KEYWORD, "media", NULL, media);
    }
    return PR_OK;
}

static int add_options(ipp_t *request, const struct device_queue_options *options)
{
    ippAddString(request, IPP_TAG_JOB, IPP_TAG_KEYWORD, "job-hold-until", NULL, "indefinite");
    ippAddString(request, IPP_TAG_JOB, IPP_TAG_NAME, "job-sheets", NULL, "none");
    ippAddInteger(request, IPP_TAG_JOB, IPP_TAG_INTEGER, "copies", (int)options->copies);
    ippAddInteger(request, IPP_TAG_JOB, IPP_TAG_INTEGER, "number-up", 1);
    ippAddString(request, IPP_TAG_JOB, IPP_TAG_KEYWORD, "print-scaling", NULL,
                 options->fit ? "auto-fit" : "none");
    if (options->sides != NULL) {
        ippAddString(request, IPP_TAG_JOB, IPP_TAG_KEYWORD, "sides", NULL, options->sides);
    }
    if (options->print_color_mode != NULL) {
        ippAddString(request, IPP_TAG_JOB, IPP_TAG_KEYWORD, "print-color-mode", NULL,
                     options->print_color_mode);
    }
    return add_media(request, options);
}

int device_queue_create_job(struct device_queue *q, const char *name, const char *user,
                            const struct device_queue_options *options, int *ret_job_id)
{
    static const struct device_queue_options plain = {.copies = 1};
    const struct device_queue_options *wanted = options != NULL ? options : &plain;
    if (name[0] == '\0' || strlen(name) >= DEVICE_QUEUE_JOB_NAME_BYTES || wanted->copies < 1 ||
        wanted->copies > 9999) {
        return PR_EINVAL;
    }
    ipp_t *request = device_queue_request(q, IPP_OP_CREATE_JOB, user);
    if (request == NULL) {
        return PR_ENOMEM;
    }
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, name);
    int error = add_options(request, wanted);
    if (error != PR_OK) {
        ippDelete(request);
        return error;
    }
    ipp_t *response = NULL;
    error = device_queue_exchange(q, request, &response);
    if (error != PR_OK) {
        return error;
    }
    const int64_t job_id = integer_or(ippFindAttribute(response, "job-id", IPP_TAG_INTEGER), 0);
    ippDelete(response);
    if (job_id <= 0) {
        return PR_EREFUSED;
    }
    *ret_job_id = (int)job_id;
    return PR_OK;
}

int device_queue_release_job(struct device_queue *q, int job_id)
{
    return device_queue_exchange(q, device_queue_job_request(q, IPP_OP_RELEASE_JOB, job_id), NULL);
}

int device_queue_cancel_job(struct device_queue *q, int job_id)
{
    if (job_id <= 0) {
        /* cupsd would take 0 for "whatever is printing". */
        return PR_EINVAL;
    }
    return device_queue_exchange(q, device_queue_job_request(q, IPP_OP_CANCEL_JOB, job_id), NULL);
}

int device_queue_get_job(struct device_queue *q, int job_id, struct device_queue_job *ret)
{
    ipp_t *request = device_queue_job_request(q, IPP_OP_GET_JOB_ATTRIBUTES, job_id);
    want(request, job_attributes, LENGTH(job_attributes));
    ipp_t *response = NULL;
    const int error = device_queue_exchange(q, request, &response);
    if (error != PR_OK) {
        return error;
    }
    struct device_queue_job job;
    (void)take_job(response, ippFirstAttribute(response), &job);
    ippDelete(response);
    if (!job_is_sound(&job)) {
        return PR_EREFUSED;
    }
    *ret = job;
    return PR_OK;
}

/** The job-id of the latest job with that name in a Get-Jobs answer, 0 when there is none. */
static int latest_with_name(ipp_t *response, const char *name)
{
    struct device_queue_job job;
    struct device_queue_job latest = {0};
    ipp_attribute_t *attribute = ippFirstAttribute(response);
    while (attribute != NULL) {
        attribute = take_job(response, attribute, &job);
        const bool later = job.time_created > latest.time_created ||
                           (job.time_created == latest.time_created && job.job_id > latest.job_id);
        if (job_is_sound(&job) && strcmp(job.name, name) == 0 && later) {
            latest = job;
        }
    }
    return latest.job_id;
}

int device_queue_find_job(struct device_queue *q, const char *name, struct device_queue_job *ret)
{
    ipp_t *request = device_queue_request(q, IPP_OP_GET_JOBS, NULL);
    if (request != NULL) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, "all");
        ippAddBoolean(request, IPP_TAG_OPERATION, "my-jobs", 1);
    }
    want(request, listed_attributes, LENGTH(listed_attributes));
    ipp_t *response = NULL;
    const int error = device_queue_exchange(q, request, &response);
    if (error != PR_OK) {
        return error;
    }
    const int job_id = latest_with_name(response, name);
    ippDelete(response);
    return job_id == 0 ? PR_ENOENT : device_queue_get_job(q, job_id, ret);
}

int device_queue_get_printer(struct device_queue *q, struct device_queue_printer *ret)
{
    ipp_t *request = device_queue_request(q, IPP_OP_GET_PRINTER_ATTRIBUTES, NULL);
    want(request, printer_attributes, LENGTH(printer_attributes));
    ipp_t *response = NULL;
    const int error = device_queue_exchange(q, request, &response);
    if (error != PR_OK) {
        return error;
    }
    struct device_queue_printer printer = {0};
    printer.state = (enum device_queue_printer_state)integer_or(
        ippFindAttribute(response, "printer-state", IPP_TAG_ENUM), 0);
    ipp_attribute_t *accepting =
        ippFindAttribute(response, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
    printer.accepting_jobs = accepting != NULL && ippGetBoolean(accepting, 0) != 0;
    join_strings(printer.reasons, sizeof printer.reasons,
                 ippFindAttribute(response, "printer-state-reasons", IPP_TAG_KEYWORD));
    copy_string(printer.message, sizeof printer.message,
                ippFindAttribute(response, "printer-state-message", IPP_TAG_TEXT));
    ippDelete(response);
    if (printer.state < DEVICE_QUEUE_PRINTER_IDLE || printer.state > DEVICE_QUEUE_PRINTER_STOPPED) {
        return PR_EREFUSED;
    }
    *ret = printer;
    return PR_OK;
}

int device_queue_stop(struct device_queue *q)
{
    return device_queue_exchange(q, device_queue_request(q, IPP_OP_PAUSE_PRINTER, NULL), NULL);
}

int device_queue_resume(struct device_queue *q)
{
    return device_queue_exchange(q, device_queue_request(q, IPP_OP_RESUME_PRINTER, NULL), NULL);
}

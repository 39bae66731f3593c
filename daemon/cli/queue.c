/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cli/queue.h"

#include <cups/cups.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"

/** Options of the API as the managed queue's PPD and IPP name them. */
static const struct {
    const char *field;
    const char *option;
} option_names[] = {{"copies", "copies"},
                    {"level", "Classification"},
                    {"sides", "sides"},
                    {"urgent", "Urgent"},
                    {"document_number", "DocumentNumber"}};

static int add_options(const json_t *fields, cups_option_t **options)
{
    int length = 0;

    for (size_t i = 0; i < sizeof option_names / sizeof option_names[0]; i++) {
        const json_t *value = json_object_get(fields, option_names[i].field);
        char number[32];

        if (json_is_string(value)) {
            length =
                cupsAddOption(option_names[i].option, json_string_value(value), length, options);
        } else if (json_is_integer(value)) {
            snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            length = cupsAddOption(option_names[i].option, number, length, options);
        } else if (json_is_true(value)) {
            length = cupsAddOption(option_names[i].option, "true", length, options);
        }
    }
    return length;
}

static http_status_t write_piece(const unsigned char *data, size_t size)
{
    return cupsWriteRequestData(CUPS_HTTP_DEFAULT, (const char *)data, size);
}

static int write_document(struct client_document *document)
{
    unsigned char buffer[32768];
    ssize_t length;

    if (document->head_length > 0 &&
        write_piece(document->head, document->head_length) != HTTP_STATUS_CONTINUE) {
        return PR_EREFUSED;
    }
    while ((length = read(document->fd, buffer, sizeof buffer)) != 0) {
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length < 0) {
            document->error = errno;
            return PR_EIO;
        }
        if (write_piece(buffer, (size_t)length) != HTTP_STATUS_CONTINUE) {
            return PR_EREFUSED;
        }
    }
    return PR_OK;
}

/** Asks cupsd for attributes of the job; NULL with nothing said when it does not answer. */
static ipp_t *ask_job(int id)
{
    static const char *const wanted[] = {"job-uuid", "job-state", "job-printer-state-message"};
    char uri[64];
    ipp_t *request = ippNewRequest(IPP_OP_GET_JOB_ATTRIBUTES);

    snprintf(uri, sizeof uri, "ipp://localhost/jobs/%d", id);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "job-uri", NULL, uri);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL,
                 cupsUser());
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                  (int)(sizeof wanted / sizeof wanted[0]), NULL, wanted);
    ipp_t *answer = cupsDoRequest(CUPS_HTTP_DEFAULT, request, "/");

    if (answer != NULL && ippGetStatusCode(answer) >= IPP_STATUS_REDIRECTION_OTHER_SITE) {
        ippDelete(answer);
        return NULL;
    }
    return answer;
}

static int find_origin(struct queue_job *job)
{
    ipp_t *answer = ask_job(job->id);
    ipp_attribute_t *uuid =
        answer != NULL ? ippFindAttribute(answer, "job-uuid", IPP_TAG_URI) : NULL;
    int error = PR_EUNREACHABLE;

    if (uuid != NULL) {
        snprintf(job->origin, sizeof job->origin, "%s", ippGetString(uuid, 0, NULL));
        error = PR_OK;
    }
    ippDelete(answer);
    return error;
}

int queue_submit(const char *queue, const char *person, const json_t *fields,
                 struct client_document *document, struct queue_job *ret_job,
                 char ret_message[QUEUE_MESSAGE_BYTES])
{
    const char *title = json_string_value(json_object_get(fields, "title"));
    cups_option_t *options = NULL;
    int options_length = add_options(fields, &options);
    struct queue_job job = {0};
    int error = PR_OK;

    if (person != NULL) {
        cupsSetUser(person);
    }
    title = title != NULL ? title : "";
    job.id = cupsCreateJob(CUPS_HTTP_DEFAULT, queue, title, options_length, options);
    cupsFreeOptions(options_length, options);
    if (job.id == 0) {
        error =
            cupsLastError() == IPP_STATUS_ERROR_SERVICE_UNAVAILABLE ? PR_EUNREACHABLE : PR_EREFUSED;
    }
    if (error == PR_OK && cupsStartDocument(CUPS_HTTP_DEFAULT, queue, job.id, title,
                                            CUPS_FORMAT_AUTO, 1) != HTTP_STATUS_CONTINUE) {
        error = PR_EREFUSED;
    }
    if (error == PR_OK) {
        error = write_document(document);
    }
    if (error == PR_OK &&
        cupsFinishDocument(CUPS_HTTP_DEFAULT, queue) >= IPP_STATUS_REDIRECTION_OTHER_SITE) {
        error = PR_EREFUSED;
    }
    if (error == PR_OK) {
        error = find_origin(&job);
    }
    if (error != PR_OK) {
        snprintf(ret_message, QUEUE_MESSAGE_BYTES, "%s", cupsLastErrorString());
        if (job.id != 0) {
            cupsCancelJob2(CUPS_HTTP_DEFAULT, queue, job.id, 0);
        }
        return error;
    }
    *ret_job = job;
    return PR_OK;
}

int queue_look(const struct queue_job *job, char ret_message[QUEUE_MESSAGE_BYTES])
{
    ipp_t *answer = ask_job(job->id);

    if (answer == NULL) {
        snprintf(ret_message, QUEUE_MESSAGE_BYTES, "%s", cupsLastErrorString());
        return PR_EUNREACHABLE;
    }
    ipp_attribute_t *state = ippFindAttribute(answer, "job-state", IPP_TAG_ENUM);
    ipp_attribute_t *message = ippFindAttribute(answer, "job-printer-state-message", IPP_TAG_TEXT);
    const char *text = message != NULL ? ippGetString(message, 0, NULL) : NULL;
    int number = state != NULL ? ippGetInteger(state, 0) : IPP_JSTATE_PENDING;

    snprintf(ret_message, QUEUE_MESSAGE_BYTES, "%s", text != NULL ? text : "");
    ippDelete(answer);
    return number == IPP_JSTATE_CANCELED || number == IPP_JSTATE_ABORTED ? PR_EREFUSED : PR_OK;
}

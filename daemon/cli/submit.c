/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing in a document. A PDF goes straight to printroomd; anything else takes the managed queue,
 * whose filters make a PDF of it, and is followed there until printroomd has it, so that both ways
 * end with the same answer: the job.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/encoding.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/queue.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

enum { HEAD_BYTES = 5, POLL_MS = 200, POLLS_MAX = 300, UUID_BYTES = 48 };

struct submission {
    struct cli *cli;
    const char *file;
    json_t *fields;
    unsigned char head[HEAD_BYTES];
    struct client_document document;
};

static enum cli_exit refuse_file(const struct submission *submission, int reason)
{
    char message[512];

    snprintf(message, sizeof message, "%s: %s", submission->file, strerror(reason));
    return cli_refuse(submission->cli, message);
}

/** Opens the file and reads the bytes that tell a PDF. An errno value, 0 when all is well. */
static int open_document(struct submission *submission)
{
    struct client_document *document = &submission->document;
    struct stat status;

    document->fd = STDIN_FILENO;
    if (strcmp(submission->file, "-") != 0) {
        document->fd = open(submission->file, O_RDONLY | O_CLOEXEC);
    }
    if (document->fd < 0 || fstat(document->fd, &status) != 0) {
        return errno;
    }
    if (S_ISDIR(status.st_mode)) {
        return EISDIR;
    }
    while (document->head_length < HEAD_BYTES) {
        ssize_t length = read(document->fd, submission->head + document->head_length,
                              HEAD_BYTES - document->head_length);

        if (length < 0 && errno != EINTR) {
            return errno;
        }
        if (length == 0) {
            break;
        }
        document->head_length += length > 0 ? (size_t)length : 0;
    }
    document->head = submission->head;
    return 0;
}

static void set_default(json_t *fields, const char *name, const char *text)
{
    /* A name that is no UTF-8 cannot be sent; the job then goes without it. */
    if (json_object_get(fields, name) == NULL && text != NULL) {
        json_object_set_new(fields, name, json_string(text));
    }
}

/** A fresh name for the job (RFC 4122, version 4), by which a second try would be known. */
static bool make_origin(char origin[UUID_BYTES])
{
    unsigned char bytes[16];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return false;
    }
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    int length = snprintf(origin, UUID_BYTES, "urn:uuid:");

    for (size_t i = 0; i < sizeof bytes; i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";

        length += snprintf(origin + length, UUID_BYTES - (size_t)length, "%s%02x", dash, bytes[i]);
    }
    return true;
}

static enum cli_exit finish_job(const struct cli *cli, int error, struct client_answer *answer)
{
    bool aborted =
        answer->body != NULL && strcmp(value_text(answer->body, "state"), "aborted") == 0;
    char reason[1024] = "";

    if (aborted) {
        value_list(answer->body, "messages", reason, sizeof reason);
    }
    enum cli_exit status = cli_finish(cli, error, answer, aborted ? NULL : cli_print_job_line);

    if (status == CLI_DONE && aborted) {
        return cli_refuse(cli, reason[0] != '\0'
                                   ? reason
                                   : cli_words(cli, "the document was refused", "文件未被受理"));
    }
    return status;
}

/** A job that was opened and whose document did not arrive is of no use: given up, whether that
 * works or not. */
static void give_up(struct cli *cli, const char *id)
{
    struct client_answer answer = {0};
    char path[256];

    snprintf(path, sizeof path, "/v1/jobs/%.64s/cancel", id);
    if (client_ask(cli->client, "POST", path, NULL, &answer) == PR_OK) {
        client_answer_clear(&answer);
    }
}

static enum cli_exit send_to_daemon(struct submission *submission)
{
    struct cli *cli = submission->cli;
    struct client_answer answer = {0};
    char origin[UUID_BYTES];
    char host[256] = "";
    char path[256];
    char id[65];

    if (!make_origin(origin)) {
        return cli_refuse(cli, strerror(errno));
    }
    gethostname(host, sizeof host - 1);
    set_default(submission->fields, "source", "cli");
    set_default(submission->fields, "origin", origin);
    set_default(submission->fields, "host", host);
    int error = client_ask(cli->client, "POST", "/v1/jobs", submission->fields, &answer);

    if (error != PR_OK || answer.status >= 400 || answer.body == NULL) {
        return cli_finish(cli, error, &answer, NULL);
    }
    snprintf(id, sizeof id, "%s", value_text(answer.body, "id"));
    client_answer_clear(&answer);
    snprintf(path, sizeof path, "/v1/jobs/%s/document", id);
    error = client_send(cli->client, "PUT", path, &submission->document, &answer);
    if (error != PR_OK || answer.status >= 400) {
        give_up(cli, id);
    }
    if (submission->document.error != 0) {
        client_answer_clear(&answer);
        return refuse_file(submission, submission->document.error);
    }
    return finish_job(cli, error, &answer);
}

/** Makes a list of one job the answer that job is. False when it is not there yet. */
static bool take_only_job(struct client_answer *answer)
{
    json_t *job = json_array_get(answer->body, 0);

    if (answer->status >= 400 || job == NULL || strcmp(value_text(job, "state"), "incoming") == 0) {
        return false;
    }
    json_incref(job);
    json_decref(answer->body);
    answer->body = job;
    return true;
}

/** The name of the managed queue; an exit status other than CLI_DONE after a refusal. */
static enum cli_exit ask_queue_name(struct cli *cli, char *queue, size_t size)
{
    struct client_answer answer = {0};
    int error = client_ask(cli->client, "GET", "/v1/status", NULL, &answer);

    if (error == PR_OK && answer.status == 200) {
        snprintf(queue, size, "%s", value_text(answer.body, "queue"));
        client_answer_clear(&answer);
        return CLI_DONE;
    }
    return cli_finish(cli, error, &answer, NULL);
}

/** Waits until printroomd has the job and shows it as `show` would. */
static enum cli_exit follow(struct cli *cli, const struct queue_job *job)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    char message[QUEUE_MESSAGE_BYTES] = "";
    char path[512] = "/v1/jobs";
    json_t *query = json_pack("{s:s}", "origin", job->origin);
    int error = client_add_query(path, sizeof path, query);

    json_decref(query);
    for (unsigned polls = 0; error == PR_OK && polls < POLLS_MAX; polls++) {
        struct client_answer answer = {0};
        int looked = queue_look(job, message);

        error = client_ask(cli->client, "GET", path, NULL, &answer);
        if (error != PR_OK || answer.status >= 400) {
            return cli_finish(cli, error, &answer, NULL);
        }
        if (take_only_job(&answer)) {
            snprintf(path, sizeof path, "/v1/jobs/%.64s", value_text(answer.body, "id"));
            client_answer_clear(&answer);
            error = client_ask(cli->client, "GET", path, NULL, &answer);
            return finish_job(cli, error, &answer);
        }
        client_answer_clear(&answer);
        if (looked == PR_EREFUSED) {
            return cli_refuse(cli, message[0] != '\0' ? message
                                                      : cli_words(cli, "cupsd ended the job",
                                                                  "cupsd 终止了该作业"));
        }
        nanosleep(&pause, NULL);
    }
    char text[QUEUE_MESSAGE_BYTES + 128];

    snprintf(text, sizeof text,
             cli_words(cli, "cupsd still has it as job %d: %s", "cupsd 仍在处理，作业号 %d：%s"),
             job->id, message);
    return cli_refuse(cli, text);
}

static enum cli_exit send_to_queue(struct submission *submission)
{
    struct cli *cli = submission->cli;
    char message[QUEUE_MESSAGE_BYTES] = "";
    char queue[256] = "";
    struct queue_job job;
    enum cli_exit status = ask_queue_name(cli, queue, sizeof queue);

    if (status != CLI_DONE) {
        return status;
    }
    int error =
        queue_submit(queue, cli->as, submission->fields, &submission->document, &job, message);

    if (submission->document.error != 0) {
        return refuse_file(submission, submission->document.error);
    }
    if (error != PR_OK) {
        char text[QUEUE_MESSAGE_BYTES + 320];
        const char *what = error == PR_EUNREACHABLE
                               ? cli_words(cli, "cupsd cannot be reached", "无法连接 cupsd")
                               : queue;

        snprintf(text, sizeof text, "%s: %s", what, message);
        return cli_refuse(cli, text);
    }
    return follow(cli, &job);
}

enum cli_exit cli_submit(struct cli *cli, struct cli_arguments *arguments)
{
    struct submission submission = {
        .cli = cli, .file = arguments->positional[0], .fields = arguments->fields};
    const char *slash = strrchr(submission.file, '/');
    int reason = open_document(&submission);
    enum cli_exit status;

    if (reason != 0) {
        status = refuse_file(&submission, reason);
    } else {
        set_default(submission.fields, "title", slash != NULL ? slash + 1 : submission.file);
        status = submission.document.head_length == HEAD_BYTES &&
                         memcmp(submission.head, "%PDF-", HEAD_BYTES) == 0
                     ? send_to_daemon(&submission)
                     : send_to_queue(&submission);
    }
    if (submission.document.fd >= 0) {
        close(submission.document.fd);
    }
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The CUPS backend `printroom`: hands the documents of a job over to printroomd.
 *
 * The problem: cupsd forgets a document as soon as its backend says "done", so "done" may be said
 * only after the daemon has the document safely; and the backend may run again for a job of which
 * the daemon has a part already.
 *
 * The chosen way: each document of a job is opened under the job's UUID and its number in the job,
 * which are the same however often the backend runs; the daemon says whether it still needs the
 * document. As long as it cannot be reached or has no room, the backend stays (the job then shows
 * in words what is wrong, and keeps its place); when a transfer breaks off, cupsd runs it all again
 * (CUPS_BACKEND_RETRY_CURRENT). Exit codes:
 *
 *   accepted, also when held or known already   CUPS_BACKEND_OK
 *   refused for good                            CUPS_BACKEND_CANCEL, with the reason on ERROR:
 *   broken off, or ended by SIGTERM             CUPS_BACKEND_RETRY_CURRENT
 *
 * cupsd does not look at the code of a job that it has canceled itself; a SIGTERM from elsewhere (a
 * machine going down) must not make it forget the document. Once a document was sent whole, its
 * answer is waited for in any case.
 *
 * Nothing is ever written to a file. This program is started for every job, so it links nothing
 * but the C library and the one for JSON.
 */
#include "config.h"

#include <cups/backend.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/cups/backend-documents.h"
#include "daemon/cups/backend-link.h"
#include "daemon/cups/backend-report.h"
#include "daemon/cups/backend-request.h"

enum {
    BACKOFF_FIRST_S = 1,
    BACKOFF_LAST_S = 10,
    BUFFER_BYTES = 64 * 1024,
    DOCUMENTS_MAX = 1000,
    STATUS_INSUFFICIENT_STORAGE = 507, /* RFC 4918 */
};

/** What became of one document, worst last. */
enum outcome { ACCEPTED, REFUSED, BROKEN_OFF, CANCELED };

struct backend {
    struct link *link;
    struct report report;
    json_t *request;
    int input;
    bool input_ended;
    struct document_scanner scanner;
    int documents; /**< number-of-documents of the CUPS job; 0: not asked yet */
    int document;  /**< number of the one being handed over, from 1 */
    size_t buffered;
    char buffer[BUFFER_BYTES];
};

static volatile sig_atomic_t stop;

static void on_terminate(int signal_number)
{
    (void)signal_number;
    stop = 1;
}

static void catch_signals(void)
{
    /* Without SA_RESTART, so that reading and sleeping end. */
    struct sigaction terminate = {.sa_handler = on_terminate};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&terminate.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGTERM, &terminate, NULL);
    sigaction(SIGINT, &terminate, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void pause_s(int seconds)
{
    struct timespec pause = {.tv_sec = seconds};

    if (!stop) {
        nanosleep(&pause, NULL);
    }
}

/**
 * Number-of-documents of the CUPS job, or 1 when cupsd does not say. Few jobs make it necessary to
 * ask, so a program of its own does, and only that has to load libcups.
 */
static int ask_documents(json_int_t job_number)
{
    static const char program[] = PRINTROOM_LIBEXECDIR "/printroom-job-documents";
    char name[] = "printroom-job-documents";
    char number_text[16] = "";
    char digits[24];
    int pipe_ends[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;

    if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
        return 1;
    }
    snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, job_number);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    bool started =
        posix_spawn(&pid, program, &actions, NULL, (char *[]){name, digits, NULL}, environ) == 0;

    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    if (started) {
        ssize_t length;

        do {
            length = read(pipe_ends[0], number_text, sizeof number_text - 1);
        } while (length < 0 && errno == EINTR);
        number_text[length > 0 ? length : 0] = '\0';
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close(pipe_ends[0]);
    long number = strtol(number_text, NULL, 10);

    return number > 0 && number <= INT_MAX ? (int)number : 1;
}

/** Is the place found by the scanner the end of this document? */
static bool document_ends_here(struct backend *backend)
{
    if (backend->documents == 0) {
        backend->documents =
            ask_documents(json_integer_value(json_object_get(backend->request, "job_number")));
    }
    return backend->document < backend->documents;
}

/** Fills the buffer. @return false when the input cannot be read or the job was canceled */
static bool read_input(struct backend *backend)
{
    while (!backend->input_ended) {
        ssize_t bytes = read(backend->input, backend->buffer + backend->buffered,
                             sizeof backend->buffer - backend->buffered);

        if (bytes >= 0) {
            backend->input_ended = bytes == 0;
            backend->buffered += (size_t)bytes;
            return true;
        }
        if (errno != EINTR || stop) {
            return false;
        }
    }
    return true;
}

/**
 * Reads this document to its end; hands it over when `send` is set.
 *
 * @param ret_ended  true when the whole document was read (and sent)
 */
static void pass_document(struct backend *backend, bool send, bool *ret_ended)
{
    *ret_ended = false;
    while (read_input(backend)) {
        bool boundary = false;
        size_t length = backend->buffered == 0
                            ? 0
                            : document_scan(&backend->scanner, backend->buffer, backend->buffered,
                                            backend->input_ended, &boundary);

        if (send && length > 0 && !link_document_write(backend->link, backend->buffer, length)) {
            return;
        }
        backend->buffered -= length;
        memmove(backend->buffer, backend->buffer + length, backend->buffered);
        if (boundary) {
            document_scanner_go_on(&backend->scanner);
            if (document_ends_here(backend)) {
                *ret_ended = true;
                return;
            }
        }
        if (backend->input_ended && backend->buffered == 0) {
            *ret_ended = true;
            return;
        }
    }
}

static enum report_trouble trouble_of(int status)
{
    if (status == 0) {
        return REPORT_UNREACHABLE;
    }
    return status == STATUS_INSUFFICIENT_STORAGE ? REPORT_NO_SPACE : REPORT_UNAVAILABLE;
}

/** What an answer means for the document; a trouble that will pass is shown. */
static enum outcome judge(struct backend *backend, const struct link_answer *answer)
{
    if (answer->status == 0 || answer->status >= 500) {
        enum report_trouble trouble =
            answer->status == 0 ? REPORT_INTERRUPTED : trouble_of(answer->status);

        report_trouble(&backend->report, trouble, link_answer_text(answer, "detail"));
        return BROKEN_OFF;
    }
    report_clear(&backend->report);
    if (answer->status >= 400) {
        const char *detail = link_answer_text(answer, "detail");

        report_error(detail[0] != '\0' ? detail : link_answer_text(answer, "title"));
        return REFUSED;
    }
    const char *state = link_answer_text(answer, "state");

    if (strcmp(state, "aborted") == 0 || strcmp(state, "canceled") == 0) {
        report_refused(answer->body, state);
        return REFUSED;
    }
    report_accepted(answer->body);
    return ACCEPTED;
}

/** Opens the document in the daemon, as often as it takes. status is 0 only when the job was
 * canceled. */
static struct link_answer open_document(struct backend *backend)
{
    struct link_answer answer = {0, NULL};

    json_object_set_new(backend->request, "document", json_integer(backend->document));
    for (int wait_s = BACKOFF_FIRST_S; !stop;
         wait_s = wait_s * 2 < BACKOFF_LAST_S ? wait_s * 2 : BACKOFF_LAST_S) {
        answer = link_post(backend->link, "/v1/jobs", backend->request);
        if (answer.status != 0 && answer.status < 500) {
            report_clear(&backend->report);
            return answer;
        }
        if (!stop) {
            report_trouble(&backend->report, trouble_of(answer.status),
                           link_answer_text(&answer, "detail"));
        }
        json_decref(answer.body);
        answer = (struct link_answer){0, NULL};
        link_close(backend->link);
        pause_s(wait_s);
    }
    return answer;
}

/** Reads the rest of the documents away. */
static void drain(struct backend *backend)
{
    while (!backend->input_ended && read_input(backend)) {
        backend->buffered = 0;
    }
    backend->buffered = 0;
}

/** Sends the document of a job that waits for it. @return the daemon's answer; *ret_ended as
 * pass_document() */
static struct link_answer send_document(struct backend *backend, const char *job_id,
                                        bool *ret_ended)
{
    *ret_ended = false;
    if (link_document_begin(backend->link, job_id)) {
        pass_document(backend, true, ret_ended);
    }
    return link_document_end(backend->link, *ret_ended);
}

/** Hands one document over. */
static enum outcome hand_over(struct backend *backend)
{
    struct link_answer answer = open_document(backend);
    bool ended = false;

    if (answer.status == 0) {
        return CANCELED;
    }
    if (answer.status < 400 && strcmp(link_answer_text(&answer, "state"), "incoming") == 0) {
        json_t *opened = answer.body;

        answer = send_document(backend, link_answer_text(&answer, "id"), &ended);
        json_decref(opened);
        if (stop && answer.status == 0) {
            return CANCELED;
        }
    }
    /* Otherwise it is known from an earlier run, or refused. */
    enum outcome outcome = judge(backend, &answer);

    if (outcome == BROKEN_OFF) {
        /* cupsd aborts a job of several documents when its backend fails before the last one was
         * converted. */
        drain(backend);
    } else if (!ended) {
        /* What is behind this document in the stream is still to be handed over. */
        pass_document(backend, false, &ended);
    }
    json_decref(answer.body);
    return outcome;
}

/** Hands all documents over. @return the exit code */
static int run(struct backend *backend)
{
    enum outcome worst = ACCEPTED;

    while (worst < BROKEN_OFF && backend->document < DOCUMENTS_MAX &&
           (backend->document == 0 || !backend->input_ended || backend->buffered > 0)) {
        backend->document++;
        enum outcome outcome = hand_over(backend);

        worst = outcome > worst ? outcome : worst;
    }
    if (worst < BROKEN_OFF && backend->documents > 1 && backend->document != backend->documents) {
        report_error(report_words_split_failed(&backend->report));
        worst = REFUSED;
    }
    switch (worst) {
    case BROKEN_OFF:
        /* cupsd starts the job again at once; a daemon that keeps failing must not make it spin. */
        pause_s(BACKOFF_FIRST_S);
        return CUPS_BACKEND_RETRY_CURRENT;
    case REFUSED:
        return CUPS_BACKEND_CANCEL;
    case CANCELED:
        return CUPS_BACKEND_RETRY_CURRENT;
    case ACCEPTED:
    default:
        return CUPS_BACKEND_OK;
    }
}

/**
 * "printroom:///path/to/api.sock?level=secret" → "/path/to/api.sock", cut in place; NULL when it is
 * none.
 *
 * @param ret_level  "secret", the least level of what is sent to this queue; NULL when none is
 * named
 */
static const char *socket_path(char *device_uri, const char **ret_level)
{
    static const char scheme[] = "printroom://";
    static const char level[] = "level=";
    char *query = device_uri != NULL ? strchr(device_uri, '?') : NULL;

    *ret_level = NULL;
    if (query != NULL) {
        *query++ = '\0';
        /* A queue whose level cannot be understood must not print as if it had none. */
        if (strncmp(query, level, strlen(level)) != 0 || query[strlen(level)] == '\0') {
            return NULL;
        }
        *ret_level = query + strlen(level);
    }

    if (device_uri == NULL || strncmp(device_uri, scheme, strlen(scheme)) != 0 ||
        device_uri[strlen(scheme)] != '/') {
        return NULL;
    }
    return device_uri + strlen(scheme);
}

int main(int argc, char *argv[])
{
    if (argc == 1) {
        puts("file printroom:/ \"Print room\" \"Print room (managed queue)\"");
        return CUPS_BACKEND_OK;
    }
    if (argc < 6 || argc > 7) {
        fputs("Usage: printroom job-id user title copies options [file]\n", stderr);
        return CUPS_BACKEND_FAILED;
    }
    struct backend *backend = calloc(1, sizeof *backend);
    const char *level;
    const char *path = socket_path(getenv("DEVICE_URI"), &level);
    const char *error = "out of memory";
    int code = CUPS_BACKEND_CANCEL;

    if (backend == NULL) {
        report_error(error);
        return CUPS_BACKEND_RETRY_CURRENT;
    }
    catch_signals();
    report_init(&backend->report, getenv("LANG"), getenv("PRINTER_STATE_REASONS"));
    backend->input = argc == 7 ? open(argv[6], O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    backend->request = backend_request_new(argv, getenv("PPD"), &error);
    if (path == NULL) {
        error = "the queue's device URI must be printroom:///PATH-OF-THE-SOCKET[?level=LEVEL]";
        code = CUPS_BACKEND_STOP;
    } else if (backend->request != NULL && backend->input >= 0) {
        if (level != NULL) {
            json_object_set_new(backend->request, "queue_level", json_string(level));
        }
        backend->link = link_new(path, getenv("LANG"), &stop);
    }
    if (backend->link != NULL) {
        code = run(backend);
    } else {
        report_error(error);
    }
    link_free(backend->link);
    json_decref(backend->request);
    if (argc == 7 && backend->input >= 0) {
        close(backend->input);
    }
    free(backend);
    return code;
}

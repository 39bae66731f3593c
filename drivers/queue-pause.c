/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem: a queue that we pause and do not resume is a printer that does not print, and nobody
 * knows why. We may be killed at any instruction: by our own alarm, by the daemon's patience, by
 * the kernel for want of memory.
 *
 * The way chosen: the queue is resumed by another process, a child that does nothing but wait for
 * the end of a pipe whose other end we hold. The ordinary end and the sudden one are the same to
 * it, so the way that matters is walked every time. It has a session of its own, so that a signal
 * to our process group does not reach it. It begins before the first queue is paused. When the
 * whole machine dies, what is left is cupsd's own memory: the words with which we paused the queue,
 * which it keeps over a restart. They are the mark by which the next run takes the queue over and
 * queue_pause_recover() finds it. There is no file of ours that could say something else.
 *
 * Left out: two runs at the same device. The first to end resumes the queue of both; the device's
 * own lock (a USB interface has one user) keeps the other one's work whole.
 */
#include "drivers/queue-pause.h"

#include <cups/cups.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/text.h"
#include "drivers/usb-name.h"

enum { QUEUES_MAX = 16, QUEUE_BYTES = 128, CONNECT_MS = 5000, WAIT_STEP_MS = 200 };
enum { RESUME_TRIES = 30, REFUSED_TRIES = 3, RESUME_STEP_MS = 1000 };

struct queue {
    char name[QUEUE_BYTES];
    char device_uri[USB_URI_BYTES];
    ipp_pstate_t state;
    bool ours; /**< it carries our words */
};

struct queues {
    unsigned length;
    struct queue items[QUEUES_MAX];
};

struct queue_pause {
    struct queues queues;
    pid_t guardian; /**< 0: none is needed */
    int pipe;       /**< closing it lets the guardian go */
};

/* cupsd ---------------------------------------------------------------------------------------- */

static const char *no_password(const char *prompt, http_t *http, const char *method,
                               const char *resource, void *context)
{
    (void)prompt, (void)http, (void)method, (void)resource, (void)context;
    return NULL;
}

static http_t *connect_cupsd(void)
{
    const struct passwd *account = getpwuid(geteuid());
    cupsSetPasswordCB2(no_password, NULL);
    if (account != NULL) {
        cupsSetUser(account->pw_name);
    }
    return httpConnect2(cupsServer(), ippPort(), NULL, AF_UNSPEC, cupsEncryption(), 1, CONNECT_MS,
                        NULL);
}

static enum device_result explain(char *message)
{
    text_clean(message, DEVICE_TEXT_BYTES, cupsLastErrorString());
    return cupsLastError() == IPP_STATUS_ERROR_SERVICE_UNAVAILABLE ? DEVICE_UNREACHABLE
                                                                   : DEVICE_REFUSED;
}

static const char *text_of(ipp_attribute_t *attribute)
{
    const char *text = attribute != NULL ? ippGetString(attribute, 0, NULL) : NULL;
    return text != NULL ? text : "";
}

static void read_attribute(struct queue *queue, ipp_attribute_t *attribute)
{
    const char *name = ippGetName(attribute);
    if (strcmp(name, "printer-name") == 0) {
        (void)snprintf(queue->name, sizeof queue->name, "%s", text_of(attribute));
    } else if (strcmp(name, "device-uri") == 0) {
        (void)snprintf(queue->device_uri, sizeof queue->device_uri, "%s", text_of(attribute));
    } else if (strcmp(name, "printer-state") == 0) {
        queue->state = (ipp_pstate_t)ippGetInteger(attribute, 0);
    } else if (strcmp(name, "printer-state-message") == 0) {
        queue->ours = strcmp(text_of(attribute), QUEUE_PAUSE_WORDS) == 0;
    }
}

/** Whether a queue is one that is looked for. @param device_uri  NULL: any left behind by us */
static bool is_wanted(const struct queue *queue, const char *device_uri)
{
    if (queue->name[0] == '\0') {
        return false;
    }
    if (device_uri == NULL) {
        return queue->ours && queue->state == IPP_PSTATE_STOPPED;
    }
    return strcmp(queue->device_uri, device_uri) == 0 ||
           usb_uris_are_one(queue->device_uri, device_uri);
}

static enum device_result find_queues(const char *device_uri, struct queues *ret_queues,
                                      char *message)
{
    static const char *const wanted[] = {"printer-name", "device-uri", "printer-state",
                                         "printer-state-message"};
    http_t *http = connect_cupsd();
    if (http == NULL) {
        text_clean(message, DEVICE_TEXT_BYTES, cupsLastErrorString());
        return DEVICE_UNREACHABLE;
    }
    ipp_t *request = ippNewRequest(IPP_OP_CUPS_GET_PRINTERS);
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                  (int)(sizeof wanted / sizeof wanted[0]), NULL, wanted);
    ipp_t *response = cupsDoRequest(http, request, "/");
    enum device_result result = DEVICE_OK;
    /* A server without any queue says "not found". */
    if (cupsLastError() > IPP_STATUS_OK_EVENTS_COMPLETE &&
        cupsLastError() != IPP_STATUS_ERROR_NOT_FOUND) {
        result = explain(message);
    }
    struct queue queue = {.state = 0};
    ret_queues->length = 0;
    ipp_attribute_t *attribute = response != NULL ? ippFirstAttribute(response) : NULL;
    for (bool more = result == DEVICE_OK && response != NULL; more;) {
        if (attribute != NULL && ippGetGroupTag(attribute) == IPP_TAG_PRINTER) {
            read_attribute(&queue, attribute);
        } else {
            if (is_wanted(&queue, device_uri) && ret_queues->length < QUEUES_MAX) {
                ret_queues->items[ret_queues->length++] = queue;
            }
            queue = (struct queue){.state = 0};
        }
        more = attribute != NULL;
        attribute = more ? ippNextAttribute(response) : NULL;
    }
    ippDelete(response);
    httpClose(http);
    return result;
}

static enum device_result change(const char *name, ipp_op_t operation, char *message)
{
    char uri[512];
    http_t *http = connect_cupsd();
    if (http == NULL) {
        text_clean(message, DEVICE_TEXT_BYTES, cupsLastErrorString());
        return DEVICE_UNREACHABLE;
    }
    (void)httpAssembleURIf(HTTP_URI_CODING_ALL, uri, sizeof uri, "ipp", NULL, "localhost", 0,
                           "/printers/%s", name);
    ipp_t *request = ippNewRequest(operation);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, uri);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL,
                 cupsUser());
    if (operation == IPP_OP_PAUSE_PRINTER) {
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_TEXT, "printer-state-message", NULL,
                     QUEUE_PAUSE_WORDS);
    }
    /* Not /admin/, which is a matter of its own: the queue's policy says who may. */
    ippDelete(cupsDoRequest(http, request, "/"));
    const enum device_result result =
        cupsLastError() <= IPP_STATUS_OK_EVENTS_COMPLETE ? DEVICE_OK : explain(message);
    httpClose(http);
    return result;
}

/* The guardian --------------------------------------------------------------------------------- */

/** A server that is not there is waited for; one that says no does so now and then while it starts.
 */
static bool resume_in_the_end(const struct queue *queue)
{
    char message[DEVICE_TEXT_BYTES];
    int refused = 0;
    for (int i = 0; i < RESUME_TRIES && refused < REFUSED_TRIES; i++) {
        const enum device_result result = change(queue->name, IPP_OP_RESUME_PRINTER, message);
        if (result == DEVICE_OK) {
            return true;
        }
        refused += result == DEVICE_REFUSED;
        (void)poll(NULL, 0, RESUME_STEP_MS);
    }
    return false;
}

static void guard(const struct queues *queues, int pipe)
{
    static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGALRM};
    char byte = 0;
    bool resumed = true;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        (void)signal(ignored[i], SIG_IGN);
    }
    (void)setsid();
    /* Whoever waits for the end of our output does not wait for us. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        (void)close(fd);
    }
    while (read(pipe, &byte, 1) < 0 && errno == EINTR) {
    }
    for (unsigned i = 0; i < queues->length; i++) {
        resumed = resume_in_the_end(&queues->items[i]) && resumed;
    }
    _exit(resumed ? 0 : 1);
}

static enum device_result start_guardian(struct queue_pause *pause, char *message)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        text_clean(message, DEVICE_TEXT_BYTES, strerror(errno));
        return DEVICE_UNREACHABLE;
    }
    pause->guardian = fork();
    if (pause->guardian == 0) {
        (void)close(ends[1]);
        guard(&pause->queues, ends[0]);
    }
    (void)close(ends[0]);
    pause->pipe = ends[1];
    if (pause->guardian < 0) {
        text_clean(message, DEVICE_TEXT_BYTES, strerror(errno));
        (void)close(ends[1]);
        pause->guardian = 0;
        return DEVICE_UNREACHABLE;
    }
    return DEVICE_OK;
}

/* Beginning and end ---------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const struct queue *printing(const struct queues *queues)
{
    for (unsigned i = 0; i < queues->length; i++) {
        if (queues->items[i].state == IPP_PSTATE_PROCESSING) {
            return &queues->items[i];
        }
    }
    return NULL;
}

/** The device's queues, none of them printing, without those that others have stopped. */
static enum device_result find_idle(const char *device_uri, int64_t deadline_ms,
                                    struct queues *ret_queues, char *message)
{
    enum device_result result = find_queues(device_uri, ret_queues, message);
    const struct queue *busy = NULL;
    while (result == DEVICE_OK && (busy = printing(ret_queues)) != NULL) {
        if (now_ms() >= deadline_ms) {
            (void)snprintf(message, DEVICE_TEXT_BYTES,
                           "the queue %s is still printing on the device (lpstat -o %s)",
                           busy->name, busy->name);
            return DEVICE_REFUSED;
        }
        (void)poll(NULL, 0, WAIT_STEP_MS);
        result = find_queues(device_uri, ret_queues, message);
    }
    unsigned kept = 0;
    for (unsigned i = 0; result == DEVICE_OK && i < ret_queues->length; i++) {
        const struct queue queue = ret_queues->items[i];
        if (queue.state != IPP_PSTATE_STOPPED || queue.ours) {
            ret_queues->items[kept++] = queue;
        }
    }
    ret_queues->length = kept;
    return result;
}

enum device_result queue_pause_begin(const char *device_uri, int64_t deadline_ms,
                                     struct queue_pause **ret_pause,
                                     char ret_message[DEVICE_TEXT_BYTES])
{
    struct queue_pause *pause = calloc(1, sizeof *pause);
    if (pause == NULL) {
        text_clean(ret_message, DEVICE_TEXT_BYTES, strerror(ENOMEM));
        return DEVICE_UNREACHABLE;
    }
    enum device_result result = find_idle(device_uri, deadline_ms, &pause->queues, ret_message);
    if (result == DEVICE_OK && pause->queues.length > 0) {
        result = start_guardian(pause, ret_message);
    }
    for (unsigned i = 0; result == DEVICE_OK && i < pause->queues.length; i++) {
        result = change(pause->queues.items[i].name, IPP_OP_PAUSE_PRINTER, ret_message);
    }
    if (result != DEVICE_OK) {
        char ignored[DEVICE_TEXT_BYTES];
        (void)queue_pause_end(pause, ignored);
        return result;
    }
    *ret_pause = pause;
    return DEVICE_OK;
}

unsigned queue_pause_queues(const struct queue_pause *pause)
{
    return pause->queues.length;
}

enum device_result queue_pause_end(struct queue_pause *pause, char ret_message[DEVICE_TEXT_BYTES])
{
    bool resumed = true;
    if (pause->guardian > 0) {
        int status = 0;
        (void)close(pause->pipe);
        while (waitpid(pause->guardian, &status, 0) < 0 && errno == EINTR) {
        }
        resumed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    free(pause);
    if (!resumed) {
        text_clean(ret_message, DEVICE_TEXT_BYTES,
                   "a queue of the device could not be resumed: see lpstat -p, then cupsenable");
    }
    return resumed ? DEVICE_OK : DEVICE_REFUSED;
}

enum device_result queue_pause_recover(unsigned *ret_queues, char ret_message[DEVICE_TEXT_BYTES])
{
    struct queues *queues = calloc(1, sizeof *queues);
    if (queues == NULL) {
        text_clean(ret_message, DEVICE_TEXT_BYTES, strerror(ENOMEM));
        return DEVICE_UNREACHABLE;
    }
    enum device_result result = find_queues(NULL, queues, ret_message);
    for (unsigned i = 0; result == DEVICE_OK && i < queues->length; i++) {
        result = change(queues->items[i].name, IPP_OP_RESUME_PRINTER, ret_message);
    }
    if (result == DEVICE_OK) {
        *ret_queues = queues->length;
    }
    free(queues);
    return result;
}

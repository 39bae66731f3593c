/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/client.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/document/answer.h"
#include "daemon/document/handover.h"
#include "daemon/document/picture-answer.h"
#include "daemon/document/picture.h"
#include "daemon/document/stamp-answer.h"
#include "daemon/error.h"
#include "daemon/log.h"

enum {
    PAGES_MAX_DEFAULT = 5000,
    CHILDREN_MAX = 64,
    TIMEOUT_MAX_S = 86400,
    HELPER_FD = 3,       /**< where the program finds the request socket */
    GRACE_MS = 5000,     /**< how much later than the helper itself the daemon gives up */
    ANSWER_BASE = 4096,  /**< bytes of an answer without its runs */
    ANSWER_PER_RUN = 48, /**< "[4294967295,4294967295,4294967295]," and some */
    STOP_STEP_MS = 20,
};

struct document_helper {
    struct document_helper_settings settings; /**< its strings are the two below */
    char *program;
    char *user;
    pthread_mutex_t lock; /**< of the fields below */
    pthread_cond_t turn;
    unsigned busy; /**< documents handed over */
    pid_t pid;     /**< of the warm parent, 0 when none runs */
    int socket;
};

/* The helper gets no environment but what steers its libraries and a sanitizer's reports. */
static const char *const environment_kept[] = {
    "ASAN_OPTIONS",    "UBSAN_OPTIONS",   "TSAN_OPTIONS",
    "FONTCONFIG_FILE", "FONTCONFIG_PATH", "JOURNAL_STREAM",
};
enum { ENVIRONMENT = sizeof environment_kept / sizeof environment_kept[0] };

enum { ARGUMENTS = 12, ARGUMENT_BYTES = 24 };

/** The program's arguments: those of ours as text, then the account's name. */
struct arguments {
    char text[ARGUMENTS][ARGUMENT_BYTES];
    char *list[ARGUMENTS + 3];
    char user_option[ARGUMENT_BYTES];
};

static void make_arguments(const struct document_helper *helper, bool with_user,
                           struct arguments *arguments)
{
    const struct document_helper_settings *settings = &helper->settings;
    const struct {
        const char *option;
        uint64_t value;
    } numbers[] = {
        {"--fd", HELPER_FD},
        {"--children", settings->children},
        {"--timeout", settings->timeout_s},
        {"--memory", settings->memory_bytes},
        {"--max-pages", settings->pages_max},
    };
    size_t n = 0;

    snprintf(arguments->text[n++], ARGUMENT_BYTES, "printroom-document");
    snprintf(arguments->text[n++], ARGUMENT_BYTES, "serve");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(arguments->text[n++], ARGUMENT_BYTES, "%s", numbers[i].option);
        snprintf(arguments->text[n++], ARGUMENT_BYTES, "%" PRIu64, numbers[i].value);
    }
    for (size_t i = 0; i < n; i++) {
        arguments->list[i] = arguments->text[i];
    }
    if (with_user) {
        snprintf(arguments->user_option, ARGUMENT_BYTES, "--user");
        arguments->list[n++] = arguments->user_option;
        arguments->list[n++] = helper->user;
    }
    arguments->list[n] = NULL;
}

static void free_environment(char *environment[])
{
    for (size_t i = 0; environment[i] != NULL; i++) {
        free(environment[i]);
    }
}

static int make_environment(char *ret_environment[ENVIRONMENT + 2])
{
    size_t n = 0;

    ret_environment[n] = strdup("LC_ALL=C.UTF-8");
    for (size_t i = 0; ret_environment[n] != NULL && i < ENVIRONMENT; i++) {
        const char *value = getenv(environment_kept[i]);
        char *entry = NULL;

        if (value == NULL) {
            continue;
        }
        if (asprintf(&entry, "%s=%s", environment_kept[i], value) < 0) {
            entry = NULL;
        }
        ret_environment[++n] = entry;
    }
    if (ret_environment[n] == NULL) {
        free_environment(ret_environment);
        return PR_ENOMEM;
    }
    ret_environment[n + 1] = NULL;
    return PR_OK;
}

static int spawn_with(const struct document_helper *helper, int socket_fd, bool with_user,
                      pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct arguments arguments = {.list = {NULL}};
    char *environment[ENVIRONMENT + 2];
    sigset_t signals;

    make_arguments(helper, with_user, &arguments);
    if (make_environment(environment) != PR_OK) {
        return PR_ENOMEM;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, socket_fd, HELPER_FD);
    /* The daemon blocks and ignores signals for its own reasons. */
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failed =
        posix_spawn(ret_pid, helper->program, &actions, &attributes, arguments.list, environment);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free_environment(environment);
    if (failed != 0) {
        log_write(LOG_LEVEL_ERROR, "document helper %s: %s", helper->program, strerror(failed));
        return PR_EUNREACHABLE;
    }
    return PR_OK;
}

/* Starts the warm parent; the lock is held, or nobody else knows the helper yet. */
static int start_parent(struct document_helper *helper)
{
    bool with_user = helper->user != NULL;
    int pair[2];

    if (with_user && helper->pid == 0 && helper->socket == -2 && geteuid() != 0) {
        log_write(LOG_LEVEL_WARNING, "document helper starts again without a change of account");
        with_user = false;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return PR_EUNREACHABLE;
    }
    /* The descriptor a spawned program is to have must not be its source, or it stays
     * close-on-exec. */
    int theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, HELPER_FD + 1);
    pid_t pid = 0;
    int result = theirs >= 0 ? spawn_with(helper, theirs, with_user, &pid) : PR_EUNREACHABLE;

    close(pair[1]);
    if (theirs >= 0) {
        close(theirs);
    }
    if (result != PR_OK) {
        close(pair[0]);
        return result;
    }
    helper->pid = pid;
    helper->socket = pair[0];
    return PR_OK;
}

static void wait_ms(unsigned milliseconds)
{
    const struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};

    nanosleep(&time, NULL);
}

/* Closing the socket is the order to end; a parent that does not follow in time is killed. */
static void end_parent(struct document_helper *helper)
{
    if (helper->pid == 0) {
        return;
    }
    close(helper->socket);
    helper->socket = -2;
    for (unsigned waited = 0; waitpid(helper->pid, NULL, WNOHANG) == 0; waited += STOP_STEP_MS) {
        if (waited >= GRACE_MS) {
            kill(helper->pid, SIGKILL);
        }
        wait_ms(STOP_STEP_MS);
    }
    helper->pid = 0;
}

static void free_helper(struct document_helper *helper)
{
    free(helper->program);
    free(helper->user);
    pthread_cond_destroy(&helper->turn);
    pthread_mutex_destroy(&helper->lock);
    free(helper);
}

int document_helper_start(const struct document_helper_settings *settings,
                          struct document_helper **ret_helper)
{
    if (settings->children == 0 || settings->children > CHILDREN_MAX || settings->timeout_s == 0 ||
        settings->timeout_s > TIMEOUT_MAX_S) {
        return PR_EINVAL;
    }
    struct document_helper *helper = calloc(1, sizeof *helper);

    if (helper == NULL) {
        return PR_ENOMEM;
    }
    pthread_mutex_init(&helper->lock, NULL);
    pthread_cond_init(&helper->turn, NULL);
    helper->socket = -1;
    helper->settings = *settings;
    helper->program = strdup(settings->program);
    helper->user = settings->user != NULL ? strdup(settings->user) : NULL;
    helper->settings.program = helper->program;
    helper->settings.user = helper->user;
    if (helper->settings.pages_max == 0) {
        helper->settings.pages_max = PAGES_MAX_DEFAULT;
    }
    bool complete = helper->program != NULL && (settings->user == NULL || helper->user != NULL);
    int result = complete ? start_parent(helper) : PR_ENOMEM;

    if (result != PR_OK) {
        free_helper(helper);
        return result;
    }
    *ret_helper = helper;
    return PR_OK;
}

void document_helper_stop(struct document_helper *helper)
{
    if (helper != NULL) {
        end_parent(helper);
        free_helper(helper);
    }
}

/* Hands over; a warm parent that has died is started again, once. */
static int hand_over(struct document_helper *helper, const struct handover_wish *wish,
                     const int fds[HANDOVER_FDS])
{
    int result = helper->pid != 0 ? handover_send(helper->socket, wish, fds) : PR_EUNREACHABLE;

    if (result == PR_OK) {
        return PR_OK;
    }
    log_write(LOG_LEVEL_WARNING, "document helper has ended; starting it again");
    end_parent(helper);
    result = start_parent(helper);
    return result == PR_OK ? handover_send(helper->socket, wish, fds) : result;
}

static int request(struct document_helper *helper, const struct handover_wish *wish,
                   const int fds[HANDOVER_FDS])
{
    pthread_mutex_lock(&helper->lock);
    while (helper->busy == helper->settings.children) {
        pthread_cond_wait(&helper->turn, &helper->lock);
    }
    int result = hand_over(helper, wish, fds);

    helper->busy += result == PR_OK;
    if (result != PR_OK) {
        pthread_cond_signal(&helper->turn);
    }
    pthread_mutex_unlock(&helper->lock);
    return result;
}

static void request_done(struct document_helper *helper)
{
    pthread_mutex_lock(&helper->lock);
    helper->busy--;
    pthread_cond_signal(&helper->turn);
    pthread_mutex_unlock(&helper->lock);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads up to the line's end, which is the answer; what comes after it, if anything, is not waited
 * for. */
static int read_line(int fd, int64_t deadline_ms, char *buffer, size_t size, size_t *ret_size)
{
    size_t length = 0;

    while (length < size) {
        struct pollfd event = {.fd = fd, .events = POLLIN};
        int64_t left = deadline_ms - now_ms();

        if (left <= 0) {
            return PR_ETIMEOUT;
        }
        if (poll(&event, 1, (int)left) < 0 && errno != EINTR) {
            return PR_ECRASHED;
        }
        if (event.revents == 0) {
            continue;
        }
        ssize_t got = read(fd, buffer + length, size - length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return PR_ECRASHED;
        }
        const char *end = memchr(buffer + length, '\n', (size_t)got);

        length += (size_t)got;
        if (end != NULL) {
            *ret_size = (size_t)(end - buffer);
            return PR_OK;
        }
    }
    return PR_ECRASHED;
}

static int read_answer(const struct document_helper *helper, int fd,
                       struct document_facts *ret_facts, char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    const struct document_helper_settings *settings = &helper->settings;
    size_t size = ANSWER_BASE + (size_t)ANSWER_PER_RUN * settings->pages_max;
    char *buffer = malloc(size);
    size_t length = 0;

    if (buffer == NULL) {
        return PR_ENOMEM;
    }
    int result = read_line(fd, now_ms() + (int64_t)settings->timeout_s * 1000 + GRACE_MS, buffer,
                           size, &length);

    if (result == PR_OK) {
        result = answer_parse(buffer, length, settings->pages_max, ret_facts, ret_message);
    }
    free(buffer);
    return result;
}

/* The same memory through a descriptor that cannot write: the document is the daemon's, too. */
static int reopen_for_reading(int document_fd)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", document_fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* @param plan  descriptor of a stamp's plan, or -1 */
static int begin_with(struct document_helper *helper, const struct handover_wish *wish,
                      int document_fd, int plan, struct document_inspection *ret_inspection)
{
    int answer[2] = {-1, -1};
    int document = reopen_for_reading(document_fd);
    int result;

    if (document < 0 || pipe2(answer, O_CLOEXEC) != 0) {
        result = pr_error_from_errno(errno);
        log_write(LOG_LEVEL_ERROR, "document for inspection: %s", strerror(errno));
    } else {
        result = request(helper, wish, (int[]){document, answer[1], plan < 0 ? document : plan});
    }
    if (document >= 0) {
        close(document);
    }
    /* Kept open here it would hide that the helper's ends are closed. */
    if (answer[1] >= 0) {
        close(answer[1]);
    }
    if (result == PR_OK) {
        *ret_inspection = (struct document_inspection){helper, answer[0]};
    } else if (answer[0] >= 0) {
        close(answer[0]);
    }
    return result;
}

static int begin(struct document_helper *helper, const struct handover_wish *wish, int document_fd,
                 struct document_inspection *ret_inspection)
{
    return begin_with(helper, wish, document_fd, -1, ret_inspection);
}

int document_inspect_begin(struct document_helper *helper, int document_fd,
                           struct document_inspection *ret_inspection)
{
    const struct handover_wish wish = {.wish = WISH_INSPECT};

    return begin(helper, &wish, document_fd, ret_inspection);
}

int document_inspect_end(struct document_inspection *inspection, struct document_facts *ret_facts,
                         char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    ret_message[0] = '\0';
    int result = read_answer(inspection->helper, inspection->answer, ret_facts, ret_message);

    request_done(inspection->helper);
    close(inspection->answer);
    return result;
}

int document_inspect(struct document_helper *helper, int document_fd,
                     struct document_facts *ret_facts, char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    struct document_inspection inspection;
    int result = document_inspect_begin(helper, document_fd, &inspection);

    if (result != PR_OK) {
        ret_message[0] = '\0';
        return result;
    }
    return document_inspect_end(&inspection, ret_facts, ret_message);
}

int document_preview(struct document_helper *helper, int document_fd, uint32_t page, uint32_t dpi,
                     void **ret_png, size_t *ret_size, char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    const struct handover_wish wish = {.wish = WISH_PREVIEW, .page = page, .dpi = dpi};
    struct document_inspection preview;

    ret_message[0] = '\0';
    if (page == 0 || dpi < PREVIEW_DPI_MIN || dpi > PREVIEW_DPI_MAX) {
        return PR_EINVAL;
    }
    int result = begin(helper, &wish, document_fd, &preview);

    if (result != PR_OK) {
        return result;
    }
    result =
        picture_answer_read(preview.answer, (int64_t)helper->settings.timeout_s * 1000 + GRACE_MS,
                            ret_png, ret_size, ret_message);
    request_done(helper);
    close(preview.answer);
    return result;
}

/* No stamped document is larger: the original, or what libqpdf makes of it, content moved into
 * forms, and for each page far less than this. */
#define STAMPED_BYTES_BASE     (UINT64_C(64) << 20)
#define STAMPED_BYTES_PER_PAGE UINT64_C(4096)

static uint64_t stamped_bytes_max(int document_fd, const struct document_stamp_plan *plan)
{
    struct stat status = {.st_size = 0};

    fstat(document_fd, &status);
    return 3 * (uint64_t)status.st_size + STAMPED_BYTES_BASE +
           STAMPED_BYTES_PER_PAGE * plan->copies * plan->pages;
}

int document_stamp(struct document_helper *helper, int document_fd,
                   const struct document_stamp_plan *plan, int *ret_fd,
                   char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    const struct handover_wish wish = {.wish = WISH_STAMP};
    struct document_inspection stamping;
    int plan_fd = -1;

    ret_message[0] = '\0';
    int result = stamp_request_write(plan, &plan_fd);

    if (result != PR_OK) {
        return result;
    }
    result = begin_with(helper, &wish, document_fd, plan_fd, &stamping);
    close(plan_fd);
    if (result != PR_OK) {
        return result;
    }
    result =
        stamp_answer_read(stamping.answer, (int64_t)helper->settings.timeout_s * 1000 + GRACE_MS,
                          stamped_bytes_max(document_fd, plan), ret_fd, ret_message);
    request_done(helper);
    close(stamping.answer);
    return result;
}

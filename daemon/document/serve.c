/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting a process that loads poppler, fontconfig and qpdf takes some 60 ms, reading a page 2 ms.
 * So one parent loads and warms them once, and children are forked from it before they are needed:
 * they inherit everything loaded, put on their sandbox, and wait for their one document on a socket
 * of their own. A request costs two messages and no fork; the replacement is forked while the child
 * is at work.
 *
 * The parent never reads a byte of a document. It takes a request (its descriptors), passes them to
 * a waiting child, keeps the result's descriptor, and when the child ends in another way than it
 * should, or its time is up, writes the line the child could not write. Requests stay in the socket
 * while all children are at work. The socket's end of file is the order to end: children are killed
 * and waited for. Children also end by themselves when the parent dies (their socket closes, and
 * PR_SET_PDEATHSIG while at work).
 */
#include "config.h"

#include "daemon/document/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/document/handover.h"
#include "daemon/document/problem.h"
#include "daemon/document/sandbox.h"
#include "daemon/document/stamp-code.h"
#include "daemon/document/worker.h"
#include "daemon/error.h"

/* Where a child finds things once its descriptors are sorted. */
enum { CHILD_SOCKET = 3, CHILD_DOCUMENT = 4, CHILD_RESULT = 5, CHILD_PLAN = 6 };
enum { CHILDREN_MAX = 64, FORK_RETRY_MS = 200 };

/* By hand the answer may go to a file; serving, it goes to a pipe and no file may grow at all. */
#define ANSWER_MAX_BYTES (UINT64_C(1) << 34)

/** A forked child: waiting (socket ≥ 0), at work (result ≥ 0), or a free place (pid 0). */
struct child {
    pid_t pid;
    int socket;
    int result;
    bool late; /**< killed because its time was up */
    int64_t deadline_ms;
};

struct server {
    const struct serve_options *options;
    int signals;                          /**< signalfd for SIGCHLD */
    struct child child[2 * CHILDREN_MAX]; /**< as many waiting as may be at work */
    size_t places;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The child's side -------------------------------------------------------------------------- */

/** @param null  open on /dev/null: once Landlock is on nobody can open it any more */
static void silence_stderr(int null)
{
#ifdef PRINTROOM_SANITIZED
    (void)null;
#else
    /* Libraries quote documents in their complaints; those belong into no log. */
    dup2(null, STDERR_FILENO);
#endif
}

static struct sandbox_limits limits_of_children(const struct serve_options *options)
{
    return (struct sandbox_limits){.memory_bytes = options->memory_bytes,
                                   .cpu_s = options->timeout_s + 1,
                                   .input_fd = CHILD_SOCKET,
                                   .output_fd = CHILD_RESULT};
}

static _Noreturn void child_main(const struct serve_options *options, int socket_fd, pid_t parent)
{
    const struct sandbox_limits limits = {.memory_bytes = options->memory_bytes,
                                          .cpu_s = options->timeout_s + 1,
                                          .input_fd = CHILD_SOCKET,
                                          .output_fd = CHILD_RESULT};
    struct handover_wish wish = {0};
    int fds[HANDOVER_FDS];
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(socket_fd, CHILD_SOCKET) < 0 ||
        close_range(CHILD_SOCKET + 1, ~0U, 0) != 0) {
        _exit(2);
    }
    silence_stderr(STDIN_FILENO);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    worker_last_words(CHILD_RESULT);
    if (sandbox_enter(&limits) != PR_OK ||
        handover_receive(CHILD_SOCKET, &wish, fds) != HANDOVER_REQUEST ||
        fds[0] != CHILD_DOCUMENT || fds[1] != CHILD_RESULT || fds[2] != CHILD_PLAN) {
        _exit(2);
    }
    _exit(worker_run(options, &wish,
                     &(struct worker_files){CHILD_DOCUMENT, CHILD_RESULT, CHILD_PLAN, true}));
}

/* The parent's side --------------------------------------------------------------------------- */

static size_t count_children(const struct server *server, bool at_work)
{
    size_t found = 0;

    for (size_t i = 0; i < server->places; i++) {
        const struct child *child = &server->child[i];

        found += child->pid != 0 && (at_work ? child->result >= 0 : child->socket >= 0);
    }
    return found;
}

static struct child *free_place(struct server *server)
{
    for (size_t i = 0; i < server->places; i++) {
        if (server->child[i].pid == 0) {
            return &server->child[i];
        }
    }
    return NULL;
}

static bool fork_child(struct server *server)
{
    struct child *place = free_place(server);
    pid_t parent = getpid();
    int pair[2];

    if (place == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return false;
    }
    pid_t pid = fork();

    if (pid == 0) {
        child_main(server->options, pair[1], parent);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return false;
    }
    *place = (struct child){.pid = pid, .socket = pair[0], .result = -1};
    return true;
}

/* Keeps as many children waiting as documents may come; false when the system refused one for now.
 */
static bool fill_up(struct server *server)
{
    while (count_children(server, false) < server->options->children &&
           free_place(server) != NULL) {
        if (!fork_child(server)) {
            return false;
        }
    }
    return true;
}

static bool hand_to_child(struct server *server, const struct handover_wish *wish,
                          const int fds[HANDOVER_FDS])
{
    for (size_t i = 0; i < server->places; i++) {
        struct child *child = &server->child[i];

        if (child->pid == 0 || child->socket < 0) {
            continue;
        }
        bool taken = handover_send(child->socket, wish, fds) == PR_OK;

        /* A child that does not take it has died; its place is freed when it is waited for. */
        close(child->socket);
        child->socket = -1;
        if (taken) {
            child->result = fds[1];
            child->deadline_ms = now_ms() + (int64_t)server->options->timeout_s * 1000;
            return true;
        }
    }
    return false;
}

/* The pipe may be full or its reader gone; either way the parent must not wait. */
static void tell(int result_fd, int code, const char *message)
{
    struct pollfd room = {.fd = result_fd, .events = POLLOUT};
    char line[PROBLEM_LINE_BYTES];
    unsigned length = problem_line(line, code, message);

    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0) {
        ssize_t ignored = write(result_fd, line, length);

        (void)ignored;
    }
}

/* Takes one request; false when the other end has closed. */
static bool take_request(struct server *server)
{
    struct handover_wish wish = {0};
    int fds[HANDOVER_FDS];

    switch (handover_receive(server->options->request_fd, &wish, fds)) {
    case HANDOVER_END:
        return false;
    case HANDOVER_REQUEST:
        break;
    default:
        return true;
    }
    if (!hand_to_child(server, &wish, fds)) {
        tell(fds[1], PR_ECRASHED, "no process could be started for the document");
        close(fds[1]);
    }
    close(fds[0]);
    close(fds[2]);
    return true;
}

static void bury(struct child *child, int status)
{
    /* Exit statuses 0 and 1 are those of a child that has written its line. */
    bool answered = WIFEXITED(status) && WEXITSTATUS(status) <= 1;

    if (child->result >= 0) {
        if (child->late) {
            tell(child->result, PR_ETIMEOUT, "the document takes longer to be read than allowed");
        } else if (!answered) {
            tell(child->result, PR_ECRASHED, "the document makes its reader fail");
        }
        close(child->result);
    }
    if (child->socket >= 0) {
        close(child->socket);
    }
    *child = (struct child){.socket = -1, .result = -1};
}

static void wait_for_dead(struct server *server)
{
    struct signalfd_siginfo news;
    int status;
    pid_t pid;

    while (read(server->signals, &news, sizeof news) > 0) {
    }
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < server->places; i++) {
            if (server->child[i].pid == pid) {
                bury(&server->child[i], status);
            }
        }
    }
}

/* Kills whose time is up; returns the milliseconds until the next is due, -1 without one. */
static int kill_late(struct server *server)
{
    int64_t now = now_ms();
    int64_t next = -1;

    for (size_t i = 0; i < server->places; i++) {
        struct child *child = &server->child[i];

        if (child->pid == 0 || child->result < 0 || child->late) {
            continue;
        }
        int64_t left = child->deadline_ms - now;

        if (left <= 0) {
            child->late = true;
            kill(child->pid, SIGKILL);
        } else if (next < 0 || left < next) {
            next = left;
        }
    }
    return next > 1000000 ? 1000000 : (int)next;
}

static void end_all(struct server *server)
{
    for (size_t i = 0; i < server->places; i++) {
        if (server->child[i].pid != 0) {
            kill(server->child[i].pid, SIGKILL);
        }
    }
    for (size_t i = 0; i < server->places; i++) {
        if (server->child[i].pid != 0) {
            waitpid(server->child[i].pid, NULL, 0);
        }
    }
}

static void serve_requests(struct server *server)
{
    bool open = true;

    while (open) {
        bool full = fill_up(server);
        int timeout_ms = kill_late(server);
        bool able = count_children(server, false) > 0 &&
                    count_children(server, true) < server->options->children;
        struct pollfd events[] = {
            {.fd = server->signals, .events = POLLIN},
            /* Without POLLIN the end of the other side is still reported. */
            {.fd = server->options->request_fd, .events = able ? POLLIN : 0},
        };

        if (!full && (timeout_ms < 0 || timeout_ms > FORK_RETRY_MS)) {
            timeout_ms = FORK_RETRY_MS;
        }
        if (poll(events, 2, timeout_ms) < 0 && errno != EINTR) {
            break;
        }
        if (events[0].revents != 0) {
            wait_for_dead(server);
        }
        if ((events[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
            open = false;
        } else if ((events[1].revents & POLLIN) != 0) {
            open = take_request(server);
        }
    }
}

/* Standard descriptors that lead nowhere, none left over from whoever started this. */
static bool sort_descriptors(int request_fd)
{
    int null = open("/dev/null", O_RDWR);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0) {
        return false;
    }
    return close_range((unsigned)request_fd + 1, ~0U, 0) == 0 &&
           (request_fd <= 3 || close_range(3, (unsigned)request_fd - 1, 0) == 0);
}

static int signal_descriptor(void)
{
    sigset_t ended;

    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ended, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
}

int serve(const struct serve_options *options)
{
    struct server *server = NULL;

    if (options->request_fd <= STDERR_FILENO || !sort_descriptors(options->request_fd)) {
        fprintf(stderr, "printroom-document: descriptor %d is no request socket\n",
                options->request_fd);
        return 1;
    }
    if (sandbox_drop_user(options->user) != PR_OK) {
        return 1;
    }
    const struct sandbox_limits limits = limits_of_children(options);

    worker_warm_up();
    code_warm_up();
    server = calloc(1, sizeof *server);
    if (server == NULL || sandbox_prepare(&limits) != PR_OK || sandbox_close_files(NULL) != PR_OK) {
        goto out;
    }
    server->options = options;
    server->places = 2 * (size_t)options->children;
    for (size_t i = 0; i < server->places; i++) {
        server->child[i] = (struct child){.socket = -1, .result = -1};
    }
    server->signals = signal_descriptor();
    if (server->signals < 0) {
        goto out;
    }
    serve_requests(server);
    end_all(server);
    /* exit() would have the libraries tidy up what the system takes back anyway. */
    _exit(0);
out:
    free(server);
    return 1;
}

/* stdin as something that can be mapped: itself, or a copy in memory when it is a pipe. */
static int document_on_stdin(void)
{
    struct stat status;
    char buffer[65536];
    ssize_t got;

    if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode)) {
        return STDIN_FILENO;
    }
    int copy = memfd_create("document", MFD_CLOEXEC);

    while (copy >= 0 && (got = read(STDIN_FILENO, buffer, sizeof buffer)) != 0) {
        if (got < 0 || write(copy, buffer, (size_t)got) != got) {
            close(copy);
            return -1;
        }
    }
    return copy;
}

int serve_once(const struct serve_options *options, const struct handover_wish *wish, int plan)
{
    const struct sandbox_limits limits = {.memory_bytes = options->memory_bytes,
                                          .cpu_s = options->timeout_s + 1,
                                          .file_bytes = ANSWER_MAX_BYTES,
                                          .input_fd = -1,
                                          .output_fd = STDOUT_FILENO};
    int document = document_on_stdin();
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (document < 0 || null < 0 || sandbox_drop_user(options->user) != PR_OK) {
        fprintf(stderr, "printroom-document: cannot read the document on stdin\n");
        return 2;
    }
    /* A stamp by hand needs little of what inspections do. */
    if (wish->wish == WISH_STAMP) {
        worker_warm_up_stamp();
    } else {
        worker_warm_up();
    }
    if (sandbox_close_files(NULL) != PR_OK) {
        return 2;
    }
    silence_stderr(null);
    worker_last_words(STDOUT_FILENO);
    alarm(options->timeout_s);
    if (sandbox_enter(&limits) != PR_OK) {
        return 2;
    }
    /* No tidying up: what exit() runs has no place in the sandbox. */
    _exit(worker_run(options, wish, &(struct worker_files){document, STDOUT_FILENO, plan, false}));
}

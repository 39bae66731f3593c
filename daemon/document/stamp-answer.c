/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-answer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "daemon/document/answer.h"
#include "daemon/document/problem.h"
#include "daemon/document/stamp-plan.h"
#include "daemon/error.h"

enum { LENGTH_BYTES = 4, SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/** The answer, and where it goes. */
struct answer {
    int from;
    int to;
    int64_t deadline_ms;
    uint64_t left; /**< bytes that may still come */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_for_bytes(const struct answer *answer)
{
    for (;;) {
        struct pollfd event = {.fd = answer->from, .events = POLLIN};
        int64_t left = answer->deadline_ms - now_ms();

        if (left <= 0) {
            return PR_ETIMEOUT;
        }
        int ready = poll(&event, 1, left > 1000000 ? 1000000 : (int)left);

        if (ready < 0 && errno != EINTR) {
            return PR_ECRASHED;
        }
        if (ready > 0) {
            return PR_OK;
        }
    }
}

/* Up to `size` bytes: until they are complete, the other end closes, or a line ends where
 * `line_ends`. */
static int read_bytes(const struct answer *answer, char *bytes, size_t size, bool line_ends,
                      size_t *ret_size)
{
    size_t length = 0;

    while (length < size && !(line_ends && length > 0 && bytes[length - 1] == '\n')) {
        int result = wait_for_bytes(answer);

        if (result != PR_OK) {
            return result;
        }
        ssize_t got = read(answer->from, bytes + length, line_ends ? 1 : size - length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return PR_ECRASHED;
        }
        if (got == 0) {
            break;
        }
        length += (size_t)got;
    }
    *ret_size = length;
    return PR_OK;
}

/* The bytes go from pipe to file without being seen here. */
static int move_piece(struct answer *answer, uint32_t length)
{
    if (length > answer->left) {
        return PR_ECRASHED;
    }
    answer->left -= length;
    while (length > 0) {
        int result = wait_for_bytes(answer);

        if (result != PR_OK) {
            return result;
        }
        ssize_t moved = splice(answer->from, NULL, answer->to, NULL, length, SPLICE_F_MOVE);

        if (moved < 0 && errno == EINTR) {
            continue;
        }
        if (moved <= 0) {
            return moved < 0 && (errno == ENOMEM || errno == ENOSPC) ? PR_ENOMEM : PR_ECRASHED;
        }
        length -= (uint32_t)moved;
    }
    return PR_OK;
}

/* The line of a problem, of which the first bytes were taken for a length. */
static int read_problem(const struct answer *answer, const char first[LENGTH_BYTES],
                        char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    char line[PROBLEM_LINE_BYTES];
    struct document_facts facts = {0};
    size_t length = 0;

    memcpy(line, first, LENGTH_BYTES);
    int result = read_bytes(answer, line + LENGTH_BYTES, sizeof line - LENGTH_BYTES, true, &length);

    if (result != PR_OK) {
        return result;
    }
    length += LENGTH_BYTES;
    if (line[length - 1] != '\n') {
        return PR_ECRASHED;
    }
    result = answer_parse(line, length - 1, 1, &facts, ret_message);
    if (result == PR_OK) {
        document_facts_clear(&facts);
        return PR_ECRASHED;
    }
    return result;
}

static int read_pieces(struct answer *answer, char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    for (;;) {
        uint8_t head[LENGTH_BYTES];
        size_t got = 0;
        int result = read_bytes(answer, (char *)head, sizeof head, false, &got);

        if (result != PR_OK || got != sizeof head) {
            return result != PR_OK ? result : PR_ECRASHED;
        }
        uint32_t length = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 |
                          (uint32_t)head[3] << 24;

        if (length > STAMP_PIECE_MAX) {
            return read_problem(answer, (const char *)head, ret_message);
        }
        if (length == 0) {
            return PR_OK;
        }
        result = move_piece(answer, length);
        if (result != PR_OK) {
            return result;
        }
    }
}

static int seal(int fd)
{
    return lseek(fd, 0, SEEK_SET) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0 ? PR_OK : PR_EIO;
}

int stamp_answer_read(int fd, int64_t patience_ms, uint64_t bytes_max, int *ret_fd,
                      char ret_message[DOCUMENT_MESSAGE_BYTES])
{
    struct answer answer = {
        .from = fd,
        .to = memfd_create("stamped", MFD_CLOEXEC | MFD_ALLOW_SEALING),
        .deadline_ms = now_ms() + patience_ms,
        .left = bytes_max,
    };

    ret_message[0] = '\0';
    if (answer.to < 0) {
        return PR_ENOMEM;
    }
    /* The system may refuse; then it takes more turns. */
    fcntl(fd, F_SETPIPE_SZ, STAMP_PIECE_MAX);
    int result = read_pieces(&answer, ret_message);

    if (result == PR_OK) {
        result = seal(answer.to);
    }
    if (result != PR_OK) {
        close(answer.to);
        return result;
    }
    *ret_fd = answer.to;
    return PR_OK;
}

static bool plan_is_good(const struct document_stamp_plan *plan)
{
    return stamp_plan_text_is_good(plan->level_term) &&
           stamp_plan_text_is_good(plan->document_number) &&
           stamp_plan_text_is_good(plan->person) && stamp_plan_text_is_good(plan->time) &&
           plan->first_copy > 0 && plan->copies > 0 && plan->pages > 0 &&
           plan->copies <= STAMP_COPY_MAX &&
           (uint64_t)plan->first_copy + plan->copies - 1 <= STAMP_COPY_MAX &&
           (uint64_t)plan->copies * plan->pages <= STAMP_IMPRESSIONS_MAX && plan->code_bytes > 1 &&
           plan->code_bytes <= STAMP_CODE_BYTES;
}

static int write_plan(const struct document_stamp_plan *plan, FILE *file)
{
    size_t codes = (size_t)plan->copies * plan->pages;

    fprintf(file,
            "printroom-stamp 1\nlevel-term %s\ndocument-number %s\nperson %s\ntime %s\n"
            "first-copy %" PRIu32 "\ncopies %" PRIu32 "\npages %" PRIu32
            "\npad %d\nmarks %d\ncodes\n",
            plan->level_term, plan->document_number, plan->person, plan->time, plan->first_copy,
            plan->copies, plan->pages, plan->pad, plan->marks);
    for (size_t i = 0; i < codes; i++) {
        const char *code = plan->codes + i * plan->code_bytes;
        size_t length = strnlen(code, plan->code_bytes);

        if (length == plan->code_bytes || !stamp_plan_code_is_good(code, length)) {
            return PR_EINVAL;
        }
        fwrite(code, 1, length, file);
        putc('\n', file);
    }
    return fflush(file) == 0 ? PR_OK : PR_ENOMEM;
}

int stamp_request_write(const struct document_stamp_plan *plan, int *ret_fd)
{
    if (!plan_is_good(plan)) {
        return PR_EINVAL;
    }
    int fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int other = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    FILE *file = other >= 0 ? fdopen(other, "w") : NULL;
    int result = file != NULL ? write_plan(plan, file) : PR_ENOMEM;

    if (file != NULL) {
        fclose(file);
    } else if (other >= 0) {
        close(other);
    }
    if (result == PR_OK) {
        result = seal(fd);
    }
    if (result == PR_OK) {
        *ret_fd = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    return result;
}

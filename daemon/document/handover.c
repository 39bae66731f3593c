/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/handover.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/error.h"

/** Room for the control message, aligned as one. */
union control {
    char bytes[CMSG_SPACE(HANDOVER_FDS * sizeof(int))];
    struct cmsghdr align;
};

int handover_send(int socket_fd, const struct handover_wish *wish, const int fds[HANDOVER_FDS])
{
    union control control = {.bytes = {0}};
    struct handover_wish word = *wish;
    struct iovec data = {.iov_base = &word, .iov_len = sizeof word};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    ssize_t sent;

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(HANDOVER_FDS * sizeof(int));
    memcpy(CMSG_DATA(header), fds, HANDOVER_FDS * sizeof(int));
    do {
        sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof word ? PR_OK : PR_EUNREACHABLE;
}

static enum handover take_descriptors(struct msghdr *message, int ret_fds[HANDOVER_FDS])
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);

    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
        return HANDOVER_NOTHING;
    }
    int fds[HANDOVER_FDS];
    size_t got = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    got = got > HANDOVER_FDS ? HANDOVER_FDS : got;
    memcpy(fds, CMSG_DATA(header), got * sizeof(int));
    if (got != HANDOVER_FDS || (message->msg_flags & MSG_CTRUNC) != 0) {
        for (size_t i = 0; i < got; i++) {
            close(fds[i]);
        }
        return HANDOVER_NOTHING;
    }
    memcpy(ret_fds, fds, sizeof fds);
    return HANDOVER_REQUEST;
}

enum handover handover_receive(int socket_fd, struct handover_wish *ret_wish,
                               int ret_fds[HANDOVER_FDS])
{
    union control control = {.bytes = {0}};
    struct handover_wish word = {0};
    struct iovec data = {.iov_base = &word, .iov_len = sizeof word};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;

    do {
        got = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        return HANDOVER_END;
    }
    int fds[HANDOVER_FDS];
    enum handover taken = take_descriptors(&message, fds);

    if (taken != HANDOVER_REQUEST) {
        return taken;
    }
    if (got != (ssize_t)sizeof word || (message.msg_flags & MSG_TRUNC) != 0) {
        for (size_t i = 0; i < HANDOVER_FDS; i++) {
            close(fds[i]);
        }
        return HANDOVER_NOTHING;
    }
    *ret_wish = word;
    memcpy(ret_fds, fds, sizeof fds);
    return HANDOVER_REQUEST;
}

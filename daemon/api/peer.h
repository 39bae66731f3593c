/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Who asks: from the kernel's word on the socket to a person in the store. */
#ifndef DAEMON_API_PEER_H
#define DAEMON_API_PEER_H

#include "daemon/api/route.h"

struct api_credentials {
    uid_t uid;
    pid_t pid;
    bool helper; /**< of this daemon's own account, and cannot gain privileges any more (prctl(2)),
                    as those that it starts for hostile input; or not there to be looked at */
};
/** Credentials of the process that connected, when it connected (SO_PEERCRED, unix(7)). PR_EIO. */
int api_credentials_read(int socket_fd, struct api_credentials *ret_credentials);

/** Accounts that are more than a person. */
struct api_accounts {
    uid_t service;
    bool backend_known; /**< settings->backend_user exists on this machine */
    uid_t backend;
};

/**
 * Finds out who a request is from. Read anew for every request, so that a role taken away is gone
 * at once.
 *
 * @param as           value of Printroom-As (percent-encoded login), NULL when there is none
 * @param ret_problem  on PR_EACCESS API_AS_FORBIDDEN, on PR_EINVAL API_BAD_REQUEST, else what
 * stands for the error
 * @return PR_OK (also for strangers: known is false then); PR_EACCESS, PR_EINVAL, PR_EDB, PR_ENOMEM
 */
int api_peer_identify(struct store *store, const struct api_accounts *accounts,
                      const struct api_credentials *credentials, const char *as,
                      struct api_peer *ret_peer, enum api_problem *ret_problem);

/**
 * Makes the peer the person a bearer token was given to (RFC 6750 §2.1), with that person's rights
 * only, whatever account the request comes from.
 *
 * @param authorization  value of the header Authorization
 * @param ret_problem    on PR_EACCESS API_TOKEN_INVALID, else what stands for the error
 * @return PR_OK; PR_EACCESS: it is no token that is good; PR_EDB … with the peer as it was
 */
int api_peer_present_token(struct store *store, const char *authorization, struct api_peer *peer,
                           enum api_problem *ret_problem);

/** True when the peer is the service acting as itself or has one of the roles or bits. */
bool api_peer_may(const struct api_peer *peer, uint32_t access);

/** Writes the roles and bits of a set: "director, admin"; Chinese has its own separator:
 * "办公室主任、系统管理员". */
void api_access_format(uint32_t access, enum policy_language language, const char *separator,
                       char *buffer, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/api/peer.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/api/encoding.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/store.h"
#include "daemon/store/violations.h"

/**
 * Helpers share the daemon's account and might be taken over by what they read: a document, a
 * printer. All have set no_new_privs, which nothing takes off again and which children inherit.
 */
static bool is_confined(pid_t pid)
{
    static const char unconfined[] = "NoNewPrivs:\t0\n";
    char path[64];
    char line[256];
    bool found = false;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *status = fopen(path, "re");

    while (status != NULL && !found && fgets(line, sizeof line, status) != NULL) {
        found = strcmp(line, unconfined) == 0;
    }
    if (status != NULL) {
        fclose(status);
    }
    return !found;
}

int api_credentials_read(int socket_fd, struct api_credentials *ret_credentials)
{
    struct ucred credentials;
    socklen_t length = sizeof credentials;

    if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0 ||
        length != sizeof credentials || credentials.uid == (uid_t)-1) {
        return PR_EIO;
    }
    *ret_credentials = (struct api_credentials){credentials.uid, credentials.pid, false};
    if (credentials.uid != 0 && credentials.uid == geteuid()) {
        ret_credentials->helper = is_confined(credentials.pid);
    }
    return PR_OK;
}

/** The login of a uid, "" when it has none that could be a person's. */
static void login_of(uid_t uid, char login[PERSON_LOGIN_BYTES])
{
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;

    login[0] = '\0';
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL &&
        strlen(found->pw_name) < PERSON_LOGIN_BYTES &&
        utf8_valid(found->pw_name, strlen(found->pw_name))) {
        memcpy(login, found->pw_name, strlen(found->pw_name) + 1);
    }
}

/** Acts as somebody else: only the service may. */
static int act_as(struct api_peer *peer, const char *as, enum api_problem *ret_problem)
{
    char login[PERSON_LOGIN_BYTES];

    if (!peer->service) {
        *ret_problem = API_AS_FORBIDDEN;
        return PR_EACCESS;
    }
    if (!percent_decode(as, strlen(as), login, sizeof login) || login[0] == '\0' ||
        utf8_has_control(login, strlen(login))) {
        *ret_problem = API_BAD_REQUEST;
        return PR_EINVAL;
    }
    char own[PERSON_LOGIN_BYTES];

    snprintf(own, sizeof own, "%.*s", (int)sizeof own - 1, peer->actor);
    snprintf(peer->actor, sizeof peer->actor, "%s as %s", own, login);
    memcpy(peer->login, login, strlen(login) + 1);
    peer->service = false;
    peer->backend = false;
    return PR_OK;
}

/** An attempt to get past the kernel's word for who somebody is belongs into the register of
 * violations. */
static void record_attempt(struct store *store, const struct api_peer *peer)
{
    char month[POLICY_MONTH_BYTES];
    struct store_tx *tx = NULL;
    int error = store_begin(store, &tx);

    const struct violation_attempt attempt = {.kind = "bypass-attempt",
                                              .person = peer->actor,
                                              .actor = peer->actor,
                                              .month = month,
                                              .at_ms = store_now_ms()};

    clock_month(attempt.at_ms, month);
    if (error == PR_OK) {
        error = api_tx_end(
            tx, violation_add_attempt(tx, &attempt, json_pack("{s:s}", "header", "Printroom-As")));
    }
    if (error != PR_OK) {
        log_write(LOG_LEVEL_WARNING, "%s tried to act as somebody else; not written down: %s",
                  peer->actor, pr_strerror(error));
    }
}

static int look_up(struct store *store, struct api_peer *peer)
{
    struct store_tx *tx = NULL;
    int error = store_begin_read(store, &tx);

    if (error != PR_OK) {
        return error;
    }
    error = person_find(tx, peer->login, &peer->person);
    store_rollback(tx);
    peer->known = error == PR_OK;
    if (peer->known && peer->person.active) {
        peer->roles = peer->person.roles;
    }
    return error == PR_ENOENT ? PR_OK : error;
}

int api_peer_identify(struct store *store, const struct api_accounts *accounts,
                      const struct api_credentials *credentials, const char *as,
                      struct api_peer *ret_peer, enum api_problem *ret_problem)
{
    struct api_peer peer = {.uid = credentials->uid, .pid = credentials->pid};
    int error = PR_OK;

    peer.service = peer.uid == 0 || (peer.uid == accounts->service && !credentials->helper);
    peer.backend = accounts->backend_known && peer.uid == accounts->backend;
    login_of(peer.uid, peer.login);
    if (peer.login[0] != '\0') {
        snprintf(peer.actor, sizeof peer.actor, "%s", peer.login);
    } else {
        snprintf(peer.actor, sizeof peer.actor, "uid %lu", (unsigned long)peer.uid);
    }
    if (as != NULL) {
        error = act_as(&peer, as, ret_problem);
        if (error == PR_EACCESS) {
            record_attempt(store, &peer);
        }
        if (error != PR_OK) {
            return error;
        }
    }
    if (peer.login[0] != '\0') {
        error = look_up(store, &peer);
    }
    if (error != PR_OK) {
        *ret_problem = api_problem_from_error(error);
        return error;
    }
    *ret_peer = peer;
    return PR_OK;
}

int api_peer_present_token(struct store *store, const char *authorization, struct api_peer *peer,
                           enum api_problem *ret_problem)
{
    static const char scheme[] = "Bearer ";
    struct person person;
    uint8_t hash[TOKEN_HASH_BYTES];
    struct store_tx *tx = NULL;

    *ret_problem = API_TOKEN_INVALID;
    if (strncasecmp(authorization, scheme, sizeof scheme - 1) != 0) {
        return PR_EACCESS;
    }
    int error = store_begin_read(store, &tx);

    if (error == PR_OK) {
        error = token_find(tx, authorization + sizeof scheme - 1, &person, hash);
        store_rollback(tx);
    }
    if (error == PR_ENOENT) {
        return PR_EACCESS;
    }
    if (error != PR_OK) {
        *ret_problem = api_problem_from_error(error);
        return error;
    }
    peer->service = false;
    peer->backend = false;
    peer->known = true;
    peer->signed_in = true;
    peer->person = person;
    peer->roles = person.roles;
    memcpy(peer->login, person.login, sizeof peer->login);
    snprintf(peer->actor, sizeof peer->actor, "%s", person.login);
    memcpy(peer->token_hash, hash, sizeof hash);
    return PR_OK;
}

bool api_peer_may(const struct api_peer *peer, uint32_t access)
{
    uint32_t has = API_ANYBODY | (peer->roles & ((1u << ROLES) - 1));

    if (peer->service) {
        return true;
    }
    if (peer->known && peer->person.active) {
        has |= API_PERSON;
    }
    if (peer->backend) {
        has |= API_BACKEND;
    }
    return (has & access) != 0;
}

static const struct {
    uint32_t bit;
    const char *word[POLICY_LANGUAGES];
} access_words[] = {
    {API_ROLE(ROLE_STAFF), {"staff", "职工"}},
    {API_ROLE(ROLE_OPERATOR), {"operator", "文印员"}},
    {API_ROLE(ROLE_SUPERVISOR), {"supervisor", "保密监督人"}},
    {API_ROLE(ROLE_DIRECTOR), {"director", "办公室主任"}},
    {API_ROLE(ROLE_ARCHIVIST), {"archivist", "档案员"}},
    {API_ROLE(ROLE_AUDITOR), {"auditor", "审计员"}},
    {API_ROLE(ROLE_ADMIN), {"admin", "系统管理员"}},
    {API_ANYBODY, {"anybody", "任何人"}},
    {API_PERSON, {"person", "已登记人员"}},
    {API_BACKEND, {"backend", "打印后端"}},
    {API_SERVICE, {"service", "本服务"}},
};
_Static_assert(sizeof access_words / sizeof access_words[0] == ROLES + 4,
               "every role and bit has its words");

void api_access_format(uint32_t access, enum policy_language language, const char *separator,
                       char *buffer, size_t size)
{
    size_t length = 0;

    if (language == POLICY_CHINESE) {
        separator = "、";
    }
    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof access_words / sizeof access_words[0]; i++) {
        if ((access & access_words[i].bit) != 0 && length < size) {
            length += (size_t)snprintf(buffer + length, size - length, "%s%s",
                                       length > 0 ? separator : "", access_words[i].word[language]);
        }
    }
}

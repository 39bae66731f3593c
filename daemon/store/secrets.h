/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What people prove themselves with: passwords and PINs, kept as Argon2id hashes in a table no
 * listing reads, and bearer tokens, of which only a hash is kept.
 *
 * Texts given to these functions are the caller's to wipe; what is made of them here is wiped here.
 */
#ifndef DAEMON_STORE_SECRETS_H
#define DAEMON_STORE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/people.h"
#include "daemon/store/store.h"

enum secret_kind { SECRET_PASSWORD, SECRET_PIN, SECRET_KINDS };

enum { TOKENS_A_PERSON = 16 }; /**< good at a time */
enum {
    SECRET_BYTES_MAX = 128,
    SECRET_HASH_BYTES = 128, /**< of the text of a hash, with its NUL */
    TOKEN_TEXT_BYTES = 44,   /**< of 32 bytes in base64url, with its NUL */
    TOKEN_HASH_BYTES = 32
};

/** True when a secret is of the form: passwords 8 … 128 bytes of UTF-8 on one line, PINs 6 … 12
 * digits. */
bool secret_valid(enum secret_kind kind, const char *secret);

/**
 * Makes the hash of a secret (Argon2id, three passes over 12 MiB, some hundredths of
 * a second). One at a time in the process. Not within a transaction, which would keep all writers
 * waiting.
 *
 * @return PR_OK, PR_ENOMEM
 */
int secret_hash(const char *secret, char ret_hash[SECRET_HASH_BYTES]);

/** Sets a person's secret to a hash; leaf "person.password" or "person.pin". Whoever is signed in
 * with a token is signed out. PR_ENOENT. */
int secret_set(struct store_tx *tx, const char *login, enum secret_kind kind, const char *hash,
               const char *actor);
/** Whether the person has one; PR_OK or PR_ENOENT. */
int secret_exists(struct store_tx *tx, const char *login, enum secret_kind kind);

/**
 * Checks a secret, in transactions of its own.
 *
 * Nobody learns from the answer, nor from its time, whether there is such a person: the same work
 * is done for names that nobody has. Two attempts are free; after the third that fails in a row the
 * next must wait a second, then two, four … up to a quarter of an hour, per name, also across
 * restarts. An attempt is counted before it is looked at, so that many at a time gain nothing;
 * attempts within the wait are not looked at and do not count. What had to wait is in the audit log
 * ("sign-in.delayed").
 *
 * @param ret_person   who it is; an active person
 * @param ret_wait_ms  set with PR_EBUSY: until the next attempt is looked at
 * @return PR_OK; PR_EACCESS: name or secret wrong, or the person inactive; PR_EBUSY; PR_ENOMEM,
 * PR_EDB …
 */
int secret_check(struct store *store, const char *login, enum secret_kind kind, const char *secret,
                 struct person *ret_person, int64_t *ret_wait_ms);

/** Makes a token good until expires_at (ms); leaf "sign-in.begin". Tokens past their end are
 * removed, and of a person's the oldest when there would be more than TOKENS_A_PERSON. */
int token_issue(struct store_tx *tx, const struct person *person, int64_t expires_at,
                const char *actor, char ret_token[TOKEN_TEXT_BYTES]);
/** Who presents a token; PR_ENOENT: it is unknown, revoked or past its end, or its person inactive.
 */
int token_find(struct store_tx *tx, const char *token, struct person *ret_person,
               uint8_t ret_hash[TOKEN_HASH_BYTES]);
/** Ends a token by its hash; leaf "sign-in.end". PR_ENOENT. */
int token_revoke(struct store_tx *tx, const uint8_t hash[TOKEN_HASH_BYTES], const char *login,
                 const char *actor);

#endif

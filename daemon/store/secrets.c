/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem: a password must cost an attacker time, at the hash (should the database be stolen)
 * and at the door (guessing), and neither the door's answers nor their time may tell which names
 * exist.
 *
 * The way: Argon2id through libsodium, and a wait that doubles, kept per name in the store. An
 * attempt is written down as failed before it is looked at and crossed out when it was good: a
 * crash or a hundred attempts at once leave no gap. For a name nobody has, a hash is made instead
 * of checked, which is the same work. Names nobody has share a few rows by a hash of the name, so
 * that guessing names does not fill the disk.
 *
 * Left out: locking an account for good, which would hand the attacker a way to lock out others.
 */
#include "daemon/store/secrets.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"

enum {
    PASSWORD_BYTES_MIN = 8,
    PIN_DIGITS_MIN = 6,
    PIN_DIGITS_MAX = 12,
    FREE_FAILURES = 3, /* the wait begins with this failure */
    WAIT_FIRST_MS = 1000,
    WAIT_MOST_MS = 15 * 60 * 1000,
    UNKNOWN_ROWS = 256
};
_Static_assert(SECRET_HASH_BYTES == crypto_pwhash_STRBYTES, "a hash fits its buffer");
_Static_assert(TOKEN_HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");

/* Argon2id in one of the equally strong settings of OWASP's password storage sheet: three passes
 * over 12 MiB. A password that is set must not make printroomd larger than a document does. */
static const unsigned long long hash_passes = 3;
static const size_t hash_memory_bytes = (size_t)12 << 20;
/* One at a time. */
static pthread_mutex_t hashing = PTHREAD_MUTEX_INITIALIZER;

static const char *const kinds[] = {[SECRET_PASSWORD] = "password", [SECRET_PIN] = "pin"};
_Static_assert(sizeof kinds / sizeof kinds[0] == SECRET_KINDS, "every kind has its name");

bool secret_valid(enum secret_kind kind, const char *secret)
{
    size_t length = secret != NULL ? strlen(secret) : 0;

    if (kind == SECRET_PIN) {
        return length >= PIN_DIGITS_MIN && text_is_of(secret, TEXT_DIGITS, PIN_DIGITS_MAX + 1);
    }
    return length >= PASSWORD_BYTES_MIN &&
           text_is_line(secret, 1, SECRET_BYTES_MAX, SECRET_BYTES_MAX + 1);
}

int secret_hash(const char *secret, char ret_hash[SECRET_HASH_BYTES])
{
    pthread_mutex_lock(&hashing);
    int failed =
        crypto_pwhash_str(ret_hash, secret, strlen(secret), hash_passes, hash_memory_bytes);

    pthread_mutex_unlock(&hashing);
    return failed != 0 ? PR_ENOMEM : PR_OK;
}

/** Whether the secret is the hash's; without a hash the work is done all the same. */
static bool matches(const char *hash, const char *secret)
{
    char made[SECRET_HASH_BYTES];

    if (hash[0] == '\0') {
        secret_hash(secret, made);
        sodium_memzero(made, sizeof made);
        return false;
    }
    pthread_mutex_lock(&hashing);
    bool same = crypto_pwhash_str_verify(hash, secret, strlen(secret)) == 0;

    pthread_mutex_unlock(&hashing);
    return same;
}

static void end_tokens(struct store_tx *tx, int64_t person)
{
    sqlite3_stmt *statement = store_statement(tx, "DELETE FROM token WHERE person = ?1");

    store_bind_int(statement, 1, person);
    store_step(tx, statement);
}

int secret_set(struct store_tx *tx, const char *login, enum secret_kind kind, const char *hash,
               const char *actor)
{
    struct person person;
    char event[32];
    int result = person_find(tx, login, &person);

    if (result != PR_OK) {
        return result;
    }
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO person_secret (person, kind, hash, changed_at) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at");

    store_bind_int(statement, 1, person.key);
    store_bind_text(statement, 2, kinds[kind]);
    store_bind_text(statement, 3, hash);
    store_bind_int(statement, 4, store_now_ms());
    store_step(tx, statement);
    end_tokens(tx, person.key);
    snprintf(event, sizeof event, "person.%s", kinds[kind]);
    return audit_append(tx, actor, event, login, NULL);
}

/** The hash of a person's secret, "" when there is none. */
static int read_hash(struct store_tx *tx, int64_t person, enum secret_kind kind,
                     char ret_hash[SECRET_HASH_BYTES])
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT hash FROM person_secret WHERE person = ?1 AND kind = ?2");

    ret_hash[0] = '\0';
    store_bind_int(statement, 1, person);
    store_bind_text(statement, 2, kinds[kind]);
    int step = store_step(tx, statement);
    if (step > 0) {
        store_column_text(statement, 0, ret_hash, SECRET_HASH_BYTES);
    }
    return step < 0 ? step : store_tx_error(tx);
}

int secret_exists(struct store_tx *tx, const char *login, enum secret_kind kind)
{
    struct person person;
    char hash[SECRET_HASH_BYTES];
    int result = person_find(tx, login, &person);

    if (result == PR_OK) {
        result = read_hash(tx, person.key, kind, hash);
    }
    if (result == PR_OK && hash[0] == '\0') {
        result = PR_ENOENT;
    }
    sodium_memzero(hash, sizeof hash);
    return result;
}

/* Attempts ---------------------------------------------------------------------------------------
 */

struct attempt {
    enum secret_kind kind;
    const char *login;
    struct person person;
    bool known;
    char name[PERSON_LOGIN_BYTES]; /* of its row in sign_in */
    char hash[SECRET_HASH_BYTES];
    int64_t wait_ms;
};

/** A name nobody has shares a row with others; '/' is in no login. */
static void name_row(struct attempt *attempt)
{
    uint8_t digest[crypto_generichash_BYTES];

    if (attempt->known) {
        snprintf(attempt->name, sizeof attempt->name, "%s", attempt->person.login);
        return;
    }
    crypto_generichash(digest, sizeof digest, (const uint8_t *)attempt->login,
                       strlen(attempt->login), NULL, 0);
    snprintf(attempt->name, sizeof attempt->name, "/%03x", digest[0] % UNKNOWN_ROWS);
}

static int64_t wait_after(int64_t failures)
{
    int64_t wait = WAIT_FIRST_MS;

    if (failures < FREE_FAILURES) {
        return 0;
    }
    for (int64_t i = FREE_FAILURES; i < failures && wait < WAIT_MOST_MS; i++) {
        wait *= 2;
    }
    return wait < WAIT_MOST_MS ? wait : WAIT_MOST_MS;
}

/** How often the name failed in a row; PR_EBUSY while it must wait. */
static int read_failures(struct store_tx *tx, struct attempt *attempt, int64_t now,
                         int64_t *ret_failures)
{
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT failures, until FROM sign_in WHERE name = ?1");

    *ret_failures = 0;
    store_bind_text(statement, 1, attempt->name);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step;
    }
    int64_t until = sqlite3_column_int64(statement, 1);

    *ret_failures = sqlite3_column_int64(statement, 0);
    /* A clock that was put back must not lock anybody out for longer than the longest wait. */
    if (until > now && until - now <= WAIT_MOST_MS) {
        attempt->wait_ms = until - now;
        return PR_EBUSY;
    }
    return PR_OK;
}

static void write_failures(struct store_tx *tx, const struct attempt *attempt, int64_t now,
                           int64_t failures)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO sign_in (name, failures, until) VALUES (?1, ?2, ?3)"
            " ON CONFLICT DO UPDATE SET failures = excluded.failures, until = excluded.until");

    store_bind_text(statement, 1, attempt->name);
    store_bind_int(statement, 2, failures);
    store_bind_int(statement, 3, now + wait_after(failures));
    store_step(tx, statement);
    if (failures > FREE_FAILURES) {
        audit_append_made(tx, "printroomd", "sign-in.delayed", attempt->known ? attempt->login : "",
                          json_pack("{s:I}", "failures", (json_int_t)(failures - 1)));
    }
}

/** Counts the attempt as failed, and reads what is needed to look at it. */
static int begin_attempt(struct store *store, struct attempt *attempt)
{
    const int64_t now = store_now_ms();
    int64_t failures;
    struct store_tx *tx;
    int result = store_begin(store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = person_find(tx, attempt->login, &attempt->person);
    attempt->known = result == PR_OK;
    if (result == PR_OK || result == PR_ENOENT) {
        name_row(attempt);
        result = read_failures(tx, attempt, now, &failures);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    write_failures(tx, attempt, now, failures + 1);
    if (attempt->known) {
        read_hash(tx, attempt->person.key, attempt->kind, attempt->hash);
    }
    return store_commit(tx);
}

/** A good attempt forgets the bad ones before it. */
static int forget_failures(struct store *store, const struct attempt *attempt)
{
    struct store_tx *tx;
    int result = store_begin(store, &tx);

    if (result != PR_OK) {
        return result;
    }
    sqlite3_stmt *statement = store_statement(tx, "DELETE FROM sign_in WHERE name = ?1");

    store_bind_text(statement, 1, attempt->name);
    store_step(tx, statement);
    return store_commit(tx);
}

int secret_check(struct store *store, const char *login, enum secret_kind kind, const char *secret,
                 struct person *ret_person, int64_t *ret_wait_ms)
{
    struct attempt attempt = {.kind = kind, .login = login};
    int result = begin_attempt(store, &attempt);

    if (result == PR_EBUSY && attempt.wait_ms > 0) {
        *ret_wait_ms = attempt.wait_ms;
        return PR_EBUSY;
    }
    if (result != PR_OK) {
        return result;
    }
    bool good = matches(attempt.hash, secret) && attempt.person.active;

    sodium_memzero(attempt.hash, sizeof attempt.hash);
    if (!good) {
        return PR_EACCESS;
    }
    result = forget_failures(store, &attempt);
    if (result == PR_OK) {
        *ret_person = attempt.person;
    }
    return result;
}

/* Tokens -----------------------------------------------------------------------------------------
 */

static void hash_token(const char *token, uint8_t ret_hash[TOKEN_HASH_BYTES])
{
    crypto_generichash(ret_hash, TOKEN_HASH_BYTES, (const uint8_t *)token, strlen(token), NULL, 0);
}

static void remove_ended(struct store_tx *tx)
{
    sqlite3_stmt *statement = store_statement(tx, "DELETE FROM token WHERE expires_at <= ?1");

    store_bind_int(statement, 1, store_now_ms());
    store_step(tx, statement);
}

/* Makes room for one more of the person's: the oldest go. */
static void remove_oldest(struct store_tx *tx, int64_t person)
{
    sqlite3_stmt *statement = store_statement(
        tx, "DELETE FROM token WHERE hash IN (SELECT hash FROM token WHERE person = ?1"
            " ORDER BY created_at DESC, expires_at DESC LIMIT -1 OFFSET ?2)");

    store_bind_int(statement, 1, person);
    store_bind_int(statement, 2, TOKENS_A_PERSON - 1);
    store_step(tx, statement);
}

int token_issue(struct store_tx *tx, const struct person *person, int64_t expires_at,
                const char *actor, char ret_token[TOKEN_TEXT_BYTES])
{
    uint8_t bytes[32];
    uint8_t hash[TOKEN_HASH_BYTES];
    char token[TOKEN_TEXT_BYTES];
    sqlite3_stmt *statement;

    _Static_assert(TOKEN_TEXT_BYTES == sodium_base64_ENCODED_LEN(
                                           sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                   "a token fits its buffer");
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(token, sizeof token, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    hash_token(token, hash);
    remove_ended(tx);
    remove_oldest(tx, person->key);
    statement = store_statement(
        tx, "INSERT INTO token (hash, person, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)");
    store_bind_blob(statement, 1, hash, sizeof hash);
    store_bind_int(statement, 2, person->key);
    store_bind_int(statement, 3, store_now_ms());
    store_bind_int(statement, 4, expires_at);
    store_step(tx, statement);
    int result = audit_append_made(tx, actor, "sign-in.begin", person->login,
                                   json_pack("{s:I}", "expires_at", (json_int_t)expires_at));
    if (result == PR_OK) {
        memcpy(ret_token, token, sizeof token);
    }
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(token, sizeof token);
    return result;
}

int token_find(struct store_tx *tx, const char *token, struct person *ret_person,
               uint8_t ret_hash[TOKEN_HASH_BYTES])
{
    uint8_t hash[TOKEN_HASH_BYTES];
    char login[PERSON_LOGIN_BYTES];
    struct person person;
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT p.login FROM token AS t JOIN person AS p USING (person)"
                            " WHERE t.hash = ?1 AND t.expires_at > ?2 AND p.active = 1");

    hash_token(token, hash);
    store_bind_blob(statement, 1, hash, sizeof hash);
    store_bind_int(statement, 2, store_now_ms());
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    store_column_text(statement, 0, login, sizeof login);
    int result = person_find(tx, login, &person);
    if (result == PR_OK) {
        *ret_person = person;
        memcpy(ret_hash, hash, sizeof hash);
    }
    return result;
}

int token_revoke(struct store_tx *tx, const uint8_t hash[TOKEN_HASH_BYTES], const char *login,
                 const char *actor)
{
    sqlite3_stmt *statement =
        store_statement(tx, "DELETE FROM token WHERE hash = ?1 RETURNING person");

    store_bind_blob(statement, 1, hash, TOKEN_HASH_BYTES);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    return audit_append(tx, actor, "sign-in.end", login, NULL);
}

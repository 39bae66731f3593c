/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords, PINs, waiting after failures, tokens. Time is moved in the store, not waited for. */
#include "tests/unit/store-support.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/secrets.h"

#define PASSWORD "correct horse battery"
static const int64_t hour_ms = 3600 * 1000;

static int set_up(void **state)
{
    assert_true(sodium_init() >= 0);
    support_set_up(state);
    struct store_tx *tx = support_begin(*state);
    char hash[SECRET_HASH_BYTES];

    assert_int_equal(department_add(tx, "a", "A", "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "wang", "W", "a", 1U << ROLE_STAFF, "admin", NULL), PR_OK);
    assert_int_equal(secret_hash(PASSWORD, hash), PR_OK);
    assert_int_equal(secret_set(tx, "wang", SECRET_PASSWORD, hash, "admin"), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    return 0;
}

/** Checks and gives the result; the wait, if any, in milliseconds. */
static int check(void **state, const char *login, const char *secret, int64_t *ret_wait_ms)
{
    struct support *support = *state;
    struct person person = {.key = -7};
    int64_t wait_ms = 0;
    int result = secret_check(support->store, login, SECRET_PASSWORD, secret, &person, &wait_ms);

    assert_int_equal(person.key == -7, result != PR_OK);
    assert_int_equal(wait_ms > 0, result == PR_EBUSY);
    if (ret_wait_ms != NULL) {
        *ret_wait_ms = wait_ms;
    }
    return result;
}

static int64_t number(void **state, const char *sql)
{
    struct store_tx *tx = support_begin(*state);
    int64_t found = support_number(tx, sql);

    store_rollback(tx);
    return found;
}

static void sql(void **state, const char *text)
{
    struct store_tx *tx = support_begin(*state);

    assert_int_equal(support_sql(tx, text), SQLITE_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_form(void **state)
{
    char longest[SECRET_BYTES_MAX + 2];

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[SECRET_BYTES_MAX + 1] = '\0';
    assert_false(secret_valid(SECRET_PASSWORD, longest));
    longest[SECRET_BYTES_MAX] = '\0';
    assert_true(secret_valid(SECRET_PASSWORD, longest));
    assert_true(secret_valid(SECRET_PASSWORD, "12345678"));
    assert_true(secret_valid(SECRET_PASSWORD, "口令口令"));
    assert_false(secret_valid(SECRET_PASSWORD, "1234567"));
    assert_false(secret_valid(SECRET_PASSWORD, "1234567\n"));
    assert_false(secret_valid(SECRET_PASSWORD, "1234567\xff"));
    assert_false(secret_valid(SECRET_PASSWORD, ""));
    assert_false(secret_valid(SECRET_PASSWORD, NULL));
    assert_true(secret_valid(SECRET_PIN, "123456"));
    assert_true(secret_valid(SECRET_PIN, "123456789012"));
    assert_false(secret_valid(SECRET_PIN, "12345"));
    assert_false(secret_valid(SECRET_PIN, "1234567890123"));
    assert_false(secret_valid(SECRET_PIN, "12345a"));
}

static void test_right_and_wrong(void **state)
{
    assert_int_equal(check(state, "wang", PASSWORD, NULL), PR_OK);
    assert_int_equal(check(state, "wang", PASSWORD " ", NULL), PR_EACCESS);
    assert_int_equal(check(state, "wang", "", NULL), PR_EACCESS);
    assert_int_equal(check(state, "wang", PASSWORD, NULL), PR_OK);
    assert_int_equal(number(state, "SELECT count(*) FROM sign_in"), 0);
    assert_int_equal(number(state, "SELECT count(*) FROM person_secret"
                                   " WHERE hash GLOB '$argon2id$v=19$m=12288,t=3,*'"),
                     1);
}

static void test_kinds_are_apart(void **state)
{
    struct support *support = *state;
    struct person person;
    char hash[SECRET_HASH_BYTES];
    int64_t wait_ms;

    assert_int_equal(secret_check(support->store, "wang", SECRET_PIN, PASSWORD, &person, &wait_ms),
                     PR_EACCESS);
    assert_int_equal(secret_hash("271828", hash), PR_OK);
    struct store_tx *tx = support_begin(support);
    assert_int_equal(secret_exists(tx, "wang", SECRET_PIN), PR_ENOENT);
    assert_int_equal(secret_set(tx, "wang", SECRET_PIN, hash, "admin"), PR_OK);
    assert_int_equal(secret_exists(tx, "wang", SECRET_PIN), PR_OK);
    assert_int_equal(secret_exists(tx, "nobody", SECRET_PIN), PR_ENOENT);
    assert_int_equal(secret_set(tx, "nobody", SECRET_PIN, hash, "admin"), PR_ENOENT);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(secret_check(support->store, "wang", SECRET_PIN, "271828", &person, &wait_ms),
                     PR_OK);
    assert_int_equal(check(state, "wang", "271828", NULL), PR_EACCESS);
}

/** The wait begins with the third failure and doubles; nothing is looked at meanwhile. */
static void waits_grow(void **state, const char *login, const char *secret)
{
    int64_t most = 1000;
    int64_t wait_ms;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(check(state, login, "wrong", NULL), PR_EACCESS);
    }
    for (int i = 0; i < 12; i++) {
        assert_int_equal(check(state, login, secret, &wait_ms), PR_EBUSY);
        assert_true(wait_ms <= most);
        assert_true(wait_ms > most - 1000 || i > 0);
        assert_int_equal(number(state, "SELECT until > 0 FROM sign_in"), 1);
        sql(state, "UPDATE sign_in SET until = 1"); /* time passes */
        assert_int_equal(check(state, login, "wrong", NULL), PR_EACCESS);
        most = most < 450000 ? 2 * most : 900000;
    }
    assert_int_equal(check(state, login, secret, &wait_ms), PR_EBUSY);
    assert_true(wait_ms <= 900000 && wait_ms > 800000);
    assert_int_equal(number(state, "SELECT count(*) FROM audit_leaf WHERE body LIKE "
                                   "'%\"sign-in.delayed\"%'"),
                     12);
}

static void test_waits_grow(void **state)
{
    waits_grow(state, "wang", PASSWORD);
    sql(state, "UPDATE sign_in SET until = 1");
    assert_int_equal(check(state, "wang", PASSWORD, NULL), PR_OK);
    assert_int_equal(number(state, "SELECT count(*) FROM sign_in"), 0);
}

static void test_unknown_names_wait_alike(void **state)
{
    waits_grow(state, "nobody", PASSWORD);
    assert_int_equal(check(state, "wang", PASSWORD, NULL), PR_OK);
}

static void test_unknown_names_take_no_room(void **state)
{
    char name[32];

    /* More names than there are rows: attempts that must wait are answered without a hash. */
    sql(state, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 255)"
               " INSERT INTO sign_in SELECT printf('/%03x', i), 20,"
               " unixepoch() * 1000 + 600000 FROM n");
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "name-%d", i);
        assert_int_equal(check(state, name, PASSWORD, NULL), PR_EBUSY);
    }
    assert_int_equal(number(state, "SELECT count(*) FROM sign_in"), 256);
}

/** A clock that was put back locks nobody out. */
static void test_clock_put_back(void **state)
{
    sql(state, "INSERT INTO sign_in VALUES ('wang', 9, 9000000000000)");
    assert_int_equal(check(state, "wang", PASSWORD, NULL), PR_OK);
}

static void test_who_left_is_not_let_in(void **state)
{
    sql(state, "UPDATE person SET active = 0");
    assert_int_equal(check(state, "wang", PASSWORD, NULL), PR_EACCESS);
}

enum { GUESSERS = 8 };
struct guess {
    struct store *store;
    atomic_int looked_at;
    atomic_int let_wait;
};

static void *guess(void *context)
{
    struct guess *guess = context;
    struct person person;
    int64_t wait_ms;
    int result = secret_check(guess->store, "wang", SECRET_PASSWORD, "a guess", &person, &wait_ms);

    atomic_fetch_add(&guess->looked_at, result == PR_EACCESS);
    atomic_fetch_add(&guess->let_wait, result == PR_EBUSY);
    return NULL;
}

/** Many guesses at a time are not looked at more often than one after the other. */
static void test_guesses_at_once(void **state)
{
    struct support *support = *state;
    struct guess race = {.store = support->store};
    pthread_t threads[GUESSERS];

    /* The wait after these failures is longer than any test takes. */
    sql(state, "INSERT INTO sign_in VALUES ('wang', 15, 1)");
    for (size_t i = 0; i < GUESSERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, guess, &race), 0);
    }
    for (size_t i = 0; i < GUESSERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&race.looked_at), 1);
    assert_int_equal(atomic_load(&race.let_wait), GUESSERS - 1);
}

static void test_tokens(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct person wang;
    struct person found = {.key = -7};
    char token[TOKEN_TEXT_BYTES];
    char other[TOKEN_TEXT_BYTES];
    uint8_t hash[TOKEN_HASH_BYTES];

    assert_int_equal(person_find(tx, "wang", &wang), PR_OK);
    assert_int_equal(token_issue(tx, &wang, store_now_ms() + hour_ms, "wang", token), PR_OK);
    assert_int_equal(token_issue(tx, &wang, store_now_ms() + hour_ms, "wang", other), PR_OK);
    assert_int_equal(strlen(token), TOKEN_TEXT_BYTES - 1);
    assert_string_not_equal(token, other);
    other[0] = other[0] == 'A' ? 'B' : 'A';
    assert_int_equal(token_find(tx, other, &found, hash), PR_ENOENT);
    assert_int_equal(token_find(tx, "", &found, hash), PR_ENOENT);
    assert_int_equal(found.key, -7);
    assert_int_equal(token_find(tx, token, &found, hash), PR_OK);
    assert_string_equal(found.login, "wang");
    assert_int_equal(token_revoke(tx, hash, "wang", "wang"), PR_OK);
    assert_int_equal(token_revoke(tx, hash, "wang", "wang"), PR_ENOENT);
    assert_int_equal(token_find(tx, token, &found, hash), PR_ENOENT);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM token"), 1);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Of a person's tokens the oldest goes, of others' none. */
static void test_tokens_are_so_many(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct person wang;
    struct person li;
    struct person found;
    uint8_t hash[TOKEN_HASH_BYTES];
    char other[TOKEN_TEXT_BYTES];
    char token[TOKENS_A_PERSON + 2][TOKEN_TEXT_BYTES];
    char sql[128];

    assert_int_equal(person_find(tx, "wang", &wang), PR_OK);
    assert_int_equal(person_add(tx, "li", "L", "a", 1U << ROLE_STAFF, "admin", NULL), PR_OK);
    assert_int_equal(person_find(tx, "li", &li), PR_OK);
    assert_int_equal(token_issue(tx, &li, store_now_ms() + hour_ms, "li", other), PR_OK);
    for (int i = 0; i < TOKENS_A_PERSON + 2; i++) {
        /* Each a second older than the next; the first of all is good for longest. */
        snprintf(sql, sizeof sql,
                 "UPDATE token SET created_at = created_at - 1000 WHERE person = %d",
                 (int)wang.key);
        assert_int_equal(support_sql(tx, sql), SQLITE_OK);
        assert_int_equal(
            token_issue(tx, &wang, store_now_ms() + hour_ms * (i == 0 ? 9 : 1), "wang", token[i]),
            PR_OK);
    }
    assert_int_equal(support_number(tx, "SELECT count(*) FROM token"), TOKENS_A_PERSON + 1);
    for (int i = 0; i < TOKENS_A_PERSON + 2; i++) {
        assert_int_equal(token_find(tx, token[i], &found, hash), i < 2 ? PR_ENOENT : PR_OK);
    }
    assert_int_equal(token_find(tx, other, &found, hash), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_tokens_end(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct person wang;
    char token[TOKEN_TEXT_BYTES];
    char next[TOKEN_TEXT_BYTES];
    char hash[SECRET_HASH_BYTES] = "$argon2id$";
    uint8_t token_hash[TOKEN_HASH_BYTES];

    assert_int_equal(person_find(tx, "wang", &wang), PR_OK);
    assert_int_equal(token_issue(tx, &wang, store_now_ms() - 1, "wang", token), PR_OK);
    assert_int_equal(token_find(tx, token, &wang, token_hash), PR_ENOENT);
    assert_int_equal(token_issue(tx, &wang, store_now_ms() + hour_ms, "wang", next), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM token"), 1);
    assert_int_equal(token_find(tx, next, &wang, token_hash), PR_OK);
    assert_int_equal(support_sql(tx, "UPDATE person SET active = 0"), SQLITE_OK);
    assert_int_equal(token_find(tx, next, &wang, token_hash), PR_ENOENT);
    assert_int_equal(support_sql(tx, "UPDATE person SET active = 1"), SQLITE_OK);
    assert_int_equal(secret_set(tx, "wang", SECRET_PASSWORD, hash, "admin"), PR_OK);
    assert_int_equal(token_find(tx, next, &wang, token_hash), PR_ENOENT);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_nothing_readable_is_kept(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct person wang;
    char token[TOKEN_TEXT_BYTES];
    char query[160];

    assert_int_equal(person_find(tx, "wang", &wang), PR_OK);
    assert_int_equal(token_issue(tx, &wang, store_now_ms() + hour_ms, "wang", token), PR_OK);
    snprintf(query, sizeof query, "SELECT count(*) FROM token WHERE instr(hash, '%s') > 0", token);
    assert_int_equal(support_number(tx, query), 0);
    snprintf(query, sizeof query, "SELECT count(*) FROM audit_leaf WHERE instr(body, '%s') > 0",
             token);
    assert_int_equal(support_number(tx, query), 0);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE"
                                        " instr(body, 'argon2') > 0 OR instr(body, 'horse') > 0"),
                     0);
    store_rollback(tx);
}

#define WITH_WANG(test) cmocka_unit_test_setup_teardown(test, set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        WITH_WANG(test_right_and_wrong),
        WITH_WANG(test_kinds_are_apart),
        WITH_WANG(test_waits_grow),
        WITH_WANG(test_unknown_names_wait_alike),
        WITH_WANG(test_unknown_names_take_no_room),
        WITH_WANG(test_clock_put_back),
        WITH_WANG(test_who_left_is_not_let_in),
        WITH_WANG(test_guesses_at_once),
        WITH_WANG(test_tokens),
        WITH_WANG(test_tokens_are_so_many),
        WITH_WANG(test_tokens_end),
        WITH_WANG(test_nothing_readable_is_kept),
    };
    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}

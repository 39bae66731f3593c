/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signing in and out, passwords and PINs. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/store/secrets.h"

static const int64_t token_life_ms = 12LL * 3600 * 1000;

enum { LOGIN_LOGIN, LOGIN_PASSWORD };
static const struct api_field login_fields[] = {
    [LOGIN_LOGIN] = {"login", API_TEXT, .required = true, .min = 1, .max = PERSON_LOGIN_BYTES - 1},
    [LOGIN_PASSWORD] = {"password", API_TEXT, .required = true, .min = 1, .max = SECRET_BYTES_MAX},
};
const struct api_fields api_login_fields = API_FIELDS(login_fields);

enum { SECRET_NEW, SECRET_CURRENT };
static const struct api_field password_fields[] = {
    [SECRET_NEW] = {"password", API_TEXT, .required = true, .min = 1, .max = SECRET_BYTES_MAX},
    [SECRET_CURRENT] = {"current", API_TEXT, .min = 1, .max = SECRET_BYTES_MAX},
};
const struct api_fields api_password_fields = API_FIELDS(password_fields);
static const struct api_field pin_fields[] = {
    [SECRET_NEW] = {"pin", API_TEXT, .required = true, .min = 1, .max = SECRET_BYTES_MAX},
    [SECRET_CURRENT] = {"current", API_TEXT, .min = 1, .max = SECRET_BYTES_MAX},
};
const struct api_fields api_pin_fields = API_FIELDS(pin_fields);

/** True when the secret is right; false after a refusal. */
static bool check(struct api_request *request, const char *login, const char *password,
                  struct person *ret_person)
{
    int64_t wait_ms = 0;
    char seconds[24];
    int error = secret_check(request->office->store, login, SECRET_PASSWORD, password, ret_person,
                             &wait_ms);

    if (error == PR_EACCESS) {
        api_refuse(request, API_SIGN_IN_FAILED, NULL, NULL);
    } else if (error == PR_EBUSY && wait_ms > 0) {
        snprintf(seconds, sizeof seconds, "%" PRId64, (wait_ms + 999) / 1000);
        api_refuse(request, API_SIGN_IN_LATER, seconds, NULL);
    } else if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
    }
    return error == PR_OK;
}

void api_login(struct api_request *request)
{
    struct person person;
    char token[TOKEN_TEXT_BYTES];
    char until[CLOCK_TEXT_BYTES];
    struct store_tx *tx = NULL;

    if (!check(request, request->value[LOGIN_LOGIN].text, request->value[LOGIN_PASSWORD].text,
               &person)) {
        return;
    }
    const int64_t expires_at = store_now_ms() + token_life_ms;
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, token_issue(tx, &person, expires_at, person.login, token));
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    clock_format(expires_at, until);
    api_reply_json(
        request, 200,
        json_pack("{s:s, s:s, s:s}", "token", token, "expires_at", until, "login", person.login));
    sodium_memzero(token, sizeof token);
}

void api_logout(struct api_request *request)
{
    const struct api_peer *peer = request->peer;
    struct store_tx *tx = NULL;

    if (!peer->signed_in) {
        api_refuse(request, API_NOT_SIGNED_IN, NULL, NULL);
        return;
    }
    int error = store_begin(request->office->store, &tx);

    if (error == PR_OK) {
        error = api_tx_end(tx, token_revoke(tx, peer->token_hash, peer->login, peer->actor));
    }
    if (error != PR_OK) {
        api_refuse_error(request, error, peer->login);
        return;
    }
    api_reply_json(request, 200, json_pack("{s:s}", "login", peer->login));
}

/** Who sets a secret of their own shows the present password, if there is one: a terminal left open
 * is not enough to take an account over. */
static bool may_set(struct api_request *request, const char *login)
{
    const struct api_value *current = &request->value[SECRET_CURRENT];
    struct person person;
    struct store_tx *tx = NULL;

    if (!api_is_self(request, login)) {
        if (!api_may(request, API_ROLE(ROLE_ADMIN))) {
            api_refuse(request, API_NOT_YOURS, login, NULL);
            return false;
        }
        return true;
    }
    if (current->given) {
        return check(request, login, current->text, &person);
    }
    int error = store_begin_read(request->office->store, &tx);

    if (error == PR_OK) {
        error = secret_exists(tx, login, SECRET_PASSWORD);
        store_rollback(tx);
    }
    if (error == PR_OK) {
        api_refuse(request, API_PASSWORD_NEEDED, NULL, NULL);
    } else if (error != PR_ENOENT) {
        api_refuse_error(request, error, login);
    }
    return error == PR_ENOENT;
}

static void set_secret(struct api_request *request, enum secret_kind kind)
{
    const char *login = request->parameter[0];
    const char *secret = request->value[SECRET_NEW].text;
    char hash[SECRET_HASH_BYTES];
    struct store_tx *tx = NULL;

    if (!secret_valid(kind, secret)) {
        api_refuse(request, API_FIELD_INVALID, request->route->fields->field[SECRET_NEW].name,
                   kind == SECRET_PIN ? api_words(request, "6 to 12 digits", " 6 至 12 位数字")
                                      : api_words(request, "8 to 128 bytes of visible characters",
                                                  "长 8 至 128 字节的可见字符"));
        return;
    }
    if (!may_set(request, login)) {
        return;
    }
    int error = secret_hash(secret, hash);

    if (error == PR_OK) {
        error = store_begin(request->office->store, &tx);
    }
    if (error == PR_OK) {
        error = api_tx_end(tx, secret_set(tx, login, kind, hash, request->peer->actor));
    }
    sodium_memzero(hash, sizeof hash);
    if (error == PR_ENOENT) {
        api_refuse(request, API_PERSON_NOT_FOUND, login, NULL);
    } else if (error != PR_OK) {
        api_refuse_error(request, error, login);
    } else {
        api_reply_json(request, 200, json_pack("{s:s}", "login", login));
    }
}

void api_person_password(struct api_request *request)
{
    set_secret(request, SECRET_PASSWORD);
}

void api_person_pin(struct api_request *request)
{
    set_secret(request, SECRET_PIN);
}

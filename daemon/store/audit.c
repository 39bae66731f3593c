/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem: a leaf's hash must be the same wherever and whenever it is computed, so its text
 * must be the only one its contents have (RFC 8785, JSON Canonicalization Scheme).
 *
 * The way: jansson writes compact JSON with sorted keys and the short escapes. Where it and RFC
 * 8785 differ, the leaf is kept out of the difference:
 *  - numbers: RFC 8785 writes them as ECMAScript does. Only integers that a double holds exactly
 *    are taken, up to 2^53 - 1; their decimal digits are their canonical form. Real numbers are
 *    refused.
 *  - order of keys: RFC 8785 sorts by UTF-16 units, jansson by bytes. Only keys of printable ASCII
 *    are taken; there both orders are the same.
 *  - escapes: jansson writes \u001F, RFC 8785 (3.2.2.2) \u001f. The digits are lowered afterwards.
 * Strings are valid UTF-8, which jansson sees to unless told not to.
 *
 * Left out: reading leaves back. Whoever verifies hashes the bytes that are stored.
 */
#include "daemon/store/audit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/log.h"

enum { AUDIT_DEPTH_MAX = 16 };
_Static_assert(AUDIT_LEAF_HASH_BYTES == crypto_hash_sha256_BYTES, "leaves are hashed with SHA-256");

/** 2^53 − 1. */
#define AUDIT_INTEGER_MAX INT64_C(9007199254740991)

static bool is_canonical_key(const char *key)
{
    for (; *key != '\0'; key++) {
        if (*key < 0x20 || *key > 0x7e) {
            return false;
        }
    }
    return true;
}

static bool can_be_canonical(json_t *value, unsigned depth)
{
    if (depth > AUDIT_DEPTH_MAX) {
        return false;
    }
    if (json_is_object(value)) {
        const char *key;
        json_t *member;

        json_object_foreach(value, key, member)
        {
            if (!is_canonical_key(key) || !can_be_canonical(member, depth + 1)) {
                return false;
            }
        }
        return true;
    }
    if (json_is_array(value)) {
        size_t i;
        json_t *element;

        json_array_foreach(value, i, element)
        {
            if (!can_be_canonical(element, depth + 1)) {
                return false;
            }
        }
        return true;
    }
    if (json_is_integer(value)) {
        return json_integer_value(value) >= -AUDIT_INTEGER_MAX &&
               json_integer_value(value) <= AUDIT_INTEGER_MAX;
    }
    return !json_is_real(value);
}

/** \u001F → \u001f. A backslash stands in strings only, and always begins an escape. */
static void lower_escapes(char *text)
{
    while ((text = strchr(text, '\\')) != NULL) {
        if (text[1] == 'u') {
            for (size_t i = 2; i < 6; i++) {
                text[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]);
            }
        }
        text += 2;
    }
}

int audit_canonical(json_t *value, char **ret_text)
{
    if (value == NULL || !can_be_canonical(value, 0)) {
        return PR_EINVAL;
    }
    char *text = json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);

    if (text == NULL) {
        /* Text that is not UTF-8 can only come through json_…_nocheck(). */
        return PR_EINVAL;
    }
    lower_escapes(text);
    *ret_text = text;
    return PR_OK;
}

void audit_hash(const char *body, uint8_t ret_hash[AUDIT_LEAF_HASH_BYTES])
{
    static const uint8_t leaf_prefix[1] = {0x00};
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, leaf_prefix, sizeof leaf_prefix);
    crypto_hash_sha256_update(&state, (const uint8_t *)body, strlen(body));
    crypto_hash_sha256_final(&state, ret_hash);
}

/** Makes the leaf; steals detail. NULL when a text is not UTF-8 or memory is short. */
static json_t *make_leaf(const char *actor, int64_t at_ms, json_t *detail, const char *event,
                         const char *object)
{
    json_t *leaf = json_object();

    /* json_object_set_new() steals its value and refuses NULL, whatever became of the object. */
    int failed = json_object_set_new(leaf, "detail", detail);
    failed |= json_object_set_new(leaf, "actor", json_string(actor));
    failed |= json_object_set_new(leaf, "at", json_integer(at_ms));
    failed |= json_object_set_new(leaf, "event", json_string(event));
    failed |= json_object_set_new(leaf, "object", json_string(object));
    if (failed != 0) {
        json_decref(leaf);
        return NULL;
    }
    return leaf;
}

/** Leaves are numbered without gaps: the writer is alone, and a transaction that is rolled back
 * takes its leaves along. */
static int insert_leaf(struct store_tx *tx, int64_t at_ms, const char *body)
{
    uint8_t hash[AUDIT_LEAF_HASH_BYTES];
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO audit_leaf (leaf, at, body, hash)"
                            " SELECT coalesce(max(leaf) + 1, 0), ?1, ?2, ?3 FROM audit_leaf");

    audit_hash(body, hash);
    store_bind_int(statement, 1, at_ms);
    store_bind_text(statement, 2, body);
    store_bind_blob(statement, 3, hash, sizeof hash);
    return store_step(tx, statement);
}

/** Leaves about people and departments are found by whom they are about (table history). */
static int insert_history(struct store_tx *tx, const char *event, const char *object)
{
    static const struct {
        const char *prefix;
        const char *kind;
    } kinds[] = {{"person.", "person"}, {"department.", "department"}, {"quota.", "department"}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(event, kinds[i].prefix, strlen(kinds[i].prefix)) != 0) {
            continue;
        }
        sqlite3_stmt *statement = store_statement(tx, "INSERT INTO history (kind, object, leaf)"
                                                      " SELECT ?1, ?2, max(leaf) FROM audit_leaf");

        store_bind_text(statement, 1, kinds[i].kind);
        store_bind_text(statement, 2, object);
        return store_step(tx, statement);
    }
    return PR_OK;
}

int audit_append(struct store_tx *tx, const char *actor, const char *event, const char *object,
                 json_t *detail)
{
    int64_t at_ms = store_now_ms();
    char *body = NULL;

    if (detail == NULL) {
        detail = json_object();
    }
    if (store_tx_error(tx) != PR_OK || actor == NULL || actor[0] == '\0' || event == NULL ||
        object == NULL || !json_is_object(detail)) {
        json_decref(detail);
        return store_tx_fail(tx, PR_EINVAL);
    }
    json_t *leaf = make_leaf(actor, at_ms, detail, event, object);
    int result = audit_canonical(leaf, &body);

    json_decref(leaf);
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "store: the audit leaf of an event cannot be written");
        return store_tx_fail(tx, result);
    }
    result = insert_leaf(tx, at_ms, body);
    free(body);
    return result == PR_OK ? insert_history(tx, event, object) : result;
}

int audit_append_made(struct store_tx *tx, const char *actor, const char *event, const char *object,
                      json_t *detail)
{
    return detail == NULL ? store_tx_fail(tx, PR_ENOMEM)
                          : audit_append(tx, actor, event, object, detail);
}

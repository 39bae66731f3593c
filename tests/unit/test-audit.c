/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaves: canonical text, numbers without gaps, hashes that somebody else computes too. */
#include "tests/unit/store-support.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"

/** JSON in, RFC 8785 out; written by hand from the RFC's rules. */
static void test_golden_vectors(void **state)
{
    static const struct {
        const char *json;
        const char *canonical;
    } cases[] = {
        {"{}", "{}"},
        {"[]", "[]"},
        {" { \"b\" : [ 1 , 2 ] , \"a\" : null } ", "{\"a\":null,\"b\":[1,2]}"},
        {"{\"b\":1,\"B\":2,\"a\":3,\"aa\":4,\"a.\":5,\"\":6,\"1\":7,\"10\":8,\"2\":9}",
         "{\"\":6,\"1\":7,\"10\":8,\"2\":9,\"B\":2,\"a\":3,\"a.\":5,\"aa\":4,\"b\":1}"},
        {"{\"n\":[0,-0,-1,9007199254740991,-9007199254740991],\"t\":[true,false]}",
         "{\"n\":[0,0,-1,9007199254740991,-9007199254740991],\"t\":[true,false]}"},
        /* The short escapes, and lower-case digits for the other controls. */
        {"\"\\u0008\\u0009\\u000a\\u000c\\u000d\"", "\"\\b\\t\\n\\f\\r\""},
        {"\"\\u0001\\u000B\\u001F\\u000e\"", "\"\\u0001\\u000b\\u001f\\u000e\""},
        {"\"\\u0000\"", "\"\\u0000\""},
        {"\"\\\"\\\\\\/\"", "\"\\\"\\\\/\""},
        /* A backslash before what looks like an escape stays text. */
        {"\"\\\\u001F\"", "\"\\\\u001F\""},
        {"\"\\\\\\u001F\\\\\\\\u00AB\"", "\"\\\\\\u001f\\\\\\\\u00AB\""},
        /* DEL, C1, line separators, everything beyond ASCII: as they are. */
        {"\"\\u007f\\u0080\\u2028\\u20ac\"", "\"\x7f\xc2\x80\xe2\x80\xa8\xe2\x82\xac\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"\\u6559\\u52a1\\u5904\"", "\"教务处\""},
        /* No normalisation: U+00C5 and A + U+030A stay different. */
        {"[\"\\u00c5\",\"A\\u030a\"]", "[\"\xc3\x85\",\"A\xcc\x8a\"]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        char *text = NULL;

        assert_non_null(value);
        assert_int_equal(audit_canonical(value, &text), PR_OK);
        assert_string_equal(text, cases[i].canonical);
        free(text);
        json_decref(value);
    }
}

static void test_what_has_no_canonical_form_here(void **state)
{
    static const char *const cases[] = {
        "1.5",
        "[0.0]",
        "{\"a\":{\"b\":1e3}}",
        "9007199254740992",
        "-9007199254740992",
        "{\"é\":1}",
        "{\"\\u001f\":1}",
        "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
    };
    char *text = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *value = json_loads(cases[i], JSON_DECODE_ANY, NULL);

        assert_non_null(value);
        assert_int_equal(audit_canonical(value, &text), PR_EINVAL);
        json_decref(value);
    }
    json_t *not_utf8 = json_string_nocheck("\xff");
    assert_int_equal(audit_canonical(not_utf8, &text), PR_EINVAL);
    json_decref(not_utf8);
    assert_int_equal(audit_canonical(NULL, &text), PR_EINVAL);
    assert_null(text);
}

/** SHA-256 of one NUL byte is in the NIST and RFC 6962 test data of many; the others were made with
 * sha256sum. */
static void test_hash_vectors(void **state)
{
    static const struct {
        const char *body;
        const char *hex;
    } cases[] = {
        {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"{}", "28a3a18f6cd6406b086e9ffda1f9b8a13dbcf44b0f3f32cb9031a11fd053acf9"},
        {"{\"actor\":\"wang\",\"at\":1,\"detail\":{},\"event\":\"x\",\"object\":\"教务处\"}",
         "9e4da27b3f5d1e5fddddf3de1fdf18d869c96b21606728d4830fea4dad66ce29"},
    };
    uint8_t hash[AUDIT_LEAF_HASH_BYTES];
    char hex[2 * sizeof hash + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        audit_hash(cases[i].body, hash);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void read_body(struct store_tx *tx, int64_t leaf, char *buffer, size_t size)
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT body FROM audit_leaf WHERE leaf = ?1");

    store_bind_int(statement, 1, leaf);
    assert_int_equal(store_step(tx, statement), 1);
    store_column_text(statement, 0, buffer, size);
}

static void test_leaf(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    char expected[256];
    char body[256];

    assert_int_equal(audit_append(tx, "root as wang", "quota.grant", "academic",
                                  json_pack("{s:i, s:s}", "sheets", 5, "reason", "期末\x1f")),
                     PR_OK);
    assert_int_equal(audit_append(tx, "printroomd", "job.dispatch", "2026-11-000001", NULL), PR_OK);
    snprintf(expected, sizeof expected,
             "{\"actor\":\"root as wang\",\"at\":%lld,\"detail\":{\"reason\":\"期末\\u001f\","
             "\"sheets\":5},\"event\":\"quota.grant\",\"object\":\"academic\"}",
             (long long)support_number(tx, "SELECT at FROM audit_leaf WHERE leaf = 0"));
    read_body(tx, 0, body, sizeof body);
    assert_string_equal(body, expected);
    read_body(tx, 1, body, sizeof body);
    assert_non_null(strstr(body, ",\"detail\":{},"));
    assert_true(support_number(tx, "SELECT min(at) FROM audit_leaf") > 1600000000000);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_numbers_have_no_gaps(void **state)
{
    struct support *support = *state;

    for (int i = 0; i < 30; i++) {
        struct store_tx *tx = support_begin(support);

        assert_int_equal(audit_append(tx, "test", "test.gap", "a", NULL), PR_OK);
        assert_int_equal(audit_append(tx, "test", "test.gap", "b", NULL), PR_OK);
        if (i % 3 == 0) {
            store_rollback(tx);
        } else {
            assert_int_equal(store_commit(tx), PR_OK);
        }
        if (i % 10 == 5) {
            support_reopen(support);
        }
    }
    struct store_tx *tx = support_begin(support);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 40);
    assert_int_equal(support_number(tx, "SELECT min(leaf) FROM audit_leaf"), 0);
    assert_int_equal(support_number(tx, "SELECT max(leaf) FROM audit_leaf"), 39);
    store_rollback(tx);
}

/** What coreutils' sha256sum says of a NUL byte and a text. */
static void ask_sha256sum(const struct support *support, const char *body, char ret_hex[65])
{
    char leaf[96];
    char answer[96];
    int status = -1;

    snprintf(leaf, sizeof leaf, "%s/leaf", support->folder);
    snprintf(answer, sizeof answer, "%s/answer", support->folder);
    FILE *file = fopen(leaf, "w");
    assert_non_null(file);
    fputc('\0', file);
    fputs(body, file);
    assert_int_equal(fclose(file), 0);
    pid_t child = fork();
    if (child == 0) {
        if (freopen(answer, "w", stdout) != NULL) {
            execlp("sha256sum", "sha256sum", leaf, (char *)NULL);
        }
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    file = fopen(answer, "r");
    assert_non_null(file);
    assert_ptr_equal(fgets(ret_hex, 65, file), ret_hex);
    fclose(file);
}

/** The hash of the stored bytes by another program, as an auditor without printroom computes it. */
static void test_hashes_by_another_program(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    char body[256];
    char hex[65];
    char theirs[65] = "";

    assert_int_equal(audit_append(tx, "test", "test.hash", "教务处\x01", NULL), PR_OK);
    read_body(tx, 0, body, sizeof body);
    sqlite3_stmt *statement = store_statement(tx, "SELECT lower(hex(hash)) FROM audit_leaf");
    assert_int_equal(store_step(tx, statement), 1);
    store_column_text(statement, 0, hex, sizeof hex);
    assert_int_equal(store_commit(tx), PR_OK);
    ask_sha256sum(support, body, theirs);
    assert_string_equal(hex, theirs);
}

static void expect_refused(struct support *support, const char *actor, const char *event,
                           const char *object, json_t *detail)
{
    struct store_tx *tx = support_begin(support);

    assert_int_equal(audit_append(tx, actor, event, object, detail), PR_EINVAL);
    assert_int_equal(store_tx_error(tx), PR_EINVAL);
    assert_int_equal(store_commit(tx), PR_EINVAL);
}

static void test_what_cannot_be_logged_must_not_happen(void **state)
{
    struct support *support = *state;
    json_t *detail = json_pack("{s:f}", "ratio", 0.5);

    json_incref(detail);
    expect_refused(support, "test", "test.bad", "x", detail);
    assert_int_equal(detail->refcount, 1); /* stolen, also from a call that fails */
    json_decref(detail);
    expect_refused(support, "test", "test.bad", "x", json_array());
    expect_refused(support, "", "test.bad", "x", NULL);
    expect_refused(support, NULL, "test.bad", "x", NULL);
    expect_refused(support, "test", NULL, "x", NULL);
    expect_refused(support, "test", "test.bad", NULL, NULL);
    expect_refused(support, "test\xff", "test.bad", "x", NULL);
    expect_refused(support, "test", "test.bad", "\xed\xa0\x80", NULL);

    struct store_tx *tx = support_begin(support);
    assert_int_equal(store_tx_fail(tx, PR_EIO), PR_EIO);
    assert_int_equal(audit_append(tx, "test", "test.late", "x", json_object()), PR_EIO);
    assert_int_equal(store_commit(tx), PR_EIO);
    tx = support_begin(support);
    assert_int_equal(audit_append_made(tx, "test", "test.late", "x", NULL), PR_ENOMEM);
    assert_int_equal(store_commit(tx), PR_ENOMEM);
}

static void test_log_is_append_only(void **state)
{
    static const char *const attempts[] = {
        "UPDATE audit_leaf SET body = '{}'",
        "UPDATE OR REPLACE audit_leaf SET leaf = 0 WHERE leaf = 1",
        "DELETE FROM audit_leaf",
        "DELETE FROM audit_leaf WHERE leaf = 1",
        "INSERT OR REPLACE INTO audit_leaf VALUES (0, 1, '{}', zeroblob(32))",
        "REPLACE INTO audit_leaf VALUES (1, 1, '{}', zeroblob(32))",
        "INSERT INTO audit_leaf VALUES (3, 1, '{}', zeroblob(32))",
        "INSERT INTO audit_leaf VALUES (-1, 1, '{}', zeroblob(32))",
        "INSERT INTO audit_leaf VALUES (NULL, 1, '{}', zeroblob(32))",
    };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(audit_append(tx, "test", "test.first", "x", NULL), PR_OK);
    assert_int_equal(audit_append(tx, "test", "test.second", "x", NULL), PR_OK);
    for (int recursive = 0; recursive <= 1; recursive++) {
        /* As in a shell that does not ask delete triggers on REPLACE, and as in the daemon. */
        assert_int_equal(support_sql(tx, recursive ? "PRAGMA recursive_triggers = ON"
                                                   : "PRAGMA recursive_triggers = OFF"),
                         SQLITE_OK);
        for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
            if (support_sql(tx, attempts[i]) != SQLITE_CONSTRAINT_TRIGGER) {
                fail_msg("%s", attempts[i]);
            }
        }
    }
    assert_int_equal(support_sql(tx, "INSERT INTO audit_leaf VALUES (2, 1, '{}', zeroblob(31))"),
                     SQLITE_CONSTRAINT_CHECK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 2);
    assert_int_equal(store_commit(tx), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_vectors),
        cmocka_unit_test(test_what_has_no_canonical_form_here),
        cmocka_unit_test(test_hash_vectors),
        ON_A_STORE(test_leaf),
        ON_A_STORE(test_numbers_have_no_gaps),
        ON_A_STORE(test_hashes_by_another_program),
        ON_A_STORE(test_what_cannot_be_logged_must_not_happen),
        ON_A_STORE(test_log_is_append_only),
    };
    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}

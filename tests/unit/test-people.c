/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Departments, people, roles, and the text they are made of. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/people.h"
#include "daemon/store/text.h"

enum { STAFF = 1U << ROLE_STAFF };

static void test_text_lines(void **state)
{
    static const struct {
        const char *text;
        bool line;
    } cases[] = {
        {"a", true},
        {"教务处", true},
        {"Ünïcode ǅ", true},
        {"\xf0\xa0\xae\xb7野家", true}, /* U+20BB7 */
        {"\xf4\x8f\xbf\xbd", true},     /* U+10FFFD */
        {"a b", true},
        {"", false},
        {" a", false},
        {"a ", false},
        {"\xe3\x80\x80王", false}, /* ideographic space */
        {"a\nb", false},
        {"a\tb", false},
        {"a\x1b[31m", false},
        {"a\x7f", false},
        {"a\xc2\x85", false}, /* NEL */
        /* NOLINTNEXTLINE(misc-misleading-bidirectional) */
        {"a\xe2\x80\xae!", false}, /* right-to-left override */
        /* NOLINTNEXTLINE(misc-misleading-bidirectional) */
        {"a\xe2\x81\xa6!", false}, /* isolate */
        {"a\xe2\x80\x8b!", false}, /* zero width space */
        {"\xef\xbb\xbf!", false},  /* byte order mark */
        {"\xff", false},
        {"\x80", false},
        {"a\xc3", false},            /* cut short */
        {"\xe6\x95", false},         /* cut short */
        {"\xf0\xa0\xae", false},     /* cut short */
        {"\xc0\xaf", false},         /* overlong */
        {"\xe0\x80\xaf", false},     /* overlong */
        {"\xf0\x80\x80\xaf", false}, /* overlong */
        {"\xed\xa0\x80", false},     /* surrogate */
        {"\xf4\x90\x80\x80", false}, /* beyond U+10FFFF */
        {"\xf8\x88\x80\x80\x80", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (text_is_line(cases[i].text, 1, 20, 64) != cases[i].line) {
            fail_msg("case %zu", i);
        }
    }
    assert_false(text_is_line(NULL, 0, 1, 2));
    assert_true(text_is_line("", 0, 1, 2));
    assert_true(text_is_line("教务处", 3, 3, 10));
    assert_false(text_is_line("教务处", 1, 2, 10));
    assert_false(text_is_line("教务处", 4, 9, 10));
    assert_false(text_is_line("教务处", 3, 3, 9));
}

static void test_roles(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROLES; i++) {
        enum role role = ROLES;

        assert_true(role_parse(role_name((enum role)i), &role));
        assert_int_equal(role, i);
    }
    enum role role = ROLE_ADMIN;
    assert_false(role_parse("root", &role));
    assert_false(role_parse("", &role));
    assert_int_equal(role, ROLE_ADMIN);
}

/** Written down from the mission, not computed: which sets of powers stand. */
static void test_separation_of_powers(void **state)
{
    enum {
        SECURITY = 1U << ROLE_OPERATOR | 1U << ROLE_SUPERVISOR | 1U << ROLE_DIRECTOR |
                   1U << ROLE_ARCHIVIST,
        AUDIT = 1U << ROLE_AUDITOR,
        SYSTEM = 1U << ROLE_ADMIN
    };

    (void)state;
    for (uint32_t set = 0; set < 1U << ROLES; set++) {
        int powers = ((set & SECURITY) != 0) + ((set & AUDIT) != 0) + ((set & SYSTEM) != 0);

        assert_int_equal(roles_compatible(set), powers <= 1);
    }
    assert_false(roles_compatible(1U << ROLES));
    assert_false(roles_compatible(STAFF | 1U << 31));
}

static void test_database_separates_powers_too(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    char sql[160];

    assert_int_equal(department_add(tx, "a", "A", "admin", NULL), PR_OK);
    for (uint32_t set = 0; set < 1U << ROLES; set++) {
        int code = SQLITE_OK;

        assert_int_equal(support_sql(tx, "SAVEPOINT s; INSERT INTO person (person, login, name,"
                                         " department, created_at) VALUES (1, 'x', 'X', 1, 1)"),
                         SQLITE_OK);
        for (unsigned i = 0; i < ROLES && code == SQLITE_OK; i++) {
            if ((set & 1U << i) != 0) {
                snprintf(sql, sizeof sql, "INSERT INTO person_role VALUES (1, '%s')",
                         role_name((enum role)i));
                code = support_sql(tx, sql);
            }
        }
        assert_int_equal(code == SQLITE_OK, roles_compatible(set));
        assert_int_equal(support_sql(tx, "ROLLBACK TO s; RELEASE s"), SQLITE_OK);
    }
    assert_int_equal(support_sql(tx, "INSERT INTO person VALUES (1, 'x', 'X', 1, 1, 1, NULL);"
                                     "INSERT INTO person_role VALUES (1, 'auditor')"),
                     SQLITE_OK);
    assert_int_equal(support_sql(tx, "UPDATE person_role SET role = 'admin'"),
                     SQLITE_CONSTRAINT_TRIGGER);
    assert_int_equal(support_sql(tx, "DELETE FROM person"), SQLITE_CONSTRAINT_TRIGGER);
    assert_int_equal(support_sql(tx, "DELETE FROM department"), SQLITE_CONSTRAINT_TRIGGER);
    store_rollback(tx);
}

static void test_department(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct department found = {.key = -7};
    int64_t key = 0;

    assert_int_equal(department_find(tx, "academic", &found), PR_ENOENT);
    assert_int_equal(department_get(tx, 1, &found), PR_ENOENT);
    assert_int_equal(found.key, -7);
    assert_int_equal(department_add(tx, "academic", "教务处", "admin", &key), PR_OK);
    assert_int_equal(department_find(tx, "academic", &found), PR_OK);
    assert_int_equal(found.key, key);
    assert_string_equal(found.code, "academic");
    assert_string_equal(found.name, "教务处");
    assert_true(found.active);
    assert_int_equal(found.standing_quota, -1);
    assert_int_equal(support_sql(tx, "UPDATE department SET active = 0, standing_quota = 0"),
                     SQLITE_OK);
    assert_int_equal(department_get(tx, key, &found), PR_OK);
    assert_false(found.active);
    assert_int_equal(found.standing_quota, 0);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_department_refusals_are_answers(void **state)
{
    static const char *const codes[] = {
        "", "Academic", "a b", "a_b", "教务处", "a/b", NULL, "a12345678901234567890123456789012",
    };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    char name[512];

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(department_add(tx, codes[i], "A", "admin", NULL), PR_EINVAL);
    }
    assert_int_equal(department_add(tx, "a", "", "admin", NULL), PR_EINVAL);
    assert_int_equal(department_add(tx, "a", "A\nB", "admin", NULL), PR_EINVAL);
    assert_int_equal(department_add(tx, "a", NULL, "admin", NULL), PR_EINVAL);
    name[0] = '\0';
    for (size_t i = 0; i < 100; i++) {
        snprintf(name + 4 * i, sizeof name - 4 * i, "\xf0\xa0\xae\xb7");
    }
    assert_int_equal(department_add(tx, "long", name, "admin", NULL), PR_OK);
    struct department found;
    assert_int_equal(department_find(tx, "long", &found), PR_OK);
    assert_string_equal(found.name, name);
    snprintf(name + 400, sizeof name - 400, "x");
    assert_int_equal(department_add(tx, "a", name, "admin", NULL), PR_EINVAL);
    assert_int_equal(department_add(tx, "long", "B", "admin", NULL), PR_EEXIST);
    assert_int_equal(department_add(tx, "a1234567890123456789012345678901", "A", "admin", NULL),
                     PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM department"), 2);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 2);
    store_rollback(tx);
}

static void test_person(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    uint32_t roles = STAFF | 1U << ROLE_DIRECTOR | 1U << ROLE_ARCHIVIST;
    struct person found = {.key = -7};
    int64_t key = 0;
    int64_t department = 0;

    assert_int_equal(department_add(tx, "academic", "教务处", "admin", &department), PR_OK);
    assert_int_equal(person_find(tx, "wang", &found), PR_ENOENT);
    assert_int_equal(found.key, -7);
    assert_int_equal(person_add(tx, "wang", "王小明", "academic", roles, "admin", &key), PR_OK);
    assert_int_equal(person_find(tx, "wang", &found), PR_OK);
    assert_int_equal(found.key, key);
    assert_string_equal(found.login, "wang");
    assert_string_equal(found.name, "王小明");
    assert_int_equal(found.department, department);
    assert_string_equal(found.department_code, "academic");
    assert_string_equal(found.department_name, "教务处");
    assert_true(found.active);
    assert_true(found.department_active);
    assert_int_equal(found.roles, roles);
    assert_int_equal(support_sql(tx, "UPDATE person SET active = 0"), SQLITE_OK);
    assert_int_equal(support_sql(tx, "UPDATE department SET active = 0"), SQLITE_OK);
    assert_int_equal(person_find(tx, "wang", &found), PR_OK);
    assert_false(found.active);
    assert_false(found.department_active);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_person_refusals_are_answers(void **state)
{
    static const char *const logins[] = {
        "",
        "wang li",
        "a/b",
        "a\n",
        "\xff",
        NULL,
        "printroomd",
        " wang",
        "a1234567890123456789012345678901234567890123456789012345678901234",
    };
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(department_add(tx, "a", "A", "admin", NULL), PR_OK);
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        assert_int_equal(person_add(tx, logins[i], "W", "a", STAFF, "admin", NULL), PR_EINVAL);
    }
    assert_int_equal(person_add(tx, "wang", "", "a", STAFF, "admin", NULL), PR_EINVAL);
    assert_int_equal(
        person_add(tx, "wang", "W", "a", 1U << ROLE_ADMIN | 1U << ROLE_AUDITOR, "admin", NULL),
        PR_EINVAL);
    assert_int_equal(person_add(tx, "wang", "W", "none", STAFF, "admin", NULL), PR_ENOENT);
    assert_int_equal(person_add(tx, "wang", "W", NULL, STAFF, "admin", NULL), PR_ENOENT);
    assert_int_equal(person_add(tx,
                                "a123456789012345678901234567890123456789012345678901234567890123",
                                "W", "a", 0, "admin", NULL),
                     PR_OK);
    assert_int_equal(person_add(tx, "wang@小学.example", "W", "a", STAFF, "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "wang@小学.example", "W", "a", STAFF, "admin", NULL),
                     PR_EEXIST);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM person"), 2);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), 3);
    store_rollback(tx);
}

static void test_nothing_without_an_actor(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);

    assert_int_equal(department_add(tx, "a", "A", "", NULL), PR_EINVAL);
    assert_int_equal(store_commit(tx), PR_EINVAL);
    assert_int_equal(store_begin_read(support->store, &tx), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM department"), 0);
    store_rollback(tx);
}

struct walk {
    char seen[128];
    unsigned calls;
    unsigned end_after;
};

static int see(struct walk *walk, const char *name)
{
    size_t length = strlen(walk->seen);

    snprintf(walk->seen + length, sizeof walk->seen - length, "%s ", name);
    return ++walk->calls == walk->end_after ? PR_ESTATE : PR_OK;
}

static int see_department(void *context, const struct department *department)
{
    return see(context, department->code);
}

static int see_person(void *context, const struct person *person)
{
    char text[128];

    snprintf(text, sizeof text, "%s:%s:%x", person->login, person->department_code, person->roles);
    return see(context, text);
}

static void test_walks(void **state)
{
    struct support *support = *state;
    struct store_tx *tx = support_begin(support);
    struct walk walk = {.calls = 0};

    assert_int_equal(department_each(tx, see_department, &walk), PR_OK);
    assert_int_equal(walk.calls, 0);
    assert_int_equal(department_add(tx, "c", "C", "admin", NULL), PR_OK);
    assert_int_equal(department_add(tx, "a", "A", "admin", NULL), PR_OK);
    assert_int_equal(department_add(tx, "b", "B", "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "y", "Y", "a", STAFF, "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "x", "X", "b", 0, "admin", NULL), PR_OK);
    assert_int_equal(department_each(tx, see_department, &walk), PR_OK);
    assert_string_equal(walk.seen, "a b c ");
    walk = (struct walk){.end_after = 2};
    assert_int_equal(department_each(tx, see_department, &walk), PR_ESTATE);
    assert_string_equal(walk.seen, "a b ");
    walk = (struct walk){.end_after = 0};
    assert_int_equal(person_each(tx, see_person, &walk), PR_OK);
    assert_string_equal(walk.seen, "x:b:0 y:a:1 ");
    walk = (struct walk){.end_after = 1};
    assert_int_equal(person_each(tx, see_person, &walk), PR_ESTATE);
    assert_int_equal(walk.calls, 1);
    assert_int_equal(store_commit(tx), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_lines),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_separation_of_powers),
        ON_A_STORE(test_database_separates_powers_too),
        ON_A_STORE(test_department),
        ON_A_STORE(test_department_refusals_are_answers),
        ON_A_STORE(test_person),
        ON_A_STORE(test_person_refusals_are_answers),
        ON_A_STORE(test_nothing_without_an_actor),
        ON_A_STORE(test_walks),
    };
    return cmocka_run_group_tests_name("people", tests, NULL, NULL);
}

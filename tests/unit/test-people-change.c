/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of people and departments: what is written, what is left behind, what is refused. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/history.h"
#include "daemon/store/people.h"

enum {
    STAFF = 1U << ROLE_STAFF,
    ADMIN = 1U << ROLE_ADMIN,
    AUDITOR = 1U << ROLE_AUDITOR,
    DIRECTOR = 1U << ROLE_DIRECTOR
};

static struct store_tx *begin_office(struct support *support)
{
    struct store_tx *tx = support_begin(support);

    assert_int_equal(department_add(tx, "academic", "教务处", "admin", NULL), PR_OK);
    assert_int_equal(department_add(tx, "general", "总务处", "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "wang", "王", "academic", STAFF, "admin", NULL), PR_OK);
    return tx;
}

/** Gathers the events and details of an object's history. */
static int gather(void *context, const struct history_entry *entry)
{
    char *text = context;
    char *detail = json_dumps(entry->detail, JSON_COMPACT | JSON_SORT_KEYS);
    size_t length = strlen(text);

    assert_string_equal(entry->actor, "admin");
    assert_true(entry->at > 0);
    snprintf(text + length, 1024 - length, "%s%s ", entry->event, detail);
    free(detail);
    return PR_OK;
}

static void expect_history(struct store_tx *tx, enum history_kind kind, const char *object,
                           unsigned most, const char *expected)
{
    char text[1024] = "";

    assert_int_equal(history_each(tx, kind, object, most, gather, text), PR_OK);
    assert_string_equal(text, expected);
}

static void test_change_of_everything(void **state)
{
    struct store_tx *tx = begin_office(*state);
    const uint32_t roles = DIRECTOR | STAFF;
    const struct person_change change = {
        .name = "王二", .department_code = "general", .roles = &roles};
    struct person person;
    bool changed = false;

    assert_int_equal(person_change(tx, "wang", &change, "admin", &changed), PR_OK);
    assert_true(changed);
    assert_int_equal(person_find(tx, "wang", &person), PR_OK);
    assert_string_equal(person.name, "王二");
    assert_string_equal(person.department_code, "general");
    assert_int_equal(person.roles, roles);
    assert_true(person.active);
    /* The same again changes nothing and leaves nothing. */
    assert_int_equal(person_change(tx, "wang", &change, "admin", &changed), PR_OK);
    assert_false(changed);
    expect_history(tx, HISTORY_PERSON, "wang", 100,
                   "person.add{\"department\":\"academic\",\"name\":\"王\",\"roles\":[\"staff\"]} "
                   "person.change{\"after\":{\"department\":\"general\",\"name\":\"王二\","
                   "\"roles\":[\"staff\",\"director\"]},\"before\":{\"department\":\"academic\","
                   "\"name\":\"王\",\"roles\":[\"staff\"]}} ");
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_power_changes_hands(void **state)
{
    static const uint32_t sets[] = {ADMIN, AUDITOR, DIRECTOR | STAFF, 0, ADMIN | STAFF};
    const uint32_t united = ADMIN | AUDITOR;
    struct store_tx *tx = begin_office(*state);
    struct person person;

    /* From any power to any other, since the old roles go first; two at once never. */
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        const struct person_change change = {.roles = &sets[i]};

        assert_int_equal(person_change(tx, "wang", &change, "admin", NULL), PR_OK);
        assert_int_equal(person_find(tx, "wang", &person), PR_OK);
        assert_int_equal(person.roles, sets[i]);
        assert_int_equal(
            person_change(tx, "wang", &(struct person_change){.roles = &united}, "admin", NULL),
            PR_EINVAL);
    }
    assert_int_equal(person_find(tx, "wang", &person), PR_OK);
    assert_int_equal(person.roles, ADMIN | STAFF);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_leaving_and_coming_back(void **state)
{
    struct store_tx *tx = begin_office(*state);
    const struct person_change off = {.active = ACTIVE_OFF};
    const struct person_change on = {.active = ACTIVE_ON};
    struct person person;

    assert_int_equal(support_sql(tx, "INSERT INTO token VALUES (zeroblob(32), 1, 1, 2)"),
                     SQLITE_OK);
    assert_int_equal(person_change(tx, "wang", &on, "admin", NULL), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM token"), 1);
    assert_int_equal(person_change(tx, "wang", &off, "admin", NULL), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM token"), 0);
    assert_int_equal(person_find(tx, "wang", &person), PR_OK);
    assert_false(person.active);
    assert_int_equal(person.roles, STAFF);
    assert_int_equal(person_change(tx, "wang", &on, "admin", NULL), PR_OK);
    expect_history(tx, HISTORY_PERSON, "wang", 2,
                   "person.deactivate{\"after\":{\"active\":false},\"before\":{\"active\":true}} "
                   "person.reactivate{\"after\":{\"active\":true},\"before\":{\"active\":false}} ");
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_heads(void **state)
{
    static const char *const unfit[] = {"nobody", "admin", "auditor", "gone"};
    struct store_tx *tx = begin_office(*state);
    const struct person_change leave = {.active = ACTIVE_OFF};
    struct department department;
    bool changed = false;

    assert_int_equal(person_add(tx, "admin", "管理员", "general", ADMIN, "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "auditor", "审计员", "general", AUDITOR, "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "gone", "某人", "general", STAFF, "admin", NULL), PR_OK);
    assert_int_equal(person_change(tx, "gone", &leave, "admin", NULL), PR_OK);
    assert_int_equal(department_find(tx, "academic", &department), PR_OK);
    assert_string_equal(department.head, "");
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        assert_int_equal(department_change(tx, "academic",
                                           &(struct department_change){.head = unfit[i]}, "admin",
                                           &changed),
                         PR_ESTATE);
    }
    const struct department_change head = {.head = "wang"};
    const struct department_change none = {.head = ""};

    assert_int_equal(department_change(tx, "academic", &head, "admin", &changed), PR_OK);
    assert_true(changed);
    assert_int_equal(department_change(tx, "academic", &head, "admin", &changed), PR_OK);
    assert_false(changed);
    assert_int_equal(department_find(tx, "academic", &department), PR_OK);
    assert_string_equal(department.head, "wang");
    expect_history(tx, HISTORY_DEPARTMENT, "academic", 1,
                   "department.change{\"after\":{\"head\":\"wang\"},\"before\":{\"head\":"
                   "\"\"}} ");
    assert_int_equal(department_change(tx, "academic", &none, "admin", &changed), PR_OK);
    assert_true(changed);
    assert_int_equal(department_find(tx, "academic", &department), PR_OK);
    assert_string_equal(department.head, "");
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_departments(void **state)
{
    struct store_tx *tx = begin_office(*state);
    const struct department_change rename = {.name = "教导处"};
    const struct department_change off = {.active = ACTIVE_OFF};
    const struct person_change move = {.department_code = "general"};
    struct department department;
    bool changed = true;

    assert_int_equal(department_change(tx, "academic", &rename, "admin", NULL), PR_OK);
    assert_int_equal(department_change(tx, "academic", &rename, "admin", &changed), PR_OK);
    assert_false(changed);
    assert_int_equal(department_change(tx, "general", &off, "admin", &changed), PR_OK);
    assert_true(changed);
    assert_int_equal(department_find(tx, "academic", &department), PR_OK);
    assert_string_equal(department.name, "教导处");
    assert_true(department.active);
    assert_int_equal(department_find(tx, "general", &department), PR_OK);
    assert_false(department.active);
    assert_int_equal(person_change(tx, "wang", &move, "admin", NULL), PR_ESTATE);
    expect_history(tx, HISTORY_DEPARTMENT, "academic", 1,
                   "department.change{\"after\":{\"name\":\"教导处\"},\"before\":{\"name\":"
                   "\"教务处\"}} ");
    /* Who is in it already can still be changed otherwise. */
    assert_int_equal(department_change(tx, "general",
                                       &(struct department_change){.active = ACTIVE_ON}, "admin",
                                       NULL),
                     PR_OK);
    assert_int_equal(person_change(tx, "wang", &move, "admin", NULL), PR_OK);
    assert_int_equal(department_change(tx, "general", &off, "admin", NULL), PR_OK);
    const struct person_change both = {.name = "W", .department_code = "general"};
    assert_int_equal(person_change(tx, "wang", &both, "admin", &changed), PR_OK);
    assert_true(changed);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_refusals_are_answers(void **state)
{
    struct store_tx *tx = begin_office(*state);
    const int64_t leaves = support_number(tx, "SELECT count(*) FROM audit_leaf");
    const struct person_change nowhere = {.name = "X", .department_code = "nowhere"};
    const struct person_change no_name = {.name = "a\nb"};
    const struct department_change no_words = {.name = ""};
    const struct person_change nothing = {.name = NULL};
    const uint32_t unknown = 1U << ROLES;

    assert_int_equal(person_change(tx, "wang", &nowhere, "admin", NULL), PR_ESTATE);
    assert_int_equal(person_change(tx, "wang", &no_name, "admin", NULL), PR_EINVAL);
    assert_int_equal(
        person_change(tx, "wang", &(struct person_change){.roles = &unknown}, "admin", NULL),
        PR_EINVAL);
    assert_int_equal(person_change(tx, "nobody", &nothing, "admin", NULL), PR_ENOENT);
    assert_int_equal(person_change(tx, "wang", &nothing, "admin", NULL), PR_OK);
    assert_int_equal(department_change(tx, "academic", &no_words, "admin", NULL), PR_EINVAL);
    assert_int_equal(
        department_change(tx, "x", &(struct department_change){.name = "X"}, "admin", NULL),
        PR_ENOENT);
    assert_int_equal(person_set_cap(tx, "nobody", 1, "admin"), PR_ENOENT);
    assert_int_equal(person_set_cap(tx, "wang", -2, "admin"), PR_EINVAL);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"), leaves);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_caps(void **state)
{
    struct store_tx *tx = begin_office(*state);
    struct person person;

    assert_int_equal(person_find(tx, "wang", &person), PR_OK);
    assert_int_equal(person.cap, -1);
    assert_int_equal(person_set_cap(tx, "wang", 0, "admin"), PR_OK);
    assert_int_equal(person_find(tx, "wang", &person), PR_OK);
    assert_int_equal(person.cap, 0);
    assert_int_equal(person_set_cap(tx, "wang", -1, "admin"), PR_OK);
    assert_int_equal(person_set_cap(tx, "wang", -1, "admin"), PR_OK);
    assert_int_equal(person_find(tx, "wang", &person), PR_OK);
    assert_int_equal(person.cap, -1);
    expect_history(tx, HISTORY_PERSON, "wang", 2,
                   "person.cap{\"after\":{\"cap\":0},\"before\":{\"cap\":null}} "
                   "person.cap{\"after\":{\"cap\":null},\"before\":{\"cap\":0}} ");
    assert_int_equal(store_commit(tx), PR_OK);
}

static int stop(void *context, const struct history_entry *entry)
{
    (void)entry;
    ++*(int *)context;
    return PR_ESTATE;
}

static void test_walks_of_history(void **state)
{
    struct store_tx *tx = begin_office(*state);
    int calls = 0;

    assert_int_equal(history_each(tx, HISTORY_PERSON, "academic", 9, stop, &calls), PR_OK);
    assert_int_equal(history_each(tx, HISTORY_DEPARTMENT, "wang", 9, stop, &calls), PR_OK);
    assert_int_equal(calls, 0);
    assert_int_equal(history_each(tx, HISTORY_PERSON, "wang", 9, stop, &calls), PR_ESTATE);
    assert_int_equal(calls, 1);
    assert_int_equal(store_commit(tx), PR_OK);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(test_change_of_everything),
        ON_A_STORE(test_power_changes_hands),
        ON_A_STORE(test_leaving_and_coming_back),
        ON_A_STORE(test_departments),
        ON_A_STORE(test_heads),
        ON_A_STORE(test_refusals_are_answers),
        ON_A_STORE(test_caps),
        ON_A_STORE(test_walks_of_history),
    };
    return cmocka_run_group_tests_name("people-change", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers of documents received and dispatched. */
#include "tests/unit/store-support.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/documents.h"

#define NUMBER "校办〔2026〕7号"

static int set_up(void **state)
{
    static const char *const people[] = {"wang", "li", "director"};

    support_set_up(state);
    support_hurry(*state);
    struct store_tx *tx = support_begin(*state);

    assert_int_equal(department_add(tx, "office", "办公室", "admin", NULL), PR_OK);
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        assert_int_equal(
            person_add(tx, people[i], "某人", "office", 1U << ROLE_STAFF, "admin", NULL), PR_OK);
    }
    assert_int_equal(store_commit(tx), PR_OK);
    return 0;
}

static struct document_entry entry_of(enum document_direction direction)
{
    static const char *const recipients[] = {"wang", "li"};

    return (struct document_entry){
        .direction = direction,
        .day = "2026-11-26",
        .document_number = NUMBER,
        .level = "secret",
        .urgency = "urgent",
        .sender = direction == DOCUMENT_RECEIVED ? "市教育局" : "",
        .signer = "张局长",
        .copies = 3,
        .condition = "complete",
        .recipients = recipients,
        .recipients_length = 2,
        .note = "",
        .actor = "operator",
        .login = "operator",
    };
}

static struct document_record add(struct store_tx *tx, enum document_direction direction)
{
    const struct document_entry entry = entry_of(direction);
    struct document_record record;

    assert_int_equal(document_register(tx, &entry, &record), PR_OK);
    return record;
}

static int move(struct store_tx *tx, struct document_record *record, enum document_event event,
                const char *who)
{
    static const char *const recipients[] = {"li", "wang"};
    const struct document_change change = {.event = event,
                                           .recipients = recipients,
                                           .recipients_length = 2,
                                           .note = "",
                                           .actor = who,
                                           .login = who};

    return document_move(tx, record, &change);
}

static void print_number(struct store_tx *tx)
{
    (void)support_job(tx);
    assert_int_equal(
        support_sql(tx, "UPDATE job SET document_number = '" NUMBER "', state = 'completed'"),
        SQLITE_OK);
}

static void test_registered(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct document_record one = add(tx, DOCUMENT_RECEIVED);
    struct document_record two = add(tx, DOCUMENT_RECEIVED);
    struct document_record out = add(tx, DOCUMENT_DISPATCHED);
    struct document_record found;

    assert_string_equal(one.id, "received-2026-0001");
    assert_string_equal(two.id, "received-2026-0002");
    assert_string_equal(out.id, "dispatched-2026-0001");
    assert_int_equal(document_find(tx, "received-2026-0002", &found), PR_OK);
    assert_string_equal(found.sender, "市教育局");
    assert_string_equal(found.recipients, "li\nwang");
    assert_string_equal(found.state, "registered");
    assert_int_equal(found.copies, 3);
    assert_int_equal(document_find(tx, "received-2026-0003", &found), PR_ENOENT);
    struct document_entry next_year = entry_of(DOCUMENT_RECEIVED);
    next_year.day = "2027-01-02";
    assert_int_equal(document_register(tx, &next_year, &found), PR_OK);
    assert_string_equal(found.id, "received-2027-0001");
    assert_int_equal(
        support_number(tx, "SELECT count(*) FROM audit_leaf WHERE body LIKE '%document.receive%'"),
        3);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_refused_entries(void **state)
{
    static const char *const nobody[] = {"nobody"};
    struct store_tx *tx = support_begin(*state);
    struct document_record record;
    struct document_entry entries[9];

    for (size_t i = 0; i < 9; i++) {
        entries[i] = entry_of(DOCUMENT_RECEIVED);
    }
    entries[0].day = "2026-02-30";
    entries[1].document_number = "two\nlines";
    entries[2].sender = "";
    entries[3].copies = 0;
    entries[4].recipients_length = 0;
    entries[5].condition = "torn";
    entries[6].urgency = "soon";
    entries[7] = entry_of(DOCUMENT_DISPATCHED);
    entries[7].condition = "damaged";
    entries[8] = entry_of(DOCUMENT_DISPATCHED);
    entries[8].sender = "x";
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(document_register(tx, &entries[i], &record), PR_EINVAL);
    }
    entries[0] = entry_of(DOCUMENT_RECEIVED);
    entries[0].recipients = nobody;
    entries[0].recipients_length = 1;
    assert_int_equal(document_register(tx, &entries[0], &record), PR_ENOENT);
    entries[0].direction = DOCUMENT_DISPATCHED;
    entries[0].sender = "";
    assert_int_equal(document_register(tx, &entries[0], &record), PR_OK);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM document"), 1);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Every state × event of both registers; forbidden ones write nothing. */
static void test_every_cell(void **state)
{
    static const enum document_event way[] = {DOCUMENT_EVENT_REVIEW, DOCUMENT_EVENT_PRINT,
                                              DOCUMENT_EVENT_SEAL, DOCUMENT_EVENT_DISTRIBUTE};
    static const char *const states[] = {"reviewed", "printed", "sealed", "distributed"};
    struct store_tx *tx = support_begin(*state);

    print_number(tx);
    for (size_t at = 0; at <= 4; at++) {
        for (unsigned event = 0; event < DOCUMENT_EVENTS; event++) {
            struct document_record record = add(tx, DOCUMENT_DISPATCHED);

            for (size_t i = 0; i < at; i++) {
                assert_int_equal(move(tx, &record, way[i], "director"), PR_OK);
                assert_string_equal(record.state, states[i]);
            }
            int64_t before = support_number(tx, "SELECT count(*) FROM document_event");
            bool allowed = at < 4 && way[at] == (enum document_event)event;

            assert_int_equal(move(tx, &record, (enum document_event)event, "director"),
                             allowed ? PR_OK : PR_ESTATE);
            assert_int_equal(support_number(tx, "SELECT count(*) FROM document_event"),
                             before + allowed);
        }
    }
    struct document_record received = add(tx, DOCUMENT_RECEIVED);
    for (unsigned event = DOCUMENT_EVENT_REVIEW; event < DOCUMENT_EVENTS; event++) {
        assert_int_equal(move(tx, &received, (enum document_event)event, "director"), PR_ESTATE);
    }
    assert_int_equal(move(tx, &received, DOCUMENT_EVENT_SIGN, "director"), PR_OK);
    assert_int_equal(move(tx, &received, DOCUMENT_EVENT_SIGN, "director"), PR_ESTATE);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_rules(void **state)
{
    static const char *const others[][3] = {
        {"wang", NULL, NULL}, {"wang", "wang", NULL}, {"wang", "zhao", NULL}, {"wang", "li", "x"}};
    static const size_t lengths[] = {1, 2, 2, 3};
    struct store_tx *tx = support_begin(*state);
    struct document_record record = add(tx, DOCUMENT_DISPATCHED);
    struct document_change change = {
        .event = DOCUMENT_EVENT_DISTRIBUTE, .note = "", .actor = "operator", .login = "operator"};

    assert_int_equal(move(tx, &record, DOCUMENT_EVENT_REVIEW, "operator"), PR_EACCESS);
    assert_int_equal(move(tx, &record, DOCUMENT_EVENT_REVIEW, "director"), PR_OK);
    assert_int_equal(move(tx, &record, DOCUMENT_EVENT_PRINT, "operator"), PR_ESTATE);
    print_number(tx);
    assert_int_equal(move(tx, &record, DOCUMENT_EVENT_PRINT, "operator"), PR_OK);
    assert_int_equal(move(tx, &record, DOCUMENT_EVENT_SEAL, "operator"), PR_OK);
    for (size_t i = 0; i < 4; i++) {
        change.recipients = others[i];
        change.recipients_length = lengths[i];
        assert_int_equal(document_move(tx, &record, &change), PR_ENOENT);
    }
    assert_int_equal(move(tx, &record, DOCUMENT_EVENT_DISTRIBUTE, "operator"), PR_OK);
    assert_int_equal(store_tx_error(tx), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_cannot_be_undone(void **state)
{
    static const char *const attempts[] = {
        "DELETE FROM document",
        "UPDATE document SET copies = 2",
        "UPDATE document SET state = 'sealed'",
        "DELETE FROM document_recipient",
        "UPDATE document_recipient SET recipient = 'x'",
        "DELETE FROM document_event",
        "UPDATE document_event SET actor = 'x'",
        "INSERT OR REPLACE INTO document SELECT * FROM document",
        ("INSERT INTO document_event (document, at, name, from_state, to_state, actor)"
         " VALUES (1, 1, 'seal', 'printed', 'sealed', 'x')"),
    };
    struct store_tx *tx = support_begin(*state);

    (void)add(tx, DOCUMENT_RECEIVED);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_int_not_equal(support_sql(tx, attempts[i]), SQLITE_OK);
    }
    assert_int_equal(store_commit(tx), PR_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, support_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_registered), TEST(test_refused_entries),  TEST(test_every_cell),
        TEST(test_rules),      TEST(test_cannot_be_undone),
    };

    return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}

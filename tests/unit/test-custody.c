/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Custody of numbered copies: every cell of the table, people and readers, and random histories in
 * which no copy is in two places and none vanishes. */
#include "tests/unit/store-support.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/jobs/numbering.h"
#include "daemon/store/custody.h"
#include "daemon/store/violations.h"

#define NUMBER "校办〔2026〕7号"

static int set_up(void **state)
{
    static const struct {
        const char *login;
        uint32_t roles;
    } people[] = {
        {"wang", 1U << ROLE_STAFF},        {"li", 1U << ROLE_STAFF},
        {"operator", 1U << ROLE_OPERATOR}, {"archivist", 1U << ROLE_ARCHIVIST},
        {"director", 1U << ROLE_DIRECTOR}, {"gone", 1U << ROLE_STAFF},
    };
    const struct person_change leave = {.active = ACTIVE_OFF};

    assert_true(sodium_init() >= 0);
    support_set_up(state);
    support_hurry(*state);
    struct store_tx *tx = support_begin(*state);

    assert_int_equal(department_add(tx, "office", "办公室", "admin", NULL), PR_OK);
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        assert_int_equal(
            person_add(tx, people[i].login, "某人", "office", people[i].roles, "admin", NULL),
            PR_OK);
    }
    assert_int_equal(person_change(tx, "gone", &leave, "admin", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    return 0;
}

/** A job that a device is at, of `sheets` sheets. */
static struct job_record new_job(struct store_tx *tx, const char *number)
{
    struct job_record job;
    int64_t key = support_job(tx);
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE job SET state = 'processing', sheets = 6, document_number = ?2 WHERE job = ?1");

    store_bind_int(statement, 1, key);
    store_bind_text(statement, 2, number);
    assert_int_equal(store_step(tx, statement), PR_OK);
    assert_int_equal(job_get(tx, key, &job), PR_OK);
    return job;
}

/* The table --------------------------------------------------------------------------------- */

/* What may happen, written down a second time. */
static const struct {
    enum custody_state state;
    enum custody_event event;
    enum custody_state next;
} allowed[] = {
    {CUSTODY_PRINTING, CUSTODY_EVENT_PRINTED, CUSTODY_PRINTED},
    {CUSTODY_PRINTING, CUSTODY_EVENT_UNPRINTED, CUSTODY_VOID},
    {CUSTODY_PRINTING, CUSTODY_EVENT_UNCERTAIN, CUSTODY_IN_DOUBT},
    {CUSTODY_IN_DOUBT, CUSTODY_EVENT_PRINTED, CUSTODY_PRINTED},
    {CUSTODY_IN_DOUBT, CUSTODY_EVENT_UNPRINTED, CUSTODY_VOID},
    {CUSTODY_IN_DOUBT, CUSTODY_EVENT_FOUND, CUSTODY_PRINTED},
    {CUSTODY_IN_DOUBT, CUSTODY_EVENT_ABSENT, CUSTODY_VOID},
    {CUSTODY_PRINTED, CUSTODY_EVENT_COLLECT, CUSTODY_COLLECTED},
    {CUSTODY_PRINTED, CUSTODY_EVENT_DESTROY, CUSTODY_DESTROYED},
    {CUSTODY_COLLECTED, CUSTODY_EVENT_ISSUE, CUSTODY_ISSUED},
    {CUSTODY_COLLECTED, CUSTODY_EVENT_CIRCULATE, CUSTODY_CIRCULATING},
    {CUSTODY_COLLECTED, CUSTODY_EVENT_ARCHIVE, CUSTODY_ARCHIVED},
    {CUSTODY_COLLECTED, CUSTODY_EVENT_DESTROY, CUSTODY_DESTROYED},
    {CUSTODY_ISSUED, CUSTODY_EVENT_CIRCULATE, CUSTODY_CIRCULATING},
    {CUSTODY_ISSUED, CUSTODY_EVENT_RETURN, CUSTODY_RETURNED},
    {CUSTODY_CIRCULATING, CUSTODY_EVENT_CIRCULATE, CUSTODY_CIRCULATING},
    {CUSTODY_CIRCULATING, CUSTODY_EVENT_RETURN, CUSTODY_RETURNED},
    {CUSTODY_RETURNED, CUSTODY_EVENT_ISSUE, CUSTODY_ISSUED},
    {CUSTODY_RETURNED, CUSTODY_EVENT_CIRCULATE, CUSTODY_CIRCULATING},
    {CUSTODY_RETURNED, CUSTODY_EVENT_ARCHIVE, CUSTODY_ARCHIVED},
    {CUSTODY_RETURNED, CUSTODY_EVENT_DESTROY, CUSTODY_DESTROYED},
    {CUSTODY_ARCHIVED, CUSTODY_EVENT_DESTROY, CUSTODY_DESTROYED},
    {CUSTODY_VOID, CUSTODY_EVENT_FOUND, CUSTODY_PRINTED},
    {CUSTODY_PRINTED, CUSTODY_EVENT_LOST, CUSTODY_LOST},
    {CUSTODY_COLLECTED, CUSTODY_EVENT_LOST, CUSTODY_LOST},
    {CUSTODY_ISSUED, CUSTODY_EVENT_LOST, CUSTODY_LOST},
    {CUSTODY_CIRCULATING, CUSTODY_EVENT_LOST, CUSTODY_LOST},
    {CUSTODY_RETURNED, CUSTODY_EVENT_LOST, CUSTODY_LOST},
    {CUSTODY_ARCHIVED, CUSTODY_EVENT_LOST, CUSTODY_LOST},
    {CUSTODY_LOST, CUSTODY_EVENT_RECOVER, CUSTODY_RETURNED},
    {CUSTODY_LOST, CUSTODY_EVENT_WRITE_OFF, CUSTODY_WRITTEN_OFF},
    {CUSTODY_WRITTEN_OFF, CUSTODY_EVENT_RECOVER, CUSTODY_RETURNED},
};

/* A way from printing to each state. */
static const enum custody_event ways[CUSTODY_STATES][5] = {
    [CUSTODY_PRINTING] = {CUSTODY_EVENTS},
    [CUSTODY_VOID] = {CUSTODY_EVENT_UNPRINTED, CUSTODY_EVENTS},
    [CUSTODY_IN_DOUBT] = {CUSTODY_EVENT_UNCERTAIN, CUSTODY_EVENTS},
    [CUSTODY_PRINTED] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENTS},
    [CUSTODY_COLLECTED] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_COLLECT, CUSTODY_EVENTS},
    [CUSTODY_ISSUED] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_COLLECT, CUSTODY_EVENT_ISSUE,
                        CUSTODY_EVENTS},
    [CUSTODY_CIRCULATING] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_COLLECT, CUSTODY_EVENT_CIRCULATE,
                             CUSTODY_EVENTS},
    [CUSTODY_RETURNED] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_COLLECT, CUSTODY_EVENT_ISSUE,
                          CUSTODY_EVENT_RETURN, CUSTODY_EVENTS},
    [CUSTODY_ARCHIVED] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_COLLECT, CUSTODY_EVENT_ARCHIVE,
                          CUSTODY_EVENTS},
    [CUSTODY_DESTROYED] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_DESTROY, CUSTODY_EVENTS},
    [CUSTODY_LOST] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_LOST, CUSTODY_EVENTS},
    [CUSTODY_WRITTEN_OFF] = {CUSTODY_EVENT_PRINTED, CUSTODY_EVENT_LOST, CUSTODY_EVENT_WRITE_OFF,
                             CUSTODY_EVENTS},
};

/** A change that has all its event needs. */
static struct custody_change change_of(enum custody_event event)
{
    static const char *const readers[] = {"li"};
    const bool circulate = event == CUSTODY_EVENT_CIRCULATE;

    return (struct custody_change){
        .event = event,
        .actor = "operator",
        .login = "operator",
        .to = event == CUSTODY_EVENT_ISSUE ? "wang" : NULL,
        .readers = circulate ? readers : NULL,
        .readers_length = circulate ? 1 : 0,
        .witness = event == CUSTODY_EVENT_DESTROY ? "director" : NULL,
        .note = event == CUSTODY_EVENT_LOST ? "not in the cabinet" : "in order",
        .month = "2026-11",
    };
}

static int move(struct store_tx *tx, struct custody_copy *copy, enum custody_event event)
{
    const struct custody_change change = change_of(event);

    return custody_move(tx, copy, &change);
}

static struct custody_copy new_copy(struct store_tx *tx, enum custody_state state)
{
    struct job_record job = new_job(tx, "");
    struct custody_copy copy;
    uint32_t first;

    assert_int_equal(copies_number(tx, &job, 1, &first), PR_OK);
    assert_int_equal(custody_find(tx, job.key, 1, &copy), PR_OK);
    for (size_t i = 0; ways[state][i] != CUSTODY_EVENTS; i++) {
        assert_int_equal(move(tx, &copy, ways[state][i]), PR_OK);
    }
    assert_int_equal(copy.state, state);
    return copy;
}

static void check_cell(struct store_tx *tx, enum custody_state from, enum custody_event event)
{
    struct custody_copy copy = new_copy(tx, from);
    struct custody_copy again;
    int64_t leaves = support_number(tx, "SELECT count(*) FROM audit_leaf");
    int64_t events = support_number(tx, "SELECT count(*) FROM copy_event");
    int expected = -1;

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        if (allowed[i].state == from && allowed[i].event == event) {
            expected = (int)allowed[i].next;
        }
    }
    assert_int_equal(move(tx, &copy, event), expected < 0 ? PR_ESTATE : PR_OK);
    assert_int_equal(store_tx_error(tx), PR_OK);
    int64_t more = expected < 0 ? 0 : 1;

    /* A loss has a second leaf, of its violation. */
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf"),
                     leaves + more + (expected == CUSTODY_LOST ? 1 : 0));
    assert_int_equal(support_number(tx, "SELECT count(*) FROM copy_event"), events + more);
    assert_int_equal(custody_find(tx, copy.job, copy.number, &again), PR_OK);
    assert_int_equal(again.state, expected < 0 ? from : (enum custody_state)expected);
    assert_int_equal(copy.state, again.state);
}

static void test_every_cell(void **state)
{
    struct store_tx *tx = support_begin(*state);

    for (unsigned from = 0; from < CUSTODY_STATES; from++) {
        for (unsigned event = 0; event < CUSTODY_EVENTS; event++) {
            check_cell(tx, (enum custody_state)from, (enum custody_event)event);
        }
    }
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Names are as they are written, and back. */
static void test_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CUSTODY_STATES; i++) {
        enum custody_state found;

        assert_true(custody_state_parse(custody_state_name((enum custody_state)i), &found));
        assert_int_equal(found, i);
    }
    for (unsigned i = 0; i < CUSTODY_EVENTS; i++) {
        enum custody_event found;

        assert_true(custody_event_parse(custody_event_name((enum custody_event)i), &found));
        assert_int_equal(found, i);
    }
}

/* People ------------------------------------------------------------------------------------ */

static void test_holders(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct custody_copy copy = new_copy(tx, CUSTODY_PRINTED);
    struct custody_change change = change_of(CUSTODY_EVENT_COLLECT);

    change.to = "gone";
    assert_int_equal(custody_move(tx, &copy, &change), PR_ENOENT);
    assert_int_equal(move(tx, &copy, CUSTODY_EVENT_COLLECT), PR_OK);
    assert_string_equal(copy.holder, "operator");

    change = change_of(CUSTODY_EVENT_ISSUE);
    change.to = NULL;
    assert_int_equal(custody_move(tx, &copy, &change), PR_EINVAL);
    change.to = "nobody";
    assert_int_equal(custody_move(tx, &copy, &change), PR_ENOENT);
    change.to = "市教育局";
    change.outside = true;
    change.due = "2026-02-30";
    assert_int_equal(custody_move(tx, &copy, &change), PR_EINVAL);
    change.due = "2026-12-01";
    change.note = "two\nlines";
    assert_int_equal(custody_move(tx, &copy, &change), PR_EINVAL);
    change.note = "机要交通";
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_string_equal(copy.holder, "市教育局");
    assert_string_equal(copy.due, "2026-12-01");
    assert_true(copy.outside);

    change = change_of(CUSTODY_EVENT_RETURN);
    change.actor = change.login = "archivist";
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_string_equal(copy.holder, "archivist");
    assert_string_equal(copy.due, "");
    assert_false(copy.outside);
    assert_int_equal(store_tx_error(tx), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_two_people_destroy(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct custody_copy copy = new_copy(tx, CUSTODY_RETURNED);
    struct custody_change change = change_of(CUSTODY_EVENT_DESTROY);

    change.witness = NULL;
    assert_int_equal(custody_move(tx, &copy, &change), PR_EACCESS);
    change.witness = "operator";
    assert_int_equal(custody_move(tx, &copy, &change), PR_EACCESS);
    change.actor = "root as operator";
    assert_int_equal(custody_move(tx, &copy, &change), PR_EACCESS);
    change.witness = "gone";
    assert_int_equal(custody_move(tx, &copy, &change), PR_ENOENT);
    change.witness = "director";
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_string_equal(copy.holder, "");
    copy = new_copy(tx, CUSTODY_PRINTED);
    change = change_of(CUSTODY_EVENT_COLLECT);
    change.witness = "director";
    assert_int_equal(custody_move(tx, &copy, &change), PR_EINVAL);
    assert_int_equal(store_commit(tx), PR_OK);
}

static int add_reader(void *context, const char *person, int64_t received_at)
{
    char *list = context;

    snprintf(list + strlen(list), 100 - strlen(list), "%s%s ", person, received_at != 0 ? "!" : "");
    return PR_OK;
}

static void test_circulation(void **state)
{
    static const char *const readers[] = {"wang", "li", "wang"};
    static const char *const unknown[] = {"director", "gone"};
    struct store_tx *tx = support_begin(*state);
    struct custody_copy copy = new_copy(tx, CUSTODY_COLLECTED);
    struct custody_change change = {.event = CUSTODY_EVENT_CIRCULATE,
                                    .actor = "operator",
                                    .login = "operator",
                                    .readers = unknown,
                                    .readers_length = 2};
    char list[100] = "";

    assert_int_equal(custody_move(tx, &copy, &change), PR_ENOENT);
    change.readers = readers;
    change.readers_length = 3;
    change.due = "2026-11-20";
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_string_equal(copy.holder, "wang");
    assert_int_equal(copy.readers, 1);
    assert_int_equal(copy.waiting, 2);
    change.readers_length = 0;
    change.due = NULL;
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_string_equal(copy.holder, "li");
    assert_string_equal(copy.due, "2026-11-20");
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_string_equal(copy.holder, "wang");
    assert_int_equal(copy.readers, 2);
    assert_int_equal(copy.waiting, 0);
    assert_int_equal(custody_move(tx, &copy, &change), PR_ENOENT);
    change.readers = (const char *const[]){"director"};
    change.readers_length = 1;
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_int_equal(custody_readers(tx, copy.key, add_reader, list), PR_OK);
    assert_string_equal(list, "wang! li! wang! director! ");
    assert_int_equal(store_tx_error(tx), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
}

static int count_copy(void *context, const struct custody_copy *copy)
{
    unsigned *count = context;

    assert_true(copy->state == CUSTODY_LOST || copy->state == CUSTODY_WRITTEN_OFF);
    ++*count;
    return PR_OK;
}

static void test_overdue(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct custody_copy copy = new_copy(tx, CUSTODY_COLLECTED);
    struct custody_copy other = new_copy(tx, CUSTODY_COLLECTED);
    struct custody_change change = change_of(CUSTODY_EVENT_ISSUE);
    unsigned noted = 99;

    change.due = "2026-11-10";
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_int_equal(custody_move(tx, &other, &change), PR_OK);
    assert_int_equal(custody_note_overdue(tx, "2026-11-10", "2026-11", &noted), PR_OK);
    assert_int_equal(noted, 0);
    assert_int_equal(custody_note_overdue(tx, "2026-11-11", "2026-11", &noted), PR_OK);
    assert_int_equal(noted, 2);
    assert_int_equal(custody_note_overdue(tx, "2026-11-12", "2026-11", &noted), PR_OK);
    assert_int_equal(noted, 0);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation"
                                        " WHERE kind = 'copy-overdue' AND person = 'wang'"),
                     2);
    assert_int_equal(move(tx, &copy, CUSTODY_EVENT_CIRCULATE), PR_OK);
    assert_int_equal(custody_note_overdue(tx, "2026-11-13", "2026-11", &noted), PR_OK);
    assert_int_equal(noted, 0);
    assert_int_equal(move(tx, &copy, CUSTODY_EVENT_RETURN), PR_OK);
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    assert_int_equal(custody_note_overdue(tx, "2026-11-14", "2026-11", &noted), PR_OK);
    assert_int_equal(noted, 1);
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_lost(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct custody_copy copy = new_copy(tx, CUSTODY_COLLECTED);
    struct custody_copy lost = new_copy(tx, CUSTODY_PRINTED);
    struct custody_change change = change_of(CUSTODY_EVENT_ISSUE);
    unsigned noted = 0;

    change.to = "市教育局";
    change.outside = true;
    change.due = "2026-11-10";
    assert_int_equal(custody_move(tx, &copy, &change), PR_OK);
    /* Not without words, nor without knowing the month. */
    change = change_of(CUSTODY_EVENT_LOST);
    change.note = "";
    assert_int_equal(custody_move(tx, &copy, &change), PR_EINVAL);
    change = change_of(CUSTODY_EVENT_LOST);
    change.month = NULL;
    assert_int_equal(custody_move(tx, &copy, &change), PR_EINVAL);
    assert_int_equal(move(tx, &copy, CUSTODY_EVENT_LOST), PR_OK);
    assert_int_equal(move(tx, &lost, CUSTODY_EVENT_LOST), PR_OK);
    /* Who had it answers for it, and it is not due any more. */
    assert_string_equal(copy.holder, "市教育局");
    assert_true(copy.outside);
    assert_string_equal(copy.due, "");
    assert_string_equal(lost.holder, "");
    assert_int_equal(custody_note_overdue(tx, "2026-12-01", "2026-12", &noted), PR_OK);
    assert_int_equal(noted, 0);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation WHERE kind = 'copy-lost'"
                                        " AND person = '市教育局' AND month = '2026-11'"),
                     1);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation WHERE kind = 'copy-lost'"),
                     2);
    const struct custody_filter filter = {.lost = true};
    unsigned listed = 0;

    assert_int_equal(custody_each(tx, &filter, count_copy, &listed), PR_OK);
    assert_int_equal(listed, 2);
    /* Closed, and found after all: with who took it back. */
    assert_int_equal(custody_event_roles(CUSTODY_EVENT_WRITE_OFF), 1U << ROLE_DIRECTOR);
    assert_int_equal(move(tx, &copy, CUSTODY_EVENT_WRITE_OFF), PR_OK);
    assert_string_equal(copy.holder, "市教育局");
    assert_int_equal(move(tx, &copy, CUSTODY_EVENT_RECOVER), PR_OK);
    assert_string_equal(copy.holder, "operator");
    assert_false(copy.outside);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Random histories -------------------------------------------------------------------------- */

enum { RANDOM_COPIES = 40, RANDOM_STEPS = 3000 };

/* Every copy that was once on paper is held, issued, returned, archived, destroyed or reported
 * lost; one that was not is none of these. Both sides are counted anew from the events. */
static void assert_reckoned(struct store_tx *tx, const int64_t counts[CUSTODY_STATES])
{
    const int64_t printed =
        counts[CUSTODY_PRINTED] + counts[CUSTODY_COLLECTED] + counts[CUSTODY_ISSUED] +
        counts[CUSTODY_CIRCULATING] + counts[CUSTODY_RETURNED] + counts[CUSTODY_ARCHIVED] +
        counts[CUSTODY_DESTROYED] + counts[CUSTODY_LOST] + counts[CUSTODY_WRITTEN_OFF];

    assert_int_equal(printed, support_number(tx, "SELECT count(DISTINCT copy) FROM copy_event"
                                                 " WHERE to_state = 'printed'"));
    assert_int_equal(
        counts[CUSTODY_LOST] + counts[CUSTODY_WRITTEN_OFF],
        support_number(tx, "SELECT count(*) FROM copy AS c"
                           " WHERE (SELECT count(*) FROM copy_event AS e WHERE e.copy = c.copy AND"
                           " e.name = 'lost') > (SELECT count(*) FROM copy_event AS e"
                           " WHERE e.copy = c.copy AND e.name = 'recover')"));
    assert_int_equal(support_number(tx, "SELECT count(*) FROM violation WHERE kind = 'copy-lost'"
                                        " AND detail ->> '$.copy' NOT IN (SELECT '2026-11-000001/'"
                                        " || c.number FROM copy AS c JOIN copy_event AS e"
                                        " USING (copy) WHERE e.name = 'lost')"),
                     0);
}

/* Of every document: numbered = the sum over all states, a holder exactly where there is paper in
 * somebody's hands, and the last event agrees with the row. */
static void assert_sound(struct store_tx *tx, const char *document)
{
    int64_t counts[CUSTODY_STATES];
    int64_t sum = 0;

    assert_int_equal(custody_reckon(tx, document, counts), PR_OK);
    for (unsigned i = 0; i < CUSTODY_STATES; i++) {
        sum += counts[i];
    }
    assert_int_equal(sum, RANDOM_COPIES);
    assert_reckoned(tx, counts);
    assert_int_equal(
        support_number(tx, "SELECT count(*) FROM copy AS c JOIN copy_event AS e ON e.event ="
                           " (SELECT max(event) FROM copy_event WHERE copy = c.copy)"
                           " WHERE (e.to_state, e.holder, e.outside, e.due)"
                           " IS NOT (c.state, c.holder, c.outside, c.due)"),
        0);
}

static void test_random_histories(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct job_record job = new_job(tx, NUMBER);
    int64_t done = 0;
    uint32_t seed = 20261126;
    uint32_t first;

    assert_int_equal(copies_number(tx, &job, RANDOM_COPIES, &first), PR_OK);
    for (int i = 0; i < RANDOM_STEPS; i++) {
        struct custody_copy copy;

        seed = seed * 1664525U + 1013904223U;
        enum custody_event event = (enum custody_event)((seed >> 8) % CUSTODY_EVENTS);
        uint32_t number = first + (seed >> 20) % RANDOM_COPIES;

        assert_int_equal(custody_find(tx, job.key, number, &copy), PR_OK);
        int result = move(tx, &copy, event);
        assert_true(result == PR_OK || result == PR_ESTATE);
        done += result == PR_OK;
        if (i % 100 == 0) {
            assert_sound(tx, NUMBER);
        }
    }
    assert_sound(tx, NUMBER);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM copy_event"), done + RANDOM_COPIES);
    assert_int_equal(store_commit(tx), PR_OK);
}

/* Behind the contracts' back: no deletion, no second place, no renumbering. */
static void test_cannot_be_undone(void **state)
{
    static const char *const attempts[] = {
        "DELETE FROM copy",
        "DELETE FROM copy_event",
        "UPDATE copy_event SET actor = 'x'",
        "UPDATE copy SET number = 2",
        "UPDATE copy SET holder = ''",
        "UPDATE copy SET state = 'returned', holder = ''",
        "UPDATE copy SET state = 'destroyed'",
        ("INSERT OR REPLACE INTO copy (copy, document, number, job, state)"
         " SELECT copy, document, number, job, 'void' FROM copy"),
        ("INSERT INTO copy_event (copy, at, name, from_state, to_state, actor, holder, outside)"
         " SELECT copy, 1, 'issue', 'printed', 'issued', 'x', 'li', 0 FROM copy"),
        ("INSERT INTO copy_event (copy, at, name, from_state, to_state, actor, holder, outside)"
         " SELECT copy, 1, 'destroy', 'issued', 'destroyed', 'x', '', 0 FROM copy"),
        ("INSERT INTO copy_event (copy, at, name, from_state, to_state, actor, holder, outside)"
         " SELECT copy, 1, 'lost', 'issued', 'lost', 'x', 'wang', 0 FROM copy"),
        "UPDATE copy SET state = 'lost', due = '2026-11-10'",
        "UPDATE copy SET state = 'lost', holder = '', outside = 1",
        "UPDATE trace_key SET id = '00000000000000000000000000000000'",
        "DELETE FROM trace_key",
        "INSERT OR REPLACE INTO trace_key VALUES (1, '00000000000000000000000000000000', 1)",
    };
    struct store_tx *tx = support_begin(*state);
    char id[TRACE_KEY_ID_BYTES];

    (void)new_copy(tx, CUSTODY_ISSUED);
    assert_int_equal(custody_trace_key(tx, id), PR_ENOENT);
    assert_int_equal(custody_remember_trace_key(tx, "00112233445566778899aabbccddeeff"), PR_OK);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_int_not_equal(support_sql(tx, attempts[i]), SQLITE_OK);
    }
    assert_int_equal(custody_trace_key(tx, id), PR_OK);
    assert_string_equal(id, "00112233445566778899aabbccddeeff");
    assert_int_equal(store_commit(tx), PR_OK);
}

static void test_codes(void **state)
{
    struct store_tx *tx = support_begin(*state);
    struct custody_copy copy = new_copy(tx, CUSTODY_PRINTED);
    struct custody_copy found;
    char code[CUSTODY_CODE_BYTES];

    custody_code(&copy, code);
    assert_int_equal(custody_find_code(tx, code, &found), PR_OK);
    assert_int_equal(found.key, copy.key);
    assert_int_equal(custody_find_code(tx, "2026-11-000001/000001", &found), PR_OK);
    assert_int_equal(custody_find_code(tx, "2026-11-000001/2", &found), PR_ENOENT);
    assert_int_equal(custody_find_code(tx, "2026-11-999999/1", &found), PR_ENOENT);
    static const char *const bad[] = {"",
                                      "/",
                                      "2026-11-000001",
                                      "2026-11-000001/",
                                      "2026-11-000001/1x",
                                      "2026-11-000001/0000000001",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(custody_find_code(tx, bad[i], &found), PR_EFORMAT);
    }
    store_rollback(tx);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, support_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_cell),
        TEST(test_names),
        TEST(test_holders),
        TEST(test_two_people_destroy),
        TEST(test_circulation),
        TEST(test_overdue),
        TEST(test_lost),
        TEST(test_random_histories),
        TEST(test_cannot_be_undone),
        TEST(test_codes),
    };

    return cmocka_run_group_tests_name("custody", tests, NULL, NULL);
}

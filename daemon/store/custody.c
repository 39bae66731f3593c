/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. A classified sheet must be traceable to a copy, a person and a moment, for years, when
 * the people who handed it on are long gone. A register in which a copy can be with two people, or
 * with nobody, or be struck out, proves nothing.
 *
 * Chosen way. As with jobs, what may happen is data: the table below, state × event, with one
 * writer. A copy has one state and one holder; both are columns under CHECKs that tie them together
 * (schema 006), so a copy is in somebody's hands exactly as long as it exists on paper. Every
 * change is an event that begins where the one before ended (a trigger looks), and neither copies
 * nor events can be deleted. So printed = held + issued + returned + archived + destroyed + lost
 * holds for every document by construction, and the audit log says the same a second time: paper
 * that nobody finds does not become paper that never was.
 *
 * Who holds a copy: after `collect` and `issue` whom the event names; in circulation the next on
 * the list of readers; after `return` and `archive` who took it back. Who had a copy that is
 * reported lost stays written beside it, and answers for it; the report, its outcome and a return
 * after all are events like others, with words.
 *
 * Left out. Single sheets of a copy: the code names the page, custody is of whole copies.
 */
#include "daemon/store/custody.h"

#include <stdio.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"
#include "daemon/store/violations.h"

static const char *const state_names[] = {
    [CUSTODY_PRINTING] = "printing",
    [CUSTODY_VOID] = "void",
    [CUSTODY_IN_DOUBT] = "in-doubt",
    [CUSTODY_PRINTED] = "printed",
    [CUSTODY_COLLECTED] = "collected",
    [CUSTODY_ISSUED] = "issued",
    [CUSTODY_CIRCULATING] = "circulating",
    [CUSTODY_RETURNED] = "returned",
    [CUSTODY_ARCHIVED] = "archived",
    [CUSTODY_DESTROYED] = "destroyed",
    [CUSTODY_LOST] = "lost",
    [CUSTODY_WRITTEN_OFF] = "written-off",
};
_Static_assert(sizeof state_names / sizeof state_names[0] == CUSTODY_STATES,
               "every state has its name");

#define OPERATOR  (1U << ROLE_OPERATOR)
#define ARCHIVIST (1U << ROLE_ARCHIVIST)
#define DIRECTOR  (1U << ROLE_DIRECTOR)
#define ANYBODY   (OPERATOR | ARCHIVIST | DIRECTOR | 1U << ROLE_SUPERVISOR)

/** Who has the copy afterwards, or had it last. */
enum taker { NOBODY, NAMED, NAMED_OR_ACTOR, NEXT_READER, ACTOR, AS_BEFORE };

static const struct event_row {
    const char *name;
    uint32_t roles;
    enum taker taker;
    bool due;     /**< may have a due day */
    bool witness; /**< takes two people */
    bool words;   /**< needs a note */
} events[] = {
    [CUSTODY_EVENT_PRINTED] = {.name = "printed"},
    [CUSTODY_EVENT_UNPRINTED] = {.name = "unprinted"},
    [CUSTODY_EVENT_UNCERTAIN] = {.name = "uncertain"},
    [CUSTODY_EVENT_FOUND] = {.name = "found", .roles = OPERATOR},
    [CUSTODY_EVENT_ABSENT] = {.name = "absent", .roles = OPERATOR},
    [CUSTODY_EVENT_COLLECT] = {.name = "collect", .roles = OPERATOR, .taker = NAMED_OR_ACTOR},
    [CUSTODY_EVENT_ISSUE] = {.name = "issue",
                             .roles = OPERATOR | ARCHIVIST,
                             .taker = NAMED,
                             .due = true},
    [CUSTODY_EVENT_CIRCULATE] = {.name = "circulate",
                                 .roles = OPERATOR | ARCHIVIST,
                                 .taker = NEXT_READER,
                                 .due = true},
    [CUSTODY_EVENT_RETURN] = {.name = "return", .roles = OPERATOR | ARCHIVIST, .taker = ACTOR},
    [CUSTODY_EVENT_ARCHIVE] = {.name = "archive", .roles = ARCHIVIST, .taker = ACTOR},
    [CUSTODY_EVENT_DESTROY] = {.name = "destroy", .roles = OPERATOR | ARCHIVIST, .witness = true},
    [CUSTODY_EVENT_LOST] = {.name = "lost", .roles = ANYBODY, .taker = AS_BEFORE, .words = true},
    [CUSTODY_EVENT_RECOVER] = {.name = "recover",
                               .roles = OPERATOR | ARCHIVIST,
                               .taker = ACTOR,
                               .words = true},
    [CUSTODY_EVENT_WRITE_OFF] = {.name = "write-off",
                                 .roles = DIRECTOR,
                                 .taker = AS_BEFORE,
                                 .words = true},
};
_Static_assert(sizeof events / sizeof events[0] == CUSTODY_EVENTS, "every event has its row");

struct cell {
    bool allowed;
    enum custody_state next;
};
#define TO(state)                                                                                  \
    {                                                                                              \
        true, state                                                                                \
    }
/* Cells that are not named are forbidden; what was destroyed before a witness has no row at all. */
static const struct cell table[CUSTODY_STATES][CUSTODY_EVENTS] = {
    [CUSTODY_PRINTING] =
        {
            [CUSTODY_EVENT_PRINTED] = TO(CUSTODY_PRINTED),
            [CUSTODY_EVENT_UNPRINTED] = TO(CUSTODY_VOID),
            [CUSTODY_EVENT_UNCERTAIN] = TO(CUSTODY_IN_DOUBT),
        },
    [CUSTODY_IN_DOUBT] =
        {
            [CUSTODY_EVENT_PRINTED] = TO(CUSTODY_PRINTED),
            [CUSTODY_EVENT_UNPRINTED] = TO(CUSTODY_VOID),
            [CUSTODY_EVENT_FOUND] = TO(CUSTODY_PRINTED),
            [CUSTODY_EVENT_ABSENT] = TO(CUSTODY_VOID),
        },
    /* The sheet that was never printed turns up: whoever said so was wrong. */
    [CUSTODY_VOID] = {[CUSTODY_EVENT_FOUND] = TO(CUSTODY_PRINTED)},
    [CUSTODY_PRINTED] =
        {
            [CUSTODY_EVENT_COLLECT] = TO(CUSTODY_COLLECTED),
            [CUSTODY_EVENT_LOST] = TO(CUSTODY_LOST),
            [CUSTODY_EVENT_DESTROY] = TO(CUSTODY_DESTROYED),
        },
    [CUSTODY_COLLECTED] =
        {
            [CUSTODY_EVENT_ISSUE] = TO(CUSTODY_ISSUED),
            [CUSTODY_EVENT_CIRCULATE] = TO(CUSTODY_CIRCULATING),
            [CUSTODY_EVENT_ARCHIVE] = TO(CUSTODY_ARCHIVED),
            [CUSTODY_EVENT_DESTROY] = TO(CUSTODY_DESTROYED),
            [CUSTODY_EVENT_LOST] = TO(CUSTODY_LOST),
        },
    [CUSTODY_ISSUED] =
        {
            [CUSTODY_EVENT_CIRCULATE] = TO(CUSTODY_CIRCULATING),
            [CUSTODY_EVENT_RETURN] = TO(CUSTODY_RETURNED),
            [CUSTODY_EVENT_LOST] = TO(CUSTODY_LOST),
        },
    [CUSTODY_CIRCULATING] =
        {
            [CUSTODY_EVENT_CIRCULATE] = TO(CUSTODY_CIRCULATING),
            [CUSTODY_EVENT_RETURN] = TO(CUSTODY_RETURNED),
            [CUSTODY_EVENT_LOST] = TO(CUSTODY_LOST),
        },
    [CUSTODY_RETURNED] =
        {
            [CUSTODY_EVENT_ISSUE] = TO(CUSTODY_ISSUED),
            [CUSTODY_EVENT_CIRCULATE] = TO(CUSTODY_CIRCULATING),
            [CUSTODY_EVENT_ARCHIVE] = TO(CUSTODY_ARCHIVED),
            [CUSTODY_EVENT_DESTROY] = TO(CUSTODY_DESTROYED),
            [CUSTODY_EVENT_LOST] = TO(CUSTODY_LOST),
        },
    [CUSTODY_ARCHIVED] =
        {
            [CUSTODY_EVENT_DESTROY] = TO(CUSTODY_DESTROYED), /* at the end of its term */
            [CUSTODY_EVENT_LOST] = TO(CUSTODY_LOST),
        },
    [CUSTODY_LOST] =
        {
            [CUSTODY_EVENT_RECOVER] = TO(CUSTODY_RETURNED),
            [CUSTODY_EVENT_WRITE_OFF] = TO(CUSTODY_WRITTEN_OFF),
        },
    [CUSTODY_WRITTEN_OFF] = {[CUSTODY_EVENT_RECOVER] = TO(CUSTODY_RETURNED)},
};

const char *custody_state_name(enum custody_state state)
{
    return state_names[state];
}

bool custody_state_parse(const char *name, enum custody_state *ret_state)
{
    for (unsigned i = 0; i < CUSTODY_STATES; i++) {
        if (strcmp(state_names[i], name) == 0) {
            *ret_state = (enum custody_state)i;
            return true;
        }
    }
    return false;
}

const char *custody_event_name(enum custody_event event)
{
    return events[event].name;
}

bool custody_event_parse(const char *name, enum custody_event *ret_event)
{
    for (unsigned i = 0; i < CUSTODY_EVENTS; i++) {
        if (strcmp(events[i].name, name) == 0) {
            *ret_event = (enum custody_event)i;
            return true;
        }
    }
    return false;
}

uint32_t custody_event_roles(enum custody_event event)
{
    return events[event].roles;
}

bool custody_next(enum custody_state state, enum custody_event event, enum custody_state *ret_next)
{
    if (table[state][event].allowed) {
        *ret_next = table[state][event].next;
    }
    return table[state][event].allowed;
}

void custody_code(const struct custody_copy *copy, char ret_code[CUSTODY_CODE_BYTES])
{
    snprintf(ret_code, CUSTODY_CODE_BYTES, "%s/%u", copy->job_id, copy->number);
}

/** The copy as it is to be, and what the event says beside it. */
static int append_event(struct store_tx *tx, const struct custody_copy *after, const char *name,
                        const char *from, const struct custody_change *change)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO copy_event (copy, at, name, from_state, to_state, actor,"
                            " holder, outside, due, witness, note)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, ''), ?10, ?11)");

    store_bind_int(statement, 1, after->key);
    store_bind_int(statement, 2, store_now_ms());
    store_bind_text(statement, 3, name);
    store_bind_text(statement, 4, from);
    store_bind_text(statement, 5, state_names[after->state]);
    store_bind_text(statement, 6, change->actor);
    store_bind_text(statement, 7, after->holder);
    store_bind_int(statement, 8, after->outside);
    store_bind_text(statement, 9, after->due);
    store_bind_text(statement, 10, change->witness != NULL ? change->witness : "");
    store_bind_text(statement, 11, change->note != NULL ? change->note : "");
    return store_step(tx, statement);
}

int custody_number(struct store_tx *tx, const struct job_record *job, const char *document,
                   uint32_t first, uint32_t copies)
{
    const struct custody_change change = {.actor = "printroomd"};
    struct custody_copy copy = {.state = CUSTODY_PRINTING};
    int result = PR_OK;

    for (uint32_t i = 0; i < copies && result == PR_OK; i++) {
        sqlite3_stmt *statement =
            store_statement(tx, "INSERT INTO copy (document, number, job, state)"
                                " VALUES (?1, ?2, ?3, 'printing')");

        store_bind_text(statement, 1, document);
        store_bind_int(statement, 2, (int64_t)first + i);
        store_bind_int(statement, 3, job->key);
        result = store_step(tx, statement);
        if (result == PR_OK) {
            copy.key = store_last_id(tx);
            result = append_event(tx, &copy, "numbered", "", &change);
        }
    }
    if (result != PR_OK) {
        return result;
    }
    return audit_append_made(tx, change.actor, "copy.numbered", job->id,
                             json_pack("{s:s, s:I, s:I}", "document", document, "first",
                                       (json_int_t)first, "copies", (json_int_t)copies));
}

/** An active person of this login. PR_ENOENT. */
static int look_for_person(struct store_tx *tx, const char *login)
{
    struct person person;
    int result = person_find(tx, login, &person);

    return result == PR_OK && !person.active ? PR_ENOENT : result;
}

static int add_readers(struct store_tx *tx, int64_t copy, const struct custody_change *change)
{
    int result = PR_OK;

    for (size_t i = 0; i < change->readers_length && result == PR_OK; i++) {
        sqlite3_stmt *statement = store_statement(
            tx, "INSERT INTO copy_reader (copy, position, person)"
                " SELECT ?1, 1 + coalesce(max(position), 0), ?2 FROM copy_reader WHERE copy = ?1");

        store_bind_int(statement, 1, copy);
        store_bind_text(statement, 2, change->readers[i]);
        result = store_step(tx, statement);
    }
    return result;
}

/** Looks before it writes: the next of the list as it will be. PR_ENOENT: nobody is left. */
static int look_for_reader(struct store_tx *tx, int64_t copy, const struct custody_change *change,
                           struct custody_copy *after)
{
    for (size_t i = 0; i < change->readers_length; i++) {
        int result = look_for_person(tx, change->readers[i]);

        if (result != PR_OK) {
            return result;
        }
    }
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT person FROM copy_reader"
                            " WHERE copy = ?1 AND received_at IS NULL ORDER BY position LIMIT 1");

    store_bind_int(statement, 1, copy);
    int step = store_step(tx, statement);
    if (step == 1) {
        store_column_text(statement, 0, after->holder, sizeof after->holder);
        sqlite3_reset(statement);
        return store_tx_error(tx);
    }
    if (step == PR_OK && change->readers_length == 0) {
        return PR_ENOENT;
    }
    if (step == PR_OK) {
        snprintf(after->holder, sizeof after->holder, "%s", change->readers[0]);
    }
    return step;
}

static int reader_received(struct store_tx *tx, int64_t copy)
{
    sqlite3_stmt *statement = store_statement(
        tx, "UPDATE copy_reader SET received_at = ?2 WHERE copy = ?1 AND position ="
            " (SELECT min(position) FROM copy_reader WHERE copy = ?1 AND received_at IS NULL)");

    store_bind_int(statement, 1, copy);
    store_bind_int(statement, 2, store_now_ms());
    return store_step(tx, statement);
}

/** Finds whose hands the copy gets into. */
static int take(struct store_tx *tx, const struct custody_copy *copy,
                const struct custody_change *change, struct custody_copy *after)
{
    const enum taker taker = events[change->event].taker;
    const char *to = change->to;

    if (taker == AS_BEFORE) {
        return PR_OK;
    }
    after->holder[0] = '\0';
    after->outside = false;
    if (taker == NOBODY) {
        return PR_OK;
    }
    if (taker == NEXT_READER) {
        return look_for_reader(tx, copy->key, change, after);
    }
    if (taker == ACTOR || (taker == NAMED_OR_ACTOR && (to == NULL || to[0] == '\0'))) {
        /* Root acting as itself is nobody's login, but has the copy all the same. */
        to = change->login != NULL && change->login[0] != '\0' ? change->login : change->actor;
    } else if (to == NULL || to[0] == '\0') {
        return PR_EINVAL;
    } else if (change->outside && taker == NAMED) {
        if (!text_is_line(to, 1, 100, sizeof after->holder)) {
            return PR_EINVAL;
        }
        after->outside = true;
    } else {
        int result = look_for_person(tx, to);

        if (result != PR_OK) {
            return result;
        }
    }
    snprintf(after->holder, sizeof after->holder, "%s", to);
    return PR_OK;
}

/** What is asked of an event beside its holder. */
static int check(struct store_tx *tx, const struct custody_change *change)
{
    const struct event_row *row = &events[change->event];
    const char *witness = change->witness;
    const char *due = change->due != NULL ? change->due : "";

    const char *note = change->note != NULL ? change->note : "";

    if ((due[0] != '\0' && (!row->due || !text_is_of(due, TEXT_DIGITS "-", DAY_BYTES))) ||
        ((note[0] != '\0' || row->words) &&
         !text_is_line(note, 1, CUSTODY_NOTE_CHARACTERS, CUSTODY_NOTE_BYTES)) ||
        (change->event == CUSTODY_EVENT_LOST && change->month == NULL)) {
        return PR_EINVAL;
    }
    if (!row->witness) {
        return witness == NULL || witness[0] == '\0' ? PR_OK : PR_EINVAL;
    }
    if (witness == NULL || witness[0] == '\0' || strcmp(witness, change->actor) == 0 ||
        (change->login != NULL && strcmp(witness, change->login) == 0)) {
        return PR_EACCESS;
    }
    return look_for_person(tx, witness);
}

/** Whether the calendar has the day. */
static int check_day(struct store_tx *tx, const char *due)
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT ?1 IS date(?1, '+0 days')");
    int64_t is = 0;

    store_bind_text(statement, 1, due);
    int step = store_step(tx, statement);
    if (step == 1) {
        is = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return step < 0 ? step : is != 0 ? PR_OK : PR_EINVAL;
}

static int write_copy(struct store_tx *tx, const struct custody_copy *after)
{
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE copy SET state = ?2, holder = ?3, outside = ?4,"
                            " due = nullif(?5, ''),"
                            " overdue_noted = iif(due IS nullif(?5, ''), overdue_noted, NULL)"
                            " WHERE copy = ?1");

    store_bind_int(statement, 1, after->key);
    store_bind_text(statement, 2, state_names[after->state]);
    store_bind_text(statement, 3, after->holder);
    store_bind_int(statement, 4, after->outside);
    store_bind_text(statement, 5, after->due);
    return store_step(tx, statement);
}

static int append_leaf(struct store_tx *tx, const struct custody_copy *after, const char *from,
                       const struct custody_change *change)
{
    char code[CUSTODY_CODE_BYTES];
    char event[JOB_KEYWORD_BYTES + 8];
    json_t *detail = json_pack("{s:s, s:s}", "from", from, "to", state_names[after->state]);
    const struct {
        const char *name;
        const char *text;
    } members[] = {
        {"holder", after->holder},
        {"outside", after->outside ? "yes" : ""},
        {"due", after->due},
        {"witness", change->witness != NULL ? change->witness : ""},
        {"note", change->note != NULL ? change->note : ""},
    };

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].text[0] != '\0' && detail != NULL &&
            json_object_set_new(detail, members[i].name, json_string(members[i].text)) != 0) {
            json_decref(detail);
            detail = NULL;
        }
    }
    custody_code(after, code);
    snprintf(event, sizeof event, "copy.%s", events[change->event].name);
    return audit_append_made(tx, change->actor, event, code, detail);
}

/** A loss is pursued: whose hands the copy was lost from, "" nobody's. */
static int note_loss(struct store_tx *tx, const struct custody_copy *after,
                     const struct custody_change *change)
{
    char code[CUSTODY_CODE_BYTES];
    const struct violation_attempt attempt = {.kind = "copy-lost",
                                              .person = after->holder,
                                              .actor = change->actor,
                                              .month = change->month,
                                              .at_ms = store_now_ms()};

    custody_code(after, code);
    return violation_add_attempt(tx, &attempt,
                                 json_pack("{s:s, s:s, s:s, s:s}", "copy", code, "document",
                                           after->document, "level", after->level, "note",
                                           change->note));
}

int custody_move(struct store_tx *tx, struct custody_copy *copy,
                 const struct custody_change *change)
{
    struct custody_copy after = *copy;
    const bool circulate = change->event == CUSTODY_EVENT_CIRCULATE;

    if (!custody_next(copy->state, change->event, &after.state)) {
        return PR_ESTATE;
    }
    int result = check(tx, change);
    if (result == PR_OK) {
        result = take(tx, copy, change, &after);
    }
    snprintf(after.due, sizeof after.due, "%s", change->due != NULL ? change->due : "");
    if (result == PR_OK && after.due[0] != '\0') {
        result = check_day(tx, after.due);
    }
    /* The day a circulating copy is due back stays unless another is named. */
    if (circulate && after.due[0] == '\0') {
        memcpy(after.due, copy->due, sizeof after.due);
    }
    if (result == PR_OK && circulate) {
        result = add_readers(tx, copy->key, change);
    }
    if (result == PR_OK && circulate) {
        result = reader_received(tx, copy->key);
    }
    if (result == PR_OK) {
        result = write_copy(tx, &after);
    }
    if (result == PR_OK) {
        result =
            append_event(tx, &after, events[change->event].name, state_names[copy->state], change);
    }
    if (result == PR_OK) {
        result = append_leaf(tx, &after, state_names[copy->state], change);
    }
    if (result == PR_OK && change->event == CUSTODY_EVENT_LOST) {
        result = note_loss(tx, &after, change);
    }
    /* The counts of readers are read anew. */
    return result == PR_OK ? custody_find(tx, copy->job, copy->number, copy) : result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/text.h"

enum { NOTE_CHARACTERS = 200, PARTY_CHARACTERS = 100, NUMBER_CHARACTERS = 60 };

static const char *const direction_names[] = {
    [DOCUMENT_RECEIVED] = "received", [DOCUMENT_DISPATCHED] = "dispatched"};
static const char *const first_events[] = {
    [DOCUMENT_RECEIVED] = "receive", [DOCUMENT_DISPATCHED] = "draft"};
static const char *const first_states[] = {
    [DOCUMENT_RECEIVED] = "registered", [DOCUMENT_DISPATCHED] = "draft"};

/* Each event leads from one state to one: the table is a line. */
static const struct {
    const char *name;
    const char *from;
    const char *to;
    uint32_t roles;
} events[] = {
    [DOCUMENT_EVENT_SIGN] = {"sign", "registered", "signed", 1U << ROLE_DIRECTOR},
    [DOCUMENT_EVENT_REVIEW] = {"review", "draft", "reviewed", 1U << ROLE_DIRECTOR},
    [DOCUMENT_EVENT_PRINT] = {"print", "reviewed", "printed", 1U << ROLE_OPERATOR},
    [DOCUMENT_EVENT_SEAL] = {"seal", "printed", "sealed",
                             1U << ROLE_OPERATOR | 1U << ROLE_DIRECTOR},
    [DOCUMENT_EVENT_DISTRIBUTE] = {"distribute", "sealed", "distributed",
                                   1U << ROLE_OPERATOR | 1U << ROLE_ARCHIVIST},
};
_Static_assert(sizeof events / sizeof events[0] == DOCUMENT_EVENTS, "every event has its row");

const char *document_direction_name(enum document_direction direction)
{
    return direction_names[direction];
}

const char *document_event_name(enum document_event event)
{
    return events[event].name;
}

bool document_event_parse(const char *name, enum document_event *ret_event)
{
    for (unsigned i = 0; i < DOCUMENT_EVENTS; i++) {
        if (strcmp(events[i].name, name) == 0) {
            *ret_event = (enum document_event)i;
            return true;
        }
    }
    return false;
}

uint32_t document_event_roles(enum document_event event)
{
    return events[event].roles;
}

#define COLUMNS                                                                                    \
    "SELECT d.document, d.direction, printf('%s-%d-%04d', d.direction, d.year, d.number), d.day,"  \
    " d.document_number, d.level, d.urgency, d.sender, d.signer, d.copies, d.condition, d.state,"  \
    " coalesce((SELECT group_concat(r.recipient, char(10)) FROM document_recipient AS r"           \
    " WHERE r.document = d.document), '') FROM document AS d "

static void read_record(sqlite3_stmt *statement, struct document_record *record)
{
    char direction[DOCUMENT_KEYWORD_BYTES];

    memset(record, 0, sizeof *record);
    record->key = sqlite3_column_int64(statement, 0);
    store_column_text(statement, 1, direction, sizeof direction);
    record->direction =
        strcmp(direction, "received") == 0 ? DOCUMENT_RECEIVED : DOCUMENT_DISPATCHED;
    store_column_text(statement, 2, record->id, sizeof record->id);
    store_column_text(statement, 3, record->day, sizeof record->day);
    store_column_text(statement, 4, record->document_number, sizeof record->document_number);
    store_column_text(statement, 5, record->level, sizeof record->level);
    store_column_text(statement, 6, record->urgency, sizeof record->urgency);
    store_column_text(statement, 7, record->sender, sizeof record->sender);
    store_column_text(statement, 8, record->signer, sizeof record->signer);
    record->copies = (uint32_t)sqlite3_column_int64(statement, 9);
    store_column_text(statement, 10, record->condition, sizeof record->condition);
    store_column_text(statement, 11, record->state, sizeof record->state);
    store_column_text(statement, 12, record->recipients, sizeof record->recipients);
}

/** One row, read and reset. */
static int read_one(struct store_tx *tx, sqlite3_stmt *statement, struct document_record *ret)
{
    int step = store_step(tx, statement);

    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    read_record(statement, ret);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

int document_find(struct store_tx *tx, const char *id, struct document_record *ret_record)
{
    sqlite3_stmt *statement = store_statement(
        tx, COLUMNS "WHERE printf('%s-%d-%04d', d.direction, d.year, d.number) = ?1");

    store_bind_text(statement, 1, id);
    return read_one(tx, statement, ret_record);
}

int document_each(struct store_tx *tx, enum document_direction direction, int64_t year,
                  int (*callback)(void *context, const struct document_record *), void *context)
{
    sqlite3_stmt *statement =
        store_statement(tx, COLUMNS "WHERE d.direction = ?1 AND (?2 = 0 OR d.year = ?2)"
                                    " ORDER BY d.year, d.number");
    struct document_record record;
    int step;

    store_bind_text(statement, 1, direction_names[direction]);
    store_bind_int(statement, 2, year);
    while ((step = store_step(tx, statement)) == 1) {
        read_record(statement, &record);
        int result = callback(context, &record);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

int document_history(struct store_tx *tx, int64_t document,
                     int (*callback)(void *context, const struct document_step *), void *context)
{
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT at, name, to_state, actor, note FROM document_event WHERE document = ?1"
            " ORDER BY event");
    struct document_step entry;
    int step;

    store_bind_int(statement, 1, document);
    while ((step = store_step(tx, statement)) == 1) {
        entry.at = sqlite3_column_int64(statement, 0);
        store_column_text(statement, 1, entry.name, sizeof entry.name);
        store_column_text(statement, 2, entry.to, sizeof entry.to);
        store_column_text(statement, 3, entry.actor, sizeof entry.actor);
        store_column_text(statement, 4, entry.note, sizeof entry.note);
        int result = callback(context, &entry);

        if (result != PR_OK) {
            sqlite3_reset(statement);
            return result;
        }
    }
    return step;
}

static bool note_valid(const char *note)
{
    return note[0] == '\0' || text_is_line(note, 1, NOTE_CHARACTERS, DOCUMENT_NOTE_BYTES);
}

static bool day_valid(struct store_tx *tx, const char *day)
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT ?1 IS date(?1, '+0 days')");
    bool valid = false;

    if (!text_is_of(day, TEXT_DIGITS "-", DAY_BYTES)) {
        return false;
    }
    store_bind_text(statement, 1, day);
    if (store_step(tx, statement) == 1) {
        valid = sqlite3_column_int(statement, 0) != 0;
        sqlite3_reset(statement);
    }
    return valid && strtol(day, NULL, 10) >= 1970;
}

static bool one_of(const char *text, const char *const *choices)
{
    while (*choices != NULL && strcmp(*choices, text) != 0) {
        choices++;
    }
    return *choices != NULL;
}

/** PR_OK, PR_EINVAL, PR_ENOENT (a recipient here who is nobody). */
static int check_entry(struct store_tx *tx, const struct document_entry *entry)
{
    static const char *const urgencies[] = {"ordinary", "urgent", "extra-urgent", NULL};
    static const char *const conditions[] = {"complete", "damaged", "missing-pages", NULL};
    const bool received = entry->direction == DOCUMENT_RECEIVED;

    if (!day_valid(tx, entry->day) ||
        !text_is_line(entry->document_number, 1, NUMBER_CHARACTERS, JOB_NUMBER_BYTES) ||
        !one_of(entry->urgency, urgencies) || !one_of(entry->condition, conditions) ||
        (!received && strcmp(entry->condition, "complete") != 0) ||
        (received ? !text_is_line(entry->sender, 1, PARTY_CHARACTERS, DOCUMENT_PARTY_BYTES)
                  : entry->sender[0] != '\0') ||
        (entry->signer[0] != '\0' &&
         !text_is_line(entry->signer, 1, PARTY_CHARACTERS, DOCUMENT_PARTY_BYTES)) ||
        entry->copies == 0 || entry->copies > UINT16_MAX || entry->recipients_length == 0 ||
        entry->recipients_length > DOCUMENT_RECIPIENTS_MAX || !note_valid(entry->note)) {
        return PR_EINVAL;
    }
    for (size_t i = 0; i < entry->recipients_length; i++) {
        struct person person;

        if (!text_is_line(entry->recipients[i], 1, PARTY_CHARACTERS, DOCUMENT_PARTY_BYTES)) {
            return PR_EINVAL;
        }
        int result = received ? person_find(tx, entry->recipients[i], &person) : PR_OK;
        if (result != PR_OK || (received && !person.active)) {
            return result != PR_OK ? result : PR_ENOENT;
        }
    }
    return PR_OK;
}

static int insert_document(struct store_tx *tx, const struct document_entry *entry)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO document (direction, year, number, day, document_number, level, urgency,"
            " sender, signer, copies, condition, state)"
            " SELECT ?1, ?2, 1 + coalesce(max(number), 0), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"
            " FROM document WHERE direction = ?1 AND year = ?2");

    store_bind_text(statement, 1, direction_names[entry->direction]);
    store_bind_int(statement, 2, strtol(entry->day, NULL, 10));
    store_bind_text(statement, 3, entry->day);
    store_bind_text(statement, 4, entry->document_number);
    store_bind_text(statement, 5, entry->level);
    store_bind_text(statement, 6, entry->urgency);
    store_bind_text(statement, 7, entry->sender);
    store_bind_text(statement, 8, entry->signer);
    store_bind_int(statement, 9, entry->copies);
    store_bind_text(statement, 10, entry->condition);
    store_bind_text(statement, 11, first_states[entry->direction]);
    return store_step(tx, statement);
}

static int insert_recipients(struct store_tx *tx, int64_t key, const struct document_entry *entry)
{
    int result = PR_OK;

    for (size_t i = 0; i < entry->recipients_length && result == PR_OK; i++) {
        sqlite3_stmt *statement =
            store_statement(tx, "INSERT INTO document_recipient (document, recipient)"
                                " VALUES (?1, ?2) ON CONFLICT DO NOTHING");

        store_bind_int(statement, 1, key);
        store_bind_text(statement, 2, entry->recipients[i]);
        result = store_step(tx, statement);
    }
    return result;
}

struct happening {
    const char *name;
    const char *from;
    const char *to;
    const char *actor;
    const char *login;
    const char *note;
};

static int record_event(struct store_tx *tx, const struct document_record *record,
                        const struct happening *happening)
{
    char leaf[JOB_KEYWORD_BYTES + 16];
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO document_event (document, at, name, from_state, to_state, actor, login,"
            " note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

    store_bind_int(statement, 1, record->key);
    store_bind_int(statement, 2, store_now_ms());
    store_bind_text(statement, 3, happening->name);
    store_bind_text(statement, 4, happening->from);
    store_bind_text(statement, 5, happening->to);
    store_bind_text(statement, 6, happening->actor);
    store_bind_text(statement, 7, happening->login);
    store_bind_text(statement, 8, happening->note);
    int result = store_step(tx, statement);
    if (result != PR_OK) {
        return result;
    }
    snprintf(leaf, sizeof leaf, "document.%s", happening->name);
    return audit_append_made(tx, happening->actor, leaf, record->id,
                             json_pack("{s:s, s:I, s:s, s:s, s:s}", "condition", record->condition,
                                       "copies", (json_int_t)record->copies, "document",
                                       record->document_number, "note", happening->note, "to",
                                       happening->to));
}

int document_register(struct store_tx *tx, const struct document_entry *entry,
                      struct document_record *ret_record)
{
    struct document_record record;
    int result = check_entry(tx, entry);

    if (result == PR_OK) {
        result = insert_document(tx, entry);
    }
    if (result != PR_OK) {
        return result;
    }
    const int64_t key = store_last_id(tx);

    result = insert_recipients(tx, key, entry);
    if (result == PR_OK) {
        sqlite3_stmt *statement = store_statement(tx, COLUMNS "WHERE d.document = ?1");

        store_bind_int(statement, 1, key);
        result = read_one(tx, statement, &record);
    }
    if (result == PR_OK) {
        const struct happening happening = {.name = first_events[entry->direction],
                                            .from = "",
                                            .to = first_states[entry->direction],
                                            .actor = entry->actor,
                                            .login = entry->login,
                                            .note = entry->note};

        result = record_event(tx, &record, &happening);
    }
    if (result == PR_OK) {
        *ret_record = record;
    }
    return result;
}

/** A question about the document whose answer is a number. */
static int ask(struct store_tx *tx, sqlite3_stmt *statement, const struct document_record *record,
               const char *text, int64_t *ret_number)
{
    store_bind_int(statement, 1, record->key);
    store_bind_text(statement, 2, text);
    int step = store_step(tx, statement);

    if (step != 1) {
        return step < 0 ? step : store_tx_fail(tx, PR_EDB);
    }
    *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return store_tx_error(tx);
}

/** Exactly the recipients it is for, each once, in any order. */
static bool are_recipients(const struct document_record *record,
                           const struct document_change *change)
{
    char list[sizeof record->recipients];
    char *next = list;
    size_t expected = 0;

    memcpy(list, record->recipients, sizeof list);
    for (char *name = strsep(&next, "\n"); name != NULL; name = strsep(&next, "\n")) {
        size_t place = 0;

        expected++;
        while (place < change->recipients_length && strcmp(change->recipients[place], name) != 0) {
            place++;
        }
        if (place == change->recipients_length) {
            return false;
        }
    }
    return expected == change->recipients_length;
}

/** What an event asks for beyond the state. */
static int check_change(struct store_tx *tx, const struct document_record *record,
                        const struct document_change *change)
{
    int64_t number = 0;
    int result = PR_OK;

    if (!note_valid(change->note)) {
        return PR_EINVAL;
    }
    if (change->event == DOCUMENT_EVENT_REVIEW) {
        result = ask(tx,
                     store_statement(tx, "SELECT count(*) FROM document_event WHERE document = ?1"
                                         " AND name = 'draft' AND login = ?2 AND login <> ''"),
                     record, change->login, &number);
        return result == PR_OK && number > 0 ? PR_EACCESS : result;
    }
    if (change->event == DOCUMENT_EVENT_PRINT) {
        result = ask(tx,
                     store_statement(tx, "SELECT count(*) FROM job WHERE ?1 > 0 AND"
                                         " document_number = ?2 AND state = 'completed'"),
                     record, record->document_number, &number);
        return result == PR_OK && number == 0 ? PR_ESTATE : result;
    }
    if (change->event == DOCUMENT_EVENT_DISTRIBUTE) {
        return are_recipients(record, change) ? PR_OK : PR_ENOENT;
    }
    return PR_OK;
}

int document_move(struct store_tx *tx, struct document_record *record,
                  const struct document_change *change)
{
    const struct happening happening = {.name = events[change->event].name,
                                        .from = events[change->event].from,
                                        .to = events[change->event].to,
                                        .actor = change->actor,
                                        .login = change->login,
                                        .note = change->note};

    if (strcmp(record->state, happening.from) != 0) {
        return PR_ESTATE;
    }
    int result = check_change(tx, record, change);
    if (result != PR_OK) {
        return result;
    }
    sqlite3_stmt *statement =
        store_statement(tx, "UPDATE document SET state = ?2 WHERE document = ?1");

    store_bind_int(statement, 1, record->key);
    store_bind_text(statement, 2, happening.to);
    result = store_step(tx, statement);
    if (result == PR_OK) {
        result = record_event(tx, record, &happening);
    }
    if (result == PR_OK) {
        snprintf(record->state, sizeof record->state, "%s", happening.to);
    }
    return result;
}

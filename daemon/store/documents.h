/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The registers of documents received 收文登记表 and dispatched 发文登记: state × event → next
 * state, one writer. A received document is registered and then signed off by the leader; a
 * dispatched one goes draft → reviewed → printed → sealed → distributed. Its number (发文字号) ties
 * it to its numbered copies (daemon/store/custody.h). Each change writes its event and its audit
 * leaf
 * ("document.receive", "document.seal" … of the id) in the caller's transaction.
 */
#ifndef DAEMON_STORE_DOCUMENTS_H
#define DAEMON_STORE_DOCUMENTS_H

#include "daemon/store/jobs.h"
#include "daemon/store/people.h"
#include "daemon/store/store.h"

enum document_direction { DOCUMENT_RECEIVED, DOCUMENT_DISPATCHED, DOCUMENT_DIRECTIONS };
const char *document_direction_name(enum document_direction direction);

enum document_event {
    DOCUMENT_EVENT_SIGN,       /**< the leader has read a received one */
    DOCUMENT_EVENT_REVIEW,     /**< by somebody else than who drafted it */
    DOCUMENT_EVENT_PRINT,      /**< a job with its number is completed */
    DOCUMENT_EVENT_SEAL,       /**< 用印 */
    DOCUMENT_EVENT_DISTRIBUTE, /**< to exactly the recipients it is for */
    DOCUMENT_EVENTS
};
const char *document_event_name(enum document_event event);
bool document_event_parse(const char *name, enum document_event *ret_event);
/** Roles of people that may (1u << role). */
uint32_t document_event_roles(enum document_event event);

enum {
    DOCUMENT_ID_BYTES = 24,
    DOCUMENT_RECIPIENTS_MAX = 16,
    DOCUMENT_PARTY_BYTES = STORE_NAME_BYTES,
    DOCUMENT_NOTE_BYTES = 801,
    DOCUMENT_KEYWORD_BYTES = 24
};

struct document_record {
    int64_t key;
    enum document_direction direction;
    char id[DOCUMENT_ID_BYTES]; /**< "received-2026-0001" */
    char day[DAY_BYTES];        /**< received or drafted on */
    char document_number[JOB_NUMBER_BYTES];
    char level[JOB_LEVEL_BYTES];
    char urgency[DOCUMENT_KEYWORD_BYTES]; /**< ordinary, urgent, extra-urgent */
    char sender[DOCUMENT_PARTY_BYTES];    /**< of a received one */
    char signer[DOCUMENT_PARTY_BYTES];    /**< 签发人, "" unknown */
    uint32_t copies;
    char condition[DOCUMENT_KEYWORD_BYTES]; /**< complete, damaged, missing-pages */
    char state[DOCUMENT_KEYWORD_BYTES];
    char recipients[DOCUMENT_RECIPIENTS_MAX * DOCUMENT_PARTY_BYTES]; /**< a line each */
};

struct document_entry {
    enum document_direction direction;
    const char *day; /**< "YYYY-MM-DD", as the following: not NULL */
    const char *document_number;
    const char *level; /**< id */
    const char *urgency;
    const char *sender;
    const char *signer;
    uint32_t copies;
    const char *condition;
    const char *const *recipients;
    size_t recipients_length; /**< 1 … DOCUMENT_RECIPIENTS_MAX */
    const char *note;
    const char *actor;
    const char *login;
};
/** Registers a document, numbered next in its register of the day's year. PR_EINVAL: something is
 * missing or not of the form; PR_ENOENT: a received one is for somebody who is no active person. */
int document_register(struct store_tx *tx, const struct document_entry *entry,
                      struct document_record *ret_record);

struct document_change {
    enum document_event event;
    const char *const *recipients; /**< DISTRIBUTE: whom it went to */
    size_t recipients_length;
    const char *note;
    const char *actor;
    const char *login;
};
/**
 * Carries an event out; `record` is updated.
 *
 * @return PR_OK; answers: PR_ESTATE (the table; or nothing with its number was printed), PR_EACCESS
 * (who drafted it reviews it), PR_EINVAL (note), PR_ENOENT (the recipients are not exactly those it
 * is for)
 */
int document_move(struct store_tx *tx, struct document_record *record,
                  const struct document_change *change);

/** By id; PR_ENOENT. */
int document_find(struct store_tx *tx, const char *id, struct document_record *ret_record);
/** A register's documents in order; year 0: all. */
int document_each(struct store_tx *tx, enum document_direction direction, int64_t year,
                  int (*callback)(void *context, const struct document_record *), void *context);

struct document_step {
    int64_t at;
    char name[DOCUMENT_KEYWORD_BYTES];
    char to[DOCUMENT_KEYWORD_BYTES];
    char actor[2 * PERSON_LOGIN_BYTES + 8];
    char note[DOCUMENT_NOTE_BYTES];
};
int document_history(struct store_tx *tx, int64_t document,
                     int (*callback)(void *context, const struct document_step *), void *context);

#endif

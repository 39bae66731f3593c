/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Custody of numbered copies: state × event → next state; one table, one writer.
 *
 * custody_number() and custody_move() are the only places that write rows of `copy`. Within the
 * caller's transaction they check the table, write state, holder and due day, the event and the
 * audit leaf ("copy.numbered", "copy.issue" … of "JOB/NUMBER"); they become durable together or not
 * at all. Walk-up copies, which have no number and no document, are daemon/jobs/copies.h.
 */
#ifndef DAEMON_STORE_CUSTODY_H
#define DAEMON_STORE_CUSTODY_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/jobs.h"
#include "daemon/store/people.h"
#include "daemon/store/store.h"
#include "daemon/vault/trace-key.h"

enum custody_state {
    CUSTODY_PRINTING,    /**< numbered; nothing is known of it on paper */
    CUSTODY_VOID,        /**< it was never on paper */
    CUSTODY_IN_DOUBT,    /**< nobody can tell whether it is on paper: the operator is asked */
    CUSTODY_PRINTED,     /**< lies at the device */
    CUSTODY_COLLECTED,   /**< fetched by whoever is to hand it out */
    CUSTODY_ISSUED,      /**< with a person or an outside body */
    CUSTODY_CIRCULATING, /**< with one reader after another (传阅) */
    CUSTODY_RETURNED,    /**< back with the print room or the archive */
    CUSTODY_ARCHIVED,
    CUSTODY_DESTROYED,
    CUSTODY_LOST, /**< reported lost (遗失); holder: whose hands it was lost from, "" nobody's */
    CUSTODY_WRITTEN_OFF, /**< its loss is closed: it was not found */
    CUSTODY_STATES
};
enum custody_event {
    CUSTODY_EVENT_PRINTED,   /**< the job is done */
    CUSTODY_EVENT_UNPRINTED, /**< the job ended, or begins anew, and nothing came out */
    CUSTODY_EVENT_UNCERTAIN, /**< the job ended in the middle, or nobody can tell */
    CUSTODY_EVENT_FOUND,     /**< the operator says that it came out, or that it did after all */
    CUSTODY_EVENT_ABSENT,    /**< the operator says that it did not */
    CUSTODY_EVENT_COLLECT,
    CUSTODY_EVENT_ISSUE,
    CUSTODY_EVENT_CIRCULATE,
    CUSTODY_EVENT_RETURN,
    CUSTODY_EVENT_ARCHIVE,
    CUSTODY_EVENT_DESTROY,
    CUSTODY_EVENT_LOST,      /**< it cannot be found: the report, with what is known */
    CUSTODY_EVENT_RECOVER,   /**< a lost one is back, also after it was written off */
    CUSTODY_EVENT_WRITE_OFF, /**< the director closes the loss, with its outcome */
    CUSTODY_EVENTS
};
const char *custody_state_name(enum custody_state state);
bool custody_state_parse(const char *name, enum custody_state *ret_state);
const char *custody_event_name(enum custody_event event);
bool custody_event_parse(const char *name, enum custody_event *ret_event);
/** Roles of people that may bring an event about (1u << role); 0: the daemon only. */
uint32_t custody_event_roles(enum custody_event event);
/** The table's cell. @return false: the event is forbidden in this state */
bool custody_next(enum custody_state state, enum custody_event event, enum custody_state *ret_next);

enum {
    CUSTODY_HOLDER_BYTES = STORE_NAME_BYTES,
    CUSTODY_NOTE_BYTES = 801,
    CUSTODY_NOTE_CHARACTERS = 200,
    CUSTODY_READERS_MAX = 16,
    CUSTODY_CODE_BYTES = JOB_ID_BYTES + 6 /**< "JOB/NUMBER" */
};

struct custody_copy {
    int64_t key;
    char document[JOB_NUMBER_BYTES]; /**< 发文字号, else the job's id */
    uint32_t number;                 /**< 份号 */
    int64_t job;
    char job_id[JOB_ID_BYTES];
    char person[PERSON_LOGIN_BYTES]; /**< who had it printed */
    char level[JOB_LEVEL_BYTES];
    enum custody_state state;
    char holder[CUSTODY_HOLDER_BYTES]; /**< login, or an outside body; "" nobody */
    bool outside;
    char due[DAY_BYTES]; /**< "" none */
    int64_t printed_at;  /**< ms, when the job ended; 0: not yet */
    uint32_t readers;    /**< how many different people have had it in circulation */
    uint32_t waiting;    /**< readers on the list who have not */
};
/** Writes "JOB/NUMBER". */
void custody_code(const struct custody_copy *copy, char ret_code[CUSTODY_CODE_BYTES]);

/**
 * Adds the job's copies `first` … `first + copies − 1` in state printing.
 *
 * @return PR_OK; PR_EEXIST (sticky) when a number is taken: see copies_number()
 */
int custody_number(struct store_tx *tx, const struct job_record *job, const char *document,
                   uint32_t first, uint32_t copies);

struct custody_change {
    enum custody_event event;
    const char *actor; /**< for the event and the leaf */
    const char *login; /**< the person behind it, "" none: a holder of last resort, never witness */
    const char *to;    /**< COLLECT (NULL: the actor), ISSUE: who gets it */
    bool outside;      /**< ISSUE: `to` is an outside body, not a login */
    const char *const
        *readers; /**< CIRCULATE: added to the list; the copy goes to the next on it */
    size_t readers_length;
    const char *due;     /**< ISSUE, CIRCULATE: day it is to be back, NULL none */
    const char *witness; /**< DESTROY: login of somebody else; who it is was proved to the caller */
    const char *note;    /**< NULL none; LOST, RECOVER and WRITE_OFF need one */
    const char *month;   /**< LOST: "YYYY-MM" of now, for the register of violations */
};

/**
 * Carries an event out.
 *
 * A loss is also written into the register of violations, as "copy-lost" of whoever had the copy.
 *
 * @param copy  as read in this transaction; what changed is updated on success
 * @return PR_OK; answers: PR_ESTATE (the table), PR_EINVAL (due day, note, a name that is missing
 * or not of the form), PR_ENOENT (nobody active has that login; no reader left), PR_EACCESS (the
 * witness is missing, or is the actor)
 */
int custody_move(struct store_tx *tx, struct custody_copy *copy,
                 const struct custody_change *change);

/** By job key and 份号. PR_ENOENT. */
int custody_find(struct store_tx *tx, int64_t job, uint32_t number, struct custody_copy *ret_copy);
/** By "JOB/NUMBER". PR_EFORMAT: it is not of that form; PR_ENOENT. */
int custody_find_code(struct store_tx *tx, const char *code, struct custody_copy *ret_copy);

/** What to list; what is "" or NULL does not filter. By document and number. */
struct custody_filter {
    int64_t job; /**< 0: any */
    const char *document;
    const char *holder;
    const char *overdue_on; /**< only those due before this day */
    bool due;               /**< only those with a due day, the first due first */
    bool lost;              /**< only those that are lost, written off or not */
};
int custody_each(struct store_tx *tx, const struct custody_filter *filter,
                 int (*callback)(void *context, const struct custody_copy *), void *context);

struct custody_entry {
    int64_t at;
    char name[JOB_KEYWORD_BYTES];
    char from[JOB_KEYWORD_BYTES];
    char to[JOB_KEYWORD_BYTES];
    char actor[2 * PERSON_LOGIN_BYTES + 8];
    char holder[CUSTODY_HOLDER_BYTES];
    bool outside;
    char due[DAY_BYTES];
    char witness[PERSON_LOGIN_BYTES];
    char note[CUSTODY_NOTE_BYTES];
};
/** The copy's events, oldest first. */
int custody_history(struct store_tx *tx, int64_t copy,
                    int (*callback)(void *context, const struct custody_entry *), void *context);

/** The readers on a copy's list in their order; received_at 0: not yet. */
int custody_readers(struct store_tx *tx, int64_t copy,
                    int (*callback)(void *context, const char *person, int64_t received_at),
                    void *context);

/** How many copies of a document are in each state. PR_ENOENT when it has none. */
int custody_reckon(struct store_tx *tx, const char *document, int64_t ret_counts[CUSTODY_STATES]);

/**
 * Writes "copy-overdue" into the register of violations for each copy that was due before `today`
 * and is not back; once a loan.
 *
 * @param ret_noted  how many were new
 */
int custody_note_overdue(struct store_tx *tx, const char *today, const char *month,
                         unsigned *ret_noted);

/** The id of the trace key; PR_ENOENT while there was none. */
int custody_trace_key(struct store_tx *tx, char ret_id[TRACE_KEY_ID_BYTES]);
/** Remembers it, once, with the leaf "trace-key.begin"; PR_EEXIST (sticky). */
int custody_remember_trace_key(struct store_tx *tx, const char *id);

#endif
